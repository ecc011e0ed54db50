"""A crew's names, tasks and talk, and what it cost, from values to rows and back: a part of store/codec.py."""

from __future__ import annotations

from chalicelib.core.model import CrewName, Spent, Spoken, Taker, Talk, Task
from chalicelib.store.plain import from_iso, iso, listed, since_iso, unlisted, versioned
from chalicelib.store.tables import (
    CREW_SHARDS,
    CrewNameRow,
    Row,
    SpentRow,
    TalkRow,
    TaskRow,
    action_pk,
    crew_pk,
    shard,
)


def name_key_of(code: str, key: str) -> tuple[str, str]:
    return crew_pk(code, shard(key, CREW_SHARDS)), f"name#{key}"


def name_out(name: CrewName) -> Row:
    where = name_key_of(name.code, name.key)
    return CrewNameRow(*where, person=name.person, shown=name.shown, **versioned(name.version))


def name_in(row: CrewNameRow) -> CrewName:
    return CrewName(row.pk.split("#")[1], row.sk.removeprefix("name#"), row.shown, row.person, row.version)


def task_key(code: str, number: int) -> tuple[str, str]:
    return action_pk(code), f"task#{number:03}"


def task_out(task: Task) -> Row:
    return TaskRow(
        *task_key(task.code, task.number),
        text=task.text,
        many=task.many,
        at=task.at.isoformat() if task.at else None,
        takers=[[one.person, one.name, one.is_done] for one in task.takers] or None,
        is_done=task.is_done or None,
        **versioned(task.version),
    )


def task_in(row: TaskRow) -> Task:
    return Task(
        code=row.pk.removeprefix("action#"),
        number=int(row.sk.removeprefix("task#")),
        text=row.text,
        many=int(row.many),
        at=since_iso(row.at),
        takers=tuple(Taker(*one) for one in row.takers or ()),
        is_done=bool(row.is_done),
        version=row.version,
    )


def talk_out(talk: Talk) -> Row:
    return TalkRow(
        action_pk(talk.code),
        "talk",
        spoken=[[one.person, iso(one.at), one.mark] for one in talk.spoken] or None,
        silenced=listed(talk.silenced),
        deaf=listed(talk.deaf),
        is_cost_told=talk.is_cost_told or None,
        **versioned(talk.version),
    )


def talk_in(row: TalkRow) -> Talk:
    return Talk(
        code=row.pk.removeprefix("action#"),
        spoken=tuple(Spoken(person, from_iso(at), mark) for person, at, mark in row.spoken or ()),
        silenced=unlisted(row.silenced),
        deaf=unlisted(row.deaf),
        is_cost_told=bool(row.is_cost_told),
        version=row.version,
    )


def stretch_attribute(stretch: int) -> str:
    """Of the tally of seats coming: those taken in this stretch of an open-ended action's time (core/counting.py)."""
    return f"t{stretch:03}"


def spent_key(code: str) -> tuple[str, str]:
    """In the crew's first part, where what an organizer watches lies side by side."""
    return crew_pk(code, 0), "spent"


def spent_out(spent: Spent) -> Row:
    """Saved once, when an action is raised; from then on it is only counted up."""
    return SpentRow(*spent_key(spent.code), texts=spent.texts, segments=spent.segments)


def spent_in(row: SpentRow) -> Spent:
    return Spent(
        row.pk.split("#")[1],
        int(row.texts or 0),
        int(row.segments),
        int(row.alerts or 0),
        int(row.delivered or 0),
        int(row.failed or 0),
    )
