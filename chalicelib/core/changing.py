"""MOVE and AT: another time, another place; whoever has to do with it is told, and what goes out later says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.commands import Move, MoveTo, StillWanted
from chalicelib.core.crew import CrewPart
from chalicelib.core.leading import LeadView, led_live
from chalicelib.core.lifecycle import LIVE, Event, may, move
from chalicelib.core.model import Action, Answer, Pledge, Task, Wanted
from chalicelib.core.outcome import Audience, Entity, Later, Outcome, Round, answer, refused, say
from chalicelib.core.reminding import PLACE_SHOWN, timers
from chalicelib.core.seats import counted, no_show_taken_back, set_free
from chalicelib.core.tasks import as_line, moved_along, task_due
from chalicelib.grammar.asking import LONGEST_PLACE
from chalicelib.grammar.fold import fold
from chalicelib.grammar.moments import midnight
from chalicelib.grammar.tasking import with_place, with_time
from chalicelib.grammar.times import DAY, NOW, SPAN, read_time


@dataclass(frozen=True, slots=True)
class ChangeView(LeadView):
    """A LeadView with the tasks of the action that is meant, and how many minutes before a start crews are reminded."""

    tasks: tuple[Task, ...] = ()
    reminders: tuple[int, ...] = ()
    length: timedelta = timedelta(hours=8)


def when_said(words: str, action: Action, now: datetime) -> datetime | None:
    """The moment that an organizer names: a clock time alone is on the action's own day, if that is not past."""
    folded, zone = fold(words), ZoneInfo(action.zone)
    since = now.astimezone(zone)
    if action.starts_at is not None and not any(pattern.search(folded) for pattern in (DAY, SPAN, NOW)):
        since = max(since, midnight(action.starts_at.astimezone(zone)))
    reading = read_time(folded, since)
    return reading.at if reading else None


def decide_move(ask: Move, view: ChangeView, now: datetime) -> Outcome:
    """All its times move with it: its end, its reminders, the times of its tasks."""
    choice = led_live(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    starts_at = when_said(ask.words, action, now)
    if starts_at is None:
        return refused(person, "use_move")
    if starts_at == action.starts_at:
        return refused(person, "moved_already", code=action.code, when=starts_at)
    moved = replace(
        put_off(action, now, starts_at),
        starts_at=starts_at,
        ends_at=starts_at + (action.ends_at - action.starts_at if action.starts_at else view.length),
        words=with_time(action.words, ask.words, starts_at, now.astimezone(ZoneInfo(action.zone))),
        is_moved=True,
    )
    tasks = tuple(moved_along(task, action, moved) for task in view.tasks)
    lines = tuple(as_line(task) for task in tasks[: len(action.task_lines)])
    moved = replace(moved, task_lines=lines or action.task_lines)
    still = StillWanted(action.code, "", is_on_another_day(action, starts_at, now))
    news = say("moved", code=action.code, when=starts_at)
    return Outcome(
        saves=(moved, *(task for task in tasks if task not in view.tasks)),
        effects=(
            answer(person, "moved_by_you", code=action.code, when=starts_at),
            Round(action.code, Audience.INVOLVED, news, but=person.id),
            *timers(moved, view.reminders, now),
            *(due for task in tasks for due in task_due(task, now)),
            Later(still, now, f"still#{now.isoformat()}#"),
        ),
        code=action.code,
    )


def put_off(action: Action, now: datetime, starts_at: datetime) -> Action:
    """One that is under way and is to begin later wants people again."""
    if starts_at <= now or not may(action, Event.PUT_OFF):
        return action
    off = move(action, Event.PUT_OFF)
    return move(off, Event.FILL) if off.need is not None and off.tally.coming >= off.need else off


def is_on_another_day(action: Action, starts_at: datetime, now: datetime) -> bool:
    zone = ZoneInfo(action.zone)
    return (action.starts_at or now).astimezone(zone).date() != starts_at.astimezone(zone).date()


def decide_still_wanted(ask: StillWanted, view: CrewPart, now: datetime) -> Outcome:
    """So many at a time: a bare word of theirs finds the action until its new end."""
    action = view.action
    if action is None or action.state not in LIVE or action.opened_at is None:
        return Outcome(code=ask.code)
    after = action
    outcome = Outcome(code=ask.code)
    for pledge in view.crew:
        anew = on_another_day(after, pledge, pledge.person in view.left, now) if ask.is_another_day else Outcome()
        after = next((one for one in anew.saves if isinstance(one, Action)), after)
        wanted = Wanted(pledge.person, action.code, action.opened_at, action.ends_at)
        outcome = replace(
            outcome,
            saves=(*outcome.saves, wanted, *(one for one in anew.saves if not isinstance(one, Action))),
            removes=(*outcome.removes, *anew.removes),
            counts=(*outcome.counts, *anew.counts),
            effects=(*outcome.effects, *anew.effects),
        )
    more = replace(ask, after=view.last)
    again = (Later(more, now, f"still#{now.isoformat()}#{view.last}"),) if view.last else ()
    changed = (after,) if after != action else ()
    effects = tuple(dict.fromkeys((*outcome.effects, *again)))  # several freed seats open the line once
    return replace(outcome, saves=(*outcome.saves, *changed), effects=effects)


def on_another_day(action: Action, pledge: Pledge, has_left: bool, now: datetime) -> Outcome:
    """Nobody is here yet, or missing, or said when they come; whoever has left since they were here has no seat."""
    if has_left:
        return set_free(action, pledge, replace(pledge, answer=Answer.OUT), now)
    after, anew = no_show_taken_back(action, replace(pledge, is_here=False, arrives_at=None))
    after, counts = counted(after, pledge.person, "here", -pledge.seats if pledge.is_here else 0)
    saves: tuple[Entity, ...] = (*((anew,) if anew != pledge else ()), *((after,) if after != action else ()))
    return Outcome(saves=saves, counts=counts)


def decide_move_to(ask: MoveTo, view: ChangeView, now: datetime) -> Outcome:
    """AT: the place that WHO, reminders and later alerts name."""
    choice = led_live(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    place = " ".join(ask.place.split())[:LONGEST_PLACE]
    moved = replace(action, place=place, words=with_place(action.words, place), is_moved=True)
    news = say("moved_to", code=action.code, place=place[:PLACE_SHOWN])
    return Outcome(
        saves=(moved,),
        effects=(
            answer(person, "moved_to_by_you", code=action.code, place=place[:PLACE_SHOWN]),
            Round(action.code, Audience.INVOLVED, news, but=person.id),
        ),
        code=action.code,
    )
