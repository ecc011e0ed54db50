"""Whose texts we take: numbers of the countries that the operator named, in one written form."""

from __future__ import annotations

import re

import pytest
from phonenumbers import parse, region_code_for_number, timezone
from phonenumbers.geodata import GEOCODE_DATA

from chalicelib.core.area_codes import STATES
from chalicelib.core.hours import ALL_STATES, Place
from chalicelib.entry.visiting import as_people_write_it
from chalicelib.numbers import EXCHANGE, e164, place_of, pretty, zone_of

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


@pytest.mark.parametrize(
    ("number", "place"),
    [
        pytest.param("+12125550100", "US NY America/New_York", id="New York"),
        pytest.param("+16025550100", "US AZ America/Phoenix", id="Phoenix"),
        pytest.param("+18085550100", "US HI Pacific/Honolulu", id="Honolulu"),
        pytest.param("+15125550100", "US TX America/Chicago", id="Austin"),
        pytest.param("+19155550100", "US TX America/Denver", id="El Paso"),
        pytest.param("+19075550100", "US AK America/Adak,America/Anchorage", id="Alaska, on either of its clocks"),
        pytest.param(
            "+16055550100", "US SD America/Denver,America/Chicago", id="South Dakota, on either of its clocks"
        ),
        pytest.param("+18504325000", "US FL America/Chicago", id="an exchange in Pensacola"),
        pytest.param("+18507305000", "US FL America/New_York,America/Chicago", id="one somewhere in the panhandle"),
        pytest.param("+14235550100", "US TN America/Chicago,America/New_York", id="Chattanooga's area code"),
        pytest.param("+13105550100", "US CA America/Los_Angeles", id="an area code known by its exchanges only"),
        pytest.param("+15550100001", "US", id="a number set aside for fiction"),
        pytest.param("+18005551234", "US", id="toll-free"),
        pytest.param("+15005550006", "US", id="a personal number"),
        pytest.param("+17875550100", "PR - America/Puerto_Rico", id="Puerto Rico has a country of its own"),
        pytest.param("+14165550123", "CA - America/Toronto", id="Toronto"),
        pytest.param("+525555550123", "MX - America/Mexico_City", id="Mexico City"),
        pytest.param("+493012345678", "DE - Europe/Berlin", id="Berlin"),
    ],
)
def test_a_number_tells_where_somebody_may_be(number: str, place: str) -> None:
    assert place_of(number) == Place.parse(place)


def test_a_number_of_no_place_in_a_large_country_fits_all_its_zones() -> None:
    place = place_of("+61412345678")

    assert (place.country, {"Australia/Perth", "Australia/Sydney"} <= set(place.zones)) == ("AU", True)


def test_the_first_six_digits_tell_all_that_phonenumbers_knows() -> None:
    """Every number of an exchange shares one answer, which is kept."""
    for exchange in range(2002000000, 9999999999, 7770000):
        first, last = (parse(f"+1{exchange + line}") for line in (0, 9999))
        assert len(f"+1{exchange}"[:EXCHANGE]) == EXCHANGE
        assert region_code_for_number(first) == region_code_for_number(last)
        assert timezone.time_zones_for_number(first) == timezone.time_zones_for_number(last)


NAMED = """
Alabama AL, Alaska AK, Arizona AZ, Arkansas AR, California CA, Colorado CO, Connecticut CT, Delaware DE, Florida FL,
Georgia GA, Hawaii HI, Idaho ID, Illinois IL, Indiana IN, Iowa IA, Kansas KS, Kentucky KY, Louisiana LA, Maine ME,
Maryland MD, Massachusetts MA, Michigan MI, Minnesota MN, Mississippi MS, Missouri MO, Montana MT, Nebraska NE,
Nevada NV, New Hampshire NH, New Jersey NJ, New Mexico NM, New York NY, North Carolina NC, North Dakota ND, Ohio OH,
Oklahoma OK, Oregon OR, Pennsylvania PA, Rhode Island RI, South Carolina SC, South Dakota SD, Tennessee TN, Texas TX,
Utah UT, Vermont VT, Virginia VA, Washington D.C. DC, Washington State WA, West Virginia WV, Wisconsin WI, Wyoming WY
"""
STATE_NAMED = dict(re.findall(r"(\w.*?) ([A-Z]{2})\b", NAMED))


def test_the_area_codes_are_those_of_phonenumbers() -> None:
    """Its geocoder is too heavy to ship. When a new version knows new codes, this names them."""
    found = {}
    for code in range(200, 1000):
        numbers = [parse(f"+1{code}{line}") for line in ("2345678", "5550100", "9876543")]
        if not any(region_code_for_number(number) == "US" for number in numbers):
            continue
        said = GEOCODE_DATA.get(f"1{code}", {}).get("en") or next(
            (GEOCODE_DATA[key]["en"] for key in GEOCODE_DATA if key.startswith(f"1{code}") and len(key) > 4), ""
        )
        if said:
            found[str(code)] = STATE_NAMED.get(said) or said.split(", ")[-1]

    assert found == STATES
    assert set(STATES.values()) == set(ALL_STATES)


@pytest.mark.parametrize(
    "number",
    [
        "+15550100000",
        "+12125550101",
        "+18885550100",
        "+19995550199",
        "+11235550100",
        "+442079460000",
        "345678",
        "+1212555",
    ],
)
def test_the_number_on_pages_is_written_as_all_others_are(number: str) -> None:
    assert as_people_write_it(number) == pretty(number)
