"""The start of the dashboard: open actions of my groups, what needs me, what happened lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Blueprint, Response

from chalicelib.core.home import HomeShown
from chalicelib.core.kept import Word
from chalicelib.entry.answers import HTML, with_tag
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer
from chalicelib.entry.pages import LOOK
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.codec import keyword_of
from chalicelib.store.dashboard.home import home_of
from chalicelib.web import acts, desk_addresses
from chalicelib.web.views import Site
from chalicelib.web.words import accented, speaking

home = Blueprint(__name__)

MOST_WORDS = 6  # shown to be answered; the others are on their actions' own pages
MOST_TASKS = 3  # of an action
MOST_DRAFTS = 5
FIRST_WORDS = 90  # characters of what somebody wrote


@home.route("/dashboard", methods=LOOK)
def start() -> Response:
    request, world = home.current_request, runtime()
    who = door.looking(request, world)
    if isinstance(who, Response):
        return who
    site = door.site_of(request, desk_addresses.home(), world)
    context = context_of(who, site, world)
    return door.show("dashboard/home.html", request, desk_addresses.home(), world, who, part="home", **context)


@home.route("/dashboard/now", methods=LOOK)
def now() -> Response:
    """The page's middle alone: 304 while nothing has changed."""
    request, world = home.current_request, runtime()
    who = door.looking(request, world, is_consistent=False)
    if isinstance(who, Response):
        return who
    site = door.site_of(request, desk_addresses.home(), world)
    html = door.piece("dashboard/_home.html", site, world, who, **context_of(who, site, world))
    return with_tag(request, html, HTML, "private, no-cache", Vary=door.VARY)


def context_of(who: Organizer, site: Site, world: Runtime) -> dict[str, Any]:
    found = home_of(who.person, acts.about, world)
    zones = {one.keyword: one.zone for one in found.groups}
    at = world.now()
    lately = [
        (acts.act_when(act, zones.get(act.keyword, world.settings.zone), at, site.lang),
         acts.act_words(act, found.names, site.lang), act)
        for act in found.acts
    ]  # fmt: skip
    return {
        "found": found,
        "words": [(word, first_words(word)) for word in found.words[:MOST_WORDS]],
        "more_words": max(0, len(found.words) - MOST_WORDS),
        "lately": lately,
        "drafts": [(draft, title_of(draft.fields)) for draft in found.drafts[:MOST_DRAFTS]],
        "more_drafts": max(0, len(found.drafts) - MOST_DRAFTS),
        "most_tasks": MOST_TASKS,
        "unsent_of": keyword_of(found.unsent) if found.unsent else "",
        "still_since": still_since(found, world, site.lang),
    }


def first_words(word: Word) -> str:
    return cut(word.text)


def cut(text: str) -> str:
    """One line of it, cut at the end of a word."""
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else line[:FIRST_WORDS].rpartition(" ")[0] + " …"


def title_of(fields: Any) -> str:
    """What a draft says so far: its words, or whatever was filled in."""
    return cut(fields.get("words", "") or next((text for text in fields.values() if text.strip()), ""))


def still_since(found: HomeShown, world: Runtime, lang: str) -> str:
    """Since when nothing goes out, on the installation's clock."""
    since = found.sending.stopped_at
    return spoken_moment(since, world.settings.zone, lang) if since else ""


def spoken_moment(at: datetime, zone: str, lang: str) -> str:
    language = speaking(lang)
    return accented(language, language.moment(at.astimezone(ZoneInfo(zone))))
