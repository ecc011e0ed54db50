"""Telephone numbers: their one written form, and what they tell of a place. Loads phonenumbers: import it late."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import timezone


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
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = next(iter(phonenumbers.region_codes_for_country_code(number.country_code or 0)), None)
    if region not in countries:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def zone_of(number: str) -> str | None:
    """The time zone of a number (E.164), where it can only be one."""
    zones = timezone.time_zones_for_number(phonenumbers.parse(number))
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else None
