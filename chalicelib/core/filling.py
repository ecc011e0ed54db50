"""How long an alert takes to fill, and how many it asks at first, by the waves' own model of who is ready.

A group of a hundred thousand is kept as a few blocks of people who are asked one after another: so an organizer can try
another number or another time without anybody being read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil, exp, log, sqrt

from chalicelib.core.readiness import MEDIAN_MINUTES, SIGMA, Readiness, learn, occasion
from chalicelib.core.waves import (
    CARE,
    NEARLY_ALL,
    PATIENCE,
    PORTION_MINUTES,
    Turn,
    WaveView,
    in_turn,
    today_of,
    with_newcomers,
)

ONE_BY_ONE = 12  # the first blocks hold one person each, the later ones ever more
GROWS = 1.4
TO_GO = 0.5  # of a seat: fewer than this are missing when it has filled as likely as not
STEPS = 40  # of halving the time that is left


@dataclass(frozen=True, slots=True)
class Block:
    """Some who are asked one after another: how many, how ready (0 to 1), the log minutes they take to answer, and
    how many minutes they are still in their quiet hours."""

    people: int
    ready: float
    delay: float
    asleep: float = 0.0


@dataclass(frozen=True, slots=True)
class Askable:
    """Everybody who could be asked, in the order of asking; `delay` and `sigma` are the whole group's."""

    blocks: tuple[Block, ...] = ()
    delay: float = log(MEDIAN_MINUTES)
    sigma: float = SIGMA

    def answered_by(self, minutes: float, delay: float) -> float:
        return Readiness({}, sigma=self.sigma).answered_by(minutes, delay)


@dataclass(frozen=True, slots=True)
class Part:
    """A block, or as much of one as is asked: the INs expected of it, how they come, and when its texts leave."""

    ins: float
    people: float
    delay: float
    leaves: float
    is_asleep: bool


def askable(view: WaveView, now: datetime) -> Askable:
    """What the waves know of a group, before the first of them. The view's own need does not matter."""
    members = {one.id: one.joined_at for one in view.candidates}
    known = learn(view.past, members, occasion(view.opened_at, view.deadline))
    turns = list(with_newcomers(in_turn(view.candidates, view.opened_at, today_of(view, known, now), now), known))
    return Askable(tuple(blocks(turns)), known.delay, known.sigma)


def blocks(turns: Sequence[Turn]) -> Iterator[Block]:
    begin, size = 0, 1.0
    while begin < len(turns):
        size = size * GROWS if begin >= ONE_BY_ONE else 1.0
        some = turns[begin : begin + int(size)]
        begin += len(some)
        for _, alike in groupby(sorted(some, key=lambda one: one.asleep), key=lambda one: one.asleep > 0):
            yield block(list(alike))


def block(some: Sequence[Turn]) -> Block:
    n = len(some)
    means = (sum(each) / n for each in zip(*((one.ready, one.delay, one.asleep) for one in some), strict=True))
    ready, delay, asleep = (round(one, 4) for one in means)
    return Block(n, ready, delay, asleep)


def parts(who: Askable, left: float, texts_a_minute: float) -> Iterator[Part]:
    """Everybody in turn, with the INs to expect of them within `left` minutes: texts leave at the sender's pace."""
    sent = 0.0
    for one in who.blocks:
        leaves = one.asleep or (sent + one.people / 2) / texts_a_minute
        sent += 0 if one.asleep else one.people
        ins = one.people * one.ready
        yield Part(ins * who.answered_by(left - leaves, one.delay), one.people, one.delay, leaves, one.asleep > 0)


def enough(all_parts: Sequence[Part], need: float) -> list[Part]:
    """As many, in turn, as should fill what is needed: of the last block only the share that is still missing."""
    asked: list[Part] = []
    coming = 0.0
    for one in all_parts:
        if coming >= need:
            break
        share = min(1.0, (need - coming) / one.ins) if one.ins else 1.0
        coming += share * one.ins
        asked.append(Part(share * one.ins, share * one.people, one.delay, one.leaves, one.is_asleep))
    return asked


def minutes_to_fill(who: Askable, need: int, left: float, texts_a_minute: float, is_all: bool = False) -> float | None:
    """In how many minutes so many seats are taken, as likely as not; None: hardly in the `left` minutes there are.

    In waves as many are asked as should just fill them in time; with `is_all` everybody is. Each says IN as readily and
    as fast as they have so far. The answer is the moment by which all but half a seat is expected to be taken, which is
    about the median of the last seat's. Later waves only make good what chance takes away: they do not come into it.
    Of two needs the greater never takes less: it asks the same people and, for one seat more, some others of whom
    exactly one IN is expected in all.
    """
    if left <= 0 or need <= 0:
        return None
    everyone = list(parts(who, left, texts_a_minute))
    asked = everyone if is_all else enough(everyone, need)
    wanted = need - TO_GO
    whole = [(one, one.ins / before) for one in asked if (before := who.answered_by(left - one.leaves, one.delay))]

    def taken(minutes: float) -> float:
        return sum(ins * who.answered_by(minutes - one.leaves, one.delay) for one, ins in whole)

    if taken(left) < wanted:
        return None
    low, high = 0.0, left
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if taken(middle) >= wanted else (middle, high)
    return high


def asked_first(who: Askable, need: int, left: float, texts_a_minute: float) -> int:
    """About how many the first wave asks, by the same rule as core/waves.py: more than should do when time is short."""
    everyone = list(parts(who, left, texts_a_minute))
    patient = exp(who.delay + 0.84 * who.sigma)
    care = CARE * max(0.0, min(1.0, (PATIENCE - left / patient) / (PATIENCE - 1)))
    asked = enough(everyone, need + care * sqrt(need))
    picked, people = sum(one.people for one in asked), sum(one.people for one in everyone)
    if people - picked <= min(NEARLY_ALL, picked / 2):
        asked = everyone
    awake = ceil(sum(one.people for one in asked if not one.is_asleep) - 1e-9)
    return min(awake, max(0, round(max(PORTION_MINUTES, left / 10) * texts_a_minute)))
