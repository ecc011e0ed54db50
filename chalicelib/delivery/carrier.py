"""The carrier: one text out, what it answers, and what each of its errors means for us (CODES).

Texts go out over one event loop in a thread of its own: at the carrier's latency the number of calls in flight decides
how fast they go, and aiohttp needs half the CPU for each that threads do. Replies and bulk have connections of their
own, so that neither waits for the other's.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import json
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote_plus, urlencode

from chalicelib.runtime import Runtime

if TYPE_CHECKING:
    import aiohttp

LONGEST_VALIDITY = 36_000  # seconds, Twilio's most
LISTED_BACK = timedelta(seconds=5)  # its clock and ours
MOST_LISTED = 200  # texts to one number in a day
CONNECT_SECONDS = 2
ANSWER_SECONDS = 10

T = TypeVar("T")


class Lane(StrEnum):
    """Replies never wait behind an alert: each lane has its queue, and its connections (as many as here)."""

    REPLIES = "replies"
    BULK = "bulk"


CONNECTIONS = {Lane.REPLIES: 32, Lane.BULK: 100}  # a part of a chunk goes out in one turn


class Meaning(Enum):
    """What one of the carrier's errors asks of us; the words are for the operator who reads the log."""

    LATER = "try again in a moment"
    NEXT_DAY = "a day's limit of the carrier is used up: try again tomorrow, if it still matters then"
    OPTED_OUT = "the person has said STOP to the carrier: it is recorded as theirs"
    BAD_NUMBER = "no text can reach this number: it is asked no more until it texts us"
    COUNT = "count it and go on"
    CONTENT = "the words are the matter: the organizer is told"
    OURS = "our account or sender is set up wrong: nothing is sent until an operator mends it"
    PLACE = "the carrier does not send there for us: check the account's geographic permissions"
    TOO_LATE = "its time was over before it could be delivered"


def codes(meaning: Meaning, *numbers: int) -> dict[int, Meaning]:
    return dict.fromkeys(numbers, meaning)


# Twilio's error codes, as of November 2026; it splits and adds codes, so what is not here is counted (DEFAULT).
CODES: dict[int, Meaning] = {
    **codes(Meaning.LATER, 20429, 30001, 30017, 30022, 21611),
    **codes(Meaning.NEXT_DAY, 30023, 30027),
    **codes(Meaning.OPTED_OUT, 21610),
    **codes(Meaning.BAD_NUMBER, 21211, 21614, 30005, 30006, 21265),
    **codes(Meaning.COUNT, 30003, 30008, 30024, 30010),
    **codes(Meaning.CONTENT, 30004, 30007, 30018, 21617, 21602),
    **codes(Meaning.OURS, 20003, 21606, 21608, 21703, 21704, 30002, 30032, 30034, *range(30532, 30541)),
    **codes(Meaning.PLACE, 21408, 21612, 21624, 30045, 90007),
    **codes(Meaning.TOO_LATE, 30036, 30047, 30610),
}
DEFAULT = Meaning.COUNT
TOO_MANY = 20429
NO_WAY_IN = 20003  # what stands between us and the carrier refuses without one of its codes


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


@dataclass(frozen=True, slots=True)
class Letter:
    """One text as the carrier is given it. `validity`: how long it is worth delivering; None: as long as it likes."""

    number: str
    body: str
    receipts_to: str
    validity: timedelta | None = None


# --- the loop that calls are made on ------------------------------------------------------------------


@cache
def loop() -> asyncio.AbstractEventLoop:
    running = asyncio.new_event_loop()
    atexit.register(hang_up)
    threading.Thread(target=running.run_forever, name="carrier", daemon=True).start()
    return running


def hang_up() -> None:
    """The connections are closed when the process ends."""
    for on in LINES.values():
        wait_for(on.session.close())
    LINES.clear()


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """From any thread: what came of it."""
    return asyncio.run_coroutine_threadsafe(work, loop()).result()


@dataclass(frozen=True, slots=True)
class Line:
    """The connections of one lane, and what is the same for every call of ours to the carrier."""

    session: aiohttp.ClientSession
    messages: str  # the resource's address
    sender: Mapping[str, str]


LINES: dict[tuple[int, Lane], Line] = {}


async def line(world: Runtime, lane: Lane) -> Line:
    """Made at a lane's first call; only ever asked on the loop, so there is one."""
    import aiohttp  # 0.2 s of a cold start that only senders need

    key = (id(world.settings), lane)
    if key not in LINES:
        settings = world.settings
        login = f"{settings.twilio_account_sid}:{settings.twilio_auth_token[0]}".encode()
        LINES[key] = Line(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS[lane], keepalive_timeout=15, ttl_dns_cache=60),
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS),
                headers={"Authorization": "Basic " + base64.b64encode(login).decode()},
            ),
            f"{settings.twilio_api_base}/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages.json",
            {"MessagingServiceSid": settings.twilio_messaging_service_sid}
            if settings.twilio_messaging_service_sid
            else {"From": settings.twilio_from},
        )
    return LINES[key]


# --- sending ------------------------------------------------------------------------------------------

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def send(world: Runtime, letter: Letter, lane: Lane) -> Answer:
    """Gives one text to the carrier. Never raises for what the carrier or the network does."""
    import aiohttp

    on = await line(world, lane)
    fields = {"To": letter.number, "StatusCallback": letter.receipts_to, **on.sender}
    if letter.validity is not None:
        fields["ValidityPeriod"] = str(max(1, min(LONGEST_VALIDITY, int(letter.validity.total_seconds()))))
    form = f"{urlencode(fields)}&Body={quoted(letter.body)}".encode()
    try:
        async with on.session.post(on.messages, data=form, headers=FORM, allow_redirects=False) as reply:
            return read(reply.status, await reply.read())
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        return Unreached()
    except (aiohttp.ClientError, TimeoutError):
        return Unknown()


@lru_cache(64)
def quoted(body: str) -> str:
    """An alert's words are the same for thousands."""
    return quote_plus(body)


def read(status: int, body: bytes) -> Answer:
    """What an answer of the API says; one that is no answer of Twilio's says nothing."""
    if status == 429:
        return Refused(TOO_MANY)
    if status >= 500:
        return Unknown()
    try:
        told = json.loads(body)
        if status >= 400:
            return Refused(int(told.get("code") or status))
        return Took(str(told["sid"]), int(told.get("num_segments") or 1))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused(NO_WAY_IN if status in {401, 403, 404} else status) if status >= 400 else Unknown()


async def find(
    world: Runtime, number: str, is_it: Callable[[str], bool], since: datetime, known: Sequence[str]
) -> Took | Unknown | None:
    """The text to this number that the carrier took though it never told us; `known` are sids that others settled.

    None: it is not in the carrier's list. Unknown: the list cannot be had.
    """
    import aiohttp

    on = await line(world, Lane.REPLIES)
    earliest = (since - LISTED_BACK).replace(microsecond=0)
    asked = {
        "To": number,
        "DateSent>": f"{earliest - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "PageSize": str(MOST_LISTED),
    }
    try:
        async with on.session.get(on.messages, params=asked) as reply:
            told = json.loads(await reply.read())
            if reply.status != 200:
                return Unknown()
            for message in told["messages"]:
                made = parsedate_to_datetime(message["date_created"])
                if is_it(message["body"]) and message["sid"] not in known and made >= earliest:
                    return Took(message["sid"], int(message.get("num_segments") or 1))
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        return Unknown()
    return None
