"""An account at Twilio, as an operator looks at it: what it is, which numbers it has, and where their texts go.

Twilio's own client, asked for raw answers. Hosts are derived from TWILIO_API_BASE: api.twilio.com has neighbours for
messaging and accounts; any other base, as a local town's carrier, is all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

API = "https://api.twilio.com"
ANSWER_SECONDS = 15
MOST_ON_A_PAGE = "100"


class NotAnswered(Exception):
    """No answer of Twilio's came."""


class Refused(Exception):
    """Twilio said no, with an HTTP `status`, and often with one of its codes."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"HTTP {status}" + (f", error {code}" if code else "") + (f": {message}" if message else ""))
        self.status, self.code = status, code


def host(base: str, product: str) -> str:
    """Where Twilio's `product` is: messaging.twilio.com beside api.twilio.com; the carrier of a town is one for all."""
    base = (base or API).rstrip("/")
    parts = urlsplit(base)
    name = parts.hostname or ""
    if name.endswith(".twilio.com") and name.startswith("api."):
        return f"{parts.scheme}://{product}.{name.removeprefix('api.')}"
    return base


@dataclass(frozen=True)
class Account:
    """Questions to Twilio; each raises Refused or NotAnswered."""

    sid: str
    token: str
    base: str = API

    @cached_property
    def client(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        return Client(self.sid, self.token, http_client=TwilioHttpClient(timeout=ANSWER_SECONDS))

    def ask(self, method: str, product: str, path: str, **fields: str) -> dict[str, Any]:
        """`fields` go in the query of a GET, in the form of a POST."""
        url = host(self.base, product) + path
        return self.read(method, url, fields)

    def read(self, method: str, url: str, fields: Mapping[str, str]) -> dict[str, Any]:
        from requests import RequestException

        where = {"params": dict(fields)} if method == "GET" else {"data": dict(fields)}
        try:
            answer = self.client.request(method, url, **where)
        except (RequestException, OSError) as error:
            raise NotAnswered(type(error).__name__) from error
        try:
            told = json.loads(answer.text or "{}")
        except ValueError as error:
            raise NotAnswered(f"HTTP {answer.status_code}, and no JSON") from error
        if answer.status_code >= 400 or not isinstance(told, dict):
            facts = told if isinstance(told, dict) else {}
            raise Refused(answer.status_code, int(facts.get("code") or 0), str(facts.get("message") or ""))
        return told

    def every(self, product: str, path: str, key: str, **fields: str) -> Iterator[dict[str, Any]]:
        """All that a list holds, page after page: its older kind names the next by a path, the newer by an address."""
        told = self.ask("GET", product, path, PageSize=MOST_ON_A_PAGE, **fields)
        while True:
            yield from told.get(key, [])
            following = told.get("next_page_uri") or told.get("meta", {}).get("next_page_url")
            if not following:
                return
            at = urlsplit(following)
            told = self.read("GET", f"{host(self.base, product)}{at.path}?{at.query}", {})

    # --- what there is --------------------------------------------------------------------------------

    @property
    def root(self) -> str:
        return f"/2010-04-01/Accounts/{self.sid}"

    def account(self) -> dict[str, Any]:
        return self.ask("GET", "api", f"{self.root}.json")

    def number(self, number: str) -> dict[str, Any] | None:
        """A number or short code of the account's, with where its texts go; None: it is not of this account."""
        if is_short(number):
            found = self.every("api", f"{self.root}/SMS/ShortCodes.json", "short_codes", ShortCode=number)
            return next((one for one in found if one.get("short_code") == number), None)
        found = self.every(
            "api", f"{self.root}/IncomingPhoneNumbers.json", "incoming_phone_numbers", PhoneNumber=number
        )
        return next((one for one in found if one.get("phone_number") == number), None)

    def set_number(self, number: str, sid: str, **fields: str) -> None:
        kind = "SMS/ShortCodes" if is_short(number) else "IncomingPhoneNumbers"
        self.ask("POST", "api", f"{self.root}/{kind}/{sid}.json", **fields)

    def service(self, sid: str) -> dict[str, Any]:
        return self.ask("GET", "messaging", f"/v1/Services/{sid}")

    def set_service(self, sid: str, **fields: str) -> None:
        self.ask("POST", "messaging", f"/v1/Services/{sid}", **fields)

    def services(self) -> Iterator[dict[str, Any]]:
        return self.every("messaging", "/v1/Services", "services")

    def senders(self, service: str) -> list[str]:
        """The numbers and short codes in a messaging service's pool."""
        numbers = self.every("messaging", f"/v1/Services/{service}/PhoneNumbers", "phone_numbers")
        codes = self.every("messaging", f"/v1/Services/{service}/ShortCodes", "short_codes")
        return [*(str(one["phone_number"]) for one in numbers), *(str(one["short_code"]) for one in codes)]

    def campaigns(self, service: str) -> list[dict[str, Any]]:
        """What a messaging service is registered for at US carriers (A2P 10DLC)."""
        return list(self.every("messaging", f"/v1/Services/{service}/Compliance/Usa2p", "compliance"))

    def verifications(self, number_sid: str) -> list[dict[str, Any]]:
        """Of a toll-free number."""
        return list(
            self.every("messaging", "/v1/Tollfree/Verifications", "verifications", TollfreePhoneNumberSid=number_sid)
        )

    def open_countries(self) -> set[str]:
        """Where the account may send texts."""
        told = self.ask("GET", "accounts", "/v1/Messaging/GeoPermissions")
        return {str(one["country_code"]) for one in told.get("permissions") or [] if one.get("enabled")}

    def texts_to_us(self, since: str, number: str = "") -> Iterator[dict[str, Any]]:
        """What people have texted since that moment (ISO 8601), to one number of ours or any; the newest first."""
        asked = {"DateSent>": since} | ({"To": number} if number else {})
        found = self.every("api", f"{self.root}/Messages.json", "messages", **asked)
        return (one for one in found if one.get("direction") == "inbound")


def is_short(number: str) -> bool:
    return number.isdecimal() and len(number) in {5, 6}
