"""What was tried in vain so often that it lies among the dead letters: how much, what it is, and on its way again.

And how much waits on the queues themselves. No words of texts and no numbers come out of here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.delivery import queues
from chalicelib.runtime import Runtime
from chalicelib.store.reading import row_at

MOST_TAKEN = 500  # letters in one go
AT_ONCE = 10  # SQS's most
SHOWN_FOR, SEEN_FOR = 60, 3  # seconds for which a letter that is looked at is nobody else's; and once it was
QUEUES = (queues.INBOUND, queues.REPLIES, queues.BULK, queues.DUE)
COUNTED = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `what` is its sentence or its command, `about` whose row it is; `people` are a round's.

    `kind`: `came` (a text to us that was not handled; `about` shows two digits of who wrote it), `gone` (its row is no
    more, so nothing is lost), `many` (a round), `one` (a row of its own, in this `state` and `due` then).
    """

    queue: str
    kind: str
    about: str
    tries: int
    what: str = ""
    state: str = ""
    due: str = ""
    people: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue's messages: those that may be taken now, being worked on, and put off; and its dead letters."""

    queue: str
    visible: int
    in_flight: int
    put_off: int
    dead: int


def name_of(queue: str) -> str:
    return queue.partition(".")[0]


def dead_queue(queue: str) -> str:
    """A queue's dead letters: infra/resources.py names them so."""
    name, dot, order = queue.partition(".")
    return f"{name}-dlq{dot}{order}"


def waiting(world: Runtime) -> list[Waiting]:
    """Of each queue, as SQS reckons it: near enough, and not to the message."""
    found = []
    for queue in QUEUES:
        visible, in_flight, put_off = counts(queue, world)
        found.append(Waiting(name_of(queue), visible, in_flight, put_off, sum(counts(dead_queue(queue), world))))
    return found


def counts(queue: str, world: Runtime) -> tuple[int, int, int]:
    address = queues.url(world.settings.queue_prefix, queue)
    told = queues.sqs().get_queue_attributes(QueueUrl=address, AttributeNames=list(COUNTED)).get("Attributes", {})
    visible, in_flight, put_off = (int(told.get(name, 0)) for name in COUNTED)
    return visible, in_flight, put_off


def look(world: Runtime, most: int = MOST_TAKEN) -> list[Letter]:
    """What lies there, at most so many of each queue. Nothing is taken away."""
    found = []
    for queue in QUEUES:
        address = queues.url(world.settings.queue_prefix, dead_queue(queue))
        for message in taken(address, most):
            found.append(letter_of(name_of(queue), message))
            queues.sqs().change_message_visibility(
                QueueUrl=address, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=SEEN_FOR
            )
    return found


def letter_of(queue: str, message: dict[str, Any]) -> Letter:
    body, tries = json.loads(message["Body"]), int(message["Attributes"]["ApproximateReceiveCount"])
    if queue == name_of(queues.INBOUND):
        return Letter(queue, "came", f"…{str(body['from'])[-2:]}", tries, body["sid"], due=str(body["at"]))
    row: Any = row_at(body["pk"], body["sk"])
    if row is None:
        return Letter(queue, "gone", body["pk"], tries, body["sk"])
    if "to" in body:
        return Letter(queue, "many", body["pk"], tries, row.say, people=len(body["to"]))
    what = getattr(row, "say", None) or getattr(row, "command", {}).get("type", row.sk)
    return Letter(queue, "one", body["pk"], tries, what, getattr(row, "state", "not done"), row.due or "-")


def redrive(world: Runtime, most: int = MOST_TAKEN) -> int:
    """Dead letters go back to the queues that they came from, at most so many of each. Returns how many that were.

    What is brought about twice is done once, so who dies between putting one back and taking it away does no harm.
    """
    total = 0
    for queue in QUEUES:
        address = queues.url(world.settings.queue_prefix, dead_queue(queue))
        own = queues.url(world.settings.queue_prefix, queue)
        for message in taken(address, most):
            order = {}
            if queue == queues.INBOUND:
                group = message["Attributes"]["MessageGroupId"]
                order = {"MessageGroupId": group, "MessageDeduplicationId": message["MessageId"]}
            queues.sqs().send_message(QueueUrl=own, MessageBody=message["Body"], **order)
            queues.sqs().delete_message(QueueUrl=address, ReceiptHandle=message["ReceiptHandle"])
            total += 1
    return total


def taken(address: str, most: int) -> Iterator[dict[str, Any]]:
    """Dead letters, each once: for a while nobody else gets them."""
    seen = 0
    while seen < most:
        found = (
            queues.sqs()
            .receive_message(
                QueueUrl=address,
                MaxNumberOfMessages=min(AT_ONCE, most - seen),
                VisibilityTimeout=SHOWN_FOR,
                MessageSystemAttributeNames=["All"],
            )
            .get("Messages", [])
        )
        if not found:
            return
        seen += len(found)
        yield from found
