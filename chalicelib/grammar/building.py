"""From what a rule matched to the command it means; None where the text only begins like that command."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core import commands as ask
from chalicelib.grammar.details import is_plain, read_close_code, read_code, read_details, read_soon
from chalicelib.grammar.fold import Said
from chalicelib.grammar.reserved import RESERVED
from chalicelib.grammar.stopping import is_stop
from chalicelib.grammar.vocabulary import Pattern, any_of

POLITE = Pattern(lambda: f" {any_of('polite')}$")


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that a rule's pattern matched. `is_led`: greetings came before it, so less may follow."""

    said: Said
    match: re.Match[str]
    name: str
    is_led: bool = False

    @property
    def end(self) -> int:
        """Where the command's own words end."""
        return self.match.end("words")

    def is_bare(self) -> bool:
        return self.end == len(self.said.folded)

    def token(self) -> str | None:
        """The only word after the command's own, folded, courtesy apart; None when there are none or several."""
        rest = self.said.folded[self.end + 1 :]
        if polite := POLITE.search(rest):
            rest = rest[: polite.start()]
        return rest if rest and " " not in rest else None

    def rest(self) -> str:
        return self.said.folded[self.end :]

    def apart(self) -> tuple[str | None, int, int]:
        """The action's code, first or last, and where what else follows begins and ends, courtesy apart."""
        said, end = self.said, len(self.said.folded)
        if polite := POLITE.search(said.folded):
            end = max(self.end, polite.start())
        code, begin = read_close_code(said, self.end)
        last = max(begin, said.folded.rfind(" ", begin, end))
        if not code and last < end:
            code, after = read_close_code(said, last)
            end = last if code and after == end else end
        return code, min(begin, end), end

    def only_code(self) -> tuple[str | None, bool]:
        """The code, if any, and whether that is all that follows."""
        code, begin, end = self.apart()
        if code or begin == end:
            return code, begin == end
        code, after = read_code(self.said, begin)
        return code, after == end


def prose(name: str) -> Pattern:
    """What makes prose of a text that begins like a command, when it comes next."""
    return Pattern(lambda: f" {any_of(name)}")


IN_PROSE, WAY_PROSE, YES_PROSE, NO_PROSE = map(prose, ("in_prose", "way_prose", "yes_prose", "no_prose"))
YES_TAKEN_BACK, NO_TAKEN_BACK = map(prose, ("yes_taken_back", "no_taken_back"))
NOT_KEYWORD = prose("not_keyword")
WAY_NOTE = Pattern(lambda: r" (?:there|over|to (?:help|dig|you)|ahi|alli|alla|a ayudar)\b")


def lacking(heard: Heard) -> ask.Unclear | None:
    """The command alone, or with one word that does not fit it, lacks something; with more words it is prose."""
    if heard.is_bare() or heard.token():
        return ask.Unclear(heard.name, heard.said.original)
    return None


# --- consent and groups -----------------------------------------------------------------------------


def build_stop(heard: Heard) -> ask.Stop | None:
    return ask.Stop() if is_stop(heard.said, reserved=RESERVED) else None


def build_start(heard: Heard) -> ask.Start | None:
    return ask.Start() if heard.is_bare() else None


def build_help(heard: Heard) -> ask.Help | None:
    return ask.Help() if heard.is_bare() else None


def build_join(heard: Heard) -> ask.Join | ask.Unclear | None:
    keyword = _keyword(heard.token())
    return ask.Join(keyword) if keyword else _lacking_unless_prose(heard)


def build_leave(heard: Heard) -> ask.Leave | None:
    keyword = _keyword(heard.token())
    return ask.Leave(keyword) if keyword or heard.is_bare() else None


def build_lone_word(heard: Heard) -> ask.Join | None:
    keyword = _keyword(heard.said.folded)
    return ask.Join(keyword, is_sure=False, words=heard.said.original) if keyword else None


