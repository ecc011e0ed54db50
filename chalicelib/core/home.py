"""What an organizer finds at the start of the dashboard: what is open, what needs them, what was done lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.core.kept import Act, Draft, Sending, Word
from chalicelib.core.model import Task
from chalicelib.core.showing import ActionShown

NEAR = 0.8  # of a day's limit; from there on organizers are warned


@dataclass(frozen=True, slots=True)
class OpenNow:
    """An action that can still be answered: how many were asked, what nobody answered, which tasks nobody took."""

    action: ActionShown
    asked: int = 0
    words: tuple[Word, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group and what is open in it, the soonest first; `more` are open besides, and not shown."""

    keyword: str
    name: str
    zone: str
    open: tuple[OpenNow, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """A day's limit of a group (of all, without a keyword) that is nearly used up, in percent."""

    keyword: str
    percent: int


@dataclass(frozen=True, slots=True)
class Failed:
    """How many texts about a group did not arrive lately; `has_more`: at least so many."""

    keyword: str
    n: int
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class HomeShown:
    """`unsent` is an alert that was shown to its organizer and waits for their GO; `names` are people's, by id."""

    groups: tuple[GroupNow, ...] = ()
    failed: tuple[Failed, ...] = ()
    near: tuple[Near, ...] = ()
    sending: Sending = field(default_factory=Sending)
    drafts: tuple[Draft, ...] = ()
    unsent: str = ""
    acts: tuple[Act, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    more_groups: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[OpenNow, ...]:
        return tuple(one for group in self.groups for one in group.open)

    @property
    def words(self) -> tuple[Word, ...]:
        """What nobody has answered yet: who has waited longest comes first."""
        return tuple(sorted((word for one in self.open for word in one.words), key=lambda one: one.at))

    @property
    def untaken(self) -> tuple[OpenNow, ...]:
        return tuple(one for one in self.open if one.tasks)

    @property
    def is_quiet(self) -> bool:
        """Nothing needs anybody."""
        troubles = self.failed or self.near or self.drafts or self.unsent or self.sending.stopped_at
        return not (troubles or self.words or self.untaken)


def soonest_first(found: Iterable[OpenNow]) -> tuple[OpenNow, ...]:
    return tuple(sorted(found, key=lambda one: (begins(one.action), one.action.code)))


def begins(action: ActionShown) -> datetime:
    return action.starts_at or action.ends_at


def unanswered(words: Iterable[Word]) -> tuple[Word, ...]:
    return tuple(one for one in words if one.answered_at is None)


def untaken(tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Nobody has taken them: those that one of several has are not among them."""
    return tuple(one for one in tasks if not one.takers and not one.is_done)


def near_limits(spent: Mapping[str, tuple[int, int]]) -> tuple[Near, ...]:
    """`spent` are segments and their limit, by keyword. A limit of nothing is reached from the first."""
    parts = {keyword: used / limit if limit else 1.0 for keyword, (used, limit) in spent.items()}
    return tuple(Near(keyword, min(100, int(part * 100))) for keyword, part in parts.items() if part >= NEAR)


def latest(acts: Iterable[Act], most: int) -> tuple[Act, ...]:
    return tuple(sorted(acts, key=lambda one: one.at, reverse=True)[:most])
