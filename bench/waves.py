"""Waves against broadcast, waves of a fixed size, and an oracle that knows how ready each member truly is.

    python -m bench.waves           the whole table, and bench/waves.svg
    python -m bench.waves --quick   groups of 200 and 2,000, one deadline, one season

A season of 50 actions, of a group of which nothing is known at first; every policy meets the same people with the same
intentions. The oracle plans by the same rule, with each member's true readiness for that hour and day.

texts   for each seat filled, over the season          2nd half  the same, over its last 25 actions
filled  share of actions with every seat taken at the deadline (who drops out is missing)
minutes until first filled, median                     late      people an action who said IN and were not needed
spread  how unequally members of the same tenth of readiness were asked: coefficient of variation, weighted by texts
most    texts of 50 that the most asked member got     looks     an action, mean and most
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import inf, log10
from multiprocessing import Pool
from pathlib import Path
from random import Random
from statistics import mean, median, pstdev
from time import process_time

from bench.volunteers import CORE, Occurrence, Volunteer, Would, group, intentions, season
from chalicelib.core.model import Answer
from chalicelib.core.readiness import Past, Readiness, Reply, occasion, recorded
from chalicelib.core.waves import Asked, Candidate, Wave, WaveView, next_wave, plan

TEXTS_A_SECOND = 10.0
ACTIONS = 50
POLICIES = ("broadcast", "fixed", "waves", "oracle")


@dataclass(frozen=True, slots=True)
class Cell:
    """One season: a group, a need, a deadline, a policy."""

    size: int
    need: int
    minutes: int
    policy: str
    seed: int = 1


@dataclass(slots=True)
class Course:
    """One action as it goes. Moments are minutes since it was opened."""

    need: int
    asked: dict[str, float] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    seated: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    sender_free: float = 0.0
    waves: int = 0
    looks: int = 0
    filled_at: float | None = None
    texts_at: list[tuple[float, int]] = field(default_factory=list)
    cpu: float = 0.0


Policy = Callable[[Course, float], tuple[Sequence[str], float | None]]  # whom to ask now; when to look again


@dataclass(frozen=True, slots=True)
class Result:
    cell: Cell
    filled: float
    minutes: float | None
    spread: float
    most: int
    late: float
    looks: float
    most_looks: int
    texts: tuple[int, ...]  # by action
    seats: tuple[int, ...]
    core_requests: tuple[int, ...]  # texts to each of the active core, most first
    cpu: float  # seconds, the longest plan()

    def texts_a_seat(self, first: int = 0, last: int = ACTIONS) -> float:
        return sum(self.texts[first:last]) / max(1, sum(self.seats[first:last]))


# --- policies --------------------------------------------------------------------------------------


def broadcast(people: Sequence[Volunteer]) -> Policy:
    return lambda course, _: ([one.id for one in people if one.id not in course.asked], None)


def fixed(people: Sequence[Volunteer], minutes: int, seed: str) -> Policy:
    """As many as are needed, by lot, every ten minutes."""
    order = [one.id for one in people]
    Random(seed).shuffle(order)

    def look(course: Course, now: float) -> tuple[Sequence[str], float | None]:
        if len(course.seated) >= course.need:
            return (), None
        ask = [one for one in order if one not in course.asked][: course.need]
        return ask, now + 10 if now + 10 < minutes else None

    return look


@dataclass(frozen=True)
class Truth(Readiness):
    """The oracle's knowledge."""

    people: dict[str, tuple[float, float]] = field(default_factory=dict)

    def of(self, who: str) -> float:
        return self.people[who][0]

    def delay_of(self, who: str) -> float:
        return self.people[who][1]

    def askings_of(self, _: str) -> int:
        return 1000  # nobody is new to an oracle


