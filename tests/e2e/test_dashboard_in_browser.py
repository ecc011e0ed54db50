"""An organizer at the dashboard: raises an action, watches phones answer, talks to the crew, ends it, brings a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser import (
    DESKTOP,
    HOLD_FORMS_BACK,
    NEEDS_CHROMIUM,
    PHONE,
    SIZES,
    Group,
    Window,
    a_window,
    fresh_group,
    fresh_number,
)
from tests.town import Town

pytestmark = [pytest.mark.town, *NEEDS_CHROMIUM]

POLLED_MS = 20_000  # milliseconds within which a page has looked again, on a slow machine
CREW = 12
PEOPLE = CREW + 1  # with the organizer, who is a member, too
CURVE = "#live svg.chart:not(.bars)"
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true })"
HEAD = "number,name,source,time,words"


@pytest.fixture
def group(town: Town) -> Group:
    return fresh_group(town)


@pytest.fixture
def desktop(browser: Browser, group: Group) -> Iterator[Window]:
    with a_window(browser, group.address, **DESKTOP) as window:
        yield window


@pytest.fixture
def without_script(browser: Browser, group: Group) -> Iterator[Window]:
    with a_window(browser, group.address, java_script_enabled=False, **PHONE) as window:
        yield window


# --- what is done and seen ----------------------------------------------------------------------------


def press(within: Page | Locator, words: str | re.Pattern[str]) -> None:
    within.get_by_role("button", name=words, exact=True).click()


def title(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def says(page: Page, words: str) -> None:
    expect(page.locator("#said")).to_contain_text(words)


def counts(page: Page, words: str) -> None:
    expect(page.locator("#live .count > span:first-child")).to_have_text(words, timeout=POLLED_MS)


def number_of(page: Page, name: str, within: str = "#live") -> Locator:
    """The number under this word."""
    row = page.locator(f"{within} .nums > div").filter(has=page.get_by_text(name, exact=True))
    return row.locator("dd")


def form_of(page: Page, name: str, title: str = "") -> Locator:
    """One of an action's forms, unfolded where it has a title."""
    if title:
        page.locator("summary").filter(has_text=re.compile(f"^{re.escape(title)}$")).click()
    return page.locator(f"#f-{name}")


def new_code(page: Page, group: Group) -> str:
    """A number is given, and its phone is texted a code."""
    before = len(group.town.got(group.organizer))
    page.get_by_label("Your mobile number").fill(group.organizer)
    press(page, "Text me the code")
    found = re.search(r"\b\d{6}\b", group.next_text(before, "is your code to sign in"))
    assert found
    return found[0]


def type_code(page: Page, code: str) -> None:
    page.get_by_label("The six digits").fill(code)
    press(page, "Sign in")


def sign_in(page: Page, group: Group, path: str = "/dashboard") -> None:
    """Wants a page, and is on it once signed in."""
    page.goto(path)
    expect(title(page)).to_have_text("Sign in")
    type_code(page, new_code(page, group))
    expect(page).to_have_url(f"{group.address}{path}")


def sign_out_everywhere(page: Page) -> None:
    page.locator("details.me > summary").click()
    press(page, "Sign out on all devices")
    says(page, "You're signed out on all devices.")


def members(group: Group, n: int) -> list[str]:
    numbers = [fresh_number() for _ in range(n)]
    group.add(*numbers)
    return numbers


def all_got(group: Group, numbers: Sequence[str], words: str) -> None:
    for number in numbers:
        group.town.wait_for(number, words)


def open_action(group: Group, *crew: str) -> str:
    """An action that these are in for; answers its code."""
    code = group.ask("3 people to dig at 5th & Main 6pm")
    for number in crew:
        group.town.wait_for(number, code)
        group.town.text(number, "IN")
    all_got(group, crew, f"You're in for {code}")
    return code


def times(group: Group, number: str, words: str) -> int:
    return len([body for body in group.town.got(number) if words in body])


def code_in(page: Page) -> str:
    expect(page).to_have_url(re.compile(r"/dashboard/a/[A-Z]+\d+"))
    return re.split(r"[/?]", page.url.partition("/dashboard/a/")[2])[0]


def mark(page: Page) -> None:
    """So that a reload would show."""
    page.evaluate("window.isSamePage = true")


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.isSamePage === true"))


