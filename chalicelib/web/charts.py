"""Charts as SVG that stands in a page: numbers against time with marks on them, and bars. Colours are the stylesheet's.

A chart is an image with a title and a description for those who do not see it. It is as wide as its place; classes
say what each thing is, and `static/dashboard.css` how that looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, floor, log10
from zoneinfo import ZoneInfo

from markupsafe import Markup

WIDTH, HEIGHT = 400.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 10.0, 26.0, 24.0
BAR, BAR_GAP, BAR_LABEL, BAR_SHOWN = 18.0, 8.0, 104.0, 76.0
LETTER = 8.6  # the width of one, at the size in which charts are written
MOST_TICKS = 5
MOST_LEVELS = 4
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STEPS = (
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28, 56, 91, 182, 364)),
)
NICE = (1, 2, 5, 10)

Points = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """A line: (moment, number) in the order of time. `kind` is its class. `is_stepped`: it holds until it changes."""

    points: Points
    kind: str = "main"
    is_stepped: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that stands out, with a short label over it. `kind` is its class: wave, start, alert."""

    at: datetime
    label: str
    kind: str = "wave"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, how long, and what stands beside it. `kind` is its class."""

    label: str
    n: float
    shown: str = ""
    kind: str = "main"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where moments and numbers lie in a chart."""

    since: datetime
    until: datetime
    top: float

    def x(self, at: datetime) -> float:
        share = (at - self.since) / max(self.until - self.since, timedelta(seconds=1))
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, share))

    def y(self, n: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(1.0, n / self.top)

    def holds(self, at: datetime) -> bool:
        return self.since <= at <= self.until


def line_chart(
    title: str,
    description: str,
    series: Sequence[Series],
    since: datetime,
    until: datetime,
    zone: str,
    label: Callable[[datetime, timedelta], str],
    marks: Sequence[Mark] = (),
    need: float | None = None,
) -> Markup:
    """Numbers against time, from `since` to `until`, on the clocks of `zone`.

    `label` writes the moments under it: it is given the moment and the step from one to the next, so that it can tell
    whether hours or days are asked for. `marks` are vertical lines; `need` is a dashed line across. Points and marks
    outside the time shown are left out.
    """
    drawn = [
        Series([one for one in each.points if since <= one[0] <= until], each.kind, each.is_stepped) for each in series
    ]
    frame = Frame(since, until, top_of([n for each in drawn for _, n in each.points] + [need or 0]))
    step, moments = ticks(since, until, zone)
    parts = [
        *(level(frame, n) for n in levels(frame.top)),
        *under_it(frame, [(at, label(at, step)) for at in moments]),
        *needed(frame, need),
        *over_it(frame, [one for one in sorted(marks, key=lambda mark: mark.at) if frame.holds(one.at)]),
        *(path for each in drawn for path in line(frame, each)),
    ]
    return image("chart", WIDTH, HEIGHT, title, description, parts)


def bars(title: str, description: str, rows: Sequence[Bar]) -> Markup:
    """Bars under one another, each with its label before it and what is `shown` behind it; the longest is whole."""
    most = max((row.n for row in rows), default=0) or 1
    room = WIDTH - BAR_LABEL - BAR_SHOWN
    parts = []
    for place, row in enumerate(rows):
        y = place * (BAR + BAR_GAP)
        middle = y + BAR * 0.74
        wide = room * max(0.0, row.n) / most
        parts += [
            text(0, middle, row.label, "label"),
            Markup('<rect class="groove" x="{}" y="{}" width="{}" height="{}" rx="4"/>').format(
                *map(short, (BAR_LABEL, y, room, BAR))
            ),
            Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}" rx="4"/>').format(
                row.kind, *map(short, (BAR_LABEL, y, wide, BAR))
            ),
            text(WIDTH, middle, row.shown, "shown"),
        ]
    high = max(1, len(rows)) * (BAR + BAR_GAP) - BAR_GAP
    return image("chart bars", WIDTH, high, title, description, parts)


# --- the parts of a chart -------------------------------------------------------------------------------


def image(kind: str, wide: float, high: float, title: str, description: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>').format(
        kind, short(wide), short(high), title, description, Markup("").join(parts)
    )


