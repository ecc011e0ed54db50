"""What is kept for organizers to look at, beside what actions need: words to answer, acts, failures, drafts, lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.core.model import Channel


@dataclass(frozen=True, slots=True)
class Word:
    """What one of a crew wrote in their own words, for its organizers to answer; `name` is theirs in that crew."""

    code: str
    person: str
    at: datetime
    name: str
    text: str
    answered_at: datetime | None = None
    answered_by: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What an organizer, or time, did to a group or one of its actions: `did` is the command's name.

    `n` is how many people, texts or rows it was about; `note` a few words of it, never a number of a phone.
    """

    keyword: str
    at: datetime
    cause: str
    did: str
    channel: Channel
    person: str = ""
    code: str = ""
    n: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A text that the carrier did not bring to somebody: why, as its code says (delivery/carrier.py CODES)."""

    keyword: str
    at: datetime
    person: str
    error: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class PutBack:
    """That an alert which failed to reach somebody is as if it had never been sent: it goes out once more.

    `sid` is the carrier's of the text that it took, if it took one; `counted` for how many its failure counted.
    """

    code: str
    person: str
    opened_at: datetime
    sid: str = ""
    counted: int = 1


@dataclass(frozen=True, slots=True)
class Unreached:
    """A member whose number no text reaches since then, until it texts us."""

    keyword: str
    person: str
    since: datetime
    error: int = 0


@dataclass(frozen=True, slots=True)
class Grown:
    """One who joined a group on a day (its ISO date in UTC), or left it; only ever counted up, day by day."""

    keyword: str
    person: str
    day: str
    joined: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class SignInCode:
    """The code that was texted to an organizer who signs in: its mark, when that was, and how often it was missed."""

    person: str
    mark: str
    asked_at: datetime
    tries: int = 0
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an organizer has begun to write for an alert; nobody else sees it."""

    person: str
    id: str
    keyword: str
    fields: Mapping[str, str] = field(default_factory=dict)
    saved_at: datetime | None = None
    version: int | None = None


class Progress(StrEnum):
    """Where the import of a list is."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A list of people that an organizer brings along, on its way in: how many rows it has, and how far it is.

    `read_as` is the encoding and the separator that it was taken to have; `reasons` are how many rows were refused, and
    `why` how many were skipped since, each by its reason. `due_at`: it goes on then, and `held` is what it waits for.
    """

    keyword: str
    id: str
    brought_by: str
    at: datetime
    name: str
    rows: int
    good: int
    state: Progress = Progress.CHECKED
    done: int = 0
    asked: int = 0
    skipped: int = 0
    read_as: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    why: Mapping[str, int] = field(default_factory=dict)
    due_at: datetime | None = None
    held: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether texts go out: not since `stopped_at`, as an operator (`held_by`) said or the carrier's error `code` says.

    There is one for the whole installation; `tried_at` is when a text last tried whether the carrier takes it again.
    """

    stopped_at: datetime | None = None
    code: int = 0
    held_by: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """That there is a group with this keyword, for whoever runs the whole installation."""

    keyword: str
    at: datetime
