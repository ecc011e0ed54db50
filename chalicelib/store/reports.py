"""What an operator asks of one person or one alert: all that there is, read when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.core.model import Action, Member, Person
from chalicelib.core.outcome import Audience
from chalicelib.store.asking import people_of, story_of
from chalicelib.store.codec import member_key, wanted_key
from chalicelib.store.members import members
from chalicelib.store.plain import in_parts
from chalicelib.store.reading import rows
from chalicelib.store.tables import ContributionRow, RoundRow, Row, TextRow, action_pk, person_pk
from chalicelib.store.values import (
    get,
    person_key,
)

AT_ONCE = 100  # keys in one request


@dataclass(frozen=True, slots=True)
class ConsentReport:
    """One person: what consent they gave and took back, and every text to them of the last 90 days, oldest first."""

    person: Person
    members: tuple[Member, ...]
    texts: tuple[TextRow, ...]


def consent_report(person: str) -> ConsentReport | None:
    """None: nobody with that id has ever texted us."""
    key = person_key(person)
    found: Person | None = get([key]).get(key)
    if found is None:
        return None
    kept = list(rows(person_pk(person)))
    texts = [row for row in kept if isinstance(row, TextRow) and row.state != "came"]
    # Groups that were left are no longer on the person; the ledger tells which those were.
    did = [row.keyword for row in kept if isinstance(row, ContributionRow) and row.keyword]
    keywords = dict.fromkeys([*found.groups, *did])
    memberships = get(member_key(keyword, person) for keyword in keywords)
    return ConsentReport(found, tuple(memberships.values()), tuple(sorted(texts, key=said_at)))


def said_at(row: TextRow) -> str:
    """When a text was claimed; of one that never was, when it was to be said."""
    return row.claimed_at or (row.sk.split("#")[1] if row.sk.startswith("text#") else "")


def alert_report(code: str) -> tuple[Action, Counter[str]] | None:
    """An action, and how many of its alert's texts are in each state, with the reason where there is one."""
    key = (action_pk(code), "action")
    action: Action | None = get([key]).get(key)
    if action is None or action.opened_at is None:
        return None
    counts: Counter[str] = Counter()
    for keys in in_parts((wanted_key(one, code, action.opened_at) for one in asked(action)), AT_ONCE):
        for row in Row.batch_get(keys, consistent_read=True):
            if isinstance(row, TextRow) and row.state != "came":
                counts[f"{row.state}: {row.why or row.error}" if row.why or row.error else row.state] += 1
    return action, counts


def asked(action: Action) -> Iterable[str]:
    """Everybody whom a round of the alert may have gone to."""
    rounds: tuple[RoundRow, ...] = story_of(action).rounds
    if any(row.audience == Audience.MEMBERS for row in rounds):
        return (one.id for _, one in members(action.keyword))
    return dict.fromkeys(one for row in rounds for one in people_of(row))
