"""Reminders: to whoever is in, so long before the start, with the place and how to drop out; each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.commands import EndTime, Remind, StartTime
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action
from chalicelib.core.outcome import Audience, Fill, Later, Outcome, Round, Say
from chalicelib.core.times import TimeView

A_DAY = 24 * 60  # minutes
PLACE_SHOWN = 40


def reminders(action: Action, minutes: Iterable[int], now: datetime) -> tuple[Later, ...]:
    """One for each of these lead times that is not too near to be news: half of it, at least, lies between.

    Each has a name of its own, with the start that it is for: a start that has moved leaves the old ones to say
    nothing, and one that has moved back finds that they have been given.
    """
    if action.starts_at is None:
        return ()
    found = []
    for lead in minutes:
        due = ahead_of(action.starts_at.astimezone(ZoneInfo(action.zone)), lead)
        if due - now >= timedelta(minutes=lead) / 2:
            command = Remind(action.code, lead, action.starts_at)
            found.append(Later(command, due, f"remind#{lead}#{moment(action.starts_at)}"))
    return tuple(found)


def ahead_of(starts_at: datetime, minutes: int) -> datetime:
    """Whole days before are days on the wall, whatever daylight saving does between; hours are hours."""
    if minutes % A_DAY:
        return starts_at.astimezone(UTC) - timedelta(minutes=minutes)
    return (starts_at - timedelta(days=minutes // A_DAY)).astimezone(UTC)


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def timers(action: Action, minutes: Iterable[int], now: datetime) -> tuple[Later, ...]:
    """All that an action's times bring about by themselves: its reminders, its start and its end."""
    start = (
        (Later(StartTime(action.code), max(action.starts_at, now), f"start#{moment(action.starts_at)}"),)
        if action.starts_at
        else ()
    )
    end = Later(EndTime(action.code), action.ends_at, f"end#{moment(action.ends_at)}")
    return (*reminders(action, minutes, now), *start, end)


def decide_remind(ask: Remind, view: TimeView, now: datetime) -> Outcome:
    """To the crew as it is then. A day before it may wait for the hours of each, an hour before it may not."""
    action = view.action
    if action is None or action.state not in LIVE or action.starts_at != ask.starts_at or now >= ask.starts_at:
        return Outcome(code=ask.code)
    return Outcome(
        effects=(
            Round(action.code, Audience.CREW, reminder(action), until=action.starts_at, may_wait=ask.minutes >= A_DAY),
        ),
        code=ask.code,
    )


def reminder(action: Action) -> Say:
    fills: dict[str, Fill] = {"code": action.code}
    if action.starts_at:
        fills["when"] = action.starts_at.astimezone(ZoneInfo(action.zone))
    if action.place:
        fills["place"] = action.place[:PLACE_SHOWN]
    return Say("reminder_place" if action.place else "reminder", fills)
