"""How fast an alert goes out, and what each recipient of it costs.

    python -m bench.fanout             all of it, some five minutes
    python -m bench.fanout --quick     not to 50,000, each figure once, no town

One worker runs the real code: the round unfolded, then each message given to app.py's `bulk`, one after another. Beside
it runs a bare loop: the same texts' forms to the same carrier over as many connections, and nothing else.

ours       texts a second, of a DynamoDB that answers at once; what making its answers takes is taken out
no DB      the same with all time inside DynamoDB's client taken out too
ms CPU     a recipient, unfolding included; `client` of it is botocore asking DynamoDB; HTTP to DynamoDB is not in it
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import boto3
from chalice.test import Client
from twilio.request_validator import RequestValidator

from bench.at_once import ID, NUMBER, WANTED, Aws, answering
from bench.commands import (
    NOW,
    REPEATS,
    WORLD,
    action,
    app,
    count_receipts,
    event,
    fill,
    member,
    message,
    ministack,
    number,
    work_off,
)
from bench.meter import metered
from chalicelib.core.alerting import alert_say
from chalicelib.core.model import Channel, Consent, Contribution, Group, Member, Person, Spent, Wanted
from chalicelib.core.outcome import Entity
from chalicelib.core.rounds import asks_members
from chalicelib.delivery import carrier, queues, rounds
from chalicelib.delivery.carrier import CONNECTIONS, FORM, Lane
from chalicelib.delivery.sending import receipts_to
from chalicelib.entry.taking import take
from chalicelib.languages import render
from chalicelib.runtime import Runtime
from chalicelib.store.codec import member_key, row_of, value_of, wanted_key
from chalicelib.store.commit import effect_row
from chalicelib.store.reading import row_at
from chalicelib.store.tables import CONNECTION, SENDER, PaceRow, Row, SpentRow, action_pk, person_pk
from infra.local.settings import ROOT, free_port
from tests.town import Town, running_town

Figures = dict[str, float]

SIZES = {1_000: 5, 10_000: 3, 50_000: 1}  # members, and how often
SLOW, SLOW_MEMBERS = 0.1, 2_000  # seconds: a carrier's real latency
WARMED_UP = 100
WORDS = "Shovels at 5th & Main until 6pm #flood"


# --- one worker, all by itself ----------------------------------------------------------------------


class Timed:
    """The time that passes inside clients of botocore, as the worker's own thread sees it."""

    def __init__(self, *clients: Any) -> None:
        self.wall = self.cpu = 0.0
        for client in clients:
            client._make_api_call = partial(self.call, client._make_api_call)

    def call(self, make: Callable[..., Any], *asked: Any) -> Any:
        began, cpu = time.perf_counter(), time.thread_time()
        try:
            return make(*asked)
        finally:
            if threading.current_thread() is threading.main_thread():  # others work beside it
                self.wall += time.perf_counter() - began
                self.cpu += time.thread_time() - cpu


def worker(members: int, port: int) -> Figures:
    """An alert to so many, from a DynamoDB that answers at once, to the carrier at this port."""
    world = to_carrier(port)
    aws, alert = alert_in_memory(members, world)
    with answering(aws, CONNECTION.client, queues.sqs()):
        few = {"pk": alert.pk, "sk": alert.sk, "to": [someone(n) for n in range(WARMED_UP)]}
        app.bulk(event(json.dumps(few)), None)
        database = Timed(CONNECTION.client)
        aws.cpu = aws.wall = 0.0
        began, cpu = time.perf_counter(), time.process_time()
        rounds.unfold(alert, world)
        while aws.messages:
            app.bulk(event(aws.messages.pop(0)), None)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        client = database.cpu - aws.cpu
        assert told_by(port) == {"texts": members + WARMED_UP, "numbers": members}
        return {
            "ours": members / (wall - aws.wall),
            "no_db": members / (wall - database.wall),
            "cpu": (cpu - aws.cpu) / members * 1000,
            "client": client / members * 1000,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "receipt": receipt_cpu(aws),
        }


def to_carrier(port: int) -> Runtime:
    """The world with the carrier there; app.py's too."""
    world = replace(WORLD, settings=replace(WORLD.settings, twilio_api_base=f"http://127.0.0.1:{port}"))
    app.runtime = lambda: world
    return world


def told_by(port: int) -> Any:
    with urlopen(f"http://127.0.0.1:{port}") as told:
        return json.loads(told.read())


def someone(n: int) -> str:
    """Their id, whose last seven digits are their number's too."""
    return f"{2_000_000 + n:026}"


