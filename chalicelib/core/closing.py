"""How an action ends: CLOSE, CALL OFF, by its time; who did not come; the result that stays; and dissolving."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from chalicelib.core.attending import listed
from chalicelib.core.choosing import Choice, is_led, nothing_open
from chalicelib.core.commands import (
    AllHere,
    CallOff,
    Close,
    Dissolve,
    EndTime,
    Learn,
    NoShow,
    RestHere,
    StartTime,
)
from chalicelib.core.crew import CrewPart, CrewView, choose_crew, whom
from chalicelib.core.leading import LONGEST_NEWS, LeadView, led
from chalicelib.core.lifecycle import LIVE, Event, may, move
from chalicelib.core.model import Action, Answer, Group, Listed, Pledge, Record, Spent, State, Task
from chalicelib.core.outcome import (
    Audience,
    Deed,
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
from chalicelib.core.seats import counted
from chalicelib.core.tasks import short
from chalicelib.core.telling import came, tell_done
from chalicelib.core.times import TimeView
from chalicelib.languages import render

LEARNT_AFTER = timedelta(minutes=1)  # who was asked at the last moment may still be answering
MISSING_SHOWN = 40  # characters of names
LATELY_ENDED = timedelta(hours=3)
CAN_BE_MISSED = frozenset({State.UNDER_WAY, State.DONE})


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
    missed = asked_who_missed(action, person.id, view.missing)
    return replace(finished, effects=(reply, *missed, *finished.effects))


def asked_who_missed(action: Action, to: str, names: tuple[str, ...]) -> tuple[Text, ...]:
    """Asked once, when it ends: who was in and has not said HERE may have come all the same."""
    missing = action.tally.coming - action.tally.here - action.no_shows
    if missing <= 0:
        return ()
    shown = short(", ".join(names), MISSING_SHOWN)
    key = "who_missed" if shown else "how_many_missed"
    what = say(key, code=action.code, missing=missing, names=shown)
    return (Text(to, what, code=action.code),)


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
    """The result: who came, and what was done. Delivery adds what each has done themselves."""
    done = listed(action.tally.amounts)
    key = "thanks" + ("_done" if done else "") + ("_note" if note else "")
    fills: dict[str, str | int] = {"code": action.code, "came": came(action)}
    if done:
        fills["done"] = done
    if note:
        fills["words"] = note[:LONGEST_NEWS]
    return Say(key, fills)


def own_part(pledge: Pledge, tasks: Iterable[Task], lang: str) -> str:
    """What somebody did themselves, to stand after the result; nothing, if they have told nothing."""
    mine = [f"{task.number} {short(task.text)}" for task in tasks if did(task, pledge.person)]
    parts = [say("your_part", done=listed(pledge.amounts))] if pledge.amounts else []
    parts += [say("your_tasks", tasks=short(", ".join(mine), 60))] if mine else []
    return "".join(render(lang, part) for part in parts)


def did(task: Task, person: str) -> bool:
    return any(one.person == person and (one.is_done or task.is_done) for one in task.takers)


def finish(action: Action, group: Group | None, now: datetime, dissolves_after: timedelta, note: str = "") -> Outcome:
    """Thanks to the crew, a word to the line, and the end."""
    ended = end(action, Event.FINISH, group, now, dissolves_after)
    thanks = Round(action.code, Audience.CREW, result_say(action, note))
    return replace(ended, effects=(thanks, *to_the_line(action), *ended.effects, *tell_done(action)))


def to_the_line(action: Action) -> tuple[Effect, ...]:
    """Who waited to the end is told that it has come."""
    if not action.has_line:
        return ()
    return (Round(action.code, Audience.WAITING, say("closed_waiting", code=action.code)),)


def end(action: Action, event: Event, group: Group | None, now: datetime, dissolves_after: timedelta) -> Outcome:
    """The action ended: no longer among its group's live ones, and its crew to dissolve in time."""
    ended = move(action, event)
    ended = replace(ended, ended_at=now, ended_as=ended.state)
    saves: list[Entity] = [ended]
    if group and action.code in group.live:
        saves.append(replace(group, live=tuple(code for code in group.live if code != action.code)))
    dissolve: Effect = Later(Dissolve(action.code), now + dissolves_after, "dissolve")
    learn: Effect = Later(Learn(action.code), now + LEARNT_AFTER, "learn")
    removes = (Listed(action.code, action.opened_at),) if action.opened_at else ()
    return Outcome(saves=tuple(saves), removes=removes, effects=(dissolve, learn), code=action.code)


# --- who came -------------------------------------------------------------------------------------------


