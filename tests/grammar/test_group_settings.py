"""What the value of a setting says, as people write it by text or in a form."""

import pytest

from chalicelib.grammar import group_settings

DRESS = ["", " ", "!", ".", " 👍", "\u200b", '"', "*"]


@pytest.mark.parametrize("after", DRESS)
@pytest.mark.parametrize("before", DRESS)
def test_marks_around_a_value_change_nothing(before: str, after: str) -> None:
    def dressed(value: str) -> str:
        return before + value + after

    assert group_settings.hours_of(dressed("9-20")) == (9, 20)
    assert group_settings.number_of(dressed("2")) == 2
    assert group_settings.cents_of(dressed("$12.50")) == 1250
    assert group_settings.zone_of(dressed("America/Chicago")) == "America/Chicago"
    assert group_settings.languages_of(dressed("español e inglés")) == ("es", "en")
    assert group_settings.countries_of(dressed("US, CA")) == ("US", "CA")


@pytest.mark.parametrize("value", ["$", "twelve", "-20", "1.5.5", "20 euros", "€20"])
def test_what_is_no_sum_of_dollars_is_not_read_as_one(value: str) -> None:
    assert group_settings.cents_of(value) is None
