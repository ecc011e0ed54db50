"""In with one click, and out again, on our own pages: by a link, by a code, by number, in a browser that is known."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import (
    DESKTOP,
    HOLD_FORMS_BACK,
    IPHONE,
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

WANTED = "3 shovels at 5th & Main 6pm #flood"
POLLED_MS = 15_000  # milliseconds within which a page has looked again, on a slow machine


@pytest.fixture
def group(town: Town) -> Group:
    return fresh_group(town)


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def window(request: pytest.FixtureRequest, browser: Browser, group: Group) -> Iterator[Window]:
    with a_window(browser, group.address, **request.param) as window:
        yield window


@pytest.fixture
def desktop(browser: Browser, group: Group) -> Iterator[Window]:
    with a_window(browser, group.address, **DESKTOP) as window:
        yield window


@pytest.fixture
def without_script(browser: Browser, group: Group) -> Iterator[Window]:
    with a_window(browser, group.address, java_script_enabled=False, **PHONE) as window:
        yield window


def part(page: Page) -> Locator:
    """What the visitor has to do with the action."""
    return page.locator("#part")


def is_told(page: Page, words: str) -> None:
    expect(part(page).get_by_role("heading", level=2)).to_have_text(words, timeout=POLLED_MS)


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def counts(page: Page, words: str) -> None:
    expect(page.locator("#live .count > span:first-child")).to_have_text(words, timeout=POLLED_MS)


def by_number(page: Page, number: str) -> None:
    page.get_by_label("Your mobile number").fill(number)
    press(page, "Text me to confirm")


def confirm(town: Town, number: str, words: str = "reply YES") -> None:
    town.wait_for(number, words)
    town.text(number, "YES")


def mark(page: Page) -> None:
    """So that a reload would show."""
    page.evaluate("window.isSamePage = true")


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.isSamePage === true"))


def times_told(town: Town, number: str, code: str) -> int:
    return len([body for body in town.got(number) if f"You're in for {code}" in body])


def known_browser(page: Page, town: Town, code: str) -> str:
    """Gives a new number and confirms it; the browser is known then, and in. Answers the number."""
    number = fresh_number()
    page.goto(f"/a/{code}")
    by_number(page, number)
    confirm(town, number)
    return number


# --- from an alert's link ------------------------------------------------------------------------------


def test_from_an_alerts_link_one_click_is_in_and_another_is_out(window: Window, group: Group) -> None:
    page, ann = window.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)

    page.goto(group.link_of(ann, code))
    expect(part(page)).to_contain_text(f"You're …{ann[-2:]}.")
    expect(page.get_by_text(ann)).to_have_count(0)
    press(page, "I'm in")

    is_told(page, "You're in")
    counts(page, "1 of 3 in")
    assert group.town.wait_for(ann, f"You're in for {code}")

    press(page, "I can't")

    is_told(page, "You're out")
    counts(page, "0 of 3 in")


def test_who_is_not_the_one_gets_the_page_without_a_name(window: Window, group: Group) -> None:
    page, ann = window.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)
    page.goto(group.link_of(ann, code))

    page.get_by_role("link", name="Not you?").click()

    expect(page).to_have_url(f"{group.address}/a/{code}")
    expect(page.get_by_label("Your mobile number")).to_be_visible()
    expect(page.get_by_text(f"…{ann[-2:]}")).to_have_count(0)


def test_a_double_click_and_the_same_form_in_two_tabs_count_once(desktop: Window, group: Group) -> None:
    page, ann = desktop.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)
    link = group.link_of(ann, code)
    other = desktop.another_tab()
    for tab in (page, other):
        tab.goto(link)

    page.get_by_role("button", name="I'm in", exact=True).dblclick()
    is_told(page, "You're in")
    press(other, "I'm in")

    is_told(other, "You're in")
    counts(other, "1 of 3 in")
    counts(page, "1 of 3 in")


def answered_twice_at_once(desktop: Window, group: Group) -> Page:
    """Maybe, then out, from an alert's link; neither is let through yet."""
    page, ann = desktop.page, fresh_number()
    group.add(ann)
    page.add_init_script(HOLD_FORMS_BACK)
    page.goto(group.link_of(ann, group.ask(WANTED)))
    press(page, "Maybe")
    press(page, "I can't")
    return page


