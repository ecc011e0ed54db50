"""How long a YES is waited for from a number that somebody typed or brought."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.model import Unconfirmed

CONFIRM_WITHIN = timedelta(days=1)
LIST_CONFIRM_WITHIN = timedelta(days=14)  # of a number that an organizer brought on a list


QUESTIONS = frozenset({"confirm_in", "confirm_join", "confirm_list"})  # the texts that ask for the YES
# Texts that ask whether somebody still comes: a YES or NO after one of them is for it.
ASK_AS_WELL = frozenset({"reminder", "reminder_place", "moved", "moved_to", "moved_up"})


def waits_for(typed: Unconfirmed) -> timedelta:
    """How long a YES counts. Somebody on a page has the phone in their hand; who was on a list has not expected it."""
    return LIST_CONFIRM_WITHIN if typed.proof else CONFIRM_WITHIN


def is_waiting(typed: Unconfirmed, now: datetime) -> bool:
    """Whether a YES would still bring something about."""
    return bool(typed.command) and typed.asked_at <= now <= typed.asked_at + waits_for(typed)
