"""Which words may be a group's."""

import pytest

from chalicelib.grammar.reserved import RESERVED, keyword_problem


@pytest.mark.parametrize(
    ("keyword", "problem"),
    [
        pytest.param("DIG", None, id="letters may"),
        pytest.param("dig", None, id="in any case"),
        pytest.param("RIVERBANKERS", None, id="twelve of them may"),
        pytest.param("RIVERBANKERSX", "too_long", id="thirteen are too many"),
        pytest.param("D", "too_short", id="one is too few"),
        pytest.param("", "not_letters", id="nothing is no word"),
        pytest.param("D1G", "not_letters", id="digits may not"),
        pytest.param("RÍO", "not_letters", id="nor accents"),
        pytest.param("12345", "not_letters", id="nor what looks like a short code"),
        pytest.param("STOP", "reserved", id="a carrier's word may not"),
        pytest.param("OPT", "reserved", id="nor half of one"),
        pytest.param("yes", "reserved", id="nor a pledge"),
        pytest.param("SUSPENDER", "reserved", id="nor a command in Spanish"),
        pytest.param("CALLOFF", "reserved", id="nor a command in one word"),
        pytest.param("MORE", "reserved", id="nor a command to come"),
        pytest.param("FORGETME", "reserved", id="nor one in two words"),
        pytest.param("THANKS", "reserved", id="nor what people say all day"),
    ],
)
def test_a_keyword(keyword: str, problem: str | None) -> None:
    assert keyword_problem(keyword) == problem


def test_every_carriers_word_is_reserved() -> None:
    carriers = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE START YES UNSTOP HELP INFO"

    assert set(carriers.split()) <= RESERVED
