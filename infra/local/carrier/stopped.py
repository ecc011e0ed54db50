"""Who has texted STOP: Twilio keeps that itself on a long code, and takes nothing more for such a phone."""

from __future__ import annotations

from infra.local.carrier.database import Database
from infra.local.carrier.messages import Message

# Twilio's own words, not the app's: the whole text, in any case (November 2026)
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START = frozenset({"START", "YES", "UNSTOP"})


def note_stop(db: Database, message: Message) -> None:
    word = message.body.strip().upper()
    if word in STOP:
        db.execute("INSERT OR IGNORE INTO stopped (phone) VALUES (?)", (message.sender,))
    elif word in START:
        db.execute("DELETE FROM stopped WHERE phone = ?", (message.sender,))


def has_stopped(db: Database, phone: str) -> bool:
    return db.execute("SELECT 1 FROM stopped WHERE phone = ?", (phone,)).fetchone() is not None