def the_alert() -> tuple[Any, Any]:
    """An open-ended action, and the round that alerts everybody."""
    opened = replace(action("DIG1", need=None), words=WORDS)
    cause = Contribution(someone(0), "SM1", "Go", NOW, Channel.TEXT, "DIG1")
    return opened, effect_row(asks_members(opened, alert_say(opened)), cause, 0)


def alert_in_memory(members: int, world: Runtime) -> tuple[Aws, Any]:
    """A table that answers at once, with that action, its group and its round; and the round's row."""
    opened, alert = the_alert()
    group = Group("DIG", "Riverbank diggers", "America/New_York", (someone(0),), live=("DIG1",), alerted=(NOW,))
    today = NOW.date().isoformat()
    known: list[Row] = [alert, row_of(opened), row_of(group), PaceRow(SENDER, "pace", next=1)]
    known += [SpentRow(pk, f"spent#{today}", segments=1) for pk in (SENDER, "group#DIG")]
    known.append(row_of(Spent("DIG1")))
    rows = {(row.pk, row.sk): written(row) for row in known}
    rows[WANTED, WANTED] = written(row_of(Wanted(ID, "DIG1", NOW, opened.ends_at)))

    consents = (Consent(NOW, "JOIN DIG", Channel.TEXT, True),)
    place = "US NY America/New_York"
    somebody = Person(ID, f"+1212{NUMBER}", name="Sam", groups=("DIG",), consents=consents, place=place)
    membership = row_of(Member("DIG", ID, consents, place=place))
    aws = Aws(rows, written(row_of(somebody)), written(membership), world.now)
    for n in range(members):
        aws.parts.setdefault(member_key("DIG", someone(n))[0], []).append(someone(n))
    return aws, alert


def written(row: Row) -> dict[str, Any]:
    item = row.serialize()
    item.setdefault("version", {"N": "1"})
    return item


def receipt_cpu(aws: Aws) -> float:
    """Milliseconds for a status callback: signature, form, the row; Chalice's own dispatch included."""
    pk, sk = wanted_key(someone(1), "DIG1", NOW)
    path = f"/sms/status?{urlencode({'pk': pk, 'sk': sk})}"
    fields = {"AccountSid": WORLD.settings.twilio_account_sid, "ApiVersion": "2010-04-01", "From": "+15550100000"}
    fields |= {"MessageSid": "SM1", "MessageStatus": "delivered", "SmsSid": "SM1", "To": "+12122000001"}
    signature = RequestValidator("bench").compute_signature(WORLD.settings.public_url + path, fields)
    headers = {"Content-Type": FORM["Content-Type"], "X-Twilio-Signature": signature}
    body, times = urlencode(fields).encode(), []
    with Client(app.app) as client:
        for _ in range(REPEATS):
            made, began = aws.cpu, time.process_time()
            told = client.http.post(path, headers=headers, body=body)
            times.append(time.process_time() - began - (aws.cpu - made))
            assert told.status_code == 204
    return median(times) * 1000


def bare(members: int, port: int) -> Figures:
    """The same forms to the same carrier, made before; the same loop, session and number of connections."""
    world = to_carrier(port)
    opened, _ = the_alert()
    body = render("en", alert_say(opened))
    fields = {"Body": body, "From": world.settings.twilio_from, "ValidityPeriod": "28800"}
    forms = [
        urlencode({
            "To": f"+1212{someone(n)[-7:]}", **fields,
            "StatusCallback": receipts_to(*wanted_key(someone(n), "DIG1", NOW), world),
        }).encode() for n in range(members)
    ]  # fmt: skip

    async def post(left: Iterator[bytes]) -> None:
        on = await carrier.line(world, Lane.BULK)
        for form in left:
            async with on.session.post(on.messages, data=form, headers=FORM) as told:
                assert told.status == 201
                await told.read()

    async def post_all(some: Iterable[bytes]) -> None:
        left = iter(some)
        await carrier.asyncio.gather(*(post(left) for _ in range(CONNECTIONS[Lane.BULK])))

    carrier.wait_for(post_all(forms[:WARMED_UP]))
    began, cpu = time.perf_counter(), time.process_time()
    carrier.wait_for(post_all(forms))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {"bare": members / wall, "bare_cpu": cpu / members * 1000}


