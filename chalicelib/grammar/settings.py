"""From what a rule matched to the command it means: a person's own settings."""

from __future__ import annotations

import re

from chalicelib.core import commands as ask
from chalicelib.core.hours import zone_named
from chalicelib.grammar.building import Heard, lacking, prose
from chalicelib.grammar.vocabulary import Pattern, any_of

NAME_PROSE = prose("name_prose")
SPEAKS_ENGLISH, SPEAKS_SPANISH = Pattern(lambda: any_of("speak_english")), Pattern(lambda: any_of("speak_spanish"))

LONGEST_NAME, MOST_NAMES = 40, 4
_OF_MINE = frozenset({"please", "por favor"})


def build_name(heard: Heard) -> ask.SetName | ask.Unclear | None:
    said = heard.said
    name = " ".join(said.between(heard.end + 1, len(said.folded)).split()) if not heard.is_bare() else ""
    is_name = name and len(name) <= LONGEST_NAME and name.count(" ") < MOST_NAMES and not re.search(r"[\d?@#/]", name)
    if is_name and not NAME_PROSE.match(said.folded, heard.end) and "?" not in said.original:
        return ask.SetName(name)
    is_prose = NAME_PROSE.match(said.folded, heard.end) or "?" in said.original
    return None if is_prose and not heard.is_bare() else lacking(heard)


def build_show_name(heard: Heard) -> ask.ShowName | None:
    return ask.ShowName(heard.name == "show_name") if not heard.rest() or heard.token() in _OF_MINE else None


def build_zip(heard: Heard) -> ask.SetZip | ask.Unclear | None:
    found = re.fullmatch(r" (\d{5})(?:-\d{4})?", heard.rest())
    return ask.SetZip(found[1]) if found else lacking(heard)


def build_zone(heard: Heard) -> ask.SetZone | ask.Unclear | None:
    """A zone by what people call it, by a city, or by its name in the zone database."""
    if heard.is_bare():
        return lacking(heard)
    said = heard.said.words_after(heard.end).strip()
    if zone := zone_named(said) or zone_named(f"hora {said}"):
        return ask.SetZone(zone)
    return ask.SetZone(said.lower(), is_known=False) if heard.token() else None


def build_lang(heard: Heard) -> ask.SetLang | ask.Unclear | None:
    language = heard.rest()[1:]
    if not language:
        return lacking(heard)
    if SPEAKS_ENGLISH.fullmatch(language):
        return ask.SetLang("en")
    if SPEAKS_SPANISH.fullmatch(language):
        return ask.SetLang("es")
    return ask.SetLang(heard.said.words_after(heard.end).lower()) if heard.token() else None


def build_language_name(heard: Heard) -> ask.SetLang | None:
    """The language's own name alone: "ESPAÑOL"."""
    if not heard.is_bare():
        return None
    return ask.SetLang("es" if SPEAKS_SPANISH.fullmatch(heard.match["words"]) else "en")


_HOUR = r"(\d{1,2})(?::00)? ?([ap] ?m)?"
_HOURS = Pattern(lambda: rf" (?:{any_of('from')} )?{_HOUR}(?: ?- ?| {any_of('until')} ){_HOUR}")
_OFF = Pattern(lambda: f" {any_of('off')}")


def build_quiet(heard: Heard) -> ask.SetQuiet | ask.Unclear | None:
    if _OFF.fullmatch(heard.rest()):
        return ask.SetQuiet(None, None)
    if hours := read_hours(heard.rest()):
        return ask.SetQuiet(*hours)
    return ask.Unclear(heard.name, heard.said.original) if _HOURS.fullmatch(heard.rest()) else lacking(heard)


def read_hours(said: str) -> tuple[int, int] | None:
    """ " 22-7", " from 10pm to 7am", folded: from which hour to which."""
    found = _HOURS.fullmatch(said)
    if found is None:
        return None
    start, end = _hour(found[1], found[2]), _hour(found[3], found[4])
    return (start, end) if start is not None and end is not None and start != end else None


def _hour(digits: str, half: str | None) -> int | None:
    hour = int(digits)
    if half:
        return hour % 12 + (12 if half[0] == "p" else 0) if 1 <= hour <= 12 else None
    return hour % 24 if hour <= 24 else None


def build_me(heard: Heard) -> ask.Me | None:
    return ask.Me() if heard.is_bare() else None
