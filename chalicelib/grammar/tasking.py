"""Reading the tasks of an alert, and putting another time or place into its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from chalicelib.grammar.asking import COVER, LONGEST_PLACE, find_place, read_ask, read_when
from chalicelib.grammar.fold import SEPARATORS, Said, fold
from chalicelib.grammar.speaking import language_of
from chalicelib.grammar.times import SPAN, Reading, read_time
from chalicelib.grammar.vocabulary import Pattern, any_of
from chalicelib.languages import LANGUAGES, en

# Where words stand does not depend on when they are read.
ANY_MOMENT = datetime(2026, 1, 5, 12, tzinfo=UTC)

TODAY = Pattern(lambda: any_of("today"))
# A line that begins with a dash is a task; "-5 degrees" is cold.
_DASHED = re.compile(r"[ \t]*(?:[-–—•*]+(?!\d)|[-–—]{2,})[ \t]*(?P<task>.*)")
_TIMES = r"(?:[x×]\s?(?P<x{0}>\d{{1,2}})|(?P<y{0}>\d{{1,2}})\s?[x×]|\((?P<z{0}>\d{{1,2}})\))"
# "3x bring gloves", "bring gloves x 3", "bring gloves x3 at 6pm"; but "2 x 4 boards" are boards.
_MANY = (
    re.compile(rf"[^\w(]*{_TIMES.format(1)}(?!\w)(?!\s*\d)[:,]?\s*", re.IGNORECASE),
    re.compile(rf"(?<![\w)])(?<!\d\s){_TIMES.format(2)}\W*$", re.IGNORECASE),
    re.compile(r"(?<!\S)(?:[x×](?P<x>\d{1,2})|(?P<y>\d{1,2})[x×]|\((?P<z>\d{1,2})\))(?=[\s,;]|$)", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class TaskAsk:
    """What a task's words ask for: for how many, and when, in the zone of the `now` they were read with."""

    text: str
    many: int
    at: datetime | None


def split_tasks(words: str) -> tuple[str, tuple[str, ...]]:
    """ALERT's words without its tasks, and the tasks: the lines that begin with a dash, without it.

    If all of them do, the first is what it is about.
    """
    lines = [(line, _DASHED.fullmatch(line)) for line in words.splitlines()]
    rest = [line for line, dashed in lines if not dashed]
    tasks = [task for _, dashed in lines if dashed and (task := dashed["task"].strip())]
    if not any(line.strip() for line in rest) and tasks:
        rest, tasks = tasks[:1], tasks[1:]
    return "\n".join(rest).strip(), tuple(tasks)


def split_many(words: str) -> tuple[str, int]:
    """The words without the number of people in them, and that number: 1 to 99, or 1 where none is said."""
    found = _MANY[0].match(words) or _MANY[1].search(words) or _MANY[2].search(words)
    many = int(next(filter(None, found.groups()))) if found else 0
    return (_without(words, *found.span()), many) if found and many else (words.strip(), 1)


def read_task(line: str, now: datetime) -> TaskAsk:
    """A task as written, for how many, and the first time after `now` that it names: an hour, or a coming day."""
    text, many = split_many(line)
    reading = _task_time(fold(text), now)
    return TaskAsk(text, many, reading.at if reading else None)


def _task_time(folded: str, now: datetime) -> Reading | None:
    reading = read_time(SPAN.regex.sub(lambda span: COVER * len(span[0]), folded), now)
    is_time = reading and (reading.clock or (reading.day and not TODAY.fullmatch(folded[slice(*reading.day)])))
    return reading if is_time else None


# --- another time -----------------------------------------------------------------------------------

_BEFORE_CLOCK = Pattern(lambda: rf"(?P<hour>{any_of('at_hour')})|{any_of('at_clock')}")
_ON_THAT_DAY = Pattern(lambda: any_of("today", "this_morning", "this_afternoon", "tonight"))
_TAGS_LAST = re.compile(r"(?:\s*#\w+)+\s*$")
_ROOM = " \t,;-–—"
_HALVED = re.compile(r"\d ?[ap] ?m\b")
_OF_24_HOURS = re.compile(r"\b(?:0\d|1[3-9]|2\d):")


def with_time(words: str, said: str, at: datetime, now: datetime) -> str:
    """The alert's words with another time where theirs stands, or before the tags at the end if they have none.

    `at` is the moment that was meant by `said`, of which only the time is written. A clock time alone replaces only the
    clock time, and the day stays. Where none of this reads as `at` then, the date is written out. Both moments are
    aware, in the group's zone.
    """
    said = " ".join(said.split())
    new = read_time(fold(said), ANY_MOMENT)
    old = read_when(Said.of(words), ANY_MOMENT)
    spans = sorted(_written(said, span) for span in new.spans) if new else []
    time = " ".join(said[slice(*span)] for span in spans)
    is_clock = new is not None and not new.day and new.clock is not None
    dated = list(_ways_with_time(words, _dated(words, at), old))
    # "10 shovels 7pm" rather than "10 shovels at 7pm"; but "dig at 10", for "dig 10" says no time.
    times = dict.fromkeys((time.removeprefix("at "), time)) if time else ()
    said_so = [way for one in times for way in _ways_with_time(words, one, old, is_clock=is_clock)]
    return next(
        (one for one in (*said_so, *dated) if _is_read_as(fold(one), read_when(Said.of(one), now), at, now)), dated[0]
    )


