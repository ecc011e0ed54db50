"""A round's texts, many at a time and each once: a chunk of recipients claimed, sent at the sender's pace, settled.

The same rules as for one text (delivery/sending.py), with the requests put together: people looked up a hundred at a
time, claims and settlements in batches. Recipients whose texts are not settled yet come again in a smaller chunk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib import metrics
from chalicelib.core.consent import countries_of, may_hear_at, why_not
from chalicelib.core.hours import opens_at
from chalicelib.core.model import Person, Pledge
from chalicelib.core.outcome import Audience
from chalicelib.delivery import carrier, queues
from chalicelib.delivery.carrier import Answer, Lane, Letter, Meaning, Refused, Took, Unknown, Unreached
from chalicelib.delivery.chunks import Chunk, Job, job_of
from chalicelib.delivery.refusals import (
    count_failure,
    follow,
    is_held,
    spend,
    stand_still,
    stands_still,
    taken_again,
)
from chalicelib.delivery.sending import people, receipts_to, seconds_since, settled_by_list
from chalicelib.delivery.sending import settle as settle_one
from chalicelib.log import log, trace_in, tracing
from chalicelib.runtime import Runtime
from chalicelib.store import batches, outbox, sender
from chalicelib.store.asking import asked_lately
from chalicelib.store.members import place_of
from chalicelib.store.outbox import Sent
from chalicelib.store.plain import from_iso, iso, unlisted
from chalicelib.store.reading import row_at
from chalicelib.store.tables import TextRow
from chalicelib.store.values import get, group_key, pledges_of
from chalicelib.store.views import left_today

MOST_AT_ONCE = 100  # people in one request of BatchGetItem
STALE = 0.25  # seconds for which what was read of people counts: who says STOP meanwhile is not overlooked
LATE = timedelta(seconds=2)  # a chunk that comes later than that after its time gets another
LONGEST_WORK = 18.0  # seconds: what is left then goes back on the queue
STILL_WAITS = 60  # seconds that a chunk is put off while sending stands still
AGAIN = (2, 5, 15, 42, 62)  # seconds after which what is not settled comes again: the fifth time a minute has passed


# --- a chunk ------------------------------------------------------------------------------------------


def deliver_chunk(chunk: Chunk, world: Runtime) -> None:
    """Sends a round to some of its recipients; those not settled are put on the queue again."""
    job = job_of(chunk.pk, chunk.sk, world)
    if job is not None:
        with tracing(job.row.trace or ""):
            deliver_job(chunk, job, world)


def deliver_job(chunk: Chunk, job: Job, world: Runtime) -> None:
    if job.is_over():
        log("not needed any more", code=job.code, say=job.row.say)
        return
    if stands_still(world):
        again(chunk, chunk.to, STILL_WAITS, world, is_try=False)
        return
    start = slot(chunk, job, world)
    wait = (start - world.now()).total_seconds()
    if wait > LATE.total_seconds():
        again(replace(chunk, at=start), chunk.to, int(wait), world, is_try=False)
        return
    if chunk.at:
        metrics.measure("QueueAge", seconds_since(chunk.at, world), by="bulk")
    work_through(chunk, job, start, world)


def slot(chunk: Chunk, job: Job, world: Runtime) -> datetime:
    """The moment from which its texts may go out; another one where its own has passed."""
    now = world.now()
    if chunk.at and chunk.at > now - LATE:
        return chunk.at
    return sender.reserve(len(chunk.to) * job.segments, world.settings.bulk_rate, now)


def again(chunk: Chunk, people: Sequence[str], delay: int, world: Runtime, is_try: bool = True) -> None:
    """What is not done comes again; its time, where it has one, stays."""
    if people:
        left = replace(chunk, to=tuple(people), tries=chunk.tries + is_try, at=None if is_try else chunk.at)
        queues.put_many(world, queues.BULK, [(left.message(), min(delay, queues.LONGEST_DELAY))])


def work_through(chunk: Chunk, job: Job, start: datetime, world: Runtime) -> None:
    """Part after part, each looked up when its moment has come and no larger than what then goes out at once."""
    began, left = time.monotonic(), list(chunk.to)
    a_second = world.settings.bulk_rate / job.segments
    unsettled: list[str] = []
    part_size = max(1, min(MOST_AT_ONCE, int(a_second * STALE)))
    done = Done()
    while left and not done.is_stopped and time.monotonic() - began < LONGEST_WORK:
        time.sleep(max(0.0, (start - world.now()).total_seconds()))
        if is_held():
            break
        size = 1 if is_suspect() else part_size
        part, left = left[:size], left[size:]
        done = Part(job, a_second, chunk.tries == 0, asked_at(chunk, job)).deliver(part)
        start += timedelta(seconds=len(part) / a_second)
        unsettled += done.unsettled
        FAILED_AT[0] = time.monotonic() if done.is_failing else 0.0
        if done.is_failing and size == 1:
            break
    again(chunk, unsettled, AGAIN[min(chunk.tries, len(AGAIN) - 1)], world)
    again(chunk, () if done.is_over_limit else left, SUSPECTED if done.is_failing else 1, world, is_try=False)


def asked_at(chunk: Chunk, job: Job) -> datetime | None:
    """When an alert was sent off, or those whose hours opened later had their turn; None: this one waited by itself."""
    if not job.is_alert or (chunk.at is None and not chunk.tries):
        return None
    opened = unlisted(job.row.opened)
    return from_iso(opened[-1] if opened else job.row.at)


FAILED_AT = [0.0]  # when the carrier last answered none of a part, on this process's own clock; 0: it does
SUSPECTED = 15  # seconds in which one text tries before the others, and after which a chunk comes again


def is_suspect() -> bool:
    return bool(FAILED_AT[0]) and time.monotonic() - FAILED_AT[0] < 4 * SUSPECTED


@dataclass
class Done:
    """What is left of a part: who is not settled; whether the carrier seems away; whether nothing more may go out."""

    unsettled: list[str] = field(default_factory=list)
    is_failing: bool = False
    is_stopped: bool = False
    is_over_limit: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some recipients, from looking them up to settling. `is_first`: they were not counted as spent before.

    `asked_at` is the moment from which an alert's texts are timed.
    """

    job: Job
    a_second: float
    is_first: bool
    asked_at: datetime | None = None

    @property
    def world(self) -> Runtime:
        return self.job.world

    def deliver(self, ids: Sequence[str]) -> Done:
        found = people(ids, is_consistent=False)
        pledges = pledges_of(self.job.code, ids, is_consistent=False) if self.job.answers else {}
        ready = self.ready(ids, found, pledges)
        affordable = self.affordable(ready)
        done = self.deliver_to(ready[:affordable], found, pledges)
        if affordable < len(ready):
            done.is_stopped = done.is_over_limit = True
        return done

    def affordable(self, ids: Sequence[str]) -> int:
        """How many of these today's limits still pay for; they are counted as spent."""
        if not self.is_first:
            return len(ids)
        most = len(ids)
        group = self.job.group
        while most and not spend(
            self.job.keyword, self.job.segments * most, self.world, group.daily_cents if group else None
        ):
            left = left_today(self.job.keyword, self.world.now(), self.world, group)
            most = min(most - 1, left // self.job.segments)
        return most

    def deliver_to(self, ready: Sequence[str], found: Mapping[str, Person], pledges: Mapping[str, Pledge]) -> Done:
        job, world = self.job, self.world
        if not ready:
            return Done()
        claimed_at = iso(world.now())
        claims = self.claim([found[one] for one in ready], claimed_at)
        ours = [one for one in ready if job.key(one) in claims.did]
        answers = carrier.wait_for(self.send({one: self.letter(found[one], pledges.get(one)) for one in ours}))
        done = self.settle(answers, claimed_at)
        done.unsettled += [one for one in ready if job.key(one) in claims.busy]
        done.unsettled += self.settle_others(
            [one for one in ready if job.key(one) not in claims.did | claims.busy], found, pledges
        )
        return done

    # --- who may be texted ----------------------------------------------------------------------------

    def ready(self, ids: Sequence[str], found: Mapping[str, Person], pledges: Mapping[str, Pledge]) -> list[str]:
        """Those who may be texted now; of the others it is noted why not, or until when they wait."""
        job, world, now = self.job, self.world, self.world.now()
        ready, withheld = [], dict[str, list[str]]()
        keyword = job.keyword if job.is_alert else ""
        capped = self.capped(found) if job.is_alert else set()
        countries = world.settings.countries
        countries = countries_of(job.group, countries) if job.is_alert else countries
        for one in ids:
            person = found.get(one)
            why = why_not(person, countries, keyword)
            if not why and one in capped:
                why = "cap"
            if not why and job.answers and person is not None:
                why = self.gone(person, pledges.get(one))
            if why or person is None:
                withheld.setdefault(why, []).append(one)
            elif until := self.held_until(person, now):
                row = job.recipient_row(job.key(one), round=job.row.sk)
                if not outbox.hold(row, until, "quiet hours"):
                    outbox.wait(row, until, job.row.sk)  # put back before
            else:
                ready.append(one)
        for why, those in withheld.items():
            row = job.recipient_row(("", ""), state=Sent.WITHHELD, why=why, claimed_at=iso(now))
            claims = batches.claim_all([job.key(one) for one in those], row)
            for one in those:
                if job.key(one) not in claims.did | claims.busy:
                    outbox.withhold(job.recipient_row(job.key(one)), why)  # put back before
            log("withheld", say=job.row.say, why=why, people=len(those))
        return ready

    def gone(self, person: Person, pledge: Pledge | None) -> str:
        """Why news for a crew is not for this one any more: who has said OUT meanwhile, or does not hear its talk."""
        is_talk = self.job.audience is Audience.TALK
        if is_talk and person.id == self.job.organizer:
            return "muted" if person.id in self.job.deaf else ""
        if pledge is None or pledge.answer not in self.job.answers:
            return "out since"
        if pledge.is_gone and self.job.keyword not in person.groups:
            return "left"
        return "muted" if is_talk and pledge.is_muted else ""

    def held_until(self, person: Person, now: datetime) -> datetime | None:
        """When this person's hours allow an alert, or news that may wait: the law's at their place, and their own.

        An alert also keeps to those that its group has set. Emergencies pass.
        """
        action = self.job.action
        if action is None or action.is_emergency or not (self.job.is_alert or self.job.row.may_wait):
            return None
        hours = self.job.group.hours if self.job.is_alert and self.job.group else None
        unknown = self.world.settings.unknown_states
        return may_hear_at(person, place_of(person.place), now, action.zone, unknown, hours)

    def law_opens_at(self, person: Person, now: datetime) -> datetime | None:
        return opens_at(place_of(person.place), now, self.world.settings.unknown_states)

    def capped(self, found: Mapping[str, Person]) -> set[str]:
        """Who has had as many alerts as anybody gets in a day, or as this group gives to anybody.

        Read only of those whose groups raised that many.
        """
        most, now = self.world.settings.texts_a_day, self.world.now()
        keywords = {keyword for person in found.values() for keyword in person.groups}
        groups = get(map(group_key, keywords))
        raised = {one.keyword: sum(now - at < timedelta(hours=24) for at in one.alerted) for one in groups.values()}
        may_be = [one.id for one in found.values() if sum(raised.get(word, 0) for word in one.groups) > most]
        capped = {one for one in may_be if asked_lately(one, self.job.code, now) >= most}
        keyword, own = self.job.keyword, self.job.group.texts_a_day if self.job.group else None
        if own is not None and raised.get(keyword, 0) > own:
            left = found.keys() - capped
            capped |= {one for one in left if asked_lately(one, self.job.code, now, keyword) >= own}
        return capped

    # --- claim, send, settle --------------------------------------------------------------------------

    def claim(self, ready: Sequence[Person], claimed_at: str) -> batches.Done:
        """What goes out outside the law's hours, because the group is an emergency group, is marked: that is asked."""
        action, now = self.job.action, self.world.now()
        is_urgent = self.job.is_alert and action is not None and action.is_emergency
        passed = [one.id for one in ready if is_urgent and self.law_opens_at(one, now)]
        claims = batches.Done(frozenset(), frozenset())
        for ids, why in (([one.id for one in ready if one.id not in passed], None), (passed, "emergency")):
            row = self.job.recipient_row(("", ""), state=Sent.SENDING, claimed_at=claimed_at, why=why)
            some = batches.claim_all([self.job.key(one) for one in ids], row)
            claims = batches.Done(claims.did | some.did, claims.busy | some.busy)
        if passed:
            log("outside quiet hours' limits: an emergency group", code=self.job.code, people=len(passed))
        return claims

    def letter(self, person: Person, pledge: Pledge | None = None) -> Letter:
        job = self.job
        body = job.body(person, pledge)
        trace = job.row.trace or (trace_in(job.row.sk) if job.is_alert else "")
        receipts = receipts_to(*job.key(person.id), self.world, job.weight(person.id), trace)
        return Letter(person.phone, body, receipts, job.validity())

    async def send(self, letters: Mapping[str, Letter]) -> dict[str, Answer]:
        """All over the lane's connections, each at its own moment, whatever the carrier takes for the others."""
        began = time.monotonic()

        async def one(n: int, letter: Letter) -> Answer:
            pause = n / self.a_second - (time.monotonic() - began)
            if pause > 0:
                await asyncio.sleep(pause)
            return await carrier.send(self.world, letter, Lane.BULK)

        answers = await asyncio.gather(*(one(n, letter) for n, letter in enumerate(letters.values())))
        return dict(zip(letters, answers, strict=True))

    def settle(self, answers: Mapping[str, Answer], claimed_at: str) -> Done:
        """What the carrier's answers make of the rows, and what follows from its refusals."""
        job, world, now = self.job, self.world, self.world.now()
        changes = {job.key(one): change for one, answer in answers.items() if (change := changed(answer, now))}
        # What cannot be written stays claimed: the carrier's list settles it.
        missed = batches.settle_all(changes, claimed_at).busy
        done = Done([one for one, answer in answers.items() if not is_settled(answer) or job.key(one) in missed])
        for one, answer in answers.items():
            count_failure(answer)
            if isinstance(answer, Refused):
                self.refused(one, answer, done)
        taken = [answer for answer in answers.values() if isinstance(answer, Took)]
        took = len(taken)
        failed = sum(job.weight(one) for one, answer in answers.items() if is_lost(answer))
        segments = sum(answer.segments for answer in taken)
        sender.spend_on(job.code, took, segments, alerts=took if job.is_alert else 0, failed=failed)
        done.is_failing = (
            bool(answers) and not took and any(isinstance(a, Unknown | Unreached) for a in answers.values())
        )
        log("chunk", code=job.code, say=job.row.say, sent=took, unsettled=len(done.unsettled), asked=len(answers))
        metrics.count("Sends", took)
        if took:
            taken_again(world)
            self.time_alert()
        return done

    def time_alert(self) -> None:
        if self.asked_at:
            metrics.measure("AlertSeconds", seconds_since(self.asked_at, self.world))

    def refused(self, one: str, answer: Refused, done: Done) -> None:
        if answer.meaning is Meaning.OURS:
            stand_still(answer.code, self.world)
            done.is_stopped = True
            done.unsettled.append(one)
        elif answer.meaning is Meaning.NEXT_DAY:
            self.hold_till_tomorrow(one)
        elif answer.meaning is not Meaning.LATER:
            follow(answer.code, *self.job.key(one), self.job.code, self.world, self.job.keyword)

    def hold_till_tomorrow(self, one: str) -> None:
        """Put back by settling; now it also waits in the due index, if the action will still want it."""
        key, tomorrow = self.job.key(one), self.world.now() + timedelta(hours=24)
        row = row_at(*key)
        if isinstance(row, TextRow) and row.state == Sent.PENDING:
            outbox.wait(row, tomorrow, self.job.row.sk)

    def settle_others(
        self, ids: Iterable[str], found: Mapping[str, Person], pledges: Mapping[str, Pledge]
    ) -> list[str]:
        """Recipients whose rows somebody made before: put back, waiting, in limbo, or done. Who is not settled."""
        return [one for one in ids if not self.settle_other(found[one], pledges.get(one))]

    def settle_other(self, person: Person, pledge: Pledge | None) -> bool:
        """False: not settled yet."""
        job, world = self.job, self.world
        row = row_at(*job.key(person.id))
        if not isinstance(row, TextRow) or row.state not in {Sent.PENDING, Sent.SENDING}:
            return True
        if row.state == Sent.SENDING:
            settled = settled_by_list(row, person, partial(job.is_body, person), world)
            if settled is not None:
                return settled
        elif not outbox.claim(row, world.now()):
            return True  # somebody else has it now
        answer = carrier.wait_for(carrier.send(world, self.letter(person, pledge), Lane.BULK))
        if isinstance(answer, Took):
            self.time_alert()
        return settle_one(row, answer, world, job.weight(person.id))


def changed(answer: Answer, now: datetime) -> dict[str, batches.Value] | None:
    """What is written of an answer; None: nothing, the row stays claimed until it is known."""
    if isinstance(answer, Took):
        return {
            "state": {"S": Sent.SENT},
            "sid": {"S": answer.sid},
            "segments": {"N": str(answer.segments)},
            "sent_at": {"S": iso(now)},
        }
    if isinstance(answer, Unknown):
        return None
    if isinstance(answer, Unreached) or answer.meaning in {Meaning.LATER, Meaning.OURS, Meaning.NEXT_DAY}:
        return {"state": {"S": Sent.PENDING}}
    return {"state": {"S": Sent.FAILED}, "error": {"N": str(answer.code)}}


def is_lost(answer: Answer) -> bool:
    """Whether the carrier will not have it, now or later."""
    waits = {Meaning.LATER, Meaning.OURS, Meaning.NEXT_DAY}
    return isinstance(answer, Refused) and answer.meaning not in waits


def is_settled(answer: Answer) -> bool:
    if isinstance(answer, Refused):
        return answer.meaning is not Meaning.LATER
    return isinstance(answer, Took)
