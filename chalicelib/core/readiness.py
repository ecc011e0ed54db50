"""How ready each member is to say IN, and how fast: learnt from the group's earlier actions and their own answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from math import erf, exp, fsum, log, sqrt
from typing import NamedTuple

from chalicelib.core.model import Answer

# How members' readiness is spread before anything is known: so many of a hundred members say IN to so many of a
# hundred askings. Active volunteers answer 17-47 %, bystanders 1-5 % (JMIR mHealth e41551); about one in five is
# active, and a few say IN nearly always. A group's own history moves this spread (`fitted`).
LEVELS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.17, 0.25, 0.35, 0.47, 0.65, 0.85)
SPREAD = (0.21, 0.24, 0.20, 0.10, 0.042, 0.03, 0.045, 0.055, 0.045, 0.025, 0.006, 0.002)
SPREAD_WEIGHS = 40  # the spread above counts like so many members of known readiness
FITTING_STEPS = 4

MEDIAN_MINUTES, SIGMA = 4.0, 1.2  # of the log-normal delay, before anything is known
DELAY_WEIGHS, OWN_DELAY_WEIGHS = 20, 4  # in answers

KEEPS = 0.98  # how much an action tells, of what the next one after it tells
TIRES = 0.9  # how much an asking burdens, of what one in the next action burdens
# In INs: how firmly hour, weekday and notice are held to make no difference, to the group and to one member.
OCCASION_WEIGHS, OWN_OCCASION_WEIGHS = 40, 3
LEAST_FACTOR, MOST_FACTOR = 0.5, 1.6
MOST_READY = 0.97
COMES = frozenset({Answer.IN, Answer.WAITING})


class Reply(NamedTuple):
    """What somebody answered, and how many minutes after being asked."""

    answer: Answer
    minutes: float


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier action of the group, as its answers taught. `opened_at` is in the group's own zone.

    `asked` None: everybody who was a member then. Whoever was asked and is not in `answers` stayed silent.
    """

    code: str
    opened_at: datetime
    starts_at: datetime | None
    asked: frozenset[str] | None
    answers: Mapping[str, Reply]


class Occasion(NamedTuple):
    """What may make a difference: the part of the day of the asking, the weekday of the thing, and how long before."""

    hour: int
    weekday: int
    notice: int

    def alike(self, other: Occasion) -> float:
        """1: same part of the day, same weekday, same notice. 0: none of them."""
        is_same_kind = (self.weekday >= 5) == (other.weekday >= 5)
        day = 1.0 if self.weekday == other.weekday else 0.6 if is_same_kind else 0.0
        return ((self.hour == other.hour) + day + (self.notice == other.notice) / 2) / 2.5


