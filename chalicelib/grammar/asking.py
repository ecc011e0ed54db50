"""Reading what ALERT asks for: how many, where, when, and which tags, out of the organizer's own words."""

from __future__ import annotations

import re
from datetime import datetime

from chalicelib.core.commands import Ask
from chalicelib.core.zips import place_of_zip
from chalicelib.grammar.fold import SEPARATORS, Said
from chalicelib.grammar.times import Reading, read_time
from chalicelib.grammar.vocabulary import ALL_WORDS, Pattern, any_of

MOST_NEEDED, MOST_TAGS, LONGEST_PLACE = 999, 5, 80

# What has been read already is covered with this, so that it is read as nothing else. No folded text holds it.
COVER = "|"

_TAG = re.compile(r"#(?P<tag>\w*[^\W\d_]\w*)")
_COUNT = r"(?<![\w:/.,#+$-])(?:x ?)?(?P<{}>\d{{1,6}}|{})(?: ?x)?(?![\w:/.,%'-])"


def _count(name: str, *, in_words: bool) -> str:
    return _COUNT.format(name, any_of("number") if in_words else r"(?!)")


_ZIP = re.compile(r"(?<![\w-])\d{5}(?![\w])")
_NEED = Pattern(
    lambda: (
        rf"^{_count('first', in_words=False)}(?! ?{any_of('not_people')})"
        rf"|{any_of('need')} {_count('needed', in_words=True)}(?! ?{any_of('not_people')})"
        rf"|{_count('people', in_words=True)}(?: more)? {any_of('people')}"
        r"|(?<![\w:/.,#+$-])(?:x ?(?P<times>\d{1,6})|(?P<by>\d{1,6}) ?x)(?![\w:/.,%'-])"
    )
)
# "12 Oak St" is a place, however it begins; "10 people on Oak St" is not one address.
_ADDRESS = Pattern(
    lambda: (
        r"(?<![\w:/.,#+$-])(?P<place>\d{1,6} "
        rf"(?:(?!{any_of('people', 'at_place', 'in_place', 'to_place', 'ends_place')})[^\s|]+ ){{1,3}}?"
        rf"{any_of('street')})"
    )
)
_AT = Pattern(lambda: rf"(?:^|(?<=[ |])){any_of('at_place')} (?P<place>[^|]+)")
_IN = Pattern(lambda: rf"(?:^|(?<=[ |])){any_of('in_place')} (?P<place>[^|]+)")
_TO = Pattern(lambda: rf"(?:^|(?<=[ |])){any_of('everyone')} (?:\w+ )?{any_of('to_place')} (?P<place>[^|]+)")
_BEFORE_PLACE = Pattern(lambda: rf"{any_of('at_place', 'in_place', 'to_place')} $")
_PLACE_ENDS = Pattern(lambda: rf" (?:{any_of('ends_place')}| *$)")
_SENTENCE_ENDS = re.compile(r"[;!?\n\r]|(?<=\w{4})\.(?=\s|$)")


def read_ask(words: str, now: datetime) -> Ask:
    """What the words ask for, as far as they say. `now` is aware, in the group's zone, and `starts_at` is in it too.

    `need` is 1 to 999; 0, more, or no number that counts people is None, which is open-ended. A number counts people at
    the beginning ("10 shovels"), after a word of needing, or before a word for people. Tags are lower-case, without
    accents, each once, and at most five.
    """
    said = Said.of(words)
    tags = tuple(dict.fromkeys(match["tag"] for match in _TAG.finditer(said.folded)))[:MOST_TAGS]

    reading = read_when(said, now)
    rest = without_times(said, reading)

    begin, end = _place(rest)
    place = as_written(said, begin, end)[:LONGEST_PLACE].rstrip()
    if place:
        rest = _covered(rest, begin, end)
    return Ask(_need(rest), place, reading.at if reading else None, tags)


def zip_in(words: str) -> str:
    """The last five digits of an alert's words that are a ZIP: before it may come a house's number."""
    return next((zip_code for zip_code in reversed(_ZIP.findall(words)) if place_of_zip(zip_code)), "")


def read_when(said: Said, now: datetime) -> Reading | None:
    """The first time in an alert's words. What its tags hold is none."""
    return read_time(_without_tags(said), now)


def find_place(words: str, now: datetime) -> tuple[int, int, bool] | None:
    """Where in the words the place stands, from and to, and whether a word like AT stands before it."""
    said = Said.of(words)
    rest = without_times(said, read_when(said, now))
    begin, end = _place(rest)
    if not (place := as_written(said, begin, end)):
        return None
    at = words.index(place, said.places[begin])
    return at, at + len(place), bool(_BEFORE_PLACE.search(said.folded[:begin]))


def without_times(said: Said, reading: Reading | None) -> str:
    """The folded words with their tags and their time covered."""
    rest = _without_tags(said)
    for begin, end in reading.spans if reading else ():
        rest = _covered(rest, begin, end)
    return rest


def _without_tags(said: Said) -> str:
    return _TAG.sub(lambda match: COVER * len(match[0]), said.folded)


def _place(rest: str) -> tuple[int, int]:
    """Where in the text the place stands: after AT first, for IN and TO say other things, too."""
    for pattern in (_AT, _ADDRESS, _TO, _IN):
        if found := pattern.search(rest):
            begin, end = found.span("place")
            ends = _PLACE_ENDS.search(rest[begin:end])
            return begin, begin + ends.start() if ends else end
    return 0, 0


def as_written(said: Said, begin: int, end: int) -> str:
    """A place as it was written, to the end of its sentence."""
    written = said.between(begin, end)
    ends = _SENTENCE_ENDS.search(written)
    return written[: ends.start() if ends else None].strip(SEPARATORS + '(“"')


def _need(rest: str) -> int | None:
    found = _NEED.search(rest)
    if not found:
        return None
    written = next(number for number in found.groups() if number)
    number = int(written) if written.isdigit() else _in_words(written)
    return number if 1 <= number <= MOST_NEEDED else None


def _in_words(written: str) -> int:
    rows = (words["number"] for words in ALL_WORDS)
    return next(place for row in rows for place, word in enumerate(row, 1) if re.fullmatch(word, written))


def _covered(text: str, begin: int, end: int) -> str:
    return text[:begin] + COVER * (end - begin) + text[end:]
