"""What pages show to whom, by what was texted before."""

from __future__ import annotations

import json
import re

import feedparser
import pytest
from icalendar import Calendar

from tests.browsing import Browsing
from tests.world import World

BASE = "https://giddyup.example"


def seen(path: str) -> str:
    return Browsing().open(path)


def read(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"<[^>]+>", "", page)


@pytest.fixture
def town(world: World) -> World:
    """Two groups with an action each: DIG1 and COOK1."""
    world.found_group(members=("ann", "ben"))
    world.text("carla", "NEW GROUP COOK Soup kitchen")
    world.raise_action("10 shovels at 5th & Main 10001 6pm #flood")
    world.raise_action("cooks tomorrow 9am #food #flood", "COOK", "carla")
    return world


def test_home_shows_what_is_open_and_searches_by_words_tag_and_zip(town: World) -> None:
    town.text("ann", "IN +2")

    assert [code in seen("/") for code in ("/a/DIG1", "/a/COOK1")] == [True, True]
    assert [code in seen("/?words=Shovels+main") for code in ("/a/DIG1", "/a/COOK1")] == [True, False]
    assert [code in seen("/?tag=%23food") for code in ("/a/DIG1", "/a/COOK1")] == [False, True]
    assert [code in seen("/?zip=10002") for code in ("/a/DIG1", "/a/COOK1")] == [True, False]
    assert [code in seen("/?words=nothing+like+it") for code in ("/a/DIG1", "/a/COOK1")] == [False, False]


def test_what_is_private_is_seen_by_its_link_alone(town: World) -> None:
    town.text("olga", "PRIVATE DIG1")

    assert "/a/DIG1" not in seen("/")
    assert "/a/DIG1" not in seen("/?words=shovels")
    assert "DIG1" not in seen("/t/flood/feed.atom")
    assert "DIG1" not in seen("/g/DIG/feed.json")
    assert "DIG1" not in seen("/g/DIG/calendar.ics")
    assert "DIG1" not in seen("/g/DIG")
    assert "noindex" in seen("/a/DIG1")
    assert "shovels" in seen("/a/DIG1")
    assert "feed.atom" not in seen("/a/DIG1/share"), "it is in no feed that could be passed on"
    town.text("olga", "CLOSE DIG1")
    assert "DIG1" not in seen("/g/DIG")
    assert "shovels" in seen("/a/DIG1")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_over_leads_to_public_actions_alone(town: World, lang: str) -> None:
    for words in ("2 people to watch", "2 to carry", "2 to cook", "2 people to sing"):
        town.raise_action(words)
    private, public = ("DIG2", "DIG3", "DIG4"), "DIG5"
    for code in private:
        town.text("olga", f"PRIVATE {code}")

    town.text("olga", "CALL OFF DIG1")

    assert [f"/a/{code}" in seen(f"/a/DIG1?lang={lang}") for code in (*private, public)] == [False, False, False, True]
    assert [f"/a/{code}" in seen(f"/g/DIG?lang={lang}") for code in (*private, public)] == [False, False, False, True]


def test_what_is_over_tells_of_an_open_ended_one_how_many_are_in(town: World) -> None:
    other = town.raise_action("sing at 5th & Main")
    for name in ("ann", "ben"):
        town.text(name, f"IN {other}")

    town.text("olga", "CALL OFF DIG1")

    page = seen("/a/DIG1")
    assert f"/a/{other}" in page
    assert "<b>2</b> in" in page


def test_who_has_the_link_of_a_private_group_sees_all_its_actions(town: World) -> None:
    town.text("olga", "PRIVATE DIG")
    other = town.raise_action("2 people to sing")

    assert [f"/a/{code}" in seen("/g/DIG") for code in ("DIG1", other)] == [True, True]
    town.text("olga", "CALL OFF DIG1")
    assert f"/a/{other}" in seen("/a/DIG1")


def test_a_private_group_has_a_page_and_no_feeds(town: World) -> None:
    town.text("olga", "PRIVATE DIG")
    browser = Browsing()

    assert "noindex" in browser.open("/g/DIG")
    assert "/a/DIG1" not in seen("/")
    for path in ("/g/DIG/feed.atom", "/g/DIG/feed.json", "/g/DIG/calendar.ics"):
        browser.open(path)
        assert browser.status == 404


def test_a_draft_is_seen_by_nobody(world: World) -> None:
    world.found_group()
    world.text("olga", "ALERT DIG 3 people to sing")
    browser = Browsing()

    for path in ("/a/DIG1", "/a/DIG1/live", "/a/DIG1/card.png", "/a/DIG1/event.ics", "/embed/DIG1", "/a/DIG1/share"):
        browser.open(path) if "png" not in path else setattr(browser, "status", browser.get(path).status_code)
        assert browser.status == 404


def test_an_action_that_is_over_shows_what_came_of_it_and_what_is_open(town: World) -> None:
    town.text("ann", "IN")
    town.text("ann", "HERE")
    town.text("ann", "DONE 12 boxes")
    other = town.raise_action("2 people to sing")
    town.text("olga", "CLOSE DIG1")

    assert "Done: 1 came, 12 boxes" in seen("/a/DIG1")
    assert f"/a/{other}" in seen("/a/DIG1")
    assert "Done: 1 came" in seen("/g/DIG")
    assert "/a/DIG1" not in seen("/")
    town.advance(hours=30)
    assert "Done: 1 came, 12 boxes" in seen("/a/DIG1")


