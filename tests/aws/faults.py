"""AWS's faults, put into the app's own calls where botocore sends them: some in a hundred, by a seed.

A fault is of a call, not of a try: most pass when the client tries again, some last until it gives up. Of those that
look like a lost connection or a time-out half happen after the call was carried out: its answer alone is lost.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.models import botocore_stubber

from bench.meter import Raw
from chalicelib.delivery.queues import sqs
from chalicelib.store.tables import CONNECTION

CHANCE = 0.05
LASTS = 0.25  # the part of the faults that stays however often the client tries
JSON = "application/x-amz-json-1.0"
WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`error` is AWS's name for it and `status` HTTP's; without an error the line is cut, or nothing comes back.

    `is_done`: the call was carried out all the same.
    """

    name: str
    error: str = ""
    status: int = 400
    is_done: bool = False

    def answer(self, url: str, asked: dict[str, Any]) -> AWSResponse:
        told: dict[str, Any] = {"__type": f"com.amazonaws#{self.error}", "message": "made up by a test"}
        if self.error == "TransactionCanceledException":
            reasons = [{"Code": "None"} for _ in asked["TransactItems"]]
            reasons[len(reasons) // 2] = {"Code": "TransactionConflict", "Message": "another one is under way"}
            told |= {"Message": "Transaction cancelled", "CancellationReasons": reasons}
        return AWSResponse(url, self.status, HeadersDict({"Content-Type": JSON}), Raw(json.dumps(told).encode()))

    def cut(self, url: str) -> Exception:
        return ReadTimeoutError(endpoint_url=url) if "slow" in self.name else ConnectionClosedError(endpoint_url=url)


LOST = (Fault("reset"), Fault("reset, done", is_done=True), Fault("slow"), Fault("slow, done", is_done=True))
OF_DYNAMODB = (
    *LOST,
    Fault("throttled", "ThrottlingException"),
    Fault("too hot", "ProvisionedThroughputExceededException"),
    Fault("500", "InternalServerError", 500),
)
OF_TRANSACTIONS = Fault("conflict", "TransactionCanceledException")
OF_WRITES = Fault("conflict", "TransactionConflictException")
OF_QUEUES = (*LOST, Fault("throttled", "RequestThrottled"), Fault("500", "InternalFailure", 500))
HALF_TAKEN = Fault("half taken")  # of a batch of messages: the call is well, and one of the messages is not


def possible(operation: str) -> tuple[Fault, ...]:
    if operation == "TransactWriteItems":
        return (*OF_DYNAMODB, OF_TRANSACTIONS, OF_TRANSACTIONS)
    if operation in WRITES:
        return (*OF_DYNAMODB, OF_WRITES)
    if operation == "SendMessageBatch":
        return (*OF_QUEUES, HALF_TAKEN)
    return OF_QUEUES if operation in {"SendMessage", "GetQueueUrl"} else OF_DYNAMODB


@dataclass
class Shaker:
    """Between moto and the app's clients. Only while it `is_on` anything goes wrong: never in what a test looks up."""

    chance: random.Random
    is_on: bool = False
    calls: int = 0
    met: Counter[str] = field(default_factory=Counter)
    faults: dict[str, Fault | None] = field(default_factory=dict)  # by call
    carried_out: dict[str, bytes] = field(default_factory=dict)  # by a transaction's token: its answer

    def send(self, request: Any, event_name: str, **more: Any) -> AWSResponse | None:
        """botocore's before-send, in moto's place."""
        if not self.is_on:
            return self.carry_out(request, event_name, more)
        operation = event_name.rpartition(".")[2]
        fault = self.fault(text(request.headers["amz-sdk-invocation-id"]), operation)
        if fault is None:
            return self.carry_out(request, event_name, more)
        self.met[f"{operation}: {fault.name}"] += 1
        asked = json.loads(request.body)
        if fault is HALF_TAKEN:
            return self.half(request, event_name, asked, more)
        if fault.error:
            return fault.answer(request.url, asked)
        if fault.is_done:
            self.carry_out(request, event_name, more)
        raise fault.cut(request.url)

    def fault(self, call: str, operation: str) -> Fault | None:
        """What happens to this try of a call."""
        if call in self.faults:
            return self.faults[call]
        self.calls += 1
        fault = self.chance.choice(possible(operation)) if self.chance.random() < CHANCE else None
        self.faults[call] = fault if self.chance.random() < LASTS else None
        return fault

    def carry_out(self, request: Any, event_name: str, more: dict[str, Any]) -> AWSResponse | None:
        """moto does it; a transaction that comes again with its token is answered as DynamoDB would: it was done."""
        if not event_name.endswith("TransactWriteItems"):
            return botocore_stubber(event_name, request, **more)
        token = json.loads(request.body)["ClientRequestToken"]
        if token in self.carried_out:
            return well(request.url, self.carried_out[token])
        answer = botocore_stubber(event_name, request, **more)
        if answer is not None and answer.status_code == 200:
            self.carried_out[token] = answer.content
            return well(request.url, self.carried_out[token])
        return answer

    def half(self, request: Any, event_name: str, asked: dict[str, Any], more: dict[str, Any]) -> AWSResponse:
        """All but the last message of a batch are taken."""
        *taken, left = asked["Entries"]
        answer: dict[str, Any] = {"Successful": []}
        if taken:
            request.body = json.dumps({**asked, "Entries": taken}).encode()
            done = botocore_stubber(event_name, request, **more)
            assert done is not None
            answer = json.loads(done.content)
        failed = {"Id": left["Id"], "Code": "InternalError", "SenderFault": False}
        return well(request.url, json.dumps({**answer, "Failed": [failed]}).encode())


def well(url: str, body: bytes) -> AWSResponse:
    return AWSResponse(url, 200, HeadersDict({"Content-Type": JSON}), Raw(body))


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def shaken(seed: int) -> Iterator[Shaker]:
    """The app's two clients meet faults, by this seed; what they would wait before they try again, they don't."""
    shaker = Shaker(random.Random(seed))
    clients = (CONNECTION.client, sqs())
    waits = botocore.endpoint.time
    for client in clients:
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", shaker.send)
    botocore.endpoint.time = SimpleNamespace(sleep=no_wait)
    try:
        yield shaker
    finally:
        botocore.endpoint.time = waits
        for client in clients:
            client.meta.events.unregister("before-send", shaker.send)
            client.meta.events.register("before-send", botocore_stubber)


def no_wait(_seconds: float) -> None:
    """Nothing else goes on in this process meanwhile."""
