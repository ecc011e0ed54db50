"""Charts: what somebody who can't see them is told, and that points, marks and the need lie where they should."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from markupsafe import Markup

from chalicelib.web.charts import Bar, Mark, Series, bars, line_chart, ticks

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # in New York
ZONE = "America/New_York"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def hour(moment: datetime, step: timedelta) -> str:
    return f"{moment:%b %d}" if step >= timedelta(days=1) else f"{moment:%H:%M}"


def drawn(chart: Markup) -> ElementTree.Element:
    """Well-formed, as XML is: a browser is more patient."""
    return ElementTree.fromstring(chart)  # noqa: S314 - ours


def a_chart(**more: object) -> ElementTree.Element:
    given: dict[str, object] = {
        "title": "Seats",
        "description": "7 of 10 in.",
        "series": [Series([(at(0), 0), (at(10), 4), (at(40), 7)])],
        "since": at(0),
        "until": at(60),
        "zone": ZONE,
        "label": hour,
        **more,
    }
    return drawn(line_chart(**given))  # type: ignore[arg-type]


def words(chart: ElementTree.Element, kind: str) -> list[str]:
    return ["".join(one.itertext()) for one in chart.iter("text") if kind in one.attrib["class"].split()]


def lines(chart: ElementTree.Element, kind: str) -> list[dict[str, str]]:
    return [one.attrib for one in chart.iter("line") if kind in one.attrib["class"].split()]


def test_a_chart_is_an_image_with_a_title_and_a_description() -> None:
    chart = a_chart()

    assert chart.attrib["role"] == "img"
    assert [chart.findtext("title"), chart.findtext("desc")] == ["Seats", "7 of 10 in."]


def test_its_colours_are_the_stylesheets_alone() -> None:
    chart = line_chart(
        "a", "b", [Series([(at(0), 1)])], at(0), at(9), ZONE, hour, [Mark(at(3), "wave 1")], need=3
    ) + bars("a", "b", [Bar("In", 3)])

    assert not re.search(r"style=|fill=|stroke=|#[0-9a-f]{3}", chart)


def test_points_lie_where_their_moments_and_numbers_are() -> None:
    chart = a_chart(series=[Series([(at(0), 0), (at(30), 5), (at(60), 10)])], need=10)
    path = next(chart.iter("path")).attrib["d"]

    places = [tuple(map(float, one.split())) for one in re.split("[ML]", path)[1:]]

    (x0, y0), (x1, y1), (x2, y2) = places
    assert abs((x0 + x2) / 2 - x1) < 0.2
    assert abs((y0 + y2) / 2 - y1) < 0.2
    assert x0 < x1 < x2
    assert y0 > y1 > y2


def test_a_stepped_line_holds_until_it_changes() -> None:
    chart = a_chart(series=[Series([(at(0), 0), (at(60), 4)], is_stepped=True)])

    places = [one.split() for one in re.split("[ML]", next(chart.iter("path")).attrib["d"])[1:]]

    assert places[0][1] == places[1][1]
    assert places[1][0] == places[2][0]


def test_the_need_is_a_line_across_at_its_height() -> None:
    chart = a_chart(series=[Series([(at(0), 0), (at(60), 10)])], need=10)

    (need,) = lines(chart, "need")

    assert need["y1"] == need["y2"] == next(chart.iter("circle")).attrib["cy"]


def test_marks_outside_the_time_shown_are_left_out() -> None:
    chart = a_chart(marks=[Mark(at(-5), "before"), Mark(at(20), "wave 1"), Mark(at(61), "after")])

    assert words(chart, "over") == ["wave 1"]
    assert len(lines(chart, "mark")) == 1


def test_labels_that_would_run_into_each_other_are_left_out_but_no_mark_is() -> None:
    chart = a_chart(marks=[Mark(at(20), "wave 1"), Mark(at(21), "wave 2"), Mark(at(55), "start", "start")])

    assert words(chart, "over") == ["wave 1", "start"]
    assert [one.findtext("title") for one in chart.iter("line") if "mark" in one.attrib["class"]] == [
        "wave 1",
        "wave 2",
        "start",
    ]


def test_moments_are_written_at_round_times_of_its_zone() -> None:
    assert words(a_chart(), "moment") == ["12:00", "12:15", "12:30", "12:45", "13:00"]


def test_of_weeks_days_are_written() -> None:
    chart = a_chart(series=[Series([(at(0), 1)])], until=NOON + timedelta(days=21))

    assert words(chart, "moment") == ["Nov 30", "Dec 07", "Dec 14"]


def test_days_begin_at_midnight_when_the_clocks_change_too() -> None:
    _, moments = ticks(datetime(2026, 10, 30, 4, tzinfo=UTC), datetime(2026, 11, 3, 12, tzinfo=UTC), ZONE)

    assert [one.hour for one in moments] == [0] * len(moments)
    assert len(moments) == 5


def test_lines_go_across_at_round_numbers_up_to_one_that_nothing_passes() -> None:
    assert words(a_chart(series=[], need=9), "count") == ["0", "5", "10"]
    assert words(a_chart(series=[], need=340), "count") == ["0", "100", "200", "300", "400"]


def test_nothing_yet_is_a_chart_too() -> None:
    chart = a_chart(series=[Series([])])

    assert list(chart.iter("path")) == []
    assert words(chart, "count")[0] == "0"


def test_what_people_wrote_is_no_markup() -> None:
    chart = line_chart("<b>", "a & b", [], at(0), at(9), ZONE, hour, [Mark(at(3), "<i>")])

    assert "<b>" not in chart
    assert "<i>" not in chart
    assert drawn(chart).findtext("title") == "<b>"


def test_the_longest_bar_fills_its_place_and_the_others_their_share() -> None:
    chart = drawn(bars("Steps", "", [Bar("Texted", 200), Bar("In", 50), Bar("Here", 0)]))

    grooves = [float(one.attrib["width"]) for one in chart.iter("rect") if "groove" in one.attrib["class"]]
    found = [float(one.attrib["width"]) for one in chart.iter("rect") if "bar" in one.attrib["class"].split()]

    assert found[0] == grooves[0]
    assert found[1] == grooves[1] / 4
    assert found[2] == 0


def test_bars_of_nothing_break_nothing() -> None:
    assert drawn(bars("Steps", "none", [])).findtext("desc") == "none"