def over_ministack(members: int, port: int) -> Figures:
    """From the organizer's GO on, every request to AWS answered by ministack, which reads whole tables."""
    to_carrier(port)
    with ministack():
        entities: list[Entity] = [Group("DIG", "Riverbank diggers", "America/New_York", (WORLD.person_id(number(0)),))]
        for n in range(members):
            entities += member(n, "DIG")
        fill(entities)
        take(message(f"ALERT DIG {WORDS}", 0), WORLD)
        draft = value_of(row_at(person_pk(WORLD.person_id(number(0))), "you")).draft
        confirm = value_of(row_at(action_pk(draft), "action")).confirm
        aws = Timed(CONNECTION.client, queues.sqs())
        with metered(CONNECTION.client, queues.sqs()) as meter:
            take(message(f"GO {confirm:02}", 0), WORLD)
            aws.wall, began = 0.0, time.perf_counter()
            given, taken = work_off()
        wall, in_aws = time.perf_counter() - began, aws.wall
        count_receipts(meter, draft, range(members))
        assert given == members, given
        return {
            "ours": members / wall,
            "no_db": members / (wall - in_aws),
            "write": meter.writes / members,
            "read": meter.reads / members,
            "queue": (meter.queue_requests() + 2 * taken) / members,
        }


# --- an alert in a town -----------------------------------------------------------------------------

IN_TOWN = 2_000
ASKED = 20  # texts whose answers are waited for, before, while and after the alert goes out
ORGANIZERS = {"FEW": "+12125550000", "DIG": "+12125550001"}
SMALL = 4  # alerts to a hundred; who gets more than ten answers in a minute is taken for an auto-responder
RATE = 225  # segments a second: the most that a long code is granted, and the town's own


def asker(n: int) -> str:
    return f"+1212{3_000_000 + n}"


def town() -> Figures:
    """The whole system: how soon the first text goes out, and how long an answer takes while 2,000 are alerted."""
    with tempfile.TemporaryDirectory() as folder, running_town(Path(folder), SENDER_RATE=str(RATE)) as running:
        for keyword, organizer in ORGANIZERS.items():
            ask(running, organizer, f"NEW GROUP {keyword} Riverbank diggers")
        fill_town(json.loads((Path(folder) / "run" / "environment.json").read_text()))
        small = [moments(running, *go(running, "FEW"), 100) for _ in range(SMALL)]
        before = [ask(running, asker(n), "WHO FEW1") for n in range(ASKED)]
        began, busy = time.monotonic(), cpu_seconds(Path(folder))
        at, code = go(running, "DIG")
        during = [ask(running, asker(n), "WHO FEW1") for n in range(ASKED, 2 * ASKED)]
        went = moments(running, at, code, IN_TOWN)
        busy = {name: spent - busy[name] for name, spent in cpu_seconds(Path(folder)).items()}
        lasted = time.monotonic() - began
        after = [ask(running, asker(n), "WHO FEW1") for n in range(2 * ASKED, 3 * ASKED)]
        under_way = [answered - asked for asked, answered in during if answered - at < went[-1]]
        return {
            "first": median(one[0] for one in small),
            "first_of_many": went[0],
            "last": went[-1],
            "rate": (len(went) - 1) / (went[-1] - went[0]),
            "most_a_second": most_in(went, 1.0),
            "queued": longest_queue(went, RATE),
            "usual": median(answered - asked for asked, answered in [*before, *after]),
            "during": median(under_way),
            "during_most": max(under_way),
            "asked": len(under_way),
            **{f"busy {name}": spent / lasted for name, spent in busy.items()},
        }


def cpu_seconds(folder: Path) -> dict[str, float]:
    """That each process of the town has used so far."""
    found = {}
    for file in (folder / "run").glob("*.pid"):
        parts = Path(f"/proc/{int(file.read_text())}/stat").read_text().rpartition(")")[2].split()
        found[file.stem] = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return found


def fill_town(environment: dict[str, str]) -> None:
    """Members straight into its table: 100 who get the small alerts, and 2,000 more who get the large one."""
    world = replace(WORLD, settings=replace(WORLD.settings, number_key=environment["NUMBER_KEY"]))
    consents = (Consent(datetime.fromisoformat("2026-11-02T12:00:00+00:00"), "JOIN", Channel.TEXT, True),)
    entities: list[Entity] = []
    for keyword, count, first in (("FEW", 100, 0), ("DIG", IN_TOWN, 1_000)):
        for phone in map(asker, range(first, first + count)):
            who, place = world.person_id(phone), "US NY America/New_York"
            entities.append(Person(who, phone, groups=(keyword,), consents=consents, place=place))
            entities.append(Member(keyword, who, consents, place=place))
    login = {"aws_access_key_id": "town", "aws_secret_access_key": "town", "region_name": "us-east-1"}
    fill(entities, boto3.client("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL"], **login))


