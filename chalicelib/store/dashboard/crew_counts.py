"""How an action fills, put together of the rows that lie side by side in its crew's parts: no pledge is read for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.counting import Curve, curve_of, seconds_since
from chalicelib.core.model import Action
from chalicelib.store.crew_codec import stretch_attribute

Item = Mapping[str, Any]
TALLY = "tally#coming"
FIRST_STRETCH = stretch_attribute(0)


def tallies(items: Iterable[Item]) -> list[Item]:
    """Of raw items of a crew's parts (store/reading.items) those that count seats."""
    return [item for item in items if item["sk"]["S"] == TALLY]


def number(item: Item, name: str) -> float:
    return float(item[name]["N"]) if name in item else 0


def answered_of(action: Action, items: Iterable[Item]) -> int:
    """How many people have answered in any way, each once."""
    return action.answered + sum(int(number(item, "answered")) for item in tallies(items))


def coming_of(action: Action, items: Iterable[Item]) -> int:
    """Seats taken: an open-ended action's are in its crew's parts."""
    if action.need is not None:
        return action.tally.coming
    return sum(int(number(item, "n")) for item in tallies(items))


def curve_from(action: Action, items: Iterable[Item], now: datetime) -> Curve:
    """(seconds since it opened, seats taken), from nothing at its opening on. Empty if it has not opened."""
    if action.opened_at is None:
        return ()
    curve = action.curve
    if action.need is None:
        until = seconds_since(action.opened_at, min(now, action.ended_at or now))
        curve = curve_of(stretches(items), until)
    return curve if curve and curve[0][0] == 0 else ((0, 0), *curve)


def stretches(items: Iterable[Item]) -> dict[int, float]:
    """Seats taken by stretch of time, over all parts of a crew."""
    taken: dict[int, float] = {}
    for item in tallies(items):
        for name in item:
            if len(name) == len(FIRST_STRETCH) and name[0] == FIRST_STRETCH[0] and name[1:].isdecimal():
                taken[int(name[1:])] = taken.get(int(name[1:]), 0) + number(item, name)
    return taken
