"""Lists of people that an organizer brings: a file is read and shown, and only then is anybody on it asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Blueprint, Response

from chalicelib.core.commands import BringPeople, CheckPeople, DropPeople
from chalicelib.core.consent import countries_of
from chalicelib.core.inviting import KEPT_FOR, why_skipped
from chalicelib.core.kept import PeopleList, Progress
from chalicelib.core.lists import (
    MOST_ROWS,
    OLDEST_YEARS,
    Dates,
    Entry,
    Reader,
    RowRefused,
    Sheet,
    Unreadable,
    read_list,
)
from chalicelib.core.model import Group
from chalicelib.core.outcome import in_dollars, say
from chalicelib.delivery import queues
from chalicelib.entry.answers import HTML, answered, with_tag
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer
from chalicelib.entry.guard import FORM
from chalicelib.entry.pages import LOOK
from chalicelib.entry.pressing import sent_body
from chalicelib.entry.uploads import MULTIPART, Upload, form_of
from chalicelib.entry.visiting import header
from chalicelib.languages import render
from chalicelib.log import log
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import lists as kept_lists
from chalicelib.store.commit import Nudge
from chalicelib.store.kept_codec import list_key
from chalicelib.store.views import left_today
from chalicelib.web import csv_out, desk_addresses
from chalicelib.web.views import Site
from chalicelib.web.words import accented, desk_say, speaking

lists = Blueprint(__name__)

# Lambda takes 6 MB, and a file comes to it in base64, which is a third longer.
MOST_BYTES = 4_500_000
MOST_LOOKED_UP = 5_000  # people on a list whom we look for among those that we know, before anybody is asked
SHOWN_REFUSED = 100
NAME = re.compile(r"[0-9a-f]{16}")
CSV = "text/csv; charset=utf-8"
UNSURE = frozenset({"Windows-1252", "Latin-1"})  # taken because nothing else fits: accents may be wrong
SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


# --- a group's lists -----------------------------------------------------------------------------------


@lists.route("/dashboard/g/{keyword}/lists", methods=LOOK)
def all_lists(keyword: str) -> Response:
    request, world = lists.current_request, runtime()
    who = door.looking(request, world, keyword)
    return who if isinstance(who, Response) else show_lists(request, keyword, world, who)


def show_lists(
    request: Any,
    keyword: str,
    world: Runtime,
    who: Organizer,
    status: int = 200,
    problem: str = "",
    dates: str = "auto",
) -> Response:
    path = desk_addresses.lists(keyword)
    group = kept_lists.group_of(keyword)
    if group is None:
        return door.nothing(request, world, who)
    lang = door.site_of(request, path, world).lang
    found = [
        (one, moment_words(one.at, group.zone, lang), desk_say(lang, f"lists_state_{one.state}"))
        for one in kept_lists.lists_of(keyword)
    ]
    context = {
        "lists": found,
        "form": door.form(who, world, path, "list", g=keyword),
        "problem": problem,
        "dates": dates,
        "most_rows": MOST_ROWS,
        "years": OLDEST_YEARS,
        "group": group,
    }
    return door.show(
        "dashboard/lists.html", request, path, world, who, status, keyword=keyword, part="lists", **context
    )


@lists.route("/dashboard/g/{keyword}/lists-sample", methods=LOOK)
def sample(keyword: str) -> Response:
    """The columns, and a row that shows what they want."""
    request, world = lists.current_request, runtime()
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    lang = door.site_of(request, desk_addresses.list_sample(keyword), world).lang
    rows = [desk_say(lang, key).split("|") for key in ("lists_sample_head", "lists_sample_row")]
    return download(csv_out.csv_file(rows[0], rows[1:]), f"{keyword}-list.csv")


def download(body: bytes, name: str) -> Response:
    return answered(body, CSV, Content_Disposition=f'attachment; filename="{name}"', Vary=door.VARY)


@lists.route("/dashboard/g/{keyword}/lists", methods=["POST"], content_types=[MULTIPART, FORM])
def upload(keyword: str) -> Response:
    """A file is read, and nobody is asked: the same form again is the same list."""
    request, world = lists.current_request, runtime()
    raw = sent_body(request) if len(request.raw_body) <= MOST_BYTES else b""
    fields, files = form_of(header(request, "content-type"), raw)
    sent = door.pressed(request, world, keyword, fields=fields, most_bytes=MOST_BYTES, g=keyword)
    if isinstance(sent, Response):
        return sent
    path, group = desk_addresses.lists(keyword), kept_lists.group_of(keyword)
    if sent.verb != "list" or group is None:
        return door.nothing(request, world, sent.who)
    lang = door.site_of(request, path, world).lang
    file = files.get("file", Upload("", b""))
    written = sent.fields.first("dates")
    dates = Dates(written) if written in set(Dates) else Dates.AUTO
    read = read_list(file.content, reader_for(group, dates, lang, world)) if file.name else Unreadable("no_file")
    if isinstance(read, Unreadable):
        return show_lists(request, keyword, world, sent.who, 422, problem_words(read, lang), str(dates))
    name = blake2b(f"{keyword} {sent.nonce}".encode(), digest_size=8).hexdigest()
    good, refused = looked_up(read, group, lang, world)
    if kept_lists.list_at(keyword, name) is None:
        kept_lists.keep_rows(keyword, name, good, refused, world.now())
    read_as = (read.encoding, read.separator, "dmy" if read.is_day_first else "mdy", "guessed" * read.is_guessed)
    reasons = dict(Counter(one.reason for one in refused))
    check = CheckPeople(keyword, name, file.name, read.rows, len(good), reasons, read_as)
    done = door.bring(check, sent, world)
    log("list read", keyword=keyword, rows=read.rows, good=len(good), encoding=read.encoding)
    words = door.said_of(done, lang)
    return door.back(path if done.refusals else desk_addresses.people_list(keyword, name), words, world)


def reader_for(group: Group, dates: Dates, lang: str, world: Runtime) -> Reader:
    from chalicelib.numbers import e164, is_textable

    countries = countries_of(group, world.settings.countries)
    return Reader(
        number_of=lambda written: e164(written, countries),
        may_be_mobile=is_textable,
        zone=group.zone,
        now=world.now(),
        dates=dates,
        is_day_first=lang == "es",
    )


def looked_up(read: Sheet, group: Group, lang: str, world: Runtime) -> tuple[list[Entry], list[RowRefused]]:
    """Without those of whom we know already that they are not to be asked: all are looked up again when it comes to it.

    Everybody else is spoken to in their language, or else the group's.
    """
    ids = {one.line: world.person_id(one.number) for one in read.entries[:MOST_LOOKED_UP]}
    known = kept_lists.known_of(group.keyword, ids, is_consistent=False)
    usual = group.langs[0] if group.langs else lang
    good, refused = list[Entry](), list(read.refused)
    for one in read.entries:
        what, why = known.get(one.line), ""
        if what is not None:
            why = why_skipped(what.person, what.member, group.keyword, False, world.now())
        if why:
            refused.append(RowRefused(one.line, why, f"…{one.number[-2:]}"))
        else:
            good.append(one if one.lang else replace(one, lang=usual))
    return good, sorted(refused, key=lambda one: one.line)


def problem_words(read: Unreadable, lang: str) -> str:
    missing = ", ".join(desk_say(lang, f"lists_column_{name}") for name in read.missing)
    return desk_say(lang, f"lists_problem_{read.problem}", missing=missing, most=f"{MOST_ROWS:,}")


# --- one list ------------------------------------------------------------------------------------------


@lists.route("/dashboard/g/{keyword}/lists/{id}", methods=LOOK)
def one_list(keyword: str, id: str) -> Response:
    request, world = lists.current_request, runtime()
    who, found, group = seen(request, world, keyword, id)
    if isinstance(who, Response) or found is None or group is None:
        return who if isinstance(who, Response) else door.nothing(request, world, who)
    path = desk_addresses.people_list(keyword, id)
    site = door.site_of(request, path, world)
    is_fresh = world.now() - found.at <= KEPT_FOR
    refused = kept_lists.refused_rows(keyword, id, SHOWN_REFUSED) if found.reasons and is_fresh else []
    context = {
        **progress_context(found, group, site),
        "refused": [(one, why_words(one, site.lang)) for one in refused],
        "reasons": counted_words(found.reasons, site.lang),
        "n_refused": found.rows - found.good,
        "shown_most": SHOWN_REFUSED,
        "text": render(site.lang, say("confirm_list", brand=world.settings.brand, keyword=keyword)),
        "cost": in_dollars(ceil(found.good * world.settings.segment_price)),
        "takes": takes(found.good, group, site.lang, world),
        "left": left_today(keyword, world.now(), world, group),
        "read_as": read_as_words(found, site.lang),
        "is_fresh": is_fresh,
        "when": moment_words(found.at, group.zone, site.lang),
        "ask": door.form(who, world, desk_addresses.list_ask(keyword, id), "ask", g=keyword, i=id),
        "drop": door.form(who, world, desk_addresses.list_drop(keyword, id), "drop", g=keyword, i=id),
    }
    return door.show("dashboard/list.html", request, path, world, who, keyword=keyword, part="lists", **context)


@lists.route("/dashboard/g/{keyword}/lists/{id}/progress", methods=LOOK)
def progress(keyword: str, id: str) -> Response:
    """How far it is: 304 while that has not changed."""
    request, world = lists.current_request, runtime()
    who, found, group = seen(request, world, keyword, id)
    if isinstance(who, Response) or found is None or group is None:
        return who if isinstance(who, Response) else door.nothing(request, world, who)
    site = door.site_of(request, desk_addresses.people_list(keyword, id), world)
    html = door.piece("dashboard/_list_progress.html", site, world, who, **progress_context(found, group, site))
    return with_tag(request, html, HTML, "private, no-cache", Vary=door.VARY)


@lists.route("/dashboard/g/{keyword}/lists/{id}/refused", methods=LOOK)
def refused_file(keyword: str, id: str) -> Response:
    request, world = lists.current_request, runtime()
    who, found, _ = seen(request, world, keyword, id)
    if isinstance(who, Response) or found is None:
        return who if isinstance(who, Response) else door.nothing(request, world, who)
    lang = door.site_of(request, desk_addresses.list_refused(keyword, id), world).lang
    rows = ((str(one.line), one.shown, why_words(one, lang)) for one in kept_lists.refused_rows(keyword, id))
    head = (desk_say(lang, f"lists_head_{name}") for name in ("line", "number", "why"))
    return download(csv_out.csv_file(head, rows), f"{keyword}-refused.csv")


def seen(
    request: Any, world: Runtime, keyword: str, name: str
) -> tuple[Organizer | Response, PeopleList | None, Group | None]:
    """Who looks, and the list, if both it and the group are theirs."""
    who = door.looking(request, world, keyword)
    if isinstance(who, Response) or not NAME.fullmatch(name):
        return who, None, None
    return who, kept_lists.list_at(keyword, name), kept_lists.group_of(keyword)


@dataclass(frozen=True, slots=True)
class Far:
    """How far a list is, in words where it waits for something."""

    state: str
    is_running: bool
    waits: str
    skipped: list[tuple[str, int]]
    percent: int


def progress_context(found: PeopleList, group: Group, site: Site) -> dict[str, Any]:
    waits, lang = "", site.lang
    if found.state is Progress.RUNNING and found.held and found.due_at:
        waits = desk_say(lang, f"lists_waits_{found.held}", when=moment_words(found.due_at, group.zone, lang))
    percent = 100 * found.done // found.good if found.good else 100
    state = desk_say(lang, f"lists_state_{found.state}")
    is_running = found.state is Progress.RUNNING
    return {"list": found, "far": Far(state, is_running, waits, counted_words(found.why, lang), percent)}


# --- buttons -------------------------------------------------------------------------------------------


@lists.route("/dashboard/g/{keyword}/lists/{id}/ask", methods=["POST"], content_types=[FORM])
def ask_them(keyword: str, id: str) -> Response:
    return press(keyword, id, "ask")


@lists.route("/dashboard/g/{keyword}/lists/{id}/drop", methods=["POST"], content_types=[FORM])
def drop_it(keyword: str, id: str) -> Response:
    return press(keyword, id, "drop")


def press(keyword: str, name: str, verb: str) -> Response:
    request, world = lists.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword, i=name)
    if isinstance(sent, Response):
        return sent
    if sent.verb != verb or not NAME.fullmatch(name):
        return door.nothing(request, world, sent.who)
    path = desk_addresses.people_list(keyword, name)
    done = door.bring(BringPeople(keyword, name) if verb == "ask" else DropPeople(keyword, name), sent, world)
    if done.answers and verb == "ask":
        queues.nudge(world, [Nudge(False, *list_key(keyword, name), world.now())], world.now())
    elif done.answers:
        kept_lists.remove_rows(keyword, name)
    return door.back(path, door.said_of(done, door.site_of(request, path, world).lang), world)


# --- words ---------------------------------------------------------------------------------------------


def why_words(one: RowRefused, lang: str) -> str:
    return desk_say(lang, f"lists_why_{one.reason}", line=one.n, years=OLDEST_YEARS)


def counted_words(reasons: Any, lang: str) -> list[tuple[str, int]]:
    """Each reason in words, and of how many rows it is; the most frequent first."""
    by_number: Iterable[tuple[str, int]] = sorted(reasons.items(), key=lambda one: (-int(one[1]), one[0]))
    return [(desk_say(lang, f"lists_why_{key}", line="…", years=OLDEST_YEARS), int(n)) for key, n in by_number]


def read_as_words(found: PeopleList, lang: str) -> list[str]:
    """How the file was read; and where that was a guess, what to look at."""
    if len(found.read_as) != 4:
        return []
    encoding, separator, order, guessed = found.read_as
    joint = desk_say(lang, f"lists_separator_{SEPARATOR_NAMES.get(separator, 'comma')}")
    said = [desk_say(lang, "lists_read_as", encoding=encoding, separator=joint)]
    said += [desk_say(lang, "lists_unsure_letters", encoding=encoding)] if encoding in UNSURE else []
    return [*said, desk_say(lang, f"lists_guessed_{order}")] if guessed else said


def moment_words(at: datetime, zone: str, lang: str) -> str:
    language = speaking(lang)
    return accented(language, language.moment(at.astimezone(ZoneInfo(zone))))


def takes(people: int, group: Group, lang: str, world: Runtime) -> str:
    """How long asking so many takes: by the sender's rate, or by what a day may cost."""
    settings = world.settings
    minutes = ceil(people / settings.bulk_rate / 60)
    days = ceil(people / max(1, min(settings.limit_of(group.daily_cents), settings.daily_limit)))
    if days > 1:
        return desk_say(lang, "lists_takes_days", n=days)
    if minutes < 90:
        return desk_say(lang, "lists_takes_minutes", n=max(1, minutes))
    return desk_say(lang, "lists_takes_hours", n=ceil(minutes / 60))
