"""An alert once more, to those whom it did not reach though their number is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.alerting import alert_say
from chalicelib.core.commands import SendAgain
from chalicelib.core.counting import weight
from chalicelib.core.kept import PutBack
from chalicelib.core.leading import LeadView
from chalicelib.core.outcome import Audience, Outcome, Round, answer, refused
from chalicelib.core.waving import to_be_asked

MOST_AGAIN = 80  # rows put back in one transaction; the rest at the next press


@dataclass(frozen=True, slots=True)
class Missed:
    """Somebody whom an alert failed to reach: `sid` is the carrier's of the text that it took, if it took one."""

    person: str
    sid: str = ""


@dataclass(frozen=True, slots=True)
class ResendView:
    """The organizer's actions; of the one that can only be meant also whom its alert missed, the newest first.

    They are those who may be asked still: no number that is bad, nobody who has stopped, left or answered meanwhile.
    """

    lead: LeadView
    missed: tuple[Missed, ...] = ()


def decide_send_again(ask: SendAgain, view: ResendView, now: datetime) -> Outcome:
    """Their receipts are as if they had never been texted, and a round goes to them. Consent is asked when it goes."""
    choice = to_be_asked(ask, view.lead, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.lead.me.person, choice.action
    some = view.missed[:MOST_AGAIN]
    if not some or action.opened_at is None:
        return refused(person, "nobody_missed", code=action.code)
    back = [
        PutBack(action.code, one.person, action.opened_at, one.sid, weight(one.person, action.recipients))
        for one in some
    ]
    people = tuple(one.person for one in some)
    key = "sending_again_more" if len(view.missed) > len(some) else "sending_again"
    return Outcome(
        saves=tuple(back),
        unchanged=(action,),
        effects=(
            answer(person, key, code=action.code, people=len(some)),
            Round(action.code, Audience.WAVE, alert_say(action), until=action.ends_at, people=people),
        ),
        code=action.code,
        keyword=action.keyword,
    )