def _keyword(word: str | None) -> str | None:
    """A word that may be a group's, upper-cased; no command and none of the small words that prose is made of."""
    is_letters = word is not None and word.isascii() and word.isalpha() and 2 <= len(word) <= 12
    return word.upper() if word and is_letters and word.upper() not in RESERVED else None


def _lacking_unless_prose(heard: Heard) -> ask.Unclear | None:
    return None if NOT_KEYWORD.match(heard.rest()) else lacking(heard)


# --- pledges ----------------------------------------------------------------------------------------


def build_in(heard: Heard) -> ask.In | None:
    """IN and its kin: a pledge when what follows is party, time, code or plainly a note."""
    said = heard.said
    details = read_details(said, heard.end)
    if details.end == heard.end and heard.match["words"] in {"in", "dentro"}:
        details = read_soon(said, heard.end) or details
    if details.end == heard.end and not is_plain(said, details.end, prose=IN_PROSE):
        return None
    return ask.In(details.code, details.party, details.arrives, said.after(details.end))


def build_yes_alone(_: Heard) -> ask.In:
    """What carriers take as consent: this word and nothing else."""
    return ask.In(is_yes=True)


def build_yes(heard: Heard) -> ask.In | None:
    """YES and its kin: what follows is kept as the note, whatever it is. Unaccented "si" may also be an "if"."""
    said = heard.said
    if heard.is_led or (heard.match["words"] == "si" and not is_accented(heard)):
        return build_in(heard)
    if YES_PROSE.match(said.folded, heard.end) and not said.is_broken_after(heard.end):
        return None
    if YES_TAKEN_BACK.match(said.folded, heard.end):
        return None
    details = read_details(said, heard.end)
    return ask.In(details.code, details.party, details.arrives, said.after(details.end))


def is_accented(heard: Heard) -> bool:
    begin, end = heard.match.span("words")
    until = heard.said.places[end] if end < len(heard.said.places) else len(heard.said.original)
    written = heard.said.original[heard.said.places[begin] : until]
    return "\u0301" in unicodedata.normalize("NFD", written)


def build_on_my_way(heard: Heard) -> ask.In | None:
    """On the way is in, and arriving now unless another time is said."""
    said = heard.said
    details = read_details(said, heard.end)
    if details.end == heard.end and not is_plain(said, details.end, also=WAY_NOTE, prose=WAY_PROSE):
        return None
    arrives = timedelta(0) if details.arrives is None else details.arrives
    return ask.In(details.code, details.party, arrives, said.after(details.end))


def build_maybe(heard: Heard) -> ask.Maybe | None:
    code, end = read_code(heard.said, heard.end)
    if not code and not is_plain(heard.said, end, prose=IN_PROSE):
        return None
    return ask.Maybe(code, heard.said.after(end))


def build_out(heard: Heard) -> ask.Out | None:
    """OUT and its kin: a pledge taken back when what follows is a code or plainly a note."""
    code, end = read_code(heard.said, heard.end)
    if not code and not is_plain(heard.said, end):
        return None
    return ask.Out(code, heard.said.after(end))


def build_no(heard: Heard) -> ask.Out | None:
    """NO keeps what follows, but for what says something else: "no problem", "no hay agua"."""
    said = heard.said
    if heard.is_led:
        return build_out(heard)
    if NO_PROSE.match(said.folded, heard.end) and not said.is_broken_after(heard.end):
        return None
    if NO_TAKEN_BACK.search(said.folded) or (heard.rest() and said.original.rstrip().endswith("?")):
        return None
    code, end = read_code(said, heard.end)
    return ask.Out(code, said.after(end))


# --- which one --------------------------------------------------------------------------------------


def build_number(heard: Heard) -> ask.Pick:
    return ask.Pick(number=int(heard.match["number"]), words=heard.said.original.strip())


def build_code(heard: Heard) -> ask.Pick | None:
    code, end = read_code(heard.said, 0)
    return ask.Pick(None, code, heard.said.original.strip()) if code and end == len(heard.said.folded) else None
