"""oEmbed 1.0: what a site that is given an action's address puts in its place."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from chalicelib.core.showing import ActionShown
from chalicelib.web import addresses
from chalicelib.web.words import PICTURE_SIZE, line

CARD_WIDTH, CARD_HEIGHT = 480, 480  # CSS pixels
NARROW, NARROW_HEIGHT = 360, 520  # below that width lines break, and a card needs more height
CACHE_SECONDS = 300
PORTS = {"http": 80, "https": 443}
CARD = re.compile(r"/(?:a|embed)/([A-Za-z0-9]{1,20})/?")


def oembed(
    action: ActionShown,
    base: str,
    max_width: int | None = None,
    max_height: int | None = None,
    brand: str = "Giddyup",
) -> dict[str, Any]:
    """Of type rich: the card in an iframe, no larger than `max_width` and `max_height`, in CSS pixels."""
    width = at_most(CARD_WIDTH, max_width)
    height = at_most(CARD_HEIGHT if width >= NARROW else NARROW_HEIGHT, max_height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": line(action.words),
        "author_name": line(action.group),
        "author_url": addresses.group(action.keyword, base),
        "provider_name": brand,
        "provider_url": addresses.home(base),
        "cache_age": CACHE_SECONDS,
        "thumbnail_url": addresses.picture(action.code, base),
        "thumbnail_width": PICTURE_SIZE[0],
        "thumbnail_height": PICTURE_SIZE[1],
        "html": frame(action, base, width, height),
        "width": width,
        "height": height,
    }


def at_most(size: int, most: int | None) -> int:
    return size if most is None else max(1, min(size, most))


def frame(action: ActionShown, base: str, width: int, height: int) -> str:
    """Without inline style, which the Content-Security-Policy of a site may forbid."""
    attributes = {
        "src": addresses.embed(action.code, base),
        "title": f"Giddyup {action.code}",  # nobody's words: some readers put them into a page unescaped
        "width": str(width),
        "height": str(height),
        "frameborder": "0",
        "loading": "lazy",
    }
    # As HTML, so that the tag is closed; < and > are escaped as well, for readers who look for tags in attributes.
    return tostring(Element("iframe", attributes), encoding="unicode", short_empty_elements=False)


def as_xml(answer: dict[str, Any]) -> str:
    root = Element("oembed")
    for name, value in answer.items():
        SubElement(root, name).text = str(value)
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n{tostring(root, encoding="unicode")}\n'


def code_of(url: str, base: str) -> str | None:
    """The code of the action that an address of ours shows, whatever follows it; None for all other addresses."""
    try:
        asked, ours = urlsplit(url.strip()), urlsplit(base)
        is_ours = _site(asked) == _site(ours) and asked.scheme in PORTS and asked.username is None
    except ValueError:  # no address at all: a port that is no number, a broken IPv6
        return None
    begins = ours.path.rstrip("/")
    if not is_ours or not asked.path.startswith(begins):
        return None
    found = CARD.fullmatch(asked.path.removeprefix(begins))
    return found[1].upper() if found else None


def _site(address: SplitResult) -> tuple[str | None, int | None]:
    """Host and port, the latter None where the scheme says it: http and https of a host are the same site."""
    return address.hostname, None if address.port == PORTS.get(address.scheme) else address.port
