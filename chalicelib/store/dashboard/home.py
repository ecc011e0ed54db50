"""What is read for the start of the dashboard: the same for a group of ten and one of a hundred thousand.

It grows with the organizer's groups and what is open in them, up to the bounds below: a group costs two reads and what
is listed of it, an open action two or three (its row, the newest words to its organizers, its tasks if it has any).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.home import (
    Failed,
    GroupNow,
    HomeShown,
    OpenNow,
    latest,
    near_limits,
    soonest_first,
    unanswered,
    untaken,
)
from chalicelib.core.kept import Act, Sending, Word
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Group, Person, State, Tally, Task
from chalicelib.core.names import called
from chalicelib.core.showing import shown
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.codec import value_of
from chalicelib.store.dashboard.audit import acts_of
from chalicelib.store.drafts import drafts_of
from chalicelib.store.kept_codec import sending_key
from chalicelib.store.plain import in_parts, iso
from chalicelib.store.queries import AT_ONCE, get_many
from chalicelib.store.reading import items, readers, rows
from chalicelib.store.sender import day_key
from chalicelib.store.tables import CREW_SHARDS, Row, SpentRow, TallyRow, crew_pk, group_pk, newest_first
from chalicelib.store.values import Key, action_key, group_key, person_key, standing, tasks_of

MOST_GROUPS = 20  # shown with what is open in them; of the others there are links
MOST_IN_A_GROUP = 15
MOST_OPEN = 60
MOST_WORDS = 20  # the newest of an action, looked through for some that nobody answered
MOST_FAILED = 100
MOST_ACTS = 8
LATELY = timedelta(hours=24)


def home_of(person: Person, acts_about: Callable[[Act], Iterable[str]], world: Runtime) -> HomeShown:
    """All of it in three round trips. `acts_about` tells which people an act's words name."""
    now, mine = world.now(), person.organizes[:MOST_GROUPS]
    drafts = readers().submit(drafts_of, person.id)
    acts = [readers().submit(acts_of, keyword, "", MOST_ACTS) for keyword in mine]
    failed = [readers().submit(failed_lately, keyword, now) for keyword in mine]
    first, spent = first_look(person, mine, world)
    groups = [group for keyword in mine if (group := standing(first.get(group_key(keyword))))]
    lately = latest((act for some in acts for act in some.result().acts), MOST_ACTS)

    codes = live_codes(groups)
    people = {one for act in lately for one in acts_about(act)}
    found = get_many([*map(action_key, codes), *map(person_key, people)])
    actions = [found[key] for key in map(action_key, codes) if key in found and found[key].state in LIVE]

    unsent = first.get(action_key(person.draft)) if person.draft else None
    organized = set(person.organizes)
    return HomeShown(
        groups=groups_now(groups, actions),
        failed=tuple(one for future in failed if (one := future.result()).n),
        near=near_limits(spent_of(groups, spent, world)),
        sending=first.get(sending_key()) or Sending(),
        drafts=tuple(one for one in drafts.result() if one.keyword in organized),
        unsent=unsent.code if unsent and unsent.state is State.DRAFT and unsent.keyword in organized else "",
        acts=lately,
        names={one.id: called(one) for one in found.values() if isinstance(one, Person)},
        more_groups=person.organizes[MOST_GROUPS:],
    )


def first_look(person: Person, mine: Iterable[str], world: Runtime) -> tuple[dict[Key, Any], dict[Key, int]]:
    """The groups, the organizer's unsent alert, whether sending stands still; and segments of today, by their keys."""
    today = day_of(world.now(), world)
    days = [day_key(keyword, today) for keyword in ("", *mine)]
    keys = [*map(group_key, mine), sending_key(), *([action_key(person.draft)] if person.draft else [])]
    counting = readers().submit(segments_at, days)
    return get_many(keys), counting.result()


def segments_at(keys: Iterable[Key]) -> dict[Key, int]:
    """Segments that a day's rows count, at most a hundred of them; 0: there is no such row, nothing was sent."""
    found = dict.fromkeys(keys, 0)
    for row in Row.batch_get(list(found), consistent_read=False):
        if isinstance(row, SpentRow):
            found[row.pk, row.sk] = int(row.segments)
    return found


def spent_of(groups: Iterable[Group], spent: dict[Key, int], world: Runtime) -> dict[str, tuple[int, int]]:
    today, settings = day_of(world.now(), world), world.settings
    limits = {"": settings.daily_limit} | {one.keyword: settings.limit_of(one.daily_cents) for one in groups}
    return {keyword: (spent.get(day_key(keyword, today), 0), limit) for keyword, limit in limits.items()}


def failed_lately(keyword: str, now: datetime) -> Failed:
    since = Row.sk.between("failed#", f"failed#{newest_first(iso(now - LATELY))}~")
    n = sum(1 for _ in items(group_pk(keyword), since, False, MOST_FAILED, attributes=["sk"]))
    return Failed(keyword, n, has_more=n == MOST_FAILED)


def live_codes(groups: Iterable[Group]) -> list[str]:
    """Of each group the last raised, and of all at most MOST_OPEN."""
    return [code for group in groups for code in group.live[-MOST_IN_A_GROUP:]][:MOST_OPEN]


def groups_now(groups: list[Group], actions: list[Action]) -> tuple[GroupNow, ...]:
    by_keyword = {group.keyword: group for group in groups}
    words = [readers().submit(words_to, action.code) for action in actions]
    tasks = {action.code: readers().submit(tasks_of, action.code) for action in actions if action.tasks}
    summed = with_sums(actions)
    opened: dict[str, list[OpenNow]] = {}
    for action, said in zip(summed, words, strict=True):
        free: tuple[Task, ...] = untaken(tasks[action.code].result()) if action.code in tasks else ()
        one = OpenNow(shown(action, by_keyword[action.keyword]), action.asked, unanswered(said.result()), free)
        opened.setdefault(action.keyword, []).append(one)
    return tuple(
        GroupNow(
            one.keyword,
            one.name,
            one.zone,
            soonest_first(opened.get(one.keyword, ())),
            max(0, len(one.live) - len(opened.get(one.keyword, ()))),
        )
        for one in groups
    )


def words_to(code: str) -> tuple[Word, ...]:
    found = rows(crew_pk(code, 0), Row.sk.startswith("word#"), is_consistent=False, limit=MOST_WORDS)
    return tuple(value_of(row) for row in found)


def with_sums(actions: list[Action]) -> list[Action]:
    """How many are in and how many are here, of open-ended actions too, whose crews are spread."""
    spread = [one.code for one in actions if one.need is None]
    keys = [(crew_pk(code, part), f"tally#{what}") for code in spread for part in range(CREW_SHARDS)
            for what in ("coming", "here")]  # fmt: skip
    sums: dict[tuple[str, str], int] = {}
    for some in readers().map(lambda part: list[Any](Row.batch_get(part)), in_parts(keys, AT_ONCE)):
        for row in some:
            if isinstance(row, TallyRow):
                what = row.pk.split("#")[1], row.sk.removeprefix("tally#")
                sums[what] = sums.get(what, 0) + int(row.n)
    return [
        one
        if one.need is not None
        else replace(one, tally=Tally(sums.get((one.code, "coming"), 0), sums.get((one.code, "here"), 0)))
        for one in actions
    ]
