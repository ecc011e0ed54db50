"""What a join, an IN and an ALERT cost, as the group and the crew grow; and a surge of 500 on 10 seats.

    make bench

Units and requests are counted with ReturnConsumedCapacity against ministack; CPU is this process's own, with the
database's and the queues' recorded answers given back at once. `all in` counts the answer's way out and its receipt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from statistics import median
from typing import Any
from urllib.request import urlopen

from infra.local.settings import free_port

PORT = free_port()
os.environ |= {
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "bench",
    "TWILIO_API_BASE": "http://127.0.0.1:9",
    "TWILIO_FROM": "+15550100000",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "NUMBER_KEY": "bench",
    "LINK_KEYS": "bench",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}

from datetime import UTC, datetime, timedelta  # noqa: E402 - the environment comes first
from urllib.parse import urlencode  # noqa: E402

from chalice.test import Client  # noqa: E402
from twilio.request_validator import RequestValidator  # noqa: E402

import app  # noqa: E402
from bench.meter import Meter, metered, replayed, to_noon  # noqa: E402
from chalicelib.core.model import (  # noqa: E402
    Action,
    Answer,
    Channel,
    Consent,
    Group,
    Member,
    Person,
    Pledge,
    Spent,
    State,
    Tally,
    Wanted,
)
from chalicelib.core.outcome import Entity  # noqa: E402
from chalicelib.delivery import carrier, queues, sending  # noqa: E402
from chalicelib.delivery.carrier import Took  # noqa: E402
from chalicelib.entry.taking import take  # noqa: E402
from chalicelib.runtime import runtime  # noqa: E402
from chalicelib.store import outbox  # noqa: E402
from chalicelib.store.codec import row_of, value_of, wanted_key  # noqa: E402
from chalicelib.store.reading import row_at, rows  # noqa: E402
from chalicelib.store.tables import CONNECTION, CREW_SHARDS, Row, action_pk, crew_pk, person_pk  # noqa: E402
from infra.resources import make_all  # noqa: E402

# At noon, for alerts wait for the day; with pace and limits that never bind.
AHEAD = to_noon()
LIMITS = {"sender_rate": 1e6, "daily_cents": 10**9, "daily_segments": 10**9, "group_daily_cents": 10**9}
WORLD = replace(
    runtime(),
    settings=replace(runtime().settings, **LIMITS, group_daily_segments=10**9),
    now=lambda: datetime.now(UTC) + AHEAD,
)
app.runtime = lambda: WORLD
NOW = WORLD.now()
CONNECTION._read_timeout_seconds, CONNECTION._client = 120, None  # ministack reads its whole table for each query
REPEATS = 300
LONGEST_REPEATED = 3.0  # seconds


# --- ministack and what is in it -------------------------------------------------------------------


@contextmanager
def ministack() -> Iterator[None]:
    """With the table and the queues made, and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        process = start_ministack(folder)
        try:
            make_all()
            yield
        finally:
            process.kill()
            process.wait()


def start_ministack(folder: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-m", "ministack"], env={
        **os.environ, "GATEWAY_PORT": str(PORT), "BIND_HOST": "127.0.0.1", "PERSIST_STATE": "0",
        "STATE_DIR": folder, "LOG_LEVEL": "ERROR", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
    }, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    for _ in range(200):
        try:
            with urlopen(f"http://127.0.0.1:{PORT}/_ministack/health", timeout=1):
                return process
        except OSError:
            time.sleep(0.05)
    raise SystemExit("ministack did not start")


def fill(entities: list[Entity], dynamodb: Any = None) -> None:
    """Straight into the table, in batches of 25 from eight threads."""

    def batch(part: list[Entity]) -> None:
        items = []
        for entity in part:
            item = row_of(entity).serialize()
            item.setdefault("version", {"N": "1"})
            items.append({"PutRequest": {"Item": item}})
        (dynamodb or CONNECTION.client).batch_write_item(RequestItems={"giddyup": items})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(batch, [entities[n : n + 25] for n in range(0, len(entities), 25)]))