def curve_at(page: Page) -> float:
    """How far down the picture the curve is now: less is higher."""
    return float(page.locator(f"{CURVE} circle.last").get_attribute("cy") or "")


# --- the whole story -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_an_action_from_its_first_word_to_the_thanks_and_a_list_of_newcomers(
    browser: Browser, group: Group, size: dict[str, Any]
) -> None:
    phones = members(group, CREW)
    with a_window(browser, group.address, **size) as window, a_window(browser, group.address, **size) as elsewhere:
        page = window.page
        sign_in(page, group)
        sign_in(elsewhere.page, group, f"/dashboard/g/{group.keyword}")

        code = raised(page, group)
        all_got(group, phones, code)
        filled_by_itself(page, group, code, phones)
        answered(page, group, phones[0])
        moved(page, group, code, phones)
        closed(page, group, code, phones)
        brought(page, group)

        sign_out_everywhere(page)
        elsewhere.page.get_by_role("link", name="People", exact=True).click()
        expect(title(elsewhere.page)).to_have_text("Sign in")
        elsewhere.page.goto(f"/dashboard/a/{code}")
        expect(title(elsewhere.page)).to_have_text("Sign in")


def raised(page: Page, group: Group) -> str:
    """What it looks like, costs and reaches is seen while it is written; it goes out by GO. Answers its code."""
    page.get_by_role("link", name=f"New alert {group.keyword}", exact=True).click()
    expect(number_of(page, "get it now", "#reach")).to_have_text(str(PEOPLE))
    mark(page)
    seen = page.locator("#preview")

    page.get_by_label("What is to be done", exact=True).press_sequentially("Dig sand")
    expect(seen.locator(".got")).to_contain_text("Dig sand")
    expect(seen).to_contain_text("1 segment")
    expect(number_of(page, "at most", "#preview")).to_have_text(re.compile(r"^\$\d"))
    cheap = number_of(page, "at most", "#preview").inner_text()

    page.get_by_label("What is to be done", exact=True).press_sequentially(
        " for the “old mill” dam, and carry bags " + "by hand " * 6
    )
    expect(seen.locator("strong").first).to_have_text(re.compile(r"^[23] segments$"))
    expect(number_of(page, "at most", "#preview")).not_to_have_text(cheap)
    page.get_by_label("How many are needed").fill(str(CREW))
    page.get_by_label("When", exact=True).fill("6pm")
    page.get_by_label("Where", exact=True).fill("5th & Main")
    expect(seen.locator(".got")).to_contain_text(f"Need {CREW}")
    expect(seen.locator(".got")).to_contain_text("5th & Main")
    expect(page.locator("#draft")).to_contain_text("Kept as a draft")
    assert is_same_page(page)

    press(page, re.compile("^Mend all"))
    expect(page.get_by_label("What is to be done", exact=True)).to_have_value(re.compile('"old mill"'))
    page.get_by_label("What is to be done", exact=True).fill("Fill sandbags")
    expect(seen.locator(".got")).to_contain_text("Fill sandbags")
    expect(seen.locator("strong").first).to_have_text("1 segment")
    press(page, "Look at what goes out")

    expect(title(page)).to_have_text("Send it?")
    expect(page.locator(".got")).to_contain_text("Fill sandbags at 5th & Main")
    expect(number_of(page, "people at most", "#main")).to_have_text(str(PEOPLE))
    press(page, f"GO to {PEOPLE} people")
    code = code_in(page)
    says(page, code)
    return code


def filled_by_itself(page: Page, group: Group, code: str, phones: Sequence[str]) -> None:
    """Nobody touches the page."""
    counts(page, f"0 of {CREW} in")
    expect(number_of(page, "delivered")).to_have_text(str(PEOPLE), timeout=POLLED_MS)
    mark(page)
    low = curve_at(page)
    half = CREW // 2

    for number in phones[:half]:
        group.town.text(number, "IN")
    counts(page, f"{half} of {CREW} in")
    expect(page.locator(f"{CURVE} desc")).to_contain_text(f"{half} of {CREW} in")
    middle = curve_at(page)
    for number in phones[half:]:
        group.town.text(number, "IN")

    counts(page, f"{CREW} of {CREW} in")
    expect(number_of(page, "answered")).to_have_text(str(CREW), timeout=POLLED_MS)
    expect(number_of(page, "in")).to_have_text(str(CREW))
    expect(page.locator("#crew tbody tr")).to_have_count(CREW, timeout=POLLED_MS)
    expect(page.locator(f"{CURVE} desc")).to_contain_text(f"{CREW} of {CREW} in")
    assert low > middle > curve_at(page)
    assert is_same_page(page)
    all_got(group, phones, f"You're in for {code}")


