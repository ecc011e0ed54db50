"""The words of all languages as patterns over folded text: whoever writes, English and Spanish are both understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, cached_property

from chalicelib.languages import en, es

ALL_WORDS = (en.WORDS, es.WORDS)

END_OF_WORD = r"(?![\w'])"


class Pattern:
    """A regular expression that is made when it is first needed: most texts need few, and a cold start none."""

    def __init__(self, source: Callable[[], str]) -> None:
        self._source = source

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self._source())

    def match(self, text: str, begin: int = 0) -> re.Match[str] | None:
        return self.regex.match(text, begin)

    def search(self, text: str) -> re.Match[str] | None:
        return self.regex.search(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self.regex.fullmatch(text)


class Hinted(Pattern):
    """One for texts that begin with no word of their own, looked at only where one of its `hints` is in the text."""

    def __init__(self, source: Callable[[], str], hints: frozenset[str]) -> None:
        super().__init__(source)
        self._hints = hints

    def match(self, text: str, begin: int = 0) -> re.Match[str] | None:
        return None if self._hints.isdisjoint(text.split(" ")) else super().match(text, begin)


@cache
def phrases(name: str) -> tuple[str, ...]:
    """Every phrase of that name, folded, the longest first: where two fit, the one that says more is meant."""
    found = {_unaccented(phrase) for words in ALL_WORDS for phrase in words[name]}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


def last_words(*names: str) -> frozenset[str]:
    return frozenset(phrase.split(" ")[-1] for name in names for phrase in phrases(name))


def any_of(*names: str, end: str = END_OF_WORD) -> str:
    """A pattern that matches any phrase of those names, to the end of its last word. Apostrophes may be missing."""
    found = [phrase for name in names for phrase in phrases(name)]
    return rf"(?:{'|'.join(map(_pattern, found))}){end}"


def _pattern(phrase: str) -> str:
    if phrase.endswith(("/", "@", "%")):  # these end a word already
        phrase += r"(?=\s|$)"
    # Repeats give nothing back: a text made to be slow to refuse ("ever again ever again …") is refused at once.
    phrase = phrase.replace(")*", ")*+").replace(")+", ")++")
    return phrase.replace("'", "'?").replace("{message}", _message()).replace("{end}", "$")


def _message() -> str:
    return f"(?:{'|'.join(phrases('message'))})"


def _unaccented(phrase: str) -> str:
    decomposed = unicodedata.normalize("NFKD", phrase.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
