"""What is due besides single texts: rounds unfolded, timers given, webhooks told, purges made, lists gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from chalicelib import metrics
from chalicelib.core import commands
from chalicelib.core.commands import ByTime
from chalicelib.core.hours import opens_at
from chalicelib.core.model import Answer, Channel
from chalicelib.core.outcome import Audience
from chalicelib.core.received import Received
from chalicelib.core.seats import ASKED_LATELY
from chalicelib.delivery import lists, queues
from chalicelib.delivery.bulk import MOST_AT_ONCE
from chalicelib.delivery.chunks import ANSWERS, Chunk, Job, job_of
from chalicelib.delivery.hooks import tell
from chalicelib.delivery.sending import seconds_since
from chalicelib.handle import handle
from chalicelib.log import log, tracing
from chalicelib.runtime import Runtime
from chalicelib.store import outbox, sender
from chalicelib.store.asking import people_of, story_of
from chalicelib.store.codec import keyword_of
from chalicelib.store.commit import Nudge
from chalicelib.store.members import Asking, members
from chalicelib.store.plain import from_iso, from_plain, in_parts, iso, listed, unlisted
from chalicelib.store.purging import purge
from chalicelib.store.reading import row_at
from chalicelib.store.tables import (
    CREW_SHARDS,
    HookRow,
    PeopleListRow,
    PurgeRow,
    RoundRow,
    Row,
    TextRow,
    TimerRow,
)
from chalicelib.store.values import (
    action_key,
    get,
    group_key,
    pledge_rows,
)

EARLY = timedelta(seconds=5)  # by which a nudge may come before its time
LEASED = timedelta(seconds=30)  # for which one unfolder has a round; whoever follows a dead one waits that long
CHUNK_SECONDS = 15  # of the sender's pace that a chunk holds at most
AHEAD = timedelta(seconds=60)  # of the sender's pace that is on the queue; the rest of a round is unfolded later
SOONER = timedelta(seconds=15)


def bring_about(pk: str, sk: str, world: Runtime) -> bool:
    """Whatever a due row asks for. False: not done yet, bring it back. Doing it twice does it once."""
    row = row_at(pk, sk)
    if row is None or row.due is None or from_iso(row.due) > world.now() + EARLY:
        return True  # done, or not yet: the clock finds it when its time has come
    metrics.measure("QueueAge", seconds_since(from_iso(row.due), world), by="due")
    with tracing(getattr(row, "trace", None) or ""):
        bring_row(row, world)
    return True


def bring_row(row: Row, world: Runtime) -> None:
    if isinstance(row, TextRow):
        bring_held(row, world)
    elif isinstance(row, RoundRow):
        unfold(row, world)
    elif isinstance(row, TimerRow):
        give(row, world)
    elif isinstance(row, PeopleListRow):
        lists.go_on(row, world)
    elif isinstance(row, HookRow):
        tell(row, world)
    elif isinstance(row, PurgeRow):
        code = row.pk.removeprefix("action#")
        log("purged", code=code, rows=purge(code))


def bring_held(row: TextRow, world: Runtime) -> None:
    """What waited for the end of somebody's quiet hours: on its way, if it is still to be said."""
    code, person = row.code, row.pk.removeprefix("person#")
    job = job_of(f"action#{code}", row.round or "", world)
    if job is None or job.is_over():
        drop(row, world)
        return
    if not outbox.lease(row, world.now() + LEASED * 4):
        return
    queues.put_many(world, queues.BULK, [(Chunk(job.row.pk, job.row.sk, (person,)).message(), 0)])


def drop(row: TextRow, world: Runtime) -> None:
    if outbox.claim(row, world.now()):
        outbox.settle(row, outbox.Sent.WITHHELD, world.now(), why="not needed any more")


# --- rounds -------------------------------------------------------------------------------------------


def unfold(row: RoundRow, world: Runtime) -> None:
    """A round into chunks, each with a stretch of the sender's time; of a long one a minute's worth at a time.

    Again after a crash: each recipient's claim is made once.
    """
    now = world.now()
    job = job_of(row.pk, row.sk, world)
    if job is None or job.is_over():
        outbox.done(row)
        return
    if not outbox.lease(row, now + LEASED):
        return
    went = Unfolding(job, now)
    after = went.put_chunks(row.after or "")
    if after is not None:
        go_on_at(row, after, went, went.next_at - SOONER, world)
    elif went.opens and (not row.until or iso(went.opens) < row.until):
        go_on_at(row, "", went, went.opens, world)
        log("round waits for quiet hours to end", code=job.code, until=iso(went.opens))
    else:
        outbox.done(row)
        log("round unfolded", code=job.code, say=row.say)


def go_on_at(row: RoundRow, after: str, went: Unfolding, due: datetime, world: Runtime) -> None:
    due = max(due, world.now() + timedelta(seconds=1))
    is_next_stage = not after
    opened = went.stages if not is_next_stage else (*went.stages, iso(due))
    opens = iso(went.opens) if went.opens and not is_next_stage else None
    outbox.unfolded_to(row, after or None, due, listed(opened), opens)
    queues.nudge(world, [Nudge(False, row.pk, row.sk, due)], world.now())


