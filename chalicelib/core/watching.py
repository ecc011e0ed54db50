"""An action as its organizer watches it: how many came how far, how it fills, what is left of its time, what it allows.

Pure: from what was read, to what a page shows. A step counts what it says: texts, people, or seats (a party of three
takes three). `done` are the seats of who came, once it is closed: nobody has done it before, and who has told what they
did is beside it, by unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from chalicelib.core.closing import CAN_BE_MISSED
from chalicelib.core.kept import Word
from chalicelib.core.lifecycle import HAS_CREW, LIVE, TAKES_REPORTS, Event, may
from chalicelib.core.model import Action, Spent, State, Task
from chalicelib.core.telling import came
from chalicelib.core.waving import ASKING

Curve = tuple[tuple[int, int], ...]


class Step(StrEnum):
    """How far somebody has come, from the text to the thing done."""

    TEXTED = "texted"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    IN = "in"
    HERE = "here"
    DONE = "done"


class Verb(StrEnum):
    """What an organizer can press on an action's page."""

    MORE = "more"
    ALL = "all"
    UPDATE = "update"
    MOVE = "move"
    PLACE = "place"
    BEGIN = "begin"
    ALL_HERE = "all_here"
    NO_SHOW = "no_show"
    CLOSE = "close"
    CALL_OFF = "call_off"
    CALL_OFF_SURE = "call_off_sure"
    AGAIN = "again"
    TELL = "tell"
    ADD = "add"
    GIVE = "give"
    DROP = "drop"
    TASK_DONE = "task_done"


@dataclass(frozen=True, slots=True)
class Watched:
    """An action with its sums, as they were read; its `tally` is whole, of an open-ended one too.

    `words` are the newest that its crew wrote to the organizers, and `has_more_words`: there are older ones.
    """

    action: Action
    spent: Spent
    answered: int = 0
    curve: Curve = ()
    words: tuple[Word, ...] = ()
    has_more_words: bool = False

    @property
    def waiting(self) -> int:
        """Words that nobody has answered, of those that were read."""
        return sum(one.answered_at is None for one in self.words)


def funnel(seen: Watched) -> dict[Step, int]:
    """How many came how far."""
    action, spent = seen.action, seen.spent
    return {
        Step.TEXTED: spent.alerts,
        Step.DELIVERED: spent.delivered,
        Step.ANSWERED: seen.answered,
        Step.IN: action.tally.coming,
        Step.HERE: action.tally.here,
        Step.DONE: done(action),
    }


def done(action: Action) -> int:
    """Seats of who came, once it is closed."""
    if action.record is not None:
        return action.record.came if action.ended_as is State.DONE else 0
    return came(action) if action.state is State.DONE else 0


def cents(seen: Watched, price: float) -> int:
    """What its texts have cost so far, at so many cents a segment; of a dissolved one what its record says."""
    record = seen.action.record
    return record.cents if record else ceil(seen.spent.segments * price)


def mark(seen: Watched) -> str:
    """Changes when its crew does, or the action itself: what else shows the crew is then to look again."""
    action = seen.action
    return f"{action.version}-{action.tally.coming}-{action.tally.here}-{seen.answered}"


def mark_of_words(seen: Watched) -> str:
    """Changes when there is a new word, or one is answered."""
    newest = max((one.at for one in seen.words), default=None)
    return f"{newest.timestamp() if newest else 0}-{seen.waiting}"


# --- its time -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Countdown:
    """What is next, or was last: `key` says what, and `minutes` how far it is from now."""

    key: str
    minutes: int


def countdown(action: Action, now: datetime) -> Countdown:
    """To its start, or its end; or since it ended."""
    if action.state not in LIVE:
        return Countdown("ended", minutes_between(action.ended_at or action.ends_at, now))
    if action.starts_at and action.state is not State.UNDER_WAY and action.starts_at > now:
        return Countdown("starts", minutes_between(now, action.starts_at))
    return Countdown("ends", minutes_between(now, action.ends_at))


