"""What organizers set for their group, who organizes it, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.commands import DeleteGroup, ExportPeople, GroupEnds, RemoveOrganizer, SetGroup, ShowNumber
from chalicelib.core.consent import consented, reached
from chalicelib.core.joining import joined_say, organizing_no_more
from chalicelib.core.kept import Founded
from chalicelib.core.model import Channel, Consent, Group, Me, Member, Person
from chalicelib.core.outcome import Entity, Later, Outcome, Say, Text, answer, in_dollars, refused, say
from chalicelib.grammar import group_settings
from chalicelib.grammar.segments import measure, plain
from chalicelib.languages import LANGUAGES, render

LONGEST_GROUP_NAME = 60
LONGEST_WELCOME = 140  # with what carriers require around it that is two segments, in either language
WELCOME_SEGMENTS = 2
LAW = (8, 21)  # core/hours.py DEFAULT: what no group's hours may go beyond
MOST_TOLD = 40  # organizers in the transaction that deletes their group; of more the rest are let go with the members
SETTLES = timedelta(seconds=10)  # after which whoever was just joining when a group was deleted is a member too
DELETED = "group deleted"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the installation allows, and what holds in a group that has set nothing."""

    zone: str
    is_public: bool
    texts_a_day: int
    daily_cents: int
    countries: tuple[str, ...]
    brand: str = "Giddyup"


@dataclass(frozen=True, slots=True)
class GroupView:
    """The speaker, and the group that is named or, if none is, those that they organize."""

    me: Me
    groups: tuple[Group, ...]
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class OtherView:
    """The same with whom it is about: an organizer who is to be one no more, or a member."""

    me: Me
    groups: tuple[Group, ...]
    other: Person | None


@dataclass(frozen=True, slots=True)
class DeleteView:
    """The same with its organizers."""

    me: Me
    groups: tuple[Group, ...]
    organizers: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class EndView:
    """A group and some of its members, and how far they go, if there are more."""

    group: Group | None
    members: tuple[tuple[Member, Person | None], ...]
    more_after: str = ""


def theirs(me: Me, groups: tuple[Group, ...], keyword: str | None) -> Group | Outcome:
    """The group that an organizer means, or the outcome that says why there is none."""
    person = me.person
    led = [group for group in groups if person.id in group.organizers]
    if keyword and not led:
        return refused(person, "not_organizer_of", keyword=keyword[:12])
    if not led:
        return refused(person, "no_group_of_yours")
    return led[0] if len(led) == 1 else refused(person, "which_of_yours", keyword=led[0].keyword)


# --- settings -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a group: the field it goes to, how its value is read within the installation's bounds, and what
    the field holds if nothing is set. A reader answers None where nothing that may be set can be read.
    """

    field: str
    read: Callable[[str, Group, Bounds], Any]
    usual: Callable[[Group, Bounds], Any]
    is_off: Callable[[str], bool] = group_settings.is_off


def read_name(value: str, group: Group, bounds: Bounds) -> str | None:
    name = " ".join(value.split())
    return name if len(name) <= LONGEST_GROUP_NAME else None


def read_welcome(value: str, group: Group, bounds: Bounds) -> str | None:
    """In letters that a text holds, as long as the reply with the carriers' wording stays in its segments."""
    words = as_sentence(plain(" ".join(value.split())))
    if len(words) > LONGEST_WELCOME or measure(words).encoding != "GSM-7":
        return None
    welcome = joined_say(replace(group, welcome=words), bounds.brand)
    fits = all(measure(render(lang, welcome)).count <= WELCOME_SEGMENTS for lang in LANGUAGES)
    return words if fits else None


def as_sentence(words: str) -> str:
    return words if words[-1:] in ".!?" else f"{words}."


def read_hours(value: str, group: Group, bounds: Bounds) -> tuple[int, int] | None:
    hours = group_settings.hours_of(value)
    return hours if hours and LAW[0] <= hours[0] < hours[1] <= LAW[1] and not group.is_emergency else None


def read_cap(value: str, group: Group, bounds: Bounds) -> int | None:
    most = group_settings.number_of(value)
    return most if most and most <= bounds.texts_a_day else None


def read_limit(value: str, group: Group, bounds: Bounds) -> int | None:
    cents = group_settings.cents_of(value)
    return cents if cents and 100 <= cents <= bounds.daily_cents else None


