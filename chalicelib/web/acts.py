"""What organizers and time did, in the words of a language: for the log of a group and the timeline of an action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.core.commands import AddOrganizer, EndTime, Go, Move, RemoveOrganizer, SetPublic, ShowNumber, TellAsked
from chalicelib.core.kept import Act
from chalicelib.web.words import accented, desk_say, line, speaking

# What an act's note is, where it is not a few words that are shown as they are.
CHOOSES = {kind.__name__ for kind in (Go, SetPublic, TellAsked, EndTime)}  # which sentence it is
NAMES = {kind.__name__ for kind in (AddOrganizer, RemoveOrganizer, ShowNumber)}  # a person, by id
TIMES = {Move.__name__}


def act_words(act: Act, names: Mapping[str, str], lang: str) -> str:
    """A whole line of a log: "Ruth, by text: GO: DIG4 to 120 people"; of what time did only what that was.

    `names` are what people are called, by id: those who acted, and those whom it was about (see about()).
    """
    what = what_words(act, names, lang)
    if not act.person:
        return what
    return desk_say(lang, f"act_by_{act.channel}", who=named(act.person, names, lang), what=what)


def what_words(act: Act, names: Mapping[str, str], lang: str) -> str:
    """The same, without who did it and through which door."""
    note = line(act.note)
    if act.did in NAMES:
        note = named(act.note, names, lang)
    elif act.did in TIMES and act.note:
        language = speaking(lang)
        note = accented(language, language.moment(datetime.fromisoformat(act.note)))
    people = desk_say(lang, "act_people_one" if act.n == 1 else "act_people_many", n=act.n)
    return desk_say(
        lang, key_of(act, lang), did=act.did, what=act.code or act.keyword, note=note, n=act.n, people=people
    )


def about(act: Act) -> tuple[str, ...]:
    """Whose names its words need: ids."""
    whom = act.note if act.did in NAMES else ""
    return tuple(one for one in (act.person, whom) if one)


def key_of(act: Act, lang: str) -> str:
    said, key = speaking(lang).DESK_SAID, f"act_{act.did.lower()}"
    more = f"{key}_{act.note}" if act.did in CHOOSES else f"{key}_note" if act.note else key
    found = more if more in said else key
    return found if found in said else "act_other"


def named(person: str, names: Mapping[str, str], lang: str) -> str:
    return line(names.get(person, "")) or desk_say(lang, "act_somebody")


def act_when(act: Act, zone: str, now: datetime, lang: str) -> str:
    """On the group's clock; the year too, if it is not this one."""
    language, at = speaking(lang), act.at.astimezone(ZoneInfo(zone))
    is_this_year = at.year == now.astimezone(ZoneInfo(zone)).year
    written = accented(language, language.moment(at))
    return written if is_this_year else desk_say(lang, "act_in_year", when=written, year=at.year)
