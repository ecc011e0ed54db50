"""Alerts wait for the day where their reader is, as the draft says; and then they go, if they still matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.world import World, set_clock

PLACES = {
    "nell": "+12125550101",  # New York
    "phil": "+16025550101",  # Phoenix
    "hana": "+18085550101",  # Honolulu
    "tess": "+15125550101",  # Austin
    "sam": "+12125550103",
    "stan": "+12125550104",
    "una": "+15550109999",  # tells no place
}


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def a_group(world: World, *names: str, keyword: str = "DIG", founding: str = "NEW GROUP DIG Diggers") -> None:
    world.numbers |= PLACES
    world.text("olga", founding)
    for name in names:
        world.text(name, f"JOIN {keyword}")
    world.new_texts()


def alert_at(world: World, moment: datetime, words: str = "everyone to the levee", keyword: str = "DIG") -> str:
    """An alert to all, drafted and sent at this moment; the draft as the organizer saw it."""
    set_clock(moment)
    world.text("olga", f"ALERT {keyword} {words}")
    draft = world.got("olga")[-1]
    world.text("olga", draft[draft.rindex("GO ") :])
    return draft


def reached(world: World) -> set[str]:
    return {
        name for name, body in world.new_texts() if "levee" in body and not body.startswith(("Not sent", "DIG1 is on"))
    }


@pytest.mark.parametrize(
    ("name", "zone", "first", "last"),
    [
        pytest.param("nell", "America/New_York", "08:00", "20:59", id="New York"),
        pytest.param("phil", "America/Phoenix", "08:00", "20:59", id="Phoenix"),
        pytest.param("hana", "Pacific/Honolulu", "08:00", "20:59", id="Honolulu"),
        pytest.param("tess", "America/Chicago", "09:00", "20:59", id="Texas on a weekday"),
    ],
)
def test_an_alert_reaches_somebody_from_the_first_to_the_last_minute_of_their_day(
    world: World, name: str, zone: str, first: str, last: str
) -> None:
    a_group(world, name)
    opens, closes = at(f"2026-11-24T{first}", zone), at(f"2026-11-24T{last}", zone) + timedelta(minutes=1)

    before = at_each(world, name, [opens - timedelta(minutes=1), opens, closes - timedelta(seconds=30), closes])

    assert before == [False, True, True, False]


def at_each(world: World, name: str, moments: list[datetime]) -> list[bool]:
    told = []
    for moment in moments:
        alert_at(world, moment)
        told.append(name in reached(world))
        world.text("olga", "CALL OFF")
        world.new_texts()
    return told


@pytest.mark.parametrize(
    ("name", "moment", "goes_at"),
    [
        pytest.param("tess", at("2026-11-22T11:59", "America/Chicago"), at("2026-11-22T12:00", "America/Chicago"),
                     id="a Texan on Sunday at noon"),
        pytest.param("una", at("2026-11-24T10:59"), at("2026-11-24T11:00"), id="who may be anywhere, at 8 in the west"),
        pytest.param("nell", at("2026-03-08T01:30"), at("2026-03-08T08:00"), id="at 8 on the day that has 23 hours"),
        pytest.param("nell", at("2026-11-01T00:30"), at("2026-11-01T08:00"), id="at 8 on the day that has 25 hours"),
    ],
)  # fmt: skip
def test_what_is_held_goes_out_at_the_very_minute(world: World, name: str, moment: datetime, goes_at: datetime) -> None:
    a_group(world, name)
    alert_at(world, moment, "everyone to the levee at 2pm")
    assert name not in reached(world)

    world.advance(seconds=(goes_at - moment).total_seconds() - 30)
    assert name not in reached(world)
    world.advance(seconds=31)

    assert name in reached(world)
    world.advance(hours=2)
    assert name not in reached(world), "and once only"


def test_the_draft_says_how_many_get_it_now_how_many_when_and_who_cannot_be_reached(world: World) -> None:
    a_group(world, "nell", "hana", "phil", "sam", "stan")
    world.text("stan", "STOP")

    draft = alert_at(world, at("2026-11-24T10:30"))

    assert "For 1 it is too early or too late: Tue Nov 24 1pm." in draft  # Honolulu
    assert "Not reached: 1 said STOP, 0 have a number that takes no texts." in draft


def test_what_was_held_is_dropped_when_it_is_not_needed_any_more(world: World) -> None:
    a_group(world, "nell", "hana")
    alert_at(world, at("2026-11-24T09:00"), "1 person to the levee")
    assert reached(world) >= {"nell"}
    world.text("nell", "IN")
    world.new_texts()

    world.advance(hours=6)

    assert "hana" not in {name for name, _ in world.new_texts()}


def test_an_emergency_group_is_texted_at_any_hour_and_that_is_marked(world: World) -> None:
    a_group(world, "nell", keyword="LEVEE", founding="NEW EMERGENCY GROUP LEVEE Levee watch")

    alert_at(world, at("2026-11-24T03:00"), keyword="LEVEE")

    assert "nell" in reached(world)
    assert wanted(world, "nell")["why"]["S"] == "emergency"


def test_who_says_where_they_live_is_asked_by_the_clock_there(world: World) -> None:
    a_group(world, "una", "nell")
    world.text("una", "ZIP 96813")
    world.text("nell", "ZONE Hawaii")
    world.new_texts()

    alert_at(world, at("2026-11-24T12:59"))
    assert reached(world).isdisjoint({"una", "nell"})
    world.advance(minutes=2)

    assert reached(world) >= {"una", "nell"}


def wanted(world: World, name: str) -> dict[str, Any]:
    mine = [row for row in world.rows() if row["pk"]["S"] == f"person#{world.person(name)}"]
    return next(row for row in mine if row["sk"]["S"].startswith("you#wanted#"))
