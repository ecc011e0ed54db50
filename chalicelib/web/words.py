"""What pages, feeds, calendars and pictures say of an action, in the words of a language."""

from __future__ import annotations

import re
from datetime import datetime
from types import ModuleType

from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import State
from chalicelib.core.showing import ActionShown
from chalicelib.languages import LANGUAGES, amount, en

# Pixels, as Open Graph and Twitter's large card want them. Here, so that who names them need not load what draws.
PICTURE_SIZE = (1200, 630)

# XML 1.0, 2.2, forbids most of these; the rest turn a text's direction around, and so hide what it says.
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")


def say(lang: str, key: str, **fills: str | int) -> str:
    """One of PUBLISHED, in English if we do not speak the language. A key or fill that is missing is a KeyError."""
    text: str = speaking(lang).PUBLISHED[key].format_map(fills)
    return text


def desk_say(lang: str, key: str, **fills: str | int) -> str:
    """One of DESK_SAID, likewise."""
    text: str = speaking(lang).DESK_SAID[key].format_map(fills)
    return text


def speaking(lang: str) -> ModuleType:
    return LANGUAGES.get(lang, en)


def line(text: str) -> str:
    """What somebody wrote, in one line and without characters that cannot be shown."""
    return " ".join(UNSHOWN.sub(" ", text).split())


def when(action: ActionShown, lang: str) -> str:
    """Its start, or how long it lasts if it has none; with the zone, as readers may be anywhere."""
    if action.starts_at:
        return _moment("when", action.starts_at, lang)
    if action.state in LIVE:
        return _moment("until", action.ends_at, lang)
    return _moment("when", action.ended_at or action.ends_at, lang)


def _moment(key: str, at: datetime, lang: str) -> str:
    language, zone = speaking(lang), at.tzname() or "UTC"
    zone = zone if zone.isalpha() else f"UTC{zone}"  # many zones have no name but their offset, such as -03
    return say(lang, key, moment=accented(language, language.moment(at)), zone=zone)


def accented(language: ModuleType, text: str) -> str:
    return " ".join(language.ACCENTED.get(word, word) for word in text.split(" "))


def where(action: ActionShown) -> str:
    """The place with its ZIP, as far as they are known."""
    return line(action.place if action.zip in action.place else f"{action.place} {action.zip}")


def count(action: ActionShown, lang: str) -> str:
    """How many are wanted and in, for as long as it can be answered."""
    coming, need = action.coming, action.need
    if need is None:
        return say(lang, "count_any" if coming else "count_any_nobody", coming=coming)
    if action.is_full:
        return say(lang, "count_full", coming=coming, need=need)
    if not coming:
        return say(lang, "count_nobody_one" if need == 1 else "count_nobody", need=need)
    free = need - coming
    return say(lang, "count_last" if free == 1 else "count", coming=coming, need=need, free=free)


def state(action: ActionShown, lang: str) -> str:
    """In a word or two. Full, too, while a seat that was just taken has not been counted."""
    shown = State.FILLED if action.state is State.OPEN and action.is_full else action.state
    return say(lang, f"state_{shown}")


def result(action: ActionShown, lang: str) -> str:
    """What came of it: "Done: 9 came, 40 boxes, 12 hours". Nothing while it can be answered."""
    if action.is_open:
        return ""
    if action.state is not State.DONE:
        return state(action, lang)
    key = {0: "result_done_nobody", 1: "result_done_one"}.get(action.came or 0, "result_done")
    return ", ".join([say(lang, key, came=action.came or 0), *amounts(action, lang)])


def amounts(action: ActionShown, lang: str) -> list[str]:
    """What was reported done, unit by unit: "40 boxes"."""
    language = speaking(lang)
    each = (f"{_plain(number)} {line(unit)}" for unit, number in sorted(action.amounts.items()))
    return [accented(language, amount(language, one)) for one in each]


def _plain(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def numbers(action: ActionShown, lang: str) -> str:
    """How it stands: how many are in, or what came of it."""
    return result(action, lang) or count(action, lang)
