"""A crew among itself: by which names its people know each other, whom a name means, and who hears its talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeGuard

from chalicelib.core.choosing import ActionView, Choice, choose, is_led
from chalicelib.core.commands import ByText, Mute, Unmute
from chalicelib.core.kept import Word
from chalicelib.core.lifecycle import HAS_CREW, LIVE
from chalicelib.core.model import Action, Answer, CrewName, Person, Pledge, Talk, Task
from chalicelib.core.outcome import Entity, Outcome, Text, answer, refused, say

LONGEST_NAME_SAID = 24


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody whom a name may mean in one crew; `rest` is what was written after the name."""

    shown: str
    person: Person
    pledge: Pledge | None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class CrewView(ActionView):
    """An ActionView with, by code, what commands of a crew look at: its talk, its tasks, whom a name may mean there.

    `said_name` is the name as written. `opens` is when whoever was found may be texted by another of the crew (None:
    now). `price` is what a segment costs, in cents; `big_crew` how many make a crew whose talk costs enough to say so.
    `words` are what the crew last wrote to the organizers, where one of those answers.
    """

    talks: Mapping[str, Talk] = field(default_factory=dict)
    tasks: Mapping[str, tuple[Task, ...]] = field(default_factory=dict)
    found: Mapping[str, tuple[Found, ...]] = field(default_factory=dict)
    opens: Mapping[str, datetime] = field(default_factory=dict)
    said_name: str = ""
    price: float = 0.0
    big_crew: int = 0
    words: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)

    def talk(self, code: str) -> Talk:
        return self.talks.get(code, Talk(code))

    def task(self, code: str, number: int) -> Task | None:
        return next((task for task in self.tasks.get(code, ()) if task.number == number), None)


@dataclass(frozen=True, slots=True)
class CrewPart:
    """An action and some who have answered it, so many as one transaction takes, and how far those are.

    `last` is empty if they were the last; `left` are those of them who have said STOP or left the group since.
    """

    action: Action | None
    crew: tuple[Pledge, ...]
    last: str
    left: frozenset[str] = frozenset()


AT_ONCE = 30  # pledges in one transaction


def is_in(pledge: Pledge | None) -> TypeGuard[Pledge]:
    return pledge is not None and pledge.answer is Answer.IN


def is_coming(choice: Choice) -> bool:
    return is_in(choice.pledge)


def choose_crew(ask: ByText, view: CrewView, now: datetime) -> Choice | Outcome:
    """The action whose crew is meant: one that the speaker is in or leads, rather one that has not ended."""
    mine = [one for one in view.choices if is_coming(one) or is_led(view, one)]
    live = [one for one in mine if one.action.state in LIVE]
    return choose(ask, view, now, fits=lambda one: one in (live or mine), none="not_in_any", states=HAS_CREW)


# --- names ----------------------------------------------------------------------------------------------


def introduced(
    pledge: Pledge, person: Person, handle: CrewName | None
) -> tuple[Pledge, tuple[CrewName, ...], tuple[Text, ...]]:
    """The pledge with the name that is theirs alone in this crew; a second Sam becomes Sam2 and is told."""
    if handle is None:
        return pledge, (), ()
    if not person.name:
        return pledge, noted_name(handle), ()
    named = replace(pledge, name=handle.shown)
    is_another = handle.shown != person.name and handle.shown != pledge.name
    told = answer(person, "name_taken", code=pledge.code, name=person.name, other=handle.shown)
    return named, noted_name(handle), (told,) if is_another else ()


def noted_name(handle: CrewName | None) -> tuple[CrewName, ...]:
    """To be saved, if it is new."""
    return (handle,) if handle is not None and handle.version is None else ()


def whom(view: CrewView, choice: Choice, name: str) -> Found | Outcome:
    """The one whom a name means in this crew, or the outcome that says why there is none."""
    person, code = view.me.person, choice.action.code
    found = view.found.get(code, ())
    if len(found) == 1:
        return found[0]
    if not found:
        return refused(person, "no_such_name", code=code, name=name[:LONGEST_NAME_SAID], tail="")
    return refused(person, "name_which", code=code, names=", ".join(f"@{one.shown}" for one in found)[:80])


def is_unreachable(found: Found, action: Action) -> bool:
    """Whoever has said STOP is texted no more, nor about a group whoever has left it and does not come either."""
    is_gone = found.pledge is None or found.pledge.answer is Answer.OUT or found.pledge.is_gone
    return found.person.is_stopped or (is_gone and action.keyword not in found.person.groups)


# --- who hears the talk -----------------------------------------------------------------------------------


def decide_mute(ask: Mute, view: CrewView, now: datetime) -> Outcome:
    """MUTE: the crew's talk does not reach me, an organizer's news does. MUTE @sam: an organizer silences somebody."""
    return muted(ask, view, now, is_on=True)


def decide_unmute(ask: Unmute, view: CrewView, now: datetime) -> Outcome:
    """MUTE taken back."""
    return muted(ask, view, now, is_on=False)


def muted(ask: Mute | Unmute, view: CrewView, now: datetime, is_on: bool) -> Outcome:
    choice = choose_crew(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in HAS_CREW:
        return refused(person, "over", code=action.code)
    if ask.name:
        return silenced(ask, choice, view, is_on)
    key = "muted" if is_on else "unmuted"
    saves: list[Entity] = []
    if is_led(view, choice):  # who raised it hears the talk whether they are in or not
        talk = view.talk(action.code)
        others = tuple(one for one in talk.deaf if one != person.id)
        saves.append(replace(talk, deaf=(*others, person.id) if is_on else others))
    if is_in(pledge):
        saves += [replace(pledge, is_muted=is_on)] if pledge.is_muted != is_on else []
    elif not saves:
        return refused(person, "not_in", code=action.code)
    return Outcome(saves=tuple(saves), effects=(answer(person, key, code=action.code),), code=action.code)


def silenced(ask: Mute | Unmute, choice: Choice, view: CrewView, is_on: bool) -> Outcome:
    person, action = view.me.person, choice.action
    if not is_led(view, choice):
        return refused(person, "mute_all_or_none", code=action.code)
    found = whom(view, choice, ask.name)
    if isinstance(found, Outcome):
        return found
    talk = view.talk(action.code)
    is_already = found.person.id in talk.silenced
    key = "silenced_by_you" if is_on else "heard_again_by_you"
    reply = answer(person, key, code=action.code, name=found.shown)
    if is_already == is_on:
        return Outcome(effects=(reply,), code=action.code)
    others = tuple(one for one in talk.silenced if one != found.person.id)
    told = say("silenced", code=action.code) if is_on else say("heard_again", code=action.code)
    to = () if is_unreachable(found, action) else (Text(found.person.id, told, code=action.code),)
    return Outcome(
        saves=(replace(talk, silenced=(*others, found.person.id) if is_on else others),),
        effects=(reply, *to),
        code=action.code,
    )
