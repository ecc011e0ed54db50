"""What a group's page about delivery reads: what failed, whom no text reaches, and what waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from chalicelib.core.kept import Unreached
from chalicelib.core.model import Action, Group, Person
from chalicelib.core.resending import MOST_AGAIN
from chalicelib.core.waving import ASKING
from chalicelib.runtime import Runtime, day_of
from chalicelib.store import sender
from chalicelib.store.codec import value_of
from chalicelib.store.hooks import webhook_of
from chalicelib.store.plain import from_iso, since_iso
from chalicelib.store.reading import items, rows
from chalicelib.store.resending import missed_of
from chalicelib.store.tables import RoundRow, Row, action_pk, group_pk
from chalicelib.store.values import action_key, get, group_key, person_key
from chalicelib.store.views import left_today

MOST_DAYS = 14  # that had any
MOST_UNREACHED = 50  # shown, the newest
UNREACHED_READ = 1_000


@dataclass(frozen=True, slots=True)
class FailedDay:
    """How many texts of a group failed on a day (its ISO date in UTC), by the carrier's code."""

    day: str
    errors: Counter[int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A round of a live action that goes on at that moment, when more people's hours open."""

    code: str
    opens: datetime


@dataclass(frozen=True, slots=True)
class ToSendAgain:
    """An open action with people whom its alert missed; `has_more` than one press reaches."""

    action: Action
    people: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class DeliverySeen:
    """`spent` and `limit` are segments of today: the group's, and all that today's limits leave it are `left`."""

    group: Group
    days: tuple[FailedDay, ...]
    unreached: tuple[tuple[Unreached, Person | None], ...]
    many_unreached: int
    waiting: tuple[Waiting, ...]
    to_send: tuple[ToSendAgain, ...]
    pause: sender.Pause | None
    spent: int
    limit: int
    left: int
    webhook_rests_until: datetime | None


def delivery_of(keyword: str, now: datetime, world: Runtime) -> DeliverySeen | None:
    """None: there is no such group."""
    group: Group | None = get([group_key(keyword)], is_consistent=False).get(group_key(keyword))
    if group is None:
        return None
    live = tuple(get(map(action_key, group.live), is_consistent=False).values())
    unreached, many = unreached_of(keyword)
    webhook = webhook_of(keyword) if group.has_webhook else None
    rests = since_iso(webhook.rests_until) if webhook else None
    return DeliverySeen(
        group=group,
        days=failed_days(keyword),
        unreached=unreached,
        many_unreached=many,
        waiting=tuple(one for action in live for one in waiting_of(action.code)),
        to_send=tuple(one for action in live if (one := to_send_again(action, group, world))),
        pause=sender.paused(is_fresh=True),
        spent=sender.spent(keyword, day_of(now, world)),
        limit=world.settings.limit_of(group.daily_cents),
        left=left_today(keyword, now, world, group),
        webhook_rests_until=rests if rests and rests > now else None,
    )


def failed_days(keyword: str) -> tuple[FailedDay, ...]:
    """The newest first."""
    found = items(group_pk(keyword), Row.sk.startswith("failures#"), False, MOST_DAYS, is_newest_first=True)
    return tuple(FailedDay(item["sk"]["S"].removeprefix("failures#"), errors_of(item)) for item in found)


def errors_of(item: dict[str, dict[str, str]]) -> Counter[int]:
    """By the carrier's code, of attributes such as e30003."""
    return Counter({int(name[1:]): int(n["N"]) for name, n in item.items() if name[0] == "e" and name[1:].isdecimal()})


def unreached_of(keyword: str) -> tuple[tuple[tuple[Unreached, Person | None], ...], int]:
    """The newest, with who they are; and how many there are (of a great many, as many as are read)."""
    found = rows(group_pk(keyword), Row.sk.startswith("unreached#"), is_consistent=False, limit=UNREACHED_READ)
    every: list[Unreached] = sorted((value_of(row) for row in found), key=lambda one: one.since, reverse=True)
    newest = every[:MOST_UNREACHED]
    people = get((person_key(one.person) for one in newest), is_consistent=False)
    return tuple((one, people.get(person_key(one.person))) for one in newest), len(every)


def waiting_of(code: str) -> list[Waiting]:
    """Rounds that have gone to some, and go on when the others' hours open."""
    found = (row for row in rows(action_pk(code), Row.sk.startswith("round#"), is_consistent=False))
    waits = (row for row in found if isinstance(row, RoundRow) and row.due and row.opened and not row.after)
    return [Waiting(code, from_iso(row.due)) for row in waits]


def to_send_again(action: Action, group: Group, world: Runtime) -> ToSendAgain | None:
    """None: its alert is not to be sent again, or missed nobody."""
    is_filled = action.need is not None and action.tally.coming >= action.need
    if action.state not in ASKING or is_filled:
        return None
    many = sum(1 for _ in islice(missed_of(action, group, world), MOST_AGAIN + 1))
    return ToSendAgain(action, min(many, MOST_AGAIN), many > MOST_AGAIN) if many else None
