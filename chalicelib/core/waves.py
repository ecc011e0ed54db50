"""Whom to ask next, how many, and when to look again: an alert with a need goes out in waves.

The rule in one breath: ask the readiest who were asked least lately, as many as should fill the seats; count what the
silent may still answer; ask more when that falls short; hurry as the deadline comes near; stop when it is filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import inf, sqrt
from operator import itemgetter
from typing import NamedTuple

from chalicelib.core.readiness import COMES, MOST_READY, Past, Readiness, Reply, learn, occasion

__all__ = ["Asked", "Candidate", "Past", "Reply", "Wave", "WaveView", "first_wave_size", "plan"]

# Measured with bench/waves.py: more BURDENS shares more evenly and costs texts.
BURDENS = 1.0  # each asking lately makes one's turn come later: turn = readiness / (1 + BURDENS * burden)
NEWCOMER_PLACE = 10  # every tenth place of a wave is a newcomer's
FEW_ASKINGS = 3  # a newcomer has been asked less often than this
SHORT = 0.3  # seats: a smaller shortfall is none
SLACK = 1.0  # when there is time, a shortfall within so many standard deviations is left to chance
CARE = 1.0  # when there is none, so many standard deviations more than what is missing are to be expected
PATIENCE = 2.0  # in rounds, in each of which four of five answers come: with fewer left than this, hurry begins
TODAY_WEIGHS = 6  # in INs: how firmly today's answers are held to be as usual
NEARLY_ALL = 10  # so few are not left out, if they are less than half as many as those asked
PORTION_MINUTES = 2.0  # a wave is no more than the sender can send in this time, or in a tenth of the time left
LEAST_LOOK = 20 / 60  # minutes
LAST_MINUTES = 2.0  # before the deadline, in which no further wave goes out: hardly anybody would read it in time
NO_SEAT = 0.01  # when fewer are expected, nobody is


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who may be asked. `free_at`: None: now; else the moment from which quiet hours let them be asked.

    Who can't be asked at all (cap, pledged elsewhere at that time, stopped) is not among the candidates.
    """

    id: str
    joined_at: datetime
    free_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody already asked for this action, and what came of it."""

    id: str
    at: datetime
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class WaveView:
    """What a wave is planned from. `opened_at` is in the group's own zone; `deadline` is the action's start, or its
    end if it has none; `taken` counts seats (parties too) but not the line, which is seated before a plan is made.
    """

    need: int
    taken: int
    wave: int
    opened_at: datetime
    deadline: datetime
    candidates: Sequence[Candidate]
    asked: Sequence[Asked]
    past: Sequence[Past]
    seats_a_second: float


@dataclass(frozen=True, slots=True)
class Wave:
    """Whom to ask now, in order; when to look again (None: never by itself); seats expected in all."""

    ask: tuple[str, ...]
    look_at: datetime | None
    expected: float


@dataclass(frozen=True, slots=True)
class Odds:
    """How many seats to expect of some people: the mean, and its variance."""

    seats: float = 0.0
    variance: float = 0.0

    def plus(self, chance: float) -> Odds:
        return Odds(self.seats + chance, self.variance + chance * (1 - chance))


@dataclass(frozen=True, slots=True)
class Times:
    """The action's time, in minutes from now. `busy`: until then the sender gives out earlier waves."""

    left: float
    busy: float
    since_wave: float
    texts_a_minute: float


@dataclass(frozen=True, slots=True)
class Today:
    """What is known of everybody, and how this action goes.

    `factor`: its INs so far, of those that were due. `hurry`: 0 to 1. `coming`: seats that the silent may still take.
    """

    known: Readiness
    times: Times
    factor: float
    hurry: float
    coming: Odds

    def chance(self, ready: float, minutes: float, delay: float) -> float:
        """That somebody asked so many minutes from now is in by the deadline."""
        return min(ready * self.factor, MOST_READY) * self.known.answered_by(self.times.left - minutes, delay)


