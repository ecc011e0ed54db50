"""The database takes no more just now: what was not done comes again, what was done stays, nobody gets two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from pynamodb.exceptions import PynamoDBException

from bench.meter import Raw
from chalicelib.store.tables import CONNECTION
from tests import partiql
from tests.world import World

MEMBERS = tuple(f"m{n}" for n in range(30))


@contextmanager
def every_other_statement_refused(times: int) -> Iterator[list[int]]:
    """Of the next so many batches, as DynamoDB does when a partition is too hot."""
    left = [times]

    def refuse(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        if not left[0]:
            return None
        left[0] -= 1
        asked, busy = partiql.statements(params), {"Error": {"Code": "ProvisionedThroughputExceeded"}}
        halves = [busy if n % 2 else partiql.one(CONNECTION.client, each) for n, each in enumerate(asked)]
        return SimpleNamespace(status_code=200), {"Responses": halves}

    with listening("before-call.dynamodb.BatchExecuteStatement", refuse):
        yield left


@contextmanager
def throttled(operation: str, times: int) -> Iterator[list[int]]:
    """The next so many calls of this kind are refused."""
    left = [times]

    def refuse(request: Any, **_: Any) -> AWSResponse | None:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        if name != operation or not left[0]:
            return None
        left[0] -= 1
        body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})
        headers = HeadersDict({"Content-Type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 400, headers, Raw(body.encode()))

    with listening("before-send.dynamodb", refuse):
        yield left


@contextmanager
def listening(event: str, handler: Any) -> Iterator[None]:
    events = CONNECTION.client.meta.events
    events.register_first(event, handler)
    yield
    events.unregister(event, handler)


def go(world: World) -> None:
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])


def alerted(world: World) -> list[str]:
    return sorted(name for name, body in world.new_texts() if body.startswith("DIG1: "))


@pytest.mark.parametrize("times", [1, 3])
def test_claims_and_settlements_that_are_refused_one_by_one_are_made_again(world: World, times: int) -> None:
    world.found_group(members=MEMBERS)
    go(world)

    with every_other_statement_refused(times) as left:
        world.work()
        world.advance(minutes=6)

    assert left == [0]
    assert alerted(world) == sorted([*MEMBERS, "olga"])


@pytest.mark.parametrize("operation", ["UpdateItem", "BatchGetItem", "Query", "TransactWriteItems"])
def test_a_call_that_is_refused_is_made_again_by_the_queue(world: World, operation: str) -> None:
    world.found_group(members=MEMBERS)
    go(world)

    with throttled(operation, 12) as left:
        for _ in range(40):
            try_to_work(world)
    world.advance(minutes=6)

    assert left[0] == 0
    assert alerted(world) == sorted([*MEMBERS, "olga"])


def try_to_work(world: World) -> None:
    """What rises is the queue's to bring back."""
    for queue in ("inbound", "replies", "bulk", "due"):
        with suppress(PynamoDBException):
            world.work_once(queue)
