"""Quiet hours: when an alert may reach somebody, by the clock of the place where they may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.hours import (
    ALASKA,
    ALEUTIAN,
    ALL_STATES,
    ARIZONA,
    CENTRAL,
    CONTIGUOUS,
    EASTERN,
    HAWAII,
    MOUNTAIN,
    PACIFIC,
    STATE_ZONES,
    WINDOWS,
    Place,
    local_zone,
    opens_at,
    zone_named,
)
from chalicelib.core.zips import LETTERS, place_of_zip

NEW_YORK = Place("US", (EASTERN,), ("NY",))
CONNECTICUT = Place("US", (EASTERN,), ("CT",))
FLORIDA = Place("US", (EASTERN,), ("FL",))
PANHANDLE = Place("US", (EASTERN, CENTRAL), ("FL",))
PHOENIX = Place("US", (ARIZONA,), ("AZ",))
HONOLULU = Place("US", (HAWAII,), ("HI",))
AUSTIN = Place("US", (CENTRAL,), ("TX",))
EL_PASO = Place("US", (MOUNTAIN,), ("TX",))
TEXAS = Place("US", (CENTRAL, MOUNTAIN), ("TX",))
ALASKAN = Place("US", (ALEUTIAN, ALASKA), ("AK",))
TORONTO = Place("CA", ("America/Toronto",))
UNKNOWN = Place("US")


def on(zone: str, written: str) -> datetime:
    """A clock on the wall: "2026-11-25 07:59", the first of two at the end of summer time."""
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


def row(place: Place, zone: str, now: str, opens: str, id: str) -> object:
    """`opens` on the same clock; "" is at once. 2026-11-25 is a Wednesday."""
    return pytest.param(place, on(zone, now), on(zone, opens) if opens else None, id=id)


@pytest.mark.parametrize(
    ("place", "now", "opens"),
    [
        row(NEW_YORK, EASTERN, "2026-11-25 07:59", "2026-11-25 08:00", "a minute before eight"),
        row(NEW_YORK, EASTERN, "2026-11-25 07:59:59.999", "2026-11-25 08:00", "a breath before eight"),
        row(NEW_YORK, EASTERN, "2026-11-25 08:00", "", "eight in New York"),
        row(NEW_YORK, EASTERN, "2026-11-25 20:59:59", "", "the last minute in New York"),
        row(NEW_YORK, EASTERN, "2026-11-25 21:00", "2026-11-26 08:00", "nine in the evening waits for the morning"),
        row(NEW_YORK, EASTERN, "2026-11-25 00:00", "2026-11-25 08:00", "midnight waits for the same day's morning"),
        row(PHOENIX, "UTC", "2026-07-01 14:59", "2026-07-01 15:00", "Phoenix in summer, before"),
        row(PHOENIX, "UTC", "2026-07-01 15:00", "", "Phoenix in summer: no daylight saving"),
        row(PHOENIX, "UTC", "2026-12-01 14:59", "2026-12-01 15:00", "Phoenix in winter, before"),
        row(PHOENIX, "UTC", "2026-12-01 15:00", "", "Phoenix in winter: the same"),
        row(PHOENIX, ARIZONA, "2026-07-01 20:59", "", "Phoenix, the last minute"),
        row(PHOENIX, ARIZONA, "2026-07-01 21:00", "2026-07-02 08:00", "Phoenix, over"),
        row(HONOLULU, EASTERN, "2026-11-25 12:59", "2026-11-25 13:00", "Honolulu by New York's winter clock, before"),
        row(HONOLULU, EASTERN, "2026-11-25 13:00", "", "Honolulu by New York's winter clock"),
        row(HONOLULU, EASTERN, "2026-07-01 13:59", "2026-07-01 14:00", "Honolulu by New York's summer clock, before"),
        row(HONOLULU, HAWAII, "2026-11-25 21:00", "2026-11-26 08:00", "Honolulu, over"),
        row(AUSTIN, CENTRAL, "2026-11-25 08:59", "2026-11-25 09:00", "Texas begins at nine"),
        row(AUSTIN, CENTRAL, "2026-11-25 09:00", "", "nine in Texas"),
        row(AUSTIN, CENTRAL, "2026-11-28 20:59", "", "a Saturday evening in Texas"),
        row(AUSTIN, CENTRAL, "2026-11-28 21:00", "2026-11-29 12:00", "waits for Sunday noon"),
        row(AUSTIN, CENTRAL, "2026-11-29 11:59", "2026-11-29 12:00", "a Texas Sunday before noon"),
        row(AUSTIN, CENTRAL, "2026-11-29 12:00", "", "a Texas Sunday at noon"),
        row(AUSTIN, CENTRAL, "2026-11-29 21:00", "2026-11-30 09:00", "and Monday at nine again"),
        row(
            EL_PASO, MOUNTAIN, "2026-11-29 11:59", "2026-11-29 12:00", "El Paso: Texas's rule on Denver's clock, before"
        ),
        row(EL_PASO, MOUNTAIN, "2026-11-29 12:00", "", "El Paso: Texas's rule on Denver's clock"),
        row(TEXAS, CENTRAL, "2026-11-29 12:30", "2026-11-29 13:00", "Texas somewhere: noon in El Paso too"),
        row(TEXAS, CENTRAL, "2026-11-29 20:59", "", "Texas somewhere, while Austin is open"),
        row(TEXAS, CENTRAL, "2026-11-29 21:00", "2026-11-30 10:00", "Texas somewhere, when Austin is over"),
        row(FLORIDA, EASTERN, "2026-11-25 19:59", "", "Florida's last minute"),
        row(FLORIDA, EASTERN, "2026-11-25 20:00", "2026-11-26 08:00", "Florida ends at eight"),
        row(PANHANDLE, EASTERN, "2026-11-25 08:30", "2026-11-25 09:00", "both of Florida's clocks must have begun"),
        row(PANHANDLE, EASTERN, "2026-11-25 20:00", "2026-11-26 09:00", "and neither be over"),
        row(CONNECTICUT, EASTERN, "2026-11-25 08:59", "2026-11-25 09:00", "Connecticut begins at nine"),
        row(CONNECTICUT, EASTERN, "2026-11-25 09:00", "", "nine in Connecticut"),
        row(CONNECTICUT, EASTERN, "2026-11-25 20:00", "2026-11-26 09:00", "and ends at eight"),
        row(ALASKAN, ALASKA, "2026-11-25 08:30", "2026-11-25 09:00", "eight in Anchorage is seven in Adak"),
        row(ALASKAN, ALASKA, "2026-11-25 20:59", "", "nearly nine in Anchorage"),
        row(ALASKAN, ALASKA, "2026-11-25 21:00", "2026-11-26 09:00", "nine in Anchorage is over, though not in Adak"),
        row(TORONTO, EASTERN, "2026-11-25 20:59", "", "another country has the plain hours"),
        row(Place("US", (EASTERN,)), EASTERN, "2026-11-25 20:59", "", "so has a zone without a state"),
        row(
            Place("US", (), ("TX",)), CENTRAL, "2026-11-25 09:59", "2026-11-25 10:00", "a state without a zone: all its"
        ),
        row(
            Place("US", (EASTERN,), ("CT", "NY")),
            EASTERN,
            "2026-11-25 20:00",
            "2026-11-26 09:00",
            "the narrowest of two",
        ),
    ],
)
def test_an_alert_waits_for_the_window_of_the_place(place: Place, now: datetime, opens: datetime | None) -> None:
    assert opens_at(place, now, CONTIGUOUS) == opens


@pytest.mark.parametrize(
    ("place", "now", "opens"),
    [
        row(UNKNOWN, EASTERN, "2026-11-25 12:00", "", "noon in New York is fine everywhere"),
        row(
            UNKNOWN, EASTERN, "2026-11-25 08:30", "2026-11-25 11:00", "half past eight is half past five in California"
        ),
        row(UNKNOWN, EASTERN, "2026-11-25 10:59", "2026-11-25 11:00", "a minute before eight in California"),
        row(UNKNOWN, EASTERN, "2026-11-25 19:59", "", "the last minute in Florida and Massachusetts"),
        row(UNKNOWN, EASTERN, "2026-11-25 20:00", "2026-11-26 11:00", "eight in New York is over in Florida"),
        row(UNKNOWN, CENTRAL, "2026-11-29 11:59", "2026-11-29 13:00", "a Sunday waits for noon in El Paso"),
        row(UNKNOWN, CENTRAL, "2026-11-29 13:00", "", "a Sunday from noon in El Paso"),
        row(Place(""), EASTERN, "2026-11-25 08:30", "2026-11-25 11:00", "not even the country is known"),
        row(Place("CA"), EASTERN, "2026-11-25 08:30", "2026-11-25 11:00", "another country, and no zone"),
    ],
)
def test_who_may_be_anywhere_waits_for_every_state(place: Place, now: datetime, opens: datetime | None) -> None:
    assert opens_at(place, now, CONTIGUOUS) == opens


def test_who_may_be_in_hawaii_too_waits_for_hawaii() -> None:
    noon = on(EASTERN, "2026-11-25 12:00")

    assert (opens_at(UNKNOWN, noon, CONTIGUOUS), opens_at(UNKNOWN, noon, ALL_STATES), opens_at(UNKNOWN, noon, ())) == (
        None,
        on(EASTERN, "2026-11-25 13:00"),
        None,
    )


@pytest.mark.parametrize("zone", [EASTERN, CENTRAL, MOUNTAIN, PACIFIC, ALASKA, ALEUTIAN])
@pytest.mark.parametrize(
    ("day", "before"),
    [
        pytest.param("2026-03-08", "2026-03-07", id="the short day of 2026"),
        pytest.param("2026-11-01", "2026-10-31", id="the long day of 2026"),
        pytest.param("2027-03-14", "2027-03-13", id="the short day of 2027"),
        pytest.param("2027-11-07", "2027-11-06", id="the long day of 2027"),
    ],
)
def test_the_clock_on_the_wall_counts_on_the_day_when_it_is_set(zone: str, day: str, before: str) -> None:
    place = Place("US", (zone,))
    at_eight = on(zone, f"{day} 08:00")

    assert opens_at(place, on(zone, f"{day} 07:59"), ()) == at_eight
    assert opens_at(place, at_eight, ()) is None
    assert opens_at(place, on(zone, f"{day} 20:59"), ()) is None
    assert opens_at(place, on(zone, f"{day} 21:00"), ()) == on(zone, day + " 08:00") + timedelta(days=1)
    assert opens_at(place, on(zone, f"{before} 21:00"), ()) == at_eight
    assert opens_at(place, on(zone, f"{day} 01:30"), ()) == at_eight
    assert opens_at(place, on(zone, f"{day} 01:30").replace(fold=1), ()) == at_eight


@pytest.mark.parametrize(
    ("night", "hours"),
    [
        pytest.param("2026-03-07 21:00", 10, id="the short night"),
        pytest.param("2026-10-31 21:00", 12, id="the long night"),
        pytest.param("2026-11-25 21:00", 11, id="any other"),
    ],
)
def test_the_wait_over_the_night_is_as_long_as_the_night(night: str, hours: int) -> None:
    now = on(EASTERN, night).astimezone(UTC)
    opens = opens_at(NEW_YORK, now, ())

    assert opens == now + timedelta(hours=hours)
    assert opens is not None
    assert opens.tzinfo is UTC


def test_places_that_are_never_awake_together_go_by_the_first() -> None:
    place = Place("", ("Pacific/Auckland", PACIFIC))
    night_in_auckland = on("Pacific/Auckland", "2026-07-01 22:00")

    assert opens_at(place, night_in_auckland, ()) == on("Pacific/Auckland", "2026-07-02 08:00")
    assert opens_at(place, on("Pacific/Auckland", "2026-07-02 08:00"), ()) is None


states = st.lists(st.sampled_from([*WINDOWS, "NY", "AZ"]), max_size=2, unique=True).map(tuple)
zones = st.lists(st.sampled_from(sorted({zone for of in STATE_ZONES.values() for zone in of})), max_size=3, unique=True)
places = st.builds(Place, st.just("US"), zones.map(tuple), states)
# Weeks around the days when clocks are set, and any time of two years.
days = st.sampled_from(["2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07"]).map(datetime.fromisoformat)
moments = st.builds(
    lambda day, minutes, seconds: day.replace(tzinfo=UTC) + timedelta(minutes=minutes, seconds=seconds),
    days,
    st.integers(-3 * 1440, 3 * 1440) | st.integers(-180 * 1440, 180 * 1440),
    st.integers(0, 59),
)


def is_inside(place: Place, now: datetime) -> bool:
    """The rule once more, and slowly: by the hours on each clock."""
    zones = [(zone, state) for zone in place.zones for state in place.states or ("",)]
    named = zones or [(zone, state) for state in place.states or CONTIGUOUS for zone in STATE_ZONES[state]]
    for zone, state in named:
        local = now.astimezone(ZoneInfo(zone))
        start, end = WINDOWS[state][local.weekday()] if state in WINDOWS else (8 * 60, 21 * 60)
        if not start <= local.hour * 60 + local.minute < end:
            return False
    return True


@settings(max_examples=150)
@given(places, moments)
def test_an_alert_goes_in_the_first_minute_that_is_inside_all_windows(place: Place, now: datetime) -> None:
    opens = opens_at(place, now, CONTIGUOUS)

    assert (opens is None) == is_inside(place, now)
    if opens is None:
        return
    assert opens > now
    assert opens_at(place, opens, CONTIGUOUS) is None
    minutes = [opens - timedelta(minutes=back) for back in range(1, int((opens - now) / timedelta(minutes=1)) + 1)]
    assert not any(is_inside(place, minute) for minute in minutes if minute > now)


@pytest.mark.parametrize(
    ("place", "written"),
    [
        pytest.param(TEXAS, "US TX America/Chicago,America/Denver", id="one state and two zones"),
        pytest.param(Place("US", (EASTERN,), ("CT", "NY")), "US CT,NY America/New_York", id="two states and one zone"),
        pytest.param(UNKNOWN, "US", id="somewhere in a country"),
        pytest.param(TORONTO, "CA - America/Toronto", id="a zone without a state"),
        pytest.param(Place("US", (), ("TX",)), "US TX", id="a state without a zone"),
        pytest.param(Place("", (EASTERN,)), "- - America/New_York", id="a zone of no country"),
        pytest.param(Place(""), "", id="nothing at all"),
    ],
)
def test_a_place_is_read_as_it_was_written(place: Place, written: str) -> None:
    assert (str(place), Place.parse(written)) == (written, place)


def test_a_person_goes_by_their_own_clock_where_it_can_only_be_one() -> None:
    assert (local_zone(EL_PASO, EASTERN), local_zone(TEXAS, EASTERN), local_zone(UNKNOWN, EASTERN)) == (
        MOUNTAIN,
        EASTERN,
        EASTERN,
    )


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        *[(said, EASTERN) for said in ("Eastern", "eastern time", "ET", "est", "EDT", "este", "hora del Este")],
        *[(said, EASTERN) for said in ("new york", "New_York", "America/New_York", "america/new_york", "Nueva York")],
        *[(said, CENTRAL) for said in ("central", "CT", "CST", "cdt", "Centro", "hora central", "Chicago")],
        *[(said, MOUNTAIN) for said in ("mountain time zone", "MT", "mst", "montaña", "MONTANA", "Denver")],
        *[(said, PACIFIC) for said in ("Pacific Standard Time", "PT", "pst", "pdt", "pacífico", "los angeles")],
        *[(said, ALASKA) for said in ("Alaska", "akst", "Anchorage")],
        *[(said, HAWAII) for said in ("Hawaii", "Hawái", "HST", "Honolulu", "pacific/honolulu")],
        *[(said, ARIZONA) for said in ("Arizona", "phoenix", "  Phoenix. ")],
        *[(said, None) for said in ("", "soon", "timezone", "../../etc/passwd", "UTC+5", "time", "hora")],
        ("indianapolis", "America/Indiana/Indianapolis"),
        ("puerto rico", "America/Puerto_Rico"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("São Paulo", "America/Sao_Paulo"),
    ],
)
def test_a_zone_is_understood_as_people_say_it(said: str, zone: str | None) -> None:
    assert zone_named(said) == zone


def test_every_zone_that_we_name_is_real() -> None:
    named = {zone for zones in STATE_ZONES.values() for zone in zones} | set(LETTERS.values())

    assert named - available_timezones() == set()


def test_the_states_are_fifty_and_the_capital() -> None:
    assert (len(ALL_STATES), len(CONTIGUOUS), set(WINDOWS) - set(ALL_STATES)) == (51, 49, set())


@pytest.mark.parametrize(
    ("zip", "zones", "states"),
    [
        pytest.param("10001", (EASTERN,), ("NY",), id="Manhattan"),
        pytest.param("06390", (EASTERN,), ("CT", "NY"), id="Fishers Island, with its neighbours of Connecticut"),
        pytest.param("02108", (EASTERN,), ("MA",), id="Boston"),
        pytest.param("20001", (EASTERN,), ("DC",), id="Washington"),
        pytest.param("33101", (EASTERN,), ("FL",), id="Miami"),
        pytest.param("32501", (CENTRAL,), ("FL",), id="Pensacola"),
        pytest.param("32401", (EASTERN, CENTRAL), ("FL",), id="the middle of the panhandle"),
        pytest.param("37201", (CENTRAL,), ("TN",), id="Nashville"),
        pytest.param("37402", (EASTERN,), ("TN",), id="Chattanooga"),
        pytest.param("40202", (EASTERN,), ("KY",), id="Louisville"),
        pytest.param("42101", (CENTRAL,), ("KY",), id="Bowling Green"),
        pytest.param("46201", (EASTERN,), ("IN",), id="Indianapolis"),
        pytest.param("46402", (CENTRAL,), ("IN",), id="Gary"),
        pytest.param("48201", (EASTERN,), ("MI",), id="Detroit"),
        pytest.param("49938", (EASTERN, CENTRAL), ("MI",), id="Ironwood"),
        pytest.param("57701", (MOUNTAIN,), ("SD",), id="Rapid City"),
        pytest.param("69101", (CENTRAL, MOUNTAIN), ("NE",), id="North Platte"),
        pytest.param("67735", (CENTRAL, MOUNTAIN), ("KS",), id="Goodland"),
        pytest.param("78701", (CENTRAL,), ("TX",), id="Austin"),
        pytest.param("78701-1234", (CENTRAL,), ("TX",), id="a ZIP+4"),
        pytest.param("79901", (MOUNTAIN,), ("TX",), id="El Paso"),
        pytest.param("88540", (MOUNTAIN,), ("TX",), id="El Paso's other"),
        pytest.param("79830", (CENTRAL, MOUNTAIN), ("TX",), id="between El Paso and the rest"),
        pytest.param("85001", (ARIZONA,), ("AZ",), id="Phoenix"),
        pytest.param("86515", (MOUNTAIN, ARIZONA), ("AZ",), id="Window Rock, of the Navajo Nation"),
        pytest.param("83702", (MOUNTAIN,), ("ID",), id="Boise"),
        pytest.param("83814", (PACIFIC,), ("ID",), id="Coeur d'Alene"),
        pytest.param("97914", (MOUNTAIN, PACIFIC), ("OR",), id="Ontario in Oregon"),
        pytest.param("89883", (MOUNTAIN, PACIFIC), ("NV",), id="West Wendover"),
        pytest.param("99501", (ALASKA,), ("AK",), id="Anchorage"),
        pytest.param("99546", (ALEUTIAN,), ("AK",), id="Adak"),
        pytest.param("96701", (HAWAII,), ("HI",), id="Hawaii but for Honolulu"),
        pytest.param("96799", ("Pacific/Pago_Pago",), ("AS",), id="American Samoa"),
        pytest.param("00901", ("America/Puerto_Rico",), ("PR",), id="San Juan"),
        pytest.param("00802", ("America/Puerto_Rico",), ("VI",), id="the Virgin Islands"),
        pytest.param("09012", (), (), id="a soldier in Europe"),
        pytest.param("96201", (), (), id="a soldier in Asia"),
    ],
)
def test_a_zip_tells_zones_and_states(zip: str, zones: tuple[str, ...], states: tuple[str, ...]) -> None:
    assert place_of_zip(zip) == (zones, states)


@pytest.mark.parametrize("zip", ["", "00000", "00401", "1234", "123456", "78701-12", "78701-", "K1A 0B1", "７８７０１"])
def test_what_is_no_zip_tells_nothing(zip: str) -> None:
    assert place_of_zip(zip) is None
