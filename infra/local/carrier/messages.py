"""Twilio's own record of every message, in and out: it stays when the phones' screens are cleared."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.grammar.segments import measure
from infra.local.carrier.database import Database


@dataclass(frozen=True, slots=True)
class Message:
    """`created_at` is the town's time; `media` holds addresses; `callback` and `service` may be empty."""

    sid: str
    direction: str
    sender: str
    recipient: str
    body: str
    status: str
    created_at: float
    error: int | None = None
    service: str = ""
    media: tuple[str, ...] = ()
    callback: str = ""

    @property
    def segments(self) -> int:
        return count_segments(self.body)

    @property
    def phone(self) -> str:
        """The person's side of it."""
        return self.sender if self.direction == "inbound" else self.recipient


def new_sid(kind: str = "SM") -> str:
    return kind + os.urandom(16).hex()


@lru_cache(maxsize=512)  # an alert is one body, a thousand times
def count_segments(body: str) -> int:
    return measure(body).count


def add_message(db: Database, message: Message) -> bool:
    """False when the same sid was there: it is one message that came twice, and nothing changes."""
    added = db.execute(
        "INSERT OR IGNORE INTO messages (sid, direction, sender, recipient, body, segments, status, error, service,"
        " media, callback, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.sid, message.direction, message.sender, message.recipient, message.body, message.segments,
            message.status, message.error, message.service, json.dumps(message.media), message.callback,
            message.created_at,
        ),
    )  # fmt: skip
    return added.rowcount == 1


def find_message(db: Database, sid: str) -> Message | None:
    row = db.execute("SELECT * FROM messages WHERE sid = ?", (sid,)).fetchone()
    return _message(row) if row else None


def get_message(db: Database, sid: str) -> Message:
    """One that must be there: KeyError otherwise."""
    if (message := find_message(db, sid)) is None:
        raise KeyError(sid)
    return message


def mark_delivered(db: Database, sid: str) -> None:
    db.execute("UPDATE messages SET status = 'delivered' WHERE sid = ?", (sid,))


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages: the moments are whole seconds, both included. `below` is where the page before ended."""

    recipient: str = ""
    sender: str = ""
    since: int | None = None
    until: int | None = None
    below: int | None = None


def list_messages(db: Database, search: Search, count: int, skip: int = 0) -> Sequence[tuple[int, Message]]:
    """Newest first, each with its place."""
    terms: list[tuple[str, str | int | None]] = [
        ("recipient = ?", search.recipient or None),
        ("sender = ?", search.sender or None),
        ("created_at >= ?", search.since),
        ("created_at < ?", None if search.until is None else search.until + 1),
        ("n < ?", search.below),
    ]
    used = [(term, value) for term, value in terms if value is not None]
    where = " AND ".join(["1", *(term for term, _ in used)])
    rows = db.execute(
        f"SELECT * FROM messages WHERE {where} ORDER BY n DESC LIMIT ? OFFSET ?",  # noqa: S608 - terms are ours
        [*(value for _, value in used), count, skip],
    )
    return [(row["n"], _message(row)) for row in rows]


def _message(row: sqlite3.Row) -> Message:
    return Message(
        sid=row["sid"],
        direction=row["direction"],
        sender=row["sender"],
        recipient=row["recipient"],
        body=row["body"],
        status=row["status"],
        created_at=row["created_at"],
        error=row["error"],
        service=row["service"],
        media=tuple(json.loads(row["media"])),
        callback=row["callback"],
    )
