"""The sender's rate: whoever asks gets a stretch of time of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.settings import read_settings
from chalicelib.store import sender
from tests.house.test_settings import NEEDED
from tests.world import World, now

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)


@pytest.mark.usefixtures("world")
def test_each_stretch_begins_where_the_one_before_ends() -> None:
    starts = [sender.reserve(segments, 10, NOW) for segments in (20, 5, 1)]

    assert [(start - NOW).total_seconds() for start in starts] == [0.0, 2.0, 2.5]


@pytest.mark.usefixtures("world")
def test_time_that_nobody_used_is_gone() -> None:
    sender.reserve(20, 10, NOW)

    assert sender.reserve(1, 10, NOW + timedelta(seconds=30)) == NOW + timedelta(seconds=30)


def test_a_senders_type_has_its_usual_rate_and_alerts_a_part_of_it() -> None:
    rates = {
        kind: read_settings({**NEEDED, "SENDER_TYPE": kind, "BULK_SHARE": "0.5"}).bulk_rate
        for kind in ("short_code", "toll_free", "long_code")
    }

    assert rates == {"short_code": 50.0, "toll_free": 1.5, "long_code": 0.5}
    assert read_settings({**NEEDED, "SENDER_RATE": "75"}).bulk_rate == 60.0


def test_a_long_alert_is_put_on_the_queue_a_minute_of_it_at_a_time(world: World) -> None:
    members = tuple(f"m{n}" for n in range(40))
    world.found_group(members=members)
    sender.reserve(180 * 90, 180, now())  # the sender is busy for a minute and a half

    code = world.raise_action("everyone to the levee")
    assert not [name for name in members if any(body.startswith(f"{code}: ") for body in world.got(name))]
    world.advance(minutes=3)

    assert {sum(body.startswith(f"{code}: ") for body in world.got(name)) for name in members} == {1}