def waves(people: Sequence[Volunteer], one: Occurrence, past: Sequence[Past], *, is_oracle: bool) -> Policy:
    """What the product does: it calls plan() when a look is due and when somebody drops out."""
    deadline = one.opened_at + timedelta(minutes=one.minutes)
    known = {who.id: (who.ready_for(one.opened_at), who.delay) for who in people} if is_oracle else {}
    records = recorded(past, {}, occasion(one.opened_at, deadline)) if is_oracle else {}
    everybody = [Candidate(who.id, who.joined_at) for who in people]

    def look(course: Course, now: float) -> tuple[Sequence[str], float | None]:
        at = one.opened_at + timedelta(minutes=now)
        view = WaveView(
            need=course.need,
            taken=len(course.seated),
            wave=course.waves,
            opened_at=one.opened_at,
            deadline=deadline,
            candidates=[who for who in everybody if who.id not in course.asked],
            asked=[
                Asked(who, one.opened_at + timedelta(minutes=then), course.replies.get(who))
                for who, then in course.asked.items()
            ],
            past=past,
            seats_a_second=TEXTS_A_SECOND,
        )
        begun = process_time()
        wave: Wave = next_wave(view, Truth(records, people=known, sigma=1.1), at) if is_oracle else plan(view, at)
        course.cpu = max(course.cpu, process_time() - begun)
        return wave.ask, minutes_since(one.opened_at, wave.look_at)

    return look


def minutes_since(start: datetime, at: datetime | None) -> float | None:
    return (at - start).total_seconds() / 60 if at else None


# --- one action, one season ------------------------------------------------------------------------


def play(need: int, one: Occurrence, would: dict[str, Would], policy: Policy) -> Course:
    """One action from GO to its deadline."""
    course, order = Course(need), count()
    events: list[tuple[float, int, str, str]] = []
    due_look = 0.0

    def look(now: float) -> None:
        nonlocal due_look
        ask, at = policy(course, now)
        course.looks += 1
        course.waves += bool(ask)
        if ask:
            course.texts_at.append((now, len(ask)))
        for who in ask:
            assert who not in course.asked
            course.asked[who] = now
            course.sender_free = max(course.sender_free, now) + 1 / (TEXTS_A_SECOND * 60)
            if who in would:
                heappush(events, (course.sender_free + would[who].minutes, next(order), "answer", who))
        due_look = inf if at is None else at
        if at is not None:
            heappush(events, (at, next(order), "look", ""))

    def seat(who: str, now: float) -> None:
        course.seated.append(who)
        if len(course.seated) == need and course.filled_at is None:
            course.filled_at = now

    look(0.0)
    while events and events[0][0] < one.minutes:
        now, _, what, who = heappop(events)
        if what == "look":
            if now == due_look:
                look(now)
        elif what == "answer":
            minutes = now - course.asked[who]
            if would[who].answer != "in":
                course.replies[who] = Reply(Answer(would[who].answer), minutes)
                continue
            is_full = len(course.seated) >= need
            course.replies[who] = Reply(Answer.WAITING if is_full else Answer.IN, minutes)
            if is_full:
                course.line.append(who)
            else:
                seat(who, now)
            share = would[who].drops
            if share is not None:
                heappush(events, (now + share * (one.minutes - now), next(order), "drop", who))
        else:
            course.replies[who] = Reply(Answer.OUT, course.replies[who].minutes)
            if who in course.line:
                course.line.remove(who)
                continue
            course.seated.remove(who)
            if course.line:
                seat(course.line.pop(0), now)
            else:
                look(now)
    return course


def play_season(cell: Cell) -> Result:
    seed = f"{cell.size} {cell.need} {cell.minutes} {cell.seed}"
    people = group(cell.size, seed)
    past: list[Past] = []
    courses: list[Course] = []
    for one in season(ACTIONS, cell.minutes, seed):
        would = intentions(people, one, seed)
        members = [who for who in people if who.joined_at <= one.opened_at]
        if cell.policy == "broadcast":
            policy = broadcast(members)
        elif cell.policy == "fixed":
            policy = fixed(members, cell.minutes, f"{seed} {one.number}")
        else:
            policy = waves(members, one, past, is_oracle=cell.policy == "oracle")
        course = play(cell.need, one, would, policy)
        courses.append(course)
        starts_at = one.opened_at + timedelta(minutes=one.minutes)
        past.append(Past(f"A{one.number}", one.opened_at, starts_at, frozenset(course.asked), course.replies))
    requests = Counter(who for course in courses for who in course.asked)
    filled_at = [course.filled_at for course in courses if course.filled_at is not None]
    return Result(
        cell=cell,
        filled=mean(len(course.seated) >= cell.need for course in courses),
        minutes=median(filled_at) if filled_at else None,
        spread=spread_of(people, requests),
        most=max(requests.values()),
        late=mean(len(course.line) for course in courses),
        looks=mean(course.looks for course in courses),
        most_looks=max(course.looks for course in courses),
        texts=tuple(len(course.asked) for course in courses),
        seats=tuple(len(course.seated) for course in courses),
        core_requests=tuple(sorted((requests[one.id] for one in people if one.ready >= CORE[0]), reverse=True)),
        cpu=max(course.cpu for course in courses),
    )


