"""What decisions of a crew may look at: its names, its talk, its tasks. Strongly consistent, as store/views.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from chalicelib.core import commands as ask_for
from chalicelib.core.changing import ChangeView
from chalicelib.core.choosing import ActionView, Choice, is_led
from chalicelib.core.consent import may_hear_at
from chalicelib.core.crew import AT_ONCE, CrewPart, CrewView, Found, is_coming
from chalicelib.core.kept import Word
from chalicelib.core.lifecycle import HAS_CREW, LIVE
from chalicelib.core.model import Action, CrewName, Me, Pledge, Talk
from chalicelib.core.names import called, digits
from chalicelib.core.received import Received
from chalicelib.core.tasks import TasksView
from chalicelib.grammar.naming import addressed, name_key
from chalicelib.runtime import Runtime
from chalicelib.store.codec import keyword_of, value_of
from chalicelib.store.crew_codec import name_key_of
from chalicelib.store.members import place_of
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import CREW_SHARDS, Row, crew_pk
from chalicelib.store.values import (
    action_key,
    first_of_crew,
    get,
    in_parallel,
    person_key,
    pledge_key,
    pledge_rows,
    pledges_of,
    talk_key,
    task_keys,
    tasks_of,
    with_tally,
)
from chalicelib.store.views import actions_of, with_handles, with_hearers

MOST_LOOKED_AT = 500  # of a crew, for somebody without a name
WORDS_LOOKED_AT = 30  # for those that an answer answers
MOST_LIKE = 4  # people whose names begin alike, that are offered when only the beginning was written


def for_crew(code: str | None, got: Received, who: Me, world: Runtime) -> CrewView:
    """A crew's channel is open until it dissolves, after the action's end too."""
    since = got.at - timedelta(hours=world.settings.dissolve_hours)
    view = actions_of(code, since, who, has_groups=True)
    return crew_view(view, world)


def crew_view(view: ActionView, world: Runtime) -> CrewView:
    return CrewView(
        me=view.me,
        choices=view.choices,
        named=view.named,
        open_now=view.open_now,
        hearers=view.hearers,
        hearer_names=view.hearer_names,
        handles=view.handles,
        price=world.settings.segment_price,
        big_crew=world.settings.big_crew,
    )


def crews(view: ActionView) -> list[Choice]:
    """Those that the speaker is in, or leads."""
    mine = [one for one in view.choices if is_coming(one) or is_led(view, one)]
    return [one for one in mine if one.action.state in HAS_CREW]


# --- talk -----------------------------------------------------------------------------------------------


def for_talk(ask: Any, got: Received, who: Me, world: Runtime) -> CrewView:
    """SAY, @, MUTE: the talk of each crew that may be meant, who hears what is not for it, and whom a name means."""
    since = got.at - timedelta(hours=world.settings.dissolve_hours)
    asked = actions_of(ask.code, since, who, has_groups=True)
    codes = [one.action.code for one in crews(asked)]
    heard, talks = with_hearers(asked, who.person, also=map(talk_key, codes))
    view = crew_view(heard, world)
    view = replace(view, talks={code: talks.get(talk_key(code), Talk(code)) for code in codes})
    if isinstance(ask, ask_for.Speak):
        return replace(view, choices=tuple(map(with_size, view.choices)))
    if not isinstance(ask, ask_for.Tell):
        return with_found(view, ask.name, got.at, world) if ask.name else view
    led = [code for code, choice in zip(codes, crews(asked), strict=True) if is_led(asked, choice)]
    unanswered = {code: readers().submit(words_of, code) for code in led}
    found = with_found(view, ask.words, got.at, world)
    return replace(found, words={code: read.result() for code, read in unanswered.items()})


def words_of(code: str, most: int = WORDS_LOOKED_AT) -> tuple[Word, ...]:
    """What a crew last wrote to its organizers, the newest first."""
    return tuple(value_of(row) for row in rows(crew_pk(code, 0), Row.sk.startswith("word#"), limit=most))


def with_size(choice: Choice) -> Choice:
    return replace(choice, action=with_tally(choice.action))


def with_found(view: CrewView, words: str, now: datetime, world: Runtime) -> CrewView:
    """With whom the words begin to name, in each crew that may be meant, and when those may be texted."""
    candidates = addressed(words)
    codes = [one.action.code for one in view.choices]
    names: dict[Any, CrewName] = get(name_key_of(code, key) for code in codes for key, _ in candidates)
    known = {code: known_as(code, candidates, names) for code in codes}
    people = {one.person for ones in known.values() for one, _ in ones}
    read = get(
        [
            *(person_key(one) for one in people),
            *(pledge_key(code, one.person) for code, ones in known.items() for one, _ in ones),
        ]
    )
    found = {
        code: tuple(
            Found(one.shown, read[person_key(one.person)], read.get(pledge_key(code, one.person)), rest)
            for one, rest in ones
            if person_key(one.person) in read
        )
        for code, ones in known.items()
    }
    unknown = world.settings.unknown_states
    zones = {one.action.code: one.action.zone for one in view.choices}
    opens = {
        code: at
        for code, ones in found.items()
        for one in ones[:1]
        if (at := may_hear_at(one.person, place_of(one.person.place), now, zones[code], unknown))
    }
    said = words.split()[0] if words.split() else ""
    return replace(view, found=found, opens=opens, said_name=said)


def known_as(
    code: str, candidates: Iterable[tuple[str, str]], names: dict[Any, CrewName]
) -> list[tuple[CrewName, str]]:
    """The longest name that fits; if none does, those that begin like what was written."""
    last = ("", "")
    for key, rest in candidates:
        if name_key_of(code, key) in names:
            return [(names[name_key_of(code, key)], rest)]
        last = key, rest
    key, rest = last
    if not key:
        return []

    def part(number: int) -> list[Any]:
        return list(rows(crew_pk(code, number), Row.sk.startswith(f"name#{key}"), limit=MOST_LIKE))

    begins: list[CrewName] = [value_of(row) for row in chain.from_iterable(in_parallel(part, CREW_SHARDS))]
    alike = {one.person: one for one in begins}
    found = list(alike.values()) or (nameless(code, key) if key.isdigit() else [])
    return [(one, rest) for one in found[:MOST_LIKE]]


def nameless(code: str, two: str) -> list[CrewName]:
    """Who has given no name, and not written yet, so that their two digits stand nowhere: read from the crew itself."""
    crew = [one for one in first_of_crew(code, MOST_LOOKED_AT) if not one.name]
    people = get(person_key(one.person) for one in crew)
    return [CrewName(code, two, called(one), one.id) for one in people.values() if digits(one) == two]


# --- tasks ------------------------------------------------------------------------------------------------


def for_tasks(ask: Any, got: Received, who: Me, world: Runtime) -> CrewView:
    """The tasks of each crew that may be meant; to GIVE one, or drop somebody's, also whom the name means."""
    view = for_crew(ask.code, got, who, world)
    view = replace(view, tasks={one.action.code: tasks_of(one.action.code) for one in crews(view) if one.action.tasks})
    if isinstance(ask, ask_for.Take) and not name_key(who.person.name):
        handles = with_handles(view, who.person).handles
        view = replace(view, handles=handles)
    name = getattr(ask, "name", "")
    return with_found(view, name, got.at, world) if name else view


