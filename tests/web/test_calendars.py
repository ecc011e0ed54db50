"""Calendar files as a calendar reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Component

from chalicelib.core.model import State
from chalicelib.core.showing import ActionShown, GroupShown
from chalicelib.web.calendars import calendar, event
from tests.web.shown_actions import ACTION, BASE, DONE, HARM, HARMLESS, an_action

GROUP = GroupShown("DIG", "Riverbank diggers", "America/New_York", open=(ACTION,), past=(DONE,))


def read_event(action: ActionShown, lang: str = "en") -> Component:
    (found,) = Calendar.from_ical(event(action, BASE, lang)).walk("VEVENT")
    return found


def test_an_action_is_an_event_with_all_that_somebody_needs_to_come() -> None:
    read = read_event(ACTION)

    moments = {name: read[name].dt for name in ("DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND")}
    assert moments == {
        "DTSTAMP": datetime(2026, 11, 23, 17, 0, 30, tzinfo=UTC),
        "LAST-MODIFIED": datetime(2026, 11, 23, 17, 0, 30, tzinfo=UTC),
        "DTSTART": datetime(2026, 11, 23, 23, 15, tzinfo=UTC),
        "DTEND": datetime(2026, 11, 24, 7, 15, tzinfo=UTC),
    }
    words = {name: str(read[name]) for name in ("UID", "SUMMARY", "LOCATION", "URL", "STATUS", "DESCRIPTION")}
    assert words == {
        "UID": "DIG4@giddyup.example",
        "SUMMARY": "10 shovels to the levee",
        "LOCATION": "5th & Main 10001",
        "URL": "https://giddyup.example/a/DIG4",
        "STATUS": "CONFIRMED",
        "DESCRIPTION": "Riverbank diggers: 7 of 10 in, 3 more wanted\nhttps://giddyup.example/a/DIG4",
    }
    assert (read["SEQUENCE"], [str(tag) for tag in read["CATEGORIES"].cats]) == (0, ["flood", "río"])


def test_calling_off_replaces_the_event_that_a_calendar_already_has() -> None:
    before, after = (
        read_event(ACTION),
        read_event(an_action(state=State.CALLED_OFF, ended_at=ACTION.starts_at, version=5)),
    )

    assert before["UID"] == after["UID"]
    assert (str(after["STATUS"]), after["SEQUENCE"] > before["SEQUENCE"]) == ("CANCELLED", True)


@pytest.mark.parametrize(
    ("changes", "begins", "ends"),
    [
        pytest.param(
            {"starts_at": None},
            datetime(2026, 11, 23, 17, 0, 30, tzinfo=UTC),
            datetime(2026, 11, 24, 7, 15, tzinfo=UTC),
            id="without a start it lasts from its opening",
        ),
        pytest.param(
            {"ends_at": ACTION.starts_at},
            datetime(2026, 11, 23, 23, 15, tzinfo=UTC),
            None,
            id="an end that is none is left out",
        ),
    ],
)
def test_an_event_has_a_beginning_and_no_end_before_it(
    changes: dict[str, Any], begins: datetime, ends: datetime | None
) -> None:
    read = read_event(an_action(**changes))

    assert (read["DTSTART"].dt, read["DTEND"].dt if "DTEND" in read else None) == (begins, ends)


def test_a_group_can_be_subscribed_to() -> None:
    read = Calendar.from_ical(calendar(GROUP, BASE))

    named = {name: str(read[name]) for name in ("VERSION", "METHOD", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "URL")}
    assert named == {
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "NAME": "Riverbank diggers",
        "X-WR-CALNAME": "Riverbank diggers",
        "X-WR-TIMEZONE": "America/New_York",
        "URL": "https://giddyup.example/g/DIG",
    }
    assert read["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert str(read["SOURCE"]) == "https://giddyup.example/g/DIG/calendar.ics"
    assert [str(one["UID"]) for one in read.walk("VEVENT")] == ["DIG3@giddyup.example", "DIG4@giddyup.example"]


def test_a_groups_calendar_leaves_out_what_nobody_came_to_and_keeps_what_was_called_off() -> None:
    called_off, expired = replace(DONE, state=State.CALLED_OFF), an_action(code="DIG2", state=State.EXPIRED)

    read = Calendar.from_ical(calendar(replace(GROUP, open=(), past=(called_off, expired)), BASE))

    assert [(str(one["UID"]), str(one["STATUS"])) for one in read.walk("VEVENT")] == [
        ("DIG3@giddyup.example", "CANCELLED")
    ]


def test_a_group_without_actions_has_a_calendar_too() -> None:
    read = Calendar.from_ical(calendar(replace(GROUP, open=(), past=()), BASE, "es"))

    assert (read.walk("VEVENT"), str(read["PRODID"])) == ([], "-//Giddyup//Actions//ES")


def test_the_same_action_makes_the_same_file_of_short_lines_that_end_as_they_should() -> None:
    text = event(an_action(words="más palas " * 40), BASE)

    assert text == event(an_action(words="más palas " * 40), BASE)
    lines = text.encode().split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75


def test_harmful_words_add_no_line_to_a_calendar() -> None:
    harmful = an_action(words=HARM, place=HARM, zip="", group=HARM, tags=(HARM,))

    text = calendar(replace(GROUP, name=f"{HARM};,\\", open=(harmful,), past=()), BASE)

    read = Calendar.from_ical(text)
    (found,) = read.walk("VEVENT")
    assert (str(found["SUMMARY"]), str(found["LOCATION"])) == (HARMLESS, HARMLESS)
    assert f"\r\nNAME:{HARMLESS}\\;\\,\\\\\r\n" in text.replace("\r\n ", "")  # RFC 5545, 3.3.11
    assert text.count("\nEND:VEVENT") == 1
