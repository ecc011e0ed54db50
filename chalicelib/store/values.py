"""Values by their keys, and what is put together of several rows: strongly consistent, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from chalicelib.core.model import Action, Answer, Group, Pledge, Tally, Task
from chalicelib.core.names import called
from chalicelib.store.codec import crew_part, value_of
from chalicelib.store.crew_codec import spent_key as spent_key
from chalicelib.store.crew_codec import task_key
from chalicelib.store.plain import iso
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import CREW_SHARDS, PledgeRow, Row, action_pk, crew_pk, group_pk, person_pk

MOST_MISSING = 24  # of a crew, looked at for who has not said HERE
Key = tuple[str, str]


def get(keys: Iterable[Key], is_consistent: bool = True) -> dict[Key, Any]:
    """Values by key, strongly consistent, in one round trip (to 100 keys). What is not there is left out."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    return {(row.pk, row.sk): value_of(row) for row in Row.batch_get(wanted, consistent_read=is_consistent)}


def person_key(person: str) -> Key:
    return person_pk(person), "you"


def group_key(keyword: str) -> Key:
    return group_pk(keyword), "group"


def standing(group: Group | None) -> Group | None:
    """The group, unless it was deleted: then it is as if it were not, though its keyword stays taken."""
    return None if group is None or group.ended_at else group


def action_key(code: str) -> Key:
    return action_pk(code), "action"


def pledge_key(code: str, person: str) -> Key:
    return crew_part(code, person), f"pledge#{person}"


def in_parallel(read: Callable[[int], Any], parts: int) -> list[Any]:
    """The same read of each part of something spread over partitions, all at once."""
    return list(readers().map(read, range(parts)))


def task_keys(code: str, numbers: Iterable[int]) -> list[Key]:
    return [task_key(code, number) for number in numbers]


def talk_key(code: str) -> Key:
    return action_pk(code), "talk"


def tasks_of(code: str) -> tuple[Task, ...]:
    """An action's tasks in the order of their numbers: there are few."""
    return tuple(value_of(row) for row in rows(action_pk(code), Row.sk.startswith("task#")))


def pledge_rows(code: str, after: str) -> Iterator[tuple[str, PledgeRow]]:
    """Everybody's, part after part of the crew, each with how far that is: `after` it, the same reading goes on."""
    first, _, sk = after.partition("#")
    start = int(first or 0)
    for part in range(start, CREW_SHARDS):
        since = Row.sk.between(f"{sk}!" if sk and part == start else "pledge#", "pledge#~")
        for row in rows(crew_pk(code, part), since):
            if isinstance(row, PledgeRow):
                yield f"{part}#{row.sk}", row


def pledges_of(code: str, people: Iterable[str], is_consistent: bool = True) -> dict[str, Pledge]:
    """What these people have answered, by person."""
    found: dict[Key, Pledge] = get((pledge_key(code, one) for one in people), is_consistent)
    return {pledge.person: pledge for pledge in found.values()}


def tally_of(action: Action) -> Tally:
    """What an open-ended crew adds up to, over all its parts."""

    def part(number: int) -> list[Any]:
        return list(rows(crew_pk(action.code, number), Row.sk.startswith("tally#")))

    sums: dict[str, float] = {}
    for row in chain.from_iterable(in_parallel(part, CREW_SHARDS)):
        what = row.sk.removeprefix("tally#")
        sums[what] = sums.get(what, 0) + row.n
    amounts = {what.removeprefix("done:"): n for what, n in sums.items() if what.startswith("done:")}
    return Tally(int(sums.get("coming", 0)), int(sums.get("here", 0)), amounts)


def first_of_crew(code: str, most: int) -> tuple[Pledge, ...]:
    """Some who are in, in no particular order; their names are asked for."""

    def part(number: int) -> list[Any]:
        return list(rows(crew_pk(code, number), Row.sk.startswith("pledge#"), is_consistent=False, limit=most * 2))

    pledges = [value_of(row) for row in chain.from_iterable(in_parallel(part, CREW_SHARDS))]
    return tuple(sorted((one for one in pledges if one.answer is Answer.IN), key=lambda one: iso(one.since))[:most])


def missing_of(code: str) -> tuple[str, ...]:
    """What some are called who are in and have not said HERE: as an organizer may write them after an @."""
    crew = [one for one in first_of_crew(code, MOST_MISSING) if not one.is_here and not one.is_no_show]
    people = get(person_key(one.person) for one in crew if not one.name)
    named = [one.name or called(people[person_key(one.person)]) for one in crew if one.name or people]
    return tuple(named)


def raiser_first(organizers: tuple[str, ...], raised_by: str) -> list[str]:
    return [one for one in organizers if one == raised_by] + [one for one in organizers if one != raised_by]


def organizer_reached(group: Group | None, first: str) -> str:
    """The organizer who can be texted: this one if they are one of the group's, or another; nothing: nobody can."""
    leads = raiser_first(group.organizers, first) if group else []
    people = get(map(person_key, leads))
    return next((one for one in leads if person_key(one) in people and not people[person_key(one)].is_stopped), "")


def with_tally(action: Action) -> Action:
    return action if action.need is not None else replace(action, tally=tally_of(action))
