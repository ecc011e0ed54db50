"""What organizers set for their group: which setting a word means, and what its value says, by text or in a form."""

from __future__ import annotations

import re

from chalicelib.core import commands as ask
from chalicelib.core.hours import zone_named
from chalicelib.grammar.building import NOT_KEYWORD, Heard, lacking, prose
from chalicelib.grammar.fold import fold
from chalicelib.grammar.reserved import RESERVED
from chalicelib.grammar.settings import SPEAKS_ENGLISH, SPEAKS_SPANISH, read_hours
from chalicelib.grammar.vocabulary import Pattern, any_of, phrases

# Each is what its words in WORDS begin with set_ for; core/grouping.py says where each goes.
NAMES = ("name", "welcome", "zone", "hours", "cap", "limit", "public", "languages", "countries", "tells")
NUMBERS = ("hours", "cap", "limit")  # whose value begins with a digit

SET_PROSE = prose("set_prose")
_SETTING = Pattern(
    lambda: rf" (?P<keyword>[a-z]{{2,12}}) (?P<what>{any_of(*(f'set_{name}' for name in NAMES))})(?P<rest> .*)?"
)
_NUMBER = Pattern(lambda: rf" (?P<what>{any_of(*(f'set_{name}' for name in NUMBERS))}) \d.*")
_OFF, _ALL, _FEW = Pattern(lambda: any_of("off")), Pattern(lambda: any_of("all")), Pattern(lambda: any_of("set_few"))
_YES = Pattern(lambda: any_of("yes", "set_on", "public"))
_NO = Pattern(lambda: any_of("no", "off", "private"))
_DOLLARS = re.compile(r"\$?\s*(?P<dollars>\d{1,6})(?:[.,](?P<cents>\d\d))?\s*(?:\$|dollars?|d[oó]lares|usd)?", re.I)
_DRESS = re.compile(r"^[^\w$€£¥+-]+|[^\w$€£¥+-]+$")  # "$25!", "America/Chicago 👍"
_BETWEEN = re.compile(r"[\s,;/&+]+")
_AND = frozenset(("and", "y", "e", "or", "o"))


def build_set_group(heard: Heard) -> ask.SetGroup | ask.Unclear | None:
    """ "set DIG hours 9-20", or without the word what begins with a number; "set up the tables" is prose."""
    said, rest = heard.said, heard.rest()
    if heard.is_bare():
        return lacking(heard)
    if NOT_KEYWORD.match(rest) or SET_PROSE.match(rest):
        return None
    if found := _NUMBER.fullmatch(rest):
        return ask.SetGroup(setting_named(found["what"]), said.after(heard.end + found.end("what")))
    found = _SETTING.fullmatch(rest)
    if not found or found["keyword"].upper() in RESERVED:
        return None
    value = said.after(heard.end + found.end("what"))
    if not value:
        return ask.Unclear(heard.name, said.original)
    return ask.SetGroup(setting_named(found["what"]), value, found["keyword"].upper())


def setting_named(word: str) -> str:
    """Which setting is called so, in either language. It is one of theirs: otherwise a StopIteration."""
    said = fold(word)
    return next(name for name in NAMES if said in phrases(f"set_{name}"))


# --- what a value says; None: nothing that can be read ----------------------------------------------------------------


def is_off(value: str) -> bool:
    """Nothing, or a word for it: as the installation has it."""
    return not value.strip() or bool(_OFF.fullmatch(fold(value)))


def hours_of(value: str) -> tuple[int, int] | None:
    return read_hours(f" {fold(value)}")


def number_of(value: str) -> int | None:
    said = fold(value)
    return int(said) if re.fullmatch(r"\d{1,4}", said) else None


def cents_of(value: str) -> int | None:
    """ "20", "$20", "12.50 dollars"."""
    found = _DOLLARS.fullmatch(undressed(value))
    return int(found["dollars"]) * 100 + int(found["cents"] or 0) if found else None


def zone_of(value: str) -> str | None:
    said = undressed(value)
    return zone_named(said) or zone_named(f"hora {said}")


def yes_or_no(value: str) -> bool | None:
    said = fold(value)
    return True if _YES.fullmatch(said) else False if _NO.fullmatch(said) else None


def all_or_few(value: str) -> bool | None:
    said = fold(value)
    return True if _ALL.fullmatch(said) else False if _FEW.fullmatch(said) else None


def undressed(value: str) -> str:
    """Without the marks around it; what stands within, a currency's sign and a minus stay as written."""
    return _DRESS.sub("", value)


def several(value: str) -> list[str]:
    """The words of a list, folded: "US, CA", "español e inglés"."""
    return [word for one in _BETWEEN.split(value.strip()) if (word := fold(one)) and word not in _AND]


def languages_of(value: str) -> tuple[str, ...] | None:
    """By what each is called in either language, in the order in which they are written."""
    found = [language_of(word) for word in several(value)]
    return tuple(dict.fromkeys(one for one in found if one)) if found and all(found) else None


def language_of(word: str) -> str:
    """ "" where it is none that we speak."""
    return "en" if SPEAKS_ENGLISH.fullmatch(word) else "es" if SPEAKS_SPANISH.fullmatch(word) else ""


def countries_of(value: str) -> tuple[str, ...] | None:
    """By their two letters (ISO 3166)."""
    found = [word.upper() for word in several(value)]
    return tuple(dict.fromkeys(found)) if found and all(re.fullmatch("[A-Z]{2}", one) for one in found) else None
