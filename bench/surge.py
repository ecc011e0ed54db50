"""Surges: which partition of the table, and which limit of which service, is reached first.

    python -m bench.surge [--sample 400] [--seconds 20]

How: some hundred different people do each thing once through the real code (webhook, workers, receipts) on a table in
this process. Every request to it is counted by partition key, of the table and of its index, with units by DynamoDB's
own rules from the real items' sizes. A surge is then drawn from these: each second a random (Poisson) number of events,
each one of those that were counted, its person a new one; the hottest second is told. So keys and units are measured,
and the arrivals are simulated. What waits for one row (an action with a need) is played apart, step by step.

What a partition takes, and the other limits, stand in bench/prices.py with their sources.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import moto.core
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"

from tests.world import SCREENS, World, a_world  # before anything of botocore's is made, so that its clients are moto's

from bench.prices import LIMITS, Limit  # isort: skip
from chalicelib.handle import LONGEST_PAUSE, TRIES  # isort: skip
from chalicelib.runtime import runtime  # isort: skip
from chalicelib.store.tables import CONNECTION, CREW_SHARDS, DUE_SHARDS, MEMBER_SHARDS  # isort: skip
from infra.resources import FUNCTIONS, QUEUES  # isort: skip

KB, READ_KB = 1024, 4096


# --- what one event takes of each partition ----------------------------------------------------------


@dataclass
class Taken:
    """Units by partition key; the index's keys begin with `due:`."""

    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)  # by service and operation


