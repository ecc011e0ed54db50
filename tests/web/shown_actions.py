"""An action of Monday evening, as pages show it; and words that somebody might write to do harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.model import State
from chalicelib.core.showing import ActionShown

BASE = "https://giddyup.example"
NEW_YORK = ZoneInfo("America/New_York")
OPENED_AT = datetime(2026, 11, 23, 12, 0, 30, 999, tzinfo=NEW_YORK)  # 17:00:30 UTC
STARTS_AT = datetime(2026, 11, 23, 18, 15, tzinfo=NEW_YORK)  # 23:15 UTC
ENDS_AT = STARTS_AT + timedelta(hours=8)

SCRIPT = '<script>alert("x")</script>'
HARM = f"{SCRIPT}\r\nEND:VEVENT\x00\x0b\x1b ]]> & 'it' {{{{ 7*7 }}}} \u202e\ud800\uffff 🚧"
HARMLESS = f"{SCRIPT} END:VEVENT ]]> & 'it' {{{{ 7*7 }}}} 🚧"

ACTION = ActionShown(
    code="DIG4",
    keyword="DIG",
    group="Riverbank diggers",
    words="10 shovels to the levee",
    state=State.OPEN,
    zone="America/New_York",
    ends_at=ENDS_AT,
    need=10,
    coming=7,
    place="5th & Main",
    zip="10001",
    starts_at=STARTS_AT,
    opened_at=OPENED_AT,
    tags=("#flood", "#río"),
)
DONE = replace(
    ACTION,
    code="DIG3",
    state=State.DONE,
    ended_at=datetime(2026, 11, 24, 2, tzinfo=UTC),
    came=9,
    amounts={"hours": 12.0, "boxes": 40.0},
)


def an_action(**changes: Any) -> ActionShown:
    return replace(ACTION, **changes)
