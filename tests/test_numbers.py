"""Whose texts we take: numbers of the countries that the operator named, in one written form."""

from __future__ import annotations

import pytest

from chalicelib.numbers import e164, zone_of

COUNTRIES = ("US", "CA")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        pytest.param("+15550100001", "+15550100001", id="a number set aside for fiction"),
        pytest.param("(512) 555-0100", "+15125550100", id="as people write it"),
        pytest.param("+1 416 555 0123", "+14165550123", id="Canada"),
        pytest.param("+18765550123", None, id="Jamaica has the same country code and is not named"),
        pytest.param("+525555550123", None, id="Mexico"),
        pytest.param("+999123456789", None, id="no country at all"),
        pytest.param("40404", None, id="a short code"),
        pytest.param("anonymous", None, id="a word"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_number_is_taken_if_its_country_is_named(written: str, number: str | None) -> None:
    assert e164(written, COUNTRIES) == number


def test_a_number_tells_its_zone_only_where_it_can_be_but_one() -> None:
    assert (zone_of("+15125550100"), zone_of("+15550100001")) == ("America/Chicago", None)
