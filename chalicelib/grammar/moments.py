"""Moments on a wall clock: what daylight saving skips moves forward, what it repeats is told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta


def wall(day: date, at: time, now: datetime) -> datetime:
    """When clocks in now's zone show that; the second time, if they show it twice and once is past.

    Through UTC and back, which moves a time that does not exist forward.
    """
    moments = [
        datetime.combine(day, at.replace(fold=fold), tzinfo=now.tzinfo).astimezone(UTC).astimezone(now.tzinfo)
        for fold in (0, 1)
    ]
    once, again = moments
    return again if not is_after(once, now) and is_after(again, now) and again.time() == at else once


def dated(year: int, month: int, number: int, at: time, now: datetime) -> datetime | None:
    try:
        return wall(date(year, month, number), at, now)
    except ValueError:  # 29 February
        return None


def first_after(now: datetime, candidates: Iterable[Callable[[], datetime | None]]) -> datetime | None:
    for candidate in candidates:
        moment = candidate()
        if moment and is_after(moment, now):
            return moment
    return None


def is_after(moment: datetime, now: datetime) -> bool:
    # Python compares two moments of one zone by their clocks alone, which is wrong in the hour that comes twice.
    return moment.astimezone(UTC) > now.astimezone(UTC)


def next_hour(now: datetime) -> datetime:
    return ahead(now.replace(minute=0, second=0, microsecond=0), timedelta(hours=1))


def ahead(now: datetime, length: timedelta) -> datetime:
    return (now.astimezone(UTC) + length).astimezone(now.tzinfo)


def midnight(day: datetime) -> datetime:
    """The first moment of the day that it is then and there."""
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