def text(x: float, y: float, words: str, kind: str) -> Markup:
    if not words:
        return Markup("")
    return Markup('<text class="{}" x="{}" y="{}"><tspan>{}</tspan></text>').format(kind, short(x), short(y), words)


def level(frame: Frame, n: float) -> Markup:
    y = frame.y(n)
    across = Markup('<line class="level" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        short(LEFT), short(y), short(WIDTH - RIGHT), short(y)
    )
    return across + text(LEFT - 6, y + 4, short(n), "count")


def under_it(frame: Frame, labelled: Sequence[tuple[datetime, str]]) -> list[Markup]:
    """The moments below, as many as do not run into one another."""
    found, free = [], 0.0
    for at, words in labelled:
        half = len(words) * LETTER / 2
        x = min(max(frame.x(at), half), WIDTH - half)
        if x - half < free:
            continue
        found.append(text(x, HEIGHT - 6, words, "moment"))
        free = x + half + LETTER
    return found


def over_it(frame: Frame, marks: Sequence[Mark]) -> list[Markup]:
    """Each mark's line; its label stands over it, where it does not run into another's."""
    found, free = [], 0.0
    for mark in marks:
        x = frame.x(mark.at)
        found.append(
            Markup('<line class="mark {}" x1="{}" y1="{}" x2="{}" y2="{}"><title>{}</title></line>').format(
                mark.kind, *map(short, (x, TOP - 6, x, HEIGHT - BOTTOM)), mark.label
            )
        )
        half = len(mark.label) * LETTER / 2
        middle = min(max(x, half), WIDTH - half)
        if middle - half >= free:
            found.append(text(middle, TOP - 11, mark.label, f"over {mark.kind}"))
            free = middle + half + LETTER / 2
    return found


def needed(frame: Frame, need: float | None) -> list[Markup]:
    if not need:
        return []
    y = short(frame.y(need))
    return [
        Markup('<line class="need" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(short(LEFT), y, short(WIDTH - RIGHT), y)
    ]


def line(frame: Frame, series: Series) -> list[Markup]:
    """The line, and a dot where it ends."""
    places = [(frame.x(at), frame.y(n)) for at, n in series.points]
    if not places:
        return []
    written = "M" + pair(places[0])
    for (_, y), (x, to) in pairwise(places):
        written += (f"L{pair((x, y))}" if series.is_stepped else "") + f"L{pair((x, to))}"
    drawn = Markup('<path class="line {}" d="{}"/>').format(series.kind, written)
    return [
        drawn,
        Markup('<circle class="last {}" cx="{}" cy="{}" r="4"/>').format(series.kind, *map(short, places[-1])),
    ]


def pair(place: tuple[float, float]) -> str:
    return f"{short(place[0])} {short(place[1])}"


def short(n: float) -> str:
    """With as few digits as a picture needs."""
    return f"{n:.1f}".removesuffix(".0")


# --- round numbers --------------------------------------------------------------------------------------


def top_of(numbers: Sequence[float]) -> float:
    """A round number that none of these passes."""
    most = max(numbers, default=0)
    step = levels_step(most)
    return step * max(1, ceil(most / step))


def levels_step(most: float) -> float:
    least = max(1.0, most / MOST_LEVELS)
    size = 10.0 ** floor(log10(least))
    return next(step * size for step in NICE if step * size >= least)


def levels(top: float) -> list[float]:
    """Where lines go across: from nothing to the top."""
    step = levels_step(top)
    return [step * n for n in range(round(top / step) + 1)]


def ticks(since: datetime, until: datetime, zone: str) -> tuple[timedelta, list[datetime]]:
    """The step between moments that are written below, and those moments: at round times of `zone`."""
    long = max(until - since, MINUTE)
    step = next((one for one in STEPS if long / one <= MOST_TICKS), STEPS[-1])
    here = ZoneInfo(zone)
    start = since.astimezone(here)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + step * ceil((start - midnight) / step)
    moments = (first + step * n for n in range(MOST_TICKS + 2))  # of days too: by the clock on the wall
    return step, [one for one in moments if start <= one <= until]
