"""One file a language: WORDS that people may say, SENTENCES that we say; and `render`, which fills a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING

from chalicelib.grammar.segments import plain
from chalicelib.languages import en, es

if TYPE_CHECKING:
    from chalicelib.core.outcome import Say

LANGUAGES: Mapping[str, ModuleType] = {"en": en, "es": es}

# Fills that others typed and that must not turn our sentence into UCS-2, where only 70 characters fit.
OTHERS_TYPED = frozenset({"name", "names", "other", "place", "said", "task", "tasks", "listed", "welcome"})


def render(lang: str, sentence: Say) -> str:
    """The sentence in a language that we speak, English if we do not. A key or fill that is missing is a KeyError."""
    language = LANGUAGES.get(lang, en)
    fills = {name: shown(language, name, fill) for name, fill in sentence.fills.items()}
    text: str = language.SENTENCES[sentence.key].format_map(fills)
    return text


def shown(language: ModuleType, name: str, fill: str | int | float | datetime) -> str:
    """A fill as the language writes it: moments by its own calendar words, numbers without needless zeros."""
    if isinstance(fill, datetime):
        moment: str = language.moment(fill)
        return moment
    if isinstance(fill, float):
        return format(fill, "g")
    if name in OTHERS_TYPED:
        return plain(str(fill))
    if name == "pledges":
        return " ".join(language.SHOWN.get(word, word) for word in str(fill).split(" "))
    if name in {"done", "total"}:
        return ", ".join(amount(language, one) for one in str(fill).split(", "))
    return str(fill)


def amount(language: ModuleType, text: str) -> str:
    """So much of something ("3 boxes"), in the language's own word; one of it in its word for one."""
    n, _, unit = text.partition(" ")
    if n == "1":
        return f"{n} {language.ONE.get(unit, unit.removesuffix('s'))}"
    return f"{n} {language.SHOWN.get(unit, unit)}"
