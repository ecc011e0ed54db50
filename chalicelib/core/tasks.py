"""Tasks: pieces of work inside an action, each taken by as many as it wants and no more.

Who takes one is on the task's own row, which is saved with its version: of fifty who take the last place at once one
gets it. The numbers that somebody has are on their pledge too, so that an OUT finds them without looking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import Choice, is_led, nothing_open
from chalicelib.core.commands import Add, Drop, Give, Take, TaskDue, TasksFree
from chalicelib.core.crew import (
    CrewView,
    Found,
    choose_crew,
    is_coming,
    is_in,
    is_unreachable,
    noted_name,
    whom,
)
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Person, Pledge, Taker, Task
from chalicelib.core.names import called
from chalicelib.core.outcome import Audience, Effect, Entity, Later, Outcome, Round, Text, answer, refused, say
from chalicelib.grammar.moments import midnight
from chalicelib.grammar.tasking import read_task, with_task_time

MOST_TASKS = 30  # of an action
LONGEST_TASK = 60
MOST_AT_ONCE = 99  # people for one task
REMINDED_BEFORE = timedelta(minutes=30)
SHOWN_SHORT = 40


def short(text: str, most: int = SHOWN_SHORT) -> str:
    """As much as fits, to the end of a word."""
    if len(text) <= most:
        return text
    cut = text[: most - 2].rpartition(" ")[0] or text[: most - 3]
    return cut.rstrip(" ,") + "..."


# --- making them ----------------------------------------------------------------------------------------


def new_task(action: Action, number: int, line: str, now: datetime) -> Task:
    """Of a line of the organizer's or an ADD. A clock time is one on the action's own day."""
    zone = ZoneInfo(action.zone)
    since = now.astimezone(zone)
    if action.starts_at is not None:
        since = max(since, midnight(action.starts_at.astimezone(zone)))
    asked = read_task(line, since)
    return Task(action.code, number, asked.text, min(asked.many, MOST_AT_ONCE), asked.at)


def moved_along(task: Task, before: Action, after: Action) -> Task:
    """The task as long before (or after) the new start, on the wall, as it was before the old one."""
    if task.at is None or before.starts_at is None or after.starts_at is None:
        return task
    zone = ZoneInfo(after.zone)
    begins, began = after.starts_at.astimezone(zone), before.starts_at.astimezone(zone)
    at = task.at.astimezone(zone) + (begins - began)
    return replace(task, at=at, text=with_task_time(task.text, at, midnight(begins)))


def as_line(task: Task) -> str:
    """As an organizer would write it into an alert."""
    return f"{task.text} x{task.many}" if task.many > 1 else task.text


def task_due(task: Task, now: datetime) -> tuple[Later, ...]:
    """Whoever has it is reminded, where it has a time that is not all but here."""
    if task.at is None or task.at - REMINDED_BEFORE <= now:
        return ()
    command = TaskDue(task.code, task.number, task.at)
    return (Later(command, task.at - REMINDED_BEFORE, f"task#{task.number}#{task.at.isoformat()}"),)


def decide_add(ask: Add, view: CrewView, now: datetime) -> Outcome:
    """Anybody in the crew, or an organizer, adds what is to be done."""
    choice = choose_crew(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    if not is_coming(choice) and not is_led(view, choice):
        return refused(person, "not_in", code=action.code)
    if len(ask.text) > LONGEST_TASK:
        return refused(person, "task_too_long", code=action.code, length=len(ask.text), most=LONGEST_TASK)
    if action.tasks >= MOST_TASKS:
        return refused(person, "too_many_tasks", code=action.code, most=MOST_TASKS)
    task = replace(new_task(action, action.tasks + 1, ask.text, now), many=ask.many)
    key = "task_added_many" if task.many > 1 else "task_added"
    fills: dict[str, str | int] = {"number": task.number, "task": short(task.text), "many": task.many}
    return Outcome(
        saves=(replace(action, tasks=task.number), task),
        effects=(answer(person, key, code=action.code, **fills), *task_due(task, now)),
        code=action.code,
    )


# --- taking and leaving them ------------------------------------------------------------------------------


def with_taker(task: Task, taker: Taker) -> Task:
    others = tuple(one for one in task.takers if one.person != taker.person)
    takers = (*others, taker)
    is_done = task.is_done or (len(takers) >= task.many and all(one.is_done for one in takers))
    return replace(task, takers=takers, is_done=is_done)


def without_taker(task: Task, person: str) -> Task:
    return replace(task, takers=tuple(one for one in task.takers if one.person != person))


def has(task: Task, person: str) -> bool:
    return any(one.person == person for one in task.takers)


def with_task(pledge: Pledge, number: int) -> Pledge:
    return replace(pledge, tasks=tuple(sorted({*pledge.tasks, number})))


def without_task(pledge: Pledge, number: int) -> Pledge:
    return replace(pledge, tasks=tuple(one for one in pledge.tasks if one != number))


def choose_task(ask: Take | Drop | Give, view: CrewView, now: datetime) -> tuple[Choice, Task] | Outcome:
    """The action and its task that are meant, or why there is none."""
    choice = choose_crew(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    task = view.task(action.code, ask.number)
    if task is None:
        return no_task(person, action, ask.number)
    return choice, task


def no_task(person: Person, action: Action, number: int) -> Outcome:
    if not action.tasks:
        return refused(person, "no_tasks", code=action.code)
    return refused(person, "no_such_task", code=action.code, number=number, last=action.tasks)


def taken_by_others(person: Person, task: Task, view: CrewView) -> Outcome:
    """It is full: whose it is, and which ones are free."""
    free = ", ".join(str(one.number) for one in view.tasks.get(task.code, ()) if one.free)
    names = short(", ".join(one.name for one in task.takers))
    key = "task_full_others" if free else "task_full"
    return refused(person, key, code=task.code, number=task.number, names=names, free=short(free))


def decide_take(ask: Take, view: CrewView, now: datetime) -> Outcome:
    """One of the task's places, if there is one."""
    chosen = choose_task(ask, view, now)
    if isinstance(chosen, Outcome):
        return chosen
    choice, task = chosen
    person, pledge = view.me.person, choice.pledge
    if not is_in(pledge):
        return refused(person, "not_in", code=task.code)
    if task.is_done:
        return refused(person, "task_is_done", code=task.code, number=task.number)
    if has(task, person.id):
        return refused(person, "task_yours_already", code=task.code, number=task.number)
    if not task.free:
        return taken_by_others(person, task, view)
    name = called(person, pledge, view.handles.get(task.code))
    return Outcome(
        saves=(
            with_taker(task, Taker(person.id, name)),
            with_task(pledge, task.number),
            *noted_name(view.handles.get(task.code)),
        ),
        effects=(answer(person, "task_taken", code=task.code, number=task.number, task=short(task.text)),),
        code=task.code,
    )


