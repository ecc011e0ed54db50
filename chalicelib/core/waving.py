"""Asking in waves: what time, MORE and ALL do, and what an action that ended teaches. Whom to ask: core/waves.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core import waves
from chalicelib.core.alerting import alert_say
from chalicelib.core.choosing import Choice, is_led
from chalicelib.core.commands import AskAll, Learn, More, NextWave, SendAgain
from chalicelib.core.leading import LeadView, led
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, State
from chalicelib.core.outcome import Audience, Effect, Outcome, Round, Taught, answer, refused
from chalicelib.core.rounds import asks_members, wave_due
from chalicelib.core.waves import Past, WaveView

MOST_IN_A_WAVE = 5_000  # ids on one row; the next look asks the next
LAST_CREW_FIRST = timedelta(minutes=10)
ASKING = frozenset({State.OPEN, State.UNDER_WAY})


@dataclass(frozen=True, slots=True)
class Planning:
    """What the next wave is planned from. There ids are short ones, as history keeps them; `ids` has the whole ones.

    `first` are, by whole id, those of a repeated action's last crew who can be asked now: the first wave.
    """

    view: WaveView
    ids: Mapping[str, str]
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NextWaveView:
    """The action whose time to look has come, and all that planning goes by, read only while it is to be asked."""

    action: Action | None
    planning: Planning | None


def decide_next_wave(ask: NextWave, view: NextWaveView, now: datetime) -> Outcome:
    """More are asked when answers come too slowly or are refusals; nobody is once it is filled."""
    action = view.action
    if action is None or view.planning is None or action.state is not State.OPEN or ask.wave != action.wave:
        return Outcome(code=ask.code)
    if action.again_of and not action.wave and view.planning.first:
        return ask_last_crew(action, view.planning.first, now)
    if action.is_all:
        everyone = replace(action, wave=action.wave + 1)
        return Outcome(saves=(everyone,), effects=(asks_members(action, alert_say(action)),), code=action.code)
    return ask_next(action, view.planning, now)


def ask_last_crew(action: Action, people: tuple[str, ...], now: datetime) -> Outcome:
    """AGAIN: who was in the last time is asked before anybody else, and has some minutes to answer."""
    after = replace(action, wave=1, asked=len(people))
    effects = (
        Round(action.code, Audience.WAVE, alert_say(action), until=action.ends_at, people=people),
        wave_due(after, now + LAST_CREW_FIRST),
    )
    return Outcome(saves=(after,), effects=effects, code=action.code)


def ask_next(action: Action, planning: Planning, now: datetime, is_forced: bool = False) -> Outcome:
    """The next wave goes out, if it is time, and the next look is set; a look that asks nobody counts as none."""
    wave = waves.plan(planning.view, now, is_forced)
    people = tuple(planning.ids[who] for who in wave.ask[:MOST_IN_A_WAVE])
    effects: list[Effect] = []
    after = action
    if people:
        after = replace(action, wave=action.wave + 1, asked=action.asked + len(people))
        effects.append(Round(action.code, Audience.WAVE, alert_say(action), until=action.ends_at, people=people))
    look_at = now if len(people) < len(wave.ask) else wave.look_at
    if look_at and look_at < action.ends_at:
        effects.append(wave_due(after, max(look_at, now + timedelta(seconds=1))))
    return Outcome(
        saves=(after,) if people else (),
        unchanged=() if people else (action,),
        effects=tuple(effects),
        code=action.code,
    )


# --- the organizer hurries it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoreView:
    """The organizer's actions, and what planning goes by for the one that is meant."""

    lead: LeadView
    planning: Planning | None


def decide_more(ask: More, view: MoreView, now: datetime) -> Outcome:
    """MORE: the next wave goes out now."""
    choice = to_be_asked(ask, view.lead, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.lead.me.person, choice.action
    if action.is_all or view.planning is None:
        return refused(person, "asked_all", code=action.code)
    outcome = ask_next(action, view.planning, now, is_forced=True)
    people = sum(len(effect.people) for effect in outcome.effects if isinstance(effect, Round))
    if not people:
        return refused(person, "nobody_left", code=action.code)
    return replace(outcome, effects=(answer(person, "more", code=action.code, people=people), *outcome.effects))


def decide_ask_all(ask: AskAll, view: MoreView, now: datetime) -> Outcome:
    """ALL: everybody who was not asked yet is, now or when their hours allow."""
    choice = to_be_asked(ask, view.lead, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.lead.me.person, choice.action
    if action.is_all:
        return refused(person, "asked_all", code=action.code)
    everyone = replace(action, is_all=True, wave=action.wave + 1)
    return Outcome(
        saves=(everyone,),
        effects=(answer(person, "asking_all", code=action.code), asks_members(action, alert_say(action))),
        code=action.code,
    )


def to_be_asked(ask: More | AskAll | SendAgain, view: LeadView, now: datetime) -> Choice | Outcome:
    """The organizer's action that still wants people, or why there is none."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE or not is_led(view, choice):
        return refused(person, "over", code=action.code)
    if action.state not in ASKING or (action.need is not None and action.tally.coming >= action.need):
        return refused(person, "filled_already", code=action.code, coming=action.tally.coming)
    return choice


# --- what it taught -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LearnView:
    """An action that has ended, and what its asking taught."""

    action: Action | None
    past: Past | None


def decide_learn(ask: Learn, view: LearnView, now: datetime) -> Outcome:
    """Who was asked, who answered what, and how fast: kept with the group, without a word or a name."""
    if view.action is None or view.past is None or (not view.past.answers and view.past.asked is None):
        return Outcome(code=ask.code)
    taught = Taught(view.action.keyword, view.action.ended_at or now, view.past)
    return Outcome(saves=(taught,), code=ask.code)
