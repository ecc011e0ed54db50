"""What a month costs: AWS's part, by the settings that are deployed, beside the carrier's.

    python -m bench.bill [--members 2000] [--inbound 20000] [--alerts 100] [--need 20] [--broadcasts 4] [--views 100000]

First units, requests and CPU are measured, through the real code (a minute); then they are multiplied by the prices of
bench/prices.py and by the memory that infra/resources.py gives to each function. What is not measured but estimated is
under "estimates" below. It tells what a month costs at rest, with 1,000 and 100,000 members, what the month of the
arguments costs, and one alert to a million.

An alert is asked in waves, so it takes texts for each seat, whatever the group's size; a broadcast asks every member.
"""

from __future__ import annotations

import argparse
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from chalice.test import Client

from bench import pages
from bench.commands import (
    NOW,
    WORLD,
    action,
    alerted,
    app,
    fill,
    measure,
    member,
    message,
    ministack,
    number,
    took,
    work_off,
)
from bench.fanout import a_carrier, in_a_process
from bench.meter import Meter, metered
from bench.prices import FREE, POLL_SECONDS, POLLERS, POLLERS_UNBOUND, PRICES, READ_IN
from chalicelib.core.commands import NextWave
from chalicelib.core.model import Channel, Group, Spent, Wanted
from chalicelib.core.received import Received
from chalicelib.delivery import carrier, queues
from chalicelib.entry import clock
from chalicelib.entry.taking import take
from chalicelib.handle import handle
from chalicelib.metrics import METRICS
from chalicelib.store.codec import value_of
from chalicelib.store.reading import row_at
from chalicelib.store.tables import CONNECTION, action_pk, person_pk
from infra.alarms import ALARMS
from infra.resources import FUNCTIONS, QUEUES

# --- estimates ------------------------------------------------------------------------------------------

TRIP = 0.005  # seconds of one round trip to DynamoDB or SQS, within a region
CARRIER = 0.1  # seconds until Twilio has taken a text
RECEIPTS = 3  # it calls for queued, sent and delivered; only the last one is written
WHOLE_CORE = 1_769  # MB of memory with which a function has one core
TEXTS_A_SEAT = 6.4  # bench.waves: 2,000 members, need 20
LOOKS = 10  # an alert's, until it is filled (bench.waves)
BYTES_LOGGED = 900  # by one invocation: Lambda's three lines and one or two of ours
BYTES_COUNTED = 700  # by one minute of the clock: its metrics, as a line of JSON
BYTES_A_MEMBER = 900  # person, member, the ledger's and texts' rows of 90 days: `consent-report` reads them
TRACED = 0.05  # X-Ray traces the first request of each second, and a twentieth of the rest
REPLY_CPU = 2.0  # ms, of the sending of one text (infra/resources.py)
VALUES = 20  # of the metrics' dimensions (commands, reasons, queues) that occur in a month
SECONDS, HOURS = 30.4 * 24 * 3600, 730  # in a month


# --- what one of something takes ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Use:
    """Of AWS's things by their names in PRICES, and of the carrier's."""

    of: dict[str, float] = field(default_factory=dict)

    def __add__(self, other: Use) -> Use:
        names = self.of.keys() | other.of.keys()
        return Use({name: self.of.get(name, 0) + other.of.get(name, 0) for name in names})

    def __mul__(self, n: float) -> Use:
        return Use({name: n * one for name, one in self.of.items()})

    def dollars(self, is_carriers: bool = False, has_free: bool = False) -> float:
        return sum(
            max(0.0, n - (FREE.get(name, 0) if has_free else 0)) * PRICES[name].dollars
            for name, n in self.of.items()
            if (name in CARRIERS) is is_carriers
        )


CARRIERS = {"segment", "segment in", "number"}


