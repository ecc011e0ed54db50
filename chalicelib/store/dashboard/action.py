"""What an organizer sees of one action. Nothing here is for a decision; nothing grows with its crew but what is asked.

What is looked at every few seconds is read eventually consistent, all at once, and without a single pledge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core import waves
from chalicelib.core.kept import Word
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Answer, Group, Person, Pledge, Spent, State, Tally
from chalicelib.core.names import called
from chalicelib.core.readiness import Readiness, learn, occasion
from chalicelib.core.showing import SEEN
from chalicelib.core.watching import CrewShown, InboxShown, InTurn, NextShown, Sitting, TasksShown, Watched, Why
from chalicelib.core.waving import Planning
from chalicelib.runtime import Runtime
from chalicelib.store.asking import planning
from chalicelib.store.codec import value_of
from chalicelib.store.dashboard.crew_counts import answered_of, coming_of, curve_from, number
from chalicelib.store.reading import items, readers, rows
from chalicelib.store.tables import CREW_SHARDS, LineRow, Row, TimerRow, action_pk, crew_pk
from chalicelib.store.values import action_key, first_of_crew, get, group_key, in_parallel, person_key, tasks_of

MOST_WATCHED = 14  # rows of the crew's first part: what was spent, its sums, and the newest words
MOST_CREW = 50  # people on a page of the crew's list
MOST_LINE = 50
MOST_WORDS = 15
MOST_NAMED = 40  # of the crew, for whom a task may be
MOST_NEXT = 25

# --- what is watched ------------------------------------------------------------------------------------


def action_of(code: str) -> Action | None:
    """As it is now. None: nobody was ever asked for it."""
    action: Action | None = get([action_key(code)]).get(action_key(code))
    return action if action and is_seen(action) else None


def is_seen(action: Action) -> bool:
    return action.state in SEEN and action.opened_at is not None


def watched(code: str, now: datetime, is_consistent: bool = False) -> Watched | None:
    """The action with its sums: one round trip. None: nobody was ever asked for it."""
    parts = [readers().submit(part_of, code, part, is_consistent) for part in range(CREW_SHARDS)]
    action: Action | None = get([action_key(code)], is_consistent).get(action_key(code))
    found = [part.result() for part in parts]
    if action is None or not is_seen(action):
        return None
    all_items = list(chain.from_iterable(found))
    spent, words = Spent(code), []
    for row in (Row.from_raw_data(one) for one in found[0] if not one["sk"]["S"].startswith("tally#")):
        value = value_of(row)
        if isinstance(value, Spent):
            spent = value
        else:
            words.append(value)
    has_more = len(found[0]) == MOST_WATCHED and bool(words)
    action = replace(action, tally=whole_tally(action, all_items))
    answered = answered_of(action, all_items)
    return Watched(action, spent, answered, curve_from(action, all_items, now), tuple(words), has_more)


def part_of(code: str, part: int, is_consistent: bool) -> list[dict[str, Any]]:
    """Raw rows: of the first part all that is watched, which lies side by side there; of the others their sums."""
    since = Row.sk.startswith("tally#") if part else Row.sk >= "spent"
    return list(items(crew_pk(code, part), since, is_consistent, None if part else MOST_WATCHED))


def whole_tally(action: Action, found: Iterable[dict[str, Any]]) -> Tally:
    """What its crew adds up to, over all its parts, where it is spread."""
    if action.need is not None or action.record is not None:
        return action.tally
    sums: dict[str, float] = {}
    tallied = [one for one in found if one["sk"]["S"].startswith("tally#")]
    for one in tallied:
        what = one["sk"]["S"].removeprefix("tally#")
        sums[what] = sums.get(what, 0) + number(one, "n")
    amounts = {what.removeprefix("done:"): n for what, n in sums.items() if what.startswith("done:")}
    return Tally(coming_of(action, tallied), int(sums.get("here", 0)), amounts)


# --- the crew -------------------------------------------------------------------------------------------


def crew_of(action: Action, after: str = "") -> CrewShown:
    """Those who have answered and not said OUT, some at a time in an order of their own.

    `after` is how far the page before came. One round trip, two if some have no name: so for any crew.
    """
    line = readers().submit(line_of, action.code) if action.has_line and not after else None

    def part(number: int) -> list[Any]:
        since = Row.sk.between(f"pledge#{after}!" if after else "pledge#", "pledge#~")
        return list(rows(crew_pk(action.code, number), since, is_consistent=False, limit=MOST_CREW + 1))

    found = sorted(chain.from_iterable(in_parallel(part, CREW_SHARDS)), key=lambda row: str(row.sk))
    shown = found[:MOST_CREW]
    pledges: list[Pledge] = [value_of(row) for row in shown]
    places = line.result() if line else []
    pledges = [one for one in pledges if one.answer is not Answer.OUT and not (one.is_gone and not one.is_here)]
    names = names_of(pledges)
    in_order = sorted(pledges, key=lambda one: (one.since or action.ends_at, one.person))
    everyone = [sitting(one, names) for one in in_order]
    line_order = {person: n for n, person in enumerate(places)}
    return CrewShown(
        coming=tuple(one for one in everyone if one.answer == Answer.IN),
        line=tuple(
            sorted(
                (one for one in everyone if one.answer == Answer.WAITING),
                key=lambda one: line_order.get(one.person, len(line_order)),
            )
        ),
        undecided=tuple(one for one in everyone if one.answer == Answer.MAYBE),
        after=shown[-1].sk.removeprefix("pledge#") if len(found) > MOST_CREW else "",
    )


def line_of(code: str) -> list[str]:
    """Who waits, the first in line first."""
    found = rows(action_pk(code), Row.sk.startswith("line#"), is_consistent=False, limit=MOST_LINE)
    return [row.sk.rpartition("#")[2] for row in found if isinstance(row, LineRow)]


def names_of(pledges: Iterable[Pledge]) -> dict[str, str]:
    """What those are called who have no name in this crew: two digits of their number."""
    nameless = [one.person for one in pledges if not one.name]
    people: Iterable[Person] = get((person_key(one) for one in nameless), is_consistent=False).values()
    return {one.id: called(one) for one in people}


def sitting(pledge: Pledge, names: dict[str, str]) -> Sitting:
    return Sitting(
        person=pledge.person,
        called=pledge.name or names.get(pledge.person, "…"),
        answer=str(pledge.answer),
        seats=pledge.seats,
        note=pledge.note,
        arrives_at=pledge.arrives_at,
        asked_at=pledge.asked_at,
        since=pledge.since,
        channel=str(pledge.channel or ""),
        tasks=pledge.tasks,
        amounts=pledge.amounts,
        is_here=pledge.is_here,
        is_no_show=pledge.is_no_show,
    )


def inbox_of(code: str, after: str = "") -> InboxShown:
    """What the crew wrote to its organizers, the newest first, some at a time."""
    since = Row.sk.between(f"word#{after}!" if after else "word#", "word#~")
    found = list(rows(crew_pk(code, 0), since, is_consistent=False, limit=MOST_WORDS + 1))
    words: tuple[Word, ...] = tuple(value_of(row) for row in found[:MOST_WORDS])
    return InboxShown(words, found[MOST_WORDS - 1].sk.removeprefix("word#") if len(found) > MOST_WORDS else "")


def task_list(action: Action) -> TasksShown:
    """What is to do, and to whom it may be given: those of the crew who have a name."""
    if action.record is not None:
        return TasksShown()
    tasks = readers().submit(tasks_of, action.code) if action.tasks else None
    crew = first_of_crew(action.code, MOST_NAMED) if action.tasks and action.state in LIVE else ()
    return TasksShown(tasks.result() if tasks else (), tuple(one.name for one in crew if one.name))


# --- who is asked next ----------------------------------------------------------------------------------


def next_wave(action: Action, now: datetime, world: Runtime) -> NextShown:
    """What a look would plan now. It reads the group as a wave does, and is read only when it is asked for."""
    why = nobody_because(action)
    if why is not None:
        return NextShown(why)
    group: Group | None = get([group_key(action.keyword)]).get(group_key(action.keyword))
    if group is None:
        return NextShown(Why.OVER)
    planned = planning(action, group, now, world)
    view = planned.view
    known = known_of(planned)
    is_repeated = bool(action.again_of and not action.wave and planned.first)
    wave = waves.next_wave(view, known, now)
    forced = wave if wave.ask or is_repeated else waves.next_wave(view, known, now, is_forced=True)
    turns = [who for who, whole in planned.ids.items() if whole in planned.first] if is_repeated else forced.ask
    if not turns:
        why = Why.NOBODY
    elif is_repeated:
        why = Why.LAST_CREW
    else:
        why = Why.NOW if wave.ask else Why.MORE
    people: dict[Any, Person] = get((person_key(planned.ids[who]) for who in turns[:MOST_NEXT]), is_consistent=False)
    return NextShown(
        why=why,
        people=tuple(
            InTurn(called(person), round(known.of(who) * 100), known.askings_of(who), known.burden_of(who))
            for who in turns[:MOST_NEXT]
            if (person := people.get(person_key(planned.ids[who])))
        ),
        many=len(turns),
        looked_at=len(view.candidates) + len(view.asked),
        asked=len(view.asked),
        asleep=sum(one.free_at is not None and one.free_at > now for one in view.candidates),
        missing=max(0, view.need - view.taken),
        expected=max(0.0, wave.expected - view.taken),
        looks_at=next_look(action.code),
    )


def nobody_because(action: Action) -> Why | None:
    """Why it is not asked in waves now."""
    if action.state is State.FILLED or (action.need is not None and action.tally.coming >= action.need):
        return Why.FULL
    if action.state not in LIVE:
        return Why.OVER
    return Why.ALL if action.is_all or action.need is None else None


def known_of(planned: Planning) -> Readiness:
    """As waves.plan learns it: what the group's earlier actions and its own answers tell of everybody."""
    view = planned.view
    long_ago = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
    members = {one.id: long_ago for one in view.asked} | {one.id: one.joined_at for one in view.candidates}
    return learn(view.past, members, occasion(view.opened_at, view.deadline))


def next_look(code: str) -> datetime | None:
    """When it is looked again whether more are to be asked, as the timer says."""
    found = rows(action_pk(code), Row.sk.startswith("timer#wave#"), is_consistent=False)
    due = [row.due for row in found if isinstance(row, TimerRow) and row.due]
    return min(map(datetime.fromisoformat, due), default=None)
