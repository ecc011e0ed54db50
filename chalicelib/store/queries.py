"""What pages show, in a number of reads that does not grow with a group or a crew; nothing here is for a decision.

Lists are read eventually consistent; an action's own page is not, so that whoever has pressed a button sees what came
of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Person, Pledge, Tally
from chalicelib.core.showing import SEEN, ActionShown, GroupShown, names_shown, shown
from chalicelib.store.codec import keyword_of
from chalicelib.store.plain import in_parts
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import CREW_SHARDS, OPEN, Row, crew_pk, group_pk, member_pk, tag_pk
from chalicelib.store.values import (
    Key,
    action_key,
    first_of_crew,
    get,
    group_key,
    person_key,
    pledge_key,
    standing,
    with_tally,
)

MOST_OPEN = 200  # open actions that are looked through
MOST_PAST = 20
MOST_NAMES = 12
MOST_NEXT = 3
MOST_LIVE = 20  # of a group's live actions, those among which the next are looked for
MOST_ALIKE = 20  # members whose ids begin alike
AT_ONCE = 100  # keys in one request


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page, if we know: the person, and what they have answered."""

    person: Person
    pledge: Pledge | None = None


@dataclass(frozen=True, slots=True)
class ActionPage:
    """An action as anybody sees it, what its visitor has to do with it, and if it is over, what its group does now."""

    action: ActionShown
    visitor: Visitor | None = None
    open_now: tuple[ActionShown, ...] = ()


def open_actions() -> tuple[ActionShown, ...]:
    """All public ones that can still be answered, the newest first: at most three round trips."""
    return tuple(one for one in listed_under(OPEN, MOST_OPEN) if one.is_open and one.is_public)


def open_codes() -> tuple[str, ...]:
    """Codes of all public ones that can still be answered: two round trips."""
    return tuple(
        one.code for one in shown_of(codes_under(OPEN, MOST_OPEN), has_sums=False) if one.is_open and one.is_public
    )


def tagged(tag: str) -> tuple[ActionShown, ...]:
    """Public ones with this tag (folded, without #), the newest first."""
    return tuple(one for one in listed_under(tag_pk(tag), MOST_PAST) if one.is_public)


def group_page(keyword: str) -> GroupShown | None:
    """None: there is no such group. At most three round trips."""
    listed = beside().submit(codes_under, group_pk(keyword), MOST_PAST)
    group = standing(get([group_key(keyword)], is_consistent=False).get(group_key(keyword)))
    lately = listed.result()
    if group is None:
        return None
    actions = shown_of(dict.fromkeys((*group.live, *lately)))
    now_open = sorted((one for one in actions if one.is_open), key=lambda one: one.starts_at or one.ends_at)
    past = tuple(one for one in actions if not one.is_open)
    return GroupShown(group.keyword, group.name, group.zone, group.is_public, group.is_emergency, tuple(now_open), past)


def public_part(group: GroupShown) -> GroupShown:
    """What feeds and programs are told: without actions that are for whoever has a link."""
    now_open, past = (tuple(one for one in some if one.is_public) for some in (group.open, group.past))
    return replace(group, open=now_open, past=past)


def listed_part(group: GroupShown) -> GroupShown:
    """What its own page lists: as feeds, or all of a group that is itself for whoever has its link."""
    return public_part(group) if group.is_public else group


def action_page(code: str, person: str = "", is_bare: bool = False) -> ActionPage | None:
    """None: nobody was ever asked for it. `person` is the visitor, where a browser is remembered.

    Two round trips; three once it is over; one if it is `is_bare`, without names and an open-ended crew's sums, which
    nobody who presses a button is shown.
    """
    keys: list[Key] = [action_key(code), group_key(keyword_of(code))]
    if person:
        keys += [person_key(person), pledge_key(code, person)]
    found = get(keys)
    action: Action | None = found.get(keys[0])
    group = standing(found.get(keys[1]))
    if action is None or group is None or action.state not in SEEN or action.opened_at is None:
        return None
    visitor = Visitor(found[keys[2]], found.get(keys[3])) if person and keys[2] in found else None
    if is_bare:
        return ActionPage(shown(action, group), visitor)
    if action.state in LIVE:
        crew = beside().submit(first_of_crew, code, MOST_NAMES)
        action = with_tally(action)
        return ActionPage(shown(action, group, names_shown(crew.result())), visitor)
    others = beside().submit(shown_of, group.live[:MOST_LIVE])
    action = action if action.record else with_tally(action)
    now_open = tuple(one for one in others.result() if one.is_open and (one.is_public or not group.is_public))
    return ActionPage(shown(action, group), visitor, now_open[:MOST_NEXT])


def people_like(code: str, part: int, begins: str) -> list[str]:
    """Members of an action's group whose ids begin so: a personal link says no more of whose it is."""
    start = Row.sk.startswith(f"member#{begins}")
    found = rows(member_pk(keyword_of(code), part), start, is_consistent=False, limit=MOST_ALIKE)
    return [row.sk.removeprefix("member#") for row in found]


@cache
def beside() -> ThreadPoolExecutor:
    """Threads for a read that goes on beside another: not readers(), for which such a read may wait itself."""
    return ThreadPoolExecutor(CREW_SHARDS)


# --- lists ------------------------------------------------------------------------------------------


def codes_under(pk: str, most: int) -> list[str]:
    found = rows(pk, Row.sk.startswith("listed#"), is_consistent=False, limit=most)
    return [row.sk.rpartition("#")[2] for row in found]


def listed_under(pk: str, most: int) -> list[ActionShown]:
    return shown_of(codes_under(pk, most))


def shown_of(codes: Iterable[str], has_sums: bool = True) -> list[ActionShown]:
    """In the order of the codes, without names: they are on each action's own page."""
    wanted = list(codes)
    found = get_many([key for code in wanted for key in (action_key(code), group_key(keyword_of(code)))])
    pairs = [(found.get(action_key(code)), standing(found.get(group_key(keyword_of(code))))) for code in wanted]
    whole_ones = [(action, group) for action, group in pairs if action and group and action.state in SEEN]
    actions = [action for action, _ in whole_ones]
    actions = with_sums(actions) if has_sums else actions
    return [shown(action, group) for action, (_, group) in zip(actions, whole_ones, strict=True)]


def get_many(keys: Iterable[Key]) -> dict[Key, Any]:
    """As many requests at once as it takes."""
    parts = list(in_parts(dict.fromkeys(keys), AT_ONCE))
    found: dict[Key, Any] = {}
    for some in readers().map(lambda part: get(part, is_consistent=False), parts):
        found |= some
    return found


def with_sums(actions: list[Action]) -> list[Action]:
    """How many are in an open-ended crew, which is spread, and has not dissolved: the only sum that lists show."""
    spread = {action.code for action in actions if action.need is None and action.record is None}
    coming = dict.fromkeys(spread, 0)
    keys = [(crew_pk(code, part), "tally#coming") for code in spread for part in range(CREW_SHARDS)]
    tallies = readers().map(lambda some: list[Any](Row.batch_get(some)), in_parts(keys, AT_ONCE))
    for row in chain.from_iterable(tallies):
        coming[row.pk.split("#")[1]] += int(row.n)
    return [replace(one, tally=Tally(coming[one.code])) if one.code in spread else one for one in actions]
