"""Pages: what anybody may look at. Looking changes nothing; what a press of a button does is in entry/pressing.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.showing import ActionShown, alike, found
from chalicelib.entry import visiting
from chalicelib.entry.answers import HTML, LOOKED_AT_AGAIN, answered, page, with_tag
from chalicelib.entry.visiting import Place
from chalicelib.grammar.fold import fold
from chalicelib.links import is_theirs, read_link
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import queries
from chalicelib.store.queries import ActionPage
from chalicelib.store.tables import MEMBER_SHARDS
from chalicelib.web import addresses
from chalicelib.web.views import Site

pages = Blueprint(__name__)

LOOK = ["GET", "HEAD"]
CODE = re.compile(r"[A-Z]{2,12}[1-9]\d{0,4}")
KEYWORD = re.compile(r"[A-Z]{2,12}")
LONGEST_SEARCH = 80
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


def html(template: str, site: Site, **context: object) -> str:
    from chalicelib.web import render  # Jinja is for pages alone

    return render.page(template, site, **context)


def show(
    template: str, request: Any, path: str, world: Runtime, context: Mapping[str, object], status: int = 200
) -> Response:
    """A page for this request, in its language."""
    site = visiting.site_of(request, path, world)
    cookies = visiting.language_cookie(request, world.settings)
    keep = LOOKED_AT_AGAIN if status == 200 else "no-store"
    said = visiting.said(request, world)
    return page(html(template, site, **{"said": said, **context}), status, keep, Set_Cookie=cookies, Vary=VARY)


VARY = "Accept-Language, Cookie, User-Agent"


# --- what there is -----------------------------------------------------------------------------------


@pages.route("/", methods=LOOK)
def home() -> Response:
    """What is open, or what was searched for."""
    request, world = pages.current_request, runtime()
    wanted = {name: visiting.query(request, name)[:LONGEST_SEARCH] for name in ("words", "tag", "zip")}
    actions = found(queries.open_actions(), wanted["words"], wanted["tag"], wanted["zip"])
    path = addresses.home()
    context = {"actions": actions, "is_search": any(wanted.values()), **wanted}
    return show("home.html", request, path, world, context)


@pages.route("/g/{keyword}", methods=LOOK)
def group(keyword: str) -> Response:
    return show_group(keyword)


def show_group(keyword: str, **more: object) -> Response:
    request, world = pages.current_request, runtime()
    word = known_word(keyword)
    found_group = queries.group_page(word) if word else None
    if found_group is None:
        return nothing_at(keyword, request, world)
    path = addresses.group(word)
    site = visiting.site_of(request, path, world)
    ways = visiting.ways(request, word, site, world.settings)
    form = visiting.form(world, addresses.join(word), "join", g=word)
    context = {"group": queries.listed_part(found_group), "ways": ways, "form": form, **more}
    return show("group.html", request, path, world, context)


@pages.route("/a/{code}", methods=LOOK)
def action(code: str) -> Response:
    return show_action("action.html", visiting.on_page(known_code(code)))


@pages.route("/a/{code}/mine", methods=LOOK)
def mine(code: str) -> Response:
    """Only what the visitor has to do with it: looked at every few seconds while a YES is waited for."""
    return show_action("_part.html", visiting.on_page(known_code(code)))


def show_action(template: str, place: Place, **more: object) -> Response:
    request, world = pages.current_request, runtime()
    seen = seen_by(request, place, world)
    if seen is None:
        return nothing_at(place.what, request, world)
    return show_seen(template, request, place.back, world, seen, place, **more)


def show_seen(
    template: str, request: Any, path: str, world: Runtime, seen: ActionPage, place: Place, **more: object
) -> Response:
    browser = visiting.browser_of(request, place.cookie, world.settings) if place.cookie else None
    site = visiting.site_of(request, path, world)
    part = visiting.part_of(seen, place, browser, world)
    ways = visiting.ways(request, f"IN {seen.action.code}", site, world.settings)
    context = {"action": seen.action, "part": part, "ways": ways, "open_now": seen.open_now, **more}
    return show(template, request, path, world, context)


def seen_by(request: Any, place: Place, world: Runtime, is_bare: bool = False) -> ActionPage | None:
    """The action, with its visitor if their browser's cookie names one."""
    browser = visiting.browser_of(request, place.cookie, world.settings)
    return queries.action_page(place.what, browser.person if browser else "", is_bare) if place.what else None


def seen_by_all(code: str) -> ActionPage | None:
    """The action as it is to everybody. None: there is none, or that is no code."""
    known = known_code(code)
    return queries.action_page(known) if known else None


@pages.route("/a/{code}/live", methods=LOOK)
def live(code: str) -> Response:
    """The numbers alone, the same for everybody: 304 while they have not changed."""
    request, world = pages.current_request, runtime()
    seen = seen_by_all(code)
    if seen is None:
        return nothing_at(code, request, world)
    site = visiting.site_of(request, addresses.live(seen.action.code), world)
    piece = html("_live.html", site, action=seen.action)
    return with_tag(request, piece, HTML, "no-cache", Vary="Accept-Language, Cookie")


@pages.route("/a/{code}/share", methods=LOOK)
def share(code: str) -> Response:
    request, world = pages.current_request, runtime()
    seen = seen_by_all(code)
    if seen is None:
        return nothing_at(code, request, world)
    shared = seen.action
    base = world.settings.public_url
    site = visiting.site_of(request, addresses.share(shared.code), world)
    preview = addresses.embed(shared.code)
    context = {"action": shared, "snippets": snippets(shared, base, site), "preview": preview}
    return show("share.html", request, site.path, world, context)