def number(n: int) -> str:
    return f"+1555{2000000 + n}"


def member(n: int, keyword: str) -> list[Entity]:
    person = WORLD.person_id(number(n))
    consent = (Consent(NOW, f"JOIN {keyword}", Channel.TEXT, True),)
    return [
        Person(person, number(n), name=f"Member {n}", groups=(keyword,), consents=consent),
        Member(keyword, person, consent),
    ]


def action(code: str, need: int | None, coming: int = 0) -> Action:
    return Action(
        code=code, keyword=code.rstrip("0123456789"), words="10 shovels at 5th & Main 6pm #flood",
        raised_by=WORLD.person_id(number(0)), zone="America/New_York", state=State.OPEN,
        ends_at=NOW + timedelta(hours=8), need=need, place="5th & Main", starts_at=NOW + timedelta(hours=2),
        tags=("flood",), opened_at=NOW, tally=Tally(coming=coming if need else 0),
    )  # fmt: skip


# --- measuring one text ----------------------------------------------------------------------------


def message(body: str, n: int, at: datetime | None = None) -> dict[str, Any]:
    when = (at or WORLD.now()).isoformat()
    return {"from": number(n), "sid": "SM" + uuid.uuid4().hex, "body": body, "opt_out": "", "at": when}


def deliver(pk: str, sk: str) -> bool:
    return sending.deliver_text(pk, sk, WORLD)


def measure(body: Callable[[], str], n: int) -> dict[str, float]:
    sqs, dynamodb = queues.sqs(), CONNECTION.client
    text = message(body(), n)
    with metered(dynamodb, sqs) as meter:
        take(text, WORLD)
    command = list(meter.recorded)
    trips = meter.trips_to_commit()
    tries = meter.operations.get("TransactWriteItems", 0)
    with metered(dynamodb) as reply:
        reply.is_on = False
        count_reply(reply, n)
    cpu = cpu_of(lambda: take(text, WORLD), command, dynamodb, sqs)
    return {
        "trips": trips,
        "tries": tries,
        "write": meter.writes + reply.writes,
        "index": meter.index_writes + reply.index_writes,
        "read": meter.reads + reply.reads,
        "queue": meter.queue_requests() + 1,  # the webhook's own
        "cpu": cpu,
        "webhook": webhook_cpu(text, sqs),
    }


def count_reply(meter: Meter, n: int) -> None:
    person = person_pk(WORLD.person_id(number(n)))
    waiting = [row for row in rows(person, Row.sk.startswith("text#")) if getattr(row, "state", "") == "pending"]
    for row in waiting:
        meter.is_on = True
        assert deliver(row.pk, row.sk)
        outbox.receipt(row.pk, row.sk, outbox.Sent.DELIVERED, "SM1", 0, WORLD.now())
        meter.is_on = False


def cpu_of(work: Callable[[], object], recorded: list[tuple[str, bytes]], *clients: Any) -> float:
    """Milliseconds of this process's CPU for a worker's work, the median of as many as fit into some seconds."""
    times: list[float] = []
    with replayed(recorded, *clients):
        while len(times) < REPEATS and sum(times) < LONGEST_REPEATED:
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
    return median(times) * 1000