def answered(page: Page, group: Group, number: str) -> None:
    group.town.text(number, "NAME Rosa")
    group.town.text(number, "Is the gate by the mill locked at night?")
    inbox = page.locator("#inbox")
    expect(inbox.locator(".got")).to_have_text("Is the gate by the mill locked at night?", timeout=POLLED_MS)
    assert is_same_page(page)

    inbox.get_by_label("Answer Rosa").fill("No, push hard. <b>Mind</b> the dog")
    press(inbox, "Send")

    expect(inbox).to_contain_text("Answered by")
    assert group.town.wait_for(number, "No, push hard. <b>Mind</b> the dog")


def moved(page: Page, group: Group, code: str, phones: Sequence[str]) -> None:
    form = form_of(page, "move", "Another time")
    form.get_by_label("When, as you'd text it").fill("tomorrow 9am")
    press(form, "Move it")

    says(page, f"{code} is now")
    expect(page.locator("#live dl.facts")).to_contain_text("9am")
    all_got(group, phones, f"{code} has moved: now")


def closed(page: Page, group: Group, code: str, phones: Sequence[str]) -> None:
    press(page, "Start now")
    press(page, "All came")
    expect(number_of(page, "here")).to_have_text(str(CREW), timeout=POLLED_MS)
    form = form_of(page, "close", "Close it")
    form.get_by_label("A word with the thanks (if you like)").fill("The dam holds!")
    press(form, "Close and thank")

    says(page, f"{code} is closed: {CREW} came")
    expect(page.locator("#f-close")).to_have_count(0)
    all_got(group, phones, f"{code} is done: {CREW} came. Thank you! The dam holds!")


def brought(page: Page, group: Group) -> None:
    """A list is read and explained first; who is asked and says YES is a member then, and nobody else."""
    sam, ann = fresh_number(), fresh_number()
    rows = [
        f"{sam},Sam,the fair,2026-05-01 10:30,I agree to texts",
        f"({ann[2:5]}) {ann[5:8]}-{ann[8:]},Ann,the fair,2026-05-02,I agree to texts",
        f"{fresh_number()},Ben,,2026-05-02,I agree to texts",
        f"{sam},Sam again,the fair,2026-05-02,I agree to texts",
        "=1+2,Eve,the fair,2026-05-02,I agree to texts",
    ]
    content = "\n".join([HEAD, *rows]).encode()
    page.goto(f"/dashboard/g/{group.keyword}/lists")
    page.get_by_label("The list, as a CSV file").set_input_files(
        {"name": "fair.csv", "mimeType": "text/csv", "buffer": content}
    )
    press(page, "Check this list")

    expect(title(page)).to_have_text("fair.csv")
    for name, n in {"rows": "5", "can be asked": "2", "refused": "3"}.items():
        expect(number_of(page, name, "#main")).to_have_text(n)
    refused = page.get_by_label("The first 3").locator("tbody tr")
    expect(refused.locator("th")).to_have_text(["4", "5", "6"])
    expect(refused.locator("td:last-child")).to_have_text(
        [
            "It doesn't say where they agreed",
            "The same number as in line 2",
            "A formula stands where the number should be",
        ]
    )
    assert group.town.got(sam) == []

    press(page, "Ask these 2 people")
    expect(number_of(page, "asked", "#progress")).to_have_text("2", timeout=POLLED_MS)
    expect(page.locator("#progress .badge")).to_have_text("Done", timeout=POLLED_MS)
    all_got(group, [sam, ann], f"{group.keyword} asks if you want its texts")
    group.town.text(sam, "YES")
    group.town.wait_for(sam, f"you're in {group.keyword}")
    page.get_by_role("link", name="People", exact=True).click()

    people = page.locator("table.people")
    expect(people).to_contain_text(f"…{sam[-2:]}")
    expect(people.locator("tbody tr")).to_have_count(1 + CREW + 1)


# --- without JavaScript ----------------------------------------------------------------------------------


