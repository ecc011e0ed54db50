"""The resources of Twilio's API that tell how an account is set up, and let its webhooks be set.

Accounts, IncomingPhoneNumbers and ShortCodes of api.twilio.com, Services, Usa2p and Tollfree of messaging.twilio.com,
GeoPermissions of accounts.twilio.com: here they share one host. `/account` is for whoever wants something set wrong.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from infra.local.carrier.account import KNOWN_COUNTRIES, Account, sid
from infra.local.carrier.callers import check_caller, check_login
from infra.local.carrier.database import Database
from infra.local.carrier.faults import is_down
from infra.local.carrier.http_server import Answer, Handler, HangUp, Refused, Request, Route, as_json, route
from infra.local.carrier.settings import Settings
from infra.local.carrier.town_clock import TownClock
from infra.local.carrier.twilio_errors import TwilioRefusal
from infra.local.carrier.webhooks import API_VERSION

NUMBER_FIELDS = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod", "StatusCallback")
SERVICE_FIELDS = {
    "InboundRequestUrl": "InboundRequestUrl",
    "InboundMethod": "InboundMethod",
    "FallbackUrl": "FallbackUrl",
    "FallbackMethod": "FallbackMethod",
    "StatusCallback": "ServiceStatusCallback",
    "UseInboundWebhookOnNumber": "UseInboundWebhookOnNumber",
}
PAGE_SIZE = 50


@dataclass(frozen=True)
class AccountApi:
    settings: Settings
    db: Database
    clock: TownClock
    account: Account

    def routes(self) -> list[Route]:
        root, services = f"/{API_VERSION}/Accounts/{{}}", "/v1/Services"
        twilios = (
            ("GET", f"{root}.json", self._account),
            ("GET", f"{root}/IncomingPhoneNumbers.json", self._numbers),
            ("GET", root + "/IncomingPhoneNumbers/{}.json", self._number),
            ("POST", root + "/IncomingPhoneNumbers/{}.json", self._set_number),
            ("GET", f"{root}/SMS/ShortCodes.json", self._short_codes),
            ("GET", root + "/SMS/ShortCodes/{}.json", self._number),
            ("POST", root + "/SMS/ShortCodes/{}.json", self._set_number),
            ("GET", services, self._services),
            ("GET", services + "/{}", self._service),
            ("POST", services + "/{}", self._set_service),
            ("GET", services + "/{}/PhoneNumbers", self._pool),
            ("GET", services + "/{}/ShortCodes", self._pool_of_short_codes),
            ("GET", services + "/{}/Compliance/Usa2p", self._campaigns),
            ("GET", "/v1/Tollfree/Verifications", self._verifications),
            ("GET", "/v1/Messaging/GeoPermissions", self._countries),
        )
        return [
            *(route(method, path, self._answering(handler)) for method, path, handler in twilios),
            route("GET", "/account", self._show),
            route("POST", "/account", self._change),
        ]

    def _answering(self, handler: Handler) -> Handler:
        async def handle(request: Request, *parts: str) -> Answer:
            if is_down(self.db, self.clock.now()):
                return HangUp()
            try:
                if request.path.startswith(f"/{API_VERSION}/"):
                    check_caller(request, self.settings, parts[0])
                else:
                    check_login(request, self.settings)
                return await handler(request, *parts)
            except TwilioRefusal as refusal:
                return as_json(refusal.as_json(), refusal.status)

        return handle

    # --- for whoever wants it otherwise ---------------------------------------------------------------

    async def _show(self, _request: Request) -> Answer:
        return as_json(self.account.now())

    async def _change(self, request: Request) -> Answer:
        known = self.account.as_made()
        if unknown := sorted(request.form.keys() - known.keys()):
            raise Refused(400, f"An account has no {', '.join(unknown)}: it has {', '.join(known)}")
        self.account.change(request.form)
        await self.db.saved()
        return as_json(self.account.now())

    # --- api.twilio.com -------------------------------------------------------------------------------

    async def _account(self, _request: Request, account_sid: str) -> Answer:
        state, uri = self.account.now(), f"/{API_VERSION}/Accounts/{account_sid}"
        return as_json(
            {
                "auth_token": None,
                **self._dates(),
                "friendly_name": "Giddyup",
                "owner_account_sid": account_sid,
                "sid": account_sid,
                "status": state["Status"],
                "subresource_uris": {"messages": f"{uri}/Messages.json"},
                "type": state["Type"],
                "uri": f"{uri}.json",
            }
        )

    async def _numbers(self, request: Request, _account_sid: str) -> Answer:
        asked = request.query.get("PhoneNumber", self.settings.number)
        is_it = not self.account.is_short_code and asked == self.settings.number and self._has_number()
        return as_json(_old_page(request, "incoming_phone_numbers", [self._number_as_twilio()] if is_it else []))

    async def _short_codes(self, request: Request, _account_sid: str) -> Answer:
        asked = request.query.get("ShortCode", self.settings.number)
        is_it = self.account.is_short_code and asked == self.settings.number and self._has_number()
        return as_json(_old_page(request, "short_codes", [self._short_code_as_twilio()] if is_it else []))

    async def _number(self, request: Request, _account_sid: str, number_sid: str) -> Answer:
        if number_sid != self.account.number_sid or not self._has_number():
            raise TwilioRefusal(20404, request.path)
        return as_json(self._short_code_as_twilio() if self.account.is_short_code else self._number_as_twilio())

    async def _set_number(self, request: Request, account_sid: str, number_sid: str) -> Answer:
        answer = await self._number(request, account_sid, number_sid)
        self.account.change({name: value for name, value in request.form.items() if name in NUMBER_FIELDS})
        await self.db.saved()
        return await self._number(request, account_sid, number_sid) if request.form else answer

    def _has_number(self) -> bool:
        return self.account.now()["HasNumber"] == "true"

    def _short_code_as_twilio(self) -> dict[str, Any]:
        state, account_sid = self.account.now(), self.settings.account_sid
        uri = f"/{API_VERSION}/Accounts/{account_sid}/SMS/ShortCodes/{self.account.number_sid}.json"
        return {
            "account_sid": account_sid,
            "api_version": API_VERSION,
            **self._dates(),
            "friendly_name": self.settings.number,
            "short_code": self.settings.number,
            "sid": self.account.number_sid,
            "sms_fallback_method": state["SmsFallbackMethod"],
            "sms_fallback_url": state["SmsFallbackUrl"] or None,
            "sms_method": state["SmsMethod"],
            "sms_url": state["SmsUrl"] or None,
            "uri": uri,
        }

    def _number_as_twilio(self) -> dict[str, Any]:
        state, account_sid = self.account.now(), self.settings.account_sid
        return {
            "account_sid": account_sid,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": API_VERSION,
            "beta": False,
            "capabilities": {"fax": False, "mms": True, "sms": True, "voice": True},
            **self._dates(),
            "friendly_name": self.settings.number,
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": self.settings.number,
            "sid": self.account.number_sid,
            "sms_application_sid": None,
            "sms_fallback_method": state["SmsFallbackMethod"],
            "sms_fallback_url": state["SmsFallbackUrl"] or None,
            "sms_method": state["SmsMethod"],
            "sms_url": state["SmsUrl"] or None,
            "status": "in-use",
            "status_callback": state["StatusCallback"] or None,
            "status_callback_method": "POST",
            "trunk_sid": None,
            "uri": f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{self.account.number_sid}.json",
        }

    def _dates(self) -> dict[str, str]:
        moment = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(self.clock.now()))
        return {"date_created": moment, "date_updated": moment}

    # --- messaging.twilio.com -------------------------------------------------------------------------

    async def _services(self, request: Request) -> Answer:
        return as_json(_new_page(request, "services", [self._service_as_twilio(request)]))

    async def _service(self, request: Request, service_sid: str) -> Answer:
        self._check_service(request, service_sid)
        return as_json(self._service_as_twilio(request))

    async def _set_service(self, request: Request, service_sid: str) -> Answer:
        self._check_service(request, service_sid)
        given = {SERVICE_FIELDS[name]: value for name, value in request.form.items() if name in SERVICE_FIELDS}
        if "UseInboundWebhookOnNumber" in given:
            given["UseInboundWebhookOnNumber"] = given["UseInboundWebhookOnNumber"].lower()
        self.account.change(given)
        await self.db.saved()
        return as_json(self._service_as_twilio(request))

    async def _pool(self, request: Request, service_sid: str) -> Answer:
        self._check_service(request, service_sid)
        facts = {"phone_number": self.settings.number}
        return as_json(_new_page(request, "phone_numbers", self._in_pool(request, facts, is_short_code=False)))

    async def _pool_of_short_codes(self, request: Request, service_sid: str) -> Answer:
        self._check_service(request, service_sid)
        facts = {"short_code": self.settings.number}
        return as_json(_new_page(request, "short_codes", self._in_pool(request, facts, is_short_code=True)))

    async def _campaigns(self, request: Request, service_sid: str) -> Answer:
        self._check_service(request, service_sid)
        status = self.account.now()["Campaign"]
        return as_json(_new_page(request, "compliance", [self._campaign(request, status)] if status else []))

    async def _verifications(self, request: Request) -> Answer:
        status = self.account.now()["Verification"]
        asked = request.query.get("TollfreePhoneNumberSid", self.account.number_sid)
        is_it = self.account.is_toll_free and asked == self.account.number_sid and bool(status)
        return as_json(_new_page(request, "verifications", [self._verification(request, status)] if is_it else []))

    def _check_service(self, request: Request, service_sid: str) -> None:
        if service_sid != self.account.service_sid:
            raise TwilioRefusal(20404, request.path)

    def _service_as_twilio(self, request: Request) -> dict[str, Any]:
        state = self.account.now()
        url = f"{_root(request)}/v1/Services/{self.account.service_sid}"
        return {
            "sid": self.account.service_sid,
            "account_sid": self.settings.account_sid,
            "friendly_name": "Giddyup",
            **self._iso_dates(),
            "inbound_request_url": state["InboundRequestUrl"] or None,
            "inbound_method": state["InboundMethod"],
            "fallback_url": state["FallbackUrl"] or None,
            "fallback_method": state["FallbackMethod"],
            "status_callback": state["ServiceStatusCallback"] or None,
            "sticky_sender": True,
            "mms_converter": True,
            "smart_encoding": False,
            "fallback_to_long_code": False,
            "scan_message_content": "inherit",
            "area_code_geomatch": True,
            "validity_period": 14400,
            "synchronous_validation": False,
            "usecase": "undeclared",
            "us_app_to_person_registered": state["Campaign"] == "VERIFIED",
            "use_inbound_webhook_on_number": state["UseInboundWebhookOnNumber"] == "true",
            "url": url,
            "links": {"phone_numbers": f"{url}/PhoneNumbers", "short_codes": f"{url}/ShortCodes"},
        }

    def _in_pool(self, request: Request, facts: Mapping[str, str], is_short_code: bool) -> list[dict[str, Any]]:
        is_in = self.account.now()["IsInPool"] == "true" and self._has_number()
        if not is_in or self.account.is_short_code != is_short_code:
            return []
        return [
            {
                "sid": self.account.number_sid,
                "account_sid": self.settings.account_sid,
                "service_sid": self.account.service_sid,
                **self._iso_dates(),
                **facts,
                "country_code": "US",
                "capabilities": ["SMS", "MMS"],
                "url": f"{_root(request)}{request.path}/{self.account.number_sid}",
            }
        ]

    def _campaign(self, request: Request, status: str) -> dict[str, Any]:
        campaign = sid("QE", self.settings.number)
        return {
            "sid": campaign,
            "account_sid": self.settings.account_sid,
            "brand_registration_sid": sid("BN", self.settings.number),
            "messaging_service_sid": self.account.service_sid,
            "description": "Calls to action that people have joined by text, and answers to their texts.",
            "message_samples": ["DIG4: 10 shovels at 5th & Main, 6 PM. Reply IN or OUT."],
            "us_app_to_person_usecase": "MIXED",
            "has_embedded_links": True,
            "has_embedded_phone": False,
            "subscriber_opt_in": True,
            "age_gated": False,
            "direct_lending": False,
            "campaign_status": status,
            "campaign_id": "CTOWN01" if status == "VERIFIED" else None,
            "is_externally_registered": False,
            "rate_limits": {},
            "message_flow": "People join by texting a group's keyword.",
            "opt_in_message": None,
            "opt_out_message": None,
            "help_message": None,
            "opt_in_keywords": ["START"],
            "opt_out_keywords": ["STOP"],
            "help_keywords": ["HELP"],
            **self._iso_dates(),
            "url": f"{_root(request)}{request.path}/{campaign}",
            "mock": False,
            "errors": [],
        }

    def _verification(self, request: Request, status: str) -> dict[str, Any]:
        verification = sid("HH", self.settings.number)
        return {
            "sid": verification,
            "account_sid": self.settings.account_sid,
            **self._iso_dates(),
            "business_name": "Giddyup",
            "tollfree_phone_number_sid": self.account.number_sid,
            "tollfree_phone_number": self.settings.number,
            "status": status,
            "rejection_reason": "It says too little" if status == "TWILIO_REJECTED" else None,
            "url": f"{_root(request)}{request.path}/{verification}",
        }

    def _iso_dates(self) -> dict[str, str]:
        moment = f"{datetime.fromtimestamp(self.clock.now(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {"date_created": moment, "date_updated": moment}

    # --- accounts.twilio.com --------------------------------------------------------------------------

    async def _countries(self, request: Request) -> Answer:
        enabled = self.account.now()["Countries"].split(",")
        asked = request.query.get("CountryCode", "")
        wanted = asked.split(",") if asked else list(dict.fromkeys([*KNOWN_COUNTRIES, *filter(None, enabled)]))
        permissions = [
            {
                "country_code": one,
                "type": "country",
                "enabled": one in enabled,
                "prefix": KNOWN_COUNTRIES.get(one, ""),
                "message": "",
            }
            for one in wanted
        ]
        return as_json({"permissions": permissions})


# --- pages of lists ---------------------------------------------------------------------------------------


def _root(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}"


def _old_page(request: Request, key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """There is never more than one page of what a town's account has."""
    size = request.query.get("PageSize", str(PAGE_SIZE))
    uri = f"{request.path}?" + urlencode(request.query | {"PageSize": size, "Page": "0"})
    return {
        key: found,
        "first_page_uri": uri,
        "next_page_uri": None,
        "previous_page_uri": None,
        "page": 0,
        "page_size": int(size) if size.isdecimal() else PAGE_SIZE,
        "start": 0,
        "end": max(len(found) - 1, 0),
        "uri": uri,
    }


def _new_page(request: Request, key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    size = request.query.get("PageSize", str(PAGE_SIZE))
    url = f"{_root(request)}{request.path}?" + urlencode(request.query | {"PageSize": size, "Page": "0"})
    meta = {
        "first_page_url": url,
        "key": key,
        "next_page_url": None,
        "page": 0,
        "page_size": int(size) if size.isdecimal() else PAGE_SIZE,
        "previous_page_url": None,
        "url": url,
    }
    return {key: found, "meta": meta}
