"""What a text costs: its encoding, its length in the carrier's units, and the segments that are billed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# 3GPP TS 23.038, 6.2.1: the default alphabet, and what is reached through an escape and so costs two.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_ESCAPED = frozenset("^{}\\[]~|€\f")
GSM_ALL = GSM_BASIC | GSM_ESCAPED

# Units that fit in a text alone, and in each part of a longer one, whose header takes the rest.
ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
A_PART: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}

JOINER = "\u200d"

LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\t", " "),
        **dict.fromkeys("\u200b\ufeff\u00ad", ""),
        "…": "...",
        "•": "*",
        **dict(zip("áíóúâêîôûãõçÁÍÓÚÂÊÎÔÛÀÈÌÒÙÃÕ", "aiouaeiouaocAIOUAEIOUAEIOUAO", strict=True)),
    }
)


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are septets in GSM-7 and UTF-16 code units in UCS-2; `count` is what is billed."""

    encoding: Encoding
    units: int
    count: int


def measure(text: str) -> Segments:
    """What the carrier would bill for this text. The empty text counts as one segment: it is sent as one.

    No escape pair, surrogate pair or grapheme is split across parts, so `count` may be more than division says.
    """
    if GSM_ALL.issuperset(text):
        sizes = [2 if character in GSM_ESCAPED else 1 for character in text]
        return _measured("GSM-7", sizes)
    return _measured("UCS-2", [sum(map(_utf16_units, grapheme)) for grapheme in graphemes(text)])


def plain(text: str) -> str:
    """The text with look-alikes swapped for what GSM-7 has: curly quotes, dashes, `…`, odd spaces, á í ó ú ç.

    For what is filled into our own sentences, such as names: one of these would halve what fits into a segment. What
    has no look-alike (emoji, other scripts) stays, and is counted by `measure`.
    """
    return unicodedata.normalize("NFC", text).translate(LOOK_ALIKES)


def graphemes(text: str) -> Iterator[str]:
    """What a reader sees as one character each, by a rule that covers phones: marks, joiners, skin tones, flags."""
    held = ""
    for character in text:
        if held and not _goes_on(held, character):
            yield held
            held = ""
        held += character
    if held:
        yield held


def _goes_on(held: str, character: str) -> bool:
    if held == "\r":
        return character == "\n"
    if held[-1] == JOINER:
        return not character.isspace()
    if _is_regional(character):
        return len(held) == 1 and _is_regional(held)
    return character == JOINER or "\U0001f3fb" <= character <= "\U0001f3ff" or unicodedata.category(character)[0] == "M"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _utf16_units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def _measured(encoding: Encoding, sizes: Iterable[int]) -> Segments:
    sizes = list(sizes)
    units = sum(sizes)
    if units <= ALONE[encoding]:
        return Segments(encoding, units, 1)

    most, count, used = A_PART[encoding], 1, 0
    for size in sizes:
        # A cluster that no part can hold (marks piled on a letter) has to be split: it starts a part of its own.
        if used and used + size > most:
            count, used = count + 1, 0
        count, used = count + (used + size - 1) // most, (used + size - 1) % most + 1
    return Segments(encoding, units, count)
