"""What one SAY costs in a crew of 10, 100 and 1,000, from the speaker's text to the last receipt.

    python -m bench.talk               half a minute

Requests and units are counted against ministack, the texts by a carrier in a process of its own: exactly one to
everybody in the crew (the speaker's is the reply) and to the organizer who is not in it, or it fails. The crew has
talked before, so its organizer has been told what that costs. CPU is the worker's, with the database's recorded
answers given back at once; HTTP to the carrier is in it.

a hearer     gets the words: the crew without the speaker, and the organizer
queue        requests to SQS: messages put with others, each taken and deleted by itself; the inbound one too
trips        one after another, from the speaker's text to its commit
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from bench.commands import (
    NOW,
    WORLD,
    action,
    bring_about,
    cpu_of,
    fill,
    member,
    message,
    ministack,
    number,
    taken_from,
)
from bench.fanout import Figures, a_carrier, in_a_process, to_carrier, told_by
from bench.meter import Meter, metered
from chalicelib.core.model import Answer, CrewName, Group, Pledge, Spent, Talk, Wanted
from chalicelib.core.outcome import Entity
from chalicelib.delivery import queues
from chalicelib.delivery.chunks import Chunk, Key, job_of
from chalicelib.entry.taking import take
from chalicelib.grammar.naming import name_key
from chalicelib.runtime import Runtime
from chalicelib.store import outbox, sender
from chalicelib.store.tables import CONNECTION

ORGANIZER, SPEAKER = 0, 1
CREWS = ((10, 0), (100, 0), (1_000, 0), (100, 1))  # how many are in, and whether the organizer is one of them
STAGES = {
    "command": "the command",
    "round": "the round unfolded",
    "chunks": "the chunks: looked up, claimed, settled",
    "reply": "the reply",
    "receipts": "the receipts",
}

# Whether sending stands still is asked every two seconds by each worker, however much it sends: not counted here.
sender.LOOKED_AT_FOR = float("inf")


# --- one SAY ----------------------------------------------------------------------------------------


def said(size: int, has_organizer: int, port: int) -> Figures:
    """In a crew of so many, to the carrier at this port."""
    world = to_carrier(port)
    first = ORGANIZER if has_organizer else SPEAKER
    crew = range(first, first + size)
    hearers = sorted({ORGANIZER, *crew} - {SPEAKER})
    with ministack():
        fill(a_crew(crew))
        sender.paused()
        text = message("SAY on our way, 10 minutes", SPEAKER)
        meters = {"command": counted(lambda: take(text, world))}
        (the_round,), replies = waiting(queues.DUE), waiting(queues.REPLIES)
        meters["round"] = counted(lambda: bring_about(queues.DUE, the_round))
        chunks = waiting(queues.BULK)
        meters["chunks"] = counted(lambda: work(chunks))
        meters["reply"] = counted(lambda: bring_about(queues.REPLIES, *replies))
        check(len(hearers) + 1, port)
        assert not any(map(waiting, (queues.DUE, queues.REPLIES, queues.BULK)))
        rows = [key_in(one) for one in replies] + keys_of(the_round, hearers, world)
        meters["receipts"] = counted(lambda: receive(rows))
        messages = len([text, the_round, *replies, *chunks])
        went_out = meters["round"].recorded + meters["chunks"].recorded
        return {
            "texts": len(hearers) + 1,
            "hearers": len(hearers),
            "chunks": len(chunks),
            "trips": meters["command"].trips_to_commit(),
            "write": sum(meter.writes + meter.index_writes for meter in meters.values()),
            "read": sum(meter.reads for meter in meters.values()),
            "queue": 1 + sum(meter.queue_requests() for meter in meters.values()) + 2 * messages,
            "command": cpu_of(lambda: take(text, world), meters["command"].recorded, CONNECTION.client, queues.sqs()),
            "cpu": cpu_a_hearer(the_round, chunks, went_out, len(hearers), port),
            **requests(meters),
        }


def a_crew(crew: Sequence[int]) -> list[Entity]:
    """Everybody known by a name, in a group and its one action; it has talked before."""
    organizer, code = WORLD.person_id(number(ORGANIZER)), "DIG1"
    opened = action(code, need=len(crew) + 10, coming=len(crew))
    entities: list[Entity] = [opened, Spent(code), Talk(code, is_cost_told=True)]
    entities.append(Group("DIG", "Riverbank diggers", "America/New_York", (organizer,), next_number=2, live=(code,)))
    if ORGANIZER not in crew:
        entities += member(ORGANIZER, "DIG")
    for n in crew:
        person, name = WORLD.person_id(number(n)), f"Member {n}"
        entities += member(n, "DIG")
        entities.append(Wanted(person, code, NOW, opened.ends_at))
        entities.append(Pledge(code, person, Answer.IN, name=name, since=NOW))
        entities.append(CrewName(code, name_key(name), name, person))
    return entities


def counted(work: Callable[[], object]) -> Meter:
    with metered(CONNECTION.client, queues.sqs()) as meter:
        work()
    return meter


def waiting(queue: str) -> list[str]:
    return list(chain.from_iterable(taken_from(queue)))


def work(chunks: Iterable[str]) -> None:
    for chunk in chunks:
        bring_about(queues.BULK, chunk)


def cpu_a_hearer(
    the_round: str, chunks: Sequence[str], recorded: list[tuple[str, bytes]], hearers: int, port: int
) -> float:
    """Milliseconds: the round unfolded and its chunks sent, again and again, each time to everybody."""

    def go_out() -> None:
        bring_about(queues.DUE, the_round)
        work(map(now_due, chunks))

    before = told_by(port)["texts"]
    cpu = cpu_of(go_out, recorded, CONNECTION.client, queues.sqs())
    again = told_by(port)["texts"] - before
    assert again > 0, "nothing went out when the recorded answers were given back"
    assert again % hearers == 0, "not each time to everybody"
    return cpu / hearers


def now_due(chunk: str) -> str:
    """The same chunk in time: one that comes late asks for another moment."""
    return json.dumps(replace(Chunk.read(json.loads(chunk)), at=WORLD.now()).message())


def check(texts: int, port: int) -> None:
    """As many texts as there are numbers: each got one."""
    told = told_by(port)
    if told != {"texts": texts, "numbers": texts}:
        raise SystemExit(f"{texts} texts to as many numbers should have gone out: {told}")


def key_in(body: str) -> Key:
    found = json.loads(body)
    return found["pk"], found["sk"]


def keys_of(the_round: str, hearers: Sequence[int], world: Runtime) -> list[Key]:
    """Of the rows that the hearers' claims made."""
    job = job_of(*key_in(the_round), world)
    assert job is not None
    return [job.key(WORLD.person_id(number(n))) for n in hearers]