def minutes_between(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds() // 60))


@dataclass(frozen=True, slots=True)
class Drawn:
    """How it fills against time: points from its opening on, and what time is shown."""

    points: tuple[tuple[datetime, float], ...] = ()
    since: datetime | None = None
    until: datetime | None = None


LEAST_SHOWN = timedelta(minutes=10)
AHEAD = 2  # of the time that has passed, so much more is shown at most before the start


def drawn(seen: Watched, now: datetime) -> Drawn:
    """To the whole minute: what has not changed looks the same when it is looked at again.

    The start is in the picture when it is near, or has been. Of one that has ended the time after is left out.
    """
    action = seen.action
    if action.opened_at is None:
        return Drawn()
    since = action.opened_at
    last = whole_minute(min(now, action.ended_at or now), since)
    until = max(last, since + LEAST_SHOWN)
    if action.starts_at and since < action.starts_at <= since + (until - since) * (1 + AHEAD):
        until = max(until, action.starts_at + (action.starts_at - since) / 10)
    points = [(since + timedelta(seconds=at), float(taken)) for at, taken in seen.curve]
    points = points or [(since, 0.0)]
    last = max(last, points[-1][0])
    return Drawn((*points, (last, points[-1][1])), since, max(until, last))


def whole_minute(at: datetime, since: datetime) -> datetime:
    """The last moment a whole number of minutes after `since`."""
    return since + timedelta(minutes=minutes_between(since, at))


# --- what it allows -------------------------------------------------------------------------------------


def allowed(action: Action) -> frozenset[Verb]:
    """What may be pressed, as the commands themselves decide (core/lifecycle.py): nothing that would be refused."""
    state, found = action.state, {Verb.AGAIN}
    is_full = action.need is not None and action.tally.coming >= action.need
    if state in ASKING and not is_full and not action.is_all:
        found |= {Verb.MORE, Verb.ALL}
    if state in LIVE:
        found |= {Verb.UPDATE, Verb.MOVE, Verb.PLACE, Verb.ADD, Verb.GIVE, Verb.DROP}
    if state in TAKES_REPORTS:
        found.add(Verb.TASK_DONE)
    if state in HAS_CREW:
        found.add(Verb.TELL)
    if state in CAN_BE_MISSED:
        found |= {Verb.ALL_HERE, Verb.NO_SHOW}
    found |= {verb for verb, event in BY_EVENT.items() if may(action, event)}
    return frozenset(found) if state is not State.DRAFT else frozenset()


BY_EVENT: Mapping[Verb, Event] = {
    Verb.BEGIN: Event.BEGIN,
    Verb.CLOSE: Event.FINISH,
    Verb.CALL_OFF: Event.CALL_OFF,
    Verb.CALL_OFF_SURE: Event.CALL_OFF,
}


# --- its crew -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sitting:
    """One who has answered, as a line of the crew's list. `called` is what they are called in it, and nobody else."""

    person: str
    called: str
    answer: str
    seats: int
    note: str = ""
    arrives_at: datetime | None = None
    asked_at: datetime | None = None
    since: datetime | None = None
    channel: str = ""
    tasks: tuple[int, ...] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)
    is_here: bool = False
    is_no_show: bool = False


@dataclass(frozen=True, slots=True)
class CrewShown:
    """Some of those who have answered: who is in, in line (in its order) and undecided; `after` them there are more."""

    coming: tuple[Sitting, ...] = ()
    line: tuple[Sitting, ...] = ()
    undecided: tuple[Sitting, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class InboxShown:
    """What the crew wrote, the newest first; `after` these there are older ones."""

    words: tuple[Word, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class TasksShown:
    """What is to do; `people` are those of the crew who may be given some, as many as a list may hold."""

    tasks: tuple[Task, ...] = ()
    people: tuple[str, ...] = ()


# --- who is asked next ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InTurn:
    """One who would be asked: how ready they are in hundredths, how often asked, and how much of that was lately."""

    called: str
    ready: int
    askings: int
    burden: float

    @property
    def is_newcomer(self) -> bool:
        return self.askings < FEW_ASKINGS


FEW_ASKINGS = 3


class Why(StrEnum):
    """Why nobody is asked next, or what the list is."""

    NOW = "now"  # these are due
    MORE = "more"  # nobody is due by itself; MORE would ask these
    LAST_CREW = "last_crew"  # it is a repeated one: those who were in are asked first
    FULL = "full"
    ALL = "all"
    OVER = "over"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class NextShown:
    """Who is asked next and why: `people` of `many`; `looked_at` were considered, of whom `asleep` have quiet hours."""

    why: Why
    people: tuple[InTurn, ...] = ()
    many: int = 0
    looked_at: int = 0
    asked: int = 0
    asleep: int = 0
    missing: int = 0
    expected: float = 0.0
    looks_at: datetime | None = None
