"""The page with phones in a real browser, by what a person sees and presses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import DESKTOP_WIDTH, NEEDS_CHROMIUM, PHONE_WIDTH
from tests.local.running_carrier import NUMBER, Carrier, FakeApp, running_carrier

SAM = "+15550100001"
HELD_BACK = """([method, ending]) => {
  const ask = window.fetch;
  const held = new Promise((comeOn) => { window.comeOn = comeOn; });
  window.fetch = async (path, options) => {
    const isHeld = options?.method === method && path.endsWith(ending);
    if (isHeld) method = "no other";
    const answer = await ask(path, options);
    if (isHeld) await held;
    return answer;
  };
}"""  # the next such answer, until it is told to come on

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def app() -> Iterator[FakeApp]:
    with FakeApp().up() as app:
        yield app


@pytest.fixture(scope="module")
def shared(app: FakeApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    with running_carrier(tmp_path_factory.mktemp("carrier"), app.url) as carrier:
        yield carrier


@pytest.fixture
def carrier(shared: Carrier) -> Carrier:
    shared.ask("DELETE", "/texts")
    shared.ask("DELETE", "/phones")
    return shared


@pytest.fixture(params=[PHONE_WIDTH, DESKTOP_WIDTH], ids=["on a phone", "on a desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, carrier: Carrier) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 844}, locale="en-US")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if "Security Policy" in message.text else None)
    page.goto(carrier.url)
    yield page
    context.close()
    assert troubles == []


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=f"{name}'s phone")


def add_phone(page: Page, name: str) -> Locator:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add phone").click()
    return phone(page, name)


def hold_back_from_the_start(page: Page, method: str, ending: str) -> None:
    page.add_init_script(f"({HELD_BACK})({[method, ending]})")


def come_on(page: Page) -> None:
    """What was held back comes; whatever is asked after it has come, too."""
    page.evaluate("comeOn(); fetch('/clock').then((answer) => answer.json())")


def say(carrier: Carrier, body: str, to: str = SAM) -> None:
    carrier.twilio().messages.create(to=to, from_=NUMBER, body=body)


def test_a_newcomer_is_told_what_to_do_first_and_does_it(page: Page, carrier: Carrier) -> None:
    expect(page.get_by_text("NEW GROUP DIG Riverbank diggers")).to_be_visible()

    sam = add_phone(page, "Sam")
    expect(sam.get_by_label("Text from Sam")).to_be_focused()
    page.keyboard.type("NEW GROUP DIG Riverbank diggers")
    page.keyboard.press("Enter")
    expect(sam.locator(".bubble.out .body")).to_have_text("NEW GROUP DIG Riverbank diggers")
    say(carrier, "Riverbank diggers is there.")

    expect(sam.locator(".bubble.in .body")).to_have_text("Riverbank diggers is there.")
    expect(sam.locator(".bubble.in .meta")).to_contain_text("1 segment")
    expect(page.get_by_label("Number")).to_have_value("+15550100002")


def test_who_is_faster_than_the_page_loses_no_word(page: Page, carrier: Carrier) -> None:
    hold_back_from_the_start(page, "GET", "/phones")
    page.goto(carrier.url)

    add_phone(page, "Sam")
    page.get_by_label("Name").fill("Ann")
    come_on(page)
    expect(phone(page, "Sam")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ann")
    page.get_by_role("button", name="Add phone").click()

    expect(phone(page, "Ann").get_by_text("+15550100002")).to_be_visible()


def test_a_number_that_has_texted_from_elsewhere_can_get_a_phone_here(page: Page, carrier: Carrier) -> None:
    carrier.ask("POST", "/phones/%2B15550100009/texts", {"Body": "WHO"})
    expect(page.locator("#others option")).to_have_attribute("value", "+15550100009")

    page.get_by_label("Number").fill("+15550100009")
    elsewhere = add_phone(page, "Elsewhere")

    expect(elsewhere.locator(".bubble.out .body")).to_have_text("WHO")
    expect(page.get_by_label("Number")).to_have_value("+15550100001")


def test_phones_and_texts_are_still_there_after_a_reload(page: Page) -> None:
    add_phone(page, "Sam").get_by_role("button", name="IN", exact=True).click()
    expect(phone(page, "Sam").locator(".bubble")).to_have_count(1)

    page.reload()

    expect(phone(page, "Sam").locator(".bubble.out .body")).to_have_text("IN")


def test_shift_enter_is_a_new_line_and_segments_are_counted_while_typing(page: Page) -> None:
    sam = add_phone(page, "Sam")
    box = sam.get_by_label("Text from Sam")

    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two…")
    expect(sam.locator(".count")).to_have_text("8 · 1 segment · Unicode")
    box.press("Enter")

    expect(sam.locator(".bubble.out .body")).to_have_text("one\ntwo…")
    expect(box).to_have_value("")


def test_what_arrives_is_shown_as_it_is_written_and_never_as_markup(page: Page, carrier: Carrier) -> None:
    sam = add_phone(page, "Sam")

    say(carrier, "<img src=x onerror=alert(1)> <b>bold</b>")

    expect(sam.locator(".bubble.in .body")).to_have_text("<img src=x onerror=alert(1)> <b>bold</b>")


def test_a_text_sent_again_is_the_same_text_to_the_app(page: Page, app: FakeApp) -> None:
    while not app.posts.empty():
        app.posts.get()
    sam = add_phone(page, "Sam")
    sam.get_by_role("button", name="MAYBE").click()

    sam.get_by_role("button", name="send again").click()

    expect(page.get_by_role("status").filter(has_text="Sent again from Sam")).to_be_visible()
    assert app.next_post() == app.next_post()
    expect(sam.locator(".bubble")).to_have_count(1)


def test_what_is_said_of_a_text_sent_again_stays_when_the_first_ones_answer_is_late(page: Page) -> None:
    sam = add_phone(page, "Sam")
    page.evaluate(HELD_BACK, ["POST", "/texts"])
    sam.get_by_role("button", name="MAYBE").click()
    sam.get_by_role("button", name="send again").click()
    expect(page.get_by_role("status").filter(has_text="Sent again from Sam")).to_be_visible()

    come_on(page)

    expect(page.get_by_role("status").filter(has_text="Sent again from Sam")).to_be_visible()


def test_what_is_to_go_wrong_stays_told_when_an_earlier_looks_answer_is_late(page: Page) -> None:
    page.evaluate(HELD_BACK, ["GET", f"{quote(SAM)}/faults"])
    sam = add_phone(page, "Sam")
    sam.locator("summary").click()
    sam.get_by_role("button", name="is accepted, then fails").click()
    expect(sam.get_by_text("Next text here fails (30003)")).to_be_visible()

    come_on(page)

    expect(sam.get_by_text("Next text here fails (30003)")).to_be_visible()


def test_the_next_text_to_a_phone_can_be_made_to_fail(page: Page, carrier: Carrier) -> None:
    sam = add_phone(page, "Sam")

    sam.locator("summary").click()
    sam.get_by_role("button", name="is accepted, then fails").click()
    expect(sam.get_by_text("Next text here fails (30003)")).to_be_visible()
    say(carrier, "never seen")
    say(carrier, "seen")

    expect(sam.locator(".bubble.in .body")).to_have_text("seen")
    expect(sam.get_by_text("Next text here")).to_be_hidden()


def test_the_clock_is_moved_with_a_button(page: Page) -> None:
    day_before = page.locator("#clock-day").text_content()
    expect(page.locator("#clock-time")).to_have_text(re.compile(r"\d+:\d\d"))

    page.get_by_role("button", name="+1 day").click()

    expect(page.get_by_role("status").filter(has_text="moved on by 1 day")).to_be_visible()
    expect(page.locator("#clock-day")).not_to_have_text(str(day_before))


def test_the_clock_stays_moved_when_an_earlier_looks_answer_is_late(page: Page, carrier: Carrier) -> None:
    hold_back_from_the_start(page, "GET", "/clock")
    page.goto(carrier.url)
    page.get_by_role("button", name="+1 day").click()
    expect(page.get_by_role("status").filter(has_text="moved on by 1 day")).to_be_visible()
    day = page.locator("#clock-day").text_content()

    come_on(page)

    assert page.locator("#clock-day").text_content() == day


def test_a_recording_is_saved_as_a_story(page: Page, carrier: Carrier, tmp_path: Path) -> None:
    sam = add_phone(page, "Sam")
    page.get_by_role("button", name="Record a story").click()
    sam.get_by_role("button", name="WHO").click()
    expect(sam.locator(".bubble.out")).to_have_count(1)
    say(carrier, "Nobody yet.\nBe the first: IN")
    expect(sam.locator(".bubble.in")).to_have_count(1)

    with page.expect_download() as download:
        page.get_by_role("button", name="Stop and save").click()

    download.value.save_as(tmp_path / "story.txt")
    assert (tmp_path / "story.txt").read_text() == "sam    WHO\n       < Nobody yet. ⏎ Be the first: IN\n"


def test_forgetting_clears_the_screens_and_new_texts_show_again(page: Page, carrier: Carrier) -> None:
    sam = add_phone(page, "Sam")
    sam.get_by_role("button", name="OUT").click()
    expect(sam.locator(".bubble")).to_have_count(1)

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget all texts").click()
    expect(sam.locator(".bubble")).to_have_count(0)
    say(carrier, "a new start")

    expect(sam.locator(".bubble.in .body")).to_have_text("a new start")


def test_an_app_that_does_not_take_a_text_is_named_and_the_words_are_kept(page: Page, app: FakeApp) -> None:
    sam = add_phone(page, "Sam")
    app.answers[:] = [403]

    sam.get_by_label("Text from Sam").fill("precious words")
    sam.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status").filter(has_text="/sms answered 403")).to_be_visible()
    expect(sam.get_by_label("Text from Sam")).to_have_value("precious words")


def test_the_page_fits_its_width_with_several_phones(page: Page) -> None:
    for name in ("Sam", "Ann", "Bob Whitaker-Featherstonehaugh"):
        add_phone(page, name)
    expect(page.get_by_role("article")).to_have_count(3)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lefts = {page.get_by_role("article").nth(n).bounding_box()["x"] for n in range(3)}  # type: ignore[index]
    assert len(lefts) == (1 if page.viewport_size == {"width": PHONE_WIDTH, "height": 844} else 3)
