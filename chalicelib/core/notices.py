"""What delivery has to tell organizers and operators: limits near or reached, words refused, sending stood still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.commands import Notice
from chalicelib.core.outcome import Fill, Outcome, Say, Text

TO_ORGANIZERS = frozenset({"content", "group_spend_80", "group_spend_100", "spend_100"})
TO_OPERATORS = frozenset({"group_spend_100", "spend_80", "spend_100", "stood_still", "held"})


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Whom it may concern, by id: the organizers of the group it is about, and the operators."""

    organizers: tuple[str, ...]
    operators: tuple[str, ...]
    fills: dict[str, Fill]


def decide_notice(ask: Notice, view: NoticeView, now: datetime) -> Outcome:
    """One text to each whom it concerns. Its cause names the day or the action, so it is told once."""
    told = (
        *(view.organizers if ask.kind in TO_ORGANIZERS else ()),
        *(view.operators if ask.kind in TO_OPERATORS else ()),
    )
    what = Say(f"notice_{ask.kind}", view.fills)
    return Outcome(
        effects=tuple(Text(one, what, code=ask.code) for one in dict.fromkeys(told)), code=ask.code, keyword=ask.keyword
    )