def choose_ended(ask: NoShow | AllHere, view: CrewView, now: datetime) -> Choice | Outcome:
    """The organizer's action that has begun, with that name in its crew: rather one that is not long over."""
    person = view.me.person
    mine = [one for one in view.choices if is_led(view, one) and one.action.state in CAN_BE_MISSED]
    named = [one for one in mine if view.found.get(one.action.code)] or mine
    lately = [one for one in named if now - (one.action.ended_at or now) < LATELY_ENDED]
    meant = lately or named
    choice = choose_crew(ask, replace(view, choices=tuple(meant)) if meant and not view.named else view, now)
    if isinstance(choice, Outcome):
        return choice
    if not is_led(view, choice):
        return refused(person, "not_organizer_of", keyword=choice.action.keyword)
    if choice.action.state not in CAN_BE_MISSED:
        key = "not_begun" if choice.action.state in LIVE else "over"
        return refused(person, key, code=choice.action.code)
    return choice


def decide_no_show(ask: NoShow, view: CrewView, now: datetime) -> Outcome:
    """Who was in and did not come: it is on their own ledger, and off the result."""
    choice = choose_ended(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    found = whom(view, choice, ask.name)
    if isinstance(found, Outcome):
        return found
    pledge = found.pledge
    if pledge is None or pledge.answer is not Answer.IN:
        return refused(person, "tell_not_in", code=action.code, name=found.shown, tail="")
    if pledge.is_no_show:
        return refused(person, "no_show_already", code=action.code, name=found.shown)
    after, counts = counted(action, found.person.id, "here", -pledge.seats if pledge.is_here else 0)
    after = replace(after, no_shows=after.no_shows + pledge.seats)
    return Outcome(
        saves=(after, replace(pledge, is_no_show=True, is_here=False)),
        counts=counts,
        effects=(answer(person, "no_show", code=action.code, name=found.shown),),
        code=action.code,
        deeds=(Deed(found.person.id, "DidNotCome", pledge.seats),),
    )


def decide_all_here(ask: AllHere, view: CrewView, now: datetime) -> Outcome:
    """Everybody who was in, and is no no-show, came: so many at a time, until all are noted."""
    choice = choose_ended(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    came = action.tally.coming - action.no_shows
    reply = answer(person, "all_here", code=action.code, came=came)
    return Outcome(effects=(reply, Later(RestHere(action.code, ""), now, f"here#{now.isoformat()}#")), code=action.code)


def decide_rest_here(ask: RestHere, view: CrewPart, now: datetime) -> Outcome:
    """The next of the crew who have not said HERE themselves are here, in their own ledgers too."""
    action = view.action
    if action is None or action.state not in CAN_BE_MISSED:
        return Outcome(code=ask.code)
    missing = [one for one in view.crew if one.answer is Answer.IN and not one.is_here and not one.is_no_show]
    after = action
    outcome = Outcome(code=ask.code)
    for pledge in missing:
        after, counts = counted(after, pledge.person, "here", pledge.seats)
        outcome = replace(outcome, counts=(*outcome.counts, *counts))
    more = (Later(RestHere(ask.code, view.last), now, f"here#{now.isoformat()}#{view.last}"),) if view.last else ()
    return replace(
        outcome,
        saves=(*(replace(one, is_here=True) for one in missing), *((after,) if after != action else ())),
        effects=more,
        deeds=tuple(Deed(one.person, "Came", one.seats) for one in missing),
    )


# --- time ------------------------------------------------------------------------------------------


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
        missed = asked_who_missed(action, action.raised_by, view.missing)
        return replace(finished, effects=(told, *missed, *finished.effects))
    expired = end(action, Event.EXPIRE, view.group, now, view.dissolves_after)
    told = Text(action.raised_by, say("expired", code=action.code), code=action.code)
    return replace(expired, effects=(told, *to_the_line(action), *expired.effects))


def decide_dissolve(ask: Dissolve, view: TimeView, now: datetime) -> Outcome:
    """The crew is no more: what it said, who was in it, and its line are deleted; the ledger and the record stay."""
    action = view.action
    if action is None or not may(action, Event.DISSOLVE):
        return Outcome(code=ask.code)
    dissolved = replace(move(action, Event.DISSOLVE), record=recorded(action, view))
    return Outcome(saves=(dissolved,), effects=(Purge(ask.code),), code=ask.code)


def is_finished(task: Task) -> bool:
    """By all who had it, though it may have wanted more of them."""
    return task.is_done or (bool(task.takers) and all(one.is_done for one in task.takers))


def recorded(action: Action, view: TimeView) -> Record:
    """What stays: counts, and no person."""
    filled = (action.filled_at - action.opened_at) if action.filled_at and action.opened_at else None
    spent = view.spent or Spent(action.code)
    is_uncounted = action.state is State.DONE and not action.tally.here  # nobody has said HERE, or who did not come
    return Record(
        came=action.tally.coming - action.no_shows if is_uncounted else action.tally.here,
        no_shows=action.no_shows,
        tasks=len(view.tasks),
        tasks_done=sum(is_finished(task) for task in view.tasks),
        minutes_to_fill=None if filled is None else round(filled.total_seconds() / 60),
        texts=spent.texts,
        segments=spent.segments,
        cents=ceil(spent.segments * view.price),
    )