def run(name: str, cpu_ms: float, waits: float) -> Use:
    """One invocation of a function. `cpu_ms` on a whole core; with less memory it takes as much longer."""
    function = next(one for one in FUNCTIONS if one.name == name)
    seconds = cpu_ms / 1000 / min(1.0, function.memory_mb / WHOLE_CORE) + waits
    log = BYTES_LOGGED / 1e9
    return Use({"invocations": 1, "GB-seconds": seconds * function.memory_mb / 1024, "logs": log, "logs kept": log * 3})


@dataclass(frozen=True, slots=True)
class Measured:
    join: Use
    text: Use
    recipient: Use
    look: Use
    look_a_member: float  # read units: each look reads the whole group
    view: Use
    minute: Use


def measured() -> Measured:
    """All of it in a group of 1,000, and the looks in one of 200 too."""
    carrier.send = took
    with a_carrier() as port:
        worker = in_a_process("worker", 1_000, port)
    small, large = in_group(200), in_group(1_000)
    slope = (large["look"].reads - small["look"].reads) / 800
    look = of_meter(large["look"]) + run("due", large["look cpu"], 4 * TRIP)
    join, text = large["join"], large["in"]
    receipt_use = run("api", worker["receipt"], TRIP) * RECEIPTS + Use({"web requests": RECEIPTS})
    meter, given, messages = large["alert"]
    recipient = of_meter(meter) * (1 / given)
    recipient += Use({"queue requests": 2 * messages / given, "segment": 1}) + receipt_use
    recipient += run("bulk", worker["cpu"] * 100, 100 / WORLD_RATE) * 0.01
    return Measured(
        join=answered(join, receipt_use),
        text=answered(text, receipt_use),
        recipient=recipient,
        look=look,
        look_a_member=slope,
        view=large["view"],
        minute=large["minute"],
    )


WORLD_RATE = 20.0  # segments a second, at which a chunk's worker waits for its turn: longer at a slower sender


def answered(got: dict[str, float], receipts: Use) -> Use:
    """A text in, handled, its answer sent and received."""
    units = Use({"write units": got["write"] + got["index"], "read units": got["read"]})
    queue = Use({"FIFO requests": 3, "queue requests": got["queue"] - 1 + 2})
    web = Use({"web requests": 1, "segment": 1, "segment in": 1})
    ran = run("api", got["webhook"], TRIP) + run("inbound", got["cpu"], (got["trips"] + 1) * TRIP)
    return units + queue + web + ran + run("replies", REPLY_CPU, 3 * TRIP + CARRIER) + receipts


def of_meter(meter: Meter) -> Use:
    return Use({
        "write units": meter.writes + meter.index_writes, "read units": meter.reads,
        "queue requests": meter.queue_requests(),
    })  # fmt: skip


def in_group(members: int) -> dict[str, Any]:
    """A group of so many, alerted; what each thing took."""
    with ministack():
        organizer = WORLD.person_id(number(0))
        entities = [Group("DIG", "Riverbank diggers", "America/New_York", (organizer,), next_number=2)]
        everybody = [one for n in range(members) for one in member(n, "DIG")]
        asked = Wanted(WORLD.person_id(number(members - 1)), "DIG1", NOW, NOW + timedelta(hours=8))
        fill([*entities, *everybody, action("DIG1", need=100), Spent("DIG1"), asked])
        got: dict[str, Any] = {
            "join": measure(lambda: "JOIN DIG", members + 1),
            "in": measure(lambda: "IN", members - 1),
        }
        take(message("ALERT DIG 10 shovels at 5th & Main 6pm #flood", 0), WORLD)
        got["alert"] = alerted([*range(members), members + 1])
        got["look"], got["look cpu"] = a_look()
        got["minute"] = a_minute()
        got["view"] = a_view()
        return got


