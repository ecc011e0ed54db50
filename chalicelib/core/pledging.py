"""IN, MAYBE, OUT, HERE, DONE: what people answer, and the seats and the line that come of it.

Seats are exact: `tally.coming` of an action with a need is its taken seats, changed only together with a pledge.
A party sits together or waits together. When seats open, the line is walked in order, and whoever fits is seated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import ActionView, Choice, choose, nothing_open
from chalicelib.core.commands import Done, Here, In, Maybe, Out, Release, SeatsOpen
from chalicelib.core.lifecycle import LIVE, TAKES_PLEDGES, TAKES_REPORTS, Event, may, move
from chalicelib.core.model import Action, Answer, LinePlace, Person, Pledge, Tally, Wanted
from chalicelib.core.outcome import Audience, Count, Effect, Entity, Later, Outcome, Round, Text, answer, refused, say
from chalicelib.core.talking import to_organizer

MOST_SEATS = 20
SEATED_AT_ONCE = 10


# --- counting --------------------------------------------------------------------------------------


def counted(action: Action, person: str, what: str, n: float) -> tuple[Action, tuple[Count, ...]]:
    """The tally with `n` more of `what` (coming, here, or a unit): on the action's row if it has a need."""
    if not n:
        return action, ()
    if action.need is None:
        return action, (Count(action.code, person, what, n),)
    return replace(action, tally=added(action.tally, what, n)), ()


def added(tally: Tally, what: str, n: float) -> Tally:
    if what == "coming":
        return replace(tally, coming=tally.coming + int(n))
    if what == "here":
        return replace(tally, here=tally.here + int(n))
    return replace(tally, amounts={**tally.amounts, what: tally.amounts.get(what, 0) + n})


def seated(action: Action, person: str, seats: int) -> tuple[Action, tuple[Count, ...], tuple[Effect, ...]]:
    """The action with `seats` more (or fewer) taken: filled when that was the last, open again when one is free."""
    action, counts = counted(action, person, "coming", seats)
    if action.need is None:
        return action, counts, ()
    event = Event.FILL if action.tally.coming >= action.need else Event.FREE
    if may(action, event):
        action = move(action, event)
    if event is Event.FREE or action.is_filled_told:
        return action, counts, ()
    tell = (
        Text(action.raised_by, say("filled", code=action.code, coming=action.tally.coming), code=action.code),
        Round(action.code, Audience.MAYBES, say("filled_maybe", code=action.code)),
    )
    return replace(action, is_filled_told=True), counts, tell


def seats_open(action: Action, now: datetime) -> tuple[Effect, ...]:
    """The line gets its chance, at once."""
    if action.has_line and action.need is not None and action.tally.coming < action.need:
        return (Later(SeatsOpen(action.code), now, f"seats#{now.isoformat()}"),)
    return ()


# --- answering -------------------------------------------------------------------------------------


def held_by(pledge: Pledge | None) -> int:
    return pledge.seats if pledge and pledge.answer is Answer.IN else 0


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


