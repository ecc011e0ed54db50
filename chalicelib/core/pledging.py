"""IN, MAYBE, OUT: what people answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import ActionView, Choice, choose, nothing_open
from chalicelib.core.commands import In, Late, Maybe, Out
from chalicelib.core.crew import introduced
from chalicelib.core.lifecycle import TAKES_PLEDGES
from chalicelib.core.model import MOST_SEATS, Action, Answer, CrewName, Person, Pledge, Wanted
from chalicelib.core.names import called
from chalicelib.core.outcome import Entity, Fill, Outcome, Text, answer, refused, say
from chalicelib.core.reminding import PLACE_SHOWN
from chalicelib.core.seats import held_by, line_place, no_show_taken_back, seated, seats_open, set_free
from chalicelib.core.talking import to_organizer
from chalicelib.core.telling import tell_pledge
from chalicelib.grammar.segments import measure
from chalicelib.languages import render


@dataclass(frozen=True, slots=True)
class Pledged:
    """A pledge with this answer, the name by which its crew is to know the person if that is new, and who is told."""

    pledge: Pledge
    names: tuple[CrewName, ...]
    told: tuple[Text, ...]
    called: str


def pledged(ask: In | Maybe | Out, choice: Choice, view: ActionView, chosen: Answer, now: datetime) -> Pledged:
    """What was said before stays unless said anew."""
    action, person = choice.action, view.me.person
    pledge = choice.pledge or Pledge(action.code, person.id, chosen, since=now)
    arrives = arrival(ask, action, now) if isinstance(ask, In) else None
    pledge = replace(
        pledge,
        answer=chosen,
        note=ask.note or pledge.note,
        arrives_at=arrives or pledge.arrives_at,
        is_gone=False,
        is_shown=person.shows_name,
    )
    is_unknown = chosen is Answer.OUT and not ask.note and not pledge.name
    handle = None if is_unknown else view.handles.get(action.code)
    pledge, names, told = introduced(pledge, person, handle)
    return Pledged(pledge, names, told, called(person, pledge, handle))


def arrival(ask: In | Late, action: Action, now: datetime) -> datetime | None:
    """When somebody says they arrive, on the action's day and its group's clock. LATE 20 counts from its start."""
    zone = ZoneInfo(action.zone)
    if isinstance(ask.arrives, timedelta):
        since = max(now, action.starts_at) if isinstance(ask, Late) and action.starts_at else now
        return (since + ask.arrives).astimezone(zone)
    if ask.arrives is None:
        return None
    return datetime.combine((action.starts_at or now).astimezone(zone).date(), ask.arrives, zone)


def wanted(view: ActionView, action: Action) -> tuple[Wanted, ...]:
    """So that a later bare word finds an action that the person came to by themselves."""
    person = view.me.person.id
    if action.opened_at is None or any(one.code == action.code for one in view.me.wanted):
        return ()
    return (Wanted(person, action.code, action.opened_at, action.ends_at),)


def welcome(view: ActionView) -> tuple[Text, ...]:
    """The wording that carriers require, to someone who answers before ever joining."""
    return (answer(view.me.person, "welcome"),) if view.me.is_new else ()


def noted(action: Action, person: Person, name: str, word: str, ask: In | Maybe | Out) -> tuple[Text, ...]:
    """What follows YES or NO is shown to the organizer."""
    if not ask.note or person.id == action.raised_by:
        return ()
    return (to_organizer(action, name, f"{word} {ask.note}"),)


def with_hint(person: Person, key: str, action: Action, **fills: Fill) -> Text:
    """The answer to an IN. It says where and when if that has moved; otherwise that there are tasks, if that fits."""
    moved = moved_hint(action, person.lang)
    hinting = answer(person, key, code=action.code, hint=moved or tasks_hint(person.lang), **fills)
    if moved or (action.tasks and measure(render(person.lang, hinting.say)).count == 1):
        return hinting
    return answer(person, key, code=action.code, hint="", **fills)


def moved_hint(action: Action, lang: str) -> str:
    if not action.is_moved:
        return ""
    when = render(lang, say("moved_hint_when", when=action.starts_at)) if action.starts_at else ""
    return when + (render(lang, say("moved_hint_place", place=action.place[:PLACE_SHOWN])) if action.place else "")


def tasks_hint(lang: str) -> str:
    return render(lang, say("tasks_hint"))


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
    seats = held if held and ask.party == 1 and not ask.is_exact else ask.party
    coming = action.tally.coming - held + seats
    if action.need is not None and coming > action.need:
        if held:
            return refused(person, "no_room_for_more", code=action.code, held=held)
        return wait_in_line(ask, choice, view, now)

    said = pledged(ask, choice, view, Answer.IN, now)
    after, pledge = no_show_taken_back(action, said.pledge)
    pledge = replace(pledge, seats=seats)
    after, counts, told = seated(after, person.id, seats - held, now)
    was_waiting = before is not None and before.answer is Answer.WAITING
    key = "in" if action.need is not None else "in_open"
    key += "_party" if seats > 1 else ("" if person.name else "_nameless")
    return Outcome(
        saves=(pledge, *said.names, *((after,) if after != action else ()), *wanted(view, action)),
        removes=(line_place(before, now),) if before and was_waiting else (),
        counts=counts,
        effects=(
            with_hint(person, key, action, coming=coming, need=action.need or 0, seats=seats),
            *welcome(view),
            *said.told,
            *noted(action, person, said.called, "IN" + (f" +{seats - 1}" if seats > 1 else ""), ask),
            *tell_pledge(action, after, before, pledge),
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
    said = pledged(ask, choice, view, Answer.WAITING, now)
    is_again = before is not None and is_waiting and ask.party == 1 and not ask.is_exact
    seats = before.seats if before and is_again else ask.party  # a yes again leaves it a party
    pledge = replace(said.pledge, seats=seats, since=since)
    saves: list[Entity] = [pledge, line_place(pledge, now), *said.names, *wanted(view, action)]
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
            *said.told,
            *noted(action, person, said.called, "IN", ask),
            *tell_pledge(action, replace(action, has_line=True), before, pledge),
        ),
        code=action.code,
        seats=seats,
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
    said = pledged(ask, choice, view, chosen, now)
    word, key = ("MAYBE", "maybe") if chosen is Answer.MAYBE else ("OUT", "out_again" if before else "out")
    if before and before.answer is chosen and not ask.note:
        return refused(person, key, code=action.code)
    freed = set_free(action, before, said.pledge, now)
    told = (*welcome(view), *said.told, *noted(action, person, said.called, word, ask), *freed.effects)
    return replace(
        freed,
        saves=(*freed.saves, *said.names, *wanted(view, action)),
        effects=(answer(person, key, code=action.code), *told),
        code=action.code,
    )