def read_countries(value: str, group: Group, bounds: Bounds) -> tuple[str, ...] | None:
    found = group_settings.countries_of(value)
    return found if found and set(found) <= set(bounds.countries) else None


def is_empty(value: str) -> bool:
    """Of what may be off itself."""
    return not value.strip()


SETTINGS: Mapping[str, Setting] = {
    "name": Setting("name", read_name, lambda group, _: group.keyword),
    "welcome": Setting("welcome", read_welcome, lambda _, __: ""),
    "zone": Setting("zone", lambda value, _, __: group_settings.zone_of(value), lambda _, bounds: bounds.zone),
    "hours": Setting("hours", read_hours, lambda _, __: None),
    "cap": Setting("texts_a_day", read_cap, lambda _, __: None),
    "limit": Setting("daily_cents", read_limit, lambda _, __: None),
    "public": Setting(
        "is_public",
        lambda value, _, __: group_settings.yes_or_no(value),
        lambda _, bounds: bounds.is_public,
        is_off=is_empty,
    ),
    "languages": Setting("langs", lambda value, _, __: group_settings.languages_of(value), lambda _, __: ()),
    "countries": Setting("countries", read_countries, lambda _, __: ()),
    "tells": Setting("tells_asked", lambda value, _, __: group_settings.all_or_few(value), lambda _, __: False),
}


def decide_set_group(ask: SetGroup, view: GroupView, now: datetime) -> Outcome:
    """One setting, within what the law and the installation allow; `off` or nothing gives the usual one back."""
    person = view.me.person
    group = theirs(view.me, view.groups, ask.keyword)
    if isinstance(group, Outcome):
        return group
    setting = SETTINGS.get(ask.what)
    if setting is None:
        return refused(person, "no_such_setting", keyword=group.keyword)
    is_off = setting.is_off(ask.value)
    value = setting.usual(group, view.bounds) if is_off else setting.read(ask.value, group, view.bounds)
    if value is None and not is_off:
        wrong = wrong_say(ask.what, group, view.bounds)
        return Outcome(effects=(Text(person.id, wrong, is_answer=True),))
    after = replace(group, **{setting.field: value})
    told = Text(person.id, set_say(ask.what, after, view.bounds, now), is_answer=True)
    return Outcome(saves=(after,) if after != group else (), effects=(told,), keyword=group.keyword)


def wrong_say(what: str, group: Group, bounds: Bounds) -> Say:
    """What may be set instead, with an example."""
    if what == "hours" and group.is_emergency:
        return say("wrong_hours_emergency", keyword=group.keyword)
    fills: dict[str, str | int] = {"keyword": group.keyword}
    match what:
        case "name":
            fills["most"] = LONGEST_GROUP_NAME
        case "welcome":
            fills["most"] = LONGEST_WELCOME
        case "cap":
            fills["most"] = bounds.texts_a_day
        case "limit":
            fills["dollars"] = in_dollars(bounds.daily_cents)
        case "countries":
            fills["listed"] = ", ".join(bounds.countries)
    return Say(f"wrong_{what}", fills)


def set_say(what: str, group: Group, bounds: Bounds, now: datetime) -> Say:
    """How it is now."""
    word = group.keyword
    match what:
        case "name":
            return say("set_name", keyword=word, name=group.name)
        case "welcome" if group.welcome:
            return say("set_welcome", keyword=word, welcome=group.welcome)
        case "zone":
            return say("set_zone", keyword=word, when=now.astimezone(ZoneInfo(group.zone)))
        case "hours" if group.hours:
            return say("set_hours", keyword=word, start=group.hours[0], end=group.hours[1])
        case "cap":
            key = "set_cap" if group.texts_a_day else "set_cap_off"
            return Say(key, {"keyword": word, "most": group.texts_a_day or bounds.texts_a_day})
        case "limit":
            key = "set_limit" if group.daily_cents else "set_limit_off"
            return Say(key, {"keyword": word, "dollars": in_dollars(group.daily_cents or bounds.daily_cents)})
        case "public":
            return Say("made_public" if group.is_public else "made_private", {"what": word})
        case "languages" if group.langs:
            return Say(f"set_languages_{group.langs[0]}", {"keyword": word})
        case "countries":
            key = "set_countries" if group.countries else "set_countries_off"
            return Say(key, {"keyword": word, "listed": ", ".join(group.countries or bounds.countries)})
        case "tells":
            return Say("tells_all" if group.tells_asked else "tells_few", {"keyword": word})
    return Say(f"set_{what}_off", {"keyword": word})


