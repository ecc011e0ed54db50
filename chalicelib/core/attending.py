"""Being there: HERE, and DONE with what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.core.choosing import ActionView, Choice, choose, nothing_open
from chalicelib.core.commands import Done, Here
from chalicelib.core.lifecycle import LIVE, TAKES_REPORTS
from chalicelib.core.model import Answer
from chalicelib.core.outcome import Outcome, answer, refused
from chalicelib.core.seats import counted
from chalicelib.core.talking import to_organizer


def is_coming(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer is Answer.IN


def is_expected(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer in {Answer.IN, Answer.WAITING}


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