def decide_drop(ask: Drop, view: CrewView, now: datetime) -> Outcome:
    """One's own; by an organizer anybody's."""
    chosen = choose_task(ask, view, now)
    if isinstance(chosen, Outcome):
        return chosen
    choice, task = chosen
    person = view.me.person
    fills: dict[str, str | int] = {"number": task.number, "task": short(task.text)}
    if not ask.name and has(task, person.id) and choice.pledge is not None:
        told = say("task_dropped", code=task.code, name=called(person, choice.pledge), **fills)
        to = (Text(choice.action.raised_by, told, code=task.code),) if choice.action.raised_by != person.id else ()
        return Outcome(
            saves=(without_taker(task, person.id), without_task(choice.pledge, task.number)),
            effects=(answer(person, "task_free", code=task.code, **fills), *to),
            code=task.code,
        )
    if not is_led(view, choice):
        return refused(person, "task_not_yours", code=task.code, number=task.number)
    if not task.takers:
        return refused(person, "task_free_already", code=task.code, number=task.number)
    if ask.name:
        found = whom(view, choice, ask.name)
        if isinstance(found, Outcome):
            return found
        whose = [one for one in task.takers if one.person == found.person.id]
    else:
        whose = list(task.takers)
    if not whose:
        return refused(person, "task_not_theirs", code=task.code, number=task.number, name=ask.name[:24])
    left = replace(task, takers=tuple(one for one in task.takers if one not in whose))
    told = say("task_taken_away", code=task.code, **fills)
    people = tuple(one.person for one in whose)
    return Outcome(
        saves=(left,),
        effects=(
            answer(person, "task_free", code=task.code, **fills),
            Round(task.code, Audience.NAMED, told, people=people, but=person.id),
        ),
        code=task.code,
    )


def decide_give(ask: Give, view: CrewView, now: datetime) -> Outcome:
    """By an organizer, to somebody in the crew, who is told."""
    chosen = choose_task(ask, view, now)
    if isinstance(chosen, Outcome):
        return chosen
    choice, task = chosen
    person = view.me.person
    if not is_led(view, choice):
        return refused(person, "not_organizer_of", keyword=choice.action.keyword)
    found = whom(view, choice, ask.name)
    if isinstance(found, Outcome):
        return found
    return given(task, found, view, choice.action)


