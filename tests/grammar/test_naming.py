"""Names as they are matched."""

import pytest

from chalicelib.grammar.naming import addressed, name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("Ana María", "anamaria", id="accents and spaces do not count"),
        pytest.param("O’Neil", "oneil", id="nor do apostrophes"),
        pytest.param("Ana-Maria", "anamaria", id="nor do hyphens"),
        pytest.param("05-2", "05-2", id="but for one before a digit"),
        pytest.param("Mr. X_1", "mrx1", id="nor do dots and the like"),
        pytest.param("🎉", "", id="an emoji is no name"),
    ],
)
def test_a_name_is_matched_by_its_letters_and_digits(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("words", "whom"),
    [
        pytest.param(
            "ana maria on our way",
            (("anamariaon", "our way"), ("anamaria", "on our way"), ("ana", "maria on our way")),
            id="a name of up to three words",
        ),
        pytest.param("Sam, Hi!", (("samhi", ""), ("sam", "Hi!")), id="what separates is left out"),
        pytest.param("sam", (("sam", ""),), id="nothing said"),
        pytest.param("sam 👍", (("sam", "👍"),), id="an emoji said"),
        pytest.param("🎉", (), id="nobody"),
    ],
)
def test_whom_words_may_be_for(words: str, whom: tuple[tuple[str, str], ...]) -> None:
    assert addressed(words) == whom
