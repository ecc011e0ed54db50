"""What is to go wrong with the next texts to a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.carrier.database import Database

ANY_PHONE = "*"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to go wrong; `code` and `seconds` are what it uses when none is given."""

    does: str
    code: int = 0
    seconds: float = 0


MODES = {
    "refuse": Mode("the API answers with that Twilio error", code=21610),
    "429": Mode("the API answers 429, too many requests", code=20429),
    "fail": Mode("accepted, then failed with that code; the phone never shows it", code=30003),
    "timeout": Mode("accepted and shown, but the API's answer never comes", seconds=20),
    "lost": Mode("the connection closes and nothing was accepted"),
    "delay": Mode("accepted, and shown that many seconds later on the town's clock", seconds=10),
}


@dataclass(frozen=True, slots=True)
class Fault:
    mode: str
    code: int
    seconds: float
    times: int

    def as_json(self) -> dict[str, Any]:
        return {"mode": self.mode, "code": self.code, "seconds": self.seconds, "times": self.times}


def add_fault(db: Database, phone: str, fault: Fault) -> None:
    db.execute(
        "INSERT INTO faults (phone, mode, code, seconds, times) VALUES (?, ?, ?, ?, ?)",
        (phone, fault.mode, fault.code, fault.seconds, fault.times),
    )


def pending_faults(db: Database, phone: str) -> list[Fault]:
    """In the order in which they will come."""
    rows = db.execute("SELECT * FROM faults WHERE phone = ? ORDER BY n", (phone,))
    return [Fault(row["mode"], row["code"], row["seconds"], row["times"]) for row in rows]


def drop_faults(db: Database, phone: str) -> None:
    db.execute("DELETE FROM faults WHERE phone = ?", (phone,))


def take_fault(db: Database, phone: str) -> Fault | None:
    """The fault that the next text to this phone meets, used up once; those set for any phone come after its own."""
    row = db.execute(
        "SELECT * FROM faults WHERE phone IN (?, ?) ORDER BY phone = ?, n LIMIT 1", (phone, ANY_PHONE, ANY_PHONE)
    ).fetchone()
    if row is None:
        return None
    if row["times"] > 1:
        db.execute("UPDATE faults SET times = times - 1 WHERE n = ?", (row["n"],))
    else:
        db.execute("DELETE FROM faults WHERE n = ?", (row["n"],))
    return Fault(row["mode"], row["code"], row["seconds"], row["times"])
