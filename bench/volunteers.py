"""Simulated volunteers: how ready they are, when they like to come, how fast they answer, and how a season goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random

CORE_SHARE = (0.15, 0.20)  # of the members; drawn for each group
CORE, TAIL = (0.17, 0.47), (0.01, 0.05)  # say IN so often when asked (JMIR mHealth e41551; bystander apps)
TASTE = 0.25  # standard deviation, in logs, of how an hour or a kind of day changes one's readiness
MEDIAN_MINUTES, SIGMA_BETWEEN, SIGMA_WITHIN = 4.0, 0.5, 1.1  # together a log-normal of sigma 1.2
SAY_OUT, SAY_MAYBE = 0.08, 0.03  # of those who don't say IN
DROP_OUT = 0.04  # of those who said IN, at any time until the deadline
JOIN_LATER = 0.10  # of the members, in the course of the season
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Volunteer:
    id: str
    joined_at: datetime
    ready: float
    delay: float  # log minutes
    tastes: tuple[float, ...]  # by part of the day, then working day and weekend

    def ready_for(self, opened_at: datetime) -> float:
        hour, day = opened_at.hour // 6, 4 + (opened_at.weekday() >= 5)
        return min(0.95, self.ready * self.tastes[hour] * self.tastes[day])


@dataclass(frozen=True, slots=True)
class Would:
    """What somebody would do if asked for one action: the same whoever asks them, and when."""

    answer: str  # in, maybe, out, or nothing
    minutes: float
    drops: float | None  # at this share of the time between their answer and the deadline


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One action of the season."""

    number: int
    opened_at: datetime
    minutes: int


def group(size: int, seed: str) -> list[Volunteer]:
    rng = Random(f"{seed} group")
    core = rng.uniform(*CORE_SHARE) * size
    people = []
    for n in range(size):
        ready = rng.uniform(*(CORE if n < core else TAIL))
        later = rng.random() < JOIN_LATER
        joined = FIRST_DAY + timedelta(days=rng.uniform(0, 120) if later else -30)
        tastes = tuple(exp(rng.gauss(-(TASTE**2) / 2, TASTE)) for _ in range(6))
        delay = log(MEDIAN_MINUTES) + rng.gauss(0, SIGMA_BETWEEN)
        people.append(Volunteer(f"v{rng.getrandbits(40):010x}", joined, ready, delay, tastes))
    return people


def season(actions: int, minutes: int, seed: str) -> list[Occurrence]:
    """Actions two or three days apart, all of each between 8:00 and 21:00."""
    rng = Random(f"{seed} season")
    day, found = FIRST_DAY, []
    for number in range(actions):
        day += timedelta(days=rng.choice((2, 3)))
        start = day + timedelta(hours=rng.uniform(8, 20.9 - minutes / 60))
        found.append(Occurrence(number, start, minutes))
    return found


def intentions(people: Sequence[Volunteer], one: Occurrence, seed: str) -> dict[str, Would]:
    rng = Random(f"{seed} action {one.number}")
    would = {}
    for who in people:
        says, other, slow, drop, when = rng.random(), rng.random(), rng.gauss(0, 1), rng.random(), rng.random()
        if says < who.ready_for(one.opened_at):
            answer = "in"
        else:
            answer = "out" if other < SAY_OUT else "maybe" if other < SAY_OUT + SAY_MAYBE else ""
        if answer:
            minutes = exp(who.delay + SIGMA_WITHIN * slow)
            would[who.id] = Would(answer, minutes, when if answer == "in" and drop < DROP_OUT else None)
    return would
