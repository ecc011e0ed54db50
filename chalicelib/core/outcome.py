"""What a decision returns: what to save, and what is to happen in the world afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.core.kept import (
    Act,
    Draft,
    Failure,
    Founded,
    Grown,
    PeopleList,
    PutBack,
    Sending,
    SignInCode,
    Unreached,
    Word,
)
from chalicelib.core.model import (
    Action,
    Consent,
    CrewName,
    Group,
    LinePlace,
    Listed,
    Me,
    Member,
    Person,
    Pledge,
    Spent,
    Talk,
    Task,
    Wanted,
)

if TYPE_CHECKING:
    from chalicelib.core.commands import ByTime  # pages meet outcomes, in the store, and no command
    from chalicelib.core.readiness import Past

Fill = str | int | float | datetime


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence by its key in languages/xx.py SENTENCES, and its fills. Moments are aware, on the reader's clock."""

    key: str
    fills: Mapping[str, Fill] = field(default_factory=dict)


def say(key: str, **fills: Fill) -> Say:
    return Say(key, fills)


def in_dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


@dataclass(frozen=True, slots=True)
class Text:
    """One text to one person, now or when it is `due`. `is_past_stop` is only for the one confirmation of a STOP."""

    to: str
    say: Say
    code: str = ""
    keyword: str = ""
    is_answer: bool = False
    is_past_stop: bool = False
    due: datetime | None = None


class Audience(StrEnum):
    """Whom a round goes to, looked up when it is unfolded."""

    MEMBERS = "members"
    CREW = "crew"
    TALK = "talk"  # the crew but those who have muted it, and the organizer who raised the action
    WAITING = "waiting"
    MAYBES = "maybes"
    CREW_AND_LINE = "crew_and_line"
    INVOLVED = "involved"  # all who said in or maybe
    WAVE = "wave"  # of an alert: those whom the round itself names
    NAMED = "named"  # of news: the same
    ASKED = "asked"  # who was asked in the last while and has not answered


@dataclass(frozen=True, slots=True)
class Round:
    """One sentence to many people: an alert (to MEMBERS or a WAVE), or news for a crew, now or when it is `due`.

    `until` is when it is news no more; `people` are a wave's, in the order in which they are asked, or those who are
    named; `but` is who said it, and need not be told. News is not held by anybody's quiet hours, unless it `may_wait`.
    """

    code: str
    audience: Audience
    say: Say
    until: datetime | None = None
    people: tuple[str, ...] = ()
    but: str = ""
    due: datetime | None = None
    may_wait: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """A command that time gives. `name` tells timers of one action apart; the same name again replaces it."""

    command: ByTime
    due: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete what a dissolved action no longer needs: pledges, line, rounds, timers, tallies."""

    code: str


@dataclass(frozen=True, slots=True)
class Count:
    """Added to an open-ended action's tally, in the part of the crew that the person belongs to.

    Beside `n` of `what`: how many people have `answered`, and in which `stretch` of its time (core/counting.py).
    """

    code: str
    person: str
    what: str
    n: float
    answered: int = 0
    stretch: int | None = None


@dataclass(frozen=True, slots=True)
class Taught:
    """What an action that ended tells of its group's readiness, kept with the group for the waves to come."""

    keyword: str
    ended_at: datetime
    past: Past


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, or did not do, as another tells it: an entry in their ledger. `kind` names it."""

    person: str
    kind: str
    seats: int = 0


Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Hook:
    """What a group's webhook is told of one of its actions (core/telling.py): no number, and no name unless agreed."""

    code: str
    event: str
    facts: Mapping[str, Fact] = field(hash=False)


Entity = (
    Person | Group | Member | Action | Pledge | LinePlace | Listed | Wanted | Taught | CrewName | Task | Talk | Spent
    | Word | Act | Failure | PutBack | Unreached | SignInCode | Draft | PeopleList | Founded | Sending
)  # fmt: skip
Effect = Text | Round | Later | Purge | Hook


@dataclass(frozen=True, slots=True)
class Outcome:
    """Committed whole or not at all.

    `unchanged` are actions that were decided upon and must still be as they were read; `code`, `seats` and
    `amounts` are what the ledger notes beside the command, and `deeds` what it notes of others. `grown` is how many
    members its group has more or less.
    """

    saves: tuple[Entity, ...] = ()
    effects: tuple[Effect, ...] = ()
    removes: tuple[LinePlace | Listed | Unreached | SignInCode | Draft | PeopleList | Founded, ...] = ()
    counts: tuple[Count, ...] = ()
    unchanged: tuple[Action, ...] = ()
    code: str = ""
    keyword: str = ""
    seats: int = 0
    amounts: Mapping[str, float] = field(default_factory=dict)
    deeds: tuple[Deed, ...] = ()
    grown: tuple[Grown, ...] = ()


def answer(person: Person, key: str, /, code: str = "", **fills: Fill) -> Text:
    """The reply to what a person has just texted."""
    return Text(person.id, say(key, **({"code": code} if code else {}), **fills), code=code, is_answer=True)


def refused(person: Person, key: str, /, code: str = "", **fills: Fill) -> Outcome:
    """Nothing changes, and the person is told why."""
    return Outcome(effects=(answer(person, key, code=code, **fills),), code=code)


def with_answers_held(outcome: Outcome, most: int) -> Outcome:
    """The guard against auto-responders: what was decided stands, but at most so many answers go out."""
    answers = [effect for effect in outcome.effects if isinstance(effect, Text) and effect.is_answer]
    held = answers[max(0, most) :]
    return replace(outcome, effects=tuple(effect for effect in outcome.effects if effect not in held))


def with_answer_taken(outcome: Outcome, person: Person) -> Outcome:
    """What we asked has been answered: a later number is no answer to it."""
    saved = next((one for one in outcome.saves if isinstance(one, Person) and one.id == person.id), person)
    others = tuple(entity for entity in outcome.saves if entity is not saved)
    return replace(outcome, saves=(*others, replace(saved, question=None)))


def with_person(outcome: Outcome, me: Me, consent: Consent | None) -> Outcome:
    """Somebody who has never texted before is remembered, if only so that the answer finds them."""
    is_saved = any(isinstance(entity, Person) and entity.id == me.person.id for entity in outcome.saves)
    if is_saved or not me.is_new:
        return outcome
    return replace(outcome, saves=(*outcome.saves, replace(me.person, consents=(consent,) if consent else ())))


def with_reach_again(outcome: Outcome, person: Person, now: datetime) -> Outcome:
    """A number that texts us can be texted: what was suspended is so no more, and its groups ask it again."""
    from chalicelib.core.commands import Restore  # as above

    return replace(outcome, effects=(*outcome.effects, Later(Restore(person.id), now, f"restore#{now.isoformat()}")))
