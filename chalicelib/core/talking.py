"""What people write in their own words: to the organizer, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.core.choosing import ActionView, Choice, choose
from chalicelib.core.commands import Unclear, Words
from chalicelib.core.lifecycle import LIVE, TAKES_REPORTS
from chalicelib.core.model import Action, Answer, Person
from chalicelib.core.outcome import Outcome, Text, answer, refused, say

IN_A_CREW = frozenset({Answer.IN, Answer.WAITING, Answer.MAYBE})


def is_involved(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer in IN_A_CREW


def called(person: Person) -> str:
    """The name that others see; without one, the last two digits, which tell apart and give nothing away."""
    return person.name or f"…{person.phone[-2:]}"


def to_organizer(action: Action, person: Person, words: str) -> Text:
    """Somebody's own words, to the organizer who raised the action."""
    fills = {"code": action.code, "name": called(person), "words": words}
    return Text(action.raised_by, say("from_crew", **fills), code=action.code)


def decide_words(ask: Words, view: ActionView, now: datetime) -> Outcome:
    """To the organizer of the crew that the person is in, and says so; otherwise a hint of what would work now."""
    person = view.me.person
    crews = [choice for choice in view.choices if is_involved(choice) and choice.action.state in TAKES_REPORTS]
    live = [choice for choice in crews if choice.action.state in LIVE]
    if not crews and not view.named:
        leading = [
            choice for choice in view.choices if choice.action.raised_by == person.id and choice.action.state in LIVE
        ]
        if leading:
            return refused(person, "hint_organizer", code=leading[0].action.code)
        asked = [choice for choice in view.choices if choice.action.state in LIVE]
        if asked:
            return refused(person, "hint_asked", code=asked[0].action.code)
        if person.groups:
            return refused(person, "hint_member")
        return refused(person, "hint_stranger")
    choice = choose(ask, view, now, fits=lambda one: one in (live or crews), states=TAKES_REPORTS)
    if isinstance(choice, Outcome):
        return choice
    action = choice.action
    if not ask.text.strip():
        return refused(person, "hint_crew", code=action.code)
    if action.raised_by == person.id:
        return refused(person, "hint_organizer", code=action.code)
    hearer = view.hearers.get(action.code)
    if hearer is None:
        return refused(person, "nobody_hears", code=action.code)
    words = replace(to_organizer(action, person, ask.text), to=hearer)
    return Outcome(effects=(words, answer(person, "passed_on", code=action.code)), code=action.code)


def decide_unclear(ask: Unclear, view: ActionView, now: datetime) -> Outcome:
    """A command that lacks something: how it is used."""
    return refused(view.me.person, f"use_{ask.command}")
