"""A group's members as asking them sees them: thousands at a time, only what it goes by, in pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from chalicelib.core.hours import Place
from chalicelib.store.plain import from_iso
from chalicelib.store.reading import items
from chalicelib.store.tables import MEMBER_SHARDS, Row, member_pk

ASKED_FOR = ["sk", "is_in", "out", "place", "since"]
LAST = "~"


class Asking(NamedTuple):
    """A member: who, where, since when, and why not if they would get no alert (`stopped`, `left`, `bad number`)."""

    id: str
    is_in: bool
    out: str
    place: Place
    since: datetime


def members(keyword: str, after: str = "") -> Iterator[tuple[str, Asking]]:
    """All members there ever were, each with how far that is: `after` it, the same reading goes on."""
    first, _, sk = after.partition("#")
    start = int(first or 0)
    for part in range(start, MEMBER_SHARDS):
        yield from ((f"{part}#{one.id}", one) for one in members_of(keyword, part, sk if part == start else ""))


def members_of(keyword: str, part: int, after: str = "", most: int | None = None) -> Iterator[Asking]:
    """Of one part of the group, in the order of their ids; `most`: so many of them, in one read."""
    since = Row.sk.between(f"member#{after}" + ("!" if after else ""), f"member#{LAST}")
    for item in items(member_pk(keyword, part), since, False, most, attributes=ASKED_FOR):
        yield Asking(
            item["sk"]["S"][len("member#") :],
            item["is_in"]["BOOL"],
            item["out"]["S"] if "out" in item else "",
            place_of(item["place"]["S"] if "place" in item else ""),
            from_iso(item["since"]["S"]) if "since" in item else LONG_AGO,
        )


LONG_AGO = from_iso("2026-01-01T00:00:00.000000Z")
PLACES: dict[str, Place] = {}


def place_of(text: str) -> Place:
    """Few places, many members: each is read once."""
    if text not in PLACES:
        PLACES[text] = Place.parse(text)
    return PLACES[text]
