"""Quiet hours by the recipient's own place: where somebody may be, when an alert may reach them, and from when it may.

8:00-21:00 on the clock of the place (47 CFR 64.1200(c)(1)), narrower in some states. Whoever may be in several zones or
states is texted when all of their windows are open at once.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo, available_timezones

# One day's window in minutes after local midnight, half-open: 20:59 is inside (480, 1260), 21:00 is not.
Window = tuple[int, int]
Week = tuple[Window, ...]  # Monday to Sunday, as date.weekday() counts


def from_to(start: int, end: int, sunday_from: int | None = None) -> Week:
    """The same whole hours every day, but for a Sunday that begins later."""
    sunday = start if sunday_from is None else sunday_from
    return ((start * 60, end * 60),) * 6 + ((sunday * 60, end * 60),)


DEFAULT = from_to(8, 21)  # 47 CFR 64.1200(c)(1)

# States that are narrower, as of November 2026. Sources differ on who is bound by which: lists that vendors keep name
# other states too, and in some of these no Sundays or holidays. A state moves by one line here.
WINDOWS: dict[str, Week] = {
    "AL": from_to(8, 20),
    "CT": from_to(9, 20),  # Conn. Gen. Stat. 42-288a, since October 2023
    "FL": from_to(8, 20),  # Fla. Stat. 501.616(6)(a)
    "LA": from_to(8, 20),
    "MA": from_to(8, 20),  # M.G.L. c. 159C, s. 3
    "MD": from_to(8, 20),  # Md. Code, Com. Law 14-4502, since January 2024
    "MS": from_to(8, 20),
    "OK": from_to(8, 20),  # Okla. Stat. tit. 15, 775C.4
    "TN": from_to(8, 20),
    "TX": from_to(9, 21, sunday_from=12),  # Tex. Bus. & Com. Code 301.051; of texts too since September 2025
    "WA": from_to(8, 20),  # RCW 80.36.390
}

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
ARIZONA, HAWAII, ALASKA, ALEUTIAN = "America/Phoenix", "Pacific/Honolulu", "America/Anchorage", "America/Adak"

# Every clock in a state (49 CFR 71), by zones that have kept the same time for some years: Detroit's is New York's,
# Boise's is Denver's, Juneau's is Anchorage's. The Navajo Nation keeps Denver's inside Arizona; see the ZIP for that.
STATES_WITH: dict[tuple[str, ...], str] = {
    (EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (EASTERN, CENTRAL): "FL IN KY MI TN",
    (CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (CENTRAL, MOUNTAIN): "KS ND NE SD TX",
    (MOUNTAIN,): "CO MT NM UT WY",
    (MOUNTAIN, PACIFIC): "ID NV OR",
    (PACIFIC,): "CA WA",
    (ARIZONA,): "AZ",
    (ALASKA, ALEUTIAN): "AK",
    (HAWAII,): "HI",
}
STATE_ZONES: dict[str, tuple[str, ...]] = {
    state: zones for zones, states in STATES_WITH.items() for state in states.split()
}
ALL_STATES = tuple(sorted(STATE_ZONES))  # and DC; no territories
CONTIGUOUS = tuple(state for state in ALL_STATES if state not in {"AK", "HI"})  # and DC

SEARCHED = 8  # days: the windows repeat weekly, and one more for the zones that are a day ahead
GAP = "-"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may be: all zones that fit, and the US states that fit (two letters).

    `country` is ISO, "" if unknown. Written in three parts, a gap as "-", and nothing after the last that is known:
    "US TX America/Chicago,America/Denver", "DE - Europe/Berlin", "US".
    """

    country: str
    zones: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [self.country or GAP, ",".join(self.states) or GAP, ",".join(self.zones) or GAP]
        while parts and parts[-1] == GAP:
            parts.pop()
        return " ".join(parts)

    @staticmethod
    def parse(text: str) -> Place:
        """The place that str() wrote."""
        country, states, zones = [*text.split(), GAP, GAP, GAP][:3]
        return Place("" if country == GAP else country, several(zones), several(states))


def several(part: str) -> tuple[str, ...]:
    return () if part == GAP else tuple(part.split(","))


def opens_at(
    place: Place, now: datetime, unknown: tuple[str, ...] = CONTIGUOUS, hours: tuple[int, int] | None = None
) -> datetime | None:
    """None: an alert may go now. Else the earliest moment from which it may, in UTC, a whole minute.

    `unknown`: the states that somebody may be in of whom neither zone nor state is known. `hours` are a group's own,
    [start, end) on the same clocks, inside the law's; where they are never open in all zones at once, the law's count.
    """
    assert now.tzinfo is not None
    # All windows open and close on whole minutes, so whatever holds for a minute's beginning holds to its end.
    return opens_at_minute(place, now.astimezone(UTC).replace(second=0, microsecond=0), unknown, hours)


