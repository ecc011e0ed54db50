"""What a person tells us of themselves: name, place, language, quiet hours; and what ME says back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import QUESTION_LASTS, ActionView, numbered
from chalicelib.core.commands import Me as AskMe
from chalicelib.core.commands import Pick, SetLang, SetName, SetQuiet, SetZip, SetZone, Words
from chalicelib.core.crew import introduced
from chalicelib.core.hours import STATE_ZONES, Place
from chalicelib.core.model import Action, Answer, Me, Member, Person
from chalicelib.core.outcome import Entity, Outcome, Text, answer, refused
from chalicelib.core.talking import decide_words, is_involved
from chalicelib.core.zips import place_of_zip
from chalicelib.languages import LANGUAGES

LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class PersonView:
    """The speaker alone."""

    me: Me


def decide_name(ask: SetName, view: ActionView, now: datetime) -> Outcome:
    """The name that others see, from now on and in the crews that the person is in."""
    person = view.me.person
    name = " ".join(ask.name.split())
    if not name or len(name) > LONGEST_NAME:
        return refused(person, "name_too_long" if name else "use_name", most=LONGEST_NAME)
    renamed = replace(person, name=name)
    saves: list[Entity] = [renamed]
    told: list[Text] = []
    for choice in view.choices:
        if choice.pledge is not None:
            handle = view.handles.get(choice.action.code)
            pledge, names, another = introduced(choice.pledge, renamed, handle)
            saves += [pledge, *names]
            told += another
    return Outcome(saves=tuple(saves), effects=(answer(person, "name_set", name=name), *told))


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The speaker, and the memberships that their place is written on too."""

    me: Me
    members: tuple[Member, ...]


def decide_zip(ask: SetZip, view: PlaceView, now: datetime) -> Outcome:
    """A ZIP tells better than a number where somebody is, but a zone that they gave stays."""
    person = view.me.person
    found = place_of_zip(ask.zip)
    if found is None:
        return refused(person, "zip_unknown", zip=ask.zip)
    zones, states = found
    there = Place("US", (person.zone,) if person.zone else zones, states)
    return placed(replace(person, zip=ask.zip), there, view, answer(person, "zip_set", zip=ask.zip))


def decide_zone(ask: SetZone, view: PlaceView, now: datetime) -> Outcome:
    """The time zone that a person says they live in wins over all that we could guess."""
    person = view.me.person
    if not ask.is_known:
        return refused(person, "zone_unknown", zone=ask.zone[:20])
    before = Place.parse(person.place)
    there = Place(before.country, (ask.zone,), before.states if ask.zone in zones_of(before.states) else ())
    local = now.astimezone(ZoneInfo(ask.zone))
    return placed(replace(person, zone=ask.zone), there, view, answer(person, "zone_set", when=local))


def placed(person: Person, there: Place, view: PlaceView, reply: Text) -> Outcome:
    """The person and each membership with the new place."""
    members = tuple(replace(member, place=str(there)) for member in view.members)
    return Outcome(saves=(replace(person, place=str(there)), *members), effects=(reply,))


def zones_of(states: tuple[str, ...]) -> set[str]:
    return {zone for state in states for zone in STATE_ZONES.get(state, ())}


def decide_lang(ask: SetLang, view: PersonView, now: datetime) -> Outcome:
    """Answers come in this language from this one on."""
    person = view.me.person
    if ask.lang not in LANGUAGES:
        return refused(person, "lang_unknown", lang=ask.lang[:20])
    return Outcome(saves=(replace(person, lang=ask.lang),), effects=(answer(person, "lang_set"),))


def decide_quiet(ask: SetQuiet, view: PersonView, now: datetime) -> Outcome:
    person = view.me.person
    if ask.start is None or ask.end is None:
        return Outcome(saves=(replace(person, quiet=None),), effects=(answer(person, "quiet_off"),))
    quiet = (ask.start, ask.end)
    return Outcome(
        saves=(replace(person, quiet=quiet),),
        effects=(answer(person, "quiet_set", start=ask.start, end=ask.end),),
    )


def decide_me(ask: AskMe, view: ActionView, now: datetime) -> Outcome:
    """My name, my groups, what I am in."""
    person = view.me.person
    pledged = [choice for choice in view.choices if choice.pledge and choice.pledge.answer is not Answer.OUT]
    listed = ", ".join(f"{choice.action.code} {choice.pledge.answer}" for choice in pledged if choice.pledge)
    groups = ", ".join(person.groups)
    key = "me" + ("_groups" if groups else "") + ("_pledges" if listed else "")
    return Outcome(effects=(answer(person, key, name=person.name or "-", groups=groups, pledges=listed),))


@dataclass(frozen=True, slots=True)
class PickView:
    """The action that a lone code names, and what the speaker has to do with otherwise."""

    me: Me
    named: Action | None
    otherwise: ActionView


def decide_pick(ask: Pick, view: PickView, now: datetime) -> Outcome:
    """A number or code that answers no question of ours; it may answer one of the organizer's."""
    person = view.me.person
    question = person.question
    if question and now - question.asked_at <= QUESTION_LASTS:
        return refused(person, "which", listed=numbered(question.codes))
    if view.named:
        return refused(person, "code_alone", code=view.named.code)
    if any(is_involved(choice) for choice in view.otherwise.choices):
        return decide_words(Words(ask.words), view.otherwise, now)
    if ask.code:
        return refused(person, "no_such_action", code=ask.code)
    return refused(person, "nothing_asked")
