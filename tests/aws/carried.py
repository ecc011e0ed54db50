"""What a town holds, carried from the code of one release to that of another: rows, messages on queues, the clock.

    python -P tests/aws/carried.py < asked.json > held.json      with PYTHONPATH at a release's own folder

plays steps on that release's own code, begun with what another one left, and tells what the town then holds. It uses
of a release only what its tests.world and tests.browsing have had all along.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import boto3
import moto.core
from moto.sqs import sqs_backends  # the World below is moto's

from tests.browsing import Browsing
from tests.world import SCREENS, World, a_world, now, set_clock

Held = dict[str, Any]  # rows, messages, sent, numbers, cookies, at
AT_ONCE = 25  # rows: DynamoDB's most
COOKIES: dict[str, dict[str, str]] = {}  # of browsers in which a number was typed, by whose it was


def held(world: World) -> Held:
    """All of it, as JSON has it."""
    return {
        "rows": world.rows(),
        "messages": [message for queue in queues() for message in queue],
        "sent": SCREENS.sent,
        "numbers": world.numbers,
        "cookies": COOKIES,
        "at": now().isoformat(),
    }


def queues() -> list[list[dict[str, str]]]:
    found = sqs_backends[moto.core.DEFAULT_ACCOUNT_ID]["us-east-1"].queues
    return [
        [
            {"queue": name, "body": one.body, **({"group": one.group_id} if one.group_id else {})}
            for one in queue._messages
        ]
        for name, queue in found.items()
    ]


def carry_in(world: World, town: Held) -> None:
    """Into an empty town of this code's."""
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    for n in range(0, len(town["rows"]), AT_ONCE):
        puts = [{"PutRequest": {"Item": row}} for row in town["rows"][n : n + AT_ONCE]]
        dynamodb.batch_write_item(RequestItems={"giddyup": puts})
    for n, one in enumerate(town["messages"]):
        order = {"MessageGroupId": one["group"], "MessageDeduplicationId": f"carried{n}"} if "group" in one else {}
        url = sqs.get_queue_url(QueueName=one["queue"])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=one["body"], **order)
    SCREENS.sent.extend(town["sent"])
    world.read = len(SCREENS.sent)
    world.numbers.update(town["numbers"])
    set_clock(datetime.fromisoformat(town["at"]))


def play(world: World, steps: list[list[Any]]) -> None:
    """Each step is what happens and to whom."""
    for what, *rest in steps:
        STEPS[what](world, *rest)


def texts(world: World, name: str, body: str) -> None:
    """In a body `{ann}` is the number of ann's phone."""
    world.text(name, body.format_map(Numbers(world)))


class Numbers(dict[str, str]):
    def __init__(self, world: World) -> None:
        self.world = world

    def __missing__(self, name: str) -> str:
        return self.world.number(name)


def only_queued(world: World, name: str, body: str) -> None:
    """It came, and nobody has looked at it yet."""
    world.webhook(world.number(name), body)


def go(world: World, name: str, how: str = "") -> None:
    """The number under the last draft is texted back; of what follows only the first part is done (`how`: half)."""
    draft = world.got(name)[-1]
    body = draft[draft.rindex("GO ") :]
    if how != "half":
        world.text(name, f"{body} {how}".strip())
        return
    world.webhook(world.number(name), body)
    for queue in ("inbound", "replies", "due"):
        while world.work_once(queue):
            pass


def typed(world: World, name: str, keyword: str) -> None:
    """Somebody types a number on a group's page, and it is asked for a YES."""
    browser = Browsing()
    browser.open(f"/g/{keyword}")
    browser.press("Text me", number=world.number(name))
    COOKIES[name] = browser.cookies
    world.work()


def passes(world: World, minutes: float) -> None:
    world.advance(minutes=minutes)


STEPS = {"texts": texts, "only queued": only_queued, "go": go, "typed": typed, "passes": passes}


def main() -> None:
    asked = json.load(sys.stdin)
    with a_world() as world:
        if asked["town"]:
            carry_in(world, asked["town"])
        play(world, asked["steps"])
        told = json.dumps(held(world))
    sys.stdout.write(f"\n{told}\n")  # the last line: the code's own log stands above it


if __name__ == "__main__":
    main()
