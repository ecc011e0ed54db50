"""The queues, and the one way to put something on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib import aws
from chalicelib.runtime import Runtime

if TYPE_CHECKING:
    from chalicelib.store.commit import Nudge  # the webhook and the pages commit nothing

INBOUND = "inbound.fifo"
REPLIES = "replies"
BULK = "bulk"
DUE = "due"

LONGEST_DELAY = 900  # seconds: SQS's most. What is due later waits for the clock.
BATCH = 10  # SQS's most


@cache
def sqs() -> Any:
    """One client for the process."""
    return aws.client(
        "sqs",
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard"},
        max_pool_connections=32,
        parameter_validation=False,
    )


@cache
def url(prefix: str, queue: str) -> str:
    address: str = sqs().get_queue_url(QueueName=f"{prefix}-{queue}")["QueueUrl"]
    return address


def put(world: Runtime, queue: str, body: Mapping[str, Any], **extra: Any) -> None:
    """One message. botocore's errors rise."""
    address = url(world.settings.queue_prefix, queue)
    sqs().send_message(QueueUrl=address, MessageBody=json.dumps(body, separators=(",", ":")), **extra)


def put_many(world: Runtime, queue: str, bodies: Iterable[tuple[Mapping[str, Any], int]]) -> None:
    """Many messages with their delays in seconds, ten at a time. Raises when one is not taken."""
    address = url(world.settings.queue_prefix, queue)
    entries = [
        {"Id": str(n), "MessageBody": json.dumps(body, separators=(",", ":")), "DelaySeconds": delay}
        for n, (body, delay) in enumerate(bodies)
    ]
    for start in range(0, len(entries), BATCH):
        answer = sqs().send_message_batch(QueueUrl=address, Entries=entries[start : start + BATCH])
        if answer.get("Failed"):
            raise OSError(f"{queue} did not take {len(answer['Failed'])} messages")


def nudge(world: Runtime, nudges: Iterable[Nudge], now: datetime) -> None:
    """Says that these rows are due, or will be soon. A nudge that is lost costs a minute: the clock finds the row."""
    by_queue: dict[str, list[tuple[Mapping[str, Any], int]]] = {}
    for one in nudges:
        delay = max(0, int((one.due - now).total_seconds()))
        if delay <= LONGEST_DELAY:
            queue = REPLIES if one.is_text else DUE
            by_queue.setdefault(queue, []).append(({"pk": one.pk, "sk": one.sk}, delay))
    for queue, bodies in by_queue.items():
        if len(bodies) == 1 and not bodies[0][1]:
            put(world, queue, bodies[0][0])
        else:
            put_many(world, queue, bodies)
