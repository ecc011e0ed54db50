"""What is due besides single texts: rounds unfolded into chunks, timers given, purges made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from chalicelib.core import commands
from chalicelib.core.commands import ByTime
from chalicelib.core.model import Answer, Channel
from chalicelib.core.outcome import Audience
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.delivery.sending import deliver_held
from chalicelib.handle import handle
from chalicelib.log import log
from chalicelib.runtime import Runtime
from chalicelib.store import outbox
from chalicelib.store.codec import keyword_of
from chalicelib.store.purging import purge
from chalicelib.store.reading import row_at, rows
from chalicelib.store.tables import (
    CREW_SHARDS,
    MEMBER_SHARDS,
    MemberRow,
    PledgeRow,
    PurgeRow,
    RoundRow,
    Row,
    TimerRow,
    WantedRow,
    crew_pk,
    member_pk,
)

CHUNK = 50  # recipients in one message

ANSWERS = {
    Audience.CREW: {Answer.IN},
    Audience.WAITING: {Answer.WAITING},
    Audience.MAYBES: {Answer.MAYBE},
    Audience.CREW_AND_LINE: {Answer.IN, Answer.WAITING},
    Audience.INVOLVED: {Answer.IN, Answer.WAITING, Answer.MAYBE},
}


def bring_about(pk: str, sk: str, world: Runtime) -> bool:
    """Whatever a due row asks for. False: not done yet, bring it back. Doing it twice does it once."""
    row = row_at(pk, sk)
    if isinstance(row, WantedRow):
        return deliver_held(pk, sk, world)
    if row is None or row.due is None:
        return True
    if isinstance(row, RoundRow):
        unfold(row, world)
    elif isinstance(row, TimerRow):
        give(row, world)
    elif isinstance(row, PurgeRow):
        log("purged", code=pk.removeprefix("action#"), rows=purge(pk.removeprefix("action#")))
    return True


def unfold(row: RoundRow, world: Runtime) -> None:
    """A round into messages of some recipients each. Again after a crash: each recipient's claim is made once."""
    people = recipients(Audience(row.audience), row.pk.removeprefix("action#"))
    chunks = iter(lambda: list(islice(people, CHUNK)), [])
    queues.put_many(world, queues.BULK, (({"pk": row.pk, "sk": row.sk, "to": chunk}, 0) for chunk in chunks))
    outbox.done(row)
    log("round unfolded", code=row.pk.removeprefix("action#"), say=row.say)


def recipients(audience: Audience, code: str) -> Iterator[str]:
    """Ids of the people whom a round goes to, as they are now."""
    if audience is Audience.MEMBERS:
        keyword = keyword_of(code)
        for part in range(MEMBER_SHARDS):
            for row in rows(member_pk(keyword, part), Row.sk.startswith("member#"), is_consistent=False):
                if isinstance(row, MemberRow) and row.is_in:
                    yield row.sk.removeprefix("member#")
        return
    answers = {str(answer) for answer in ANSWERS[audience]}
    for part in range(CREW_SHARDS):
        for row in rows(crew_pk(code, part), Row.sk.startswith("pledge#")):
            if isinstance(row, PledgeRow) and row.answer in answers:
                yield row.sk.removeprefix("pledge#")


def give(row: TimerRow, world: Runtime) -> None:
    """A command that time gives, handled like any other; its cause is the timer and the moment it was set for."""
    command = command_in(dict(row.command))
    got = Received(command, cause=f"{row.sk}#{row.due}", at=world.now(), channel=Channel.TIMER)
    queues.nudge(world, handle(got, world), world.now())
    outbox.done(row)


def command_in(plain: dict[str, object]) -> ByTime:
    build = getattr(commands, str(plain.pop("type")))
    command: ByTime = build(**plain)
    return command
