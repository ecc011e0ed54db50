"""What other sites and programs get: the card in a frame, the script that puts it there, oEmbed, feeds, calendars."""

from __future__ import annotations

import json

from chalice.app import Blueprint, Response

from chalicelib.core.showing import ActionShown, GroupShown
from chalicelib.entry import visiting
from chalicelib.entry.answers import ANYWHERE, JSON, LOOKED_AT_AGAIN, answered, with_tag
from chalicelib.entry.pages import LOOK, VARY, known_code, known_word, nothing_at, seen_by_all, show_action
from chalicelib.grammar.fold import fold
from chalicelib.runtime import runtime
from chalicelib.store import queries
from chalicelib.web import addresses

widgets = Blueprint(__name__)

A_MINUTE = "public, max-age=60"
AN_HOUR = "public, max-age=3600"
ATOM, JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json"
CALENDAR = "text/calendar; charset=utf-8"
XML = "text/xml; charset=utf-8"
OPEN_TO_ALL = {"Access_Control_Allow_Origin": "*"}
MOST_WIDE = 10_000  # pixels


@widgets.route("/embed/{code}", methods=LOOK)
def embed(code: str) -> Response:
    """The card alone: the only page that others may show in a frame."""
    return framed(show_action("embed.html", visiting.on_card(known_code(code))))


def framed(shown: Response) -> Response:
    policy = str(shown.headers["Content-Security-Policy"])
    shown.headers["Content-Security-Policy"] = policy.partition("frame-ancestors")[0] + ANYWHERE
    shown.headers.pop("X-Frame-Options", None)
    return shown


@widgets.route("/embed.js", methods=LOOK)
def embed_script() -> Response:
    script = (addresses.STATIC / "embed.js").read_bytes()
    return with_tag(widgets.current_request, script, "text/javascript; charset=utf-8", AN_HOUR, **OPEN_TO_ALL)


@widgets.route("/oembed", methods=LOOK)
def oembed() -> Response:
    """https://oembed.com: 404 for what is none of our actions, 501 for a format that there is not."""
    from chalicelib.web import oembed as oembeds

    request, world = widgets.current_request, runtime()
    base, brand = world.settings.public_url, world.settings.brand
    form = visiting.query(request, "format") or "json"
    if form not in {"json", "xml"}:
        return answered("format is json or xml", "text/plain; charset=utf-8", 501, **OPEN_TO_ALL)
    code = oembeds.code_of(visiting.query(request, "url"), base)
    seen = queries.action_page(code) if code else None
    if seen is None:
        return answered("url is the address of none of our actions", "text/plain; charset=utf-8", 404, **OPEN_TO_ALL)
    width, height = (pixels(visiting.query(request, name)) for name in ("maxwidth", "maxheight"))
    told = oembeds.oembed(seen.action, base, width, height, brand)
    body, kind = (oembeds.as_xml(told), XML) if form == "xml" else (json.dumps(told, ensure_ascii=False), JSON)
    return with_tag(request, body, kind, A_MINUTE, **OPEN_TO_ALL)


def pixels(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= MOST_WIDE else None


@widgets.route("/a/{code}/card.png", methods=LOOK)
def picture(code: str) -> Response:
    """What a link's preview shows."""
    from chalicelib.web import picture as pictures  # Pillow is for this alone

    request, world = widgets.current_request, runtime()
    seen = seen_by_all(code)
    if seen is None:
        return nothing_at(known_code(code), request, world)
    drawn = pictures.card_png(seen.action, visiting.language_of(request), world.settings.brand)
    return with_tag(request, drawn, "image/png", A_MINUTE, Vary="Accept-Language, Cookie")


@widgets.route("/a/{code}/event.ics", methods=LOOK)
def event(code: str) -> Response:
    from chalicelib.web import calendars

    request, world = widgets.current_request, runtime()
    seen = seen_by_all(code)
    if seen is None:
        return nothing_at(known_code(code), request, world)
    written = calendars.event(seen.action, world.settings.public_url, visiting.language_of(request))
    name = f'attachment; filename="{seen.action.code}.ics"'
    return with_tag(request, written, CALENDAR, LOOKED_AT_AGAIN, Content_Disposition=name)


@widgets.route("/g/{keyword}/calendar.ics", methods=LOOK)
def calendar(keyword: str) -> Response:
    """To subscribe to: a public group's actions."""
    from chalicelib.web import calendars

    request, world = widgets.current_request, runtime()
    group = public_group(keyword)
    if group is None:
        return nothing_at(keyword, request, world)
    written = calendars.calendar(group, world.settings.public_url, visiting.language_of(request))
    return with_tag(request, written, CALENDAR, A_MINUTE, Vary="Accept-Language, Cookie", **OPEN_TO_ALL)


def public_group(keyword: str) -> GroupShown | None:
    """None: there is none, or it is for whoever has a link. Only its public actions."""
    word = known_word(keyword)
    group = queries.group_page(word) if word else None
    return queries.public_part(group) if group and group.is_public else None


@widgets.route("/g/{keyword}/feed.atom", methods=LOOK)
def group_atom(keyword: str) -> Response:
    return group_feed(keyword, "atom")


@widgets.route("/g/{keyword}/feed.json", methods=LOOK)
def group_json(keyword: str) -> Response:
    return group_feed(keyword, "json")


def group_feed(keyword: str, kind: str) -> Response:
    group = public_group(keyword)
    if group is None:
        return nothing_at(keyword, widgets.current_request, runtime())
    base = runtime().settings.public_url
    page_address, own = addresses.group(group.keyword, base), addresses.feed(group.keyword, kind, base)
    return feed(kind, group.name, page_address, own, (*group.open, *group.past))


@widgets.route("/t/{tag}/feed.atom", methods=LOOK)
def tag_atom(tag: str) -> Response:
    return tag_feed(tag, "atom")


@widgets.route("/t/{tag}/feed.json", methods=LOOK)
def tag_json(tag: str) -> Response:
    return tag_feed(tag, "json")


def tag_feed(tag: str, kind: str) -> Response:
    """A tag that nothing has yet is an empty feed: somebody may want to hear of the first."""
    named = fold(tag).lstrip("#").replace(" ", "")
    base = runtime().settings.public_url
    home, own = addresses.home(base, tag=named), addresses.tag_feed(named, kind, base)
    return feed(kind, f"#{named}", home, own, queries.tagged(named))


def feed(kind: str, title: str, page_address: str, own: str, actions: tuple[ActionShown, ...]) -> Response:
    from chalicelib.web import feeds

    request, base = widgets.current_request, runtime().settings.public_url
    write, content_type = (feeds.atom, ATOM) if kind == "atom" else (feeds.json_feed, JSON_FEED)
    newest_first = tuple(sorted(actions, key=lambda one: one.opened_at or one.ends_at, reverse=True))
    written = write(title, page_address, own, newest_first, base, visiting.language_of(request))
    return with_tag(request, written, content_type, A_MINUTE, Vary=VARY, **OPEN_TO_ALL)