def go(running: Town, keyword: str) -> tuple[float, str]:
    """An open-ended alert to all of a group: when GO was texted, and the action's code."""
    organizer = ORGANIZERS[keyword]
    ask(running, organizer, f"ALERT {keyword} {WORDS}")
    draft = screen(running, organizer)[-1]["body"]
    confirm, code = re.search(r"\bGO \d\d\b", draft), re.search(rf"\b{keyword}\d+\b", draft)
    assert confirm, draft
    assert code, draft
    sid = running.text(organizer, confirm[0])
    return next(seconds_of(one) for one in screen(running, organizer) if one["sid"] == sid), code[0]


def ask(running: Town, phone: str, words: str) -> tuple[float, float]:
    """When they texted, and when they were answered, as the carrier has it."""
    sid = running.text(phone, words)
    for _ in until(LONGEST_WAIT):
        texts = screen(running, phone)
        at = next(place for place, one in enumerate(texts) if one["sid"] == sid)
        for one in texts[at:]:
            if one["direction"] == "in":
                return seconds_of(texts[at]), seconds_of(one)
        time.sleep(LOOKS)
    raise SystemExit(f"{words!r} was not answered")


LOOKS = 0.05  # seconds between two looks at the screens, few enough to disturb nobody
LONGEST_WAIT = 60.0


def until(seconds: float) -> Iterator[None]:
    """As long as that has not passed."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        yield


def screen(running: Town, phone: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.people.ask("GET", f"/phones/{quote(phone)}/texts")
    return found


def moments(running: Town, since: float, code: str, members: int) -> list[float]:
    """Seconds after GO at which each member was texted, once all were."""
    for _ in until(LONGEST_WAIT):
        texts = running.people.ask("GET", "/texts?after=0")
        found = [one for one in texts if one["direction"] == "in" and one["body"].startswith(f"{code}:")]
        asked = [one for one in found if one["phone"] not in ORGANIZERS.values()]
        if len(asked) >= members:
            assert len({one["phone"] for one in asked}) == len(asked) == members
            return sorted(seconds_of(one) - since for one in asked)
        time.sleep(20 * LOOKS)
    raise SystemExit(f"of {members} members {len(asked)} were alerted")


def seconds_of(text: dict[str, Any]) -> float:
    return datetime.fromisoformat(text["at"]).timestamp()


def most_in(ordered: Sequence[float], seconds: float) -> int:
    """The most of these moments in any stretch of so many seconds."""
    start = most = 0
    for end, at in enumerate(ordered):
        while at - ordered[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


def longest_queue(ordered: Sequence[float], a_second: float) -> float:
    """The most that waits at a carrier that passes on so many a second."""
    waiting = most = last = 0.0
    for at in ordered:
        waiting = max(0.0, waiting - (at - last) * a_second) + 1
        most, last = max(most, waiting), at
    return most


# --- all of it --------------------------------------------------------------------------------------

ROLES: dict[str, Callable[..., Figures]] = {"worker": worker, "bare": bare, "ministack": over_ministack, "town": town}


def in_a_process(role: str, *numbers: int, program: str = "bench.fanout") -> Figures:
    """Each figure from a process of its own, which nothing before has warmed up or filled."""
    command = [sys.executable, "-m", program, role, *map(str, numbers)]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
    figures: Figures = json.loads(told.stdout)
    return figures


@contextmanager
def a_carrier(seconds: float = 0.0) -> Iterator[int]:
    """Its port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.at_once", str(port), str(seconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:  # noqa: S603 - ourselves
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield port
        finally:
            process.terminate()


def side_by_side(members: int, times: int, seconds: float = 0.0) -> Figures:
    """Worker and bare loop by turns, for the machine is never as fast twice; of each figure the median."""
    runs: list[Figures] = []
    for _ in range(times):
        run: Figures = {}
        for role in ("bare", "worker"):
            with a_carrier(seconds) as port:
                run |= in_a_process(role, members, port)
        run["ratio"], run["no_db_ratio"] = run["ours"] / run["bare"], run["no_db"] / run["bare"]
        runs.append(run)
    return {name: median(run[name] for run in runs) for name in runs[0]}


def row(what: str, got: Figures) -> str:
    return (
        f"{what:<24} {got['bare']:7,.0f} {got['ours']:7,.0f} {got['ratio']:6.2f} {got['no_db']:7,.0f}"
        f" {got['no_db_ratio']:6.2f} {got['cpu']:7.3f} {got['client']:7.3f} {got['bare_cpu']:7.3f}"
        f" {got['memory']:6.0f}"
    )


