"""The phones of the town and what they show."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from infra.local.carrier.database import Database
from infra.local.carrier.messages import Message
from infra.local.carrier.town_clock import as_iso

FIRST_NUMBER = 15550100001


@dataclass(frozen=True, slots=True)
class Phone:
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Text:
    """`direction` is seen from the phone: `out` was texted by its owner. `n` counts all phones' texts from 0."""

    n: int
    phone: str
    direction: str
    body: str
    sid: str
    segments: int
    at: str

    def as_seen_by_all(self) -> dict[str, Any]:
        return {"n": self.n, "phone": self.phone, **self.as_seen_by_its_phone()}

    def as_seen_by_its_phone(self) -> dict[str, Any]:
        names = ("direction", "body", "sid", "segments", "at")  # `asdict` copies, four times as slowly
        return {name: getattr(self, name) for name in names}


def show(db: Database, message: Message, at: float) -> None:
    """Put a message on its phone's screen, once, however often it came."""
    direction = "out" if message.direction == "inbound" else "in"
    db.execute(
        "INSERT OR IGNORE INTO texts (n, phone, direction, body, sid, segments, at)"
        " VALUES ((SELECT coalesce(max(n) + 1, 0) FROM texts), ?, ?, ?, ?, ?, ?)",
        (message.phone, direction, message.body, message.sid, message.segments, at),
    )


def texts_after(db: Database, n: int, limit: int) -> list[Text]:
    return [_text(row) for row in db.execute("SELECT * FROM texts WHERE n >= ? ORDER BY n LIMIT ?", (n, limit))]


def texts_of(db: Database, phone: str) -> list[Text]:
    return [_text(row) for row in db.execute("SELECT * FROM texts WHERE phone = ? ORDER BY n", (phone,))]


def forget_texts(db: Database) -> None:
    """Clear every screen: counting begins at 0 again, and whoever waits for the N-th can tell by `times_forgotten`."""
    db.execute("DELETE FROM texts")
    db.execute("DELETE FROM faults")
    db.execute("UPDATE forgotten SET times = times + 1")


def times_forgotten(db: Database) -> int:
    times: int = db.execute("SELECT times FROM forgotten").fetchone()[0]
    return times


def list_phones(db: Database) -> list[Phone]:
    """In the order in which they were added."""
    return [Phone(row["name"], row["number"]) for row in db.execute("SELECT * FROM phones ORDER BY rowid")]


def add_phone(db: Database, phone: Phone) -> None:
    """A number that is there already gets the new name, and keeps its place."""
    db.execute(
        "INSERT INTO phones (number, name) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET name = excluded.name",
        (phone.number, phone.name),
    )


def drop_phones(db: Database, number: str | None = None) -> None:
    """One, or all. What it texted and got is not forgotten by this."""
    db.execute("DELETE FROM phones WHERE ? IS NULL OR number = ?", (number, number))


def next_free_number(db: Database) -> str:
    """The first of +1 555 010 0001 … that no phone has and that nobody has texted from."""
    taken = {row[0] for row in db.execute("SELECT number FROM phones UNION SELECT phone FROM texts")}
    number = FIRST_NUMBER
    while f"+{number}" in taken:
        number += 1
    return f"+{number}"


def _text(row: sqlite3.Row) -> Text:
    return Text(row["n"], row["phone"], row["direction"], row["body"], row["sid"], row["segments"], as_iso(row["at"]))
