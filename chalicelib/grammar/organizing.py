"""From what a rule matched to the command it means: what organizers text."""

from __future__ import annotations

import re

from chalicelib.core import commands as ask
from chalicelib.grammar.building import NOT_KEYWORD, Heard, lacking, prose
from chalicelib.grammar.details import read_close_code, read_code
from chalicelib.grammar.dividing import lacking_plainly
from chalicelib.grammar.fold import SEPARATORS, fold
from chalicelib.grammar.tasking import ANY_MOMENT
from chalicelib.grammar.times import read_time
from chalicelib.grammar.units import UNITS
from chalicelib.grammar.vocabulary import END_OF_WORD, Pattern, any_of

UPDATE_PROSE, CLOSE_PROSE, PLACE_PROSE = map(prose, ("update_prose", "close_prose", "place_prose"))
_GO = Pattern(lambda: rf" ?(?P<number>\d{{1,6}})(?: (?P<all>{any_of('all')}))?(?: {any_of('polite')})?")
_WORD = re.compile(r"\s*(?P<word>\S+)\s*(?P<rest>.*)", re.DOTALL)
_GROUP_OR_ACTION = re.compile(r"[A-Z]{2,12}([1-9]\d{0,4})?")
_PHONE = re.compile(r"(?:(?P<keyword>[^\W\d_]{2,12})\s+)?(?P<phone>\+?[\d\s().-]{7,24})")


def build_new_group(heard: Heard) -> ask.NewGroup | ask.Unclear | None:
    """The keyword may still be one that no group may have: whoever founds it is told why."""
    keyword, name = _keyword_and_rest(heard)
    if NOT_KEYWORD.match(heard.rest()):
        return None
    if not keyword or not name:
        return ask.Unclear(heard.name, heard.said.original)
    return ask.NewGroup(keyword, " ".join(name.split()), is_emergency=heard.name == "new_emergency_group")


def build_alert(heard: Heard) -> ask.Alert | ask.Unclear | None:
    """The words stay as written, line breaks and all: members get the organizer's own."""
    keyword, words = _keyword_and_rest(heard)
    if NOT_KEYWORD.match(heard.rest()):
        return None
    if not words or not (keyword.isascii() and keyword.isalpha() and 2 <= len(keyword) <= 12):
        return ask.Unclear(heard.name, heard.said.original)
    return ask.Alert(keyword, words)


def _keyword_and_rest(heard: Heard) -> tuple[str, str]:
    """The first word, upper-cased and without accents if it is all letters then, and what was written after it."""
    found = _WORD.match(heard.said.after(heard.end))
    if not found:
        return "", ""
    written = found["word"].strip(SEPARATORS + "\"'“‘(#")
    folded = fold(written)
    is_letters = folded.isascii() and folded.isalpha()
    return (folded if is_letters else written).upper(), found["rest"].rstrip()


def build_go(heard: Heard) -> ask.Go | ask.Unclear | None:
    if found := _GO.fullmatch(heard.rest()):
        return ask.Go(int(found["number"]), is_all=bool(found["all"]))
    return ask.Unclear(heard.name, heard.said.original) if heard.is_bare() else None


def build_more(heard: Heard) -> ask.More | None:
    """The word alone, or with a code: "more gloves please" asks for something else."""
    code, end = read_code(heard.said, heard.end)
    return ask.More(code) if end == len(heard.said.folded) else None


def build_ask_all(heard: Heard) -> ask.AskAll | None:
    code, end = read_code(heard.said, heard.end)
    return ask.AskAll(code) if end == len(heard.said.folded) else None


def build_send_again(heard: Heard) -> ask.SendAgain | None:
    """The word alone, or with a code: "resend me the address" asks for something else."""
    code, end = read_code(heard.said, heard.end)
    return ask.SendAgain(code) if end == len(heard.said.folded) else None


def build_tell(heard: Heard) -> ask.TellAsked | None:
    """Of the organizer's only group, or of the one that is named."""
    keyword = (heard.token() or "").upper()
    if not heard.is_bare() and not (keyword.isascii() and keyword.isalpha() and 2 <= len(keyword) <= 12):
        return None
    return ask.TellAsked(heard.name == "tell_all", keyword or None)


def build_public(heard: Heard) -> ask.SetPublic | ask.Unclear | None:
    """A keyword or a code alone: "public transport is down" is no command."""
    if heard.is_bare():
        return ask.Unclear(heard.name, heard.said.original)
    what = (heard.token() or "").lstrip("#").upper()
    return ask.SetPublic(heard.name == "public", what) if _GROUP_OR_ACTION.fullmatch(what) else None


def build_update(heard: Heard) -> ask.Update | ask.Unclear | None:
    """News, unless it asks for some: "update on the pump?"."""
    said = heard.said
    is_question = said.original.rstrip().endswith("?")
    if is_question and (heard.is_bare() or UPDATE_PROSE.match(said.folded, heard.end)):
        return None
    code, end = read_close_code(said, heard.end)
    text = said.after(end)
    return ask.Update(text, code) if text else ask.Unclear(heard.name, said.original)


def build_begin(heard: Heard) -> ask.Begin | None:
    code, end = read_code(heard.said, heard.end)
    return ask.Begin(code) if end == len(heard.said.folded) else None


def build_close(heard: Heard) -> ask.Close | None:
    ends = _ended(heard)
    return ask.Close(*ends) if ends else None


