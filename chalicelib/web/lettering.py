"""Letters for pictures: Pillow's own font, and the accents that it lacks, put together from marks that it has.

No font is taken from the machine, where there may be none: what is drawn is the same everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from chalicelib.web.words import line

MOST = 300  # characters: no picture of ours has room for more
ELLIPSIS = "…"
NO_LETTER = "\uffff"
DOTTED = frozenset("ij")
TURNED = {"¿": "?", "¡": "!"}
LIKE = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("•∙", "·"), "×": "x", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o",
     "Ø": "O", "ı": "i", "€": "EUR ", "£": "GBP "}
)  # fmt: skip


class Mark(NamedTuple):
    """What stands for an accent, and how large it is beside the letter."""

    drawn: str
    scale: float
    is_below: bool = False


MARKS = {
    "\u0300": Mark("`", 1.0),
    "\u0301": Mark("´", 1.0),
    "\u0302": Mark("^", 0.5),
    "\u0303": Mark("~", 0.62),
    "\u0308": Mark("..", 0.85),
    "\u030a": Mark("°", 0.7),
    "\u0327": Mark(",", 0.8, is_below=True),
}


class Type(NamedTuple):
    """A size in pixels, and how much bolder than the font it is, in pixels on each side."""

    size: int
    stroke: float = 0.0

    def scaled(self, scale: float) -> Type:
        return Type(round(self.size * scale), self.stroke * (0.4 + 0.6 * scale))


@lru_cache(64)
def face(size: int) -> ImageFont.FreeTypeFont:
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)  # Pillow is built with FreeType
    return found


@lru_cache(4096)
def has_letter(character: str) -> bool:
    """The font draws a box for what it has not."""
    font = face(40)
    return bytes(font.getmask(character)) != bytes(font.getmask(NO_LETTER))


def writable(text: str) -> str:
    """The text in one line, without what cannot be drawn: emoji, other alphabets. At most MOST characters of it."""
    begin = unicodedata.normalize("NFC", line(text).translate(LIKE))[:MOST]
    kept = "".join(_written(one) for one in begin)
    return " ".join(kept.split())


@lru_cache(4096)
def _written(character: str) -> str:
    if has_letter(character) or character in TURNED or _parts(character)[1]:
        return character
    plainer = unicodedata.normalize("NFKD", character)  # ½ and letters in fancy dress
    return "".join(one for one in plainer if has_letter(one))


@lru_cache(4096)
def _parts(character: str) -> tuple[str, Mark | None]:
    """A letter without its accent, and the accent: None where the font has the letter, or it has no accent we know."""
    letter, accents = (apart := unicodedata.normalize("NFD", character))[:1], apart[1:]
    if has_letter(character) or accents not in MARKS or not has_letter(letter):
        return character, None
    return letter, MARKS[accents]


def bare(text: str) -> str:
    """As wide as the text, in letters that the font has."""
    return "".join(TURNED.get(one, _parts(one)[0]) for one in text)


def width(text: str, kind: Type) -> float:
    return face(kind.size).getlength(bare(text)) + 2 * kind.stroke


def write(image: Image.Image, left: float, baseline: float, text: str, kind: Type, fill: str) -> None:
    """Draws what `writable` left of a text, in one line."""
    pad = kind.size // 2
    mask = Image.new("L", (ceil(width(text, kind)) + 2 * pad, 2 * kind.size + pad))
    pen, ground = float(pad), mask.height - kind.size // 2
    for run in re.split("([¿¡])", text):
        if run in TURNED:
            _write_turned(mask, pen, ground, TURNED[run], kind)
        elif run:
            _write_run(mask, pen, ground, run, kind)
        pen += face(kind.size).getlength(bare(run))
    image.paste(fill, (round(left) - pad, round(baseline) - ground), mask)


def _write_run(mask: Image.Image, left: float, ground: int, run: str, kind: Type) -> None:
    draw, font = ImageDraw.Draw(mask), face(kind.size)
    draw.text((left, ground), bare(run), 255, font, "ls", stroke_width=kind.stroke)
    for at, character in enumerate(run):
        letter, mark = _parts(character)
        if mark is None:
            continue
        end = left + font.getlength(bare(run[: at + 1]))
        begin = end - font.getlength(letter)
        top = ground - _height("x" if letter in DOTTED else letter, kind)
        if letter in DOTTED:
            draw.rectangle((begin, 0, end - 1, top - 1), 0)  # the accent takes the place of the dot
        _write_mark(mask, (begin + end) / 2, ground if mark.is_below else top, mark, kind)


def _write_mark(mask: Image.Image, middle: float, edge: int, mark: Mark, kind: Type) -> None:
    """Above the letter, whose edge is its top; or below."""
    drawn, gap = _inked(mark.drawn, kind.scaled(mark.scale)), max(1, kind.size // 16)
    top = edge if mark.is_below else edge - gap - drawn.height
    mask.paste(255, (round(middle - drawn.width / 2), top), drawn)


def _write_turned(mask: Image.Image, left: float, ground: int, letter: str, kind: Type) -> None:
    """Upside down, and as high as small letters, as ¿ and ¡ are."""
    drawn, advance = _inked(letter, kind).rotate(180), face(kind.size).getlength(letter)
    top = ground - _height("x", kind)
    mask.paste(255, (round(left + (advance - drawn.width) / 2), top), drawn)


def _height(letter: str, kind: Type) -> int:
    """From the line that letters stand on to the letter's top, in pixels."""
    return ceil(kind.stroke - face(kind.size).getbbox(letter, anchor="ls")[1])


def _inked(text: str, kind: Type) -> Image.Image:
    """The letters alone, with nothing around them."""
    font = face(kind.size)
    mask = Image.new("L", (ceil(font.getlength(text)) + kind.size, 3 * kind.size))
    at = (kind.size // 2, 2 * kind.size)
    ImageDraw.Draw(mask).text(at, text, 255, font, "ls", stroke_width=kind.stroke)
    return mask.crop(mask.getbbox())


def wrapped(text: str, kind: Type, room: float, most: int) -> tuple[list[str], bool]:
    """In lines no wider than `room` pixels and no more than `most`; and whether that is all of it."""
    lines = [""]
    for word in _broken(text.split(" "), kind, room):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, kind) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) <= most:
        return lines, True
    return [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), kind, room)], False


def balanced(lines: list[str], kind: Type, room: float) -> list[str]:
    """The same words in as many lines, of about the same length: none left over for the last."""
    narrower = wrapped(" ".join(lines), kind, room * 0.95, len(lines))
    while len(lines) > 1 and narrower[1]:
        lines, room = narrower[0], room * 0.95
        narrower = wrapped(" ".join(lines), kind, room * 0.95, len(lines))
    return lines


def _broken(words: list[str], kind: Type, room: float) -> list[str]:
    """The words, those that are wider than a line in pieces that are not."""
    pieces = []
    for word in words:
        while word and width(word, kind) > room:
            fits = max(1, _fitting(word, kind, room))
            pieces.append(word[:fits])
            word = word[fits:]
        pieces.append(word)
    return pieces


def cut(text: str, kind: Type, room: float) -> str:
    """The text, or its beginning with an ellipsis."""
    if width(text, kind) <= room:
        return text
    fits = _fitting(text, kind, room - width(ELLIPSIS, kind))
    return text[:fits].rstrip(" ,;:.-") + ELLIPSIS


def _fitting(text: str, kind: Type, room: float) -> int:
    """How many of its first characters do."""
    return bisect_right(range(1, len(text) + 1), room, key=lambda n: width(text[:n], kind))