def spread_of(people: Sequence[Volunteer], requests: Counter[str]) -> float:
    """Coefficient of variation of requests within each tenth by true readiness, weighted by its requests."""
    there = sorted((one for one in people if one.joined_at <= min(p.joined_at for p in people)), key=lambda p: p.ready)
    tenths = [[requests[one.id] for one in there[n * len(there) // 10 : (n + 1) * len(there) // 10]] for n in range(10)]
    total = sum(map(sum, tenths))
    return sum(pstdev(tenth) * len(tenth) for tenth in tenths if any(tenth)) / total


# --- the table, the aims, the plot -----------------------------------------------------------------

AIMED = (2000, 20)  # members and need of the aims
NEEDS = {200: (5, 10, 20), 2000: (5, 20, 50, 100), 20_000: (20, 100)}
DEADLINES = {200: (30, 120, 480), 2000: (30, 120, 480), 20_000: (30, 480)}
SEASONS_AIMED = 4
HEADS = "members  need  deadline    policy   texts 2nd half  filled minutes spread most  late looks"
COLOURS = {"broadcast": "#b3532f", "fixed": "#a58a2b", "waves": "#17693f", "oracle": "#44546a"}


def cells(is_quick: bool) -> list[Cell]:
    sizes = {200: (5, 10), 2000: (20,)} if is_quick else NEEDS
    return [
        Cell(size, need, minutes, policy, seed)
        for size, needs in sorted(sizes.items(), reverse=True)  # the longest first, so that no core idles at the end
        for need in needs
        for minutes in ((120,) if is_quick else DEADLINES[size])
        for policy in POLICIES
        for seed in range(1, 1 + (SEASONS_AIMED if (size, need) == AIMED and not is_quick else 1))
    ]


def line(results: Sequence[Result]) -> str:
    cell = results[0].cell
    filled_at = [one.minutes for one in results if one.minutes is not None]
    return (
        f"{cell.size:7,} {cell.need:5} {cell.minutes:5} min {cell.policy:>9}"
        f" {mean(one.texts_a_seat() for one in results):7.1f}"
        f" {mean(one.texts_a_seat(ACTIONS // 2) for one in results):8.1f}"
        f" {mean(one.filled for one in results):7.1%}"
        f" {f'{mean(filled_at):7.1f}' if filled_at else '      -'}"
        f" {mean(one.spread for one in results):6.2f}"
        f" {max(one.most for one in results):4}"
        f" {mean(one.late for one in results):5.1f}"
        f" {mean(one.looks for one in results):5.1f} {max(one.most_looks for one in results):3}"
    )


def aims(found: dict[tuple[int, int, int, str], list[Result]]) -> list[str]:
    """The aims, each with what was measured."""
    said = []
    size, need = AIMED

    def over(policy: str, what: Callable[[Result], float], minutes: int) -> float:
        return mean(what(one) for one in found[size, need, minutes, policy])

    def judge(is_met: bool, words: str) -> None:
        said.append(f"{'PASS' if is_met else 'MISS'}  {words}")

    for minutes in sorted({key[2] for key in found}):
        at = f"{size:,} members, need {need}, {minutes} min:"
        ours, all_asked = (over(policy, lambda one: one.filled, minutes) for policy in ("waves", "broadcast"))
        judge(ours >= all_asked - 0.01, f"{at} filled in time {ours:.1%}, broadcast {all_asked:.1%}, less one point")
        ours, all_asked = (over(policy, Result.texts_a_seat, minutes) for policy in ("waves", "broadcast"))
        judge(ours <= all_asked / 4, f"{at} {ours:.1f} texts a seat, a quarter of broadcast's is {all_asked / 4:.1f}")
        best = over("oracle", Result.texts_a_seat, minutes)
        judge(ours <= 1.5 * best, f"{at} {ours:.1f} texts a seat, 1.5 times the oracle's is {1.5 * best:.1f}")
        ours, best = (over(one, lambda r: r.texts_a_seat(ACTIONS // 2), minutes) for one in ("waves", "oracle"))
        judge(ours <= 1.5 * best, f"{at} the same over the season's second half {ours:.1f}, of {1.5 * best:.1f}")
    worst = [
        (mean(o.filled for o in found[(*key[:3], "broadcast")]) - mean(o.filled for o in rs), key)
        for key, rs in found.items()
        if key[3] == "waves"
    ]
    most, where = max(worst)
    judge(most <= 0.01, f"anywhere in the table, filled less often than broadcast by at most {most:.1%} ({where[:3]})")
    return said


def main(is_quick: bool) -> None:
    found: dict[tuple[int, int, int, str], list[Result]] = {}
    with Pool() as pool:
        todo = cells(is_quick)
        for n, one in enumerate(pool.imap_unordered(play_season, todo, chunksize=1), 1):
            cell = one.cell
            found.setdefault((cell.size, cell.need, cell.minutes, cell.policy), []).append(one)
            print(f"\r{n} of {len(todo)} seasons", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(
        f"{'members':>7} {'need':>5} {'deadline':>9} {'policy':>9} {'texts':>7} {'2nd half':>8} {'filled':>7}", end=""
    )
    print(f" {'minutes':>7} {'spread':>6} {'most':>4} {'late':>5} {'looks':>9}")
    for key in sorted(found, key=lambda key: (*key[:3], POLICIES.index(key[3]))):
        print(line(found[key]))
    print(f"\nplan(): at most {max(one.cpu for results in found.values() for one in results):.2f} s of CPU\n")
    print("\n".join(aims(found)))
    if not is_quick:
        PLOT.write_text(plot({policy: found[(*AIMED, 120, policy)][0] for policy in POLICIES}))
        print(f"\n{PLOT.relative_to(Path.cwd()) if PLOT.is_relative_to(Path.cwd()) else PLOT} written")


# --- the plot --------------------------------------------------------------------------------------

PLOT = Path(__file__).with_suffix(".svg")
WIDE, HIGH, LEFT, TOP = 380, 240, 50, 40


def plot(season_of: dict[str, Result]) -> str:
    """Left: texts a seat as the season goes. Right: how often each of the active core was asked."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * (WIDE + LEFT) + 40} {HIGH + TOP + 50}" '
        'font-family="system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    texts = {
        policy: [texts / max(1, seats) for texts, seats in zip(one.texts, one.seats, strict=True)]
        for policy, one in season_of.items()
    }
    core = {policy: [float(n) for n in one.core_requests] for policy, one in season_of.items()}
    parts.append(panel(LEFT, "Texts for each filled seat", "action of the season", texts, (1, 2, 5, 10, 20, 50, 100)))
    parts.append(panel(2 * LEFT + WIDE + 20, "Texts in 50 actions", "active core, most asked first", core, (), 50))
    return "".join([*parts, "</svg>\n"])


def panel(
    left: int, title: str, below: str, curves: dict[str, list[float]], ticks: Sequence[int], top: float = 0
) -> str:
    """Curves by policy. With `ticks` the height is logarithmic, else it ends at `top`."""
    ticks_at = ticks or tuple(range(0, int(top) + 1, 10))

    def height(value: float) -> float:
        share = log10(max(value, ticks[0]) / ticks[0]) / log10(ticks[-1] / ticks[0]) if ticks else value / top
        return TOP + HIGH * (1 - min(1.0, share))

    parts = [f'<text x="{left}" y="20" font-weight="bold">{title}</text>']
    parts.append(f'<text x="{left + WIDE / 2}" y="{TOP + HIGH + 35}" text-anchor="middle">{below}</text>')
    for tick in ticks_at:
        y = height(tick)
        parts.append(f'<path d="M{left} {y:.1f}h{WIDE}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{tick}</text>')
    longest = max(len(curve) for curve in curves.values())
    for n, (policy, curve) in enumerate(curves.items()):
        points = " ".join(f"{left + WIDE * x / (longest - 1):.1f},{height(y):.1f}" for x, y in enumerate(curve))
        colour = COLOURS[policy]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + WIDE - 70 * (4 - n) + 10}" y="36" fill="{colour}">{policy}</text>')
    parts += [f'<text x="{left + WIDE * x:.0f}" y="{TOP + HIGH + 18}">{round(longest * x)}</text>' for x in (0, 0.5, 1)]
    return "".join(parts)


if __name__ == "__main__":
    main("--quick" in sys.argv)
