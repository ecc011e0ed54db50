"""The town's clock: asks app.py every few seconds what is due, and can be moved on, with everything that falls due.

`POST /advance` with form field `advance` (seconds) answers `{"now": …}` once all that became due on the way is done.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.store import outbox
from infra.local.events import Context, schedule_event
from infra.local.whole_file import write_whole
from infra.resources import QUEUES

log = logging.getLogger("clock")

TICK_SECONDS = 5.0
HANDLER_SECONDS = 30.0
STEP_SECONDS = 60.0  # how long all that falls due at one moment may take
LOOK_SECONDS = 0.03
FARTHEST_SECONDS = 10 * 366 * 24 * 60 * 60
# Not those that are delayed: they are nudges for later, and what they are about is queued when it falls due.
STILL_TO_DO = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Stuck(Exception):
    """What fell due wasn't done in the time it may take."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the town is ahead of real time: a file with seconds, which every process of the town reads."""

    path: Path

    def read(self) -> float:
        try:
            return float(self.path.read_text())
        except FileNotFoundError:
            return 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.read())

    def move_to(self, moment: datetime) -> None:
        """Only ever forward."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        write_whole(self.path, repr(max(ahead, self.read())))


@dataclass(frozen=True, slots=True)
class Clock:
    """Ticks and jumps, one at a time."""

    offset: Offset
    handler: Callable[[Any, Any], Any]  # app.py's clock
    next_due: Callable[[datetime, datetime], datetime | None]  # after the first moment, up to the second
    sqs: Any
    urls: tuple[str, ...]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def tick(self) -> None:
        self.handler(schedule_event(self.offset.now()), Context("clock", HANDLER_SECONDS))

    def tick_for_ever(self) -> None:
        while True:
            try:
                with self.turn:
                    self.tick()
            except Exception:  # the edge: the schedule rings again, whatever the function raised
                log.exception("clock failed")
            time.sleep(TICK_SECONDS)

    def advance(self, seconds: float) -> datetime:
        """Moves on from one due moment to the next, as time would, so that what one brings about can fall due too."""
        with self.turn:
            target = self.offset.now() + timedelta(seconds=seconds)
            self.do_what_is_due()
            while (due := self.next_due(self.offset.now(), target)) is not None:
                self.offset.move_to(due)
                self.do_what_is_due()
            self.offset.move_to(target)
            self.do_what_is_due()
            return self.offset.now()

    def do_what_is_due(self) -> None:
        self.tick()
        ends = time.monotonic() + STEP_SECONDS
        while not self.is_all_done():
            if time.monotonic() > ends:
                raise Stuck
            time.sleep(LOOK_SECONDS)

    def is_all_done(self) -> bool:
        # From the first queue to the last and again: a message of one may have put another on one looked at before.
        return all(self.waiting(url) == 0 for url in self.urls * 2)

    def waiting(self, url: str) -> int:
        told = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(STILL_TO_DO))["Attributes"]
        return sum(int(told[name]) for name in STILL_TO_DO)


def next_due(after: datetime, until: datetime) -> datetime | None:
    """What was due before and isn't done will be tried again; it mustn't hold up the clock."""
    first = outbox.next_due(until)
    if first is None or first > after:
        return first
    return min((row.due for row in outbox.due_rows(until) if row.due > after), default=None)


def seconds_of(form: str) -> float | None:
    """What `advance` says, if it is a number of seconds that one may move on by."""
    try:
        seconds = float(parse_qs(form)["advance"][-1])
    except (KeyError, ValueError):
        return None
    return seconds if 0 <= seconds <= FARTHEST_SECONDS else None


class Control(BaseHTTPRequestHandler):
    """The carrier asks here; nobody else."""

    clock: ClassVar[Clock]
    protocol_version = "HTTP/1.1"
    timeout = 2 * STEP_SECONDS

    def do_GET(self) -> None:
        self.tell(200, {"now": written(self.clock.offset.now())})

    def do_POST(self) -> None:
        seconds = seconds_of(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode("utf-8", "replace"))
        if seconds is None:
            self.tell(400, {"message": f"advance must be seconds, from 0 to {FARTHEST_SECONDS}"})
            return
        try:
            self.tell(200, {"now": written(self.clock.advance(seconds))})
        except (Stuck, BotoCoreError, ClientError) as error:
            log.exception("the clock could not be moved")
            self.tell(503, {"message": f"what fell due isn't done yet ({type(error).__name__}); see the town's logs"})

    def tell(self, status: int, what: dict[str, str]) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing worth a line."""


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def main() -> None:
    """Argument: the port of the control endpoint."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = importlib.import_module("app")
    sqs = boto3.client("sqs")
    prefix = os.environ.get("QUEUE_PREFIX", "giddyup")
    urls = tuple(sqs.get_queue_url(QueueName=queue.full_name(prefix))["QueueUrl"] for queue in QUEUES)
    clock = Clock(Offset(Path(os.environ["GIDDYUP_CLOCK"])), app.clock, next_due, sqs, urls)
    threading.Thread(target=clock.tick_for_ever, daemon=True).start()
    handler = type("TownControl", (Control,), {"clock": clock})
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()


if __name__ == "__main__":
    main()
