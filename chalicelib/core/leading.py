"""An action while it runs: WHO, UPDATE, BEGIN, CLOSE, CALL OFF, and what its times do to it by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.choosing import ActionView, Choice, choose, nothing_open
from chalicelib.core.commands import (
    AskAll,
    Begin,
    CallOff,
    Close,
    Dissolve,
    EndTime,
    Learn,
    More,
    StartTime,
    Update,
    Who,
)
from chalicelib.core.lifecycle import LIVE, Event, may, move
from chalicelib.core.model import Action, Group, Pledge, State
from chalicelib.core.outcome import (
    Audience,
    Effect,
    Entity,
    Later,
    Outcome,
    Purge,
    Round,
    Say,
    Text,
    answer,
    refused,
    say,
)

LONGEST_NEWS = 600
MOST_NAMES = 12
LEARNT_AFTER = timedelta(minutes=1)  # who was asked at the last moment may still be answering


@dataclass(frozen=True, slots=True)
class LeadView(ActionView):
    """An ActionView with how long after its end a crew dissolves, and the first of the crew where names are asked."""

    dissolves_after: timedelta = timedelta(hours=24)
    crew: tuple[Pledge, ...] = ()


def is_led(view: ActionView, choice: Choice) -> bool:
    return choice.group is not None and view.me.person.id in choice.group.organizers


def led(ask: Update | Begin | Close | CallOff | More | AskAll, view: LeadView, now: datetime) -> Choice | Outcome:
    """The action that this organizer means, or why there is none."""
    choice = choose(ask, view, now, fits=lambda one: is_led(view, one), none="not_an_organizer")
    if isinstance(choice, Outcome):
        return choice
    if not is_led(view, choice):
        return refused(view.me.person, "not_organizer_of", keyword=choice.action.keyword)
    return choice


# --- asking ----------------------------------------------------------------------------------------


def decide_who(ask: Who, view: LeadView, now: datetime) -> Outcome:
    """How many are in and wanted, when, where, the speaker's own part; to an organizer also what people said."""
    choice = choose(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    fills: dict[str, str | int | datetime] = {"coming": action.tally.coming, "need": action.need or 0}
    key = "who" if action.need else "who_open"
    if action.starts_at:
        fills["when"] = action.starts_at
        key += "_when"
    if action.place:
        fills["place"] = action.place[:40]
        key += "_place"
    replies = [answer(person, key, code=action.code, **fills)]
    if is_led(view, choice) and action.wave and not action.is_all and action.asked < action.recipients:
        replies.append(answer(person, "who_asked", code=action.code, asked=action.asked, people=action.recipients))
    if view.crew:
        described = describe if is_led(view, choice) else named
        names = [text for text in map(described, view.crew) if text]
        if names:
            listed = ", ".join(names)[:LONGEST_NEWS]
            more = len(view.crew) - len(names)
            if more:
                return Outcome(
                    effects=(*replies, answer(person, "who_names_more", code=action.code, names=listed, more=more)),
                    code=action.code,
                )
            replies.append(answer(person, "who_names", code=action.code, names=listed))
    return Outcome(effects=tuple(replies), code=action.code)


def named(pledge: Pledge) -> str:
    """Others see who gave a name, and nothing else."""
    return pledge.name


def describe(pledge: Pledge) -> str:
    """What an organizer sees of a pledge: party, arrival, note."""
    parts = [pledge.name] if pledge.name else []
    if pledge.seats > 1:
        parts.append(f"+{pledge.seats - 1}")
    if pledge.arrives_at:
        parts.append(f"{pledge.arrives_at:%H:%M}")
    if pledge.is_here:
        parts.append("HERE")
    if pledge.note:
        parts.append(f'"{pledge.note}"')
    if parts and not pledge.name:
        parts.insert(0, "?")
    return " ".join(parts)


# --- steering --------------------------------------------------------------------------------------


def decide_update(ask: Update, view: LeadView, now: datetime) -> Outcome:
    """News for everyone who is in or in line."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    if len(ask.text) > LONGEST_NEWS:
        return refused(person, "update_too_long", code=action.code, most=LONGEST_NEWS, length=len(ask.text))
    news = Round(action.code, Audience.CREW_AND_LINE, say("update", code=action.code, words=ask.text))
    return Outcome(effects=(answer(person, "update_sent", code=action.code), news), code=action.code)


def decide_begin(ask: Begin, view: LeadView, now: datetime) -> Outcome:
    """It starts now, whatever its time was."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state is State.UNDER_WAY:
        return refused(person, "begun_already", code=action.code)
    if not may(action, Event.BEGIN):
        return nothing_open(view, ended=action.code)
    begun = move(action, Event.BEGIN)
    return Outcome(saves=(begun,), effects=(answer(person, "begun", code=action.code),), code=action.code)


def decide_close(ask: Close, view: LeadView, now: datetime) -> Outcome:
    """Done: everyone who was in is thanked with the result, and who was waiting is told."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if not may(action, Event.FINISH):
        return nothing_open(view, ended=action.code)
    finished = finish(action, choice.group, now, view.dissolves_after, ask.note)
    thanks = result_say(action)
    reply = Text(person.id, Say(thanks.key.replace("thanks", "closed"), thanks.fills), code=action.code, is_answer=True)
    return replace(finished, effects=(reply, *finished.effects))


def decide_call_off(ask: CallOff, view: LeadView, now: datetime) -> Outcome:
    """It will not happen: everyone who had answered IN or MAYBE is told."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if not may(action, Event.CALL_OFF):
        return nothing_open(view, ended=action.code)
    key, fills = ("called_off_note", {"words": ask.note[:LONGEST_NEWS]}) if ask.note else ("called_off", {})
    ended = end(action, Event.CALL_OFF, choice.group, now, view.dissolves_after)
    news = Round(action.code, Audience.INVOLVED, say(key, code=action.code, **fills))
    return replace(ended, effects=(answer(person, "called_off_by_you", code=action.code), news, *ended.effects))


def result_say(action: Action, note: str = "") -> Say:
    """The result: who came, and what was done."""
    done = ", ".join(f"{amount:g} {unit}" for unit, amount in sorted(action.tally.amounts.items()))
    came = action.tally.here or action.tally.coming
    key = "thanks" + ("_done" if done else "") + ("_note" if note else "")
    fills: dict[str, str | int] = {"code": action.code, "came": came}
    if done:
        fills["done"] = done[:80]
    if note:
        fills["words"] = note[:LONGEST_NEWS]
    return Say(key, fills)


def finish(action: Action, group: Group | None, now: datetime, dissolves_after: timedelta, note: str = "") -> Outcome:
    """Thanks to the crew, a word to the line, and the end."""
    ended = end(action, Event.FINISH, group, now, dissolves_after)
    thanks = Round(action.code, Audience.CREW, result_say(action, note))
    return replace(ended, effects=(thanks, *to_the_line(action), *ended.effects))


def to_the_line(action: Action) -> tuple[Effect, ...]:
    """Who waited to the end is told that it has come."""
    if not action.has_line:
        return ()
    return (Round(action.code, Audience.WAITING, say("closed_waiting", code=action.code)),)


def end(action: Action, event: Event, group: Group | None, now: datetime, dissolves_after: timedelta) -> Outcome:
    """The action ended: no longer among its group's live ones, and its crew to dissolve in time."""
    ended = replace(move(action, event), ended_at=now)
    saves: list[Entity] = [ended]
    if group and action.code in group.live:
        saves.append(replace(group, live=tuple(code for code in group.live if code != action.code)))
    dissolve: Effect = Later(Dissolve(action.code), now + dissolves_after, "dissolve")
    learn: Effect = Later(Learn(action.code), now + LEARNT_AFTER, "learn")
    return Outcome(saves=tuple(saves), effects=(dissolve, learn), code=action.code)


# --- time ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeView:
    """The action that a timer is about, with its group and, for an ending, its whole tally."""

    action: Action | None
    group: Group | None
    dissolves_after: timedelta


def decide_start_time(ask: StartTime, view: TimeView, now: datetime) -> Outcome:
    """Its time has come: under way."""
    action = view.action
    if action is None or not may(action, Event.BEGIN) or action.starts_at is None or now < action.starts_at:
        return Outcome(code=ask.code)
    return Outcome(saves=(move(action, Event.BEGIN),), code=ask.code)


def decide_end_time(ask: EndTime, view: TimeView, now: datetime) -> Outcome:
    """Its end has passed: done if people were there, expired if not; the organizer is told which."""
    action = view.action
    if action is None or action.state not in LIVE or now < action.ends_at:
        return Outcome(code=ask.code)
    if action.tally.here:
        finished = finish(action, view.group, now, view.dissolves_after)
        told = Text(action.raised_by, say("done_by_time", code=action.code, came=action.tally.here), code=action.code)
        return replace(finished, effects=(told, *finished.effects))
    expired = end(action, Event.EXPIRE, view.group, now, view.dissolves_after)
    told = Text(action.raised_by, say("expired", code=action.code), code=action.code)
    return replace(expired, effects=(told, *to_the_line(action), *expired.effects))


def decide_dissolve(ask: Dissolve, view: TimeView, now: datetime) -> Outcome:
    """The crew is no more: what it said, who was in it, and its line are deleted; the ledger stays."""
    action = view.action
    if action is None or not may(action, Event.DISSOLVE):
        return Outcome(code=ask.code)
    return Outcome(saves=(move(action, Event.DISSOLVE),), effects=(Purge(ask.code),), code=ask.code)
