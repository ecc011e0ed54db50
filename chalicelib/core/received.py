"""A command as it came: who gave it, when, through which door, and what makes it this one and no other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.commands import Command
from chalicelib.core.model import Channel


@dataclass(frozen=True, slots=True)
class Received:
    """`cause` is the same however often it is delivered (a MessageSid, a timer's key): it takes effect once.

    `at` is when it reached us, and is the "now" of its decision, however late it is handled. `person` and `phone`
    are empty for what time says; `lang` is what somebody new seems to speak, `place` what their number tells of where
    they are; `words` are kept only where they are consent.
    """

    command: Command
    cause: str
    at: datetime
    channel: Channel
    person: str = ""
    phone: str = ""
    lang: str = "en"
    words: str = ""
    place: str = ""
    is_told_by_carrier: bool = False
