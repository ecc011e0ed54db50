"""What was done, in numbers: hours whatever they were said in, and anything else by what both languages call it."""

from __future__ import annotations

import re

from chalicelib.grammar.fold import Said, fold
from chalicelib.grammar.segments import plain
from chalicelib.grammar.vocabulary import ALL_WORDS, END_OF_WORD, Pattern, any_of
from chalicelib.languages import en

HOURS = "hours"
MOST_DONE = 100_000  # more of anything is a slip of the thumb, or a joke

# The rows are in the same order in both languages, and the first English word of each is the unit's name.
UNITS = {
    form: named.split("|")[0]
    for words in ALL_WORDS
    for named, forms in zip(en.WORDS["unit"], words["unit"], strict=True)
    for form in forms.split("|")
}

_NUMBER = r"(?P<number>\d{1,9}(?:[.,]\d{1,3})?)"
_HOURS = Pattern(
    lambda: (
        rf" {_NUMBER} ?(?:{any_of('hours')}|h(?=\d))(?:(?: ?(?:and |y )?(?P<minutes>\d{{1,2}}) ?{any_of('minutes')})"
        rf"|(?P<attached>[0-5]\d)(?!\w))?"
    )
)
_MINUTES = Pattern(lambda: rf" {_NUMBER} ?{any_of('minutes')}")
_NAMED_LENGTH = Pattern(lambda: rf" (?:(?P<half>{any_of('half_hour')})|{any_of('an_hour')})")
# Courtesy and commands are not counted either: "DONE 2 thanks", "done 2 done 3".
_NO_UNITS = (
    *("no_unit", "polite", "courtesy", "begins_note"),
    *("done", "here", "late", "in", "out", "yes", "no", "take", "drop", "add", "next_page", "say", "who"),
)
_KNOWN = rf"(?:{'|'.join(UNITS)}){END_OF_WORD}"
_COUNT = Pattern(lambda: rf" {_NUMBER} (?:(?={_KNOWN})|(?!{any_of(*_NO_UNITS)}))(?P<unit>[^\W\d_]+){END_OF_WORD}")
_AND = re.compile(r" (?:and|plus|y|mas|&)(?= )")


def unit_of(word: str) -> str:
    """What a unit is called in our records: "box", "boxes", "caja" and "cajas" are all boxes.

    A word that we don't know is taken as it is, in small letters and in the plural: one wheelbarrow and two are alike.
    """
    if known := UNITS.get(fold(word)):
        return known
    written = plain(word.lower())
    return written if written.endswith("s") else f"{written}s"


def read_amounts(said: Said, begin: int) -> tuple[dict[str, float], int]:
    """The amounts that folded[begin:] begins with, by unit, and where they end: "3 boxes and 2h".

    None, less, or more than a hundred thousand is no amount. After the first, a word that we don't know is a unit only
    where nothing follows: in "12 boxes 2 guys helped" there are boxes alone.
    """
    amounts: dict[str, float] = {}
    end = begin
    while True:
        joined = _AND.match(said.folded, end) if amounts else None
        number, unit, after = read_amount(said, joined.end() if joined else end)
        is_unit = not amounts or unit in UNITS.values() or after == len(said.folded)
        if not 0 < number <= MOST_DONE or not is_unit:
            return amounts, end
        amounts[unit] = round(amounts.get(unit, 0.0) + number, 2)
        end = after


def read_amount(said: Said, begin: int) -> tuple[float, str, int]:
    """The one amount that folded[begin:] begins with, however much it is; where it ends is `begin` if there is none."""
    folded = said.folded
    sign = -1 if said.is_minus_before(begin + 1) else 1
    if hours := _HOURS.match(folded, begin):
        minutes = int(hours["minutes"] or hours["attached"] or 0)
        return sign * round(_number(hours) + minutes / 60, 2), HOURS, hours.end()
    if minutes_only := _MINUTES.match(folded, begin):
        return sign * round(_number(minutes_only) / 60, 2), HOURS, minutes_only.end()
    if length := _NAMED_LENGTH.match(folded, begin):
        return 0.5 if length["half"] else 1.0, HOURS, length.end()
    count = _COUNT.match(folded, begin)
    if count and not said.is_broken_after(count.end("number")):
        return sign * _number(count), unit_of(said.between(*count.span("unit"))), count.end()
    return 0.0, "", begin


def _number(match: re.Match[str]) -> float:
    written = match["number"]
    is_thousands = re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", written)
    return float(re.sub("[.,]", "" if is_thousands else ".", written))
