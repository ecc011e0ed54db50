"""The carrier as a person knows it: phones to text from, what goes wrong on the way, and the town's clock."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from urllib.parse import unquote

from chalicelib.grammar.segments import measure
from infra.local.carrier import faults, screens
from infra.local.carrier.account import Account
from infra.local.carrier.database import Database
from infra.local.carrier.http_client import Client, Unreachable
from infra.local.carrier.http_server import Answer, Refused, Request, Response, Route, as_json, integer, route, seconds
from infra.local.carrier.messages import Message, add_message, find_message, new_sid
from infra.local.carrier.settings import Settings
from infra.local.carrier.stopped import note_stop
from infra.local.carrier.story import story
from infra.local.carrier.town_clock import TownClock, as_iso
from infra.local.carrier.webhooks import PATIENCE_SECONDS, NotTaken, Webhooks, inbound_fields, pauses

NUMBER = re.compile(r"\+?[0-9A-Za-z]{1,20}", re.ASCII)  # short codes and names text too, and the app must bear it
SID = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)
MOST_TEXTS_A_PAGE = 1000
LONGEST_WAIT_SECONDS = 60
LONGEST_NAME = 40
CLOCK_PATIENCE_SECONDS = 600  # all that becomes due on the way is queued before the answer


@dataclass(frozen=True)
class PersonApi:
    settings: Settings
    db: Database
    clock: TownClock
    webhooks: Webhooks
    account: Account

    def routes(self) -> list[Route]:
        return [
            route("POST", "/phones/{}/texts", self._text),
            route("GET", "/phones/{}/texts", self._texts_of_one),
            route("POST", "/phones/{}/texts/{}/resend", self._resend),
            route("POST", "/phones/{}/faults", self._add_fault),
            route("GET", "/phones/{}/faults", self._faults),
            route("DELETE", "/phones/{}/faults", self._drop_faults),
            route("GET", "/texts", self._texts),
            route("DELETE", "/texts", self._forget),
            route("GET", "/clock", self._now),
            route("POST", "/clock", self._advance),
            route("GET", "/phones", self._phones),
            route("POST", "/phones", self._add_phone),
            route("DELETE", "/phones", self._drop_phones),
            route("DELETE", "/phones/{}", self._drop_phones),
            route("GET", "/story", self._story),
            route("POST", "/segments", self._segments),
        ]

    async def _text(self, request: Request, phone: str) -> Answer:
        form = request.form
        sid = form.get("MessageSid") or new_sid()
        if not SID.fullmatch(sid):
            raise Refused(400, "MessageSid is letters and digits, at most 64")
        message = Message(
            sid=sid,
            direction="inbound",
            sender=_number(phone),
            recipient=form.get("To") or self.settings.number,
            body=form.get("Body", ""),
            status="received",
            created_at=self.clock.now(),
            service=self.settings.messaging_service_sid or "",
            media=tuple(value for name, value in sorted(form.items()) if re.fullmatch(r"MediaUrl\d", name)),
        )
        return await self._hand_to_app(message)

    async def _resend(self, _request: Request, phone: str, sid: str) -> Answer:
        """Twilio's retry: the very same text once more."""
        message = find_message(self.db, sid)
        if message is None or message.direction != "inbound" or message.sender != _number(phone):
            raise Refused(404, f"{phone} has sent no text {sid}")
        return await self._hand_to_app(message)

    async def _hand_to_app(self, message: Message) -> Answer:
        """The text is on the phone's screen first, since the app may answer before it has answered us."""
        is_new = add_message(self.db, message)
        screens.show(self.db, message, self.clock.now())
        if is_new and self.settings.blocks_stopped and message.recipient == self.settings.number:
            note_stop(self.db, message)
        await self.db.saved()
        fields = inbound_fields(message, self.settings.account_sid)
        if not (url := self.account.webhook_url()):
            raise Refused(502, "The number has no webhook: nobody is told of the text")
        try:
            tries = pauses(first=0.1, longest=1.0, total=PATIENCE_SECONDS)
            await self.webhooks.post_until_taken(url, fields, tries)
        except NotTaken as error:
            raise Refused(502, f"The app did not take the text: {error}") from error
        return as_json({"sid": message.sid})

    async def _texts_of_one(self, _request: Request, phone: str) -> Answer:
        return as_json([text.as_seen_by_its_phone() for text in screens.texts_of(self.db, _number(phone))])

    async def _texts(self, request: Request) -> Answer:
        """With `wait`, as soon as there is one, or so many seconds have passed, or the texts were forgotten.

        `forgotten` is how often they had been when the caller last looked: it may have missed that between two calls.
        """
        after = integer(request.query, "after", 0)
        limit = integer(request.query, "limit", 10**9)
        deadline = time.monotonic() + integer(request.query, "wait", 0, LONGEST_WAIT_SECONDS)
        forgotten = integer(request.query, "forgotten", screens.times_forgotten(self.db))
        while not (found := screens.texts_after(self.db, after, limit)):
            left = deadline - time.monotonic()
            if left <= 0 or screens.times_forgotten(self.db) != forgotten or not await self.db.changed(left):
                break
        # the header tells a page that what it shows is gone: the list alone could not
        headers = {"Times-Forgotten": str(screens.times_forgotten(self.db))}
        return as_json([text.as_seen_by_all() for text in found], headers=headers)

    async def _forget(self, _request: Request) -> Answer:
        screens.forget_texts(self.db)
        await self.db.saved()
        return as_json([])

    async def _add_fault(self, request: Request, phone: str) -> Answer:
        phone, form = _number_or_any(phone), request.form
        mode = form.get("mode") or "refuse"
        if mode not in faults.MODES:
            raise Refused(400, f"mode must be one of {', '.join(faults.MODES)}, not {mode!r}")
        if mode == faults.DOWN and phone != faults.ANY_PHONE:
            raise Refused(400, f"{mode} is for all phones at once: POST /phones/{faults.ANY_PHONE}/faults")
        usual = faults.MODES[mode]
        lasts = seconds(form, "seconds", usual.seconds)
        fault = faults.Fault(
            mode=mode,
            code=integer(form, "code", usual.code, most=99_999),
            seconds=lasts,
            times=integer(form, "times", 1),
            every=max(integer(form, "every", 1), 1),
            ends_at=self.clock.now() + lasts if mode == faults.DOWN else None,
        )
        if fault.times:
            faults.add_fault(self.db, phone, fault)
        await self.db.saved()
        return self._pending(phone)

    async def _faults(self, _request: Request, phone: str) -> Answer:
        return self._pending(_number_or_any(phone))

    async def _drop_faults(self, _request: Request, phone: str) -> Answer:
        faults.drop_faults(self.db, _number_or_any(phone))
        await self.db.saved()
        return self._pending(_number_or_any(phone))

    def _pending(self, phone: str) -> Response:
        return as_json([fault.as_json() for fault in faults.pending_faults(self.db, phone, self.clock.now())])

    async def _now(self, _request: Request) -> Answer:
        return as_json({"now": as_iso(self.clock.now())})

    async def _advance(self, request: Request) -> Answer:
        """Whoever runs the town moves its clock, since all that becomes due on the way has to be queued."""
        seconds = integer(request.form, "advance", None)
        if self.settings.town_clock_url is None:
            self.clock.advance(seconds)
            return as_json({"now": as_iso(self.clock.now())})
        url = f"{self.settings.town_clock_url}/advance"
        try:
            # a connection of its own: a kept one may have to be tried again, and time would pass twice
            reply = await Client(1).post(url, {"advance": str(seconds)}, timeout=CLOCK_PATIENCE_SECONDS)
            json.loads(reply.body)
        except (Unreachable, ValueError) as error:
            raise Refused(502, f"The town's clock at {url} did not move: {error}") from error
        return Response(reply.body, reply.status)

    async def _phones(self, _request: Request) -> Answer:
        return as_json([asdict(phone) for phone in screens.list_phones(self.db)])

    async def _add_phone(self, request: Request) -> Answer:
        name = request.form.get("name", "").strip()[:LONGEST_NAME]
        number = _number(request.form.get("number") or screens.next_free_number(self.db))
        screens.add_phone(self.db, screens.Phone(name or number[-4:], number))
        await self.db.saved()
        return await self._phones(request)

    async def _drop_phones(self, request: Request, number: str = "") -> Answer:
        number = number or request.query.get("number", "")
        screens.drop_phones(self.db, _number(number) if number else None)
        await self.db.saved()
        return await self._phones(request)

    async def _segments(self, request: Request) -> Answer:
        """What a text would cost, while it is typed."""
        measured = measure(request.form.get("Body", ""))
        return as_json({"encoding": measured.encoding, "units": measured.units, "count": measured.count})

    async def _story(self, request: Request) -> Answer:
        """Of the phones named (all if none), from the N-th text on."""
        asked = request.query_string.partition("phones=")[2].partition("&")[0]  # a literal + means itself here too
        phones = {_number(unquote(each)) for each in unquote(asked).split(",") if each}
        texts = screens.texts_after(self.db, integer(request.query, "after", 0), limit=10**9)
        names = {phone.number: phone.name for phone in screens.list_phones(self.db)}
        told = story([text for text in texts if not phones or text.phone in phones], names)
        headers = {"Content-Disposition": 'attachment; filename="story.txt"'}
        return Response(told.encode(), content_type="text/plain; charset=utf-8", headers=headers)


def _number(given: str) -> str:
    number = given.strip()
    if not NUMBER.fullmatch(number):
        raise Refused(400, f"{given!r} is no number to text from; one looks like +15550100001")
    return number


def _number_or_any(given: str) -> str:
    return given if given == faults.ANY_PHONE else _number(given)
