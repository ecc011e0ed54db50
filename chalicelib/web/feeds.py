"""Feeds of a group or a tag: Atom (RFC 4287) and JSON Feed 1.1. The same actions make the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chalicelib.core.showing import ActionShown
from chalicelib.web import addresses
from chalicelib.web.words import line, numbers, when, where

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"
JSON_FEED = "https://jsonfeed.org/version/1.1"
NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)  # when a feed without entries was updated


def atom(
    title: str, address: str, self_address: str, actions: Iterable[ActionShown], base: str, lang: str = "en"
) -> str:
    """`address` is the page that the feed is of, `self_address` the feed's own; `base` is PUBLIC_URL."""
    entries = newest_first(actions)
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": lang})
    _add(feed, "id", self_address)
    _add(feed, "title", line(title))
    _add(feed, "updated", stamp(updated_at(entries[0]) if entries else NOTHING_YET))
    _add(_add(feed, "author"), "name", line(title))
    _add(feed, "link", rel="self", type="application/atom+xml", href=self_address)
    _add(feed, "link", rel="alternate", type="text/html", href=address)
    for action in entries:
        feed.append(entry(action, base, lang))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'


def entry(action: ActionShown, base: str, lang: str) -> Element:
    """One action; the address of its page is its id."""
    made, page = Element("entry"), addresses.action(action.code, base)
    _add(made, "id", page)
    _add(made, "title", line(action.words))
    _add(made, "updated", stamp(updated_at(action)))
    _add(made, "published", stamp(opened_at(action)))
    author = _add(made, "author")
    _add(author, "name", line(action.group))
    _add(author, "uri", addresses.group(action.keyword, base))
    _add(made, "link", rel="alternate", type="text/html", href=page)
    for tag in tags(action):
        _add(made, "category", term=tag)
    told = _add(_add(made, "content", type="xhtml"), "div", xmlns=XHTML)
    for text in tells(action, lang):
        _add(told, "p", text)
    indent(made)
    return made


def _add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    child = SubElement(parent, name, attributes)
    child.text = text or None
    return child


def json_feed(
    title: str, address: str, self_address: str, actions: Iterable[ActionShown], base: str, lang: str = "en"
) -> str:
    """The same as `atom`, as JSON."""
    feed = {
        "version": JSON_FEED,
        "title": line(title),
        "home_page_url": address,
        "feed_url": self_address,
        "language": lang,
        "authors": [{"name": line(title)}],
        "items": [item(action, base, lang) for action in newest_first(actions)],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def item(action: ActionShown, base: str, lang: str) -> dict[str, Any]:
    page = addresses.action(action.code, base)
    return {
        "id": page,
        "url": page,
        "title": line(action.words),
        "content_text": "\n".join(tells(action, lang)),
        "image": addresses.picture(action.code, base),
        "date_published": stamp(opened_at(action)),
        "date_modified": stamp(updated_at(action)),
        "authors": [{"name": line(action.group), "url": addresses.group(action.keyword, base)}],
        "tags": tags(action),
    }


def newest_first(actions: Iterable[ActionShown]) -> list[ActionShown]:
    return sorted(sorted(actions, key=lambda one: one.code), key=updated_at, reverse=True)


def opened_at(action: ActionShown) -> datetime:
    return action.opened_at or action.starts_at or action.ends_at


def updated_at(action: ActionShown) -> datetime:
    """When it opened or ended. Who comes and goes in between is no news: readers would be shown it again each time."""
    return action.ended_at or opened_at(action)


def tells(action: ActionShown, lang: str) -> list[str]:
    """What, when, where, and how it stands."""
    return [text for text in (line(action.words), when(action, lang), where(action), numbers(action, lang)) if text]


def tags(action: ActionShown) -> list[str]:
    return [line(tag.lstrip("#")) for tag in action.tags]


def stamp(at: datetime) -> str:
    """RFC 3339, in UTC and whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