def test_without_a_script_one_signs_in_opens_an_action_sends_news_and_closes_it(
    without_script: Window, group: Group
) -> None:
    page, (ann,) = without_script.page, members(group, 1)
    code = open_action(group, ann)

    sign_in(page, group)
    page.get_by_role("link", name="3 people to dig").first.click()
    counts(page, "1 of 3 in")
    form = form_of(page, "update", "News for the crew")
    form.get_by_label("News for the crew").fill("Bring water & gloves")
    press(form, "Send the news")

    says(page, code)
    assert group.town.wait_for(ann, "Bring water & gloves")

    press(page, "Start now")
    form = form_of(page, "close", "Close it")
    press(form, "Close and thank")

    says(page, f"{code} is closed")
    expect(page.locator("#f-close")).to_have_count(0)
    assert group.town.wait_for(ann, f"{code} is done")


def test_without_a_script_an_alert_is_looked_at_before_it_goes_out(without_script: Window, group: Group) -> None:
    page, (ann,) = without_script.page, members(group, 1)
    sign_in(page, group, f"/dashboard/g/{group.keyword}/compose")

    page.get_by_label("What is to be done", exact=True).fill("Dig")
    press(page, "Show how it looks")
    expect(page.locator("#preview .got")).to_contain_text("Dig")
    expect(number_of(page, "get it now", "#reach")).to_have_text("2")
    press(page, "Look at what goes out")
    press(page, "GO to 2 people")

    assert group.town.wait_for(ann, f"{code_in(page)}: Dig")


# --- what goes wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_script", [True, False], ids=["with a script", "without"])
def test_a_session_that_ends_while_somebody_writes_loses_no_word(
    browser: Browser, group: Group, has_script: bool
) -> None:
    (ann,) = members(group, 1)
    code = open_action(group, ann)
    with (
        a_window(browser, group.address, java_script_enabled=has_script, **PHONE) as window,
        a_window(browser, group.address, **DESKTOP) as elsewhere,
    ):
        page = window.page
        sign_in(page, group, f"/dashboard/a/{code}")
        form = form_of(page, "update", "News for the crew")
        form.get_by_label("News for the crew").fill("Use the “north” gate\n& mind the <dog>")
        sign_in(elsewhere.page, group)
        sign_out_everywhere(elsewhere.page)

        press(form, "Send the news")
        expect(title(page)).to_have_text("Sign in")
        expect(page.get_by_text("What you typed is kept")).to_be_visible()
        type_code(page, new_code(page, group))
        expect(title(page)).to_have_text("What you typed is here")
        expect(page.get_by_role("textbox")).to_have_count(1)
        expect(page.get_by_role("textbox")).to_have_value("Use the “north” gate\n& mind the <dog>")
        assert times(group, ann, "gate") == 0
        press(page, "Send it now")

        says(page, code)
        expect(page).to_have_url(re.compile(f"/dashboard/a/{code}"))
        assert group.town.wait_for(ann, "& mind the <dog>")
        window.forget_troubles("401")


def test_an_alert_that_was_being_written_is_looked_at_after_signing_in_again(browser: Browser, group: Group) -> None:
    members(group, 1)
    with a_window(browser, group.address, **PHONE) as window, a_window(browser, group.address, **PHONE) as elsewhere:
        page = window.page
        sign_in(page, group, f"/dashboard/g/{group.keyword}/compose")
        expect(number_of(page, "get it now", "#reach")).to_have_text("2")
        sign_in(elsewhere.page, group)
        sign_out_everywhere(elsewhere.page)

        page.get_by_label("What is to be done", exact=True).fill("Carry the piano")
        page.get_by_label("Where", exact=True).fill("Town Hall")
        press(page, "Look at what goes out")
        type_code(page, new_code(page, group))
        press(page, "Send it now")

        expect(title(page)).to_have_text("Send it?")
        expect(page.locator(".got")).to_contain_text("Carry the piano at Town Hall")
        window.forget_troubles("401")