def given(task: Task, found: Found, view: CrewView, action: Action) -> Outcome:
    person = view.me.person
    fills: dict[str, str | int] = {"number": task.number, "task": short(task.text)}
    pledge = found.pledge
    if not is_in(pledge):
        return refused(person, "tell_not_in", code=task.code, name=found.shown, tail="")
    if is_unreachable(found, action):
        return refused(person, "tell_stopped", code=task.code, name=found.shown)
    if task.is_done:
        return refused(person, "task_is_done", code=task.code, number=task.number)
    if has(task, found.person.id):
        return refused(person, "task_theirs_already", code=task.code, number=task.number, name=found.shown)
    if not task.free:
        return taken_by_others(person, task, view)
    told: tuple[Text, ...] = (
        answer(person, "task_given_by_you", code=task.code, name=found.shown, number=task.number),
        Text(found.person.id, say("task_given", code=task.code, **fills), code=task.code),
    )
    if found.person.id == person.id:
        told = (answer(person, "task_taken", code=task.code, **fills),)
    return Outcome(
        saves=(with_taker(task, Taker(found.person.id, found.shown)), with_task(pledge, task.number)),
        effects=told,
        code=task.code,
    )


# --- done -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finished:
    """What DONE 2 makes of the task and the pledge; or the key of the sentence that says why it makes nothing."""

    task: Task | None
    pledge: Pledge
    why_not: str = ""


def finished(task: Task | None, pledge: Pledge, name: str) -> Finished:
    """By whoever has it; somebody who did it without having taken it has done so now, if a place is free."""
    if task is None:
        return Finished(None, pledge, "no_such_task")
    mine = next((one for one in task.takers if one.person == pledge.person), None)
    if task.is_done or (mine and mine.is_done):
        return Finished(None, pledge, "task_is_done")
    if mine is None and not task.free:
        return Finished(None, pledge, "task_of_others")
    done = with_taker(task, Taker(pledge.person, name, is_done=True))
    return Finished(done, with_task(pledge, task.number))


# --- what time does ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TasksView:
    """An action with some of its tasks, and the pledges of those whom it is about, by person."""

    action: Action | None
    tasks: tuple[Task, ...]
    pledges: Mapping[str, Pledge]


def tasks_free(code: str, pledge: Pledge, now: datetime) -> tuple[Effect, ...]:
    """The tasks of somebody who comes no more are to be free again, at once."""
    if not pledge.tasks:
        return ()
    return (Later(TasksFree(code, pledge.person, pledge.tasks), now, f"free#{pledge.person}#{now.isoformat()}"),)


def decide_tasks_free(ask: TasksFree, view: TasksView, now: datetime) -> Outcome:
    """Whoever comes no more has them no more, unless they have come back and taken them since; the crew is told."""
    if view.action is None:
        return Outcome(code=ask.code)
    pledge = view.pledges.get(ask.who)
    saves: list[Entity] = []
    free: list[Task] = []
    for task in view.tasks:
        if is_in(pledge) and task.number in pledge.tasks and has(task, ask.who):
            continue
        mine = [one for one in task.takers if one.person == ask.who]
        if mine and not mine[0].is_done:
            saves.append(without_taker(task, ask.who))
            free.append(task)
    told: tuple[Effect, ...] = ()
    if free and view.action.state in LIVE:
        what = say("tasks_free", code=ask.code, listed=numbered_tasks(free), first=free[0].number)
        told = (Round(ask.code, Audience.CREW, what, but=ask.who),)
    return Outcome(saves=tuple(saves), effects=told, code=ask.code)


def numbered_tasks(tasks: Iterable[Task]) -> str:
    return short(", ".join(f"{task.number} {short(task.text, 24)}" for task in tasks), 80)


def decide_task_due(ask: TaskDue, view: TasksView, now: datetime) -> Outcome:
    """Whoever has it, and has not done it, is reminded."""
    task = view.tasks[0] if view.tasks else None
    if view.action is None or view.action.state not in LIVE or task is None or task.is_done or task.at != ask.at:
        return Outcome(code=ask.code)
    when = ask.at.astimezone(ZoneInfo(view.action.zone))
    what = say("task_reminder", code=ask.code, number=task.number, task=short(task.text), when=when)
    people = tuple(one.person for one in task.takers if not one.is_done and is_in(view.pledges.get(one.person)))
    told = (Round(ask.code, Audience.NAMED, what, until=task.at, people=people),) if people else ()
    return Outcome(effects=told, code=ask.code)
