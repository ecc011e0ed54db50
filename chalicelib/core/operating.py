"""What an operator does to the whole installation: holding all sending, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import ActionView
from chalicelib.core.commands import GoOnSending, HoldSending, Words
from chalicelib.core.kept import Sending
from chalicelib.core.model import Me
from chalicelib.core.outcome import Outcome, Text, answer, refused, say
from chalicelib.core.talking import decide_words


@dataclass(frozen=True, slots=True)
class OperatorView:
    """The speaker, and whether sending stands still already.

    `operators` are all of them, by id; `zone` is the installation's. Of anybody else the `words` are words like others,
    for what they are in (`otherwise`): nothing tells a stranger that there are operators.
    """

    me: Me
    is_operator: bool
    sending: Sending = field(default_factory=Sending)
    operators: tuple[str, ...] = ()
    brand: str = ""
    zone: str = "UTC"
    words: str = ""
    otherwise: ActionView | None = None


def decide_hold_sending(ask: HoldSending, view: OperatorView, now: datetime) -> Outcome:
    """Nothing goes out from now on, whoever works at it: it is written with this command, or the command is not."""
    person, held = view.me.person, view.sending
    if not view.is_operator:
        return as_words(view, now)
    if held.stopped_at and held.held_by:
        return refused(person, "sending_held_already", when=local(held.stopped_at, view))
    return Outcome(saves=(Sending(now, held_by=person.id),), effects=(answer(person, "sending_held"),))


def decide_go_on_sending(ask: GoOnSending, view: OperatorView, now: datetime) -> Outcome:
    """Whatever it stood still for: who says so has mended it. The other operators are told."""
    person, held = view.me.person, view.sending
    if not view.is_operator:
        return as_words(view, now)
    if held.stopped_at is None:
        return refused(person, "sending_not_held")
    when = local(held.stopped_at, view)
    told = say("notice_held" if held.held_by else "notice_stood_still", brand=view.brand, when=when, error=held.code)
    others = tuple(Text(one, told) for one in view.operators if one != person.id)
    return Outcome(saves=(Sending(),), effects=(answer(person, "sending_goes_on", when=when), *others))


def as_words(view: OperatorView, now: datetime) -> Outcome:
    return decide_words(Words(view.words), view.otherwise, now) if view.otherwise else Outcome()


def local(at: datetime, view: OperatorView) -> datetime:
    return at.astimezone(ZoneInfo(view.zone))
