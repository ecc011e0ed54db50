"""The people of a group: who they are, why one got a text, their consent, and their list as files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.commands import ExportPeople, ShowNumber
from chalicelib.core.joining import joined_say
from chalicelib.core.people import Asking, Standing, whereabouts
from chalicelib.delivery.carrier import CODES, DEFAULT
from chalicelib.entry import visiting
from chalicelib.entry.answers import answered, see_other
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer, Pressed
from chalicelib.entry.guard import FORM
from chalicelib.grammar.fold import fold
from chalicelib.languages import render
from chalicelib.numbers import e164, pretty
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.dashboard.exports import IN_PART, Export, export_plan, exported
from chalicelib.store.dashboard.people import Listed, PeoplePage, people_page
from chalicelib.store.dashboard.person import PersonPage, is_member, person_page
from chalicelib.web import csv_out, desk_addresses, people_words, signing
from chalicelib.web.people_words import Speaking

people = Blueprint(__name__)

LOOK = ["GET", "HEAD"]
PLACE = re.compile(r"(?:\d|1[0-5])#[a-z0-9]{26}")
PERSON = re.compile(r"[a-z0-9]{26}")
LONGEST_TYPED = 40
LINKS_LAST = timedelta(minutes=10)
CSV = "text/csv; charset=utf-8"


# --- the list -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineShown:
    """One member's line in the list."""

    id: str
    name: str
    masked: str
    since: str
    ready: str
    askings: int
    ins: int
    asked_code: str
    asked_on: str
    standing: str
    is_in: bool
    is_organizer: bool


@people.route("/dashboard/g/{keyword}/people", methods=LOOK)
def listed(keyword: str) -> Response:
    request, world = people.current_request, runtime()
    who = door.looking(request, world, keyword, is_consistent=False)
    return who if isinstance(who, Response) else show_list(request, world, who, keyword)


def show_list(
    request: Any, world: Runtime, who: Organizer, keyword: str, status: int = 200, **more: object
) -> Response:
    after, name, state = (visiting.query(request, one) for one in ("after", "name", "state"))
    after = after if PLACE.fullmatch(after) else ""
    name = " ".join(name.split())[:LONGEST_TYPED]
    only = Standing(state) if state in set(Standing) else None
    page = people_page(keyword, world.now(), after, only, fold(name))
    if page is None:
        return door.nothing(request, world, who)
    path, lang = desk_addresses.people(keyword), visiting.language_of(request)
    find = {"name": name, "state": str(only or "")}
    context = {
        "keyword": keyword,
        "part": "people",
        "lines": [line_shown(one, page, lang) for one in page.people],
        "looked_at": page.looked_at if name or only else 0,
        "next": desk_addresses.people(keyword, after=page.after, **find) if page.after else "",
        "after": after,
        "find": find,
        "standings": [(str(one), people_words.standing(one, lang)) for one in Standing],
        "form": door.form(who, world, path, "find", g=keyword),
        "typed_number": "",
        "wrong": "",
        **more,
    }
    return door.show("dashboard/people.html", request, path, world, who, status, **context)


def line_shown(one: Listed, page: PeoplePage, lang: str) -> LineShown:
    zone, history = page.group.zone, one.history
    return LineShown(
        id=one.person.id,
        name=people_words.called(one.person) if one.person.name else "",
        masked=people_words.masked(one.person),
        since=people_words.day(one.since, zone, lang),
        ready=people_words.ready(history, lang),
        askings=history.askings,
        ins=history.ins,
        asked_code=history.code,
        asked_on=people_words.day(history.asked_at, zone, lang) if history.asked_at else "",
        standing=people_words.standing(one.standing, lang),
        is_in=one.standing is Standing.IN,
        is_organizer=one.is_organizer,
    )


@people.route("/dashboard/g/{keyword}/people", methods=["POST"], content_types=[FORM])
def find(keyword: str) -> Response:
    """By number, which never stands in an address: a member's page is named by their id."""
    request, world = people.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    if sent.verb != "find":
        return door.nothing(request, world, sent.who)
    typed, lang = sent.fields.first("number")[:LONGEST_TYPED], visiting.language_of(request)
    number = e164(typed, world.settings.countries)
    if number is not None and is_member(keyword, world.person_id(number)):
        return see_other(desk_addresses.person(keyword, world.person_id(number)))
    key = "no_number" if number is None else "not_found"
    wrong = people_words.say(lang, key, keyword=keyword)
    return show_list(request, world, sent.who, keyword, 422, typed_number=typed, wrong=wrong)


