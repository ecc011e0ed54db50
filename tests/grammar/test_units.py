"""What is counted, whatever it is called."""

import pytest

from chalicelib.core.commands import Done
from chalicelib.grammar.parse import parse
from chalicelib.grammar.units import UNITS, unit_of
from chalicelib.languages import LANGUAGES, en, es, shown


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        *[(word, "boxes") for word in ("box", "boxes", "Boxes", "caja", "CAJAS")],
        *[(word, "trees") for word in ("tree", "árbol", "árboles", "arboles")],
        *[(word, "pounds") for word in ("lb", "lbs", "libras")],
        *[(word, "sandbags") for word in ("sandbag", "costales", "sacos")],
        *[(word, "wheelbarrows") for word in ("wheelbarrow", "Wheelbarrows")],
    ],
)
def test_one_unit_has_one_name(word: str, unit: str) -> None:
    assert unit_of(word) == unit


@pytest.mark.parametrize(("word", "unit"), UNITS.items())
def test_so_much_of_a_unit_is_done(word: str, unit: str) -> None:
    assert parse(f"done 3 {word}") == Done(amounts={unit: 3.0})


def test_each_unit_is_in_the_same_place_in_both_languages() -> None:
    assert len(en.WORDS["unit"]) == len(es.WORDS["unit"])
    forms = [[form for row in words["unit"] for form in row.split("|")] for words in (en.WORDS, es.WORDS)]

    assert [len(one) for one in forms] == [len(set(one)) for one in forms]


@pytest.mark.parametrize(("lang", "seen"), [("en", "3 boxes, 2 hours"), ("es", "3 cajas, 2 horas")])
def test_amounts_are_shown_in_the_readers_language(lang: str, seen: str) -> None:
    assert shown(LANGUAGES[lang], "done", "3 boxes, 2 hours") == seen
