"""What organizers have begun to write for an alert: kept for each of them alone, and never written over unseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from chalicelib.core.commands import DropDraft, SaveDraft
from chalicelib.core.kept import Draft
from chalicelib.core.model import Me
from chalicelib.core.outcome import Outcome, answer, refused

DRAFT_ID = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class DraftView:
    """The speaker, and those of their drafts that are meant: the one with this id, and the one kept beside it."""

    me: Me
    drafts: tuple[Draft, ...] = ()

    def named(self, draft: str) -> Draft | None:
        return next((one for one in self.drafts if one.id == draft), None)


def beside(ask: SaveDraft) -> str:
    """The id under which these words are kept when the draft they were written upon has changed meanwhile.

    It follows from them: so the same words sent twice are kept once.
    """
    said = "\n".join(f"{name}={ask.fields[name]}" for name in sorted(ask.fields))
    return blake2b(f"{ask.id} {ask.version}\n{said}".encode(), digest_size=DRAFT_ID // 2).hexdigest()


def kept_as(ask: SaveDraft, drafts: Iterable[Draft]) -> Draft | None:
    """The draft that holds these words: the one that was meant, if it does."""
    found = {one.id: one for one in drafts if dict(one.fields) == dict(ask.fields) and one.keyword == ask.keyword}
    return found.get(ask.id) or found.get(beside(ask))


def decide_save_draft(ask: SaveDraft, view: DraftView, now: datetime) -> Outcome:
    """Written upon the newest version it takes its place; upon an older one, both are kept, and that is said."""
    person, before = view.me.person, view.named(ask.id)
    if ask.keyword not in person.organizes:
        return refused(person, "not_organizer_of", keyword=ask.keyword)
    if kept_as(ask, view.drafts):
        return Outcome()
    draft = Draft(person.id, ask.id, ask.keyword, dict(ask.fields), now, before.version if before else None)
    if before is None or before.version == ask.version:
        return Outcome(saves=(draft,))
    other = Draft(person.id, beside(ask), ask.keyword, dict(ask.fields), now)
    return Outcome(saves=(other,), effects=(answer(person, "draft_beside"),))


def decide_drop_draft(ask: DropDraft, view: DraftView, now: datetime) -> Outcome:
    """Gone; again: nothing."""
    before = view.named(ask.id)
    return Outcome(removes=(before,)) if before else Outcome()
