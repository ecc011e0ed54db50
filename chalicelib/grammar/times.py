"""Reading when: clock times, days and spans in English and Spanish words, on the clock of the group's own zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from chalicelib.grammar.moments import ahead, dated, first_after, is_after, next_hour, wall
from chalicelib.grammar.vocabulary import ALL_WORDS, Pattern, any_of

Span = tuple[int, int]

MORNING, EVENING, NOON = time(9), time(19), time(12)  # a day's part that is named without an hour

_START = r"(?<![\w:.,/#+$'-])"
_HALF = r"(?P<{}>[ap]) ?m"

CLOCK = Pattern(
    lambda: (
        _START
        + rf"(?:(?:(?P<surely>{any_of('at_hour')})|(?P<perhaps>{any_of('at_clock')})) )?"
        + r"(?P<hour>\d{1,2})(?:[:h](?P<minute>[0-5]\d)|\.(?P<dotted>[0-5]\d)(?= ?[ap] ?m)|(?P<h> ?h(?:rs)?))?"
        + rf"(?: ?{_HALF.format('half')})?"
        + rf"(?:(?:-| (?:{any_of('until')}) )(?P<last>\d{{1,2}})(?::[0-5]\d)? ?{_HALF.format('last_half')})?"
        + rf"(?: (?P<sharp>{any_of('oclock')}))?"
        + rf"(?: (?:(?P<morning>{any_of('morning')})|(?P<later>{any_of('afternoon', 'night')})))?"
        + r"(?![\w:/.,'-])"
    )
)
NAMED = Pattern(
    lambda: (
        rf"{_START}(?:(?:at|by|around|a|al|para) )?(?:(?P<noon>{any_of('noon')})|(?P<midnight>{any_of('midnight')}))"
    )
)
SPAN = Pattern(
    lambda: (
        rf"{_START}(?:{any_of('in_span')}) (?:(?P<half>{any_of('half_hour')})|(?P<one>{any_of('an_hour')})"
        rf"|(?P<number>\d{{1,3}}(?:[.,]\d)?) ?(?:(?P<hours>{any_of('hours')})|(?P<minutes>{any_of('minutes')})"
        rf"|(?P<days>{any_of('days')})|(?P<weeks>{any_of('weeks')})))"
    )
)
NOW = Pattern(lambda: rf"{_START}(?:{any_of('now')})")

_WEEKDAYS = [f"(?:{'|'.join(words['weekday'][day] for words in ALL_WORDS)})" for day in range(7)]
_MONTHS = [f"(?:{'|'.join(words['month'][month] for words in ALL_WORDS)})" for month in range(12)]
_ANY_MONTH = f"(?:{'|'.join(_MONTHS)})"
DAY = Pattern(
    lambda: (
        rf"{_START}(?:(?:{any_of('on_day')}) )?(?:"
        rf"(?P<day_after>{any_of('day_after')})|(?P<this_morning>{any_of('this_morning')})"
        rf"|(?P<this_afternoon>{any_of('this_afternoon')})|(?P<tonight>{any_of('tonight')})|(?P<today>{any_of('today')})"
        rf"|(?<!la )(?P<tomorrow>{any_of('tomorrow')})(?: (?P<part>{any_of('morning')})"
        rf"|(?: (?P<late>{any_of('afternoon', 'night')})))?"
        rf"|(?P<weekday>{'|'.join(_WEEKDAYS)})\b"
        rf"|(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})(?:/(?:20)?\d\d)?(?![\w/])"
        rf"|(?P<number>\d{{1,2}})(?:st|nd|rd|th)? (?:(?:de|of) )?(?P<month>{_ANY_MONTH})\b"
        rf"|(?P<month_first>{_ANY_MONTH}) (?P<number_last>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:]| ?[ap]m\b))"
    )
)
# "at 6" is a time where nothing follows that could make it an address: "at 6 Oak St" is none.
_NOTHING_MORE = Pattern(
    lambda: rf" *(?:$|#|\||(?:{any_of('ends_place', 'at_place', 'in_place', 'today', 'tonight', 'tomorrow')}))"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment, in the zone of the `now` it was read with, and where in the folded text its words stand.

    `other` is where it is said in neither a day nor a clock time: "in 2 hours", "now".
    """

    at: datetime
    day: Span | None = None
    clock: Span | None = None
    other: Span | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(span for span in (self.day, self.clock, self.other) if span)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as said: `is_sure` when nobody could take it for the other half of the day."""

    at: time
    is_sure: bool
    span: Span


def read_time(folded: str, now: datetime) -> Reading | None:
    """The first time in a folded text, as a moment after `now` ("now" itself is `now`); None when there is none.

    - A clock time already past today means tomorrow; a date already past means next year.
    - A bare hour from 1 to 7 is taken for the afternoon, 8 to 11 for the morning unless that is past and the evening
      is not; 12 is noon; with "tonight" or "this afternoon" it is after noon.
    - A day without an hour means 9:00, "tonight" and "this afternoon" 19:00 and 12:00, or else the next full hour.
    - A wall time that daylight saving skips moves forward by what is skipped.
    """
    if span := SPAN.search(folded):
        return Reading(_later(now, span), other=span.span())
    day, clock = DAY.search(folded), _find_clock(folded)
    if day and not _is_day(day, folded, clock):
        day = None
    if day and not clock and (hour := _hour_beside(folded, day.span())):
        clock = hour
    if day:
        at = _on_day(day, clock, now)
        return Reading(at, day.span(), clock.span if clock else None) if at else None
    if clock:
        return Reading(_next_at(clock, now), clock=clock.span)
    if word := NOW.search(folded):
        return Reading(now, other=word.span())
    return None


def read_arrival(folded: str, begin: int) -> tuple[time | timedelta, int] | None:
    """When somebody says they arrive, if that is what folded[begin:] begins with; and where it ends.

    A time from now, or a clock time; a bare hour from 1 to 7 is taken for the afternoon ("6:15" is 18:15).
    """
    if span := SPAN.match(folded, begin):
        return _length(span), span.end()
    clock = _clock_in(CLOCK.match(folded, begin), folded) or _named_clock(NAMED.match(folded, begin))
    return (clock.at, clock.span[1]) if clock else None


def read_length(folded: str, begin: int) -> tuple[timedelta, int] | None:
    """The length of time that folded[begin:] begins with, as in "IN 20 min"."""
    span = SPAN.match(f"in {folded[begin:]}")
    return (_length(span), begin + span.end() - 3) if span else None


# --- clock times ------------------------------------------------------------------------------------


def _find_clock(folded: str) -> Clock | None:
    found = [clock for match in CLOCK.regex.finditer(folded) if (clock := _clock_in(match, folded))]
    named = _named_clock(NAMED.search(folded))
    return min([*found, *([named] if named else [])], key=lambda clock: clock.span, default=None)


def _named_clock(match: re.Match[str] | None) -> Clock | None:
    if not match:
        return None
    return Clock(NOON if match["noon"] else time(0), is_sure=True, span=match.span())


def _clock_in(match: re.Match[str] | None, folded: str, *, is_expected: bool = False) -> Clock | None:
    """The time of day that was matched, unless it is only a number."""
    if not match:
        return None
    half = match["half"] or ("a" if match["morning"] else "p" if match["later"] else None)
    is_said = match["minute"] or match["h"] or half or match["last_half"] or match["sharp"] or match["surely"]
    if not is_said and not is_expected and not (match["perhaps"] and _NOTHING_MORE.match(folded, match.end())):
        return None

    hour, minute = int(match["hour"]), int(match["minute"] or match["dotted"] or 0)
    if half is None and match["last_half"]:  # "6-8pm" begins after noon, "11-1pm" before it
        half = match["last_half"] if hour % 12 <= int(match["last"]) % 12 else "a"
    if hour > 24 or (half and match["half"] and not 1 <= hour <= 12):
        return None
    is_sure = bool(half or hour > 12 or hour == 0 or match["hour"].startswith("0"))
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" and not (hour == 12 and match["later"]) else 0)
    elif not is_sure and 1 <= hour <= 7:
        hour += 12
    return Clock(time(hour % 24, minute), is_sure, match.span())


def _hour_beside(folded: str, day: Span) -> Clock | None:
    """A bare hour right after or before a day: "tomorrow 9", "9 mañana"."""
    after = CLOCK.match(folded, day[1] + 1)
    before = re.search(r"(?<!\S)\d{1,2} $", folded[: day[0]])
    found = after or (CLOCK.match(folded, before.start()) if before else None)
    return _clock_in(found, folded, is_expected=bool(after and _NOTHING_MORE.match(folded, after.end())))


# --- days -------------------------------------------------------------------------------------------


def _is_day(day: re.Match[str], folded: str, clock: Clock | None) -> bool:
    """Whether it is a day, and not half a measure or a name: "5/8" counts beside a time or after "on"; "24/7" never."""
    if day["first"]:
        is_beside = bool(clock and (clock.span[0] - day.end() in {0, 1} or day.start() - clock.span[1] in {0, 1}))
        is_named = not folded[day.start()].isdigit()
        is_whole = _date_parts(day) is not None
        return (
            is_whole
            and (is_beside or is_named or bool(_NOTHING_MORE.match(folded, day.end())))
            and "24/7" not in day[0]
        )
    if day["weekday"] and day["weekday"] in {"sun", "sat", "mon", "wed", "fri", "tue", "thu"}:
        return bool(clock) or len(day[0]) > len(day["weekday"]) or bool(_NOTHING_MORE.match(folded, day.end()))
    return _date_parts(day) is not None if day["month"] or day["month_first"] else True


def _date_parts(day: re.Match[str]) -> tuple[int, int] | None:
    """Month and day: month first in digits, as in the United States, unless that cannot be."""
    if day["first"]:
        month, number = int(day["first"]), int(day["second"])
        if month > 12 >= number:
            month, number = number, month
    else:
        word = day["month"] or day["month_first"]
        month = next(place for place, pattern in enumerate(_MONTHS, 1) if re.fullmatch(pattern, word))
        number = int(day["number"] or day["number_last"])
    try:
        date(2024, month, number)  # a leap year: 29 February exists in some year to come
    except ValueError:
        return None
    return month, number


def _on_day(day: re.Match[str], clock: Clock | None, now: datetime) -> datetime | None:
    if day["today"] or day["tonight"] or day["this_morning"] or day["this_afternoon"]:
        return _today(day, clock, now)
    at = clock.at if clock else NOON if day["late"] else MORNING
    if day["tomorrow"] or day["day_after"]:
        if clock and not clock.is_sure and at.hour < 12 and day["late"]:
            at = at.replace(hour=at.hour + 12)
        if clock and not clock.is_sure and at.hour >= 12 and day["part"]:
            at = at.replace(hour=at.hour % 12)
        is_after = clock is not None and at == time(0) and clock.is_sure
        return wall(now.date() + timedelta(days=(2 if day["day_after"] else 1) + is_after), at, now)
    if day["weekday"]:
        place = next(place for place, pattern in enumerate(_WEEKDAYS) if re.fullmatch(pattern, day["weekday"]))
        first = now.date() + timedelta(days=(place - now.weekday()) % 7)
        return first_after(now, (partial(wall, first + timedelta(days=days), at, now) for days in (0, 7)))
    parts = _date_parts(day)
    if parts is None:
        return None
    return first_after(now, (partial(dated, now.year + years, *parts, at, now) for years in range(9)))


def _today(day: re.Match[str], clock: Clock | None, now: datetime) -> datetime:
    if clock is None:
        at = EVENING if day["tonight"] else NOON if day["this_afternoon"] else None
        moment = wall(now.date(), at, now) if at else now
        return moment if is_after(moment, now) else next_hour(now)
    at = clock.at
    if not clock.is_sure and at.hour < 12 and (day["tonight"] or day["this_afternoon"]):
        at = at.replace(hour=at.hour + 12)
    elif not clock.is_sure and at.hour >= 13 and day["this_morning"]:
        at = at.replace(hour=at.hour - 12)
    if at == time(0) and clock.is_sure:  # tonight's midnight is tomorrow's first moment
        return wall(now.date() + timedelta(days=1), at, now)
    return _next_at(Clock(at, clock.is_sure or at != clock.at, clock.span), now)


def _next_at(clock: Clock, now: datetime) -> datetime:
    """The next moment when clocks show that time: in either half of the day, if 8 to 11 was said without one."""
    times = [clock.at]
    if not clock.is_sure and 8 <= clock.at.hour < 12:
        times.append(clock.at.replace(hour=clock.at.hour + 12))
    days = (now.date() + timedelta(days=days) for days in (0, 1, 2))
    moment = first_after(now, (partial(wall, day, at, now) for day in days for at in times))
    if moment is None:
        raise AssertionError("some day has every time")
    return moment


# --- lengths of time --------------------------------------------------------------------------------


def _length(span: re.Match[str]) -> timedelta:
    if span["half"]:
        return timedelta(minutes=30)
    if span["one"]:
        return timedelta(hours=1)
    number = float(span["number"].replace(",", "."))
    if span["minutes"]:
        return timedelta(minutes=number)
    return timedelta(hours=number) if span["hours"] else timedelta(days=number * (7 if span["weeks"] else 1))


def _later(now: datetime, span: re.Match[str]) -> datetime:
    """Hours from now are hours; days from now are days on the wall, whatever daylight saving does between."""
    length = _length(span)
    if span["days"] or span["weeks"]:
        return wall((now + length).date(), now.time().replace(fold=0), now)
    return ahead(now, max(length, timedelta(minutes=1)))
