"""From what a rule matched to the command it means: dividing the work, and whoever of the crew is named in it."""

from __future__ import annotations

import re

from chalicelib.core import commands as ask
from chalicelib.grammar.building import Heard, is_accented, prose
from chalicelib.grammar.details import number_said, read_close_code
from chalicelib.grammar.reserved import RESERVED
from chalicelib.grammar.tasking import split_many
from chalicelib.grammar.units import UNITS
from chalicelib.grammar.vocabulary import Hinted, Pattern, any_of, last_words, phrases

ADD_PROSE = prose("add_prose")
_ADD_ENDS = Pattern(lambda: rf" {any_of('add_ends')}(?: {any_of('polite')})?$")
_CREW_PROSE = frozenset(phrases("crew_prose"))

# "@ana maria", "ana", "05-2": whether it is a name is for _name to say.
_NAME = r"(?P<at>@ ?)?(?P<name>(?:[^\W\d_][\w'-]*|\d\d(?:-\d{1,2})?)(?: [^\W\d_][\w'-]*){0,2}?)"


def _numbered(*, is_named: bool = True) -> str:
    named, number = ("?P<named>", "?P<number>") if is_named else ("?:", "?:")
    return rf"(?:({named}{any_of('task_number')}) )?#?({number}[1-9]\d{{0,2}}|{any_of('numerals')})(?![\w:/.%])"


_NUMBERED = Pattern(lambda: rf" ?{_numbered()}")
_NUMBERED_OF = Pattern(lambda: rf" ?{_numbered()}(?: {_NAME})?")
_SEVERAL = Pattern(lambda: rf" ?{_numbered(is_named=False)}(?:(?:,| | (?:and|y|&) ){_numbered(is_named=False)})+")
_NUMBERED_TO = Pattern(lambda: rf" {_numbered()} (?P<to>{any_of('give_to')} )?{_NAME}")
_TO_NUMBERED = Pattern(lambda: rf" (?P<to>{any_of('give_to')} )?{_NAME} {_numbered()}")
_NAMED = Pattern(lambda: f" {_NAME}")
_NAMED_FIRST = Pattern(lambda: rf" {_NAME}(?: (?:(?:and|y|e|&) )?@ ?[^\W_].*)?")  # "@ana and @bob"

NOSHOW_AFTER = Hinted(
    lambda: rf"{_NAME} (?:(?P<plainly>{any_of('noshow')})|{any_of('noshow_said')})(?: {any_of('polite')})?$",
    hints=last_words("noshow", "noshow_said"),
)


def _is_prose(word: str) -> bool:
    return word.upper() in RESERVED or word in _CREW_PROSE


def lacking_plainly(heard: Heard) -> ask.Unclear | None:
    """The command's own word alone, or with one that does not fit it; unless that makes prose of it: "take care"."""
    _, begin, end = heard.apart()
    word = heard.said.folded[begin:end].strip()
    if heard.is_led or heard.match["words"] not in phrases(heard.name) or " " in word or _is_prose(word):
        return None
    return ask.Unclear(heard.name, heard.said.original)


def _name(heard: Heard, found: re.Match[str], begin: int, *, most: int = 1) -> str | None:
    """The name as written. Without an @ it is `most` words at most, none of them ours or a thing that we count."""
    words = found["name"].split(" ")
    is_known = any(_is_prose(word) or word in UNITS for word in words)
    if not found["at"] and (is_known or len(words) > most):
        return None
    first, last = found.span("name")
    return heard.said.between(begin + first, begin + last)


# --- who speaks, who came ---------------------------------------------------------------------------


def build_mute(heard: Heard) -> ask.Mute | ask.Unmute | None:
    make = ask.Mute if heard.name == "mute" else ask.Unmute
    code, is_all = heard.only_code()
    if is_all:
        return make(code=code)
    code, begin, end = heard.apart()
    found = _NAMED.fullmatch(heard.said.folded[begin:end])
    name = _name(heard, found, begin) if found else None
    return make(name, code) if name else None


