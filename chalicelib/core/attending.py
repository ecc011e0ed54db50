"""Being there: HERE, LATE, and DONE with what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.core.choosing import ActionView, Choice, choose, is_led, nothing_open
from chalicelib.core.commands import Done, Here, Late
from chalicelib.core.crew import CrewView, choose_crew, is_coming
from chalicelib.core.lifecycle import LIVE, TAKES_REPORTS
from chalicelib.core.model import Action, Answer, Person
from chalicelib.core.names import called
from chalicelib.core.outcome import Count, Fill, Outcome, Text, answer, refused
from chalicelib.core.pledging import arrival
from chalicelib.core.seats import counted, no_show_taken_back
from chalicelib.core.talking import to_organizer
from chalicelib.core.tasks import finished, no_task, short

MOST_DONE_SHOWN, MOST_SAID_BACK = 80, 36


def is_expected(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer in {Answer.IN, Answer.WAITING}


def told(action: Action, person: Person, name: str, words: str) -> tuple[Text, ...]:
    """What was said beside it, to the organizer."""
    return (to_organizer(action, name, words),) if person.id != action.raised_by else ()


def decide_here(ask: Here, view: ActionView, now: datetime) -> Outcome:
    """Arrived: every seat of the party counts as here."""
    choice = choose(ask, view, now, fits=is_expected, none="not_in_any")
    if isinstance(choice, Outcome):
        return choice
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    if pledge and pledge.answer is Answer.WAITING:
        return refused(person, "waiting_still", code=action.code)
    if pledge is None or pledge.answer is not Answer.IN:
        return refused(person, "not_in", code=action.code)
    if pledge.is_here:
        return refused(person, "here_already", code=action.code)
    after, counts = counted(action, person.id, "here", pledge.seats)
    after, pledge = no_show_taken_back(after, pledge)
    note = told(action, person, called(person, pledge), f"HERE {ask.note}") if ask.note else ()
    return Outcome(
        saves=(replace(pledge, is_here=True), *((after,) if after != action else ())),
        counts=counts,
        effects=(answer(person, "here", code=action.code), *note),
        code=action.code,
        seats=pledge.seats,
    )


def decide_late(ask: Late, view: ActionView, now: datetime) -> Outcome:
    """In, but later: the organizer is told, and when if that was said."""
    choice = choose(ask, view, now, fits=is_expected, none="not_in_any")
    if isinstance(choice, Outcome):
        return choice
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    if pledge is None or pledge.answer is not Answer.IN:
        key = "waiting_still" if pledge and pledge.answer is Answer.WAITING else "not_in"
        return refused(person, key, code=action.code)
    arrives_at = arrival(ask, action, now)
    said = ("LATE", f"{arrives_at:%H:%M}" if arrives_at else "", ask.note)
    late = replace(pledge, arrives_at=arrives_at or pledge.arrives_at, note=ask.note or pledge.note)
    key = "late_until" if arrives_at else "late"
    fills: dict[str, Fill] = {"when": arrives_at} if arrives_at else {}
    return Outcome(
        saves=(late,) if late != pledge else (),
        effects=(
            answer(person, key, code=action.code, **fills),
            *told(action, person, called(person, pledge), " ".join(filter(None, said))),
        ),
        code=action.code,
    )


# --- done -----------------------------------------------------------------------------------------------


def listed(amounts: Mapping[str, float], most: int = MOST_DONE_SHOWN) -> str:
    """Amounts of different units stay apart: "3 boxes, 2 hours"."""
    shown = ""
    for unit, amount in sorted(amounts.items()):
        longer = f"{shown}, {amount:g} {unit}" if shown else f"{amount:g} {unit}"
        if shown and len(longer) > most:
            break
        shown = longer
    return shown[:most]


def decide_done(ask: Done, view: CrewView, now: datetime) -> Outcome:
    """What was done is added up and said back; who reports was there. DONE 2 finishes a task."""
    choice = choose(ask, view, now, fits=is_coming, none="not_in_any", states=TAKES_REPORTS)
    if isinstance(choice, Outcome):
        led = choose_crew(ask, view, now) if ask.task is not None else choice
        return choice if isinstance(led, Outcome) else task_done_by_organizer(ask, led, view)
    person, action, pledge = view.me.person, choice.action, choice.pledge
    if action.state not in TAKES_REPORTS:
        return nothing_open(view, ended=action.code)
    if pledge is None or pledge.answer is not Answer.IN:
        if ask.task is not None and is_led(view, choice):
            return task_done_by_organizer(ask, choice, view)
        return refused(person, "not_in", code=action.code)
    name = called(person, pledge)
    after, counts = counted(action, person.id, "here", 0 if pledge.is_here else pledge.seats)
    after, pledge = no_show_taken_back(after, replace(pledge, is_here=True))
    # Without tasks a number alone means none of them, and no amount either: it has no unit. The organizer sees it.
    is_number = ask.task is not None and not action.tasks
    note = f"{ask.task} {ask.note}".strip() if is_number else ask.note
    done = finished(view.task(action.code, ask.task), pledge, name) if ask.task and not is_number else None
    if done and done.why_not and not ask.amounts:
        return why_not_done(ask, action, view, done.why_not)
    after, more, amounts = added_up(after, person.id, pledge.amounts, ask.amounts)
    pledge = replace(done.pledge if done else pledge, amounts=amounts)
    fills: dict[str, Fill] = {}
    if ask.amounts:
        fills = {"done": listed(ask.amounts, MOST_SAID_BACK), "total": listed(amounts, MOST_SAID_BACK)}
    effects = [answer(person, "done_amount" if ask.amounts else "done", code=action.code, **fills)]
    if done and done.task is not None:
        key = "task_finished_amount" if ask.amounts else "task_finished"
        effects = [answer(person, key, code=action.code, number=done.task.number, task=short(done.task.text), **fills)]
    elif done:
        effects += [one for one in why_not_done(ask, action, view, done.why_not).effects if isinstance(one, Text)]
    return Outcome(
        saves=(pledge, *((after,) if after != action else ()), *((done.task,) if done and done.task else ())),
        counts=(*counts, *more),
        effects=(*effects, *(told(action, person, name, f"DONE {note}") if note else ())),
        code=action.code,
        amounts=dict(ask.amounts),
    )


def added_up(
    action: Action, person: str, before: Mapping[str, float], more: Mapping[str, float]
) -> tuple[Action, tuple[Count, ...], dict[str, float]]:
    """Unit by unit, to the action's tally and to the person's own."""
    counts: tuple[Count, ...] = ()
    amounts = dict(before)
    for unit, amount in more.items():
        action, some = counted(action, person, unit, amount)
        counts += some
        amounts[unit] = round(amounts.get(unit, 0) + amount, 2)
    return action, counts, amounts


def why_not_done(ask: Done, action: Action, view: CrewView, why: str) -> Outcome:
    """A task that there is not, is done already, or is somebody else's."""
    person, number = view.me.person, ask.task or 0
    task = view.task(action.code, number)
    if task is None:
        return no_task(person, action, number)
    if why == "task_is_done":
        return refused(person, "task_is_done", code=action.code, number=number)
    names = short(", ".join(one.name for one in task.takers))
    return refused(person, "task_of_others", code=action.code, number=number, names=names)


def task_done_by_organizer(ask: Done, choice: Choice, view: CrewView) -> Outcome:
    """An organizer who is not in the crew says that a task is done, whoever had it."""
    person, action, number = view.me.person, choice.action, ask.task or 0
    task = view.task(action.code, number)
    if task is None:
        return no_task(person, action, number)
    if task.is_done:
        return refused(person, "task_is_done", code=action.code, number=number)
    after, counts, _ = added_up(action, person.id, {}, ask.amounts)
    fills: dict[str, Fill] = {"task": short(task.text)}
    if ask.amounts:
        done = listed(ask.amounts, MOST_SAID_BACK)
        fills = {"done": done, "total": done}
    key = "task_finished_amount" if ask.amounts else "task_finished"
    return Outcome(
        saves=(replace(task, is_done=True), *((after,) if after != action else ())),
        counts=counts,
        effects=(answer(person, key, code=action.code, number=number, **fills),),
        code=action.code,
        amounts=dict(ask.amounts),
    )
