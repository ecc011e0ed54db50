"""Seats and the line: exact whatever people say in whatever order.

`tally.coming` of an action with a need is its taken seats, changed only together with a pledge. A party sits together
or waits together. When seats open, the line is walked in order, and whoever fits is seated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.choosing import Choice
from chalicelib.core.commands import Release, SeatsOpen
from chalicelib.core.counting import stretch_of
from chalicelib.core.lifecycle import LIVE, TAKES_PLEDGES, Event, may, move
from chalicelib.core.model import Action, Answer, LinePlace, Pledge, State, Tally
from chalicelib.core.outcome import Audience, Count, Effect, Entity, Later, Outcome, Round, Text, say
from chalicelib.core.rounds import wave_due
from chalicelib.core.tasks import tasks_free
from chalicelib.core.telling import tell_filled, tell_pledge

SEATED_AT_ONCE = 10
LINE_FIRST = timedelta(seconds=10)
ASKED_LATELY = timedelta(minutes=30)  # who has not answered a text as new as this may still be about to


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


def seated(
    action: Action, person: str, seats: int, now: datetime
) -> tuple[Action, tuple[Count, ...], tuple[Effect, ...]]:
    """The action with `seats` more (or fewer) taken: filled when that was the last, open again when one is free."""
    action, counts = counted(action, person, "coming", seats)
    if action.need is None:
        return action, tuple(replace(one, stretch=stretch_of(action, now)) for one in counts), ()
    event = Event.FILL if action.tally.coming >= action.need else Event.FREE
    is_just_full = action.tally.coming - seats < action.need <= action.tally.coming
    if may(action, event):
        action = move(action, event)
    hooks = tell_filled(action) if is_just_full else ()
    if event is Event.FREE or action.is_filled_told:
        return action, counts, hooks
    tell: tuple[Effect, ...] = (
        Text(action.raised_by, say("filled", code=action.code, coming=action.tally.coming), code=action.code),
        Round(action.code, Audience.MAYBES, say("filled_maybe", code=action.code)),
        Round(action.code, Audience.ASKED, say("filled_asked", code=action.code)),
        *hooks,
    )
    return replace(action, is_filled_told=True, filled_at=now), counts, tell


def seats_open(action: Action, now: datetime) -> tuple[Effect, ...]:
    """The line gets its chance, at once."""
    if action.has_line and action.need is not None and action.tally.coming < action.need:
        return (Later(SeatsOpen(action.code), now, f"seats#{now.isoformat()}"),)
    return ()


def held_by(pledge: Pledge | None) -> int:
    return pledge.seats if pledge and pledge.answer is Answer.IN else 0


def line_place(pledge: Pledge, now: datetime) -> LinePlace:
    return LinePlace(pledge.code, pledge.person, pledge.since or now, pledge.seats)


def set_free(action: Action, before: Pledge | None, after: Pledge, now: datetime) -> Outcome:
    """What follows when a pledge stops holding its seats or its place in line."""
    held = held_by(before)
    freed, counts, _ = seated(action, after.person, -held, now)
    if before and before.is_here and held:
        freed, more = counted(freed, after.person, "here", -held)
        counts += more
    freed, after = no_show_taken_back(freed, after)
    opened = (*seats_open(freed, now), *asked_again(action, freed, now), *left_undone(before, now)) if held else ()
    return Outcome(
        saves=(replace(after, is_here=False, tasks=()), *((freed,) if freed != action else ())),
        removes=(line_place(before, now),) if before and before.answer is Answer.WAITING else (),
        counts=counts,
        effects=(*opened, *tell_pledge(action, freed, before, after)),
    )


def no_show_taken_back(action: Action, pledge: Pledge) -> tuple[Action, Pledge]:
    """Whoever was noted as missing has said something else since."""
    if not pledge.is_no_show:
        return action, pledge
    return replace(action, no_shows=max(0, action.no_shows - pledge.seats)), replace(pledge, is_no_show=False)


def left_undone(before: Pledge | None, now: datetime) -> tuple[Effect, ...]:
    return tasks_free(before.code, before, now) if before else ()


def asked_again(before: Action, after: Action, now: datetime) -> tuple[Effect, ...]:
    """More are asked when somebody drops out of a full crew, once the line has had its chance."""
    is_short = before.state is State.FILLED and after.state is State.OPEN
    return (wave_due(after, now + LINE_FIRST),) if is_short else ()


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
    moved: list[tuple[Pledge, Pledge]] = []
    for place, pledge in view.line:
        if pledge is None or pledge.answer is not Answer.WAITING:
            removes.append(place)
            continue
        if action.tally.coming + place.seats > (action.need or 0) or len(saves) == SEATED_AT_ONCE:
            continue
        action, _, told = seated(action, place.person, place.seats, now)
        up = replace(pledge, answer=Answer.IN)
        removes.append(place)
        saves.append(up)
        moved.append((pledge, up))
        effects += [Text(place.person, say("moved_up", code=action.code), code=action.code), *told]
    for before, up in moved:  # all of them as it is when the last has sat down: they have one count
        effects += tell_pledge(view.action, action, before, up)
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
        if pledge.is_here:  # they came, and what they did counts: only texts to them end
            outcome = replace(
                outcome,
                saves=(*outcome.saves, replace(pledge, is_gone=True, tasks=())),
                effects=(*outcome.effects, *left_undone(pledge, now)),
            )
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