def line_place(pledge: Pledge, now: datetime) -> LinePlace:
    return LinePlace(pledge.code, pledge.person, pledge.since or now, pledge.seats)


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
    key = ("in" if action.need is not None else "in_open") + ("" if person.name else "_nameless")
    return Outcome(
        saves=(pledge, *((after,) if after != action else ()), *wanted(view, action)),
        removes=(line_place(before, now),) if before and was_waiting else (),
        counts=counts,
        effects=(
            answer(person, key, code=action.code, coming=coming, need=action.need or 0),
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
    key = "waiting_still" if is_waiting else ("waiting_party" if free > 0 else "waiting")
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


def set_free(action: Action, before: Pledge | None, after: Pledge, now: datetime) -> Outcome:
    """What follows when a pledge stops holding its seats or its place in line."""
    held = held_by(before)
    freed, counts, _ = seated(action, after.person, -held)
    if before and before.is_here and held:
        freed, more = counted(freed, after.person, "here", -held)
        counts += more
    return Outcome(
        saves=(replace(after, is_here=False), *((freed,) if freed != action else ())),
        removes=(line_place(before, now),) if before and before.answer is Answer.WAITING else (),
        counts=counts,
        effects=seats_open(freed, now) if held else (),
    )


# --- being there -----------------------------------------------------------------------------------


def is_coming(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer is Answer.IN


def decide_here(ask: Here, view: ActionView, now: datetime) -> Outcome:
    """Arrived: every seat of the party counts as here."""
    choice = choose(ask, view, now, fits=is_coming, none="not_in_any")
    if isinstance(choice, Outcome):
        return choice
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    if pledge is None or pledge.answer is not Answer.IN:
        return refused(person, "not_in", code=action.code)
    if pledge.is_here:
        return refused(person, "here_already", code=action.code)
    after, counts = counted(action, person.id, "here", pledge.seats)
    told = () if not ask.note else (to_organizer(action, person, f"HERE {ask.note}"),)
    return Outcome(
        saves=(replace(pledge, is_here=True, name=person.name or pledge.name), *((after,) if after != action else ())),
        counts=counts,
        effects=(answer(person, "here", code=action.code), *told),
        code=action.code,
        seats=pledge.seats,
    )


def decide_done(ask: Done, view: ActionView, now: datetime) -> Outcome:
    """What was done is added up and said back; who reports was there."""
    choice = choose(ask, view, now, fits=is_coming, none="not_in_any", states=TAKES_REPORTS)
    if isinstance(choice, Outcome):
        return choice
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in TAKES_REPORTS:
        return nothing_open(view, ended=action.code)
    if pledge is None or pledge.answer is not Answer.IN:
        return refused(person, "not_in", code=action.code)
    after, counts = counted(action, person.id, "here", 0 if pledge.is_here else pledge.seats)
    amounts = dict(pledge.amounts)
    reply = answer(person, "done", code=action.code)
    if ask.amount:
        after, more = counted(after, person.id, ask.unit, ask.amount)
        counts += more
        amounts[ask.unit] = amounts.get(ask.unit, 0) + ask.amount
        total = amounts[ask.unit]
        reply = answer(person, "done_amount", code=action.code, amount=ask.amount, unit=ask.unit, total=total)
    told = () if not ask.note else (to_organizer(action, person, f"DONE {ask.note}"),)
    return Outcome(
        saves=(replace(pledge, is_here=True, amounts=amounts), *((after,) if after != action else ())),
        counts=counts,
        effects=(reply, *told),
        code=action.code,
        amounts={ask.unit: ask.amount} if ask.amount else {},
    )


# --- the line --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineView:
    """An action and the pledges of those first in its line, in order."""

    action: Action | None
    line: tuple[tuple[LinePlace, Pledge | None], ...]
    has_more: bool = False


def decide_seats_open(ask: SeatsOpen, view: LineView, now: datetime) -> Outcome:
    """Seats those who fit, first come first; who moves up is told."""
    if view.action is None or view.action.state not in TAKES_PLEDGES or view.action.need is None:
        return Outcome(code=ask.code)
    action = view.action
    saves: list[Entity] = []
    removes: list[LinePlace] = []
    effects: list[Effect] = []
    for place, pledge in view.line:
        if pledge is None or pledge.answer is not Answer.WAITING:
            removes.append(place)
            continue
        if action.tally.coming + place.seats > (action.need or 0) or len(saves) == SEATED_AT_ONCE:
            continue
        action, _, told = seated(action, place.person, place.seats)
        removes.append(place)
        saves.append(replace(pledge, answer=Answer.IN))
        effects += [Text(place.person, say("moved_up", code=action.code), code=action.code), *told]
    is_free = action.tally.coming < (action.need or 0)
    if is_free and removes and (view.has_more or len(saves) == SEATED_AT_ONCE):
        effects.append(Later(SeatsOpen(ask.code), now, f"seats#{now.isoformat()}#again"))
    changed = (action,) if action != view.action else ()
    return Outcome(saves=(*saves, *changed), removes=tuple(removes), effects=tuple(effects), code=ask.code)


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """The live actions that a person had answered."""

    choices: tuple[Choice, ...]


def decide_release(ask: Release, view: ReleaseView, now: datetime) -> Outcome:
    """Who said STOP, or left the group, comes to none of its actions: their seats and places are free again."""
    outcome = Outcome()
    for choice in view.choices:
        pledge = choice.pledge
        is_meant = ask.keyword is None or choice.action.keyword == ask.keyword
        if pledge is None or pledge.answer is Answer.OUT or not is_meant or choice.action.state not in LIVE:
            continue
        freed = set_free(choice.action, pledge, replace(pledge, answer=Answer.OUT), now)
        outcome = replace(
            outcome,
            saves=(*outcome.saves, *freed.saves),
            removes=(*outcome.removes, *freed.removes),
            counts=(*outcome.counts, *freed.counts),
            effects=(*outcome.effects, *freed.effects),
        )
    return outcome
