"""A group's log on the dashboard: what was done, by whom, when and through which door."""

from __future__ import annotations

import re

import pytest

from tests.browsing import Browsing
from tests.desk import signed_in
from tests.world import World

LOG = "/dashboard/g/DIG/audit"


def lines(browser: Browsing) -> list[str]:
    """What the log says, the newest first."""
    listed = re.search(r'<ol class="rows">(.*?)</ol>', browser.page, re.DOTALL)
    found = re.findall(r"<p>(.*?)</p>", listed[1], re.DOTALL) if listed else []
    return [line.strip().replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">") for line in found]


def link(browser: Browsing, words: str) -> str:
    found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>{words}</a>', browser.page)
    assert found, f"no link says {words}"
    return found[1].replace("&amp;", "&")


@pytest.fixture
def code(world: World) -> str:
    """An action with two who are in, raised by Olga, who is called Ruth there."""
    code = world.crew("2 shovels at 5th & Main 6pm", "ann", "bob")
    world.text("olga", "NAME Ruth")
    return code


@pytest.mark.usefixtures("code")
def test_the_log_says_who_did_what_and_through_which_door(world: World) -> None:
    world.text("olga", "UPDATE Park behind the church")
    world.text("olga", "CLOSE")

    browser = signed_in(world, "olga", LOG)

    assert browser.status == 200
    assert lines(browser) == [
        "Ruth, …01, by text: CLOSE: DIG1 is done",
        "Ruth, …01, by text: UPDATE: DIG1: “Park behind the church”",
        "DIG1 has filled: 2 coming",
        "DIG1: the next wave asked 3 people",
        "Ruth, …01, by text: GO: DIG1 to 3 people",
        "Ruth, …01, by text: ALERT: DIG1 drafted, for 3 people: “2 shovels at 5th &amp; Main 6pm”",
        "Ruth, …01, by text: NEW GROUP: DIG, Riverbank diggers",
    ]
    assert "Mon Nov 23 12pm</time>" in browser.page


@pytest.mark.usefixtures("code")
def test_it_is_found_by_the_code_of_an_action_however_it_is_written(world: World) -> None:
    world.text("olga", "PRIVATE DIG")
    browser = signed_in(world, "olga", f"{LOG}?code=dig1")
    of_one = lines(browser)

    browser.open(f"{LOG}?code=DIG9")

    assert [line for line in of_one if "NEW GROUP" in line or "PRIVATE" in line] == []
    assert len(of_one) == 4
    assert (lines(browser), "Is the code right?" in browser.page) == ([], True)


@pytest.mark.usefixtures("code")
def test_it_is_found_by_who_did_it(world: World) -> None:
    world.text("olga", f"ORGANIZER {world.number('ann')}")
    world.text("ann", "UPDATE DIG1 Bring gloves")
    world.text("olga", "UPDATE DIG1 And boots")
    browser = signed_in(world, "olga", LOG)
    offered = re.findall(r'<option value="(\w+)">([^<]+)</option>', browser.page)

    browser.open(f"{LOG}?who={world.person('ann')}")

    assert [name for _, name in offered] == ["Ruth, …01", "Ann, …02"]
    assert lines(browser) == ["Ann, …02, by text: UPDATE: DIG1: “Bring gloves”"]
    browser.open(LOG)
    assert "Ruth, …01, by text: ORGANIZER: Ann, …02 organizes DIG too" in lines(browser)


@pytest.mark.usefixtures("code")
def test_fifty_stand_on_a_page_and_older_ones_on_the_next(world: World) -> None:
    for n in range(48):
        world.text("olga", f"UPDATE News {n}")
        world.advance(minutes=1)
    browser = signed_in(world, "olga", LOG)
    newest = lines(browser)

    browser.open(link(browser, "Older"))
    older = lines(browser)

    assert (len(newest), len(older)) == (50, 3)
    assert set(newest) & set(older) == set()
    assert older[-1].endswith("NEW GROUP: DIG, Riverbank diggers")
    assert link(browser, "Back to the newest") == LOG
    assert ">Older<" not in browser.page


@pytest.mark.usefixtures("code")
def test_what_somebody_wrote_is_shown_as_text_and_no_number_stands_in_the_log(world: World) -> None:
    world.text("olga", f"UPDATE <b>Call</b> {world.number('bob')}")

    browser = signed_in(world, "olga", LOG)

    assert lines(browser)[0] == "Ruth, …01, by text: UPDATE: DIG1: “<b>Call</b> …03”"
    assert "<b>Call" not in browser.page
    assert [number for number in world.numbers.values() if number[-10:] in browser.page] == []


def test_it_is_in_spanish_for_who_reads_spanish_and_says_the_year_where_it_is_another(world: World) -> None:
    world.found_group()
    world.until("2027-01-04 09:00")

    browser = signed_in(world, "olga", f"{LOG}?lang=es")

    assert lines(browser) == ["…01, por texto: NUEVO GRUPO: DIG, Riverbank diggers"]
    assert "lun 23 nov 12:00 de 2026" in browser.page


def test_another_groups_log_is_nowhere(world: World, code: str) -> None:
    world.text("cleo", "NEW GROUP COOK Cooks")
    browser = signed_in(world, "cleo", "/dashboard/g/COOK/audit")
    own = browser.status

    browser.open(LOG)
    theirs = browser.status
    browser.open(f"/dashboard/g/COOK/audit?code={code}&who={world.person('olga')}")

    assert (own, theirs) == (200, 404)
    assert lines(browser) == []
    assert "Riverbank" not in browser.page


@pytest.mark.usefixtures("code")
def test_who_is_not_signed_in_is_asked_to_be_and_looking_changes_nothing(world: World) -> None:
    browser = signed_in(world, "olga", LOG)
    before = world.rows()

    for method in ("GET", "HEAD"):
        assert browser.get(LOG, method).status_code == 200
    stranger = Browsing().get(LOG)

    assert (stranger.status_code, stranger.headers["Location"].startswith("/signin")) == (303, True)
    assert world.rows() == before