# --- one person -------------------------------------------------------------------------------------------

Show = Callable[[Any, Runtime, Organizer, PersonPage, str], Response]


@people.route("/dashboard/g/{keyword}/people/{person}", methods=LOOK)
def one_person(keyword: str, person: str) -> Response:
    return look_at(keyword, person, show_person)


@people.route("/dashboard/g/{keyword}/people/{person}", methods=["POST"], content_types=[FORM])
def number_of_person(keyword: str, person: str) -> Response:
    return show_number(keyword, person, show_person)


@people.route("/dashboard/g/{keyword}/people/{person}/consent", methods=LOOK)
def consent(keyword: str, person: str) -> Response:
    return look_at(keyword, person, show_consent)


@people.route("/dashboard/g/{keyword}/people/{person}/consent", methods=["POST"], content_types=[FORM])
def number_on_consent(keyword: str, person: str) -> Response:
    return show_number(keyword, person, show_consent)


def look_at(keyword: str, person: str, shown: Show) -> Response:
    request, world = people.current_request, runtime()
    who = door.looking(request, world, keyword, is_consistent=False)
    if isinstance(who, Response):
        return who
    page = person_page(keyword, person, world.now()) if PERSON.fullmatch(person) else None
    return shown(request, world, who, page, "") if page else door.nothing(request, world, who)


def show_number(keyword: str, person: str, shown: Show) -> Response:
    """The page once more, with the number on it; that it was looked at is kept."""
    request, world = people.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword, w=person)
    if isinstance(sent, Response):
        return sent
    page = person_page(keyword, person, world.now()) if PERSON.fullmatch(person) else None
    if page is None or sent.verb != "number":
        return door.nothing(request, world, sent.who)
    done = door.bring(ShowNumber(keyword, person), sent, world)
    if done.refusals:
        return door.back(visiting.path_of(request), door.said_of(done, visiting.language_of(request)), world)
    return shown(request, world, sent.who, page, pretty(page.person.phone))


def show_person(request: Any, world: Runtime, who: Organizer, page: PersonPage, number: str) -> Response:
    keyword, person = page.group.keyword, page.person
    path, lang = desk_addresses.person(keyword, person.id), visiting.language_of(request)
    speaking = Speaking(lang, page.zone, meaning)
    asking: dict[str, Asking] = dict(page.asking or {})
    quiet = f"{person.quiet[0]}:00-{person.quiet[1]}:00" if person.quiet else ""
    context = {
        **same(page, lang, number),
        "since": people_words.day(page.member.consents[0].at, page.zone, lang) if page.member.consents else "",
        "history": page.history,
        "ready": people_words.ready(page.history, lang),
        "asked_on": people_words.day(page.history.asked_at, page.zone, lang) if page.history.asked_at else "",
        "language": person.lang,
        "quiet": quiet,
        "where": people_words.where(whereabouts(person), lang),
        "texts": [speaking.text(one, page.member, asking.get(one.code)) for one in page.texts],
        "is_whole": page.is_whole,
        "parts": [part_shown(one, page, lang) for one in page.parts],
        "form": door.form(who, world, path, "number", g=keyword, w=person.id),
    }
    return door.show("dashboard/person.html", request, path, world, who, 200, **context)


def part_shown(one: Any, page: PersonPage, lang: str) -> dict[str, object]:
    came = False if one.is_no_show else one.is_here
    return {
        "code": one.code,
        "words": one.words,
        "on": people_words.day(one.opened_at, page.zone, lang),
        "is_asked": one.is_asked,
        "answer": people_words.say(lang, f"answer_{one.answer or 'none'}"),
        "seats": one.seats,
        "here": people_words.say(lang, "here_unknown" if came is None else "here_yes" if came else "here_no"),
    }


def same(page: PersonPage, lang: str, number: str) -> dict[str, object]:
    """What both pages of a person show."""
    return {
        "keyword": page.group.keyword,
        "part": "people",
        "group": page.group,
        "id": page.person.id,
        "name": people_words.called(page.person) if page.person.name else "",
        "masked": people_words.masked(page.person),
        "number": number,
        "standing": people_words.standing(page.standing, lang),
        "is_in": page.standing is Standing.IN,
        "is_organizer": page.is_organizer,
        "can_show": page.standing is not Standing.LEFT,
    }


