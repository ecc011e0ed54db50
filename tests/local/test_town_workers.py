"""What an event source mapping does with messages: which are gone, which come again, when, and in what order."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.events import sqs_event
from infra.local.workers import Handler, Holding, Worker
from infra.resources import QUEUES, Queue

BY_NAME = {queue.name: queue for queue in QUEUES}
ARN = "arn:aws:sqs:us-east-1:000000000000:giddyup-replies"


@dataclass
class OneBatch:
    """SQS with these messages on it, which remembers what became of them."""

    messages: list[dict[str, Any]]
    deleted: list[str] = field(default_factory=list)
    later: dict[str, int] = field(default_factory=dict)

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {"Messages": self.messages}

    def delete_message_batch(self, **asked: Any) -> None:
        self.deleted += [entry["ReceiptHandle"] for entry in asked["Entries"]]

    def change_message_visibility_batch(self, **asked: Any) -> None:
        self.later |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in asked["Entries"]}


def message(name: str, group: str = "", received: int = 1) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(received)} | ({"MessageGroupId": group} if group else {})
    return {"MessageId": name, "ReceiptHandle": name, "Body": "{}", "MD5OfBody": "", "Attributes": attributes}


def work(queue: Queue, messages: list[dict[str, Any]], handler: Handler) -> OneBatch:
    sqs = OneBatch(messages)
    Worker(queue, handler, sqs, "url", ARN, Holding(), threading.Event()).work_once()
    return sqs


def failing(*names: str) -> Handler:
    return lambda _event, _context: {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def test_those_that_succeeded_are_gone_and_those_that_failed_come_again() -> None:
    sqs = work(BY_NAME["replies"], [message("a"), message("b"), message("c")], failing("b"))

    assert sqs.deleted == ["a", "c"]
    assert sqs.later == {"b": 2}


def test_no_answer_means_all_succeeded() -> None:
    assert work(BY_NAME["replies"], [message("a"), message("b")], lambda *_: None).deleted == ["a", "b"]


def test_a_handler_that_raises_gets_its_whole_batch_again() -> None:
    def raising(*_: Any) -> None:
        raise ZeroDivisionError

    sqs = work(BY_NAME["replies"], [message("a"), message("b")], raising)

    assert (sqs.deleted, sqs.later) == ([], {"a": 2, "b": 2})


def test_in_a_fifo_queue_those_behind_a_failed_one_of_the_same_sender_wait_with_it() -> None:
    batch = [message("a1", "ann"), message("b1", "bob"), message("a2", "ann"), message("b2", "bob")]

    sqs = work(BY_NAME["inbound"], batch, failing("a1"))

    assert sqs.deleted == ["b1", "b2"]
    assert set(sqs.later) == {"a1", "a2"}


@pytest.mark.parametrize(("received", "seconds"), [(1, 2), (2, 4), (3, 8), (6, 60), (19, 60)])
def test_who_fails_again_waits_longer(received: int, seconds: int) -> None:
    assert work(BY_NAME["due"], [message("a", received=received)], failing("a")).later == {"a": seconds}


def test_messages_are_held_while_the_handler_has_them_and_not_after() -> None:
    holding, held = Holding(), []
    worker = Worker(
        BY_NAME["replies"],
        lambda *_: held.extend(holding.to_renew()),
        OneBatch([message("a"), message("b")]),
        "url",
        ARN,
        holding,
        threading.Event(),
    )

    worker.work_once()

    assert held == [("url", "a"), ("url", "b")]
    assert holding.to_renew() == []


def test_the_handler_gets_the_event_that_lambda_would_give_it() -> None:
    attributes = {
        "kind": {"DataType": "String", "StringValue": "alert"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00"},
    }
    told = message("a") | {"MessageAttributes": attributes, "MD5OfMessageAttributes": "5"}

    (record,) = sqs_event([told], ARN)["Records"]

    lists = {"stringListValues": [], "binaryListValues": []}
    assert record == {
        "messageId": "a",
        "receiptHandle": "a",
        "body": "{}",
        "md5OfBody": "",
        "md5OfMessageAttributes": "5",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "kind": {"dataType": "String", "stringValue": "alert", **lists},
            "raw": {"dataType": "Binary", "binaryValue": "AA==", **lists},
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "us-east-1",
    }
