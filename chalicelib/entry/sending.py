"""Messages of the send queues: each is brought about, and what is not settled yet comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.delivery import queues
from chalicelib.delivery.bulk import AGAIN, deliver_chunk
from chalicelib.delivery.chunks import Chunk
from chalicelib.delivery.rounds import bring_about
from chalicelib.delivery.sending import deliver_text
from chalicelib.log import trace_in, tracing
from chalicelib.runtime import Runtime

Failures = dict[str, list[dict[str, str]]]


def each(records: list[dict[str, Any]], bring: Callable[[Mapping[str, Any]], bool]) -> Failures:
    """Every message of a batch; those that are not done are named, so that only they come back."""
    failed = [record["messageId"] for record in records if not bring(json.loads(record["body"]))]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}


def send_replies(records: list[dict[str, Any]], world: Runtime) -> None:
    """What is not settled yet is looked at again soon, a few times; after that the clock finds it, for it stays due."""
    for record in records:
        one = json.loads(record["body"])
        tries = one.get("tries", 0)
        with tracing(trace_in(one["sk"])):
            is_settled = deliver_text(one["pk"], one["sk"], world)
        if not is_settled and tries < len(AGAIN):
            queues.put_many(world, queues.REPLIES, [({**one, "tries": tries + 1}, AGAIN[tries])])


def send_bulk(records: list[dict[str, Any]], world: Runtime) -> None:
    """What is not settled yet is on the queue again by itself, in smaller chunks."""
    for record in records:
        chunk = Chunk.read(json.loads(record["body"]))
        with tracing(trace_in(chunk.sk)):
            deliver_chunk(chunk, world)


def bring_due(records: list[dict[str, Any]], world: Runtime) -> Failures:
    def bring(one: Mapping[str, Any]) -> bool:
        with tracing(trace_in(one["sk"])):
            return bring_about(one["pk"], one["sk"], world)

    return each(records, bring)