def build_call_off(heard: Heard) -> ask.CallOff | None:
    ends = _ended(heard)
    return ask.CallOff(*ends) if ends else None


def _ended(heard: Heard) -> tuple[str | None, str] | None:
    """The code and the note, unless it is something else that is to be closed: "close the valve first"."""
    code, end = read_code(heard.said, heard.end)
    is_prose = CLOSE_PROSE.match(heard.said.folded, end) and not heard.said.is_broken_after(end)
    return None if is_prose and not code else (code, heard.said.after(end))


def build_hold_sending(heard: Heard) -> ask.HoldSending | None:
    """These words and nothing else, as it is about everybody's texts."""
    return ask.HoldSending() if heard.is_bare() else None


def build_go_on_sending(heard: Heard) -> ask.GoOnSending | None:
    return ask.GoOnSending() if heard.is_bare() else None


def build_organizer(heard: Heard) -> ask.AddOrganizer | ask.Unclear | None:
    named = _numbered(heard)
    return ask.AddOrganizer(*named) if named else lacking(heard)


def build_remove_organizer(heard: Heard) -> ask.RemoveOrganizer | ask.Unclear | None:
    named = _numbered(heard)
    return ask.RemoveOrganizer(*named) if named else lacking(heard)


def _numbered(heard: Heard) -> tuple[str, str | None] | None:
    """A phone's number as it was written, and the group's word before it, if there is one."""
    found = _PHONE.fullmatch(heard.said.words_after(heard.end))
    if not found or sum(map(str.isdigit, found["phone"])) < 7:
        return None
    return found["phone"].strip(), fold(found["keyword"]).upper() if found["keyword"] else None


# --- another time, another place, once more ---------------------------------------------------------

_TO_WHEN = Pattern(lambda: r"(?: (?:(?:it |the time |the start )?to|al|a(?! las?\b)))?(?= |$)")
_JOINS_TIMES = frozenset(("at", "on", "by", "to", "from", "and", "the", "a", "al", "el", "la", "las", "y", "de"))
_MOST_WORDS_OF_PLACE = 6
_PLACE_AT = Pattern(lambda: r"(?: (?:at|to|en))?(?= )")
_THINGS = Pattern(lambda: rf" (?:the |los |las )?(?:{'|'.join(map(re.escape, UNITS))}){END_OF_WORD}")


def _when(heard: Heard) -> tuple[str | None, str, bool, bool]:
    """The code, what is said of when, whether that holds a time, and whether it is a day or an hour alone."""
    said = heard.said
    code, begin, end = heard.apart()
    if found := _TO_WHEN.match(said.folded[:end], begin):
        begin = found.end()
    folded = said.folded[begin:end].strip()
    reading = read_time(folded, ANY_MOMENT)
    rest = folded
    for first, last in sorted(reading.spans, reverse=True) if reading else ():
        rest = rest[:first] + rest[last:]
    is_alone = reading is not None and not reading.other and _JOINS_TIMES.issuperset(rest.split())
    return code, said.between(begin + 1, end), reading is not None, is_alone


def build_move(heard: Heard) -> ask.Move | ask.Unclear | None:
    """With a code any words that hold a time; without one a day or an hour alone: "move the truck at 6" is prose."""
    code, words, is_time, is_alone = _when(heard)
    if is_alone or (code and is_time):
        return ask.Move(words, code)
    return ask.Unclear("move", heard.said.original) if code else lacking_plainly(heard)


def build_again(heard: Heard) -> ask.Again | None:
    """The word alone, with a code, with a time: "again the pump failed" is prose."""
    code, words, is_time, is_alone = _when(heard)
    is_said = is_alone or not words or (code and is_time)
    return ask.Again(words, code) if is_said else None


# What is said of a place is none: "at dig4 we need help", "place dig4 is flooded", "at dig4 the pump is broken".
_SAYS_OF_PLACE = Pattern(
    lambda: rf" (?:{any_of('place_says', end='(?= |$)')}|(?:[^ ]+ ){{0,3}}{any_of('place_is', end='(?= |$)')})"
)


def build_at(heard: Heard) -> ask.MoveTo | ask.Unclear | None:
    """Only with a code right after it; a time is no place either."""
    code, end = read_close_code(heard.said, heard.end)
    return _move_to(heard, code, end) if code and not _when(heard)[3] else None


def build_place(heard: Heard) -> ask.MoveTo | ask.Unclear | None:
    """ "place the church"; what is to be placed somewhere ("place the bags by the door") is prose."""
    said = heard.said
    code, end = read_close_code(said, heard.end)
    is_prose = PLACE_PROSE.match(said.folded, end) or _THINGS.match(said.folded, end)
    is_long = said.folded.count(" ", end) > _MOST_WORDS_OF_PLACE
    if not code and not said.is_broken_after(end) and (is_prose or is_long):
        return None
    return _move_to(heard, code, end)


def _move_to(heard: Heard, code: str | None, end: int) -> ask.MoveTo | ask.Unclear | None:
    said = heard.said
    if code and _SAYS_OF_PLACE.match(said.folded, end):
        return None
    if found := _PLACE_AT.match(said.folded, end):
        end = found.end()
    place = said.between(end + 1, len(said.folded))
    return ask.MoveTo(place, code) if place else ask.Unclear("at", said.original)