def a_look() -> tuple[Meter, float]:
    """At how an action fills that goes out in waves, by the time that was set for it."""
    take(message("ALERT DIG 10 rakes at 5th & Main 7pm", 0), WORLD)
    code = value_of(row_at(person_pk(WORLD.person_id(number(0))), "you")).draft
    confirm = value_of(row_at(action_pk(code), "action")).confirm
    take(message(f"GO {confirm:02}", 0), WORLD)
    work_off()
    opened = value_of(row_at(action_pk(code), "action"))
    later = replace(WORLD, now=lambda: NOW + timedelta(minutes=10))
    with metered(CONNECTION.client, queues.sqs()) as meter:
        began = time.process_time()
        got = Received(NextWave(code, opened.wave), f"bench#{uuid.uuid4().hex}", later.now(), Channel.TIMER)
        queues.nudge(later, handle(got, later).nudges, later.now())
        spent = time.process_time() - began
    return meter, spent * 1000


def a_minute() -> Use:
    """One of the clock's, at which nothing is due."""
    work_off()
    far = replace(WORLD, now=lambda: NOW - timedelta(days=1))
    with metered(CONNECTION.client, queues.sqs()) as meter:
        began = time.process_time()
        clock.queue_due(far)
        spent = time.process_time() - began
    logged = BYTES_COUNTED / 1e9
    return of_meter(meter) + run("clock", spent * 1000, 5 * TRIP) + Use({"logs": logged, "logs kept": logged * 3})


def a_view() -> Use:
    """An action's page, with what a browser that has been here before asks for: nothing else."""
    meter = Meter()
    with Client(app.app) as client:
        deck = pages.watched(meter)
        ask = pages.Ask("action", "/a/DIG1", is_page=False)
        got = pages.cost_of(client, ask, meter, deck)
    units = Use({"read units": got.reads, "write units": got.writes, "web requests": 1})
    return units + run("api", got.cpu, got.trips * TRIP) + Use({"transfer": got.compressed / 1e9})


# --- a month at rest ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    use: Use
    note: str = ""
    spared: float = 0.0  # dollars, if it were done as the note says


def at_rest(of: Measured) -> list[Line]:
    """What is paid though nobody texts; alarms and keys are told apart by `watching`."""
    minutes = SECONDS / 60
    asked = {True: 0.0, False: 0.0}
    for queue in QUEUES:
        function = next(one for one in FUNCTIONS if one.name == queue.name)
        pollers = POLLERS if function.at_once else POLLERS_UNBOUND
        asked[queue.is_fifo] += pollers * SECONDS / POLL_SECONDS
    unbound = Use({
        "FIFO requests": POLLERS_UNBOUND * SECONDS / POLL_SECONDS,
        "queue requests": 3 * POLLERS_UNBOUND * SECONDS / POLL_SECONDS,
    }).dollars()  # fmt: skip
    polling = Use({"FIFO requests": asked[True], "queue requests": asked[False]})
    told = Use({"metric": len(EACH_MINUTE)})
    less = polling.dollars() - unbound
    return [
        Line("the clock, each minute", of.minute * minutes),
        Line("event sources that ask their queues", polling, f"{unbound:.2f} without a bound (`at once`)", less),
        Line(f"{' and '.join(EACH_MINUTE)}", told, "0 if Lambda's own metrics told it", told.dollars()),
        Line("a table of 0.1 GB, with recovery", Use({"storage": 0.1, "recovery": 0.1})),
    ]


# chalicelib/entry/clock.py measures it whatever happens.
EACH_MINUTE = ("ClockBeat",)
assert set(EACH_MINUTE) <= METRICS.keys()


def watching() -> list[Line]:
    alarms = sum(len(alarm.names()) for alarm in ALARMS)
    return [
        Line(f"{alarms} alarms", Use({"alarm": alarms})),
        Line("the key of the topic that they ring on", Use({"customer key": 1})),
        Line("a dashboard: three are free in any account", Use()),
        Line("a long code", Use({"number": 1})),
    ]


# --- months and alerts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """What happens in it."""

    members: int
    inbound: int
    alerts: int
    need: int
    broadcasts: int
    views: int
    joins: int = 0