def test_what_was_called_off_says_so_after_it_has_dissolved_too(town: World) -> None:
    town.text("olga", "CALL OFF DIG1")
    assert "Called off" in seen("/a/DIG1")

    town.advance(hours=30)

    assert "Called off" in seen("/a/DIG1")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/a/dig1", id="in small letters"),
        pytest.param("/a/Dig 1", id="with a space"),
        pytest.param("/g/díg", id="a group with an accent"),
    ],
)
def test_codes_and_words_are_known_however_they_are_written(town: World, path: str) -> None:
    browser = Browsing()

    browser.open(path)

    assert town
    assert browser.status == 200


def test_a_typo_is_met_with_what_was_meant(town: World) -> None:
    browser = Browsing()

    page = browser.open("/a/DGI1")

    assert town
    assert browser.status == 404
    assert "/a/DIG1" in page


def test_live_numbers_are_answered_with_304_until_they_change(town: World) -> None:
    browser = Browsing()
    tag = browser.get("/a/DIG1/live").headers["ETag"]

    assert browser.get("/a/DIG1/live", If_None_Match=tag).status_code == 304
    town.text("ann", "IN")

    changed = browser.get("/a/DIG1/live", If_None_Match=tag)
    assert changed.status_code == 200
    assert "1 of 10 in" in read(changed.body.decode())


def test_an_open_ended_action_counts_its_crew_on_every_page(town: World) -> None:
    for name in ("dora", "emil"):
        town.text(name, "COOK")
        town.text(name, "IN COOK1 +1")

    for path in ("/", "/g/COOK", "/a/COOK1", "/a/COOK1/live", "/embed/COOK1", "/t/food/feed.atom"):
        assert "4 in" in read(seen(path))


def test_feeds_and_calendars_are_what_readers_read(town: World) -> None:
    atom = feedparser.parse(seen("/g/DIG/feed.atom"))
    feed = json.loads(seen("/t/flood/feed.json"))
    event = Calendar.from_ical(seen("/a/DIG1/event.ics")).walk("VEVENT")[0]
    group = Calendar.from_ical(seen("/g/DIG/calendar.ics")).walk("VEVENT")

    assert town
    assert (atom.bozo, [entry.link for entry in atom.entries]) == (False, [f"{BASE}/a/DIG1"])
    assert sorted(item["url"] for item in feed["items"]) == [f"{BASE}/a/COOK1", f"{BASE}/a/DIG1"]
    assert [str(one["URL"]) for one in (event, *group)] == [f"{BASE}/a/DIG1"] * 2


def test_a_moved_action_moves_in_calendars(town: World) -> None:
    before = Calendar.from_ical(seen("/a/DIG1/event.ics")).walk("VEVENT")[0]

    town.text("olga", "MOVE DIG1 tomorrow 7pm")

    after = Calendar.from_ical(seen("/a/DIG1/event.ics")).walk("VEVENT")[0]
    assert after["DTSTART"].dt > before["DTSTART"].dt
    assert (after["UID"], after["SEQUENCE"] > before["SEQUENCE"]) == (before["UID"], True)


def test_oembed_is_discovered_and_knows_only_our_own(town: World) -> None:
    browser = Browsing()
    page = browser.open("/a/DIG1")
    assert town
    assert "application/json+oembed" in page
    assert "text/xml+oembed" in page

    told = json.loads(browser.open(f"/oembed?url={BASE}/a/DIG1&maxwidth=300"))
    statuses = [
        browser.get(f"/oembed?{asked}").status_code
        for asked in ("url=https://elsewhere.example/a/DIG1", "", f"url={BASE}/a/DIG1&format=yaml")
    ]

    assert (told["type"], told["width"], f"{BASE}/embed/DIG1" in told["html"]) == ("rich", 300, True)
    assert statuses == [404, 404, 501]


def test_what_is_kept_for_all_is_kept_for_each_language_apart(town: World) -> None:
    paths = ("/g/DIG/calendar.ics", "/g/DIG/feed.atom", "/a/DIG1/card.png")

    headers = [Browsing().get(path).headers for path in paths]

    assert town
    assert all("public" in one["Cache-Control"] for one in headers)
    assert [one["Vary"].startswith("Accept-Language, Cookie") for one in headers] == [True, True, True]


def test_the_language_is_the_browsers_or_the_one_that_was_chosen(town: World) -> None:
    spanish = Browsing({"Accept-Language": "es-MX,es;q=0.9"})
    assert town
    assert 'lang="es"' in spanish.open("/")

    spanish.open("/?lang=en")

    assert 'lang="en"' in spanish.open("/a/DIG1")
    assert 'lang="en"' in Browsing({"Accept-Language": "fr,de;q=0.9"}).open("/")


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/..%2fviews.py", "/static/layout.html", "/static/x.css"])
def test_only_files_for_browsers_are_served(world: World, path: str) -> None:
    assert world
    assert Browsing().get(path).status_code in {403, 404}