def main(is_quick: bool) -> None:
    print(f"{'':<24} {'bare':>7} {'ours':>7} {'ratio':>6} {'no DB':>7} {'ratio':>6}", end="")
    print(f" {'ms CPU':>7} {'client':>7} {'bare':>7} {'MB':>6}")
    at_once: dict[int, Figures] = {}
    for members, times in SIZES.items():
        if not is_quick or members < max(SIZES):
            at_once[members] = side_by_side(members, 1 if is_quick else times)
            print(row(f"{members:,}", at_once[members]), flush=True)
    slow = side_by_side(SLOW_MEMBERS, 1 if is_quick else 3, SLOW)
    print(row(f"{SLOW_MEMBERS:,}, after {SLOW * 1000:.0f} ms", slow), flush=True)
    with a_carrier() as port:
        stack = in_a_process("ministack", 1_000, port)
    print(
        f"1,000 over ministack: {stack['ours']:,.0f} texts a second, {stack['no_db']:,.0f} without AWS's time;"
        f" a recipient, GO and receipt included: {stack['write']:.3f} write units, {stack['read']:.3f} read units,"
        f" {stack['queue']:.3f} queue requests",
        flush=True,
    )
    print(f"a receipt: {median(one['receipt'] for one in at_once.values()):.2f} ms of CPU in the webhook", flush=True)
    whole = {} if is_quick else in_a_process("town")
    if whole:
        tell_town(whole)
    print("\n".join(["", *aims(at_once, slow, stack, whole)]))


def tell_town(got: Figures) -> None:
    print(
        f"a town, {RATE} segments a second: the first text {got['first']:.2f} s after GO to 100,"
        f" {got['first_of_many']:.2f} s after GO to {IN_TOWN:,}; the last {got['last']:.1f} s after it,"
        f" {got['rate']:.0f} a second, at most {got['most_a_second']:.0f} in any second, so that at most"
        f" {got['queued']:.0f} would wait at the carrier;"
        f" an answer takes {got['usual']:.2f} s, while the alert goes out {got['during']:.2f} s"
        f" (at most {got['during_most']:.2f}, of {got['asked']:.0f})",
        flush=True,
    )
    cores = sorted(((share, name) for name, share in got.items() if name.startswith("busy ")), reverse=True)
    print(f"  of {os.cpu_count()} cores: " + ", ".join(f"{name[5:]} {share:.2f}" for share, name in cores), flush=True)


BEST_PEER = 389  # texts a second of a worker at 100 ms, the best one measured


def aims(at_once: dict[int, Figures], slow: Figures, stack: Figures, whole: Figures) -> list[str]:
    """The aims, each with what was measured."""
    said = []

    def judge(is_met: bool, words: str) -> None:
        said.append(f"{'PASS' if is_met else 'MISS'}  {words}")

    for members, got in at_once.items():
        ratio = got["no_db_ratio"]
        judge(ratio >= 0.7, f"{members:,}: {ratio:.2f} of the bare loop without the database's time, at least 0.7")
        cpu = got["cpu"] + got["receipt"]
        sending = f"{got['cpu']:.2f} ms of CPU a recipient and {got['receipt']:.2f} for the receipt"
        judge(cpu <= 0.5, f"{members:,}: {sending}, together at most 0.5")
    judge(slow["ours"] >= 400, f"carrier after 100 ms: {slow['ours']:.0f} texts a second, at least 400")
    small, large = at_once[min(at_once)], at_once[max(at_once)]
    times = small["ours"] / large["ours"]
    judge(times <= 1.2, f"{max(at_once):,}: {times:.2f} of the time that linear would be, at most 1.2")
    grown = large["memory"] - small["memory"]
    judge(grown <= 20, f"memory: {small['memory']:.0f} MB, and {grown:.0f} more at {max(at_once):,}")
    budget = (("write", "write units", 3), ("read", "read units", 0.6), ("queue", "queue requests", 0.1))
    for name, words, most in budget:
        judge(stack[name] <= most, f"{stack[name]:.3f} {words} a recipient, at most {most}")
    if whole:
        first = max(whole["first"], whole["first_of_many"])
        judge(first <= 0.5, f"the first text {first:.2f} s after GO, at most 0.5")
        times = whole["during"] / whole["usual"]
        judge(times <= 2, f"an answer takes {times:.1f} times as long while an alert goes out, at most 2")
        queued = f"at most {whole['queued']:.0f} texts wait at a carrier that passes on {RATE} a second"
        judge(whole["rate"] <= RATE and whole["queued"] <= RATE, f"{queued}: a second's worth")
    return said


if __name__ == "__main__":
    role, *rest = sys.argv[1:] or [""]
    if role in ROLES:
        print(json.dumps(ROLES[role](*map(int, rest))))
    else:
        main(role == "--quick")