def test_two_answers_given_before_the_first_is_through_are_told_one_after_the_other(
    desktop: Window, group: Group
) -> None:
    page = answered_twice_at_once(desktop, group)

    desktop.let_go()
    is_told(page, "You said maybe")
    desktop.let_go()

    is_told(page, "You're out")


def test_an_answer_that_does_not_get_through_is_told_even_where_another_has(desktop: Window, group: Group) -> None:
    page = answered_twice_at_once(desktop, group)
    desktop.let_go()
    is_told(page, "You said maybe")

    desktop.context.set_offline(True)
    desktop.let_go()

    expect(page.get_by_role("alert").filter(has_text="no connection")).to_be_visible()
    desktop.forget_troubles("ERR_INTERNET_DISCONNECTED|^error: htmx:")


def test_the_back_button_after_a_press_leads_to_what_is_true_now(desktop: Window, group: Group) -> None:
    page, ann = desktop.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)
    page.goto("/terms")
    page.goto(group.link_of(ann, code))
    press(page, "I'm in")
    is_told(page, "You're in")

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Terms")
    page.go_forward()

    is_told(page, "You're in")
    counts(page, "1 of 3 in")


def test_without_a_script_a_double_click_counts_once_and_back_shows_what_is_true(
    without_script: Window, group: Group
) -> None:
    page, town = without_script.page, group.town
    code, another = group.ask(WANTED), group.ask("5 people to cook")
    number = known_browser(page, town, code)
    town.wait_for(number, f"You're in for {code}")

    page.goto(f"/a/{another}")
    page.get_by_role("button", name="I'm in", exact=True).dblclick()
    is_told(page, "You're in")
    page.go_back()

    is_told(page, "You're in")
    counts(page, "1 of 5 in")
    town.text(number, f"WHO {another}")
    town.wait_for(number, "1 of 5 in")
    assert times_told(town, number, another) == 1


# --- from a code, and by the texting app ------------------------------------------------------------------


def read_code(page: Page) -> str:
    """What a phone's camera reads on the screen."""
    picture = Image.open(BytesIO(page.locator(".qr").screenshot()))
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_in_the_code_is_what_makes_one_in_and_the_page_counts_it_by_itself(
    browser: Browser, group: Group, scheme: Any
) -> None:
    code = group.ask(WANTED)
    with a_window(browser, group.address, color_scheme=scheme, **DESKTOP) as window:
        page, sam = window.page, fresh_number()
        page.goto(f"/a/{code}")
        mark(page)

        kind, ours, words = read_code(page).split(":", 2)
        assert (kind, ours, words) == ("SMSTO", "+15550100000", f"IN {code}")
        group.town.text(sam, words)

        counts(page, "1 of 3 in")
        assert is_same_page(page)


def test_a_groups_code_is_read_as_its_word(desktop: Window, group: Group) -> None:
    desktop.page.goto(f"/g/{group.keyword}")

    assert read_code(desktop.page) == f"SMSTO:+15550100000:{group.keyword}"


@pytest.mark.parametrize(("agent", "joint"), [(PHONE["user_agent"], "?"), (IPHONE, "&")], ids=["Android", "iPhone"])
def test_on_a_phone_the_button_opens_the_texting_app_with_the_words_written(
    browser: Browser, group: Group, agent: str, joint: str
) -> None:
    code = group.ask(WANTED)
    with a_window(browser, group.address, **{**PHONE, "user_agent": agent}) as window:
        page = window.page
        page.goto(f"/a/{code}")

        button = page.get_by_role("link", name="I'm in", exact=True)

        expect(button).to_have_attribute("href", f"sms:+15550100000{joint}body=IN%20{code}")
        box = button.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 844, "to be seen without scrolling"
        expect(page.locator(".qr")).to_be_hidden()


