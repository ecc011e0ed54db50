"""Five in a hundred of the app's calls to AWS go wrong, and the main job ends as if none had.

Everybody gets each text exactly once, no seat is given twice, nothing is left lying: the same script is played where
nothing fails, and all that people got and all that is written down is compared. A failure names its seed.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from pynamodb.exceptions import PynamoDBException

import app
from chalicelib.store.commit import Raced
from chalicelib.store.plain import iso
from infra.resources import QUEUES
from tests.aws.faults import CHANCE, Shaker, shaken
from tests.world import ACCOUNT, OURS, World, a_world, now, set_clock

# More of them: CHAOS_SEEDS=100-200
FIRST, _, LAST = os.environ.get("CHAOS_SEEDS", "0-7").partition("-")
SEEDS = range(int(FIRST), int(LAST or FIRST) + 1)
TWICE = 0.05  # of the messages of queues, and of the carrier's webhooks
COMES_BACK = (BotoCoreError, ClientError, PynamoDBException, Raced, OSError)  # what a queue brings back; not our bugs
MOST_MINUTES = 60
LONGEST_LEASE = timedelta(minutes=3)

A_MINUTE: dict[str, Any] = dict.fromkeys(("version", "account", "region", "detail-type", "source", "time", "id"), "")
A_MINUTE |= {"detail": {}, "resources": []}
CREW = [f"p{n}" for n in range(12)]
ANSWERS = [
    "IN", "yes", "Sí", "y", "Yep 👍", "in dig1", "VOY", "count me in", "OMW", "IN 6:15", "sure", "cuenta conmigo",
]  # fmt: skip


@dataclass
class Shaken(World):
    """A world in which queues bring back what failed, and the carrier knocks again when nobody opens."""

    shaker: Shaker | None = None
    chance: random.Random = field(default_factory=random.Random)
    failures: Counter[str] = field(default_factory=Counter)

    def app_does(self, what: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether it came to its end, and with what."""
        if self.shaker is None:
            return True, what()
        self.shaker.is_on = True
        try:
            return True, what()
        except COMES_BACK as error:
            self.failures[type(error).__name__] += 1
            return False, None
        finally:
            self.shaker.is_on = False

    def happens_twice(self) -> bool:
        return self.shaker is not None and self.chance.random() < TWICE

    def text(self, name: str, body: str, sid: str = "") -> str:
        """Until all that follows from it has happened."""
        sid = sid or f"SM{self.chance.getrandbits(128):032x}"
        for _ in range(1 + self.happens_twice()):
            self.knock(name, body, sid)
        self.settle()
        return sid

    def text_all(self, texts: Sequence[tuple[str, str]]) -> None:
        """All at once."""
        for name, body in texts:
            self.knock(name, body, f"SM{self.chance.getrandbits(128):032x}")
        self.settle()

    def knock(self, name: str, body: str, sid: str) -> None:
        """As Twilio does where the webhook's address says so (#rc=2&rp=all), and then at the fallback."""
        fields = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": self.number(name), "To": OURS, "Body": body}
        for _ in range(4):
            came, status = self.app_does(lambda: self.post("/sms", fields))
            if came and status == 200:
                return
        raise AssertionError(f"four times nobody took {body!r}")

    def work_once(self, name: str, most: int = 1) -> int:
        """What fails stays on the queue; what is done may come once more."""
        if not self.waiting(name):
            return 0
        queue = next(one for one in QUEUES if one.name == name)
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.full_name("giddyup"))["QueueUrl"]
        taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, VisibilityTimeout=0).get("Messages", [])
        if not taken:
            return 0
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in taken]
        came, answer = False, None
        for _ in range(1 + self.happens_twice()):
            came, answer = self.app_does(lambda: getattr(app, name)({"Records": records}, None))
        if not came or (answer or {}).get("batchItemFailures"):
            return 0
        sqs.delete_message(QueueUrl=url, ReceiptHandle=taken[0]["ReceiptHandle"])
        return 1

    def tick(self) -> None:
        self.app_does(lambda: app.clock(A_MINUTE, None))
        self.work()

    def settle(self) -> None:
        """The clock goes on, minute after minute, until nothing is due or on a queue any more."""
        self.work()
        for _ in range(MOST_MINUTES):
            if not self.delays_pass() and not self.is_anything_left():
                return
            self.work()
            if self.is_anything_left():
                self.minute()
        raise AssertionError(f"after {MOST_MINUTES} minutes there is still something to do")

    def minute(self) -> None:
        set_clock(now() + timedelta(minutes=1))
        self.tick()

    def is_anything_left(self) -> bool:
        """Looked up in moto's own rows: asking it as the app does takes longer than all the rest.

        What somebody began and did not end is due again when their lease is over: it is left, too.
        """
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables["giddyup"]
        rows = [one.attrs for one in table.all_items() if "due" in one.attrs]
        waits = any(is_due(row["sk"].value, row["due"].value) for row in rows)
        return waits or any(self.waiting(queue.name) for queue in QUEUES)


def is_due(sk: str, due: str) -> bool:
    """Rounds, texts and who moves up follow at once; the other timers are for their own time."""
    follows = sk.startswith(("round#", "text#", "timer#seats"))
    return due <= iso(now() + (LONGEST_LEASE if follows else timedelta()))