def receive(rows: Sequence[Key]) -> None:
    for pk, sk in rows:
        assert outbox.receipt(pk, sk, outbox.Sent.DELIVERED, "SM1", 0, WORLD.now()) is not None


def requests(meters: dict[str, Meter]) -> Figures:
    """To the database, by stage and operation."""
    return {
        f"{stage} {name}": n
        for stage, meter in meters.items()
        for name, n in meter.operations.items()
        if not name.startswith("SendMessage")
    }


# --- all of it --------------------------------------------------------------------------------------


def main() -> None:
    cases: dict[str, Figures] = {}
    for size, has_organizer in CREWS:
        with a_carrier() as port:
            got = in_a_process("said", size, has_organizer, port, program="bench.talk")
        cases[f"{size:,}, the organizer in it" if has_organizer else f"{size:,}"] = got
    table(
        ["a SAY in a crew of", "texts", "chunks", "database requests", "of them a chunk", "write units a hearer",
         "read units a hearer", "queue requests", "trips", "ms of CPU, the command", "ms of CPU a hearer"],
        [[name, *figures(got)] for name, got in cases.items()],
    )  # fmt: skip
    print()
    table(
        ["database requests of", *cases],
        [[words, *(f"{sum_of(got, stage):,.0f}" for got in cases.values())] for stage, words in STAGES.items()],
    )
    print()
    names = sorted({key.partition(" ")[2] for got in cases.values() for key in got if " " in key})
    table(
        ["database requests", *cases],
        [[name, *(f"{sum_of(got, *STAGES, name=name):,.0f}" for got in cases.values())] for name in names],
    )
    print()
    a_chunk = sorted(key.partition(" ")[2] for key in cases["100"] if key.startswith("chunks "))
    told = ", ".join(f"{name} {cases['100'][f'chunks {name}']:.0f}" for name in a_chunk)
    print(f"a chunk of 100: {told}")


def figures(got: Figures) -> list[str]:
    return [
        f"{got['texts']:,.0f}",
        f"{got['chunks']:.0f}",
        f"{sum_of(got, *STAGES):,.0f}",
        f"{sum_of(got, 'chunks') / got['chunks']:.1f}",
        f"{got['write'] / got['hearers']:.2f}",
        f"{got['read'] / got['hearers']:.2f}",
        f"{got['queue']:.0f}",
        f"{got['trips']:.0f}",
        f"{got['command']:.1f}",
        f"{got['cpu']:.2f}",
    ]


def sum_of(got: Figures, *stages: str, name: str = "") -> float:
    """Requests in these stages, of one operation or of all."""
    parts = ((*key.partition(" "), n) for key, n in got.items())
    return sum(n for stage, is_request, found, n in parts if is_request and stage in stages and name in ("", found))


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """As Markdown, for the README."""
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for line in lines:
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    role, *rest = sys.argv[1:] or [""]
    if role == "said":
        print(json.dumps(said(*map(int, rest))))
    else:
        main()