def snippets(shared: ActionShown, base: str, site: Site) -> list[tuple[str, str]]:
    """What to copy, each with its title."""
    from chalicelib.web import oembed

    high = f"min-height:{oembed.CARD_HEIGHT}px"  # from the first moment, so that nothing moves
    place = f'<div data-giddyup="{shared.code}" style="{high}"></div>'
    script = f'<script src="{addresses.embed_script(base)}" async></script>\n{place}'
    frame = oembed.frame(shared, base, oembed.CARD_WIDTH, oembed.CARD_HEIGHT)
    feed = [("share_feed", addresses.feed(shared.keyword, "atom", base))] if shared.is_public else []
    found = [
        ("share_link", addresses.action(shared.code, base)),
        ("share_script", script),
        ("share_frame", frame),
        ("share_calendar", addresses.event(shared.code, base)),
        *feed,
    ]
    return [(published(site.lang, key), text) for key, text in found]


# --- a personal link ---------------------------------------------------------------------------------


@pages.route("/p/{token}", methods=LOOK)
def personal(token: str) -> Response:
    """Nobody's in the wrong hands: what it says is only shown, and it ends with its action."""
    request, world = pages.current_request, runtime()
    seen = by_personal_link(token, world)
    if seen is None:
        return nothing_at("", request, world)
    code, path = seen.action.code, addresses.personal(token)
    if not seen.action.is_open:  # whose it was is nobody's business any more
        seen = ActionPage(seen.action, None, seen.open_now)
    shown = show_seen(
        "personal.html", request, path, world, seen, visiting.by_link(code, token), not_you=addresses.action(code)
    )
    shown.headers |= {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    shown.status_code = 200 if seen.action.is_open else 410
    return shown


def by_personal_link(token: str, world: Runtime, is_bare: bool = False) -> ActionPage | None:
    """The action with the person whose link it is. None: forged, cut short, or nobody's any more."""
    link = read_link(token, MEMBER_SHARDS)
    if link is None or not CODE.fullmatch(link.code):
        return None
    people = queries.people_like(link.code, link.part, link.begins)
    person = next((one for one in people if is_theirs(world.settings, link, one)), "")
    seen = queries.action_page(link.code, person, is_bare) if person else None
    return seen if seen and seen.visitor else None


# --- the rest ----------------------------------------------------------------------------------------


@pages.route("/terms", methods=LOOK)
def terms() -> Response:
    return show("terms.html", pages.current_request, "/terms", runtime(), {})


@pages.route("/privacy", methods=LOOK)
def privacy() -> Response:
    return show("privacy.html", pages.current_request, "/privacy", runtime(), {})


@pages.route("/static/{file}", methods=LOOK)
def static(file: str) -> Response:
    return static_file(file)


@pages.route("/static/vendor/{file}", methods=LOOK)
def vendor(file: str) -> Response:
    return static_file(f"vendor/{file}")


def static_file(name: str) -> Response:
    """Only files that are there, by their own names. Kept for ever by who asks for one with the mark of its content."""
    request = pages.current_request
    kind = TYPES.get(name.rpartition(".")[2])
    path = addresses.STATIC / name
    is_ours = kind and re.fullmatch(r"(vendor/)?[a-z-]+(\.min)?\.[a-z]+", name) and path.is_file()
    if not kind or not is_ours:
        return nothing_at("", request, runtime())
    keep = FOR_EVER if visiting.query(request, "v") == addresses.mark_of(name) else A_DAY
    return with_tag(request, path.read_bytes(), kind, keep)


@pages.route("/robots.txt", methods=LOOK)
def robots() -> Response:
    return answered("User-agent: *\nDisallow: /p/\nDisallow: /embed/\n", "text/plain; charset=utf-8", keep=A_DAY)


@pages.route("/{rest+}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def nothing() -> Response:
    """What no other route is for."""
    return nothing_at("", pages.current_request, runtime())


def known_code(code: str) -> str:
    """As codes are written, whatever case it came in; nothing, if it cannot be one."""
    written = fold(code).upper().replace(" ", "").lstrip("#")
    return written if CODE.fullmatch(written) else ""


def known_word(keyword: str) -> str:
    """The same for a group's word."""
    written = fold(keyword).upper()
    return written if KEYWORD.fullmatch(written) else ""


def nothing_at(what: str, request: Any, world: Runtime) -> Response:
    """404, with what somebody may have meant who looked for this code or word."""
    written = fold(what).upper()
    suggestions = alike(written, queries.open_codes()) if written else []
    shown = written if CODE.fullmatch(written) or KEYWORD.fullmatch(written) else ""
    return show("missing.html", request, "/", world, {"what": shown, "suggestions": suggestions}, 404)


def sorry(key: str, request: Any, world: Runtime, status: int) -> Response:
    """What went wrong, in words, and a way on."""
    site = visiting.site_of(request, "/", world)
    body = html("sorry.html", site, title=published(site.lang, f"{key}_title"), words=published(site.lang, key))
    return page(body, status, Vary=VARY)


def published(lang: str, key: str) -> str:
    from chalicelib.web import words

    return words.say(lang, key)