class Turn(NamedTuple):
    """A candidate's place in the order of asking: `later` decides, then `tie`. `asleep`: minutes until they may be."""

    later: float
    tie: bytes
    id: str
    ready: float
    delay: float
    asleep: float


def plan(view: WaveView, now: datetime, is_forced: bool = False) -> Wave:
    """The next wave. `is_forced` is MORE: it goes out now though it would wait."""
    long_ago = datetime.min.replace(tzinfo=UTC)
    members = {one.id: long_ago for one in view.asked} | {one.id: one.joined_at for one in view.candidates}
    return next_wave(view, learn(view.past, members, occasion(view.opened_at, view.deadline)), now, is_forced)


def first_wave_size(view: WaveView, now: datetime) -> int:
    """How many the first wave would ask, for the draft."""
    return len(plan(view, now).ask)


def next_wave(view: WaveView, known: Readiness, now: datetime, is_forced: bool = False) -> Wave:
    """The plan, from what is known of everybody (the bench's oracle knows better)."""
    missing = view.need - view.taken
    too_late = LAST_MINUTES if view.asked and not is_forced else 0.0
    if missing <= 0 or minutes(now, view.deadline) <= too_late:
        return Wave((), None, float(view.taken))

    today = today_of(view, known, now)
    picked: list[Turn] = []
    if is_forced:
        awake = [one for one in view.candidates if one.free_at is None or one.free_at <= now]
        turns = in_turn(awake, view.opened_at, today, now)
        half = Odds(today.coming.seats / 2, today.coming.variance / 2)  # the silent are counted half
        picked = enough(turns, today, missing, half) or turns[:1]
    elif is_short(today, missing):
        picked = enough(in_turn(view.candidates, view.opened_at, today, now), today, missing, today.coming)

    ask = [one for one in picked if not one.asleep]
    coming = add(today, ask, today.coming)
    look = next_look(today, picked, len(ask), now)
    return Wave(tuple(one.id for one in ask), look, view.taken + coming.seats)


# --- how it goes so far ----------------------------------------------------------------------------


def today_of(view: WaveView, known: Readiness, now: datetime) -> Today:
    times, reached = reach(view, now)
    ins = sum(one.reply is not None and one.reply.answer in COMES for one, _ in reached)
    due = sum(known.of(one.id) * known.answered_by(since, known.delay_of(one.id)) for one, since in reached)
    factor = (TODAY_WEIGHS + ins) / (TODAY_WEIGHS + due)
    silent = [(one.id, since) for one, since in reached if one.reply is None]
    return Today(known, times, factor, hurry_of(times, known), still_coming(silent, known, times.left, factor))


def reach(view: WaveView, now: datetime) -> tuple[Times, list[tuple[Asked, float]]]:
    """When each text left, or will: one after another, at the sender's pace. With each, the minutes since."""
    pace = view.seats_a_second * 60
    reached = []
    last, sender_free = -inf, -inf
    for at, one in sorted(((minutes(now, one.at), one) for one in view.asked), key=itemgetter(0)):
        last, leaves = at, max(at, sender_free)
        sender_free = leaves + 1 / pace
        reached.append((one, -leaves))
    return Times(minutes(now, view.deadline), max(0.0, sender_free), -last, pace), reached