@dataclass
class Scale:
    """Weighs what passes while it is on. Sizes are those of the items that really lie in moto's table."""

    taken: Taken = field(default_factory=Taken)
    is_on: bool = False
    before: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if self.is_on:
            body = json.loads(params["body"])
            self.before = {key: item_at(*key) for _, key in written(model.name, body)}

    def answered(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if not self.is_on or model.name in {"DescribeTable", "BatchExecuteStatement"}:
            return
        body = json.loads(context["asked"])
        self.taken.requests[f"dynamodb {model.name}"] += 1
        for weight, key in written(model.name, body):
            self.write(weight, key)
        self.read(model.name, body, parsed)

    def write(self, weight: int, key: tuple[str, str]) -> None:
        """A transaction's are paid twice, also where only a condition is looked at; the larger of before and after."""
        before, after = self.before.get(key, {}), item_at(*key)
        self.taken.writes[key[0]] += weight * max(1, math.ceil(max(size(before), size(after)) / KB))
        was, now = (one.get("due_shard", {}).get("S") for one in (before, after))
        if (was, before.get("due")) != (now, after.get("due")):
            for part in filter(None, (was, now)):
                self.taken.writes[f"due:{part}"] += 1  # out of the index, into it; keys only

    def read(self, name: str, body: dict[str, Any], parsed: dict[str, Any]) -> None:
        if name == "Query":
            pk = next(iter(body["ExpressionAttributeValues"].values()))["S"]
            values = [value["S"] for value in body["ExpressionAttributeValues"].values()]
            pk = f"due:{pk}" if body.get("IndexName") else next((v for v in values if "#" in v), pk)
            found = sum(map(size, parsed["Items"]))
            self.taken.reads[pk] += units(found, body.get("ConsistentRead", False))
        elif name == "BatchGetItem":
            for table, asked in body["RequestItems"].items():
                at = {(one["pk"]["S"], one["sk"]["S"]) for one in asked["Keys"]}
                there = {(one["pk"]["S"], one["sk"]["S"]): size(one) for one in parsed["Responses"].get(table, [])}
                for key in at:
                    self.taken.reads[key[0]] += units(there.get(key, 0), asked.get("ConsistentRead", False))
        elif name == "GetItem":
            self.taken.reads[body["Key"]["pk"]["S"]] += units(size(parsed.get("Item", {})), body.get("ConsistentRead"))


def units(found: int, is_consistent: Any) -> float:
    return max(1, math.ceil(found / READ_KB)) * (1.0 if is_consistent else 0.5)


def written(name: str, body: dict[str, Any]) -> Iterator[tuple[int, tuple[str, str]]]:
    """What a request writes or, in a transaction, looks at: with its weight."""
    if name == "TransactWriteItems":
        for one in body["TransactItems"]:
            ((_, what),) = one.items()
            yield 2, key_of(what.get("Key") or what["Item"])
    elif name in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield 1, key_of(body.get("Key") or body["Item"])
    elif name == "BatchWriteItem":
        for requests in body["RequestItems"].values():
            for one in requests:
                ((_, what),) = one.items()
                yield 1, key_of(what.get("Key") or what["Item"])


def key_of(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def item_at(pk: str, sk: str) -> dict[str, Any]:
    """As it lies in moto's table now; nothing where there is none."""
    table = dynamodb_backends[moto.core.DEFAULT_ACCOUNT_ID]["us-east-1"].tables["giddyup"]
    part = table.items.get(DynamoType({"S": pk}), {})
    found = part.get(DynamoType({"S": sk}))
    return dict(found.to_json()["Attributes"]) if found is not None else {}


def size(item: dict[str, Any]) -> int:
    """Bytes, by DynamoDB's rule: names and values, a number some half of its digits."""
    return sum(len(name) + size_of(value) for name, value in item.items())


def size_of(value: dict[str, Any]) -> int:
    ((kind, what),) = value.items()
    if kind == "N":
        return len(str(what)) // 2 + 2
    return len(str(what).encode()) if kind in {"S", "B"} else 1


@contextmanager
def weighing() -> Iterator[Scale]:
    scale, events = Scale(), CONNECTION.client.meta.events

    def asked(params: dict[str, Any], model: Any, context: dict[str, Any], **rest: Any) -> None:
        context["asked"] = params["body"]
        scale.asked(params, model, **rest)

    answered = scale.answered
    events.register("before-call.dynamodb", asked)
    events.register("after-call.dynamodb", answered)
    try:
        yield scale
    finally:
        events.unregister("before-call.dynamodb", asked)
        events.unregister("after-call.dynamodb", answered)


# --- the events, through the real code ----------------------------------------------------------------


class Event(NamedTuple):
    """What came of one text: its handling, by `inbound`; then its answer's sending and receipt, by `replies`."""

    handled: Taken
    sent: Taken


Events = list[Event]


def weigh(world: World, scale: Scale, texts: Sequence[tuple[str, str]], is_large: bool = False) -> Events:
    """Each text with all that follows at once: its answer, and the carrier's last word on it.

    `is_large`: of an alert to very many all but a thousand receipts are counted nowhere (core/counting.py).
    """
    events = []
    for name, body in texts:
        handled, then, sent = Taken(), Taken(), len(SCREENS.sent)
        scale.taken, scale.is_on = handled, True
        world.webhook(world.number(name), body)
        world.work_once("inbound")
        scale.taken = then
        world.work()
        for one in SCREENS.sent[sent:]:
            told = re.sub(r"&n=\d+", "", one["callback"]) if is_large else one["callback"]
            world.receipt({**one, "callback": told}, "delivered")
        world.work()
        scale.is_on = False
        events.append(Event(handled, then))
    return events


def joins(sample: int) -> Events:
    with a_world() as world, weighing() as scale:
        world.found_group()
        return weigh(world, scale, [(f"p{n}", "JOIN DIG") for n in range(sample)])


def answers(sample: int, need: int | None) -> Events:
    """Of members who were asked, to one action; with a need of `need` the first of them take a seat."""
    with a_world() as world, weighing() as scale:
        people = [f"p{n}" for n in range(sample)]
        world.found_group(members=tuple(people))
        wanted = f"{need} shovels at 5th & Main tomorrow 6pm" if need else "Shovels at 5th & Main until tomorrow 6pm"
        world.text("olga", f"ALERT DIG {wanted}")
        draft = world.got("olga")[-1]
        world.text("olga", draft[draft.rindex("GO ") :] + " ALL")
        assert len(SCREENS.sent) > sample
        return weigh(world, scale, [(name, "IN DIG1") for name in people])


def recipients(sample: int) -> Events:
    """An alert to everybody: what all of it takes, in one, from GO to the carrier's last word."""
    with a_world() as world, weighing() as scale:
        world.found_group(members=tuple(f"p{n}" for n in range(sample)))
        world.text("olga", "ALERT DIG Shovels at 5th & Main until tomorrow 6pm")
        draft = world.got("olga")[-1]
        (event,) = weigh(world, scale, [("olga", draft[draft.rindex("GO ") :] + " ALL")], is_large=True)
        return [event]


# --- the surge ----------------------------------------------------------------------------------------

OWN = re.compile(r"^person#")


class Hot(NamedTuple):
    """A partition in its hottest second."""

    key: str
    units: float


class Rates(NamedTuple):
    """Texts a second that are handled, and answers that are sent."""

    handled: float
    sent: float


def surge(events: Events, a_second: Rates, seconds: int, which: Callable[[Taken], Counter[str]]) -> list[Hot]:
    """The hottest second of each partition but the people's own, the hottest first."""
    chance = random.Random(f"{a_second} {len(events)}")
    stages = [
        ([shared(which(one.handled)) for one in events], a_second.handled),
        ([shared(which(one.sent)) for one in events], a_second.sent),
    ]
    most: Counter[str] = Counter()
    for _ in range(seconds):
        now: Counter[str] = Counter()
        for drawn, rate in stages:
            for one in chance.choices(drawn, k=poisson(rate, chance)):
                for key, n in one:
                    now[key] += n  # type: ignore[assignment]  # half units are units too
        for key, n in now.items():
            most[key] = max(most[key], n)
    return [Hot(key, n) for key, n in most.most_common()]


def shared(counted: Counter[str]) -> list[tuple[str, float]]:
    return [(key, n) for key, n in counted.items() if not OWN.match(key)]


def poisson(mean: float, chance: random.Random) -> int:
    return max(0, round(chance.gauss(mean, math.sqrt(mean))))


def total(events: Events) -> float:
    return sum(sum(one.handled.writes.values()) + sum(one.sent.writes.values()) for one in events) / len(events)


def kind_of(key: str) -> str:
    """Partitions of one sort, told together."""
    return re.sub(r"(group#\w+#|crew#\w+#|due:)\d+", r"\1n", re.sub(r"DIG1?", "G", key))


def told(title: str, events: Events, rates: Rates, seconds: int) -> None:
    """Of each sort of partition the hottest, for writes and reads, against what a partition takes."""
    print(
        f"\n{title}: {rates.handled:,.0f} handled and {rates.sent:,.0f} sent a second, {total(events):.1f} write units"
    )
    print("\n| partition | how many | write units in the hottest second | read units | of its share |")
    print("|---|---|---|---|---|", flush=True)
    writes, reads = (surge(events, rates, seconds, which) for which in (lambda o: o.writes, lambda o: o.reads))
    keys = {hot.key for hot in (*writes, *reads)}
    lines = []
    for kind in sorted({kind_of(key) for key in keys}):
        wrote, read = (max((n for key, n in hots if kind_of(key) == kind), default=0.0) for hots in (writes, reads))
        share = max(wrote / LIMITS["partition writes"].most, read / LIMITS["partition reads"].most)
        many = sum(kind_of(key) == kind for key in keys)
        lines.append((share, f"| `{kind}` | {many} | {wrote:,.0f} | {read:,.0f} | {share:.0%}"))
    for share, line in sorted(lines, reverse=True):
        print(f"{line}{' **over**' if share > 1 else ''} |", flush=True)


# --- one row that all want ---------------------------------------------------------------------------

TRIP = 0.005  # seconds that one round trip to DynamoDB takes, an estimate; a transaction takes two of them
READS_BEFORE = 3  # round trips from taking a text to its transaction (bench/commands.py: to the commit, less one)


HANDLED, ANSWERED = 0.06, 0.2  # seconds of one text in `inbound` and in `replies`: infra/resources.py
SENDER = 225  # segments a second, the most that a long code is granted


def as_deployed() -> Rates:
    """What the queues let through; the rest waits on them."""
    at_once = {one.name: one.at_once or 0 for one in FUNCTIONS}
    return Rates(at_once["inbound"] / HANDLED, min(SENDER, at_once["replies"] / ANSWERED))


class Waited(NamedTuple):
    """What became of texts that all change one row."""

    done_a_second: float
    tries: float
    came_back: float  # share of texts that the queue had to bring again, their tries being used up
    lost: float  # share that was brought as often as the queue does, and is among the dead letters


def one_row(texts: int, workers: int, decides: float = READS_BEFORE * TRIP / 2) -> Waited:
    """So many workers, each with one text at a time; a transaction counts if nobody else's came since its reading.

    `decides`: seconds between that reading and the transaction's beginning; 0 for what is only counted up, where two
    conflict that are under way at once.
    A conflict costs its try; it pauses as chalicelib/handle.py does. Who has used up all tries comes again after the
    queue's visibility time, at most as often as the queue brings it.
    """
    queue = next(one for one in QUEUES if one.name == "inbound")
    chance, heap, waiting, back = random.Random(7), list[tuple[float, int, float, int, int]](), texts, 0
    changed_at, done, tries, lost, now = -1.0, 0, 0, 0, 0.0
    whole = (READS_BEFORE + 2) * TRIP
    open_for = 2 * TRIP + decides
    later: list[tuple[float, int]] = []  # texts that the queue will bring again: when, how often it has

    def begin(at: float, worker: int) -> None:
        nonlocal waiting
        if later and later[0][0] <= at:
            _, received = heapq.heappop(later)
        elif waiting:
            waiting, received = waiting - 1, 0
        elif later:
            at, received = heapq.heappop(later)
        else:
            return
        heapq.heappush(heap, (at + whole, worker, at + whole - open_for, 1, received + 1))

    for worker in range(min(workers, texts)):
        begin(chance.uniform(0, READS_BEFORE * TRIP), worker)
    while heap:
        now, worker, read_at, attempt, received = heapq.heappop(heap)
        tries += 1
        if changed_at < read_at:
            changed_at, done = now, done + 1
            begin(now, worker)
        elif attempt < TRIES:
            again = now + chance.uniform(0, LONGEST_PAUSE * attempt)
            heapq.heappush(heap, (again + whole, worker, again + whole - open_for, attempt + 1, received))
        else:
            if received < queue.max_receives:
                back += 1
                heapq.heappush(later, (now + queue.visibility_seconds, received))
            else:
                lost += 1
            begin(now, worker)
    return Waited(done / now, tries / max(1, done), back / texts, lost / texts)


def told_one_row() -> None:
    at_once = next(one.at_once for one in FUNCTIONS if one.name == "inbound") or 0
    print("\nAnswers that all change one row, played step by step\n")
    print("| answers | handled at once | done a second | tries each | brought again by the queue | dead letters |")
    print("|---|---|---|---|---|---|")
    for texts, workers in ((500, 32), (10_000, 32), (10_000, at_once), (20_000, at_once)):
        told_waited(f"{texts:,}, an action with a need", workers, one_row(texts, workers), 1)
    parts = one_row(20_000 // CREW_SHARDS, at_once // CREW_SHARDS, decides=0)
    told_waited("20,000, an open-ended one", at_once, parts, CREW_SHARDS)


def told_waited(what: str, workers: int, got: Waited, rows: int) -> None:
    told = [what, f"{workers}", f"{got.done_a_second * rows:.0f}", f"{got.tries:.1f}"]
    print(f"| {' | '.join([*told, f'{got.came_back:.1%}', f'{got.lost:.2%}'])} |", flush=True)


# --- the other limits ----------------------------------------------------------------------------------


def told_limits() -> None:
    print("\n### The other limits\n\n| limit | most | source |\n|---|---|---|")
    for name, limit in LIMITS.items():
        print(f"| {name} | {most_of(limit)} | {limit.source} |")


def most_of(limit: Limit) -> str:
    return f"{limit.most:,.0f} {limit.unit}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Surges, by partition key")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    print(f"Shards: {MEMBER_SHARDS} of a group, {CREW_SHARDS} of a crew, {DUE_SHARDS} of the index of what is due.")
    assert runtime().settings.public_url
    deployed = as_deployed()
    sample, seconds, hot = asked.sample, asked.seconds, 100_000 / 60
    joined = joins(sample)
    for a_second in (100, 1_000, 10_000):
        told("Joins at half-time, if all were handled at once", joined, Rates(a_second, a_second), seconds)
    told("Joins at half-time, as deployed", joined, deployed, seconds)
    half = sample // 2
    with_need = answers(sample, need=half)
    told("A hot action with a need, while there are seats", with_need[:half], Rates(hot, hot), seconds)
    told("The same once it is full: the line", with_need[half:], Rates(hot, hot), seconds)
    open_ended = answers(sample, need=None)
    told("A hot open-ended action, if all were handled at once", open_ended, Rates(hot, hot), seconds)
    told("A hot open-ended action, as deployed", open_ended, deployed, seconds)
    (alert,) = recipients(sample)
    for taken in alert:
        for what in (taken.writes, taken.reads):
            for key in what:
                what[key] /= sample  # type: ignore[assignment]
    for a_second in (SENDER, 10_000):
        told("A wave of a million, each recipient", [alert], Rates(0, a_second), seconds)
    told_one_row()
    told_limits()


if __name__ == "__main__":
    main()