class Unfolding:
    """One stretch of unfolding a round: from where it was left, until the queue holds a minute's worth.

    An alert to everybody goes to each member when their hours allow: at its first stage to those whose hours do then,
    at the next to those whose hours have opened since. `opens` is when that will be.
    """

    def __init__(self, job: Job, now: datetime) -> None:
        self.job, self.world, self.now = job, job.world, now
        self.stages = unlisted(job.row.opened) or (iso(now),)
        self.opens = from_iso(job.row.opens) if job.row.opens else None
        self.next_at = now
        self.is_by_hours = job.is_alert and job.row.audience == Audience.MEMBERS
        self.is_emergency = bool(job.action and job.action.is_emergency)

    def put_chunks(self, after: str) -> str | None:
        """How far it came; None: to the end."""
        world, rate = self.world, self.world.settings.bulk_rate / self.job.segments
        size = max(1, min(MOST_AT_ONCE, int(rate * CHUNK_SECONDS)))
        people, many = recipients(self.job, after), size
        while batch := list(islice(people, many)):
            many = size * queues.BATCH  # the first chunk goes off at once, the others ten in a request
            ids = [one.id if isinstance(one, Asking) else one for _, one in batch if self.is_for(one)]
            if ids:
                at = sender.reserve(len(ids) * self.job.segments, world.settings.bulk_rate, world.now())
                self.put(ids, size, at, rate)
                self.next_at = at + timedelta(seconds=len(ids) / rate)
            if self.next_at > world.now() + AHEAD or world.now() > self.now + LEASED / 2:
                return batch[-1][0]
        return None

    def put(self, ids: list[str], size: int, at: datetime, rate: float) -> None:
        messages = []
        for part in in_parts(ids, size):
            delay = max(0, int((at - self.world.now()).total_seconds()))
            messages.append(
                (Chunk(self.job.row.pk, self.job.row.sk, tuple(part), at).message(), min(delay, queues.LONGEST_DELAY))
            )
            at += timedelta(seconds=len(part) / rate)
        queues.put_many(self.world, queues.BULK, messages)

    def is_for(self, one: Asking | str) -> bool:
        """Whether it is this recipient's turn at this stage."""
        if isinstance(one, str):
            return True
        if not one.is_in:
            return False
        if not self.is_by_hours or self.is_emergency:
            return len(self.stages) == 1
        unknown, hours = self.world.settings.unknown_states, self.job.group.hours if self.job.group else None
        opens = [opens_at(one.place, from_iso(stage), unknown, hours) for stage in self.stages]
        if opens[-1] is not None:
            self.opens = min(self.opens, opens[-1]) if self.opens else opens[-1]
            return False
        return all(opens[:-1])


def recipients(job: Job, after: str) -> Iterator[tuple[str, Asking | str]]:
    """Whom a round goes to, as they are now, each with how far that is."""
    audience, code = Audience(job.row.audience), job.code
    if audience is Audience.MEMBERS:
        return not_asked(job, after)
    if audience in {Audience.WAVE, Audience.NAMED}:
        start = int(after or 0)
        named = enumerate(people_of(job.row)[start:], start=1)
        return ((str(start + n), one) for n, one in named if one != job.row.but)
    if audience is Audience.ASKED:
        return asked_and_silent(job, after)
    if audience is Audience.TALK:
        return hearers(job, after)
    return pledged(code, {str(answer) for answer in ANSWERS[audience]}, after, job.row.but)


def hearers(job: Job, after: str) -> Iterator[tuple[str, str]]:
    """Of a crew's talk: the crew, and whoever raised the action if they want to hear it; who is both has one row."""
    yield from pledged(job.code, {str(Answer.IN)}, after, job.row.but)
    if after == ORGANIZER_TOO or job.organizer in {"", job.row.but} or job.organizer in job.deaf:
        return
    yield ORGANIZER_TOO, job.organizer


ORGANIZER_TOO = f"{CREW_SHARDS}#"  # after the last part of the crew


def pledged(code: str, answers: set[str], after: str, but: str | None) -> Iterator[tuple[str, str]]:
    for at, row in pledge_rows(code, after):
        person = row.sk.removeprefix("pledge#")
        if row.answer in answers and person != but:
            yield at, person


def not_asked(job: Job, after: str) -> Iterator[tuple[str, Asking]]:
    """Members whom no wave has asked, and who have not answered by themselves."""
    action = job.action
    known: set[str] = set()
    if action is not None and action.asked:
        story = story_of(action)
        known = {one for row in story.rounds for one in people_of(row)} | {one.person for one in story.pledges}
    return ((at, one) for at, one in members(keyword_of(job.code), after) if one.id not in known)


def asked_and_silent(job: Job, after: str) -> Iterator[tuple[str, Asking | str]]:
    """Who was asked in the last half hour and has not answered, if the group's organizers want them told."""
    key, about = group_key(keyword_of(job.code)), action_key(job.code)
    found = get([key, about])
    if key not in found or about not in found or not found[key].tells_asked:
        return iter(())
    story, since = story_of(found[about]), from_iso(job.row.at) - ASKED_LATELY
    answered = {one.person for one in story.pledges} | {found[about].raised_by}
    lately = [row for row in story.rounds if from_iso(row.at) >= since]
    if any(row.audience == Audience.MEMBERS for row in lately):
        return ((at, one) for at, one in members(keyword_of(job.code), after) if one.id not in answered)
    people = sorted({one for row in lately for one in people_of(row)} - answered)
    start = int(after or 0)
    return ((str(start + n), one) for n, one in enumerate(people[start:], start=1))


# --- timers -------------------------------------------------------------------------------------------


def give(row: TimerRow, world: Runtime) -> None:
    """A command that time gives, handled like any other; its cause is the timer and the moment it was set for."""
    command = command_in(dict(row.command))
    got = Received(command, cause=f"{row.sk}#{row.due}", at=world.now(), channel=Channel.TIMER)
    queues.nudge(world, handle(got, world).nudges, world.now())
    outbox.done(row)


def command_in(plain: dict[str, object]) -> ByTime:
    build = getattr(commands, str(plain.pop("type")))
    command: ByTime = build(**from_plain(plain))
    return command
