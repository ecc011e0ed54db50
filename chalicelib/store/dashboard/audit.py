"""What was done to a group and its actions, as it is read back: the newest first, so many at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chalicelib.core.kept import Act
from chalicelib.core.model import Group, Person
from chalicelib.store.codec import value_of
from chalicelib.store.plain import in_parts
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import Row, group_pk
from chalicelib.store.values import get, group_key, person_key

MOST_LOOKED_AT = 2_000  # acts in one request, of which few may fit
AT_ONCE = 100  # keys in one request
CURSOR = re.compile(r"[0-9TZ:.-]{20,40}#[0-9a-f]{16}")

Named = Callable[[Act], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Acts:
    """Some acts, and after which to go on for older ones ("": there are none)."""

    acts: tuple[Act, ...]
    older: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A group, some of what was done to it, and the people by id: its organizers, and all whom those acts name."""

    group: Group
    acts: tuple[Act, ...]
    older: str
    people: Mapping[str, Person]


def audit_page(keyword: str, code: str, person: str, after: str, limit: int, named: Named) -> AuditPage | None:
    """None: there is no such group. `named`: whom an act names. Two round trips, where nothing is sought."""
    beside = readers().submit(acts_of, keyword, code, limit, after, person, is_consistent=True)
    group: Group | None = get([group_key(keyword)]).get(group_key(keyword))
    found = beside.result()
    if group is None:
        return None
    ids = dict.fromkeys((*group.organizers, *(one for act in found.acts for one in named(act))))
    parts = in_parts(map(person_key, ids), AT_ONCE)
    people: list[Person] = [one for some in parts for one in get(some, is_consistent=False).values()]
    return AuditPage(group, found.acts, found.older, {one.id: one for one in people})


def acts_of(
    keyword: str, code: str = "", limit: int = 50, after: str = "", person: str = "", is_consistent: bool = False
) -> Acts:
    """Of a group, or of one of its actions, or by one of its organizers. `after` is an earlier answer's `older`.

    One round trip while all fit; where few do, as many as MOST_LOOKED_AT acts take.
    """
    begins = f"act#{after}!" if CURSOR.fullmatch(after) else "act#"
    found: list[Act] = []
    last = ""
    page = 4 * limit if code or person else limit + 1
    listed = rows(group_pk(keyword), Row.sk.between(begins, "act#~"), is_consistent, page=page)
    for looked_at, row in enumerate(listed):
        if len(found) == limit or looked_at == MOST_LOOKED_AT:
            return Acts(tuple(found), last)
        act: Act = value_of(row)
        last = row.sk.removeprefix("act#")
        if (not code or act.code == code) and (not person or act.person == person):
            found.append(act)
    return Acts(tuple(found))