# --- organizers ---------------------------------------------------------------------------------------


def decide_remove_organizer(ask: RemoveOrganizer, view: OtherView, now: datetime) -> Outcome:
    """An organizer is one no more, by another or by themselves, and stays a member; the last one stays."""
    person, other = view.me.person, view.other
    group = theirs(view.me, view.groups, ask.keyword)
    if isinstance(group, Outcome):
        return group
    keyword = group.keyword
    if other is None or other.id not in group.organizers:
        return refused(person, "organizer_not_one", keyword=keyword)
    if len(group.organizers) == 1:
        return refused(person, "last_organizer", keyword=keyword)
    left = replace(group, organizers=tuple(one for one in group.organizers if one != other.id))
    if other.id == person.id:
        told: tuple[Text, ...] = (answer(person, "organizer_removed_you", keyword=keyword),)
        return Outcome(saves=(left, organizing_no_more(person, keyword)), effects=told, keyword=keyword)
    told = (
        answer(person, "organizer_removed", keyword=keyword),
        Text(other.id, say("organizer_no_more", keyword=keyword), keyword=keyword),
    )
    return Outcome(saves=(left, organizing_no_more(other, keyword)), effects=told, keyword=keyword)


# --- what is kept -------------------------------------------------------------------------------------


def decide_show_number(ask: ShowNumber, view: OtherView, now: datetime) -> Outcome:
    """Nothing changes but that it is kept who was shown whose number."""
    group = theirs(view.me, view.groups, ask.keyword)
    if isinstance(group, Outcome):
        return group
    if view.other is None or group.keyword not in view.other.groups:
        return refused(view.me.person, "no_such_member", keyword=group.keyword)
    return Outcome(keyword=group.keyword)


def decide_export_people(ask: ExportPeople, view: GroupView, now: datetime) -> Outcome:
    """Nothing changes but that it is kept who took the group's people along."""
    group = theirs(view.me, view.groups, ask.keyword)
    return group if isinstance(group, Outcome) else Outcome(keyword=group.keyword)


# --- a group's end ------------------------------------------------------------------------------------


def decide_delete_group(ask: DeleteGroup, view: DeleteView, now: datetime) -> Outcome:
    """A group is as if it were not from now on; its members are let go soon after, and its organizers are told.

    Its keyword stays taken: who texts it must not land among strangers.
    """
    person = view.me.person
    group = theirs(view.me, view.groups, ask.keyword)
    if isinstance(group, Outcome):
        return group
    keyword = group.keyword
    if group.live:
        return refused(person, "group_still_live", keyword=keyword, listed=", ".join(group.live[:4]))
    ended = replace(group, ended_at=now, organizers=(), is_public=False)
    known = view.organizers[:MOST_TOLD]
    told = tuple(Text(one.id, say("group_deleted_told", keyword=keyword)) for one in known)
    return Outcome(
        saves=(ended, *(organizing_no_more(one, keyword) for one in known)),
        effects=(
            answer(person, "group_deleted", keyword=keyword),
            *told,
            Later(GroupEnds(keyword), now + SETTLES, f"ends#{keyword}#"),
        ),
        removes=(Founded(keyword, now),),
        keyword=keyword,
    )


def decide_group_ends(ask: GroupEnds, view: EndView, now: datetime) -> Outcome:
    """Some of its members are let go: consent is taken back, its history stays, and nobody is texted."""
    group = view.group
    if group is None or group.ended_at is None:
        return Outcome()
    saves: list[Entity] = []
    taken_back = Consent(now, DELETED, Channel.TIMER, is_given=False)
    for member, person in view.members:
        saves.append(consented(member, taken_back, out="left"))
        if person is not None:
            left = organizing_no_more(person, group.keyword)
            saves.append(replace(left, groups=tuple(word for word in person.groups if word != group.keyword)))
    name = f"ends#{group.keyword}#{view.more_after}"
    more = (Later(GroupEnds(group.keyword, view.more_after), now, name),) if view.more_after else ()
    forgotten = tuple(one for _, person in view.members if person for one in reached(person, group.keyword))
    return Outcome(saves=tuple(saves), removes=forgotten, effects=more, keyword=group.keyword)
