"""Personal links in alerts: short enough for a text, bound to person, action and verb, and nothing that one can guess.

Signed with the first of LINK_KEYS; all of them count, so that keys can be changed one by one.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import NamedTuple

from chalicelib.settings import Settings

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WHOSE = 5  # characters of a person's id: 25 bits, to find them by among a 16th of the group
SIGNED = 9  # 53 bits of a keyed hash over person, action and verb: what nobody can guess
PART = 1  # in which part of its group's members the person is
LINK_TAIL = PART + WHOSE + SIGNED
VERB = "in"  # the one that an alert's link is for


class Link(NamedTuple):
    """What a personal link says, before it is known to be true: DIG4, the part of the members, how the id begins."""

    code: str
    part: int
    begins: str
    signature: str


def link_token(settings: Settings, code: str, person: str, part: int, key: int = 0) -> str:
    """`DIG4` and 15 characters: short enough for a text, bound to person, action and verb."""
    return f"{code}{LETTERS[part]}{person[:WHOSE]}{link_signature(settings.link_keys[key], code, person)}"


def link_signature(key: str, code: str, person: str) -> str:
    digest = hmac.digest(key.encode(), f"link {VERB} {code} {person}".encode(), sha256)
    return in_letters(int.from_bytes(digest, "big"), SIGNED)


def in_letters(n: int, length: int) -> str:
    letters = []
    for _ in range(length):
        n, letter = divmod(n, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def read_link(token: str, parts: int) -> Link | None:
    """None: it is no personal link, whoever wrote it."""
    code, tail = token[:-LINK_TAIL], token[-LINK_TAIL:]
    is_one = code and tail.isascii() and tail.isalnum() and code.isascii() and code.isalnum()
    if not is_one or LETTERS.index(tail[0]) >= parts:
        return None
    return Link(code.upper(), LETTERS.index(tail[0]), tail[PART : PART + WHOSE].lower(), tail[PART + WHOSE :])


def is_theirs(settings: Settings, link: Link, person: str) -> bool:
    """Whether the link was made for this person. All keys are tried, each in constant time."""
    fits = [hmac.compare_digest(link_signature(key, link.code, person), link.signature) for key in settings.link_keys]
    return any(fits)
