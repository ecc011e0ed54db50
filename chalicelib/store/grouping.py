"""What decisions about a group may look at."""

from __future__ import annotations

from itertools import islice
from typing import Any

from chalicelib.core import commands as ask_for
from chalicelib.core.grouping import Bounds, DeleteView, EndView, GroupView, OtherView
from chalicelib.core.model import Group, Me, Member, Person
from chalicelib.core.received import Received
from chalicelib.runtime import Runtime
from chalicelib.settings import Settings
from chalicelib.store.codec import member_key
from chalicelib.store.members import members
from chalicelib.store.values import Key, get, group_key, person_key, standing

MOST_LET_GO = 20  # members in one transaction: two rows each


def bounds_of(settings: Settings) -> Bounds:
    """What the installation allows a group to set."""
    return Bounds(
        zone=settings.zone,
        is_public=settings.groups_are == "public",
        texts_a_day=settings.texts_a_day,
        daily_cents=settings.group_daily_cents,
        countries=settings.countries,
        brand=settings.brand,
    )


def meant(ask: Any, who: Me) -> list[Key]:
    """Of the group that is named, or of all that the speaker organizes."""
    return [group_key(ask.keyword)] if ask.keyword else [group_key(one) for one in who.person.organizes]


def standing_of(found: dict[Key, Any], keys: list[Key]) -> tuple[Group, ...]:
    groups = [standing(found.get(key)) for key in keys]
    return tuple(one for one in groups if one is not None)


def for_group(ask: Any, got: Received, who: Me, world: Runtime) -> GroupView:
    keys = meant(ask, who)
    return GroupView(who, standing_of(get(keys), keys), bounds_of(world.settings))


def for_organizer(ask: ask_for.RemoveOrganizer, got: Received, who: Me, world: Runtime) -> OtherView:
    """Whom a number or a page means. The speaker is who they are already, for their row is saved once."""
    from chalicelib.numbers import e164  # phonenumbers is only for the few texts that need it

    number = e164(ask.phone, world.settings.countries) if ask.phone else None
    other = ask.person or (world.person_id(number) if number else "")
    keys = meant(ask, who)
    found = get([*keys, *([person_key(other)] if other else [])])
    person = who.person if other == who.person.id else found.get(person_key(other))
    return OtherView(who, standing_of(found, keys), person)


def for_member(ask: ask_for.ShowNumber, got: Received, who: Me, world: Runtime) -> OtherView:
    key, other = group_key(ask.keyword), person_key(ask.person)
    found = get([key, other])
    return OtherView(who, standing_of(found, [key]), found.get(other))


def for_delete(ask: ask_for.DeleteGroup, got: Received, who: Me, world: Runtime) -> DeleteView:
    """The group, and then its organizers: the speaker as they are already."""
    key = group_key(ask.keyword)
    groups = standing_of(get([key]), [key])
    others = [one for group in groups for one in group.organizers if one != who.person.id]
    found: dict[Key, Person] = get(map(person_key, others))
    return DeleteView(who, groups, (who.person, *found.values()))


def for_group_ends(ask: ask_for.GroupEnds, got: Received, who: Me, world: Runtime) -> EndView:
    """The next members who have not left by themselves."""
    group: Group | None = get([group_key(ask.keyword)]).get(group_key(ask.keyword))
    there = ((at, one.id) for at, one in members(ask.keyword, ask.after) if one.out != "left")
    some = list(islice(there, MOST_LET_GO))
    found = get(key for _, one in some for key in (member_key(ask.keyword, one), person_key(one)))
    rows: list[tuple[Member, Person | None]] = [
        (found[member_key(ask.keyword, one)], found.get(person_key(one)))
        for _, one in some
        if member_key(ask.keyword, one) in found
    ]
    return EndView(group, tuple(rows), some[-1][0] if len(some) == MOST_LET_GO else "")
