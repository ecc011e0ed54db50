"""What follows a command: which action, how many people, when, and the note in the person's own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta

from chalicelib.grammar.fold import Said
from chalicelib.grammar.reserved import RESERVED
from chalicelib.grammar.times import read_arrival, read_length
from chalicelib.grammar.vocabulary import Pattern, any_of, phrases
from chalicelib.languages import en, es

_NOT_KEYWORDS = frozenset(phrases("not_keyword"))
_CODE = Pattern(lambda: r" ?#?(?P<keyword>[a-z]{2,12})(?P<gap> ?)(?P<number>[1-9]\d{0,4})(?![\w:/.,'-])")
_CLOSE_CODE = re.compile(r" #?[a-z]{2,12}[1-9]\d{0,4}(?![\w:/.,'-])")
# "+2", "plus two", "with 2 friends" are others besides the speaker; "3 of us", "for 2 people", "party of 4" are all.
_SO_MANY = Pattern(lambda: rf"(?:\d{{1,3}}|{any_of('numerals')})")
_PARTY = Pattern(
    lambda: (
        rf" (?:\+ ?(?P<more>{_SO_MANY.regex.pattern})(?![\w:/.,-])(?: {any_of('friends')})?"
        rf"|{any_of('and_more')} (?P<friends>{_SO_MANY.regex.pattern}) {any_of('friends')}"
        rf"|plus (?P<plus>{_SO_MANY.regex.pattern})$"
        rf"|(?:{any_of('party_of')} )?(?P<all>{_SO_MANY.regex.pattern}) {any_of('together')}"
        rf"|{any_of('party_of')} (?P<total>{_SO_MANY.regex.pattern})$)"
    )
)
NUMERALS = {word: number for words in (en.WORDS, es.WORDS) for number, word in enumerate(words["numerals"], start=1)}
_FOR = Pattern(lambda: " (?:for|to|para|a)(?= )")
_BEGINS_NOTE = Pattern(lambda: f" {any_of('begins_note')}")


@dataclass(frozen=True, slots=True)
class Details:
    """What was read, and `end`: where in the folded text the note begins."""

    code: str | None = None
    party: int = 1
    arrives: time | timedelta | None = None
    end: int = 0


def read_code(said: Said, begin: int) -> tuple[str | None, int]:
    """The action's code that folded[begin:] begins with ("dig4", "#dig4", "dig 4"), and where it ends."""
    match = _CODE.match(said.folded, begin)
    if not match or match["keyword"] in _NOT_KEYWORDS or match["keyword"].upper() in RESERVED:
        return None, begin
    return match["keyword"].upper() + match["number"], match.end()


def read_close_code(said: Said, begin: int) -> tuple[str | None, int]:
    """The same where other words may follow: in one word only, for "gate 2 is open" names no action."""
    return read_code(said, begin) if _CLOSE_CODE.match(said.folded, begin) else (None, begin)


def read_details(said: Said, begin: int) -> Details:
    """Code, party and arrival, in any order, for as long as nothing else is said."""
    code: str | None = None
    party: int | None = None
    arrives: time | timedelta | None = None
    end = begin
    while end < len(said.folded):
        if arrives is None and (found := read_arrival(said.folded, end + 1)):
            arrives, end = found
        elif party is None and (more := _PARTY.match(said.folded, end)):
            party, end = how_many(more), more.end()
        elif code is None and (coded := read_code(said, after_for(said, end)))[0]:
            code, end = coded
        else:
            break
    return Details(code, party or 1, arrives, end)


def after_for(said: Said, begin: int) -> int:
    """Past the "for" of "in for dig4"."""
    found = _FOR.match(said.folded, begin)
    return found.end() if found else begin


def how_many(party: re.Match[str]) -> int:
    """Seats that a party takes, the speaker's included."""
    others = party["more"] or party["friends"] or party["plus"]
    said = others or party["all"] or party["total"]
    number = number_said(said)
    return number + 1 if others else max(1, number)


def number_said(said: str) -> int:
    return int(said) if said.isdecimal() else NUMERALS[said]


def read_soon(said: Said, begin: int) -> Details | None:
    """IN right before a length of time: "IN 20 min"."""
    found = read_length(said.folded, begin + 1) if begin < len(said.folded) else None
    return Details(arrives=found[0], end=found[1]) if found else None


def is_plain(said: Said, end: int, *, also: Pattern | None = None, prose: Pattern | None = None) -> bool:
    """Whether what follows leaves a command plain: nothing, what punctuation sets off, or a note's first words."""
    if end >= len(said.folded) or said.is_broken_after(end):
        return True
    if prose and prose.match(said.folded, end):
        return False
    return bool(_BEGINS_NOTE.match(said.folded, end) or (also and also.match(said.folded, end)))
