"""The queues are as their table says, and making them again changes nothing that is on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.resources import QUEUES, make_queues


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1", aws_access_key_id="tests", aws_secret_access_key="tests")


def attributes(sqs: Any, name: str) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_each_queue_has_dead_letters_of_its_own_kind(sqs: Any, queue: Any) -> None:
    make_queues(sqs, "tried")

    policy = json.loads(attributes(sqs, queue.full_name("tried"))["RedrivePolicy"])
    dead_letters = attributes(sqs, queue.full_name("tried", "-dlq"))
    assert policy == {"deadLetterTargetArn": dead_letters["QueueArn"], "maxReceiveCount": queue.max_receives}
    assert dead_letters.get("FifoQueue") == ("true" if queue.is_fifo else None)


def test_what_holds_numbers_is_encrypted_and_gone_within_a_day(sqs: Any) -> None:
    make_queues(sqs, "tried")

    for name in ("tried-inbound.fifo", "tried-inbound-dlq.fifo"):
        told = attributes(sqs, name)
        assert (told["SqsManagedSseEnabled"], told["MessageRetentionPeriod"]) == ("true", "86400")


def test_made_again_the_queues_keep_their_messages(sqs: Any) -> None:
    make_queues(sqs, "tried")
    url = sqs.get_queue_url(QueueName="tried-replies")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")

    make_queues(sqs, "tried")

    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
