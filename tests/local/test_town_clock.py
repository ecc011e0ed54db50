"""The town's clock goes from one due moment to the next, and everything due is done before it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.clock import FARTHEST_SECONDS, Clock, Offset, seconds_of

HOUR = 3600


@dataclass
class Errands:
    """An app and its queues: what is due at which hour from now, and what each brings about for later."""

    offset: Offset
    due: dict[float, list[float]]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    queued: list[float] = field(default_factory=list)
    done: list[tuple[float, float]] = field(default_factory=list)

    def next_due(self, after: datetime, until: datetime) -> datetime | None:
        moments = sorted(self.began + timedelta(hours=hours) for hours in self.due)
        return next((moment for moment in moments if after < moment <= until), None)

    def tick(self, *_: Any) -> None:
        self.queued += [hours for hours in self.due if self.began + timedelta(hours=hours) <= self.offset.now()]

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        """Looking is what lets time pass here: one message is worked off for each look."""
        waiting = len(self.queued)
        if self.queued:
            self.work(self.queued.pop(0))
        return {
            "Attributes": {"ApproximateNumberOfMessages": str(waiting), "ApproximateNumberOfMessagesNotVisible": "0"}
        }

    def work(self, hours: float) -> None:
        for later in self.due.pop(hours, []):
            self.due[later] = []
        shown = (self.offset.now() - self.began).total_seconds() / HOUR
        self.done.append((hours, round(shown, 1)))

    def clock(self) -> Clock:
        return Clock(self.offset, self.tick, self.next_due, self, ("only",))


def test_each_is_done_at_its_own_moment_and_so_is_what_it_brings_about(tmp_path: Path) -> None:
    errands = Errands(Offset(tmp_path / "clock"), {1: [3.5], 2: [], 30: []})

    now = errands.clock().advance(24 * HOUR)

    assert errands.done == [(1, 1.0), (2, 2.0), (3.5, 3.5)]
    assert errands.due == {30: []}
    assert round((now - errands.began).total_seconds() / HOUR, 1) == 24.0


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    offset = Offset(tmp_path / "clock")
    offset.move_to(datetime.now(UTC) + timedelta(hours=5))

    offset.move_to(datetime.now(UTC) + timedelta(hours=2))

    assert round(offset.read() / HOUR) == 5


@pytest.mark.parametrize("form", ["", "advance=", "advance=soon", "advance=-1", "advance=nan", "advance=inf", "go=5"])
def test_what_is_no_number_of_seconds_moves_nothing(form: str) -> None:
    assert seconds_of(form) is None


def test_what_is_one_does() -> None:
    assert [seconds_of(f"advance={s}") for s in (0, 86400, FARTHEST_SECONDS)] == [0, 86400, FARTHEST_SECONDS]
