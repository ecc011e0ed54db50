"""Texts made alike for matching (case, accents, emoji, punctuation, spaces), and the way back to what was written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

QUOTES = dict.fromkeys("‘’‛′´ʼ`", "'")
DASHES = {**dict.fromkeys("‐‑‒–−", "-"), **dict.fromkeys("—―", " ")}  # the long ones part clauses, not numbers

# Kept where they mean something: 6:15, 2.5, 22-7, don't, w/, +2, #flood, 5th & Main, @. Elsewhere they are spaces.
INSIDE_NUMBERS = frozenset(":.,")
INSIDE_WORDS = frozenset("'-_")
ANYWHERE = frozenset("/&@%")
BEFORE_WORDS = frozenset("+#")

# Between what was understood and the note that follows it.
SEPARATORS = " \t\r\n,.;:!?-–—…)]}»”’*"


def fold(text: str) -> str:
    """The text as it is matched: "¡Sí!" is "si", "Yep 👍" is "yep". What is said in emoji alone folds to nothing."""
    return Said.of(text).folded


@dataclass(frozen=True, slots=True)
class Said:
    """A text with its folded form; `places[i]` is where in the original the folded character i stands."""

    original: str
    folded: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Said:
        letters, places = [], []
        for place, character in enumerate(text):
            for letter in folded_character(character):
                letters.append(letter)
                places.append(place)
        return cls(text, *_joined(letters, places))

    def after(self, end: int) -> str:
        """What was written after folded[:end], without what separates it: the note as the person wrote it."""
        if end >= len(self.folded):
            return ""
        begin = self.places[end - 1] + 1 if end else 0
        return self.original[begin:].lstrip(SEPARATORS).rstrip()

    def words_after(self, end: int) -> str:
        """The same without what trails it: punctuation and emoji."""
        if end >= len(self.folded):
            return ""
        return self.original[self.places[end - 1] + 1 : self.places[-1] + 1].lstrip(SEPARATORS)

    def between(self, begin: int, end: int) -> str:
        """What was written for folded[begin:end], without what surrounds it."""
        return self.original[self.places[begin] : self.places[end - 1] + 1] if begin < end else ""

    def since(self, begin: int) -> Said:
        """What was said from folded[begin:] on."""
        return Said(self.original, self.folded[begin:], self.places[begin:])

    def written_after(self, end: int) -> str:
        """The same where it may be a message in emoji alone, which fold to nothing; "" where it is only punctuation."""
        written = self.original[self.places[end - 1] + 1 :].lstrip(SEPARATORS).rstrip()
        is_said = any(character.isalnum() or unicodedata.category(character) == "So" for character in written)
        return written if is_said else ""

    def is_minus_before(self, begin: int) -> bool:
        """Whether folded[begin:] was written with a minus right before it."""
        place = self.places[begin] if begin < len(self.places) else 0
        return place > 1 and self.original[place - 1] in "-‐‑‒–−" and self.original[place - 2].isspace()

    def is_broken_after(self, end: int) -> bool:
        """Whether the writer set off what follows folded[:end] with punctuation or an emoji: "In, with shovels"."""
        if end >= len(self.folded):
            return False
        gap = self.original[self.places[end - 1] + 1 : self.places[min(end + 1, len(self.folded) - 1)]]
        return any(not (character.isspace() or character in "#\"'¿¡(@&+") for character in gap)


@lru_cache(maxsize=4096)
def folded_character(character: str) -> str:
    """Nothing (zero-width, marks), a space (emoji, most punctuation), or what the character is matched as."""
    if character in QUOTES:
        return "'"
    if character in DASHES:
        return DASHES[character]
    if character in INSIDE_NUMBERS or character in INSIDE_WORDS or character in ANYWHERE or character in BEFORE_WORDS:
        return character
    kind = unicodedata.category(character)
    if kind == "No":  # "½" would otherwise come apart into 12
        return " "
    letters = "".join(part for part in unicodedata.normalize("NFKD", character).lower() if part.isalnum())
    if letters:
        return letters
    return "" if kind[0] == "M" or kind == "Cf" else " "


def _joined(letters: list[str], places: list[int]) -> tuple[str, tuple[int, ...]]:
    """Punctuation that stands in no word or number becomes space; spaces become one."""
    kept: list[str] = []
    kept_places: list[int] = []
    for index, (letter, place) in enumerate(zip(letters, places, strict=True)):
        before = letters[index - 1] if index else " "
        following = letters[index + 1] if index + 1 < len(letters) else " "
        if letter == "+" and following.isalnum() and kept and kept[-1] != " ":
            kept.append(" ")
            kept_places.append(place)
        if not _means_something(letter, before, following):
            letter = " "
        if letter == " " and (not kept or kept[-1] == " "):
            continue
        kept.append(letter)
        kept_places.append(place)
    if kept and kept[-1] == " ":
        kept.pop()
        kept_places.pop()
    return "".join(kept), tuple(kept_places)


def _means_something(letter: str, before: str, following: str) -> bool:
    if letter in INSIDE_NUMBERS:
        return before.isdigit() and following.isdigit()
    if letter in INSIDE_WORDS:
        return before.isalnum() and following.isalnum()
    if letter in BEFORE_WORDS:
        return following.isalnum()
    return True


EDGES = re.compile(r"[.!?;,:\n\r]+(?=\s|$)|\n")


def clauses(text: str) -> list[str]:
    """The text's clauses, folded: what stands between its marks."""
    edges = [0, *(match.end() for match in EDGES.finditer(text)), len(text)]
    return [fold(text[begin:end]) for begin, end in pairwise(edges)]