# A tenth of the members come anew, each answers twice; each 1,000 members make 25 alerts for 20, two news to all, and
# look at 50 pages each.
def usual(members: int, group: int = 2_000) -> Month:
    thousands = members / 1_000
    return Month(group, 2 * members, round(25 * thousands), 20, round(2 * members / group), 50 * members, members // 10)


def lines_of(month: Month, of: Measured) -> Iterator[Line]:
    look = of.look + Use({"read units": (month.members - 1_000) * of.look_a_member})
    yield Line(f"{month.inbound:,} texts in, each answered", of.text * month.inbound)
    if month.joins:
        yield Line(f"{month.joins:,} joins", of.join * month.joins)
    asked = month.alerts * month.need * TEXTS_A_SEAT
    yield Line(f"{month.alerts:,} alerts for {month.need} of {month.members:,}, in waves", of.recipient * asked)
    yield Line("their drafts and looks", look * (month.alerts * (LOOKS + 1)))
    to = f"{month.broadcasts:,} news to {month.members:,}"
    yield Line(to, of.recipient * (month.broadcasts * month.members))
    yield Line(f"{month.views:,} page views", of.view * month.views)


def watched(month: Month, lines: list[Line]) -> list[Line]:
    """Our metrics, each paid for the hours in which it is told, so at most all of the time; and X-Ray's traces."""
    share = min(1.0, month.inbound / HOURS)
    requests = sum(line.use.of.get("web requests", 0) for line in lines)
    traces = min(requests, SECONDS) * (1 - TRACED) + requests * TRACED
    return [
        Line("metrics of what happens", Use({"metric": share * (len(METRICS) - len(EACH_MINUTE) + VALUES)}), "at most"),
        Line("traces", Use({"traces": traces}), "at most: no two requests in one second; 0 with `tracing = false`"),
    ]


def sum_of(lines: list[Line]) -> Use:
    together = Use()
    for line in lines:
        together += line.use
    return together


def tell(title: str, lines: list[Line]) -> Use:
    print(f"\n| {title} | AWS | carrier | |\n|---|---|---|---|")
    together = sum_of(lines)
    for line in lines:
        print(f"| {line.what} | {line.use.dollars():,.2f} | {line.use.dollars(is_carriers=True):,.2f} | {line.note} |")
    aws, texts = together.dollars(), together.dollars(is_carriers=True)
    free = together.dollars(has_free=True)
    print(f"| **together, in dollars** | {aws:,.2f} | {texts:,.2f} | {free:,.2f} of AWS's with its free tier |")
    return together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked = {"inbound": 20_000, "alerts": 100, "need": 20, "members": 2_000, "broadcasts": 4, "views": 100_000}
    for name, value in asked.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    month, of = Month(**vars(parser.parse_args())), measured()
    print(f"Prices as of {READ_IN}, us-east-1. Measured of each:")
    for name in ("join", "text", "recipient", "look", "view", "minute"):
        print(f"  {name}: {json.dumps({key: float(f'{n:.4g}') for key, n in getattr(of, name).of.items()})}")
    print(f"  a look reads {of.look_a_member:.4f} read units more for each member")
    rest = tell("at rest, a month", at_rest(of))
    spared = sum(line.spared for line in at_rest(of))
    print(f"\nWithout what its notes say: {rest.dollars() - spared:.2f}.")
    tell("alarms, keys, number: a month", watching())
    for one in (usual(1_000, 1_000), usual(100_000), month):
        people = one.inbound // 2 if one is not month else one.members
        lines = list(lines_of(one, of))
        resting = Line("what is paid at rest, alarms and all", rest + sum_of(watching()))
        tell(f"a month with {people:,} members", [*lines, *watched(one, lines), resting])
    million = [
        Line("its draft", of.look + Use({"read units": 999_000 * of.look_a_member})),
        Line("1,000,000 recipients", of.recipient * 1_000_000),
    ]
    tell("one alert to a million", million)


if __name__ == "__main__":
    main()
