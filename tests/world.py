"""The whole town in one process: the real app and its workers over moto, a carrier that writes to screens, a clock.

Single-threaded by design, as moto is; races are run for real against the town (tests/e2e).
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import moto.core  # before anything of botocore's is made, so that its clients are moto's
from moto.sqs.models import sqs_backends

TOKEN = "a-token-of-the-tests"
ACCOUNT = "AC" + "0" * 32
OURS = "+15550100000"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # a Monday, noon in New York
MOST_TRIES = 8  # of what comes again and again with a delay, in one move of the clock
CLOCK = Path(tempfile.mkdtemp(prefix="giddyup-tests-")) / "clock"


class Screens:
    """A carrier that writes what it is given to phones' screens. It speaks as much of Twilio's API as we use."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.faults: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def take(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            fault = self.faults.pop(0) if self.faults else {}
            if fault.get("mode") == "refuse":
                return 400, error(fault["code"], "refused", 400)
            if fault.get("mode") == "vanish":
                return 500, error(20500, "vanished", 500)
            message = {
                "sid": "SM" + uuid.uuid4().hex,
                "to": fields["To"],
                "body": fields["Body"],
                "num_segments": str(measure(fields["Body"]).count),
                "status": "queued",
                "date_created": now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
                "callback": fields.get("StatusCallback", ""),
            }
            self.sent.append(message)
            return (500, error(20500, "lost", 500)) if fault else (201, message)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        screens = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def answer(self, status: int, body: dict[str, Any]) -> None:
                raw = json.dumps(as_told(body)).encode()
                note_answer(self.command, self.path, status, raw)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if wrong := wrong_request("POST", self.path, self.headers, raw):
                    self.answer(400, wrong)
                    return
                self.answer(*screens.take({name: values[0] for name, values in parse_qs(raw.decode()).items()}))

            def do_GET(self) -> None:
                if wrong := wrong_request("GET", self.path, self.headers):
                    self.answer(400, wrong)
                    return
                to = parse_qs(urlsplit(self.path).query)["To"][0]
                found = [one for one in reversed(screens.sent) if one["to"] == to]
                self.answer(200, {"messages": [as_told(one) for one in found], "next_page_uri": None})

        return Handler


def as_told(message: dict[str, Any]) -> dict[str, Any]:
    """Where the app is told what became of a text is ours to know, and nothing that Twilio answers."""
    return {name: value for name, value in message.items() if name != "callback"}


SCREENS = Screens()
os.environ |= {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": f"{TOKEN},an-older-token",
    "TWILIO_API_BASE": SCREENS.url,
    "TWILIO_FROM": OURS,
    "PUBLIC_URL": "https://giddyup.example",
    "NUMBER_KEY": "a-key-of-the-tests",
    "LINK_KEYS": "a-link-key-of-the-tests,an-older-link-key",
    "GIDDYUP_CLOCK": str(CLOCK),
    "SENDER_RATE": "225",
}

import boto3  # noqa: E402 - after the environment is set
from chalice.test import Client  # noqa: E402
from twilio.request_validator import RequestValidator  # noqa: E402

import app  # noqa: E402
from chalicelib.grammar.segments import measure  # noqa: E402
from chalicelib.runtime import runtime  # noqa: E402
from chalicelib.store import outbox, sender  # noqa: E402
from chalicelib.store.tables import CONNECTION, Row  # noqa: E402
from infra.resources import QUEUES, make_all  # noqa: E402
from tests.partiql import answer_for_moto  # noqa: E402
from tests.twilio_contract import error, note_answer, wrong_request  # noqa: E402


def now() -> datetime:
    return runtime().now()


LINK = re.compile(r" (?:Or tap|O toca) https?://\S+/p/\S+")


def without_link(body: str) -> str:
    """A text as stories write it: without the reader's own link, which tests/entry/test_pressing.py is about."""
    return LINK.sub("", body)


NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """A moment on New York's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def set_clock(moment: datetime) -> None:
    CLOCK.write_text(str((moment - datetime.now(UTC)).total_seconds()))


@dataclass
class World:
    """Phones by name, and everything that happens between them."""

    numbers: dict[str, str] = field(default_factory=dict)
    read: int = 0
    handlers: dict[str, Any] = field(default_factory=dict)

    def number(self, name: str) -> str:
        """A number of its own for each name, given at first use."""
        return self.numbers.setdefault(name, f"+1555010{len(self.numbers) + 1:04}")

    # --- in ---------------------------------------------------------------------------------------

    def text(self, name: str, body: str, sid: str = "") -> str:
        """A text from a phone, through the webhook; everything that follows at once has happened on return."""
        sid = self.webhook(self.number(name), body, sid)
        self.work()
        return sid

    def webhook(self, number: str, body: str, sid: str = "", **extra: str) -> str:
        sid = sid or "SM" + uuid.uuid4().hex
        fields = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": number, "To": OURS, "Body": body, **extra}
        status = self.post("/sms", fields)
        assert status == 200, f"the webhook answered {status}"
        return sid

    def post(self, path: str, fields: dict[str, str], signature: str | None = None) -> int:
        url = "https://giddyup.example" + path
        signed = RequestValidator(TOKEN).compute_signature(url, fields)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signed if signature is None else signature,
        }
        with Client(app.app) as client:
            return client.http.post(path, headers=headers, body=urlencode(fields).encode()).status_code

    # --- the workers ------------------------------------------------------------------------------

    def work(self) -> None:
        """The queues are worked off, until nothing is on them."""
        while sum(self.work_once(queue.name) for queue in QUEUES):
            pass

    def work_once(self, name: str, most: int = 10) -> int:
        """One batch of one queue. What its handler does not report as failed is done with."""
        if not self.waiting(name):
            return 0  # looked up in moto's own lists: most of the time there is nothing
        queue = next(one for one in QUEUES if one.name == name)
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.full_name("giddyup"))["QueueUrl"]
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, VisibilityTimeout=0).get("Messages", [])
        if not messages:
            return 0
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in messages]
        answer = getattr(app, name)({"Records": records}, None) or {}
        failed = {one["itemIdentifier"] for one in answer.get("batchItemFailures", [])}
        for one in messages:
            if one["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return len(messages) - len(failed)

    def waiting(self, name: str) -> bool:
        """Whether anything on this queue may be taken now."""
        queue = next(one for one in QUEUES if one.name == name).full_name("giddyup")
        kept = sqs_backends[moto.core.DEFAULT_ACCOUNT_ID]["us-east-1"].queues[queue]
        return any(one.visible and not one.delayed for one in kept._messages)

    def delays_pass(self) -> bool:
        """What was put on a queue with a delay is there now: moto's clock is not ours. Whether there was any."""
        queues = sqs_backends[moto.core.DEFAULT_ACCOUNT_ID]["us-east-1"].queues.values()
        delayed = [one for queue in queues for one in queue._messages if one.delayed_until > time.time() * 1000]
        for one in delayed:
            one.delayed_until = 0
        return bool(delayed)

    def tick(self) -> None:
        """The clock's minute."""
        app.clock({"version": "0", "account": "", "region": "", "detail": {}, "detail-type": "", "source": "",
                   "time": "", "id": "", "resources": []}, None)  # fmt: skip
        self.work()

    def advance(self, **by: float) -> None:
        """The clock moves on, stopping at each thing that becomes due, and each minute while one is not done."""
        until = now() + timedelta(**by)
        self.tick()
        while (due := self.next_stop(until)) is not None:
            set_clock(due)
            self.tick()
        set_clock(until)
        self.tick()
        for _ in range(MOST_TRIES):
            if not self.delays_pass():
                break
            self.work()

    def next_stop(self, until: datetime) -> datetime | None:
        at = now()
        later = min((row.due for row in outbox.due_rows(until) if row.due > at), default=None)
        if outbox.next_due(at) is not None:  # tried in vain: the clock rings again in a minute
            later = min(later or until, at + timedelta(minutes=1))
        return later if later and later < until else None

    # --- out --------------------------------------------------------------------------------------

    def new_texts(self) -> list[tuple[str, str]]:
        """What arrived since this was last asked, as (name, body)."""
        names = {number: name for name, number in self.numbers.items()}
        fresh, self.read = SCREENS.sent[self.read :], len(SCREENS.sent)
        return [(names.get(one["to"], one["to"]), without_link(one["body"])) for one in fresh]

    def got(self, name: str) -> list[str]:
        """All that this phone ever got."""
        return [without_link(one["body"]) for one in SCREENS.sent if one["to"] == self.number(name)]

    def receipt(self, message: dict[str, str], status: str, **extra: str) -> int:
        """The carrier's last word on a text."""
        path = message["callback"].removeprefix("https://giddyup.example")
        return self.post(path, {"MessageSid": message["sid"], "MessageStatus": status, **extra})

    def rows(self) -> list[dict[str, Any]]:
        """Every item of the table, raw."""
        found = boto3.client("dynamodb").scan(TableName="giddyup")["Items"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def person(self, name: str) -> str:
        return runtime().person_id(self.number(name))

    # --- short cuts -------------------------------------------------------------------------------

    def found_group(self, keyword: str = "DIG", founder: str = "olga", members: tuple[str, ...] = ()) -> None:
        self.text(founder, f"NEW GROUP {keyword} Riverbank diggers")
        for name in members:
            self.text(name, f"JOIN {keyword}")
        self.new_texts()

    def raise_action(self, words: str, keyword: str = "DIG", organizer: str = "olga") -> str:
        """An alert, sent; answers its code."""
        self.text(organizer, f"ALERT {keyword} {words}")
        draft = self.got(organizer)[-1]
        self.text(organizer, draft[draft.rindex("GO ") :])
        sent = [body for body in self.got(organizer) if "is on its way" in body or "va en camino" in body]
        self.new_texts()
        return sent[-1].split(" ")[0]

    def crew(self, words: str, *names: str) -> str:
        """An action of a new group's, with these members in it by name; answers its code."""
        self.found_group(members=names)
        code = self.raise_action(words)
        for name in names:
            self.text(name, f"NAME {name.title()}")
            self.text(name, f"IN {code}")
        self.new_texts()
        return code

    def until(self, text: str) -> None:
        """The clock moves on to that moment in New York."""
        self.advance(seconds=(at(text) - now()).total_seconds())


@contextmanager
def a_world() -> Iterator[World]:
    """A fresh town, at noon."""
    with moto.mock_aws():
        Row._get_connection().connection._tables.clear()
        answer_for_moto(CONNECTION.client)
        sender._SEEN.clear()
        make_all()
        SCREENS.sent.clear()
        SCREENS.faults.clear()
        set_clock(NOON)
        yield World()
