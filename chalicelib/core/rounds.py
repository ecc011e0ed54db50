"""The rounds that more than one decision calls: everybody, or the next wave."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.commands import NextWave
from chalicelib.core.model import Action
from chalicelib.core.outcome import Audience, Later, Round, Say

WANTED_WITHIN = timedelta(hours=1)  # where no time is said
STILL_WANTED_WITHIN = timedelta(minutes=30)  # where that has passed


def deadline(action: Action, now: datetime) -> datetime:
    """By when it is to be filled: its start. Without one it is wanted soon; once that has passed, as soon as can be."""
    wanted = action.starts_at or (action.opened_at or now) + WANTED_WITHIN
    return min(action.ends_at, wanted if wanted > now else now + STILL_WANTED_WITHIN)


def wave_due(action: Action, at: datetime) -> Later:
    """A look whether more are to be asked. Each has a name of its own: done with, it takes no later one along."""
    return Later(NextWave(action.code, action.wave), at, f"wave#{action.wave}#{at.isoformat()}")


def asks_members(action: Action, alert: Say) -> Round:
    """The alert to everybody in the group who has not had it."""
    return Round(action.code, Audience.MEMBERS, alert, until=action.ends_at)
