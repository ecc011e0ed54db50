"""MOVE and AT: another time, another place; whoever has to do with it is told, and what goes out later says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import nothing_open
from chalicelib.core.commands import Move, MoveTo
from chalicelib.core.leading import LeadView, led
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Task
from chalicelib.core.outcome import Audience, Outcome, Round, answer, refused, say
from chalicelib.core.reminding import PLACE_SHOWN, timers
from chalicelib.core.tasks import task_due
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
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    starts_at = when_said(ask.words, action, now)
    if starts_at is None:
        return refused(person, "use_move")
    if starts_at == action.starts_at:
        return refused(person, "moved_already", code=action.code, when=starts_at)
    moved = replace(
        action,
        starts_at=starts_at,
        ends_at=starts_at + (action.ends_at - action.starts_at if action.starts_at else view.length),
        words=with_time(action.words, ask.words),
    )
    tasks = tuple(moved_along(task, action, moved) for task in view.tasks if task.at and action.starts_at)
    news = say("moved", code=action.code, when=starts_at)
    return Outcome(
        saves=(moved, *tasks),
        effects=(
            answer(person, "moved_by_you", code=action.code, when=starts_at),
            Round(action.code, Audience.INVOLVED, news, but=person.id),
            *timers(moved, view.reminders, now),
            *(due for task in tasks for due in task_due(task, now)),
        ),
        code=action.code,
    )


def moved_along(task: Task, before: Action, after: Action) -> Task:
    if task.at is None or before.starts_at is None or after.starts_at is None:
        return task
    at = (task.at + (after.starts_at - before.starts_at)).astimezone(ZoneInfo(after.zone))
    return replace(task, at=at, text=with_time(task.text, f"{at:%H:%M}"))


def decide_move_to(ask: MoveTo, view: ChangeView, now: datetime) -> Outcome:
    """AT: the place that WHO, reminders and later alerts name."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    place = " ".join(ask.place.split())[:LONGEST_PLACE]
    moved = replace(action, place=place, words=with_place(action.words, place))
    news = say("moved_to", code=action.code, place=place[:PLACE_SHOWN])
    return Outcome(
        saves=(moved,),
        effects=(
            answer(person, "moved_to_by_you", code=action.code, place=place[:PLACE_SHOWN]),
            Round(action.code, Audience.INVOLVED, news, but=person.id),
        ),
        code=action.code,
    )