def occasion(opened_at: datetime, starts_at: datetime | None) -> Occasion:
    start = (starts_at or opened_at).astimezone(opened_at.tzinfo)
    hours = (start - opened_at).total_seconds() / 3600
    notice = -1 if starts_at is None else 0 if hours < 1 else 1 if hours < 4 else 2 if hours < 24 else 3
    return Occasion((opened_at.hour - 6) % 24 // 6, start.weekday(), notice)


@dataclass(slots=True)
class Record:
    """One member's own history, recent actions weighing more. `alike_…`: by how alike the occasion was to this one."""

    ins: float = 0.0
    others: float = 0.0
    alike_ins: float = 0.0
    alike_asked: float = 0.0
    burden: float = 0.0
    askings: int = 0
    answers: int = 0
    log_minutes: float = 0.0


NOTHING = Record()


@dataclass(frozen=True)
class Readiness:
    """What is known of everybody. `of`: the chance that they say IN, ever, if asked. Delays are log minutes."""

    records: Mapping[str, Record]
    spread: Sequence[float] = SPREAD
    factor: float = 1.0
    delay: float = log(MEDIAN_MINUTES)
    sigma: float = SIGMA
    answers_an_in: float = 1.5
    _rates: dict[tuple[float, float], float] = field(default_factory=dict)

    def of(self, who: str) -> float:
        """Their readiness: the group's spread, narrowed by their own answers, for an occasion like this."""
        record = self.records.get(who, NOTHING)
        usual = self.usual(record)
        return min(usual * self.factor * bounded(own_factor(record)), MOST_READY)

    def usual(self, record: Record) -> float:
        """The same, whatever the occasion."""
        key = tally(record)
        rate = self._rates.get(key)
        if rate is None:
            likely = [share * chance for share, chance in zip(self.spread, chances(*key), strict=True)]
            rate = sum(one * level for one, level in zip(likely, LEVELS, strict=True)) / sum(likely)
            self._rates[key] = rate
        return rate

    def burden_of(self, who: str) -> float:
        return self.records.get(who, NOTHING).burden

    def askings_of(self, who: str) -> int:
        return self.records.get(who, NOTHING).askings

    def delay_of(self, who: str) -> float:
        record = self.records.get(who, NOTHING)
        if not record.answers:
            return self.delay
        return (OWN_DELAY_WEIGHS * self.delay + record.log_minutes) / (OWN_DELAY_WEIGHS + record.answers)

    def answered_by(self, minutes: float, delay: float) -> float:
        """The share of their answers that comes within so many minutes of being asked."""
        return 0.5 + 0.5 * erf((log(minutes) - delay) / (self.sigma * sqrt(2))) if minutes > 0 else 0.0

    @cached_property
    def usual_minutes(self) -> float:
        return exp(self.delay)

    @cached_property
    def patient_minutes(self) -> float:
        """Four of five answers have come by then."""
        return exp(self.delay + 0.84 * self.sigma)


def own_factor(record: Record) -> float:
    """Their INs at occasions like this one, of what their INs at all occasions would make there."""
    asked = record.ins + max(record.others, 0.0)
    awaited = record.ins * min(record.alike_asked / asked, 1.0) if asked else 0.0
    return (OWN_OCCASION_WEIGHS + record.alike_ins) / (OWN_OCCASION_WEIGHS + awaited)


def bounded(factor: float) -> float:
    return max(LEAST_FACTOR, min(MOST_FACTOR, factor))


def tally(record: Record) -> tuple[float, float]:
    """INs and other askings, coarse enough that many members share one."""
    return round(record.ins, 1), round(max(record.others, 0.0) * 2) / 2


def chances(ins: float, others: float) -> list[float]:
    """How likely such a history is at each level of readiness."""
    return [level**ins * (1 - level) ** others for level in LEVELS]


def fitted(records: Iterable[Record]) -> list[float]:
    """The group's own spread: the one that makes its histories likeliest, starting from (and held by) SPREAD."""
    tallies = Counter(tally(record) for record in records)
    rows = [(count, chances(*key)) for key, count in sorted(tallies.items()) if key != (0, 0)]
    spread = list(SPREAD)
    for _ in range(FITTING_STEPS if rows else 0):
        shares = [SPREAD_WEIGHS * share for share in SPREAD]
        for count, row in rows:
            likely = [share * chance for share, chance in zip(spread, row, strict=True)]
            scale = count / sum(likely)
            shares = [share + scale * one for share, one in zip(shares, likely, strict=True)]
        total = sum(shares)
        spread = [share / total for share in shares]
    return spread


def learn(past: Sequence[Past], members: Mapping[str, datetime], now: Occasion) -> Readiness:
    """What `past` (oldest first) tells of everybody, for an occasion like `now`. `members`: when each joined."""
    records = recorded(past, members, now)
    delay, sigma, answers_an_in = timed(past)
    plain = Readiness(records, fitted(records.values()), 1.0, delay, sigma, answers_an_in)
    return Readiness(records, plain.spread, occasion_factor(past, plain, now), delay, sigma, answers_an_in)


def recorded(past: Sequence[Past], members: Mapping[str, datetime], now: Occasion) -> dict[str, Record]:
    """Everybody's record. An IN of somebody who was not asked counts like that of one who was."""
    records: dict[str, Record] = {}
    for age, one in enumerate(reversed(past)):
        weight, burden = KEEPS**age, TIRES**age
        alike = weight * now.alike(occasion(one.opened_at, one.starts_at))
        asked = one.asked if one.asked is not None else [who for who, at in members.items() if at <= one.opened_at]
        for who in asked:
            record = records.get(who)
            if record is None:
                record = records[who] = Record()
            record.others += weight
            record.alike_asked += alike
            record.burden += burden
            record.askings += 1
        for who, reply in one.answers.items():
            record = records.setdefault(who, Record())
            record.answers += 1
            record.log_minutes += log(max(reply.minutes, 0.1))
            if reply.answer in COMES:
                is_unasked = one.asked is not None and who not in one.asked
                record.ins += weight
                record.others -= 0 if is_unasked else weight
                record.alike_ins += alike
                record.alike_asked += alike if is_unasked else 0.0
    return records


def timed(past: Sequence[Past]) -> tuple[float, float, float]:
    """The delay's log median and sigma, and how many answers of any kind come for each IN."""
    logs = [log(max(reply.minutes, 0.1)) for one in past for reply in one.answers.values()]
    ins = sum(reply.answer in COMES for one in past for reply in one.answers.values())
    before, n = log(MEDIAN_MINUTES), DELAY_WEIGHS + len(logs)
    delay = (DELAY_WEIGHS * before + sum(logs)) / n
    squares = DELAY_WEIGHS * (SIGMA**2 + (before - delay) ** 2) + sum((one - delay) ** 2 for one in logs)
    return delay, sqrt(squares / n), (30 + len(logs)) / (20 + ins)


def occasion_factor(past: Sequence[Past], known: Readiness, now: Occasion) -> float:
    """How ready the group is at such an hour, weekday and notice, of its usual: 1 until its answers say else."""
    rates = {who: known.usual(record) for who, record in known.records.items()}
    everybody = fsum(rates.values())  # fsum: the order of a set must not show in the last digit
    came = awaited = float(OCCASION_WEIGHS)
    for one in past:
        alike = now.alike(occasion(one.opened_at, one.starts_at))
        due = everybody if one.asked is None else fsum(map(rates.__getitem__, one.asked))
        came += alike * sum(reply.answer in COMES for reply in one.answers.values())
        awaited += alike * due
    return bounded(came / awaited)
