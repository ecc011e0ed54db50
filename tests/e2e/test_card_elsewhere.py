"""The card on somebody else's page: another site, a strict policy, and no cookies for third parties.

A new context of Chromium's blocks third parties' cookies; a partitioned one (CHIPS) it keeps, over plain HTTP, too, as
long as both sites are on this machine: 127.0.0.1 and localhost are different sites, and both count as secure.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser import NEEDS_CHROMIUM, PHONE, PHONE_WIDTH, SIZES, Group, Window, a_window, fresh_group, fresh_number
from tests.town import Town

pytestmark = [pytest.mark.town, *NEEDS_CHROMIUM]

NO_ICON = '<link rel="icon" href="data:,">'
POLLED_MS = 15_000  # milliseconds within which a card has looked again, on a slow machine
MEASURE_SHIFTS = """window.shifts = [];
    new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifts.push(one.value); })
        .observe({ type: "layout-shift", buffered: true });"""
TWO_COOKIES = (
    "plain=1; Path=/; SameSite=None; Secure; HttpOnly",
    "partitioned=1; Path=/; SameSite=None; Secure; HttpOnly; Partitioned",
)


@dataclass
class Elsewhere:
    """Another site, with pages of its own: by path their HTML, policy and cookies. `cookies` is what came with each."""

    pages: dict[str, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)
    cookies: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def address(self, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}"

    def show(self, path: str, body: str, policy: str = "", cookies: tuple[str, ...] = ()) -> None:
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Our street</title>'
        self.pages[path] = (f'<!doctype html><html lang="en">{head}{body}', policy, cookies)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                elsewhere.cookies.append((self.path, self.headers.get("Cookie", "")))
                body, policy, cookies = elsewhere.pages.get(self.path, ("", "", ()))
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in (("Content-Security-Policy", policy), *(("Set-Cookie", one) for one in cookies)):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def running(elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    with ThreadingHTTPServer(("127.0.0.1", 0), elsewhere.handler()) as server:
        elsewhere.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield elsewhere
        server.shutdown()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with running(Elsewhere()) as elsewhere:
        yield elsewhere


@pytest.fixture
def group(town: Town) -> Group:
    return fresh_group(town)


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def window(request: pytest.FixtureRequest, browser: Browser, elsewhere: Elsewhere) -> Iterator[Window]:
    with a_window(browser, elsewhere.address(), **request.param) as window:
        yield window


def show_cards(elsewhere: Elsewhere, group: Group, *codes: str) -> None:
    """A page with a card for each action, whose policy allows nothing but what a card needs."""
    town = group.address
    cards = "".join(f'<h2>Lend a hand</h2><div data-giddyup="{code}"></div>' for code in codes)
    script = f'<script src="{town}/embed.js"></script>'
    body = f"{NO_ICON}<h1>Our street</h1>{cards}<p>More news</p>{script}"
    elsewhere.show("/", body, f"default-src 'none'; script-src {town}; frame-src {town}; img-src data:")


def card(page: Page, code: str) -> FrameLocator:
    return page.frame_locator(f'iframe[title="Giddyup {code}"]')


def is_told(shown: FrameLocator, words: str) -> None:
    expect(shown.locator("#part-title")).to_have_text(words, timeout=POLLED_MS)


def press(shown: FrameLocator, words: str) -> None:
    shown.get_by_role("button", name=words, exact=True).click()


def by_number(shown: FrameLocator, number: str) -> None:
    shown.get_by_text("Or with your number").click()
    shown.get_by_label("Your mobile number").fill(number)
    press(shown, "Text me to confirm")


def cookies_kept(window: Window, elsewhere: Elsewhere) -> tuple[str, str]:
    """Which cookies a site gets back that sets one of each kind: as a third party, and when it is visited itself."""
    third = f"{elsewhere.address('127.0.0.1')}/third"
    elsewhere.show("/third", NO_ICON + "<p>third", cookies=TWO_COOKIES)
    elsewhere.show("/around", f'{NO_ICON}<iframe src="{third}" title="third"></iframe>')
    for _ in range(2):
        window.page.goto("/around")
        expect(window.page.frame_locator("iframe").get_by_text("third")).to_be_visible()
    for _ in range(2):
        window.page.goto(third)
    sent = [cookies for path, cookies in elsewhere.cookies if path == "/third"]
    return sent[1], sent[3]


def test_in_from_a_card_elsewhere_and_out_and_on_another_card_in_with_one_click(
    window: Window, group: Group, elsewhere: Elsewhere
) -> None:
    page, town, newt = window.page, group.town, fresh_number()
    code, another = group.ask("3 shovels at 5th & Main 6pm #flood"), group.ask("5 people to cook")
    show_cards(elsewhere, group, code, another)
    assert cookies_kept(window, elsewhere) == ("partitioned=1", "plain=1; partitioned=1")

    page.goto("/")
    by_number(card(page, code), newt)
    is_told(card(page, code), "Look at your phone")
    assert "reply YES" in town.wait_for(newt, f"to be in for {code}")
    town.text(newt, "YES")
    is_told(card(page, code), "You're in")
    expect(card(page, code).locator("#part")).to_contain_text(f"…{newt[-2:]}")
    expect(card(page, code).locator("#live")).to_contain_text("1 of 3 in")

    press(card(page, code), "I can't")
    is_told(card(page, code), "You're out")
    assert town.wait_for(newt, f"You're out of {code}")

    page.reload()
    is_told(card(page, code), "You're out")
    page.wait_for_load_state("networkidle")  # the cards have their heights: nothing moves under the finger
    press(card(page, another), "I'm in")
    is_told(card(page, another), "You're in")
    assert town.wait_for(newt, f"You're in for {another}")
    press(card(page, another), "I can't")
    is_told(card(page, another), "You're out")

    kept = [one for one in window.context.cookies() if one["name"].startswith("giddyup")]
    assert [(one["name"], one["httpOnly"], one["partitionKey"]) for one in kept] == [
        ("giddyup_card", True, "http://localhost")
    ]
    press(card(page, another), "Not you? Forget me here")
    expect(card(page, another).get_by_text("Or with your number")).to_be_visible()
    assert [one["name"] for one in window.context.cookies() if one["name"].startswith("giddyup")] == []


def test_what_a_browser_knows_on_one_site_it_does_not_tell_on_another(
    browser: Browser, group: Group, elsewhere: Elsewhere
) -> None:
    code, newt = group.ask("3 shovels"), fresh_number()
    show_cards(elsewhere, group, code)
    with a_window(browser, **PHONE) as window:
        page = window.page
        page.goto(f"{group.address}/a/{code}")
        page.get_by_label("Your mobile number").fill(newt)
        page.get_by_role("button", name="Text me to confirm").click()
        group.town.wait_for(newt, "reply YES")
        group.town.text(newt, "YES")
        expect(page.locator("#part-title")).to_have_text("You're in", timeout=POLLED_MS)

        page.goto(elsewhere.address())

        expect(card(page, code).get_by_text("Or with your number")).to_be_visible()
        expect(card(page, code).get_by_text(f"…{newt[-2:]}")).to_have_count(0)


def test_a_card_takes_its_place_without_moving_the_page_around_it(
    window: Window, group: Group, elsewhere: Elsewhere
) -> None:
    page = window.page
    code = group.ask("3 shovels at 5th & Main 6pm #flood")
    page.goto(f"{group.address}/a/{code}/share")
    snippet = page.get_by_role("textbox", name="Card by script").input_value()
    elsewhere.show("/", f"{NO_ICON}<h1>Our street</h1>{snippet}<p>More news</p>")
    page.add_init_script(MEASURE_SHIFTS)

    page.goto("/")
    expect(card(page, code).get_by_role("heading", level=1)).to_have_text("3 shovels at 5th & Main 6pm #flood")
    expect(page.get_by_text("More news")).to_be_visible()

    assert page.evaluate("window.shifts") == []
    frame, inside = page.locator("iframe").bounding_box(), card(page, code).locator("main").bounding_box()
    assert frame
    assert inside
    assert inside["height"] + 2 <= frame["height"], "nothing of it is cut off"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    is_phone = page.evaluate("innerWidth") == PHONE_WIDTH
    expect(card(page, code).get_by_role("link", name="I'm in", exact=True)).to_be_visible(visible=is_phone)
    expect(card(page, code).locator(".qr")).to_be_visible(visible=not is_phone)


def test_a_card_without_a_script_works_in_a_bare_frame(browser: Browser, group: Group, elsewhere: Elsewhere) -> None:
    code, newt = group.ask("3 shovels at 5th & Main 6pm #flood"), fresh_number()
    frame = f'<iframe src="{group.address}/embed/{code}" title="Giddyup {code}" width="360" height="700"></iframe>'
    elsewhere.show("/", NO_ICON + frame, f"default-src 'none'; frame-src {group.address}; img-src data:")
    with a_window(browser, elsewhere.address(), java_script_enabled=False, **PHONE) as window:
        shown = card(window.page, code)
        window.page.goto("/")

        by_number(shown, newt)
        is_told(shown, "Look at your phone")
        group.town.wait_for(newt, "reply YES")
        group.town.text(newt, "YES")
        group.town.wait_for(newt, f"You're in for {code}")
        shown.get_by_role("link", name="Check again").click()
        is_told(shown, "You're in")
        press(shown, "I can't")

        is_told(shown, "You're out")


def test_no_page_but_a_card_is_shown_in_a_frame(browser: Browser, group: Group, elsewhere: Elsewhere) -> None:
    code = group.ask("3 shovels")
    elsewhere.show("/", f'{NO_ICON}<iframe src="{group.address}/a/{code}" title="stolen"></iframe>')
    with a_window(browser, elsewhere.address()) as window:
        with window.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            window.page.goto("/")

        expect(window.page.frame_locator("iframe").get_by_text("3 shovels")).to_have_count(0)

        window.forget_troubles("frame-ancestors|ERR_BLOCKED_BY_RESPONSE")