def test_go_pressed_in_two_windows_at_once_is_one_alert_for_each_phone(browser: Browser, group: Group) -> None:
    phones = members(group, 3)
    confirm = f"/dashboard/g/{group.keyword}/compose/confirm"
    with ExitStack() as stack:
        one, other = (stack.enter_context(a_window(browser, group.address, **DESKTOP)).page for _ in range(2))
        sign_in(one, group, f"/dashboard/g/{group.keyword}/compose")
        sign_in(other, group)
        one.get_by_label("What is to be done", exact=True).fill("Dig")
        press(one, "Look at what goes out")
        expect(title(one)).to_have_text("Send it?")
        other.goto(confirm)

        at = one.evaluate("Date.now()") + 500
        for page in (one, other):
            expect(page.get_by_role("button", name="GO to 4 people")).to_be_enabled()
            page.evaluate(
                "at => { setTimeout(() => document.querySelector('button.go').click(), at - Date.now()) }", at
            )
        code = code_in(one)
        assert code_in(other) == code
        for page in (one, other):
            says(page, code)

        all_got(group, phones, f"{code}: Dig")
        for number in phones:
            group.town.text(number, "IN")
        all_got(group, phones, f"You're in for {code}")
        counts(other, "3 in, as many as come")
        expect(number_of(other, "texted")).to_have_text("4")
        assert [times(group, number, f"{code}: Dig") for number in phones] == [1, 1, 1]


def test_two_forms_sent_at_once_are_both_answered_and_what_was_sent_is_not_to_be_sent_again(
    desktop: Window, group: Group
) -> None:
    page, (ann,) = desktop.page, members(group, 1)
    code = open_action(group, ann)
    page.add_init_script(HOLD_FORMS_BACK)
    sign_in(page, group, f"/dashboard/a/{code}")
    form = form_of(page, "update", "News for the crew")
    form.get_by_label("News for the crew").fill("Bring ropes")
    press(page, "Start now")
    press(form, "Send the news")

    desktop.let_go()
    says(page, f"{code} is under way")
    expect(form.get_by_label("News for the crew")).to_have_value("Bring ropes")
    desktop.let_go()

    says(page, f"Sent to {code}'s crew")
    expect(form.get_by_label("News for the crew")).to_have_value("")
    assert group.town.wait_for(ann, "Bring ropes")


def test_words_typed_before_the_page_has_started_are_shown_as_they_go_out_and_kept(
    desktop: Window, group: Group
) -> None:
    page, held = desktop.page, list[Route]()
    sign_in(page, group)
    page.route("**/htmx.min.js*", lambda route: held.append(route))
    page.goto(f"/dashboard/g/{group.keyword}/compose", wait_until="commit")
    page.get_by_label("What is to be done", exact=True).fill("Dig sand")

    (started,) = held
    started.continue_()

    expect(page.locator("#preview .got")).to_contain_text("Dig sand")
    expect(page.locator("#draft")).to_contain_text("Kept as a draft")


def test_words_are_kept_though_whoever_typed_them_looks_elsewhere(desktop: Window, group: Group) -> None:
    page = desktop.page
    page.add_init_script(HIDDEN)
    sign_in(page, group, f"/dashboard/g/{group.keyword}/compose")

    page.get_by_label("What is to be done", exact=True).fill("Dig sand")
    page.keyboard.press("Tab")

    expect(page.locator("#draft")).to_contain_text("Kept as a draft")


def test_an_action_that_ended_meanwhile_says_so_in_an_old_tab_and_keeps_what_was_typed(
    desktop: Window, group: Group
) -> None:
    page, (ann,) = desktop.page, members(group, 1)
    code = open_action(group, ann)
    page.add_init_script(HIDDEN)
    sign_in(page, group, f"/dashboard/a/{code}")
    form = form_of(page, "update", "News for the crew")
    form.get_by_label("News for the crew").fill("Bring ropes")
    group.town.text(group.organizer, f"BEGIN {code}")
    group.town.text(group.organizer, f"CLOSE {code}")
    group.town.wait_for(ann, f"{code} is done")

    press(form, "Send the news")

    says(page, f"{code} is over")
    expect(page.get_by_role("textbox", name="What you had written")).to_have_value("Bring ropes")
    expect(page.locator("#f-update")).to_have_count(0)
    expect(page.locator("#f-again")).to_have_count(1)
    desktop.forget_troubles("409")
    assert times(group, ann, "Bring ropes") == 0


def test_an_action_that_ends_elsewhere_offers_nothing_more_in_a_window_that_watches(
    desktop: Window, group: Group
) -> None:
    page = desktop.page
    code = open_action(group)
    sign_in(page, group, f"/dashboard/a/{code}")
    mark(page)

    group.town.text(group.organizer, f"CALL OFF {code}")

    expect(page.locator("#f-update")).to_have_count(0, timeout=POLLED_MS)
    expect(page.locator("#f-again")).to_have_count(1)
    assert is_same_page(page)
