"""What one message of the bulk queue holds, and the round that it is a part of: whom to tell what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, State
from chalicelib.core.outcome import Say
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES, render
from chalicelib.runtime import Runtime
from chalicelib.store.codec import keyword_of, wanted_key
from chalicelib.store.plain import from_iso, from_plain, iso
from chalicelib.store.reading import row_at
from chalicelib.store.tables import RoundRow, TextRow, WantedRow, person_pk
from chalicelib.store.views import action_key, get

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One message of the bulk queue: recipients of a round, the moment they may be sent from, and how often it came."""

    pk: str
    sk: str
    to: tuple[str, ...]
    at: datetime | None = None
    tries: int = 0

    def message(self) -> dict[str, Any]:
        at = {"at": iso(self.at)} if self.at else {}
        return {
            "pk": self.pk,
            "sk": self.sk,
            "to": list(self.to),
            **at,
            **({"tries": self.tries} if self.tries else {}),
        }

    @staticmethod
    def read(message: Mapping[str, Any]) -> Chunk:
        at = from_iso(message["at"]) if "at" in message else None
        return Chunk(message["pk"], message["sk"], tuple(message["to"]), at, message.get("tries", 0))


@dataclass
class Job:
    """What a round says, and all that is the same for each of its recipients."""

    row: RoundRow
    action: Action | None
    world: Runtime
    bodies: dict[str, str] = field(default_factory=dict)

    @cached_property
    def what(self) -> Say:
        return Say(self.row.say, from_plain(self.row.args or {}))

    @cached_property
    def code(self) -> str:
        return str(self.row.pk.removeprefix("action#"))

    @cached_property
    def is_alert(self) -> bool:
        return bool(self.row.say == "alert")

    @cached_property
    def keyword(self) -> str:
        return keyword_of(self.code)

    @cached_property
    def segments(self) -> int:
        """Of each text, in whichever language it is longest."""
        return max(measure(render(lang, self.what)).count for lang in LANGUAGES)

    def body(self, lang: str) -> str:
        if lang not in self.bodies:
            self.bodies[lang] = render(lang, self.what)
        return self.bodies[lang]

    def key(self, person: str) -> Key:
        """Of the row that a recipient's claim makes: an alert's also tells what the person is wanted for.

        It is the same whichever of an action's rounds asks somebody, so nobody is asked twice.
        """
        return person_pk(person), self.sort_key

    @cached_property
    def sort_key(self) -> str:
        if self.action is not None and self.action.opened_at is not None:
            return wanted_key("", self.code, self.action.opened_at)[1]
        return f"text#{self.row.at}#{self.row.sk}"

    def recipient_row(self, key: Key, **facts: Any) -> TextRow:
        kept: dict[str, Any] = {"say": self.row.say, "code": self.code, "expires": self.row.expires, **facts}
        if self.is_alert:
            return WantedRow(*key, until=self.row.until, keyword=self.keyword, **kept)
        return TextRow(*key, **kept)

    def validity(self) -> timedelta | None:
        return self.action.ends_at - self.world.now() if self.action and self.is_alert else None

    def is_over(self) -> bool:
        """Whether it need not be said any more: an alert to what is filled or over, news a day old."""
        if self.is_alert:
            return (
                self.action is None
                or self.action.state not in LIVE
                or is_filled(self.action)
                or self.action.ends_at <= self.world.now()
            )
        return self.world.now() - from_iso(self.row.at) > timedelta(hours=24)


def is_filled(action: Action) -> bool:
    return action.state is State.FILLED or (action.need is not None and action.tally.coming >= action.need)


def job_of(pk: str, sk: str, world: Runtime) -> Job | None:
    row = row_at(pk, sk)
    if not isinstance(row, RoundRow):
        return None
    key = action_key(pk.removeprefix("action#"))
    return Job(row, get([key]).get(key) if row.say == "alert" else None, world)
