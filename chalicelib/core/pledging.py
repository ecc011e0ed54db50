"""IN, MAYBE, OUT: what people answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import ActionView, Choice, choose, nothing_open
from chalicelib.core.commands import In, Maybe, Out
from chalicelib.core.lifecycle import TAKES_PLEDGES
from chalicelib.core.model import Action, Answer, Person, Pledge, Wanted
from chalicelib.core.outcome import Entity, Outcome, Text, answer, refused
from chalicelib.core.seats import held_by, line_place, seated, seats_open, set_free
from chalicelib.core.talking import to_organizer

MOST_SEATS = 20


def pledged(ask: In | Maybe | Out, choice: Choice, person: Person, chosen: Answer, now: datetime) -> Pledge:
    """The pledge with this answer and what was said beside it; what was said before stays unless said anew."""
    action, before = choice.action, choice.pledge
    pledge = before or Pledge(action.code, person.id, chosen, since=now)
    arrives = ask.arrives if isinstance(ask, In) else None
    arrives_at = pledge.arrives_at
    if isinstance(arrives, timedelta):
        arrives_at = (now + arrives).astimezone(ZoneInfo(action.zone))
    elif arrives is not None:
        day = (action.starts_at or now).astimezone(ZoneInfo(action.zone))
        arrives_at = datetime.combine(day.date(), arrives, ZoneInfo(action.zone))
    return replace(
        pledge, answer=chosen, name=person.name or pledge.name, note=ask.note or pledge.note, arrives_at=arrives_at
    )


def wanted(view: ActionView, action: Action) -> tuple[Wanted, ...]:
    """So that a later bare word finds an action that the person came to by themselves."""
    person = view.me.person.id
    if action.opened_at is None or any(one.code == action.code for one in view.me.wanted):
        return ()
    return (Wanted(person, action.code, action.opened_at, action.ends_at),)


def welcome(view: ActionView) -> tuple[Text, ...]:
    """The wording that carriers require, to someone who answers before ever joining."""
    return (answer(view.me.person, "welcome"),) if view.me.is_new else ()


def noted(action: Action, person: Person, word: str, ask: In | Maybe | Out) -> tuple[Text, ...]:
    """What follows YES or NO is shown to the organizer."""
    if not ask.note or person.id == action.raised_by:
        return ()
    return (to_organizer(action, person, f"{word} {ask.note}"),)


def decide_in(ask: In, view: ActionView, now: datetime) -> Outcome:
    """IN takes a seat, or a place in line when the crew is full."""
    choice = choose(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action, before = view.me.person, choice.action, choice.pledge
    if action.state not in TAKES_PLEDGES:
        return nothing_open(view, ended=action.code)
    if not 1 <= ask.party <= MOST_SEATS or (action.need is not None and ask.party > action.need):
        return refused(person, "party_too_big", code=action.code, most=min(MOST_SEATS, action.need or MOST_SEATS))

    held = held_by(before)
    seats = held if held and ask.party == 1 else ask.party
    coming = action.tally.coming - held + seats
    if action.need is not None and coming > action.need:
        if held:
            return refused(person, "no_room_for_more", code=action.code, held=held)
        return wait_in_line(ask, choice, view, now)

    pledge = replace(pledged(ask, choice, person, Answer.IN, now), seats=seats)
    after, counts, told = seated(action, person.id, seats - held)
    was_waiting = before is not None and before.answer is Answer.WAITING
    key = "in" if action.need is not None else "in_open"
    key += "_party" if seats > 1 else ("" if person.name else "_nameless")
    return Outcome(
        saves=(pledge, *((after,) if after != action else ()), *wanted(view, action)),
        removes=(line_place(before, now),) if before and was_waiting else (),
        counts=counts,
        effects=(
            answer(person, key, code=action.code, coming=coming, need=action.need or 0, seats=seats),
            *welcome(view),
            *noted(action, person, "IN" + (f" +{seats - 1}" if seats > 1 else ""), ask),
            *told,
            *(seats_open(after, now) if seats < held else ()),
        ),
        code=action.code,
        seats=seats,
    )


def wait_in_line(ask: In, choice: Choice, view: ActionView, now: datetime) -> Outcome:
    """A place in line, in the order in which texts reached us. Later ones touch no shared row."""
    person, action, before = view.me.person, choice.action, choice.pledge
    is_waiting = before is not None and before.answer is Answer.WAITING
    since = before.since if before and is_waiting else now
    pledge = replace(pledged(ask, choice, person, Answer.WAITING, now), seats=ask.party, since=since)
    saves: list[Entity] = [pledge, line_place(pledge, now), *wanted(view, action)]
    unchanged: tuple[Action, ...] = (action,)
    if not action.has_line:
        saves.append(replace(action, has_line=True))
        unchanged = ()
    free = (action.need or 0) - action.tally.coming
    key = (
        "waiting_still"
        if is_waiting
        else ("waiting_party" if free > 0 else "waiting" if action.has_line else "waiting_first")
    )
    return Outcome(
        saves=tuple(saves),
        unchanged=unchanged,
        effects=(
            answer(person, key, code=action.code, free=free),
            *welcome(view),
            *noted(action, person, "IN", ask),
        ),
        code=action.code,
        seats=ask.party,
    )


def decide_maybe(ask: Maybe, view: ActionView, now: datetime) -> Outcome:
    """Neither in nor out: a seat or a place in line, if there was one, is free again."""
    return give_up(ask, view, now, Answer.MAYBE)


def decide_out(ask: Out, view: ActionView, now: datetime) -> Outcome:
    """Not, or not any more; the next in line is told at once."""
    return give_up(ask, view, now, Answer.OUT)


def give_up(ask: Maybe | Out, view: ActionView, now: datetime, chosen: Answer) -> Outcome:
    choice = choose(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action, before = view.me.person, choice.action, choice.pledge
    if action.state not in TAKES_PLEDGES:
        return nothing_open(view, ended=action.code)
    pledge = pledged(ask, choice, person, chosen, now)
    word, key = ("MAYBE", "maybe") if chosen is Answer.MAYBE else ("OUT", "out_again" if before else "out")
    if before and before.answer is chosen and not ask.note:
        return refused(person, key, code=action.code)
    freed = set_free(action, before, pledge, now)
    told = (*welcome(view), *noted(action, person, word, ask), *freed.effects)
    return replace(
        freed,
        saves=(*freed.saves, *wanted(view, action)),
        effects=(answer(person, key, code=action.code), *told),
        code=action.code,
    )
