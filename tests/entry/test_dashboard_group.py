"""A group's pages on the dashboard: how it does, what it sets, who organizes it, its poster, and its end."""

from __future__ import annotations

import re

import pytest

from chalicelib.core.model import Group
from chalicelib.store.values import get, group_key
from tests.browsing import Browsing, Form
from tests.desk import code_of, signed_in
from tests.world import World

SETTINGS = "/dashboard/g/DIG/settings"


def group_now() -> Group:
    found: Group = get([group_key("DIG")])[group_key("DIG")]
    return found


def form_of(browser: Browsing, what: str) -> Form:
    """The form of one setting."""
    return next(one for one in browser.forms() if one.fields.get("what") == what)


def words_of(page: str) -> str:
    """A page's text without its tags, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[1]).split())


# --- how it does -------------------------------------------------------------------------------------


def test_a_group_shows_who_is_in_and_who_left_after_an_alert(world: World) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.raise_action("2 shovels at the levee 6pm")
    world.text("bob", "LEAVE DIG")
    world.text("cat", "STOP")

    browser = signed_in(world, "olga", "/dashboard/g/DIG")

    assert browser.status == 200
    words = words_of(browser.page)
    assert "Members members 2 joined in 30 days 4 left or said STOP in 30 days 2" in words
    assert "DIG1 Mon Nov 23 12pm 4 2" in words
    assert "2 members now. 2 left or said STOP in the time shown. 1 alerts are marked." in browser.page
    assert "2 shovels at the levee 6pm" in words
    assert "Text DIG, or scan this with a phone." in words


def test_a_new_group_says_what_to_do_first(world: World) -> None:
    world.found_group()

    browser = signed_in(world, "olga", "/dashboard/g/DIG")

    assert "Nobody but you is in DIG yet." in words_of(browser.page)
    assert "Nothing is open." in words_of(browser.page)


@pytest.mark.parametrize("page", ["", "/settings", "/poster"])
def test_another_groups_pages_are_not_there(world: World, page: str) -> None:
    world.found_group("DIG")
    world.found_group("ELM", founder="otto")

    browser = signed_in(world, "otto", f"/dashboard/g/DIG{page}")

    assert browser.status == 404


# --- what it sets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("name", "The diggers", "DIG is now called The diggers."),
        ("welcome", "Bring boots!", "Who joins DIG is now told: Bring boots!"),
        ("hours", "9-20", "DIG&#39;s alerts go out from 9:00 to 20:00 on each reader&#39;s clock."),
        ("cap", "2", "Nobody gets more than 2 of DIG&#39;s alerts in 24 hours."),
        ("limit", "25", "DIG&#39;s alerts and news may cost $25.00 a day."),
        ("languages", "es en", "answered in Spanish."),
        ("countries", "US", "DIG&#39;s alerts go to numbers of these countries: US."),
        ("tells", "all", "DIG: when it fills, those asked in the last 30 minutes"),
        ("public", "no", "DIG is private now"),
    ],
)
def test_each_setting_is_saved_by_itself_and_said_back(world: World, what: str, value: str, said: str) -> None:
    world.found_group()
    browser = signed_in(world, "olga", SETTINGS)

    browser.send(form_of(browser, what), value=value)

    assert (browser.path.split("?")[0], browser.status) == (SETTINGS, 200)
    assert said in browser.page
    shown = form_of(browser, what).fields["value"] if what not in {"welcome", "languages", "tells", "public"} else value
    assert shown == value
    assert world.new_texts()[1:] == [], "the page says it: nobody is texted"


def test_an_organizers_own_words_are_said_back_to_nobody_else(world: World) -> None:
    world.found_group()
    browser = signed_in(world, "olga", SETTINGS)
    browser.send(form_of(browser, "welcome"), value="Call 212 555 0100 now.")
    path, _, said = browser.path.partition("?")

    pages = {page: Browsing().open(f"{page}?{said}") for page in ("/", "/g/DIG", "/signin", path)}
    own = signed_in(world, "olga", "/dashboard").open(f"/dashboard?{said}")

    assert "Call 212 555 0100 now." in browser.page
    assert [page for page, shown in pages.items() if "Call 212" in shown] == []
    assert "Call 212" not in own


def test_a_wrong_value_is_said_beside_its_field_which_keeps_it(world: World) -> None:
    world.found_group()
    browser = signed_in(world, "olga", SETTINGS)

    browser.send(form_of(browser, "hours"), value="7-23")

    assert browser.status == 422
    assert "Hours are within 8-21, as the law has it" in browser.page
    assert form_of(browser, "hours").fields["value"] == "7-23"
    assert group_now().hours is None


def test_a_form_of_one_group_sets_nothing_in_another(world: World) -> None:
    world.found_group("DIG")
    world.found_group("ELM", founder="otto")
    browser = signed_in(world, "otto", "/dashboard/g/ELM/settings")
    form = form_of(browser, "cap")
    form.action = SETTINGS

    browser.send(form, value="1")

    assert browser.status == 404
    assert group_now().texts_a_day is None


def test_an_emergency_group_has_no_field_for_hours(world: World) -> None:
    world.text("olga", "NEW EMERGENCY GROUP DIG Levee watch")

    browser = signed_in(world, "olga", SETTINGS)

    assert "hours" not in {one.fields.get("what") for one in browser.forms()}
    assert "Its alerts come at any hour" in words_of(browser.page)


# --- organizers --------------------------------------------------------------------------------------


def test_a_member_is_made_an_organizer_and_is_one_no_more(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "NAME Ann")
    browser = signed_in(world, "olga", SETTINGS)
    world.new_texts()

    browser.press("Make organizer", number=world.number("ann"))
    world.work()
    added = (group_now().organizers, world.new_texts())
    ann = signed_in(world, "ann", SETTINGS)
    world.new_texts()
    browser.open(SETTINGS)
    browser.press("Remove")
    world.work()
    removed = (group_now().organizers, world.new_texts())
    ann.open(SETTINGS)

    olgas, anns = world.person("olga"), world.person("ann")
    now_one = "You now help to organize DIG. ALERT DIG and what's needed raises an action."
    assert added == ((olgas, anns), [("ann", now_one)])
    no_more = "You don't organize DIG any more. You're still a member; LEAVE DIG to leave it."
    assert removed == ((olgas,), [("ann", no_more)])
    assert "Done: they organize DIG no more" in browser.page
    assert ann.path.startswith("/signin"), "signed out: there is nothing left that they organize"


def test_the_only_organizer_cannot_be_removed(world: World) -> None:
    world.found_group(members=("ann",))

    browser = signed_in(world, "olga", SETTINGS)

    assert "one. A second can step in" in browser.page
    assert not [one for one in browser.forms() if "person" in one.fields]


def test_a_number_that_is_no_member_is_said_beside_its_field(world: World) -> None:
    world.found_group()
    browser = signed_in(world, "olga", SETTINGS)

    browser.press("Make organizer", number="+15550109999")

    assert browser.status == 422
    assert "isn&#39;t in DIG" in browser.page
    assert browser.form("Make organizer").fields["number"] == "+15550109999"


# --- its end -----------------------------------------------------------------------------------------


def test_a_group_is_deleted_with_its_word_typed_and_a_code_from_the_phone(world: World) -> None:
    world.found_group(members=("ann",))
    browser = signed_in(world, "olga", SETTINGS)

    browser.press("Delete DIG for good", typed="DUG")
    slip = (browser.status, group_now().ended_at)
    browser.press("Delete DIG for good", typed="dig")
    asked = (browser.status, group_now().ended_at)
    browser.press("Go on", code="000000")
    guessed = (browser.status, group_now().ended_at)
    browser.press("Go on", code=code_of(world, "olga"))
    world.work()

    assert (slip, asked, guessed) == ((422, None), (200, None), (422, None))
    assert group_now().ended_at is not None
    assert "DIG is deleted by one of its organizers" in world.got("olga")[-1]
    assert browser.path.startswith("/signin"), "it was all that they organized"


def test_a_group_with_something_open_says_what_has_to_end_first(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("everyone to the levee")

    browser = signed_in(world, "olga", SETTINGS)

    assert f"Close or call off first what is open: {code}" in words_of(browser.page)
    assert not [one for one in browser.forms() if "typed" in one.fields]


# --- a poster ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Text DIG", "Text STOP to stop, HELP for help.", "Message and data rates may apply.")),
        ("es", ("Manda DIG", "Manda STOP para parar, HELP para ayuda.", "Pueden aplicarse tarifas")),
    ],
)
def test_a_poster_says_how_to_join_and_how_to_stop(world: World, lang: str, words: tuple[str, ...]) -> None:
    world.found_group()

    browser = signed_in(world, "olga", f"/dashboard/g/DIG/poster?lang={lang}")

    shown = words_of(browser.page)
    assert [one for one in ("Riverbank diggers", *words) if one not in shown] == []
    assert '<svg role="img"' in browser.page
