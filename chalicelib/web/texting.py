"""Texts written for somebody to send: links that open the texting app, and the same as a QR code."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

import segno

APPLE = re.compile(r"iPhone|iPad|iPod|Macintosh")  # an iPad says that it is a Macintosh


def sms_link(number: str, words: str, user_agent: str) -> str:
    """Opens the texting app with the words written to a number (E.164).

    RFC 5724 puts the body behind "?", which all take but Apple's: they have it as one more field of the recipient.
    """
    joint = "&" if APPLE.search(user_agent) else "?"
    return f"sms:{number}{joint}body={quote(words, safe='')}"


def qr_svg(number: str, words: str, label: str) -> str:
    """An SVG element whose code a phone's camera reads as a text to send. `label` says so to who cannot see it.

    It has a ground of its own, quiet zone and all: cameras read dark on light only, in a dark page too.
    """
    code = segno.make(f"SMSTO:{number}:{words}", error="m", micro=False)
    drawn = code.svg_inline(svgclass=None, lineclass=None, omitsize=True, dark="#000", light="#fff")
    return f'<svg role="img" aria-label="{escape(label)}"{drawn.removeprefix("<svg")}'
