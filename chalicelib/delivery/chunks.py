"""What one message of the bulk queue holds, and the round that it is a part of: whom to tell what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from chalicelib.core.alerting import alert_say, fits, tap
from chalicelib.core.closing import own_part
from chalicelib.core.counting import weight
from chalicelib.core.lifecycle import LIVE, TAKES_REPORTS
from chalicelib.core.model import Action, Answer, Group, Person, Pledge, State, Talk, Task
from chalicelib.core.outcome import Audience, Say
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES, render
from chalicelib.links import link_token
from chalicelib.runtime import Runtime
from chalicelib.store.codec import keyword_of, wanted_key
from chalicelib.store.plain import from_iso, from_plain, iso
from chalicelib.store.reading import row_at
from chalicelib.store.tables import MEMBER_SHARDS, RoundRow, TextRow, WantedRow, person_pk, shard
from chalicelib.store.values import (
    action_key,
    get,
    group_key,
    organizer_reached,
    talk_key,
    tasks_of,
)

Key = tuple[str, str]

# Who is told, of those who have answered: asked when a round is unfolded, and again just before each text goes out.
ANSWERS = {
    Audience.CREW: {Answer.IN},
    Audience.TALK: {Answer.IN},
    Audience.NAMED: {Answer.IN},
    Audience.WAITING: {Answer.WAITING},
    Audience.MAYBES: {Answer.MAYBE},
    Audience.CREW_AND_LINE: {Answer.IN, Answer.WAITING},
    Audience.INVOLVED: {Answer.IN, Answer.WAITING, Answer.MAYBE},
}
OWN_PART = " " * 40  # that a result has room for, of what its reader has done themselves


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
    linked: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def what(self) -> Say:
        """An alert says what its action is now: time and place may have moved since it was raised."""
        if self.is_alert and self.action is not None:
            return alert_say(self.action)
        return self.as_written

    @cached_property
    def as_written(self) -> Say:
        return Say(self.row.say, from_plain(self.row.args or {}))

    @cached_property
    def audience(self) -> Audience:
        return Audience(self.row.audience)

    @cached_property
    def answers(self) -> set[Answer]:
        """What somebody must have answered to be told; nothing: that is not asked."""
        return ANSWERS.get(self.audience, set())

    @cached_property
    def group(self) -> Group | None:
        """The group that it is of, with what its organizers have set."""
        return get([group_key(self.keyword)]).get(group_key(self.keyword))

    @cached_property
    def organizer(self) -> str:
        """Who hears a crew's talk besides the crew: whoever raised the action, or if they are gone, another."""
        return organizer_reached(self.group, self.action.raised_by if self.action else "")

    @cached_property
    def deaf(self) -> tuple[str, ...]:
        """Organizers who do not want to hear it."""
        talk: Talk | None = get([talk_key(self.code)]).get(talk_key(self.code))
        return talk.deaf if talk else ()

    @cached_property
    def is_result(self) -> bool:
        return str(self.row.say).startswith("thanks")

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        return tasks_of(self.code)

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
        more = OWN_PART if self.is_result else ""
        return max(measure(render(lang, self.what) + more).count for lang in LANGUAGES)

    def body(self, person: Person, pledge: Pledge | None = None) -> str:
        """What this person is told: of a result also what they have done themselves."""
        lang = person.lang
        if lang not in self.bodies:
            self.bodies[lang] = render(lang, self.what)
        if self.is_result and pledge is not None:
            return self.bodies[lang] + own_part(pledge, self.tasks, lang)
        return self.bodies[lang] + (self.tap(person) if self.is_alert else "")

    def tap(self, person: Person, key: int = 0) -> str:
        """This person's own link, where it makes the alert no segment longer: that is the same for all who read it."""
        token = link_token(self.world.settings, self.code, person.id, shard(person.id, MEMBER_SHARDS), key)
        more = tap(person.lang, self.world.settings.links + token)
        if person.lang not in self.linked:
            self.linked[person.lang] = fits(self.bodies[person.lang], more)
        return more if self.linked[person.lang] else ""

    def is_body(self, person: Person, text: str) -> bool:
        """Whether the carrier's text is the one that this person is told by this round, whatever has changed since."""
        if self.is_result:
            return text.startswith(self.body(person))
        self.body(person)
        said = (self.bodies[person.lang], render(person.lang, self.as_written))
        taps = [self.tap(person, key) for key in range(len(self.world.settings.link_keys))] if self.is_alert else []
        return text in {one + more for one in said for more in ("", *taps)}

    def key(self, person: str) -> Key:
        """Of the row that a recipient's claim makes: an alert's also tells what the person is wanted for.

        It is the same whichever of an action's rounds asks somebody, so nobody is asked twice.
        """
        return person_pk(person), self.sort_key

    @cached_property
    def sort_key(self) -> str:
        if self.is_alert and self.action is not None and self.action.opened_at is not None:
            return wanted_key("", self.code, self.action.opened_at)[1]
        return f"text#{self.row.at}#{self.row.sk}"

    def weight(self, person: str) -> int:
        """For how many the receipt of this one's alert counts (core/counting.py); of news none does."""
        return weight(person, self.action.recipients) if self.is_alert and self.action is not None else 0

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
        now = self.world.now()
        is_old = now - from_iso(self.row.at) > timedelta(hours=24) or bool(
            self.row.until and iso(now) >= self.row.until
        )
        return is_old or self.is_outdated()

    def is_outdated(self) -> bool:
        """Of news that may have waited: whether its action has ended meanwhile, or begins at another time."""
        if not self.row.may_wait and self.audience is not Audience.TALK:
            return False
        if self.action is None or self.action.state not in TAKES_REPORTS:
            return True
        when = self.as_written.fills.get("when")
        return self.audience is Audience.CREW and (self.action.state not in LIVE or when != self.action.starts_at)


def is_filled(action: Action) -> bool:
    return action.state is State.FILLED or (action.need is not None and action.tally.coming >= action.need)


def job_of(pk: str, sk: str, world: Runtime) -> Job | None:
    row = row_at(pk, sk)
    if not isinstance(row, RoundRow):
        return None
    key = action_key(pk.removeprefix("action#"))
    is_about = row.say == "alert" or row.may_wait or row.audience == Audience.TALK
    return Job(row, get([key]).get(key) if is_about else None, world)
