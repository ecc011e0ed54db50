"""TASKS and NEXT: an action's tasks, as many as fit one segment at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.core.choosing import is_led
from chalicelib.core.commands import NextPage, Tasks
from chalicelib.core.crew import CrewView, choose_crew, is_coming
from chalicelib.core.model import Action, Listing, Person, Task
from chalicelib.core.outcome import Outcome, answer, refused, say
from chalicelib.core.tasks import LONGEST_TASK, short
from chalicelib.grammar.segments import measure
from chalicelib.languages import render

LISTING_LASTS = timedelta(hours=1)


def decide_tasks(ask: Tasks, view: CrewView, now: datetime) -> Outcome:
    """As many as fit one segment; NEXT goes on."""
    choice = choose_crew(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if not is_coming(choice) and not is_led(view, choice):
        return refused(person, "not_in", code=action.code)
    tasks = [task for task in view.tasks.get(action.code, ()) if task.number > ask.after]
    if not tasks:
        return refused(person, "no_tasks" if not ask.after else "no_more_tasks", code=action.code)
    lines, last = page(action, tasks, person)
    is_more = last < tasks[-1].number
    listing = Listing(action.code, last, now) if is_more else None
    saves = (replace(person, listing=listing),) if listing or person.listing else ()
    key = "tasks_more" if is_more else "tasks"
    return Outcome(saves=saves, effects=(answer(person, key, code=action.code, listed=lines),), code=action.code)


def page(action: Action, tasks: list[Task], person: Person) -> tuple[str, int]:
    """What fits one segment, one at least, and the number of the last."""
    shown, last = "", 0
    for task in tasks:
        longer = shown + "\n" + described(task, person)
        text = render(person.lang, say("tasks_more", code=action.code, listed=longer))
        if shown and measure(text).count > 1:
            break
        shown, last = longer, task.number
    return shown, last


def described(task: Task, person: Person) -> str:
    """One line: its number, what it is, and whose it is or how many it still wants."""
    names = ", ".join("*" if one.person == person.id else one.name for one in task.takers)
    fills: dict[str, str | int] = {"number": task.number, "task": short(task.text, LONGEST_TASK)}
    if task.is_done:
        return render(person.lang, say("task_line_done", **fills))
    if not task.takers:
        key = "task_line_many" if task.many > 1 else "task_line"
        return render(person.lang, say(key, **fills, many=task.many))
    if task.free:
        return render(person.lang, say("task_line_left", **fills, many=task.many, left=task.free))
    return render(person.lang, say("task_line_taken", **fills, names=short(names)))


def decide_next(ask: NextPage, view: CrewView, now: datetime) -> Outcome:
    """The next page of what was listed last."""
    person, listing = view.me.person, view.me.person.listing
    if listing is None or now - listing.listed_at > LISTING_LASTS:
        return refused(person, "nothing_listed")
    return decide_tasks(Tasks(listing.code, listing.after), view, now)
