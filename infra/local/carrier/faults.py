"""What is to go wrong with the next texts to a phone, or with all of the carrier for a while."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from infra.local.carrier.database import Database
from infra.local.carrier.town_clock import as_iso

ANY_PHONE = "*"


class Says(Enum):
    """What the API answers to whoever sends a text."""

    MESSAGE = auto()
    ERROR = auto()
    GARBAGE = auto()
    NOTHING = auto()


class Receipts(Enum):
    """What the app hears of a text that was accepted."""

    IN_ORDER = auto()
    SCRAMBLED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to go wrong; `code` and `seconds` are what it uses when none is given."""

    does: str
    code: int = 0
    seconds: float = 0
    is_taken: bool = True
    says: Says = Says.MESSAGE
    receipts: Receipts = Receipts.IN_ORDER


ALL_WELL = Mode("accepted, shown, and reported as sent and as delivered")
DOWN = "down"
MODES = {
    "refuse": Mode("the API answers with that Twilio error", code=21610, is_taken=False, says=Says.ERROR),
    "429": Mode("the API answers 429, too many requests", code=20429, is_taken=False, says=Says.ERROR),
    "500": Mode("the API answers 500 and nothing was accepted", code=20500, is_taken=False, says=Says.ERROR),
    "500_taken": Mode("accepted and shown, but the API answers 500", code=20500, says=Says.ERROR),
    "garbage": Mode("accepted and shown, but the API answers 200 with a page of HTML", says=Says.GARBAGE),
    "garbage_lost": Mode(
        "the API answers 200 with a page of HTML and nothing was accepted", is_taken=False, says=Says.GARBAGE
    ),
    "timeout": Mode("accepted and shown, but the API's answer never comes", seconds=20, says=Says.NOTHING),
    "lost": Mode("the connection closes and nothing was accepted", is_taken=False, says=Says.NOTHING),
    "slow": Mode("accepted and shown at once, but the API answers that many real seconds later", seconds=5),
    "fail": Mode("accepted, then failed with that code; the phone never shows it", code=30003),
    "delay": Mode("accepted, and shown that many seconds later on the town's clock", seconds=10),
    "scramble": Mode(
        "accepted and shown, but `delivered` is reported before `sent`, each three times", receipts=Receipts.SCRAMBLED
    ),
    "silent": Mode("accepted and shown, but nothing is ever reported", receipts=Receipts.NONE),
    DOWN: Mode(
        "only for all phones: for that many seconds of the town's clock, which real time moves too, each connection"
        " to the API closes unanswered, whatever it asks",
        seconds=600,
        is_taken=False,
        says=Says.NOTHING,
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Meets `times` texts, of those to its phone each `every`-th; only DOWN has `ends_at`, in the town's time."""

    mode: str
    code: int
    seconds: float
    times: int
    every: int = 1
    ends_at: float | None = None

    @property
    def error_code(self) -> int:
        return self.code or MODES[self.mode].code

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"mode": self.mode, "code": self.code, "seconds": self.seconds, "times": self.times}
        if self.every > 1:
            told["every"] = self.every
        if self.ends_at is not None:
            told["ends_at"] = as_iso(self.ends_at)
        return told


def add_fault(db: Database, phone: str, fault: Fault) -> None:
    if fault.mode == DOWN:  # the last one said counts
        db.execute("DELETE FROM faults WHERE mode = ?", (DOWN,))
    db.execute(
        "INSERT INTO faults (phone, mode, code, seconds, times, every, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (phone, fault.mode, fault.code, fault.seconds, fault.times, fault.every, fault.ends_at),
    )


def pending_faults(db: Database, phone: str, now: float) -> list[Fault]:
    """In the order in which they will come."""
    rows = db.execute(
        "SELECT * FROM faults WHERE phone = ? AND (ends_at IS NULL OR ends_at > ?) ORDER BY n", (phone, now)
    )
    return [_fault(row) for row in rows]


def drop_faults(db: Database, phone: str) -> None:
    db.execute("DELETE FROM faults WHERE phone = ?", (phone,))


def is_down(db: Database, now: float) -> bool:
    return db.execute("SELECT 1 FROM faults WHERE mode = ? AND ends_at > ?", (DOWN, now)).fetchone() is not None


def take_fault(db: Database, phone: str) -> Fault | None:
    """The fault that the next text to this phone meets, used up once; those set for any phone come after its own.

    All of them count the text. One that waits for each third meets its third, or the next when another came first.
    """
    rows = db.execute(
        "SELECT * FROM faults WHERE phone IN (?, ?) AND mode != ? ORDER BY phone = ?, n",
        (phone, ANY_PHONE, DOWN, ANY_PHONE),
    ).fetchall()
    if not rows:
        return None
    met = next((row for row in rows if row["seen"] + 1 >= row["every"]), None)
    db.executemany("UPDATE faults SET seen = seen + 1 WHERE n = ?", [(row["n"],) for row in rows if row["every"] > 1])
    if met is None:
        return None
    if met["times"] > 1:
        db.execute("UPDATE faults SET times = times - 1, seen = 0 WHERE n = ?", (met["n"],))
    else:
        db.execute("DELETE FROM faults WHERE n = ?", (met["n"],))
    return _fault(met)


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(row["mode"], row["code"], row["seconds"], row["times"], row["every"], row["ends_at"])