@lru_cache(8192)
def opens_at_minute(
    place: Place, minute: datetime, unknown: tuple[str, ...], hours: tuple[int, int] | None = None
) -> datetime | None:
    clocks = clocks_of(place, unknown, hours)
    if is_open(clocks, minute):
        return None
    # Of windows that are not all open, the moment when all are is the beginning of one of them.
    found = [at for at in openings(clocks, minute) if is_open(clocks, at)]
    if found:
        return min(found)
    if hours:
        return opens_at_minute(place, minute, unknown)
    # Never open at once: zones thirteen hours apart. Then the first zone stands for the place.
    first = clocks[:1]
    return None if is_open(first, minute) else min(openings(first, minute))


Clocks = tuple[tuple[ZoneInfo, Week], ...]


@lru_cache(1024)
def clocks_of(place: Place, unknown: tuple[str, ...], hours: tuple[int, int] | None = None) -> Clocks:
    """Each zone that fits, with the hours that hold in it.

    Several states with several zones: the narrowest of all the states, in each of the zones. Without a zone, each state
    in its own zones. A zone without a state is under the federal rule. `hours` narrow each.
    """
    if hours:
        own = from_to(*hours)
        return tuple((zone, narrower(week, own)) for zone, week in clocks_of(place, unknown))
    if place.zones:
        week = reduce(narrower, (WINDOWS.get(state, DEFAULT) for state in place.states), DEFAULT)
        return tuple((ZoneInfo(zone), week) for zone in place.zones)
    weeks: dict[str, Week] = {}
    for state in tuple(state for state in place.states if state in STATE_ZONES) or unknown or CONTIGUOUS:
        for zone in STATE_ZONES[state]:
            weeks[zone] = narrower(weeks.get(zone, DEFAULT), WINDOWS.get(state, DEFAULT))
    return tuple((ZoneInfo(zone), week) for zone, week in weeks.items())


def narrower(one: Week, other: Week) -> Week:
    """What is inside both."""
    return tuple((max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(one, other, strict=True))


def is_open(clocks: Clocks, at: datetime) -> bool:
    for zone, week in clocks:
        local = at.astimezone(zone)
        start, end = week[local.weekday()]
        if not start <= local.hour * 60 + local.minute < end:
            return False
    return True


def openings(clocks: Clocks, after: datetime) -> list[datetime]:
    """When each zone's windows begin in the days after, in UTC.

    From the clock on the wall of that day: on the two daylight-saving days, midnight plus eight hours is not 8:00.
    """
    found = []
    for zone, week in clocks:
        today: date = after.astimezone(zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(SEARCHED + 1)):
            hour, minute = divmod(week[day.weekday()][0], 60)
            found.append(datetime.combine(day, time(hour, minute), zone).astimezone(UTC))
    return [at for at in found if at > after]


def local_zone(place: Place, fallback: str) -> str:
    """The zone of a person's own clock: their place's, where it can only be one."""
    return place.zones[0] if len(place.zones) == 1 else fallback


# What people call zones, in English and Spanish, without accents. MST is Denver's: Arizona has its own word.
SAID: dict[str, str] = {
    EASTERN: "eastern, east, et, est, edt, este, oriental, nueva york, new york city, nyc",
    CENTRAL: "central, ct, cst, cdt, centro",
    MOUNTAIN: "mountain, mt, mst, mdt, montana, las montanas",
    PACIFIC: "pacific, pt, pst, pdt, pacifico",
    ALASKA: "alaska, akt, akst, akdt",
    ALEUTIAN: "aleutian, hawaii-aleutian, aleutianas",
    HAWAII: "hawaii, hawai, ht, hst, hawaiian",
    ARIZONA: "arizona, az",
}
AROUND = (  # what is said around a zone's name and tells nothing
    ("hora del ", "hora de la ", "hora de ", "hora ", "zona ", "the ", "us/", "us "),
    (" time zone", " standard time", " daylight time", " time"),
)
OLD_NAMES = frozenset(
    {"US", "Canada", "Mexico", "Brazil", "Chile", "Etc"}
)  # zones by these have newer names, or no city


def zone_named(text: str) -> str | None:
    """The IANA zone that somebody means by "Central", "hora del este", "EST", "new york" or "america/denver"."""
    bare = unicodedata.normalize("NFKD", text.replace("_", " ").casefold())
    said = " ".join("".join(char for char in bare if not unicodedata.combining(char)).split()).rstrip(".!")
    names = zone_names()
    if said in names:
        return names[said]
    before, behind = AROUND
    for word in before:
        said = said.removeprefix(word)
    for word in behind:
        said = said.removesuffix(word)
    return names.get(said)


@lru_cache(1)
def zone_names() -> dict[str, str]:
    """Every name that we understand: IANA's with and without the region, and what people say, which wins."""
    real = sorted(name for name in available_timezones() if "/" in name)
    # Indiana/Indianapolis rather than its older name Indianapolis. Istanbul is in Asia and Europe at the same time.
    cities = sorted((name for name in real if name.split("/")[0] not in OLD_NAMES), key=lambda name: name.count("/"))
    return {
        **{name.split("/")[-1].replace("_", " ").casefold(): name for name in cities},
        **{name.replace("_", " ").casefold(): name for name in real},
        **{word: zone for zone, words in SAID.items() for word in words.split(", ")},
    }