# --- the main job ----------------------------------------------------------------------------------


def play(world: Shaken) -> dict[str, Any]:
    """From founding the group to a day after; what is written down of it when the action is closed, and at the end."""
    world.text("olga", "NEW GROUP DIG Riverbank diggers")
    world.text_all([(name, "JOIN DIG") for name in [*CREW, "zoe"]])
    world.minute()
    world.text("p2", "LANG ES")
    world.text("zoe", "please stop texting me")
    world.text("olga", "ALERT DIG 10 shovels at 5th & Main 6pm #flood")
    draft = next(body for body in reversed(world.got("olga")) if "Not sent yet" in body)
    world.text("olga", "GO " + re.findall(r"GO (\d\d)", draft)[-1])
    for name, answer in zip(CREW, ANSWERS, strict=True):
        world.text(name, answer)
    world.text("zoe", "IN DIG1")
    world.text("p0", "out, sorry")
    world.text("olga", "WHO")
    for name in ("p1", "p10"):
        world.text(name, "HERE")
        world.text(name, "DONE 3h")
    world.text("zoe", "START")
    world.text("olga", "CLOSE DIG1 You saved the levee.")
    world.minute()
    closed = written(world)
    world.advance(hours=25)
    world.settle()
    world.text("p1", "HERE")
    return {"closed": closed, "dissolved": written(world)}


def written(world: World) -> dict[str, Any]:
    """Of all rows what must be the same, whatever went wrong: no times, versions, or counts of what was spent."""
    names = {world.person(name): name for name in ["olga", "zoe", *CREW]}

    def plain(row: dict[str, Any], *which: str) -> tuple[Any, ...]:
        return tuple(next(iter(row[name].values())) if name in row else None for name in which)

    def whose(key: str) -> str:
        return names.get(key.rpartition("#")[2], key)

    found: dict[str, Any] = {"ledger": Counter()}
    for row in world.rows():
        pk, sk, kind = row["pk"]["S"], row["sk"]["S"], row["kind"]["S"]
        if kind == "action":
            found[pk] = plain(row, "state", "need", "coming", "here", "amounts", "has_line", "wave", "asked")
        elif kind == "pledge":
            found[f"{pk} {whose(sk)}"] = plain(row, "answer", "seats", "note", "is_here", "amounts")
        elif kind in {"member", "line"}:
            found[f"{kind} {whose(sk)}"] = True
        elif kind == "did" and pk.startswith("person#"):  # time's own commands are as many as it takes
            found["ledger"][(whose(pk), *plain(row, "did", "code", "seats", "amounts"))] += 1
        elif kind == "person":
            found[f"person {whose(pk)}"] = plain(row, "lang", "name", "groups"), "stopped_at" in row
    return found


def as_compared(body: str) -> str:
    """The number of a draft is another each time, and the time at which things are said."""
    return re.sub(r"\b\d\d?:\d\d\b", "##:##", re.sub(r"GO \d\d\b", "GO ##", body))


def all_got(world: World) -> dict[str, Counter[str]]:
    return {name: Counter(map(as_compared, world.got(name))) for name in ["olga", "zoe", *CREW]}


@contextmanager
def a_shaken_world(seed: int) -> Iterator[Shaken]:
    with a_world(), shaken(seed) as shaker:
        yield Shaken(shaker=shaker, chance=random.Random(-seed))


@pytest.fixture(scope="module")
def calm() -> tuple[dict[str, Counter[str]], dict[str, Any]]:
    """The same where nothing fails."""
    with a_world():
        world = Shaken()
        states = play(world)
        return all_got(world), states


def dead_letters() -> int:
    sqs, found = boto3.client("sqs"), 0
    for queue in QUEUES:
        url = sqs.get_queue_url(QueueName=queue.full_name("giddyup", "-dlq"))["QueueUrl"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        found += int(told["Attributes"]["ApproximateNumberOfMessages"])
    return found


def test_the_main_job_where_nothing_fails_is_the_one_that_is_meant(calm: Any) -> None:
    got, states = calm

    told = Counter(body for texts in got.values() for body in texts.elements())
    assert sum(n for body, n in told.items() if body.startswith("DIG1: 10 shovels")) == 13
    assert sum(n for body, n in told.items() if re.search("You're in for DIG1|Cuenta contigo DIG1", body)) == 10
    assert sum(n for body, n in told.items() if re.search("A place opened|Se ha abierto", body)) == 1
    assert states["closed"]["action#DIG1"][:4] == ("done", "10", "10", "2")


@pytest.mark.parametrize("seed", SEEDS)
def test_with_faults_in_five_of_a_hundred_calls_everybody_gets_the_same_texts_once(
    seed: int, calm: tuple[dict[str, Counter[str]], dict[str, Any]]
) -> None:
    with a_shaken_world(seed) as world:
        states = play(world)
        got = all_got(world)
        assert world.shaker is not None
        met, calls = world.shaker.met.total(), world.shaker.calls

        told = f"CHAOS_SEEDS={seed}: {world.shaker.met}"
        different = {name: (texts - calm[0][name], calm[0][name] - texts) for name, texts in got.items()}
        assert {name: one for name, one in different.items() if any(one)} == {}, told
        assert states == calm[1], told
        assert not world.is_anything_left()
        assert dead_letters() == 0
        assert met >= calls * CHANCE / 2
