"""The page about delivery: what carriers said, whom no text reaches, what waits and why, and sending again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.delivery.carrier import CODES, Meaning
from chalicelib.languages import LANGUAGES
from chalicelib.store import sender
from chalicelib.web.carrier_words import reason_words
from tests.browsing import Browsing
from tests.delivery.test_held_alerts import a_group, alert_at, at
from tests.delivery.test_receipt_counts import alert_to
from tests.desk import signed_in
from tests.world import World, now, set_clock

PAGE = "/dashboard/g/DIG/delivery"


def words_of(page: str) -> str:
    """What a reader sees of the main part, in one line."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#39;", "'").split())


def missed(world: World, error: str, *names: str) -> str:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("sort clothes")
    for name in names:
        world.receipt(alert_to(world, name), "undelivered", ErrorCode=error)
    return code


def test_a_group_without_failures_says_so_and_what_would_be_here(world: World) -> None:
    world.found_group()

    said = words_of(signed_in(world, "olga", PAGE).page)

    assert "No text of this group has failed in 90 days." in said
    assert "Nothing: what is to be sent goes out." in said
    assert "None: every member's number takes texts" in said


def test_what_the_carriers_said_is_told_in_words_by_reason_and_by_day(world: World) -> None:
    missed(world, "30003", "ann", "bob")

    said = words_of(signed_in(world, "olga", PAGE).page)

    assert "By reason Reason Texts phone off or out of reach 2" in said
    assert "Mon Nov 23 phone off or out of reach (2) 2" in said


def test_a_number_that_no_text_reaches_is_named_with_its_last_digits_and_what_brings_it_back(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "NAME Ann")
    world.raise_action("sort clothes")
    world.receipt(alert_to(world, "ann"), "undelivered", ErrorCode="30006")

    page = signed_in(world, "olga", PAGE).page

    assert "Ann …02 Mon Nov 23 12pm a landline, or a number that takes no texts" in words_of(page)
    assert "What brings one back: a text from it to" in words_of(page)
    assert world.number("ann") not in page


def test_one_press_sends_an_alert_again_to_whom_it_missed(world: World) -> None:
    code = missed(world, "30003", "ann", "bob")
    browser = signed_in(world, "olga", PAGE)
    world.new_texts()

    said = words_of(browser.press("Send again to 2 people"))
    world.work()

    assert f"{code}: sending it again to 2 people it didn't reach." in said
    assert sorted(name for name, _ in world.new_texts()) == ["ann", "bob"]
    assert "No open action has anybody whom its alert missed" in words_of(browser.open(PAGE))


def test_the_same_press_again_sends_nothing_more(world: World) -> None:
    missed(world, "30003", "ann")
    browser = signed_in(world, "olga", PAGE)
    form = browser.form("Send again to 1 person")
    browser.send(form)
    world.work()
    world.new_texts()

    browser.send(form)
    world.work()

    assert world.new_texts() == []


def test_a_form_is_for_its_own_action_alone(world: World) -> None:
    missed(world, "30003", "ann")
    browser = signed_in(world, "olga", PAGE)
    form = browser.form("Send again to 1 person")
    world.new_texts()

    browser.send(replace(form, fields={**form.fields, "action": "DIG2"}))
    world.work()

    assert (browser.status, world.new_texts()) == (409, [])


def test_another_groups_page_is_not_there(world: World) -> None:
    missed(world, "30003", "ann")
    world.text("lena", "NEW GROUP LEVEE Levee watch")
    browser = signed_in(world, "lena")

    looked = browser.get(PAGE)
    pressed = browser.ask("POST", PAGE, b"action=DIG1", {"Content-Type": "application/x-www-form-urlencoded"})

    assert (looked.status_code, pressed.status_code) == (404, 404)


def test_it_says_that_sending_stands_still_since_when_and_why(world: World) -> None:
    world.found_group()
    browser = signed_in(world, "olga", PAGE)
    sender.pause(30034, now())

    said = words_of(browser.open(PAGE))

    assert "Sending stands still since Mon Nov 23 12pm: our sender is set up wrong" in said


def test_it_says_that_a_days_limit_is_near(world: World) -> None:
    world.found_group()
    browser = signed_in(world, "olga", PAGE)
    world.text("olga", "SET DIG LIMIT $1")
    limit = int(re.findall(r"Today: [\d,]+ of ([\d,]+) segments", words_of(browser.open(PAGE)))[0].replace(",", ""))
    sender.spend("DIG", now().date(), limit - 1, None, now())

    near = words_of(browser.open(PAGE))
    sender.spend("DIG", now().date(), 1, None, now())
    reached = words_of(browser.open(PAGE))

    assert f"Today's limit is near: {limit - 1} of {limit} segments." in near
    assert f"Today's limit is reached: {limit} of this group's {limit} segments." in reached


def test_it_says_when_the_next_hear_an_alert_whose_hours_have_not_opened(world: World) -> None:
    a_group(world, "nell", "hana")
    alert_at(world, at("2026-11-24T09:00"))

    said = words_of(signed_in(world, "olga", PAGE).page)

    assert (
        "DIG1: some are texted when their quiet hours end, the next at Tue Nov 24 11am." in said
    )  # olga's, who may be anywhere


def test_looking_changes_nothing(world: World) -> None:
    missed(world, "30003", "ann")
    browser = signed_in(world, "olga", PAGE)
    set_clock(now() + timedelta(seconds=5))
    before = world.rows()

    browser.open(PAGE)

    assert world.rows() == before


def test_it_is_there_in_spanish(world: World) -> None:
    missed(world, "30007", "ann")
    browser: Browsing = signed_in(world, "olga", PAGE)

    said = words_of(browser.open(PAGE + "?lang=es"))

    assert "Enviar otra vez a 1 persona" in said
    assert "la operadora lo retuvo como spam: otras palabras pueden pasar 1" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_that_we_know_has_words_and_so_has_one_that_we_do_not(lang: str) -> None:
    words = {reason_words(error, meaning.name, lang) for error, meaning in CODES.items()}
    others = {reason_words(1, meaning.name, lang) for meaning in Meaning}

    assert all(words | others)
    assert len(others) == len(Meaning)
