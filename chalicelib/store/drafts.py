"""Drafts of alerts: each lies with the organizer who writes it, and nobody else reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.core.commands import SaveDraft
from chalicelib.core.drafting import DraftView, beside
from chalicelib.core.kept import Draft
from chalicelib.core.model import Me
from chalicelib.core.received import Received
from chalicelib.runtime import Runtime
from chalicelib.store.codec import value_of
from chalicelib.store.kept_codec import draft_key
from chalicelib.store.reading import rows
from chalicelib.store.tables import Row, person_pk
from chalicelib.store.values import get

MOST_DRAFTS = 50  # of one organizer's, read for a list of them
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def for_draft(ask: Any, got: Received, who: Me, world: Runtime) -> DraftView:
    return DraftView(who, named_in(ask, who.person.id))


def named_in(ask: Any, person: str) -> tuple[Draft, ...]:
    """The draft that was asked for, and the one in which its words are kept if it has changed meanwhile."""
    ids = (ask.id, beside(ask)) if isinstance(ask, SaveDraft) else (ask.id,)
    return tuple(get(draft_key(person, one) for one in ids).values())


def draft_of(person: str, draft: str) -> Draft | None:
    key = draft_key(person, draft)
    found: Draft | None = get([key]).get(key)
    return found


def drafts_of(person: str) -> tuple[Draft, ...]:
    """This organizer's drafts, the last saved first."""
    found = rows(person_pk(person), Row.sk.startswith("draft#"), is_consistent=False, limit=MOST_DRAFTS)
    return tuple(sorted(map(value_of, found), key=lambda one: one.saved_at or LONG_AGO, reverse=True))
