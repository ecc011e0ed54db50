"""A group's people as files: how many they are, where each file begins, and who is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from chalicelib.core.model import Member, Person
from chalicelib.core.people import Standing, standing
from chalicelib.store.codec import value_of
from chalicelib.store.dashboard.people import people_by_id
from chalicelib.store.reading import items, readers, rows
from chalicelib.store.tables import MEMBER_SHARDS, MemberRow, Row, member_pk

IN_PART = 5_000  # rows of one file of an export


@dataclass(frozen=True, slots=True)
class Export:
    """How many people there are to export, and after which place each file begins."""

    people: int
    starts: tuple[str, ...]


def export_plan(keyword: str, in_part: int = IN_PART) -> Export:
    """All members but those who have left, as few facts of each as will do; the parts of the group at the same time."""
    ids = readers().map(lambda part: list(exported_ids(keyword, part)), range(MEMBER_SHARDS))
    places = list(chain.from_iterable(ids))
    return Export(len(places), ("", *(places[at - 1] for at in range(in_part, len(places), in_part))))


def exported_ids(keyword: str, part: int) -> Iterator[str]:
    attributes = ["sk", "is_in", "out"]
    for item in items(member_pk(keyword, part), Row.sk.startswith("member#"), False, None, attributes=attributes):
        out = item["out"]["S"] if "out" in item else ""
        if standing(item["is_in"]["BOOL"], out) is not Standing.LEFT:
            yield f"{part}#{item['sk']['S'].removeprefix('member#')}"


def exported(keyword: str, after: str, most: int = IN_PART) -> Iterator[tuple[Member, Person]]:
    """One file's people, with their numbers."""
    members = list(islice(exported_members(keyword, after), most))
    people = people_by_id(one.person for one in members)
    yield from ((one, people[one.person]) for one in members if one.person in people)


def exported_members(keyword: str, after: str) -> Iterator[Member]:
    start, _, person = after.partition("#")
    for part in range(int(start or 0), MEMBER_SHARDS):
        since = Row.sk.between(f"member#{person}!" if person else "member#", "member#~")
        person = ""
        for row in rows(member_pk(keyword, part), since, is_consistent=False):
            if isinstance(row, MemberRow):
                member: Member = value_of(row)
                if standing(member.is_in, member.out) is not Standing.LEFT:
                    yield member
