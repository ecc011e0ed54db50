"""The table and the queues that Giddyup needs, and how to make them where an endpoint is given."""

from __future__ import annotations

import json
import os
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
    visibility_seconds: int  # also the longest that its handler may take
    batch_size: int
    window_seconds: int  # how long AWS gathers a batch; one machine never waits
    max_receives: int  # then the message goes to the dead letters, where an alarm waits for it
    local_workers: int
    retention_days: int = 4

    def full_name(self, prefix: str, suffix: str = "") -> str:
        return f"{prefix}-{self.name}{suffix}" + (".fifo" if self.is_fifo else "")


# fmt: off
# One message at a time: one that cannot be handled holds back nobody else's. In the FIFO queue it holds back what the
# same person texts after it, a STOP perhaps, so it is among the dead letters within minutes.
QUEUES = (
    #     name       fifo   visible  batch  window  receives  workers
    Queue("inbound", True,       30,     1,      0,       10,       8, retention_days=1),  # it alone holds numbers
    Queue("replies", False,      30,     1,      0,       20,       8),
    Queue("bulk",    False,      60,     1,      0,       20,       4),  # one message is up to a hundred recipients
    Queue("due",     False,      30,     1,      0,       20,       2),
)
# fmt: on


def queue_attributes(queue: Queue, dead_letters_arn: str) -> dict[str, str]:
    """SQS's own names and units. On AWS every queue is encrypted at rest (SqsManagedSseEnabled)."""
    attributes = {
        "VisibilityTimeout": str(queue.visibility_seconds),
        "MessageRetentionPeriod": str(queue.retention_days * DAY_SECONDS),
        "SqsManagedSseEnabled": "true",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": queue.max_receives}),
    }
    if queue.is_fifo:
        # Order and sameness are per sender, so that senders never wait for each other.
        attributes |= {
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
    return attributes


def dead_letter_attributes(queue: Queue) -> dict[str, str]:
    """Dead letters stay two weeks, SQS's longest, except those with numbers in them: a day, as the queue itself."""
    days = queue.retention_days if queue.is_fifo else 14
    attributes = {"MessageRetentionPeriod": str(days * DAY_SECONDS), "SqsManagedSseEnabled": "true"}
    return attributes | ({"FifoQueue": "true"} if queue.is_fifo else {})


def make_queues(sqs: Any, prefix: str) -> None:
    """Each queue with its dead letters; those that exist get today's attributes and keep their messages."""
    for queue in QUEUES:
        dead_letters = make_queue(sqs, queue.full_name(prefix, "-dlq"), dead_letter_attributes(queue))
        arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        make_queue(sqs, queue.full_name(prefix), queue_attributes(queue, arn))


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
    make_all()