def webhook_cpu(text: dict[str, Any], sqs: Any) -> float:
    """Milliseconds of CPU for the webhook: signature, form, queue; Chalice's own dispatch included."""
    fields = {
        "MessageSid": text["sid"],
        "AccountSid": WORLD.settings.twilio_account_sid,
        "From": text["from"],
        "To": "+15550100000",
        "Body": text["body"],
    }
    signature = RequestValidator("bench").compute_signature("http://127.0.0.1:8000/sms", fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    body = urlencode(fields).encode()
    sent = json.dumps({"MessageId": "1", "MD5OfMessageBody": "x"}).encode()
    times = []
    queues.url("giddyup", queues.INBOUND)
    with Client(app.app) as client, replayed([("SendMessage", sent)], sqs):
        for _ in range(REPEATS):
            started = time.process_time()
            answer = client.http.post("/sms", headers=headers, body=body)
            times.append(time.process_time() - started)
            assert answer.status_code == 200
    return median(times) * 1000


def show(name: str, got: dict[str, float]) -> None:
    print(
        f"{name:<48} {got['cpu']:6.2f} {got['webhook']:8.2f} {got['trips']:6.0f}"
        f" {got['write']:7.1f} {got['index']:7.1f} {got['read']:8.1f} {got['queue']:6.0f}"
    )


def main() -> None:
    carrier.send = took
    print(f"{'':<48} {'ms CPU':>6} {'webhook':>8} {'trips':>6} {'write':>7} {'index':>7} {'read':>8} {'queue':>6}")
    for members, pledges in ((100, 10), (1_000, 100), (10_000, 1_000), (100_000, 10_000)):
        with ministack():
            grown(members, pledges)
    with ministack():
        surge()


async def took(*_: Any) -> Took:
    """A carrier that answers at once."""
    return Took("SM" + uuid.uuid4().hex, 1)


def grown(members: int, pledges: int) -> None:
    """A group of this size, with an action of this many pledges."""
    organizer = WORLD.person_id(number(0))
    entities: list[Entity] = [Group("DIG", "Riverbank diggers", "America/New_York", (organizer,), next_number=3)]
    entities += [action("DIG1", need=pledges + 100, coming=pledges), action("DIG2", need=None)]
    entities += [Spent("DIG1"), Spent("DIG2")]
    for n in range(members):
        entities += member(n, "DIG")
    for n in range(pledges):
        entities += [Pledge(code, WORLD.person_id(number(n)), Answer.IN, since=NOW) for code in ("DIG1", "DIG2")]
    asked = [Wanted(WORLD.person_id(number(members - n)), f"DIG{n}", NOW, NOW + timedelta(hours=8)) for n in (1, 2)]
    fill([*entities, *asked])
    size = f"{members:,} members, {pledges:,} in"
    show(f"join                 {size}", measure(lambda: "JOIN DIG", members + 1))
    show(f"IN, with a need      {size}", measure(lambda: "IN", members - 1))
    show(f"IN, open-ended       {size}", measure(lambda: "IN", members - 2))
    show(f"ALERT (the draft)    {size}", measure(lambda: "ALERT DIG 10 shovels at 5th & Main 6pm #flood", 0))
    if members <= 1_000:
        alert_all([*range(members), members + 1])  # who has just joined is one of them


def alert_all(members: Sequence[int]) -> None:
    """GO, and the alert to everyone: units and requests for each recipient, receipts included."""
    meter, given, taken = alerted(members)
    print(f"  alert to {given:,}, for each recipient: {for_each(meter, given, taken)}")


def alerted(members: Sequence[int]) -> tuple[Meter, int, int]:
    """The draft sent to everyone: what was counted, to how many it went, in how many messages."""
    draft = value_of(row_at(person_pk(WORLD.person_id(number(0))), "you")).draft
    confirm = value_of(row_at(action_pk(draft), "action")).confirm
    with metered(CONNECTION.client, queues.sqs()) as meter:
        take(message(f"GO {confirm:02} ALL", 0), WORLD)
        given, taken = work_off()
    count_receipts(meter, draft, members)
    assert given == len(members), given
    return meter, given, taken


def count_receipts(meter: Meter, code: str, members: Iterable[int]) -> None:
    """The carrier's last word on each of the alert's texts."""
    opened = value_of(row_at(action_pk(code), "action")).opened_at
    meter.is_on = True
    for n in members:
        pk, sk = wanted_key(WORLD.person_id(number(n)), code, opened)
        assert outbox.receipt(pk, sk, outbox.Sent.DELIVERED, "SM1", 0, WORLD.now()) is not None
    meter.is_on = False


def for_each(meter: Meter, members: int, messages: int) -> str:
    """Each message is put with others, and taken and deleted by itself, which are requests too."""
    return (
        f"{meter.writes / members:.2f} write, {meter.index_writes / members:.2f} index,"
        f" {meter.reads / members:.2f} read units,"
        f" {(meter.queue_requests() + 2 * messages) / members:.3f} queue requests"
    )


def event(*bodies: str) -> dict[str, Any]:
    """What Lambda hands to the handler of a queue."""
    same = {"attributes": {"ApproximateReceiveCount": "1"}, "eventSource": "aws:sqs", "awsRegion": "us-east-1"}
    return {"Records": [{"messageId": str(n), "body": body, **same} for n, body in enumerate(bodies)]}


def work_off() -> tuple[int, int]:
    """The queues that an alert passes, emptied; answers how many recipients and how many messages there were."""
    recipients = messages = 0
    for queue in (queues.DUE, queues.REPLIES, queues.BULK):
        for bodies in taken_from(queue):
            recipients += sum(len(json.loads(one).get("to", [])) for one in bodies)
            messages += len(bodies)
            bring_about(queue, *bodies)
    return recipients, messages


def taken_from(queue: str) -> Iterator[list[str]]:
    """What waits in a queue until nothing does, some at a time, deleted when the next are asked for."""
    sqs, address = queues.sqs(), queues.url("giddyup", queue)
    while found := sqs.receive_message(QueueUrl=address).get("Messages", []):
        yield [one["Body"] for one in found]
        for one in found:
            sqs.delete_message(QueueUrl=address, ReceiptHandle=one["ReceiptHandle"])


def bring_about(queue: str, *bodies: str) -> None:
    """These messages, given to app.py's handler of their queue."""
    assert getattr(app, queue)(event(*bodies), None) in (None, {"batchItemFailures": []})


def surge() -> None:
    """500 INs at once on 10 seats, from 32 workers: who is in, who waits in what order, how many tries it took."""
    organizer = WORLD.person_id(number(0))
    entities: list[Entity] = [Group("DIG", "Riverbank diggers", "America/New_York", (organizer,), live=("DIG1",))]
    entities += [action("DIG1", need=10), Spent("DIG1")]
    for n in range(501):
        entities += member(n, "DIG")
    fill(entities)
    texts = [message("IN DIG1", n, NOW + timedelta(milliseconds=n)) for n in range(1, 501)]
    with metered(CONNECTION.client, queues.sqs()) as meter, ThreadPoolExecutor(32) as pool:
        started = time.perf_counter()
        list(pool.map(lambda text: take(text, WORLD), texts))
        took = time.perf_counter() - started
    crew = [rows(crew_pk("DIG1", part), Row.sk.startswith("pledge#")) for part in range(CREW_SHARDS)]
    pledges = [value_of(row) for row in chain.from_iterable(crew)]
    seated = [one for one in pledges if one.answer is Answer.IN]
    line = [value_of(row) for row in rows(action_pk("DIG1"), Row.sk.startswith("line#"))]
    at = {WORLD.person_id(text["from"]): text["at"] for text in texts}
    in_order = [at[place.person] for place in line] == sorted(at[place.person] for place in line)
    tries = meter.operations["TransactWriteItems"] / len(texts)
    taken = value_of(row_at(action_pk("DIG1"), "action")).tally.coming
    print(
        f"surge of 500 INs on 10 seats, 32 workers: {len(seated)} in (action says {taken}), {len(line)} in line,"
        f" {'in the order in which they came' if in_order else 'OUT OF ORDER'}, {tries:.2f} tries a text, {took:.1f} s"
    )


if __name__ == "__main__":
    main()
