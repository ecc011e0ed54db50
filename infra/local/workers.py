"""Lambda's event source mappings on this machine: takes messages from the queues and hands them to app.py's handlers.

Run as `python -m infra.local.workers QUEUE …`, with several threads for each queue.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.events import Context, Event, sqs_event
from infra.local.whole_file import write_whole
from infra.resources import QUEUES, Queue

log = logging.getLogger("workers")
Handler = Callable[[Event, Context], Event | None]

# Messages in hand are ours for a few seconds at a time and renewed, so that those of a killed worker are soon
# another's. On AWS nobody kills a Lambda, and there they are ours for the whole of `visibility_seconds`.
LEASE_SECONDS = 5
RENEW_SECONDS = 1.5
# Short, because ministack goes on polling for a worker that was killed, and what it takes then waits for its lease.
POLL_SECONDS = 2
FIRST_BACKOFF_SECONDS = 2
LONGEST_BACKOFF_SECONDS = 60
LAST_SECONDS = 3.0
NO_AWS_SECONDS = 0.5


@dataclass(slots=True)
class Holding:
    """What this process has in hand, so that it can be renewed, and waited for at the end."""

    leases: dict[str, tuple[str, float]] = field(default_factory=dict)  # receipt -> queue's URL, when to let go
    changing: threading.Lock = field(default_factory=threading.Lock)

    def take(self, url: str, messages: Iterable[Event], seconds: float) -> None:
        with self.changing:
            ends = time.monotonic() + seconds
            self.leases.update({message["ReceiptHandle"]: (url, ends) for message in messages})

    def let_go(self, messages: Iterable[Event]) -> None:
        with self.changing:
            for message in messages:
                self.leases.pop(message["ReceiptHandle"], None)

    def to_renew(self) -> list[tuple[str, str]]:
        """Queue's URL and receipt. A handler that takes longer than Lambda would let it has lost its messages."""
        with self.changing:
            now = time.monotonic()
            return [(url, receipt) for receipt, (url, ends) in self.leases.items() if now < ends]


@dataclass(frozen=True, slots=True)
class Worker:
    """One queue with its handler; `work_for_ever` is run by as many threads as the queue has workers."""

    queue: Queue
    handler: Handler
    sqs: Any
    url: str
    arn: str
    holding: Holding
    stopping: threading.Event

    def work_for_ever(self) -> None:
        while not self.stopping.is_set():
            try:
                self.work_once()
            except (BotoCoreError, ClientError) as error:
                # AWS is being started again: what was in hand comes back by itself.
                log.warning("%s: no AWS: %s", self.queue.name, type(error).__name__)
                self.stopping.wait(NO_AWS_SECONDS)

    def work_once(self) -> None:
        told = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=self.queue.batch_size,
            WaitTimeSeconds=POLL_SECONDS,
            VisibilityTimeout=LEASE_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = told.get("Messages", [])
        if not messages:
            return
        self.holding.take(self.url, messages, self.queue.visibility_seconds)
        try:
            failed = self.failed_of(messages)
            self.settle(messages, failed)
        finally:
            self.holding.let_go(messages)

    def failed_of(self, messages: list[Event]) -> set[str]:
        """Hands the batch to the handler; answers the ids of the messages that are to come again."""
        context = Context(self.queue.name, self.queue.visibility_seconds)
        try:
            told = self.handler(sqs_event(messages, self.arn), context)
        except Exception:
            log.exception("%s failed", self.queue.name)
            return {message["MessageId"] for message in messages}
        failures = (told or {}).get("batchItemFailures", [])
        failed = {failure["itemIdentifier"] for failure in failures}
        return failed | (behind(failed, messages) if self.queue.is_fifo else set())

    def settle(self, messages: list[Event], failed: set[str]) -> None:
        done = [message for message in messages if message["MessageId"] not in failed]
        again = [message for message in messages if message["MessageId"] in failed]
        if done:
            self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries(done))
        # Let go first: renewing must not bring back sooner what is to come later.
        self.holding.let_go(again)
        if again:
            log.warning("%s: %d of %d come again", self.queue.name, len(again), len(messages))
            later = [entry | {"VisibilityTimeout": backoff(m)} for entry, m in zip(entries(again), again, strict=True)]
            self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=later)


def behind(failed: set[str], messages: list[Event]) -> set[str]:
    """Those after a failed one of the same group: done before it they would be out of order."""
    broken: set[str] = set()
    found: set[str] = set()
    for message in messages:
        group = message["Attributes"]["MessageGroupId"]
        if message["MessageId"] in failed:
            broken.add(group)
        elif group in broken:
            found.add(message["MessageId"])
    return found


def backoff(message: Event) -> int:
    """Seconds: 2, 4, 8 …, where AWS would wait for the whole visibility time-out each time."""
    times = int(message["Attributes"]["ApproximateReceiveCount"])
    return int(min(FIRST_BACKOFF_SECONDS * 2 ** (times - 1), LONGEST_BACKOFF_SECONDS))


def entries(messages: Iterable[Event]) -> list[dict[str, Any]]:
    return [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]


def renew_for_ever(sqs: Any, holding: Holding) -> None:
    while True:
        time.sleep(RENEW_SECONDS)
        for url, receipt in holding.to_renew():
            try:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=LEASE_SECONDS)
            except (BotoCoreError, ClientError) as error:
                # Settled a moment ago, or AWS is away; if neither, the message comes again, which changes nothing.
                log.info("not renewed: %s", type(error).__name__)


def start(app: Any, names: list[str], holding: Holding, stopping: threading.Event) -> None:
    queues = [queue for queue in QUEUES if queue.name in names]
    threads = sum(queue.local_workers for queue in queues) + 1
    sqs = boto3.client("sqs", config=Config(max_pool_connections=threads, connect_timeout=1, read_timeout=10))
    for queue in queues:
        url = sqs.get_queue_url(QueueName=queue.full_name(os.environ.get("QUEUE_PREFIX", "giddyup")))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        worker = Worker(queue, getattr(app, queue.name), sqs, url, arn, holding, stopping)
        for n in range(queue.local_workers):
            threading.Thread(target=worker.work_for_ever, name=f"{queue.name}-{n}", daemon=True).start()
    threading.Thread(target=renew_for_ever, args=(sqs, holding), daemon=True).start()


def finish(holding: Holding) -> None:
    """Lets what is in hand be finished; what a poll still brings then comes again when its lease has run out."""
    ends = time.monotonic() + LAST_SECONDS
    while holding.to_renew() and time.monotonic() < ends:
        time.sleep(0.02)


def main() -> None:
    """First argument: the file that says that this process is ready; then the names of its queues."""
    holding, stopping = Holding(), threading.Event()
    ready, *names = sys.argv[1:]
    app = importlib.import_module("app")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    start(app, names, holding, stopping)
    write_whole(Path(ready), str(os.getpid()))
    signal.sigwait({signal.SIGTERM})
    stopping.set()
    finish(holding)
    os._exit(0)  # threads that wait for the next message are not waited for


if __name__ == "__main__":
    main()