def with_task_time(text: str, at: datetime, since: datetime) -> str:
    """A task's words with another time where theirs stands; as they are if they have none, or that one already.

    `since`, aware, is the earliest moment that a clock time in them can mean.
    """
    old = _task_time(fold(text), since)
    if old is None or old.at == at:
        return text
    clock = text[slice(*_written(text, old.clock))] if old.clock else ""
    dated = list(_ways_with_time(text, _dated(text, at), old))
    clocks = [_ways_with_time(text, said, old, is_clock=True) for said in _clocks_like(clock, language_of(text), at)]
    for one in (*chain.from_iterable(clocks), *dated):
        folded = fold(split_many(one)[0])
        if _is_read_as(folded, _task_time(folded, since), at, since):
            return one
    return dated[0]


def _is_read_as(folded: str, reading: Reading | None, at: datetime, now: datetime) -> bool:
    """Whether they say that moment, and do not say "today" of another day: "today 11am" is tomorrow's after that."""
    if reading is None or reading.at != at:
        return False
    is_today = reading.day and _ON_THAT_DAY.search(folded[slice(*reading.day)])
    return not is_today or (at - timedelta.resolution).date() == now.date()  # tonight's midnight is tomorrow's


def _dated(words: str, at: datetime) -> str:
    """ "Nov 28 10am", "28 nov 10:00". Not the weekday: that would be read instead of the date."""
    moment: str = LANGUAGES[language_of(words) or "en"].moment(at)
    return moment.split(" ", 1)[1]


def _clocks_like(clock: str, lang: str | None, at: datetime) -> tuple[str, ...]:
    """The time of day as another was written before, the likeliest first."""
    folded, halved = fold(clock), en.moment(at).split(" ")[-1]
    if _HALVED.search(folded) or (lang != "es" and ":" not in folded):
        return (halved,)
    if lang == "es" or _OF_24_HOURS.search(folded):
        return f"{at.hour}:{at:%M}", f"{at:%H:%M}"
    return f"{at.hour % 12 or 12}:{at:%M}", halved


def _ways_with_time(words: str, said: str, old: Reading | None, *, is_clock: bool = False) -> Iterator[str]:
    """The best first. `is_clock`: what is said names no day."""
    without = words
    if old:
        spans = sorted(_written(words, span) for span in old.spans)
        if is_clock and (old.day or old.clock):
            yield _with_clock(words, said, old)
        first, last = spans[0], spans[-1]
        if not any(map(str.isalnum, words[first[1] : last[0]])):
            first = last = (first[0], last[1])
        without = words if first == last else _without(words, *last)
        yield _put(without, *first, said)
        without = _without(without, *first)
    yield _before_tags(without, said)
    yield f"{said} {without}".strip()
    yield f"{said}, {without}".strip(" ,")


def _with_clock(words: str, said: str, old: Reading) -> str:
    """Another hour beside the day that is named."""
    if old.clock:
        return _put(words, *_written(words, old.clock), _as_before(words, said, old.clock))
    begin, end = _written(words, old.day or (0, 0))
    return _put(words, begin, end, f"{words[begin:end]} {said}")


def _as_before(words: str, said: str, clock: tuple[int, int]) -> str:
    """The "at" of "at 6pm" stays, unless another is said: it is part of the sentence around it."""
    before = _BEFORE_CLOCK.match(fold(words)[slice(*clock)])
    is_digits = said[:1].isdigit()
    if not before or _BEFORE_CLOCK.match(fold(said)) or (before["hour"] and not is_digits):
        return said
    begin = _written(words, (clock[0], clock[0] + before.end()))
    return f"{words[slice(*begin)]} {said}"


def _written(words: str, span: tuple[int, int]) -> tuple[int, int]:
    """Where in the words as written the folded ones stand, the last dot of "6 p.m." included."""
    places = Said.of(words).places
    begin, end = places[span[0]], places[span[1] - 1] + 1
    return begin, end + (words[end - 2 : end + 1].lower() == ".m.")


def _put(words: str, begin: int, end: int, instead: str) -> str:
    return words[:begin] + instead + words[end:]


def _without(words: str, begin: int, end: int) -> str:
    """What stands on both sides, with one space or mark between."""
    before, after = words[:begin].rstrip(_ROOM), words[end:].lstrip(" \t")
    if not before.strip():
        return after.lstrip(SEPARATORS)
    return (before + after if not after or after[0] in ",.;:!?\r\n" else f"{before} {after}").strip()


def _before_tags(words: str, more: str) -> str:
    tags = _TAGS_LAST.search(words)
    at = tags.start() if tags else len(words.rstrip())
    return f"{words[:at].rstrip()} {more}{words[at:].rstrip() if tags else ''}".strip()


# --- another place ----------------------------------------------------------------------------------


def with_place(words: str, place: str) -> str:
    """The alert's words with another place where theirs stands, or before the tags at the end if they have none."""
    place = " ".join(place.split())
    at = "en" if language_of(words) == "es" else "at"
    found = list(_ways_with_place(words, place, at)) if place else [words]
    is_read_as = (one for one in found if read_ask(one, ANY_MOMENT).place == place[:LONGEST_PLACE].rstrip())
    return next(is_read_as, found[0])


def _ways_with_place(words: str, place: str, at: str) -> Iterator[str]:
    without = words
    if old := find_place(words, ANY_MOMENT):
        begin, end, is_after_at = old
        yield _put(words, begin, end, place if is_after_at else f"{at} {place}")
        yield _put(words, begin, end, f"{at} {place}")
        without = _without(words, begin, end)
    yield _before_tags(without, f"{at} {place}")
