"""What templates are given, beside what core/showing.py shows: who looks, in which language, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.core.model import Answer


@dataclass(frozen=True, slots=True)
class Site:
    """The same on every page. `number` is the one to text, as people write it ("" if there is none to show).

    `path` is this page's own, and `switch` the address of the same page in the `other` language.
    """

    brand: str
    base: str
    contact: str
    number: str
    lang: str
    other: str
    path: str
    switch: str


@dataclass(frozen=True, slots=True)
class Ways:
    """How to say it by text: the words, a link that opens the texting app with them written, the same as a QR code.

    `sms` is "" where there is no number to text; `qr` is an SVG element, ready to stand in a page.
    """

    words: str
    sms: str = ""
    qr: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """Where a form is posted, and the hidden field `token` by which it counts once."""

    action: str
    token: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a page's visitor has to do with its action, and what they can do now.

    `who` says whom we take them for, so that they would know themselves ("Ann, …05"); "": a stranger. `is_asked`: their
    number was typed here, and waits for a YES by text. `forms` are by verb: in, maybe, out; `number` (a stranger gives
    one) and `forget` (this browser).
    """

    who: str = ""
    answer: Answer | None = None
    seats: int = 0
    is_asked: bool = False
    is_stopped: bool = False
    forms: Mapping[str, Form] = field(default_factory=dict)
