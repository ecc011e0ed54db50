"""Telephone numbers: their one written form, and what they tell of a place. Loads phonenumbers: import it late."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from chalicelib.core.area_codes import STATES
from chalicelib.core.hours import ALASKA, CENTRAL, MOUNTAIN, STATE_ZONES, Place

EXCHANGE = len("+1512555")  # all that phonenumbers' zones go by in North America
MOST_ZONES = 6  # a number that fits more, as a toll-free one does, tells nothing
# Zones that phonenumbers names apart, and that keep the same time.
SAME_TIME = {
    "America/Boise": MOUNTAIN,
    "America/Juneau": ALASKA,
    "America/North_Dakota/Center": CENTRAL,
}


@lru_cache(4096)
def e164(text: str, countries: tuple[str, ...]) -> str | None:
    """A number in E.164, however it was written in the first of our countries; None if it is none of theirs.

    Short codes are never numbers of people. Numbers set aside for fiction (555-01xx) have no region of their own and
    count as their country code's.
    """
    try:
        number = phonenumbers.parse(text, countries[0])
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    region = region_of(number)
    if region not in countries:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(number: phonenumbers.PhoneNumber) -> str | None:
    """The number's country, or the main one of its country code when it has none of its own."""
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = next(iter(phonenumbers.region_codes_for_country_code(number.country_code or 0)), None)
    return region


def zone_of(number: str) -> str | None:
    """The time zone of a number (E.164), where it can only be one."""
    zones = place_of(number).zones
    return zones[0] if len(zones) == 1 else None


def place_of(number: str) -> Place:
    """What a number (E.164) tells of where somebody may be: a guess, as people keep their numbers when they move.

    In the US all zones and the state of its area code; elsewhere all zones that fit, those of the whole country if need
    be. Numbers of no place (555, toll-free) have a country and no zones.
    """
    return north_american(number[:EXCHANGE]) if number.startswith("+1") else elsewhere(number)


@lru_cache(16384)
def north_american(exchange: str) -> Place:
    number = phonenumbers.parse(exchange.ljust(EXCHANGE, "0") + "2345")
    country = region_of(number) or ""
    state = STATES.get(exchange[2:5]) if country == "US" else None
    zones = tuple(dict.fromkeys(SAME_TIME.get(zone, zone) for zone in zones_of_exchange(number, exchange[1:], state)))
    return Place(country, zones, (state,) if state and zones else ())


def zones_of_exchange(number: phonenumbers.PhoneNumber, digits: str, state: str | None) -> tuple[str, ...]:
    """All zones that fit "1512555".

    phonenumbers names one zone for an area code, and others for exchanges in it: 850 is New York's, and the Florida
    panhandle's exchanges Chicago's. An exchange that it does not name may be in any of them.
    """
    zones: tuple[str, ...] = timezone.time_zones_for_number(number)
    if len(zones) > MOST_ZONES or not phonenumbers.is_valid_number(number):
        return ()
    if any(digits[:length] in TIMEZONE_DATA for length in (5, 6, 7)):
        return zones
    known = tuple(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE)
    return known + tuple(zone for zone in finer_zones().get(digits[:4], ()) if is_of(zone, state))


def is_of(zone: str, state: str | None) -> bool:
    """Keeps out an exchange that phonenumbers has elsewhere: one of Alaska's in Honolulu."""
    return state is None or SAME_TIME.get(zone, zone) in STATE_ZONES[state]


@lru_cache(1)
def finer_zones() -> dict[str, tuple[str, ...]]:
    """All zones of the exchanges that are named apart, by area code ("1850")."""
    found: dict[str, dict[str, None]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > 4:
            found.setdefault(prefix[:4], {}).update(dict.fromkeys(zones))
    return {area: tuple(zones) for area, zones in found.items()}


@lru_cache(4096)
def elsewhere(number: str) -> Place:
    parsed = phonenumbers.parse(number)
    zones: tuple[str, ...] = timezone.time_zones_for_number(parsed)
    if timezone.UNKNOWN_TIMEZONE in zones:
        zones = TIMEZONE_DATA.get(str(parsed.country_code), ())
    return Place(region_of(parsed) or "", zones)


def pretty(number: str) -> str:
    """A number (E.164) as people write it: (555) 010-0000 in our first countries, +44 20 7946 0000 elsewhere.

    What is no number, as a short code, stays as it is.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if parsed.country_code == 1 else form.INTERNATIONAL)


# Numbers that nobody holds in their hand, or that cost whoever texts them.
NOT_TEXTABLE = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
        phonenumbers.PhoneNumberType.PAGER,
    }
)


def is_textable(number: str) -> bool:
    """Whether a number (E.164) may be somebody's mobile. North American numbers do not tell a landline from one."""
    return phonenumbers.number_type(phonenumbers.parse(number)) not in NOT_TEXTABLE


def region(number: str) -> str:
    """The country of a number (E.164), as two letters."""
    return region_of(phonenumbers.parse(number)) or ""
