"""QUIET 22-7: no alerts in these hours of the person's day."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.consent import quiet_until
from chalicelib.core.model import Person

NEW_YORK = ZoneInfo("America/New_York")


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        pytest.param((22, 7), at(22), at(7, day=24), id="it begins with its first minute"),
        pytest.param((22, 7), at(21, 59), None, id="and not a minute before"),
        pytest.param((22, 7), at(6, 59), at(7), id="it lasts over midnight"),
        pytest.param((22, 7), at(7), None, id="and ends with its last minute"),
        pytest.param((13, 15), at(14), at(15), id="within a day"),
        pytest.param(None, at(3), None, id="nobody who has not asked is held"),
    ],
)
def test_an_alert_waits_for_the_end_of_quiet_hours(
    quiet: tuple[int, int] | None, now: datetime, until: datetime | None
) -> None:
    assert quiet_until(Person("ann", "", quiet=quiet), now) == until
