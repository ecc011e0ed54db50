"""What a group's webhook is told: that somebody's answer changed, that a crew has filled, that it is done.

Counts and states, and of people a mark that is theirs in this action only; their first name if pages may show it.
"""

from __future__ import annotations

from hashlib import blake2b

from chalicelib.core.lifecycle import Event, move
from chalicelib.core.model import Action, Answer, Pledge
from chalicelib.core.outcome import Fact, Hook

HOLDS = frozenset({Answer.IN, Answer.WAITING})


def tell_pledge(read: Action, after: Action, before: Pledge | None, pledge: Pledge) -> tuple[Hook, ...]:
    """If the answer or its seats are others than before. `read` is the action as it was before this command.

    `person_count` goes up with each change of the pledge: of two events about one person the higher is the newer.
    """
    if not after.has_webhook or (before and said(before) == said(pledge)):
        return ()
    answer, seats = said(pledge)
    facts: dict[str, Fact] = {
        **facts_of(read, after),
        "person": mark(pledge),
        "person_count": (pledge.version or 0) + 1,
        "answer": str(answer),
        "seats": seats,
    }
    if pledge.is_shown and pledge.name and answer is Answer.IN:
        facts["name"] = pledge.name.split()[0]
    return (Hook(after.code, "pledge", facts),)


def tell_filled(after: Action) -> tuple[Hook, ...]:
    """The last seat was taken; after somebody dropped out it may be again."""
    return (Hook(after.code, "filled", facts_of(None, after)),) if after.has_webhook else ()


def tell_done(action: Action) -> tuple[Hook, ...]:
    """It is closed, or its end has passed with people there; `action` is as it was, with its whole tally."""
    if not action.has_webhook:
        return ()
    facts = {**facts_of(None, move(action, Event.FINISH)), "coming": action.tally.coming, "came": came(action)}
    return (Hook(action.code, "done", facts),)


def came(action: Action) -> int:
    """Seats: of those who said HERE; if nobody did, of all who were in and were not missed."""
    return action.tally.here or action.tally.coming - action.no_shows


def said(pledge: Pledge) -> tuple[Answer, int]:
    return pledge.answer, pledge.seats if pledge.answer in HOLDS else 0


def facts_of(read: Action | None, after: Action) -> dict[str, Fact]:
    """`count` goes up with each change of the action: of two events the higher has the newer state and coming.

    An open-ended action's row has no tally and no change when somebody answers: `coming` is None.
    """
    return {
        "group": after.keyword,
        "code": after.code,
        "state": str(after.state),
        "need": after.need,
        "coming": None if after.need is None else after.tally.coming,
        "count": (after.version or 0) + (after != read),
    }


def mark(pledge: Pledge) -> str:
    """Tells a receiver people of one action apart, and nothing else: their ids are long keyed hashes already."""
    return blake2b(f"{pledge.code} {pledge.person}".encode(), digest_size=8).hexdigest()
