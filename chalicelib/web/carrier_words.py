"""What carriers say of texts that they did not bring, in the words of a language."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from chalicelib.web.words import accented, desk_say, speaking


def reason_words(error: int, meaning: str, lang: str) -> str:
    """Why a text did not arrive: of the commonest codes in words of their own, of others by what they mean for us.

    `meaning` is the name of one (delivery/carrier.py Meaning).
    """
    own = f"carrier_{error}"
    return desk_say(lang, own if own in speaking(lang).DESK_SAID else f"carrier_{meaning.lower()}")


def moment_words(at: datetime, zone: str, lang: str) -> str:
    """On the group's clock."""
    language = speaking(lang)
    return accented(language, language.moment(at.astimezone(ZoneInfo(zone))))


def day_words(day: str, lang: str) -> str:
    """Of a date in ISO: as a moment of the language has it, without the clock."""
    language, at = speaking(lang), datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo("UTC"))
    return accented(language, language.moment(at).rpartition(" ")[0])
