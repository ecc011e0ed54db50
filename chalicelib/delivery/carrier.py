"""The carrier: one text out, what it answers, and what each of its errors means for us (CODES)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

import urllib3

from chalicelib.runtime import Runtime

SENDS_AT_ONCE = 32
LONGEST_VALIDITY = 36_000  # seconds, Twilio's most
LISTED_BACK = timedelta(seconds=5)  # its clock and ours


class Meaning(Enum):
    """What one of the carrier's errors asks of us."""

    LATER = "try again later"
    OPTED_OUT = "the person has said STOP to the carrier: record it"
    BAD_NUMBER = "no text can reach this number"
    COUNT = "count it and go on"
    CONTENT = "the words are the matter: tell the organizer"
    OURS = "our account or number is set up wrong: nothing can be sent until an operator mends it"
    PLACE = "the carrier does not send there for us"
    TOO_LATE = "its time was over before it could be delivered"


def codes(meaning: Meaning, *numbers: int) -> dict[int, Meaning]:
    return dict.fromkeys(numbers, meaning)


# Twilio's error codes, as of November 2026; it splits and adds codes, so what is not here is counted (DEFAULT).
CODES: dict[int, Meaning] = {
    **codes(Meaning.LATER, 20429, 30001, 30017, 30022, 21611, 30023, 30027),
    **codes(Meaning.OPTED_OUT, 21610),
    **codes(Meaning.BAD_NUMBER, 21211, 21614, 30005, 30006, 21265),
    **codes(Meaning.COUNT, 30003, 30008, 30024, 30010),
    **codes(Meaning.CONTENT, 30004, 30007, 30018, 21617, 21602),
    **codes(Meaning.OURS, 20003, 21606, 21608, 21703, 21704, 30002, 30032, 30034, *range(30532, 30541)),
    **codes(Meaning.PLACE, 21408, 21612, 21624, 30045, 90007),
    **codes(Meaning.TOO_LATE, 30036, 30047, 30610),
}
DEFAULT = Meaning.COUNT


@dataclass(frozen=True, slots=True)
class Took:
    """The carrier has it."""

    sid: str
    segments: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier has it not, and says why."""

    code: int

    @property
    def meaning(self) -> Meaning:
        return CODES.get(self.code, DEFAULT)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nothing was sent: no connection was made."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request went out and no clear answer came: it may have been taken."""


Answer = Took | Refused | Unreached | Unknown


@cache
def client(world: Runtime) -> Any:
    """Twilio's own client over a pool of ours: its default has no time-out and costs twice the CPU."""
    from twilio.rest import Client

    settings = world.settings
    http = pooled_client()
    twilio = Client(settings.twilio_account_sid, settings.twilio_auth_token[0], http_client=http)
    twilio.api.base_url = settings.twilio_api_base
    return twilio


def pooled_client() -> Any:
    from twilio.http import HttpClient
    from twilio.http.response import Response

    class Pooled(HttpClient):  # type: ignore[misc]  # Twilio's client is asked for by type, and is untyped
        def __init__(self) -> None:
            timeout = urllib3.Timeout(connect=2, read=10)
            self.pool = urllib3.PoolManager(maxsize=SENDS_AT_ONCE, timeout=timeout, retries=False)

        def request(
            self,
            method: str,
            url: str,
            params: Any = None,
            data: Any = None,
            headers: Any = None,
            auth: Any = None,
            timeout: Any = None,
            allow_redirects: bool = False,
        ) -> Any:
            sent = {**(headers or {}), **urllib3.make_headers(basic_auth=f"{auth[0]}:{auth[1]}")}
            if method == "GET":
                answer = self.pool.request(method, url, fields=params, headers=sent)
            else:
                answer = self.pool.request(method, url, fields=data, headers=sent, encode_multipart=False)
            return Response(answer.status, answer.data.decode())

    return Pooled()


def send(world: Runtime, number: str, body: str, receipts_to: str, validity: timedelta | None = None) -> Answer:
    """Gives one text to the carrier. Never raises for what the carrier or the network does."""
    from twilio.base.exceptions import TwilioRestException

    settings = world.settings
    sender = (
        {"messaging_service_sid": settings.twilio_messaging_service_sid}
        if settings.twilio_messaging_service_sid
        else {"from_": settings.twilio_from}
    )
    seconds = min(LONGEST_VALIDITY, int(validity.total_seconds())) if validity else None
    lasts = {"validity_period": max(1, seconds)} if seconds is not None else {}
    try:
        message = client(world).messages.create(to=number, body=body, status_callback=receipts_to, **sender, **lasts)
    except TwilioRestException as error:
        if error.status >= 500:
            return Unknown()
        return Refused(error.code or error.status)
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        return Unreached()
    except (urllib3.exceptions.HTTPError, ValueError, KeyError):
        return Unknown()  # no answer, or one that is no answer of Twilio's
    return Took(message.sid, int(message.num_segments or 1))


def find(world: Runtime, number: str, body: str, since: datetime, known: Sequence[str]) -> Took | Unknown | None:
    """The text to this number that the carrier took though it never told us; `known` are sids that others settled.

    None: it is not in the carrier's list. Unknown: the list cannot be had.
    """
    from twilio.base.exceptions import TwilioRestException

    earliest = (since - LISTED_BACK).replace(microsecond=0)
    try:
        listed = client(world).messages.list(to=number, date_sent_after=earliest - timedelta(days=1), limit=100)
    except (TwilioRestException, urllib3.exceptions.HTTPError, ValueError, KeyError):
        return Unknown()
    for message in listed:
        made = message.date_created
        if message.body == body and message.sid not in known and made is not None and made >= earliest:
            return Took(message.sid, int(message.num_segments or 1))
    return None