def show_consent(request: Any, world: Runtime, who: Organizer, page: PersonPage, number: str) -> Response:
    keyword, person = page.group.keyword, page.person
    path, lang = desk_addresses.consent(keyword, person.id), visiting.language_of(request)
    speaking = Speaking(lang, page.zone, meaning)
    context = {
        **same(page, lang, number),
        "consents": [speaking.consent(one) for one in page.consents],
        "has_proof": any(one.is_proof for one in page.consents),
        "wording": render(person.lang, joined_say(page.group, world.settings.brand)),
        "wording_lang": person.lang,
        "zone": page.zone,
        "made_at": people_words.utc(world.now()),
        "form": door.form(who, world, path, "number", g=keyword, w=person.id),
    }
    return door.show("dashboard/consent.html", request, path, world, who, 200, **context)


def meaning(error: int) -> str:
    """What a carrier's code means, by the name that it has among our words."""
    return CODES.get(error, DEFAULT).name.lower()


# --- the list as files --------------------------------------------------------------------------------------


@people.route("/dashboard/g/{keyword}/export", methods=LOOK)
def export(keyword: str) -> Response:
    request, world = people.current_request, runtime()
    who = door.looking(request, world, keyword)
    return who if isinstance(who, Response) else show_export(request, world, who, keyword)


@people.route("/dashboard/g/{keyword}/export", methods=["POST"], content_types=[FORM])
def make_files(keyword: str) -> Response:
    """After a code: that it was done is kept, and there are links to the files, each made when it is fetched."""
    request, world = people.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    if sent.verb != "export":
        return door.nothing(request, world, sent.who)
    if (asked := door.code_first(sent, world)) is not None:
        return asked
    done = door.bring(ExportPeople(keyword), sent, world)
    if done.refusals:
        words = door.said_of(done, visiting.language_of(request))
        return door.back(desk_addresses.export(keyword), words, world)
    plan = export_plan(keyword)
    return show_export(request, world, sent.who, keyword, plan, links_of(plan, keyword, sent, world))


def links_of(plan: Export, keyword: str, sent: Pressed, world: Runtime) -> list[dict[str, object]]:
    """One for each file, bound to this organizer in this browser."""
    facts = {"g": keyword, "p": sent.who.person.id, "b": sent.who.mark, "t": int(world.now().timestamp())}
    of, links = len(plan.starts), []
    for n, start in enumerate(plan.starts, 1):
        part = signing.sign(world.settings, "export", {**facts, "a": start, "n": n, "of": of})
        first, last = (n - 1) * IN_PART + 1, min(n * IN_PART, plan.people)
        links.append({"n": n, "first": first, "last": last, "href": desk_addresses.export_file(keyword, part)})
    return links


def show_export(
    request: Any,
    world: Runtime,
    who: Organizer,
    keyword: str,
    plan: Export | None = None,
    links: list[dict[str, object]] | None = None,
) -> Response:
    path = desk_addresses.export(keyword)
    form = door.form(who, world, path, "export", g=keyword)
    context = {"keyword": keyword, "part": "people", "form": form, "plan": plan, "links": links or []}
    return door.show("dashboard/export.html", request, path, world, who, 200, **context)


@people.route("/dashboard/g/{keyword}/export/file", methods=LOOK)
def file(keyword: str) -> Response:
    """One file. A link that is forged, or another's, is nothing; one that is old leads back to where they are made."""
    request, world = people.current_request, runtime()
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    facts = signing.read(world.settings, "export", visiting.query(request, "part"))
    if facts is None or (facts["g"], facts["p"], facts["b"]) != (keyword, who.person.id, who.mark):
        return door.nothing(request, world, who)
    lang = visiting.language_of(request)
    if world.now() - datetime.fromtimestamp(facts["t"], world.now().tzinfo) >= LINKS_LAST:
        return door.back(desk_addresses.export(keyword), people_words.say(lang, "link_old"), world)
    lines = (
        people_words.exported(member, person, pretty(person.phone), lang)
        for member, person in exported(keyword, facts["a"])
    )
    body = csv_out.csv_file(people_words.header(lang), lines)
    name = f"{keyword}-people-{facts['n']}-of-{facts['of']}.csv"
    return answered(body, CSV, Content_Disposition=f'attachment; filename="{name}"')