# --- by number, and in a browser that is known ----------------------------------------------------------


def test_by_number_with_a_yes_and_after_that_with_one_click_and_out_again(window: Window, group: Group) -> None:
    page, town, newt = window.page, group.town, fresh_number()
    code = group.ask(WANTED)
    page.goto(f"/a/{code}")
    mark(page)

    by_number(page, f"({newt[2:5]}) {newt[5:8]}-{newt[8:]}")
    is_told(page, "Look at your phone")
    counts(page, "0 of 3 in")
    confirm(town, newt)

    is_told(page, "You're in")
    expect(part(page)).to_contain_text(f"…{newt[-2:]}")
    counts(page, "1 of 3 in")
    assert is_same_page(page)

    another = group.ask("5 people to cook")
    page.goto(f"/a/{another}")
    press(page, "I'm in")
    is_told(page, "You're in")
    assert town.wait_for(newt, f"You're in for {another}")
    press(page, "I can't")
    is_told(page, "You're out")

    press(page, "Not you? Forget me here")

    expect(page.get_by_label("Your mobile number")).to_be_visible()
    page.goto(f"/a/{code}")
    expect(page.get_by_text(f"…{newt[-2:]}")).to_have_count(0)
    assert [cookie["name"] for cookie in window.context.cookies()] == []


def test_a_party_is_brought_and_changed(desktop: Window, group: Group) -> None:
    page, ann = desktop.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)
    page.goto(group.link_of(ann, code))

    page.get_by_label("How many").select_option(label="3 of us")
    press(page, "I'm in")
    is_told(page, "You're in")
    counts(page, "3 of 3 in")
    page.get_by_label("How many").select_option(label="2 of us")
    press(page, "Change")

    counts(page, "2 of 3 in")
    expect(part(page)).to_contain_text("With 2 places held.")


def test_what_cannot_be_a_number_is_said_and_the_reader_is_led_to_it(window: Window, group: Group) -> None:
    page = window.page
    code = group.ask(WANTED)
    page.goto(f"/a/{code}")

    by_number(page, "911")

    expect(page.get_by_role("status").filter(has_text="no mobile number")).to_be_focused()
    expect(page.get_by_label("Your mobile number")).to_have_value("911")
    window.forget_troubles("422")


# --- without JavaScript -----------------------------------------------------------------------------------


def test_without_a_script_an_alerts_link_is_in_and_out_all_the_same(without_script: Window, group: Group) -> None:
    page, ann = without_script.page, fresh_number()
    group.add(ann)
    code = group.ask(WANTED)

    page.goto(group.link_of(ann, code))
    press(page, "I'm in")
    is_told(page, "You're in")
    counts(page, "1 of 3 in")

    press(page, "I can't")
    is_told(page, "You're out")
    counts(page, "0 of 3 in")


def test_without_a_script_a_number_is_confirmed_and_the_page_looked_at_again(
    without_script: Window, group: Group
) -> None:
    page, newt = without_script.page, fresh_number()
    code = group.ask(WANTED)
    page.goto(f"/a/{code}")

    by_number(page, newt)
    is_told(page, "Look at your phone")
    confirm(group.town, newt)
    group.town.wait_for(newt, f"You're in for {code}")
    page.get_by_role("link", name="Check again").click()

    is_told(page, "You're in")


def test_without_a_script_a_group_is_joined_by_number(without_script: Window, group: Group) -> None:
    page, newt = without_script.page, fresh_number()
    page.goto(f"/g/{group.keyword}")

    by_number(page, newt)
    expect(page.get_by_role("status").filter(has_text="a text is on its way")).to_be_visible()
    confirm(group.town, newt)

    assert group.town.wait_for(newt, f"you're in {group.keyword}")