def build_noshow(heard: Heard) -> ask.NoShow | ask.Unclear | ask.Words | None:
    """The first who is named. The longer forms need the @: "faltó agua" is prose, and so is "no vino el camión".

    None of them is a NO that goes on; "no llego" without its accent is an OUT.
    """
    words = heard.match["words"]
    if words == "no llego" and not is_accented(heard):
        return None
    code, begin, end = heard.apart()
    found = _NAMED_FIRST.fullmatch(heard.said.folded[begin:end])
    if found and (found["at"] or words in phrases(heard.name)) and (name := _name(heard, found, begin)):
        return ask.NoShow(name, code)
    if begin == end and words == "falto":
        return ask.Unclear(heard.name, heard.said.original)
    return lacking_plainly(heard) or (ask.Words(heard.said.original) if words.startswith("no ") else None)


def build_noshow_after(heard: Heard) -> ask.NoShow | None:
    """The name first: "ana no show"."""
    is_clear = heard.match["at"] or heard.match["plainly"]
    name = _name(heard, heard.match, 0) if is_clear else None
    return ask.NoShow(name) if name else None


# --- tasks ------------------------------------------------------------------------------------------


def build_add(heard: Heard) -> ask.Add | ask.Unclear | None:
    """A task in their own words, for as many as they say: "bring gloves x3"."""
    said = heard.said
    code, end = read_close_code(said, heard.end)
    is_prose = ADD_PROSE.match(said.folded, end) or _ADD_ENDS.search(said.folded)
    if not code and is_prose and not said.is_broken_after(end):
        return None
    text, many = split_many(said.after(end))
    if not any(map(str.isalpha, text)):
        return ask.Unclear(heard.name, said.original)
    return ask.Add(text, many, code)


def build_take(heard: Heard) -> ask.Take | ask.Unclear | None:
    code, begin, end = heard.apart()
    found = _NUMBERED.fullmatch(heard.said.folded[begin:end])
    if not found:
        return _several(heard) or lacking_plainly(heard)
    return ask.Take(number_said(found["number"]), code) if _is_number(heard, found) else None


def _is_number(heard: Heard, found: re.Match[str]) -> bool:
    """ "take two" and "tomo la dos" say a task's number; "I'll take one" may be of anything."""
    return found["number"].isdecimal() or bool(found["named"]) or heard.match["words"] in phrases(heard.name)


def _several(heard: Heard) -> ask.Unclear | None:
    """More than one at once: nobody is to believe that all were heard."""
    _, begin, end = heard.apart()
    is_several = _SEVERAL.fullmatch(heard.said.folded[begin:end])
    return ask.Unclear(heard.name.split("_")[0], heard.said.original) if is_several else None


def build_drop(heard: Heard) -> ask.Drop | ask.Unclear | None:
    code, begin, end = heard.apart()
    found = _NUMBERED_OF.fullmatch(heard.said.folded[begin:end])
    if not found:
        return _several(heard) or lacking_plainly(heard)
    name = _name(heard, found, begin) if found["name"] else ""
    is_meant = name is not None and _is_number(heard, found)
    return ask.Drop(number_said(found["number"]), name or "", code) if is_meant else None


def build_cant(heard: Heard) -> ask.Drop | ask.Unclear | ask.Words | None:
    """ "no puedo con la 2" is no OUT, whatever more is said; "no puedo el 2" may be, for that is a day."""
    code, begin, end = heard.apart()
    found = _NUMBERED.match(heard.said.folded[begin:end])
    if not found or not found["named"] or found["named"].startswith("el"):
        return None
    if found.end() == end - begin:
        return ask.Drop(number_said(found["number"]), code=code)
    return _several(heard) or ask.Words(heard.said.original)


def build_give(heard: Heard) -> ask.Give | ask.Unclear | None:
    """ "give 2 @sam", "give 2 to sam", "give sam 2"; "give 2 shovels" and "give me 2" give no task to anybody."""
    code, begin, end = heard.apart()
    rest = heard.said.folded[begin:end]
    found = _NUMBERED_TO.fullmatch(rest)
    if not found or not (found["at"] or found["to"]):
        found = _TO_NUMBERED.fullmatch(rest)
    if not found:
        return lacking_plainly(heard)
    name = _name(heard, found, begin, most=2 if found["to"] else 1)
    return ask.Give(number_said(found["number"]), name, code) if name else None
