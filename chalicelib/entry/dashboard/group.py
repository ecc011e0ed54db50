"""The dashboard's pages of one group: how it does, what it sets, who organizes it, a poster to print, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Blueprint, Response

from chalicelib.core import commands as ask_for
from chalicelib.core.grouping import LONGEST_GROUP_NAME, LONGEST_WELCOME, SETTINGS
from chalicelib.core.model import Group
from chalicelib.core.outcome import in_dollars
from chalicelib.entry import visiting
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer, Pressed
from chalicelib.entry.guard import FORM, fields_of
from chalicelib.entry.pages import LOOK, known_word
from chalicelib.handle import Handled
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.dashboard.group import GroupSeen, GroupSet, poster_group, seen_group, set_group
from chalicelib.web import desk_addresses
from chalicelib.web.words import accented, desk_say, speaking

group = Blueprint(__name__)

SHOWN_FOR, SHORTEST = timedelta(days=90), timedelta(days=7)
LATELY = timedelta(days=30)
MOST_ALERTS = 12  # in the table; the chart has them all
MOST_DONE = 8
LONGEST_VALUE = 400
ZONES = ("Eastern", "Central", "Mountain", "Arizona", "Pacific", "Alaska", "Hawaii")


# --- how it does -------------------------------------------------------------------------------------


@group.route("/dashboard/g/{keyword}", methods=LOOK)
def overview(keyword: str) -> Response:
    request, world, word = group.current_request, runtime(), known_word(keyword)
    who = door.looking(request, world, word)
    if isinstance(who, Response):
        return who
    seen = seen_group(word) if word else None
    if seen is None:
        return door.nothing(request, world, who)
    path = desk_addresses.group(word)
    site = door.site_of(request, path, world)
    joined, left = seen.since((world.now() - LATELY).date())
    context: dict[str, Any] = {
        "group": seen.shown,
        "seen": seen,
        "lately": (joined, left),
        "chart": growth(seen, world.now(), site.lang) if seen.days else "",
        "alerts": [(one, moment_of(one.at, seen.shown.zone, site.lang)) for one in seen.alerts[:MOST_ALERTS]],
        "past": seen.shown.past[:MOST_DONE],
        "ways": visiting.ways(request, word, site, world.settings),
    }
    return door.show("dashboard/group.html", request, path, world, who, keyword=word, part="group", **context)


def growth(seen: GroupSeen, now: datetime, lang: str) -> object:
    """Members against time, those who left beside it, and the alerts as marks. What a day brought is drawn at its end:
    nobody seems to have left before the alert that they left after.
    """
    from chalicelib.web import charts  # for the few pages that draw

    started = datetime.combine(seen.days[0].day, time(), UTC)
    since = min(max(started, now - SHOWN_FOR), now - SHORTEST)
    members, left = 0, 0
    there: list[tuple[datetime, float]] = []
    gone: list[tuple[datetime, float]] = [(since, 0)]
    for one in seen.days:
        members += one.joined - one.left
        at = min(datetime.combine(one.day, time(), UTC) + timedelta(days=1), now)
        if at > since:
            left += one.left
            gone.append((at, left))
        there.append((max(at, since), max(0, members)))
    there.append((now, max(0, members)))
    gone.append((now, left))
    before = [] if started < since else [(since, 0.0)]
    return charts.line_chart(
        desk_say(lang, "group_chart"),
        desk_say(lang, "group_chart_says", members=max(0, members), left=left, alerts=len(seen.alerts)),
        [charts.Series([*before, *there], "main", True), charts.Series(gone, "left", True)],
        since,
        now,
        seen.shown.zone,
        lambda at, _: day_in(lang, at),
        [charts.Mark(one.at, one.code, "alert") for one in seen.alerts],
    )


def day_in(lang: str, at: datetime) -> str:
    return desk_say(lang, "group_day", month=speaking(lang).MONTHS[at.month - 1], day=at.day)


def moment_of(at: datetime, zone: str, lang: str) -> str:
    language = speaking(lang)
    return accented(language, language.moment(at.astimezone(ZoneInfo(zone))))


# --- what it sets ------------------------------------------------------------------------------------


@group.route("/dashboard/g/{keyword}/settings", methods=LOOK)
def settings(keyword: str) -> Response:
    request, world, word = group.current_request, runtime(), known_word(keyword)
    who = door.looking(request, world, word)
    return who if isinstance(who, Response) else show_settings(word, who, world)


def show_settings(
    word: str,
    who: Organizer,
    world: Runtime,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """`wrong` says what is wrong beside the field that it is about, which still holds what was `typed`."""
    request = group.current_request
    found = set_group(word, world) if word else None
    if found is None:
        return door.nothing(request, world, who)
    path = desk_addresses.settings(word)
    context: dict[str, Any] = {
        "group": found.group,
        "bounds": found.bounds,
        "organizers": found.organizers,
        "more_organizers": len(found.group.organizers) - len(found.organizers),
        "values": {**values_of(found.group), **(typed or {})},
        "wrong": wrong or {},
        "dollars": dollars_of(found, world),
        "longest_name": LONGEST_GROUP_NAME,
        "longest_welcome": LONGEST_WELCOME,
        "zones": ZONES,
        "forms": {what: door.form(who, world, path, "set", g=word, w=what) for what in SETTINGS},
        "add": door.form(who, world, path, "add", g=word),
        "remove": {one.id: door.form(who, world, path, "remove", g=word, o=one.id) for one in found.organizers},
        "delete": door.form(who, world, path, "delete", g=word),
    }
    status = 422 if wrong else 200
    return door.show(
        "dashboard/settings.html", request, path, world, who, status, keyword=word, part="settings", **context
    )


def values_of(found: Group) -> dict[str, str]:
    """What each setting's field holds; nothing, where the installation's own counts."""
    return {
        "name": found.name,
        "welcome": found.welcome,
        "zone": found.zone,
        "hours": "{}-{}".format(*found.hours) if found.hours else "",
        "cap": str(found.texts_a_day or ""),
        "limit": in_dollars(found.daily_cents).removesuffix(".00") if found.daily_cents else "",
        "public": "yes" if found.is_public else "no",
        "languages": " ".join(found.langs),
        "countries": ", ".join(found.countries),
        "tells": "all" if found.tells_asked else "few",
    }


def dollars_of(found: GroupSet, world: Runtime) -> dict[str, str]:
    """What a day may cost, by the installation and as the group has set it, and what today has cost so far."""
    price = world.settings.segment_price
    return {
        "most": in_dollars(found.bounds.daily_cents),
        "now": in_dollars(found.group.daily_cents or found.bounds.daily_cents),
        "spent": in_dollars(round(found.spent * price)),
    }


@group.route("/dashboard/g/{keyword}/settings", methods=["POST"], content_types=[FORM])
def change(keyword: str) -> Response:
    """One setting, one organizer, or the end of the group: each form says which, and cannot be made to say another."""
    request: Any = group.current_request
    world, word = runtime(), known_word(keyword)
    fields = fields_of(bytes(request.raw_body)[: door.MOST_BYTES])
    what, person = fields.first("what"), fields.first("person")
    bound: dict[str, Any] = {"w": what} if what else {"o": person} if person else {}
    sent = door.pressed(request, world, word, fields=fields, g=word, **bound)
    if isinstance(sent, Response):
        return sent
    match sent.verb:
        case "set":
            return set_one(word, what, sent, world)
        case "add":
            return add(word, sent, world)
        case "remove":
            done = door.bring(ask_for.RemoveOrganizer("", word, person), sent, world)
            return back(word, done, world)
        case "delete":
            return delete(word, sent, world)
    return door.nothing(request, world, sent.who)


def set_one(word: str, what: str, sent: Pressed, world: Runtime) -> Response:
    value = sent.fields.first("value")[:LONGEST_VALUE]
    done = door.bring(ask_for.SetGroup(what, value, word), sent, world)
    lang = visiting.language_of(sent.request)
    if any(one.key.startswith("wrong_") for one in done.refusals):
        return show_settings(word, sent.who, world, {what: door.said_of(done, lang)}, {what: value})
    return back(word, done, world, f"#{what}")


def add(word: str, sent: Pressed, world: Runtime) -> Response:
    typed = sent.fields.first("number").strip()
    done = door.bring(ask_for.AddOrganizer(typed, word), sent, world)
    if done.refusals:
        words = door.said_of(done, visiting.language_of(sent.request))
        return show_settings(word, sent.who, world, {"number": words}, {"number": typed})
    return back(word, done, world, "#organizers")


def back(word: str, done: Handled, world: Runtime, place: str = "") -> Response:
    """To the settings, which say what came of it, at the place that it is about."""
    said = door.said_of(done, visiting.language_of(group.current_request))
    answer = door.back(desk_addresses.settings(word), said, world)
    if not said:
        answer.headers["Location"] = desk_addresses.settings(word) + place
    return answer


def delete(word: str, sent: Pressed, world: Runtime) -> Response:
    """Only with the keyword typed, and with a code from the organizer's own phone."""
    typed = sent.fields.first("typed").strip().upper()
    lang = visiting.language_of(sent.request)
    if typed != word:
        wrong = desk_say(lang, "group_delete_type", keyword=word)
        return show_settings(word, sent.who, world, {"delete": wrong}, {"delete": sent.fields.first("typed")})
    if (asked := door.code_first(sent, world)) is not None:
        return asked
    done = door.bring(ask_for.DeleteGroup(word), sent, world)
    if done.refusals:
        return back(word, done, world)
    return door.back(desk_addresses.home(), door.said_of(done, lang), world)


# --- a poster ----------------------------------------------------------------------------------------


@group.route("/dashboard/g/{keyword}/poster", methods=LOOK)
def poster(keyword: str) -> Response:
    """How to join, made for printing on one sheet."""
    request, world, word = group.current_request, runtime(), known_word(keyword)
    who = door.looking(request, world, word)
    if isinstance(who, Response):
        return who
    found = poster_group(word) if word else None
    if found is None:
        return door.nothing(request, world, who)
    path = desk_addresses.poster(word)
    site = door.site_of(request, path, world)
    ways = visiting.ways(request, word, site, world.settings)
    return door.show(
        "dashboard/poster.html", request, path, world, who, keyword=word, part="group", group=found, ways=ways
    )
