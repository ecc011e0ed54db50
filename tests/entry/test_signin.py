"""Signing in: who gets a code, what it is good for, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browsing import Browsing, Form
from tests.desk import code_of, sign_in, signed_in
from tests.world import World, now, set_clock


@pytest.fixture
def town(world: World) -> World:
    world.found_group(members=("ann", "ben"))
    world.new_texts()
    return world


def asked(world: World, name: str) -> Browsing:
    browser = Browsing()
    browser.open("/signin")
    browser.press("code", number=world.number(name))
    return browser


def test_an_organizer_signs_in_by_the_code_that_their_phone_was_texted(town: World) -> None:
    browser = asked(town, "olga")

    browser.press("Sign in", digits=code_of(town, "olga"))

    assert (browser.status, browser.path) == (200, "/dashboard")
    assert "Sign out" in browser.page


def test_the_page_is_the_same_for_any_number_and_no_text_goes_to_others(town: World) -> None:
    pages = {}
    for name in ("olga", "ann", "nobody"):
        browser = asked(town, name)
        wrong = browser.press("Sign in", digits="000000")
        pages[name] = [without_tokens(browser, page) for page in (asked(town, name).page, wrong)]
    town.work()

    assert pages["olga"] == pages["ann"] == pages["nobody"]
    assert {name for name, _ in town.new_texts()} == {"olga"}


def without_tokens(browser: Browsing, page: str) -> str:
    browser.page = page
    for form in browser.forms():
        for name in ("token", "who"):
            page = page.replace(form.fields.get(name) or "-", "…")
    return page


def test_a_code_is_good_once(town: World) -> None:
    first = asked(town, "olga")
    form, digits = first.form("Sign in"), code_of(town, "olga")
    first.send(form, digits=digits)

    again = Browsing()
    again.open("/signin")
    again.send(asked(town, "ann").form("Sign in"), digits=digits)
    again.send(form, digits=digits)

    assert (again.status, again.get("/dashboard").status_code) == (422, 303)


def test_a_code_is_good_for_ten_minutes(town: World) -> None:
    browser, digits = asked(town, "olga"), code_of(town, "olga")
    town.advance(minutes=10)

    browser.press("Sign in", digits=digits)

    assert browser.status == 422


def test_after_five_tries_the_right_code_is_no_good_any_more(town: World) -> None:
    browser, digits = asked(town, "olga"), code_of(town, "olga")
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    for _ in range(5):
        browser.press("Sign in", digits=wrong)

    browser.press("Sign in", digits=digits)

    assert (browser.status, browser.get("/dashboard").status_code) == (422, 303)


def test_after_four_tries_it_still_is(town: World) -> None:
    browser, digits = asked(town, "olga"), code_of(town, "olga")
    for _ in range(4):
        browser.press("Sign in", digits=f"{(int(digits) + 1) % 1_000_000:06}")

    browser.press("Sign in", digits=digits)

    assert (browser.status, browser.path) == (200, "/dashboard")


def test_a_number_gets_five_codes_an_hour(town: World) -> None:
    for _ in range(7):
        asked(town, "olga")
    town.work()

    assert len(town.new_texts()) == 5


def five_codes_asked(world: World, name: str, hours: int) -> None:
    """Five codes in each of some hours, by a stranger; the next hour has begun then."""
    for _ in range(hours):
        for _ in range(5):
            asked(world, name)
        world.work()
        set_clock(now() + timedelta(hours=1))


def test_a_number_gets_ten_codes_a_day_at_night_too_and_the_page_says_how_to_go_on(town: World) -> None:
    five_codes_asked(town, "olga", hours=4)

    over = asked(town, "olga")

    assert len(town.new_texts()) == 10
    assert over.status == 429
    assert "get a new one tomorrow" in over.page
    assert "on their way" not in over.page
    set_clock(now() + timedelta(days=1))
    assert asked(town, "olga").status == 200
    town.work()
    assert len(town.new_texts()) == 1


def test_over_the_limit_the_code_that_has_come_still_signs_in(town: World) -> None:
    for _ in range(5):
        asked(town, "olga")

    over = asked(town, "olga")
    said = over.page
    over.press("Sign in", digits=code_of(town, "olga"))

    assert "when the next hour begins" in said
    assert (over.status, over.path) == (200, "/dashboard")


def test_over_the_limit_the_page_is_the_same_for_any_number(town: World) -> None:
    pages = {}
    for name in ("olga", "ann", "nobody"):
        for _ in range(5):
            asked(town, name)
        over = asked(town, name)
        pages[name] = (over.status, without_tokens(over, over.page))

    assert pages["olga"] == pages["ann"] == pages["nobody"]


def test_a_stranger_who_uses_up_a_numbers_codes_keeps_nobody_out_who_has_signed_in_there_before(town: World) -> None:
    own, anns = signed_in(town, "olga"), Browsing()
    own.press("Sign out")
    town.text("ann", "NEW GROUP FOO Foragers")
    sign_in(town, "ann", anns)
    anns.press("Sign out")
    five_codes_asked(town, "olga", hours=2)

    statuses = []
    for browser in (Browsing(), anns, own):
        browser.open("/signin")
        browser.press("code", number=town.number("olga"))
        statuses.append(browser.status)
    own.press("Sign in", digits=code_of(town, "olga"))

    assert statuses == [429, 429, 200]
    assert (own.status, own.path) == (200, "/dashboard")


def test_what_cannot_be_undone_asks_for_no_more_codes_than_signing_in_does(town: World) -> None:
    browser = signed_in(town, "olga")
    town.new_texts()
    statuses = []

    for _ in range(6):
        browser.open("/dashboard/g/DIG/export")
        browser.press("Make the files")
        statuses.append(browser.status)
    over = browser.page
    page = browser.press("Go on", code=code_of(town, "olga"))

    assert statuses == [200] * 5 + [429]
    assert len(town.new_texts()) == 5
    assert "when the next hour begins" in over
    assert "download" in page


def test_an_organizer_who_said_stop_is_not_let_in_and_nothing_tells_that(town: World) -> None:
    town.text("olga", "STOP")

    answers = {}
    for name in ("olga", "ann"):
        browser = asked(town, name)
        page = browser.press("Sign in", digits="000000")
        answers[name] = (browser.status, browser.path, dict(browser.cookies), without_tokens(browser, page))

    assert answers["olga"] == answers["ann"]
    assert answers["olga"][:3] == (422, "/signin/code", {})


def test_a_code_counts_as_it_is_though_the_phone_got_many_answers_in_that_minute(town: World) -> None:
    for _ in range(10):
        town.text("olga", "ME")
    browser, digits = asked(town, "olga"), code_of(town, "olga")

    browser.press("Sign in", digits=f"{(int(digits) + 1) % 1_000_000:06}")
    wrong = browser.status, dict(browser.cookies)
    browser.press("Sign in", digits=digits)

    assert wrong == (422, {})
    assert (browser.status, browser.path) == (200, "/dashboard")


def test_a_network_gets_thirty_pages_an_hour(town: World) -> None:
    statuses = [asked(town, f"guest{n}").status for n in range(31)]

    assert statuses == [200] * 30 + [429]


@pytest.mark.usefixtures("town")
def test_what_is_no_number_is_said_and_kept() -> None:
    browser = Browsing()
    browser.open("/signin")

    browser.press("code", number="212 555 01")

    assert browser.status == 422
    assert 'value="212 555 01"' in browser.page


def test_who_has_signed_out_is_out_with_the_same_cookie(town: World) -> None:
    browser = signed_in(town, "olga")
    cookies = dict(browser.cookies)

    browser.press("Sign out")
    browser.cookies.update(cookies)

    assert browser.get("/dashboard").status_code == 303


def test_signed_out_on_all_devices(town: World) -> None:
    phone, desk = signed_in(town, "olga"), signed_in(town, "olga")

    desk.send(desk.form("all devices"), everywhere="1")

    assert phone.get("/dashboard").status_code == 303
    assert desk.get("/dashboard").status_code == 303


def test_each_sign_in_is_a_new_secret(town: World) -> None:
    browser = signed_in(town, "olga")
    before = browser.cookies["giddyup_desk"]

    browser.press("Sign out")
    sign_in(town, "olga", browser)

    assert browser.cookies["giddyup_desk"] != before


def test_who_organizes_nothing_any_more_is_signed_out(town: World) -> None:
    town.text("olga", f"ORGANIZER {town.number('ann')}")
    browser = signed_in(town, "olga")

    town.text("olga", "LEAVE DIG")

    assert browser.get("/dashboard").status_code == 303


def test_who_says_stop_is_signed_out(town: World) -> None:
    browser = signed_in(town, "olga")

    town.text("olga", "STOP")

    assert browser.get("/dashboard").status_code == 303


def test_a_forged_cookie_lets_nobody_in(town: World) -> None:
    browser = signed_in(town, "olga")
    value = browser.cookies["giddyup_desk"]

    for forged in ("", "x", value[:-2], value + "A", value.upper()):
        browser.cookies["giddyup_desk"] = forged
        assert browser.get("/dashboard").status_code == 303


def test_a_session_ends_after_thirty_days(town: World) -> None:
    browser = signed_in(town, "olga")

    town.advance(days=30)

    assert browser.get("/dashboard").status_code == 303


def test_after_signing_in_one_is_on_the_page_that_one_wanted(town: World) -> None:
    browser = Browsing()
    browser.open("/dashboard/g/DIG/settings")
    browser.press("code", number=town.number("olga"))
    browser.press("Sign in", digits=code_of(town, "olga"))

    assert browser.path == "/dashboard/g/DIG/settings"


ELSEWHERE = ["https://evil.example/", "//evil.example/dashboard", "/dashboard/../x?y", "javascript:1"]


@pytest.mark.parametrize("after", ELSEWHERE)
def test_no_link_leads_anywhere_else_after_signing_in(town: World, after: str) -> None:
    browser = Browsing()
    browser.open("/signin")
    browser.press("code", number=town.number("olga"), after=after)
    browser.press("Sign in", digits=code_of(town, "olga"), after=after)

    assert browser.path == "/dashboard"


def test_what_was_typed_when_a_session_had_ended_is_sent_after_signing_in(town: World) -> None:
    browser = signed_in(town, "olga", "/dashboard/g/DIG/settings")
    form = next(one for one in browser.forms() if "name" in one.fields.values() or "value" in one.fields)
    cookies = dict(browser.cookies)
    other = Browsing(cookies=cookies)
    other.open("/dashboard")
    other.send(other.form("all devices"), everywhere="1")

    browser.send(form, value="Levee <b>diggers</b>")
    assert browser.status == 401
    assert "Levee" not in browser.page or "&lt;b&gt;" in browser.page
    browser.press("code", number=town.number("olga"))
    browser.press("Sign in", digits=code_of(town, "olga"))
    assert "Levee &lt;b&gt;diggers&lt;/b&gt;" in browser.page


def test_a_form_without_a_session_of_its_own_does_nothing(town: World) -> None:
    browser = signed_in(town, "olga")
    form = browser.form("Sign out")
    before = town.rows()

    Browsing().send(Form(form.action, "post", form.fields))
    stranger = signed_in(town, "olga")
    stranger.send(Form(form.action, "post", {"token": "forged"}))

    assert browser.get("/dashboard").status_code == 200
    assert len(town.rows()) >= len(before)
