"""What is read for the pages of one group, of which the reader is an organizer: the door has asked that.

Each page takes a number of reads that does not grow with the group's members.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.core.grouping import Bounds
from chalicelib.core.model import Group, Person
from chalicelib.core.showing import GroupShown
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.grouping import bounds_of
from chalicelib.store.plain import from_iso
from chalicelib.store.queries import beside, group_page
from chalicelib.store.reading import readers, rows
from chalicelib.store.sender import spent
from chalicelib.store.tables import MEMBER_SHARDS, GrownRow, Row, group_pk, member_pk, newest_first
from chalicelib.store.values import get, group_key, person_key, standing

MOST_ALERTS = 40  # the newest, drawn on the chart and counted after
MOST_ORGANIZERS = 50  # listed


@dataclass(frozen=True, slots=True)
class Day:
    """How many joined a group on a day in UTC, and how many left it or said STOP."""

    day: date
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert: when it went out, how many left on that day or the next, and how many joined."""

    code: str
    at: datetime
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group as its organizers see it: what is open and over, how it has grown, and its alerts, the newest first."""

    shown: GroupShown
    days: tuple[Day, ...]
    alerts: tuple[Raised, ...]

    @property
    def members(self) -> int:
        """Who would be asked, as far as it was counted: whoever said STOP or left is not."""
        return max(0, sum(one.joined - one.left for one in self.days))

    def since(self, first: date) -> tuple[int, int]:
        """How many have joined and left from that day on."""
        lately = [one for one in self.days if one.day >= first]
        return sum(one.joined for one in lately), sum(one.left for one in lately)


@dataclass(frozen=True, slots=True)
class GroupSet:
    """A group with what it has set, within which bounds, who organizes it, and segments spent today."""

    group: Group
    bounds: Bounds
    organizers: tuple[Person, ...]
    spent: int


def seen_group(keyword: str) -> GroupSeen | None:
    """None: there is none any more.

    Three round trips: the group with what is listed of it, its last actions, and beside them one query for each of its
    16 parts, which reads a small row for each day on which anybody joined or left.
    """
    growing = beside().submit(days_of, keyword)
    listing = beside().submit(alerts_of, keyword)
    shown = group_page(keyword)
    if shown is None:
        return None
    days = growing.result()
    return GroupSeen(shown, days, tuple(raised(code, at, days) for code, at in listing.result()))


def days_of(keyword: str) -> tuple[Day, ...]:
    """Every day on which somebody joined or left, the oldest first."""

    def part(number: int) -> list[Row]:
        return list(rows(member_pk(keyword, number), Row.sk.startswith("grew#"), is_consistent=False))

    joined, left = Counter[str](), Counter[str]()
    for row in (one for some in readers().map(part, range(MEMBER_SHARDS)) for one in some):
        if isinstance(row, GrownRow):
            day = row.sk.removeprefix("grew#")
            joined[day] += int(row.joined or 0)
            left[day] += int(row.left or 0)
    return tuple(Day(date.fromisoformat(day), joined[day], left[day]) for day in sorted(joined.keys() | left.keys()))


def alerts_of(keyword: str) -> list[tuple[str, datetime]]:
    """The codes of the last that were sent, and when; they are listed for 90 days."""
    found = rows(group_pk(keyword), Row.sk.startswith("listed#"), is_consistent=False, limit=MOST_ALERTS)
    parts = [row.sk.split("#") for row in found]
    return [(code, from_iso(newest_first(moment))) for _, moment, code in parts]


def raised(code: str, at: datetime, days: Iterable[Day]) -> Raised:
    first = at.date()
    after = [one for one in days if first <= one.day <= first + timedelta(days=1)]
    return Raised(code, at, sum(one.joined for one in after), sum(one.left for one in after))


def set_group(keyword: str, world: Runtime) -> GroupSet | None:
    """What the page of settings shows, in two round trips: the group with what it spent today, then its organizers."""
    spending = beside().submit(spent, keyword, day_of(world.now(), world))
    group = standing(get([group_key(keyword)]).get(group_key(keyword)))
    if group is None:
        return None
    people = get(map(person_key, group.organizers[:MOST_ORGANIZERS]))
    named = tuple(people[key] for key in map(person_key, group.organizers) if key in people)
    return GroupSet(group, bounds_of(world.settings), named, spending.result())


def poster_group(keyword: str) -> Group | None:
    """What a poster names, in one read."""
    return standing(get([group_key(keyword)], is_consistent=False).get(group_key(keyword)))
