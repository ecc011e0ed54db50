"""What calls to AWS cost: units, requests, and round trips one after another, read off botocore's own events."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import cycle
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from botocore.awsrequest import AWSResponse, HeadersDict

ONCE = {"DescribeTable", "GetQueueUrl"}  # asked once by each process, not by each text
READS = {"GetItem", "BatchGetItem", "Query", "TransactGetItems", "Scan"}


@dataclass
class Meter:
    """Counts what passes while it is on. Register it once for each client."""

    is_on: bool = False
    counted_row: int = 220  # bytes of a member's row, which is read and paid for whole, whatever of it is asked for
    writes: float = 0
    index_writes: float = 0
    reads: float = 0
    operations: dict[str, int] = field(default_factory=dict)
    spans: list[tuple[str, bool]] = field(default_factory=list)
    recorded: list[tuple[str, bytes]] = field(default_factory=list)

    def watch(self, client: Any) -> None:
        service = client.meta.service_model.service_name
        events = client.meta.events
        events.register(f"before-parameter-build.{service}", self.ask_capacity)
        events.register(f"after-call.{service}", self.ended)
        events.register(f"response-received.{service}", self.record)

    def ask_capacity(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if model.service_model.service_name == "dynamodb" and self.is_on:
            params["ReturnConsumedCapacity"] = "INDEXES"
            context["asked"] = params

    def ended(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        name = model.name
        if not self.is_on or name in ONCE:
            return
        self.operations[name] = self.operations.get(name, 0) + 1
        if model.service_model.service_name != "dynamodb":
            return
        self.spans.append((name, threading.current_thread() is not threading.main_thread()))
        if name == "BatchGetItem":
            self.reads += batch_units(context["asked"], parsed)
            return
        if "ProjectionExpression" in context["asked"]:  # ministack counts only what it answers
            self.reads += ceil(max(1, parsed["ScannedCount"] * self.counted_row / 4096)) / 2
            return
        capacity = parsed.get("ConsumedCapacity") or []
        for one in capacity if isinstance(capacity, list) else [capacity]:
            units = float(one.get("CapacityUnits", 0))
            indexes = sum(
                float(part.get("CapacityUnits", 0)) for part in one.get("GlobalSecondaryIndexes", {}).values()
            )
            if name in READS:
                self.reads += units
            else:
                self.writes += units - indexes
                self.index_writes += indexes

    def record(self, response_dict: dict[str, Any] | None, event_name: str, **_: Any) -> None:
        name = event_name.rpartition(".")[2]
        if self.is_on and response_dict and name not in ONCE:
            self.recorded.append((name, response_dict["body"]))

    def trips_to_commit(self) -> int:
        """Round trips one after another, the transaction included: what goes to many partitions at once is one."""
        trips, was_spread = 0, False
        for name, is_spread in self.spans:
            trips += not (is_spread and was_spread)
            was_spread = is_spread
            if name == "TransactWriteItems":
                break
        return trips

    def queue_requests(self) -> int:
        return sum(n for name, n in self.operations.items() if name.startswith("SendMessage"))


@contextmanager
def metered(*clients: Any) -> Iterator[Meter]:
    meter = Meter()
    for client in clients:
        meter.watch(client)
    meter.is_on = True
    yield meter
    meter.is_on = False


def batch_units(asked: dict[str, Any], parsed: dict[str, Any]) -> float:
    """Read units of a BatchGetItem by AWS's rule (4 kB a unit, half if eventual), for ministack tells none."""
    units = 0.0
    for table, request in asked["RequestItems"].items():
        each = 1.0 if request.get("ConsistentRead") else 0.5
        found = parsed["Responses"].get(table, [])
        units += sum(each * ceil(len(json.dumps(item)) / 4096) for item in found)
        units += each * (len(request["Keys"]) - len(found))
    return units


class Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.body


class Replay:
    """Answers each call with what was recorded for its operation, in turn, without a network: our own CPU is left."""

    def __init__(self, recorded: list[tuple[str, bytes]]) -> None:
        names = dict.fromkeys(name for name, _ in recorded)
        self.answers = {name: cycle([body for one, body in recorded if one == name]) for name in names}
        self.lock = threading.Lock()

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        with self.lock:
            body = next(self.answers[name])
        status = 400 if b'"__type"' in body else 200  # a condition that did not hold is an answer too
        return AWSResponse(request.url, status, HeadersDict({"Content-Type": "application/x-amz-json-1.0"}), Raw(body))


@contextmanager
def replayed(answers: list[tuple[str, bytes]], *clients: Any) -> Iterator[None]:
    replay = Replay(answers)
    for client in clients:
        client.meta.events.register("before-send", replay.answer)
    yield
    for client in clients:
        client.meta.events.unregister("before-send", replay.answer)


def to_noon() -> timedelta:
    """From now to the next noon of a weekday in New York: then quiet hours hold nobody's alert back."""
    now = datetime.now(ZoneInfo("America/New_York"))
    day = now.date() + timedelta(days=now.hour >= 12)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(12), now.tzinfo) - now
