"""Reading when, told on a Monday at three in the afternoon in New York."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.grammar.fold import fold
from chalicelib.grammar.times import read_time

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        pytest.param("6pm", "11-23 18:00", id="an hour after noon"),
        pytest.param("6 p.m.", "11-23 18:00", id="with its dots"),
        pytest.param("6:15", "11-23 18:15", id="one to seven are after noon"),
        pytest.param("6:15am", "11-24 06:15", id="unless it says otherwise"),
        pytest.param("06:15", "11-24 06:15", id="a leading zero is the morning"),
        pytest.param("18:30", "11-23 18:30", id="on a clock of 24 hours"),
        pytest.param("18h", "11-23 18:00", id="with an h"),
        pytest.param("a las 6", "11-23 18:00", id="in Spanish"),
        pytest.param("a las 9 de la noche", "11-23 21:00", id="at night in Spanish"),
        pytest.param("at 6", "11-23 18:00", id="a bare hour after at"),
        pytest.param("at 9", "11-23 21:00", id="nine is tonight when the morning's is past"),
        pytest.param("2pm", "11-24 14:00", id="a time already past is tomorrow's"),
        pytest.param("noon", "11-24 12:00", id="noon"),
        pytest.param("al mediodía", "11-24 12:00", id="noon in Spanish"),
        pytest.param("midnight", "11-24 00:00", id="midnight is the next day's first moment"),
        pytest.param("tonight", "11-23 19:00", id="tonight is at seven"),
        pytest.param("tonight at 9", "11-23 21:00", id="tonight with an hour"),
        pytest.param("esta noche a las 8", "11-23 20:00", id="tonight in Spanish"),
        pytest.param("today", "11-23 16:00", id="today is the next full hour"),
        pytest.param("tomorrow 6pm", "11-24 18:00", id="tomorrow"),
        pytest.param("tomorrow 9", "11-24 09:00", id="a bare hour beside a day"),
        pytest.param("mañana a las 9", "11-24 09:00", id="tomorrow in Spanish"),
        pytest.param("mañana por la mañana a las 7", "11-24 07:00", id="tomorrow morning in Spanish"),
        pytest.param("pasado mañana 9am", "11-25 09:00", id="the day after tomorrow"),
        pytest.param("saturday 9am", "11-28 09:00", id="a day of the week"),
        pytest.param("el sábado 9am", "11-28 09:00", id="a day of the week in Spanish"),
        pytest.param("monday 4pm", "11-23 16:00", id="today's own day while there is time"),
        pytest.param("monday 2pm", "11-30 14:00", id="and a week on when there is not"),
        pytest.param("saturday at the church 9am", "11-28 09:00", id="day and hour apart"),
        pytest.param("11/28 6pm", "11-28 18:00", id="a date in digits"),
        pytest.param("28 nov", "11-28 09:00", id="a date in words is at nine"),
        pytest.param("28 de noviembre a las 6", "11-28 18:00", id="a date in Spanish"),
        pytest.param("Nov 28th 6pm", "11-28 18:00", id="month first"),
        pytest.param("in 2 hours", "11-23 17:00", id="hours from now"),
        pytest.param("en media hora", "11-23 15:30", id="half an hour from now in Spanish"),
        pytest.param("in 2 days", "11-25 15:00", id="days from now"),
        pytest.param("6-8pm", "11-23 18:00", id="a stretch begins"),
        pytest.param("from 11-1pm", "11-24 11:00", id="a stretch over noon begins before it"),
        pytest.param("right now", "11-23 15:00", id="now is now"),
    ],
)
def test_a_time_is_read(words: str, at: str) -> None:
    reading = read_time(fold(words), NOW)

    assert reading is not None
    assert format(reading.at, "%m-%d %H:%M") == at
    assert reading.at.tzinfo is NEW_YORK


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("10 shovels", id="a number"),
        pytest.param("at 6 Oak St", id="an address"),
        pytest.param("at 5th & Main", id="a street's number"),
        pytest.param("on the 5/8 plywood", id="a measure"),
        pytest.param("we work 24/7", id="always"),
        pytest.param("2/30 at the pier", id="a day that no year has"),
        pytest.param("99:99", id="no time of any clock"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_time_is_not_read(words: str) -> None:
    assert read_time(fold(words), NOW) is None


def test_last_dates_are_next_years() -> None:
    reading = read_time("may 5 6pm", NOW)

    assert reading is not None
    assert reading.at == datetime(2027, 5, 5, 18, tzinfo=NEW_YORK)


def test_a_time_that_daylight_saving_skips_moves_forward() -> None:
    the_night_before = datetime(2027, 3, 13, 22, 0, tzinfo=NEW_YORK)

    reading = read_time("2:30am", the_night_before)

    assert reading is not None
    assert reading.at.astimezone(UTC) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert reading.at.hour == 3


def test_a_time_that_comes_twice_is_its_second_when_the_first_is_past() -> None:
    in_the_second_hour = datetime(2026, 11, 1, 1, 40, tzinfo=NEW_YORK, fold=1)

    reading = read_time("1:50am", in_the_second_hour)

    assert reading is not None
    assert reading.at.astimezone(UTC) == datetime(2026, 11, 1, 6, 50, tzinfo=UTC)


def test_hours_from_now_are_hours_across_daylight_saving() -> None:
    the_night_before = datetime(2027, 3, 14, 1, 0, tzinfo=NEW_YORK)

    reading = read_time("in 2 hours", the_night_before)

    assert reading is not None
    assert reading.at.astimezone(UTC) == datetime(2027, 3, 14, 8, 0, tzinfo=UTC)
