"""Which language somebody writes: a guess for the first text only, until they say LANG."""

from __future__ import annotations

import re
from functools import cache

from chalicelib.grammar.fold import fold
from chalicelib.languages import LANGUAGES


@cache
def only_in(lang: str) -> frozenset[str]:
    """Words of our commands that this language alone has."""
    said = {name: words_of(name) for name in LANGUAGES}
    others = frozenset().union(*(words for name, words in said.items() if name != lang))
    return said[lang] - others


def words_of(lang: str) -> frozenset[str]:
    # Not what is counted: a group's own word may well be one of those, in whichever language its people speak.
    counted = LANGUAGES[lang].WORDS["unit"]
    phrases = (fold(phrase) for forms in LANGUAGES[lang].WORDS.values() if forms is not counted for phrase in forms)
    return frozenset(word for phrase in phrases for word in re.findall(r"[a-z]{2,}", phrase))


def language_of(text: str) -> str | None:
    """The language whose words these are, if only one language's are among them."""
    words = set(re.findall(r"[a-z]{2,}", fold(text)))
    found = [lang for lang in LANGUAGES if words & only_in(lang)]
    return found[0] if len(found) == 1 else None
