"""The Messages resource of Twilio's API (twilio.com/docs/messaging/api/message-resource)."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from infra.local.carrier.callers import check_caller
from infra.local.carrier.courier import Courier
from infra.local.carrier.database import Database
from infra.local.carrier.faults import ALL_WELL, MODES, Fault, Says, is_down, take_fault
from infra.local.carrier.http_server import Answer, Handler, HangUp, Request, Response, Route, as_json, integer, route
from infra.local.carrier.messages import Message, Search, find_message, list_messages, new_sid
from infra.local.carrier.rate import Rate
from infra.local.carrier.settings import Settings
from infra.local.carrier.stopped import has_stopped
from infra.local.carrier.town_clock import TownClock
from infra.local.carrier.twilio_errors import TwilioRefusal, error_message
from infra.local.carrier.webhooks import API_VERSION

PAGE_SIZE, MOST_ON_A_PAGE = 50, 1000
MOST_CHARACTERS = 1600
MOST_VALIDITY_SECONDS = 36_000
NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# The same whether the text was taken or not: nothing in it may tell which
GARBAGE = Response(b"<!doctype html><title>Error</title><h1>Something went wrong</h1>", 200, "text/html; charset=utf-8")


@dataclass(frozen=True)
class TwilioApi:
    settings: Settings
    db: Database
    clock: TownClock
    courier: Courier
    rate: Rate
    refusals: Counter[int] = field(default_factory=Counter)

    def routes(self) -> list[Route]:
        messages = "/2010-04-01/Accounts/{}/Messages"
        return [
            route("POST", f"{messages}.json", self._unless_down(self._create)),
            route("GET", f"{messages}.json", self._unless_down(self._list)),
            route("GET", messages + "/{}.json", self._unless_down(self._fetch)),
            route("GET", "/refusals", self._refusals),
        ]

    def _unless_down(self, handler: Handler) -> Handler:
        async def handle(request: Request, *parts: str) -> Answer:
            return HangUp() if is_down(self.db, self.clock.now()) else await handler(request, *parts)

        return handle

    async def _create(self, request: Request, account_sid: str) -> Answer:
        try:
            self._check_caller(request, account_sid)
            message = self._read_message(request.form)
            if self.settings.blocks_stopped and has_stopped(self.db, message.recipient):
                raise TwilioRefusal(21610)
            if not self.rate.has_room(message.segments):
                raise TwilioRefusal(20429)
            return await self._meet_fault(message, take_fault(self.db, message.recipient), request.form)
        except TwilioRefusal as refusal:
            self.refusals[refusal.code] += 1
            await self.db.saved()  # a fault may have been used up
            return as_json(refusal.as_json(), refusal.status)

    async def _list(self, request: Request, account_sid: str) -> Answer:
        try:
            self._check_caller(request, account_sid)
        except TwilioRefusal as refusal:
            return as_json(refusal.as_json(), refusal.status)
        return as_json(self._page(request))

    async def _fetch(self, request: Request, account_sid: str, sid: str) -> Answer:
        try:
            self._check_caller(request, account_sid)
            if (message := find_message(self.db, sid)) is None:
                raise TwilioRefusal(20404, request.path)
        except TwilioRefusal as refusal:
            return as_json(refusal.as_json(), refusal.status)
        return as_json(self._as_twilio(message))

    async def _refusals(self, _request: Request) -> Answer:
        """How often each error was the answer to a text, since the start: a rate that held has none of 20429."""
        return as_json({str(code): times for code, times in sorted(self.refusals.items())})

    def _check_caller(self, request: Request, account_sid: str) -> None:
        check_caller(request, self.settings, account_sid)

    def _read_message(self, form: dict[str, str]) -> Message:
        to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid", "")
        sender = form.get("From", "")
        if not to:
            raise TwilioRefusal(21604)
        if not NUMBER.fullmatch(to):
            raise TwilioRefusal(21211, to)
        if not sender and not service:
            raise TwilioRefusal(21603)
        if sender and sender != self.settings.number:
            raise TwilioRefusal(21606, sender)
        if service and service != (self.settings.messaging_service_sid or service):
            raise TwilioRefusal(21703, service)
        media = tuple(value for name, value in form.items() if name.startswith("MediaUrl"))
        if not body and not media:
            raise TwilioRefusal(21602)
        if len(body) > MOST_CHARACTERS:
            raise TwilioRefusal(21617)
        callback = form.get("StatusCallback", "")
        if callback and not callback.startswith(("http://", "https://")):
            raise TwilioRefusal(21609, callback)
        return Message(
            sid=new_sid("MM" if media else "SM"),
            direction="outbound-api",
            sender=self.settings.number,
            recipient=to,
            body=body,
            status="accepted" if service else "queued",
            created_at=self.clock.now(),
            service=service,
            media=media,
            callback=callback,
        )

    async def _meet_fault(self, message: Message, fault: Fault | None, form: dict[str, str]) -> Answer:
        mode = MODES[fault.mode] if fault else ALL_WELL
        if mode.is_taken:
            self._take(message, fault, form)
        await self.db.saved()
        if fault is None:
            return self._accepted(message)
        match mode.says:
            case Says.ERROR:
                raise TwilioRefusal(fault.error_code)
            case Says.GARBAGE:
                return GARBAGE
            case Says.NOTHING:
                return HangUp(fault.seconds)
        if fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
        return self._accepted(message)

    def _take(self, message: Message, fault: Fault | None, form: dict[str, str]) -> None:
        fails_with = fault.code if fault and fault.mode == "fail" else None
        delay = fault.seconds if fault and fault.mode == "delay" else None
        if delay is not None and delay > _validity_seconds(form):
            fails_with = 30036  # an alert must not outlive its action
        self.rate.took(message.segments)
        self.courier.deliver(message, fails_with, delay, MODES[fault.mode].receipts if fault else ALL_WELL.receipts)

    def _accepted(self, message: Message) -> Answer:
        """Says what was true when it was accepted, as Twilio's answer does: the rest comes by callback."""
        sender = "" if message.service else message.sender
        return as_json(self._as_twilio(replace(message, sender=sender)) | {"date_sent": None}, 201)

    def _page(self, request: Request) -> dict[str, Any]:
        query = request.query
        size = min(max(integer(query, "PageSize", PAGE_SIZE), 1), MOST_ON_A_PAGE)
        page = integer(query, "Page", 0, most=10**6)
        token = query.get("PageToken", "")
        search = replace(_search(query), below=int(token[4:]) if re.fullmatch(r"PASM\d{1,12}", token) else None)
        found = list_messages(self.db, search, size + 1, skip=0 if token else page * size)
        here = found[:size]

        def page_uri(n: int, below: int | None = None) -> str:
            asked = {k: v for k, v in query.items() if k not in ("Page", "PageToken", "PageSize")}
            start = {} if below is None else {"PageToken": f"PASM{below}"}
            return f"{request.path}?" + urlencode(asked | {"PageSize": size, "Page": n} | start)

        return {
            "messages": [self._as_twilio(message) for _, message in here],
            "first_page_uri": page_uri(0),
            "next_page_uri": page_uri(page + 1, here[-1][0]) if len(found) > size else None,
            "previous_page_uri": None,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(here) - 1, 0),
            "uri": page_uri(page),
        }

    def _as_twilio(self, message: Message) -> dict[str, Any]:
        path = f"/{API_VERSION}/Accounts/{self.settings.account_sid}/Messages/{message.sid}"
        moment = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(message.created_at))
        return {
            "account_sid": self.settings.account_sid,
            "api_version": API_VERSION,
            "body": message.body,
            "date_created": moment,
            "date_sent": None if message.status == "failed" else moment,
            "date_updated": moment,
            "direction": message.direction,
            "error_code": message.error,
            "error_message": error_message(message.error),
            "from": message.sender or None,
            "messaging_service_sid": message.service or None,
            "num_media": str(len(message.media)),
            "num_segments": str(message.segments),
            "price": None,
            "price_unit": "USD",
            "sid": message.sid,
            "status": message.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": message.recipient,
            "uri": f"{path}.json",
        }


def _validity_seconds(form: dict[str, str]) -> int:
    given = form.get("ValidityPeriod", "")
    return int(given) if re.fullmatch(r"[0-9]{1,5}", given) else MOST_VALIDITY_SECONDS


def _search(query: dict[str, str]) -> Search:
    """DateSent is a day, or a moment; with < or > in its name it bounds, both ends included."""
    since, until = _seconds(query.get("DateSent>", ""), 0), _seconds(query.get("DateSent<", ""), 86_399)
    if exact := query.get("DateSent", ""):
        since, until = _seconds(exact, 0), _seconds(exact, 86_399)
    return Search(query.get("To", ""), query.get("From", ""), since, until)


def _seconds(given: str, into_the_day: int) -> int | None:
    """What Twilio can't read, it ignores. A bare day stands for its first or its last second, in UTC."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) + (into_the_day if len(given) <= 10 else 0)
