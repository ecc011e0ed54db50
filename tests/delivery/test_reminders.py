"""Reminders: to whoever is in, a day and an hour before, each once whatever the clock and the organizer do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.world import World, at, now, set_clock


def reminders(world: World) -> Counter[str]:
    """How many reminders each phone has got since this was asked last."""
    return Counter(name for name, body in world.new_texts() if "OUT DIG" in body and "moved" not in body)


def test_day_by_day_each_reminder_comes_exactly_once(world: World) -> None:
    world.crew("2 shovels at the levee friday 6pm", "ann", "bob")

    days = []
    for _ in range(6):
        world.advance(days=1)
        days.append(dict(reminders(world)))

    # Monday noon to Friday 6pm: a day before is Thursday evening, an hour before is Friday evening
    assert days == [{}, {}, {}, {"ann": 1, "bob": 1}, {"ann": 1, "bob": 1}, {}]


@pytest.mark.parametrize(
    ("start_of_week", "day_before", "begins"),
    [
        pytest.param("2027-03-10T12:00", "2027-03-13T14:00", "2027-03-14T14:00", id="an hour is skipped that night"),
        pytest.param("2026-10-28T12:00", "2026-10-31T14:00", "2026-11-01T14:00", id="an hour comes twice that night"),
    ],
)
def test_across_daylight_saving_a_day_before_is_the_same_hour_on_the_wall(
    world: World, start_of_week: str, day_before: str, begins: str
) -> None:
    set_clock(at(start_of_week))
    world.crew("2 shovels sunday 2pm", "ann", "bob")

    moments = [at(day_before), at(begins) - timedelta(hours=1)]
    for moment in moments:
        world.advance(seconds=(moment - now()).total_seconds() - 60)
        assert reminders(world) == {}
        world.advance(minutes=2)
        assert reminders(world) == {"ann": 1, "bob": 1}
    world.advance(days=1)
    assert reminders(world) == {}


def test_who_has_said_out_is_not_reminded_and_who_has_moved_up_is(world: World) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.raise_action("2 shovels tomorrow 9am")
    for name in ("ann", "bob", "cat"):
        world.text(name, "IN")
    world.text("ann", "OUT")
    world.new_texts()

    world.advance(hours=21)

    assert reminders(world) == {"bob": 1, "cat": 1}


def test_a_start_that_was_moved_is_the_only_one_that_is_reminded_of(world: World) -> None:
    world.crew("2 shovels wednesday 6pm", "ann", "bob")
    world.text("olga", "MOVE DIG1 thursday 7pm")
    world.new_texts()

    world.advance(days=2, hours=4)  # Wednesday 4pm: neither time's day before but Wednesday's own was Tuesday
    assert reminders(world) == {}
    world.advance(hours=4)  # Wednesday 8pm
    assert reminders(world) == {"ann": 1, "bob": 1}
    world.advance(days=1)
    assert reminders(world) == {"ann": 1, "bob": 1}


def test_a_start_that_was_moved_away_and_back_is_reminded_of_once(world: World) -> None:
    world.crew("2 shovels wednesday 6pm", "ann", "bob")
    world.advance(days=1, hours=7)  # Tuesday 7pm: reminded of Wednesday
    assert reminders(world) == {"ann": 1, "bob": 1}

    world.text("olga", "MOVE DIG1 thursday 6pm")
    world.text("olga", "MOVE DIG1 wednesday 6pm")
    world.new_texts()
    world.advance(hours=20)
    assert reminders(world) == {}
    world.advance(hours=3)
    assert reminders(world) == {"ann": 1, "bob": 1}


def test_what_is_raised_shortly_before_its_start_reminds_nobody_of_what_they_have_just_read(world: World) -> None:
    world.crew("2 shovels at 1pm", "ann", "bob")

    world.advance(minutes=59)

    assert reminders(world) == {}


def test_a_day_before_waits_for_the_morning_of_whoever_sleeps_and_an_hour_before_does_not(world: World) -> None:
    world.crew("2 shovels friday 6am", "ann", "bob")
    world.text("bob", "QUIET 22-10")
    world.new_texts()

    world.until("2026-11-26T06:05")
    assert reminders(world) == {}
    world.advance(hours=5)  # 11:05: phones without a place may be anywhere in the country
    assert reminders(world) == {"ann": 1, "bob": 1}
    world.until("2026-11-27T05:05")
    assert reminders(world) == {"ann": 1, "bob": 1}


def test_whoever_says_out_while_a_reminder_waits_for_the_morning_does_not_get_it(world: World) -> None:
    world.crew("2 shovels friday 6am", "ann", "bob")
    world.until("2026-11-26T06:05")

    world.text("ann", "OUT")
    world.new_texts()
    world.advance(hours=6)

    assert reminders(world) == {"bob": 1}


def test_whoever_took_a_task_with_a_time_is_reminded_of_it_once_and_of_a_moved_one_at_its_new_time(
    world: World,
) -> None:
    world.crew("2 shovels tomorrow 9am\n- unlock the gate 8:30am\n- coffee 8:45am", "ann", "bob")
    world.text("ann", "TAKE 1")
    world.text("bob", "TAKE 2")
    world.text("olga", "MOVE DIG1 10am")
    world.new_texts()

    world.until("2026-11-24T08:20")
    assert [body for _, body in world.new_texts() if "task" in body] == []
    world.text("bob", "OUT")
    world.new_texts()
    world.advance(hours=2)

    about = [(name, body) for name, body in world.new_texts() if ", task" in body]
    assert [name for name, _ in about] == ["ann"]
    assert "unlock the gate 9:30am" in about[0][1]
