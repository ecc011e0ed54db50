"""What anybody may see of actions and groups: no number, no words but the organizer's, names of who agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Answer, Group, Pledge, State
from chalicelib.grammar.fold import fold

SEEN = frozenset(State) - {State.DRAFT}
MOST_ALIKE = 3  # codes that are suggested for one that is none
ZIP_AREA = 3  # the digits of a ZIP that a region has in common


@dataclass(frozen=True, slots=True)
class ActionShown:
    """An action as a page, a feed or a card shows it.

    `coming` and `here` count seats. Moments are aware, on the clocks of the action's group. `names` are first names of
    those of its crew who agreed to be shown. `came` is None until the action has ended. `version` grows as it changes.
    """

    code: str
    keyword: str
    group: str
    words: str
    state: State
    zone: str
    ends_at: datetime
    need: int | None = None
    coming: int = 0
    here: int = 0
    place: str = ""
    zip: str = ""
    starts_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)
    came: int | None = None
    is_public: bool = True
    is_emergency: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Can still be answered; if `is_full`, with a place in line."""
        return self.state in LIVE

    @property
    def is_full(self) -> bool:
        return self.need is not None and self.coming >= self.need

    @property
    def free(self) -> int | None:
        """Seats that nobody has taken; None: as many as come."""
        return None if self.need is None else max(0, self.need - self.coming)


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group with its open actions, the soonest first, and those that have ended lately, the latest first."""

    keyword: str
    name: str
    zone: str
    is_public: bool = True
    is_emergency: bool = False
    open: tuple[ActionShown, ...] = ()
    past: tuple[ActionShown, ...] = ()


def shown(action: Action, group: Group, names: tuple[str, ...] = ()) -> ActionShown:
    """Public only if its group is, too. Raises KeyError for a draft: nobody has been shown that yet."""
    if action.state not in SEEN:
        raise KeyError(action.code)
    zone = ZoneInfo(action.zone)

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    record, state = action.record, action.ended_as if action.state is State.DISSOLVED else action.state
    is_over = action.state not in LIVE
    return ActionShown(
        code=action.code,
        keyword=action.keyword,
        group=group.name,
        words=action.words,
        state=state or State.DONE,
        zone=action.zone,
        ends_at=action.ends_at.astimezone(zone),
        need=action.need,
        coming=action.tally.coming,
        here=action.tally.here,
        place=action.place,
        zip=action.zip,
        starts_at=local(action.starts_at),
        opened_at=local(action.opened_at),
        ended_at=local(action.ended_at),
        tags=action.tags,
        names=names,
        amounts=action.tally.amounts,
        came=(record.came if record else action.tally.here or action.tally.coming) if is_over else None,
        is_public=action.is_public and group.is_public,
        is_emergency=action.is_emergency,
        version=action.version or 0,
    )


def names_shown(crew: tuple[Pledge, ...]) -> tuple[str, ...]:
    """First names of those who are in and agreed that pages show them."""
    agreed = (one for one in crew if one.answer is Answer.IN and one.is_shown and one.name and not one.is_gone)
    return tuple(dict.fromkeys(one.name.split()[0] for one in agreed))


def found(actions: tuple[ActionShown, ...], words: str = "", tag: str = "", zip_code: str = "") -> list[ActionShown]:
    """Those that hold every word and the tag, and are near the ZIP (exactly there first); the soonest first."""
    wanted, tag = fold(words).split(), fold(tag.lstrip("#"))
    area = zip_code.strip()[:ZIP_AREA]

    def fits(one: ActionShown) -> bool:
        text = fold(" ".join((one.words, one.place, one.group, one.keyword, *one.tags)))
        is_tagged = not tag or tag in {fold(each.lstrip("#")) for each in one.tags}
        return is_tagged and all(word in text for word in wanted) and (not area or one.zip.startswith(area))

    by_time = sorted(filter(fits, actions), key=lambda one: one.starts_at or one.ends_at)
    return sorted(by_time, key=lambda one: bool(zip_code) and one.zip != zip_code.strip())


def alike(code: str, codes: tuple[str, ...]) -> list[str]:
    """Codes that somebody who wrote this one may have meant."""
    return get_close_matches(code.upper(), codes, n=MOST_ALIKE, cutoff=0.5)