def for_next(ask: Any, got: Received, who: Me, world: Runtime) -> CrewView:
    listing = who.person.listing
    return for_tasks(ask_for.Tasks(listing.code if listing else None), got, who, world)


def for_report(ask: Any, got: Received, who: Me, world: Runtime) -> CrewView:
    """What was done may be told until the crew dissolves, after the action's end too."""
    if ask.task is not None:
        return for_tasks(ask, got, who, world)
    since = got.at - timedelta(hours=world.settings.dissolve_hours)
    return crew_view(actions_of(ask.code, since, who), world)


def for_all_here(ask: Any, got: Received, who: Me, world: Runtime) -> CrewView:
    view = for_crew(ask.code, got, who, world)
    return replace(view, choices=tuple(map(with_size, view.choices)))


def for_change(ask: Any, got: Received, who: Me, world: Runtime) -> ChangeView:
    """The organizer's actions; of the one that can only be meant also its tasks, whose times move with it."""
    view = actions_of(ask.code, got.at, who, has_groups=True)
    led = [one for one in view.choices if is_led(view, one) and one.action.state in LIVE]
    settings = world.settings
    return ChangeView(
        me=view.me,
        choices=view.choices,
        named=view.named,
        open_now=view.open_now,
        tasks=tasks_of(led[0].action.code) if len(led) == 1 and led[0].action.tasks else (),
        reminders=settings.reminders,
        length=settings.action_length,
    )


# --- what time says -----------------------------------------------------------------------------------------


def for_task_due(ask: Any, got: Received, who: Me, world: Runtime) -> TasksView:
    return some_tasks(ask.code, [ask.number], [])


def for_tasks_free(ask: Any, got: Received, who: Me, world: Runtime) -> TasksView:
    return some_tasks(ask.code, ask.numbers, [ask.who])


def some_tasks(code: str, numbers: Iterable[int], people: Iterable[str]) -> TasksView:
    """These tasks, with the pledges of these people and of those who have them."""
    found = get([action_key(code), *task_keys(code, numbers)])
    action: Action | None = found.pop(action_key(code), None)
    tasks = tuple(sorted(found.values(), key=lambda task: task.number))
    takers = [taker.person for task in tasks for taker in task.takers]
    return TasksView(action, tasks, pledges_of(code, [*people, *takers]))


def for_rest_here(ask: Any, got: Received, who: Me, world: Runtime) -> CrewPart:
    return some_of_crew(ask.code, ask.after)


def for_still_wanted(ask: Any, got: Received, who: Me, world: Runtime) -> CrewPart:
    """Of whoever has been noted as gone it is looked up whether they are so still."""
    part = some_of_crew(ask.code, ask.after)
    gone = get(person_key(one.person) for one in part.crew if one.is_gone).values()
    left = frozenset(one.id for one in gone if one.is_stopped or keyword_of(ask.code) not in one.groups)
    return replace(part, left=left)


def some_of_crew(code: str, after: str) -> CrewPart:
    """The action and the next who have answered it, in the order of their rows."""
    action: Action | None = get([action_key(code)]).get(action_key(code))
    crew: list[Pledge] = []
    for at, row in pledge_rows(code, after):
        crew.append(value_of(row))
        if len(crew) == AT_ONCE:
            return CrewPart(action, tuple(crew), at)
    return CrewPart(action, tuple(crew), "")
