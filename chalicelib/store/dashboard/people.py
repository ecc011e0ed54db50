"""The list of a group's people: so many rows a page, however many members there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from chalicelib.core.model import Group, Person
from chalicelib.core.people import History, Standing, histories, standing
from chalicelib.grammar.fold import fold
from chalicelib.store.asking import GOT, past_of
from chalicelib.store.codec import value_of, wanted_key
from chalicelib.store.members import Asking, members_of
from chalicelib.store.past import short
from chalicelib.store.plain import from_iso, in_parts
from chalicelib.store.queries import beside, get_many
from chalicelib.store.reading import readers
from chalicelib.store.tables import MEMBER_SHARDS, PersonRow, Row, WantedRow
from chalicelib.store.values import action_key, get, group_key, person_key

ON_PAGE = 50
AT_ONCE = 100  # keys in one request
LOOKED_AT = 2_000  # members that one page looks through for a standing
NAMED_AT = 500  # the same for a name, which is on another row of each
MOST_LIVE = 4  # actions that go on now, in which it is looked whether somebody was asked
NAMES = ["pk", "sk", "kind", "phone", "lang", "name", "zip"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One member in the list."""

    person: Person
    since: datetime
    standing: Standing
    history: History
    is_organizer: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some members, in no order that means anything; `after`: how far these go, "" if they are the last.

    `looked_at` are the members that were looked through for them.
    """

    group: Group
    people: tuple[Listed, ...]
    after: str = ""
    looked_at: int = 0


def people_page(
    keyword: str, now: datetime, after: str = "", only: Standing | None = None, name: str = ""
) -> PeoplePage | None:
    """None: there is no such group. `name` is folded, and begins or is a part of what somebody is called."""
    past = beside().submit(past_of, keyword)
    group: Group | None = get([group_key(keyword)]).get(group_key(keyword))
    if group is None:
        return None
    found, after, looked_at = looked_through(keyword, after, only, name)
    people = people_by_id([one.id for _, one in found])
    known = with_live(histories(past.result(), {short(one.id): one.since for _, one in found}, now), group, found)
    listed = tuple(
        Listed(
            people[one.id],
            one.since,
            standing(one.is_in, one.out),
            known[short(one.id)],
            one.id in group.organizers,
        )
        for _, one in found
        if one.id in people
    )
    return PeoplePage(group, listed, after, looked_at)


Read = list[tuple[str, Asking]]


def looked_through(keyword: str, after: str, only: Standing | None, name: str) -> tuple[Read, str, int]:
    """Those of a page, how far that is, and how many members were looked at."""
    most = NAMED_AT if name else LOOKED_AT if only else ON_PAGE
    read = some_members(keyword, after, most + 1)
    is_more, looked = len(read) > most, read[:most]
    fitting = [one for one in looked if only is None or standing(one[1].is_in, one[1].out) is only]
    if name:
        called = people_by_id([one.id for _, one in fitting])
        fitting = [one for one in fitting if one[1].id in called and name in fold(called[one[1].id].name)]
    if len(fitting) > ON_PAGE:
        page = fitting[:ON_PAGE]
        return page, page[-1][0], [at for at, _ in looked].index(page[-1][0]) + 1
    return fitting, looked[-1][0] if is_more else "", len(looked)


def some_members(keyword: str, after: str, most: int) -> Read:
    """So many after a place in the group, where there are as many: two round trips.

    Of a large group one read of one part is enough; of a small one all the other parts are read at once.
    """
    first, _, person = after.partition("#")
    start = int(first or 0)

    def part(number: int, since: str = "", left: int = most) -> Read:
        return [(f"{number}#{one.id}", one) for one in members_of(keyword, number, since, left)]

    found = part(start, person)
    if len(found) < most and start + 1 < MEMBER_SHARDS:
        left = most - len(found)
        found += chain.from_iterable(
            readers().map(lambda number: part(number, "", left), range(start + 1, MEMBER_SHARDS))
        )
    return found[:most]


def people_by_id(ids: Iterable[str]) -> dict[str, Person]:
    """Name, number, language and ZIP of each; as many requests at once as it takes."""
    parts = in_parts([person_key(one) for one in dict.fromkeys(ids)], AT_ONCE)
    found = readers().map(lambda keys: list[Any](Row.batch_get(keys, attributes_to_get=NAMES)), parts)
    return {one.id: one for one in map(value_of, (row for row in chain.from_iterable(found) if is_person(row)))}


def is_person(row: Row) -> bool:
    return isinstance(row, PersonRow)


def with_live(known: dict[str, History], group: Group, found: Read) -> dict[str, History]:
    """With what goes on now: whoever was texted an alert of it was last asked then."""
    live = [one for one in get_many(map(action_key, group.live[-MOST_LIVE:])).values() if one.opened_at]
    keys = [wanted_key(one.id, action.code, action.opened_at) for action in live for _, one in found]
    for row in many_rows(keys):
        if isinstance(row, WantedRow) and row.state in GOT and row.claimed_at:
            who, at = short(row.pk.removeprefix("person#")), from_iso(row.claimed_at)
            before = known[who].asked_at
            if before is None or at > before:
                known[who] = replace(known[who], code=row.code, asked_at=at)
    return known


def many_rows(keys: Iterable[tuple[str, str]]) -> Iterator[Any]:
    return chain.from_iterable(readers().map(lambda some: list[Any](Row.batch_get(some)), in_parts(keys, AT_ONCE)))