def minutes(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / 60


def still_coming(silent: list[tuple[str, float]], known: Readiness, left: float, factor: float) -> Odds:
    """What the silent may still answer by the deadline: less with each minute of silence, by Bayes's rule."""
    odds = Odds()
    for who, since in silent:
        ready, delay = min(known.of(who) * factor, MOST_READY), known.delay_of(who)
        by_now, by_deadline = known.answered_by(since, delay), known.answered_by(since + left, delay)
        answers = min(ready * known.answers_an_in, MOST_READY)
        odds = odds.plus(ready * (by_deadline - by_now) / (1 - answers * by_now))
    return odds


def hurry_of(times: Times, known: Readiness) -> float:
    """0 while rounds of asking and answering are left to mend a shortfall; 1 when the next is the last."""
    rounds = (times.left - times.busy) / known.patient_minutes
    return max(0.0, min(1.0, (PATIENCE - rounds) / (PATIENCE - 1)))


def is_short(today: Today, missing: int) -> bool:
    """With time left, a shortfall that chance may mend is waited out; without, chance is insured against."""
    margin = CARE * today.hurry - SLACK * (1 - today.hurry)
    return missing - today.coming.seats + margin * sqrt(today.coming.variance) > SHORT


# --- who, and how many -----------------------------------------------------------------------------


def in_turn(candidates: Sequence[Candidate], opened_at: datetime, today: Today, now: datetime) -> list[Turn]:
    """The readiest first, but everyone's turn comes later for each time they were asked lately."""
    known, times = today.known, today.times
    salt = opened_at.isoformat().encode()[:16]
    turns = []
    for one in candidates:
        asleep = max(0.0, minutes(now, one.free_at)) if one.free_at else 0.0
        ready, delay = known.of(one.id), known.delay_of(one.id)
        turn = today.chance(ready, asleep or times.busy, delay) / (1 + BURDENS * known.burden_of(one.id))
        tie = blake2b(one.id.encode(), digest_size=8, salt=salt).digest()
        turns.append(Turn(-turn, tie, one.id, ready, delay, asleep))
    turns.sort()
    return turns


def with_newcomers(turns: list[Turn], known: Readiness) -> Iterator[Turn]:
    """The same, with every tenth place given to the newcomer whose turn comes next."""
    newcomers = (one for one in turns if known.askings_of(one.id) < FEW_ASKINGS)
    others = iter(turns)
    placed: set[str] = set()
    for place in range(1, len(turns) + 1):
        line = newcomers if place % NEWCOMER_PLACE == 0 else others
        free = (one for one in line if one.id not in placed)
        one = next(free, None) or next(one for one in others if one.id not in placed)
        placed.add(one.id)
        yield one


def enough(turns: list[Turn], today: Today, missing: int, coming: Odds) -> list[Turn]:
    """As many, in order, as should fill what is missing; no more than the sender can send for now."""
    care, most = CARE * today.hurry, room(today.times)
    picked: list[Turn] = []
    awake = 0
    for one in with_newcomers(turns, today.known):
        if awake >= most:
            break
        if coming.seats - care * sqrt(coming.variance) >= missing:
            rest = len(turns) - len(picked)
            return turns if rest <= min(NEARLY_ALL, len(picked) // 2) else picked
        coming = add(today, [one], coming, awake)
        awake += not one.asleep
        picked.append(one)
    return picked


def room(times: Times) -> int:
    """How many texts the sender can take on for now: a portion, less what it still has to send."""
    return round((max(PORTION_MINUTES, times.left / 10) - times.busy) * times.texts_a_minute)


def add(today: Today, asked: Sequence[Turn], coming: Odds, before: int = 0) -> Odds:
    """What is coming when these are asked as well, after `before` others."""
    times = today.times
    for n, one in enumerate(asked, before):
        leaves = one.asleep or times.busy + n / times.texts_a_minute
        coming = coming.plus(today.chance(one.ready, leaves, one.delay))
    return coming


def next_look(today: Today, picked: Sequence[Turn], asked: int, now: datetime) -> datetime | None:
    """Often while answers come fast, ever less often after; when a sleeper wakes; when the sender is free for more."""
    times = today.times
    sent = times.busy + asked / times.texts_a_minute
    wakes = [one.asleep for one in picked if one.asleep]
    since = 0.0 if asked else min(times.since_wave, times.left)
    gap = min((today.known.usual_minutes + since) / 2, times.left / 3)
    if asked and asked >= room(times):
        gap = 0.0
    moments = list(wakes)
    if sent or today.coming.seats >= NO_SEAT:
        moments.append(sent + gap)
    look = max(LEAST_LOOK, min(moments, default=inf))
    return now + timedelta(minutes=look) if look < times.left - LAST_MINUTES else None
