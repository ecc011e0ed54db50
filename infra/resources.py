"""The table, queues and functions that Giddyup needs; and how to make the first two where an endpoint is given."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from chalicelib.store.tables import TTL_ATTRIBUTE, Row

DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue; the handler in app.py that takes its messages has the queue's name."""

    name: str
    is_fifo: bool
    visibility_seconds: int  # for which a message that is being handled is nobody else's
    batch_size: int
    window_seconds: int  # how long AWS gathers a batch; one machine never waits
    max_receives: int  # then the message goes to the dead letters, where an alarm waits for it
    local_workers: int
    retention_days: int = 4

    def full_name(self, prefix: str, suffix: str = "") -> str:
        return f"{prefix}-{self.name}{suffix}" + (".fifo" if self.is_fifo else "")


# One message at a time: one that cannot be handled holds back nobody else's. In the FIFO queue it holds back what the
# same person texts after it, a STOP perhaps, so it is among the dead letters within minutes (10 x 30 s).
#
# `visible` is at least the function's time-out, or two would work on one message, and otherwise short: it is also how
# long a message waits whose function died. AWS advises six time-outs, for functions that are refused an invocation
# again and again while they hold a message; ours never hold one then, because no more messages are taken at a time
# (`at once` in FUNCTIONS) than invocations are reserved. Who is brought about twice all the same is brought about once.
#
# `receives`: AWS's least is 5, for the same reason. Sending stands still for what the carrier refuses, and a text to
# one person is given back to the queue as a new message; so what is received 20 times (10 of inbound) failed as often.
# fmt: off
QUEUES = (
    #     name       fifo   visible  batch  window  receives  workers
    Queue("inbound", True,       30,     1,      0,       10,       8, retention_days=1),  # it alone holds numbers
    Queue("replies", False,      60,     1,      0,       20,       8),
    Queue("bulk",    False,      60,     1,      0,       20,       4),  # one message is up to a hundred recipients
    Queue("due",     False,     120,     1,      0,       20,       2),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. Chalice calls it `logical` in its template; its handler in app.py is `name` (`app`: api)."""

    name: str
    logical: str
    memory_mb: int
    timeout_seconds: int
    reserved: int  # invocations at once that are kept for it, and are the most that it gets
    at_once: int | None  # messages of its queue that are handled at a time

    def full_name(self, prefix: str) -> str:
        return f"{prefix}-{self.name}"


# Memory buys CPU: 1,769 MB is one whole core, and Lambda bills the product. What ours need as memory is far less (91 to
# 112 MB were measured of the worker that sends alerts). Times of CPU are those measured on one core of this project's
# machine (README, "What it costs"); none was measured on Lambda itself, so each has room.
#
# api      A page takes 2 to 30 ms of CPU and 2 to 4 round trips to the database, the preview's picture 100 ms: on 1,024
#          MB (0.6 of a core) 170. API Gateway hangs up after 29 s. 200 at once, each some 40 ms, are 5,000 requests a
#          second; at 225 texts a second the carrier's receipts are 675 of them.
# inbound  A text takes 2 to 3 ms, a draft to 10,000 members 315, a look at whom to ask among 100,000 took 5.1 s, so a
#          whole core, and three times that as time-out. 100 at once, some 60 ms each, are 1,600 texts a second.
# replies  One text to the carrier: 2 ms of CPU, and waiting: 100 ms as a rule, at worst 10 s for its list and 10 s for
#          its answer. 50 at once are 250 a second, more than any long code is granted (225).
# bulk     A hundred recipients take 50 to 75 ms of CPU; the rest is waiting for the sender's pace, up to 18 s
#          (LONGEST_WORK), and then one last answer of the carrier's, 10 s. 20 at once send 560 a second each at a
#          carrier that takes 100 ms: 11,000, a hundred times a short code's rate.
# due      Waves (as inbound, 5.1 s of CPU for 100,000), rounds unfolded for 15 s at a time, purges of whole crews,
#          webhooks of 5 s each. Few at a time: what is due waits well, and each of them can keep the database busy.
# clock    Some queries a minute. Never two at once; one that takes longer than its minute is cut off, the next goes on.
#
# Reserved are 381 of the 1,000 that AWS gives an account that asks, and 100 stay unreserved. A new account has 10: then
# none are reserved (`reserve` of the stage), and each queue has AWS's least at once, so that together they never hold
# more messages than there are invocations, and two are left for the API and the clock.
# fmt: off
FUNCTIONS = (
    #        name       logical       MB    time-out  reserved  at once
    Function("api",     "APIHandler", 1024,       29,      200,  None),
    Function("inbound", "Inbound",    1769,       15,      100,   100),
    Function("replies", "Replies",     512,       25,       50,    50),
    Function("bulk",    "Bulk",        512,       40,       20,    20),
    Function("due",     "Due",        1769,       60,       10,    10),
    Function("clock",   "Clock",       512,       55,        1,  None),
)
# fmt: on
LEAST_AT_ONCE = 2
UNRESERVED = 100  # invocations of an account that AWS lets nobody reserve


def queue_properties(queue: Queue, dead_letters_arn: Any) -> dict[str, Any]:
    """In SQS's own names and units, which are CloudFormation's too. Every queue is encrypted at rest."""
    properties = {
        "VisibilityTimeout": queue.visibility_seconds,
        "MessageRetentionPeriod": queue.retention_days * DAY_SECONDS,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": queue.max_receives},
    }
    if queue.is_fifo:
        # Order and sameness are per sender, so that senders never wait for each other.
        properties |= {
            "FifoQueue": True,
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
    return properties


def dead_letter_properties(queue: Queue) -> dict[str, Any]:
    """Dead letters stay two weeks, SQS's longest, except those with numbers in them: a day, as the queue itself."""
    days = queue.retention_days if queue.is_fifo else 14
    properties = {"MessageRetentionPeriod": days * DAY_SECONDS, "SqsManagedSseEnabled": True}
    return properties | ({"FifoQueue": True} if queue.is_fifo else {})


def as_attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    """As SQS's own API takes them."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in properties.items()}


def table_properties() -> dict[str, Any]:
    """The table's keys and indexes in CloudFormation's names, as store/tables.py has them."""
    schema: Any = Row._get_schema()
    indexes = [
        {
            "IndexName": index["index_name"],
            "KeySchema": sorted(index["key_schema"], key=lambda key: str(key["KeyType"])),
            "Projection": index["projection"],
        }
        for index in schema["global_secondary_indexes"]
    ]
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": schema["attribute_definitions"],
        "KeySchema": schema["key_schema"],
        "GlobalSecondaryIndexes": indexes,
        "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": True},
    }


def make_queues(sqs: Any, prefix: str) -> None:
    """Each queue with its dead letters; those that exist get today's attributes and keep their messages."""
    for queue in QUEUES:
        dead_letters = make_queue(sqs, queue.full_name(prefix, "-dlq"), as_attributes(dead_letter_properties(queue)))
        arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        make_queue(sqs, queue.full_name(prefix), as_attributes(queue_properties(queue, arn)))


def make_queue(sqs: Any, name: str, attributes: dict[str, str]) -> str:
    """Answers the queue's URL."""
    try:
        url = str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except sqs.exceptions.QueueDoesNotExist:
        return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
    changeable = {key: value for key, value in attributes.items() if key != "FifoQueue"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changeable)
    return url


def make_table(dynamodb: Any) -> None:
    """The one table, with keys and indexes as store/tables.py has them; one that exists is left alone."""
    if not Row.exists():
        Row.create_table(wait=True)
    name = Row.Meta.table_name
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if ttl["TimeToLiveStatus"] == "DISABLED":
        dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
        )


def make_all() -> None:
    """In the account or endpoint that AWS's own environment variables name."""
    make_table(boto3.client("dynamodb"))
    make_queues(boto3.client("sqs"), os.environ.get("QUEUE_PREFIX", "giddyup"))


if __name__ == "__main__":
    from infra.migrate import migrate  # only here: the template needs none of it

    make_all()
    migrate()  # of a town that an earlier release has left