def test_what_is_not_there_says_what_was_meant(window: Window, group: Group) -> None:
    page = window.page
    code = group.ask(WANTED)

    page.goto(f"/a/{code.lower()}")
    expect(page.get_by_role("heading", level=1)).to_have_text(WANTED)
    page.goto(f"/a/{code.replace('W', 'VV', 1)}")
    page.get_by_role("link", name=code, exact=True).click()
    expect(page).to_have_url(f"{group.address}/a/{code}")
    page.goto("/nowhere/at/all")

    expect(page.get_by_role("heading", level=1)).to_have_text("There's nothing here")
    window.forget_troubles("^404: ")


def test_without_a_script_home_finds_what_is_open(without_script: Window, group: Group) -> None:
    page = without_script.page
    code = group.ask("7 unicyclists at 5th & Main 6pm #parade")
    page.goto("/")

    page.get_by_label("What or where").fill("unicyclists")
    press(page, "Search")

    expect(page.get_by_role("heading", level=1)).to_have_text("1 open action found")
    page.get_by_role("link", name="7 unicyclists").click()
    expect(page).to_have_url(f"{group.address}/a/{code}")


def test_what_to_paste_elsewhere_is_copied_with_one_press(browser: Browser, group: Group) -> None:
    code = group.ask(WANTED)
    with a_window(browser, group.address, permissions=["clipboard-read", "clipboard-write"], **DESKTOP) as window:
        page = window.page
        page.goto(f"/a/{code}/share")

        page.get_by_role("button", name="Copy").first.click()

        expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
        assert page.evaluate("navigator.clipboard.readText()") == f"{group.address}/a/{code}"


# --- live numbers -----------------------------------------------------------------------------------------


def looks_again(page: Page) -> int:
    """The next look at the numbers: how many bytes of a page it brought, none where they are as before (304)."""
    with page.expect_request_finished(lambda request: request.url.endswith("/live")) as seen:
        page.clock.fast_forward(5_000)
    return seen.value.sizes()["responseBodySize"]


def test_unchanged_numbers_are_not_sent_again_and_nobody_looks_in_a_hidden_tab(desktop: Window, group: Group) -> None:
    page = desktop.page
    code = group.ask(WANTED)
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.isAway === true })")
    page.goto(f"/a/{code}")

    assert looks_again(page) > 0
    assert [looks_again(page) for _ in range(3)] == [0, 0, 0]

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("""() => { window.isAway = true; window.times = 0;
        document.addEventListener("htmx:beforeRequest", () => { window.times += 1; }); }""")
    for times in (1, 2, 3):
        page.clock.fast_forward(5_000)
        page.wait_for_function(f"window.times === {times}")
    assert asked == []

    page.evaluate("window.isAway = false")
    assert looks_again(page) == 0


def test_a_page_whose_action_ends_meanwhile_shows_what_came_of_it(desktop: Window, group: Group) -> None:
    page = desktop.page
    code = group.ask(WANTED)
    page.goto(f"/a/{code}")

    group.town.text(group.organizer, f"CALL OFF {code}")

    expect(page.get_by_text("Called off")).to_be_visible(timeout=POLLED_MS)
    is_told(page, "This one is over")


# --- with the keyboard alone ---------------------------------------------------------------------------------


def tab_to(page: Page, wanted: Locator) -> None:
    """Each stop on the way is to be seen."""
    for _ in range(30):
        page.keyboard.press("Tab")
        outline = page.evaluate("""() => { const style = getComputedStyle(document.activeElement);
            return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth); }""")
        assert outline >= 2, page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not to be reached")


def test_the_keyboard_alone_suffices(desktop: Window, group: Group) -> None:
    page, newt = desktop.page, fresh_number()
    code = group.ask(WANTED)
    page.goto(f"/a/{code}")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.get_by_label("Your mobile number"))
    page.keyboard.type(newt)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look at your phone")).to_be_focused()
    confirm(group.town, newt)
    is_told(page, "You're in")

    another = group.ask("5 people to cook")
    page.goto(f"/a/{another}")
    tab_to(page, page.get_by_role("button", name="I'm in", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You're in")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="I can't", exact=True))
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="You're out")).to_be_focused()
