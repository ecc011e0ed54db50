"""What whoever runs the installation sees: every group, what is spent, whether it goes out, what is overdue.

A page of groups costs two round trips, the list and then the groups with their day's spending; the rest goes beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.core.kept import Founded, Sending
from chalicelib.core.model import Group, Person
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.codec import value_of
from chalicelib.store.dashboard.home import segments_at
from chalicelib.store.kept_codec import sending_key
from chalicelib.store.plain import iso
from chalicelib.store.queries import get_many
from chalicelib.store.reading import keys_due, readers, rows
from chalicelib.store.sender import day_key
from chalicelib.store.tables import DUE_SHARDS, GROUPS, Row
from chalicelib.store.values import get, group_key, person_key

A_PAGE = 50  # groups
DAYS = 14
OVERDUE_AFTER = timedelta(minutes=1)  # by then the clock has found it
MOST_OVERDUE = 250  # rows counted in each part of the due index


@dataclass(frozen=True, slots=True)
class GroupRun:
    """A group as its operator sees it; `spent` are segments of today, of `limit` at most."""

    keyword: str
    name: str
    founded_at: datetime
    organizers: int
    live: int
    spent: int
    limit: int
    is_emergency: bool = False
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Day:
    """Segments given to the carrier on a day."""

    day: date
    segments: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """What should have been done a minute ago and is not: how many (`has_more`: at least), the oldest since when."""

    n: int
    oldest: datetime | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """`after` is the keyword after which there are more groups; `holder` is who holds sending, if an operator does."""

    groups: tuple[GroupRun, ...]
    after: str
    days: tuple[Day, ...]
    sending: Sending
    overdue: Overdue
    holder: Person | None = None


def run(world: Runtime, after: str = "") -> Run:
    """`after` is a keyword: groups are listed from there on, in the order of their keywords."""
    now = world.now()
    late = readers().submit(overdue, now)
    days = readers().submit(days_of, day_of(now, world))
    groups, more = groups_after(after, world)
    sending = sending_now()
    key = person_key(sending.held_by)
    holder = get([key], is_consistent=False).get(key) if sending.held_by else None
    return Run(groups, more, days.result(), sending, late.result(), holder)


def sending_now() -> Sending:
    """As it is, and not as it was a moment ago: who has pressed sees what came of it."""
    found: Sending | None = get([sending_key()]).get(sending_key())
    return found or Sending()


def groups_after(after: str, world: Runtime) -> tuple[tuple[GroupRun, ...], str]:
    begins = f"group#{after}!" if after else "group#"
    listed = rows(GROUPS, Row.sk.between(begins, "group#~"), is_consistent=False, limit=A_PAGE + 1)
    founded: list[Founded] = [value_of(row) for row in listed]
    shown, today = founded[:A_PAGE], day_of(world.now(), world)
    counting = readers().submit(segments_at, [day_key(one.keyword, today) for one in shown])
    found: dict[Any, Group] = get_many(group_key(one.keyword) for one in shown)
    spent = counting.result()
    groups = [
        group_run(found[group_key(one.keyword)], one.at, spent[day_key(one.keyword, today)], world)
        for one in shown
        if group_key(one.keyword) in found
    ]
    return tuple(groups), shown[-1].keyword if len(founded) > A_PAGE else ""


def group_run(group: Group, at: datetime, spent: int, world: Runtime) -> GroupRun:
    return GroupRun(
        group.keyword,
        group.name,
        at,
        len(group.organizers),
        len(group.live),
        spent,
        world.settings.limit_of(group.daily_cents),
        group.is_emergency,
        group.is_public,
    )


def days_of(today: date) -> tuple[Day, ...]:
    """Of the whole installation, today first."""
    days = [today - timedelta(days=n) for n in range(DAYS)]
    spent = segments_at(day_key("", day) for day in days)
    return tuple(Day(day, spent[day_key("", day)]) for day in days)


def overdue(now: datetime) -> Overdue:
    """From the due index, which is a moment behind; of each of its parts at most MOST_OVERDUE are counted."""
    until = iso(now - OVERDUE_AFTER)
    parts = [[due for _, _, due in keys_due(str(part), until, MOST_OVERDUE)] for part in range(DUE_SHARDS)]
    return Overdue(sum(map(len, parts)), oldest_of(parts), any(len(part) == MOST_OVERDUE for part in parts))


def oldest_of(parts: Iterable[list[str]]) -> datetime | None:
    firsts = [part[0] for part in parts if part]
    return datetime.fromisoformat(min(firsts)) if firsts else None
