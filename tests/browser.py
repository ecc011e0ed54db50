"""Debian's Chromium for tests, as a phone and as a desktop, watched for all that a page of ours may not do."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.town import Town, number_in

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}: apt-get install chromium"),
]
PHONE_WIDTH, DESKTOP_WIDTH = 390, 1280
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148"
PHONE: dict[str, Any] = {
    "viewport": {"width": PHONE_WIDTH, "height": 844},
    "user_agent": ANDROID,
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": DESKTOP_WIDTH, "height": 844}}
SIZES = {"on a phone": PHONE, "on a desktop": DESKTOP}

# What a page's policy forbids is an error on the console, too; this says which rule it was.
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`forbidden: ${event.violatedDirective} ${event.blockedURI} in ${location.href}`))"""
# Forms that the page sends wait, in their order, until `held.shift()()` is said for each.
HOLD_FORMS_BACK = """{ const send = XMLHttpRequest.prototype.send;
    window.held = [];
    XMLHttpRequest.prototype.send = function (form) {
        if (form) held.push(() => send.call(this, form));
        else send.call(this);
    }; }"""
PATIENCE_MS = 20_000  # milliseconds that a slow machine may take for what one looks for
LEFT_BEHIND = "net::ERR_ABORTED"  # what was still being asked for when the page was left

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the session; each test looks through windows of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Window:
    """A browser of somebody's own, with one page open. `troubles`: errors, what was forbidden, what did not load."""

    context: BrowserContext
    page: Page
    troubles: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", self.hear)
        page.on("requestfailed", self.see_failed)
        page.on("response", self.see_answer)

    def hear(self, message: ConsoleMessage) -> None:
        """That something did not load is seen by itself, and at once."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.troubles.append(f"{message.type}: {message.text}")

    def see_failed(self, request: Request) -> None:
        if request.failure != LEFT_BEHIND:
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def see_answer(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")

    def let_go(self) -> None:
        """The first form of those that are held back."""
        self.page.evaluate("held.shift()()")

    def another_tab(self) -> Page:
        return self.context.new_page()

    def forget_troubles(self, expected: str) -> None:
        """All that there were must be the expected ones."""
        assert self.troubles
        assert [one for one in self.troubles if not re.search(expected, one)] == []
        self.troubles.clear()


@contextmanager
def a_window(browser: Browser, base_url: str = "", **options: Any) -> Iterator[Window]:
    """Nothing that it shows may have given trouble in the end."""
    context = browser.new_context(base_url=base_url or None, **{"locale": "en-US", **options})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(TELL_VIOLATIONS)
    window = Window(context, context.new_page())
    window.watch(window.page)
    context.on("page", window.watch)
    try:
        yield window
    finally:
        context.close()
    assert window.troubles == []


# --- what there is to look at ----------------------------------------------------------------------


@dataclass
class Group:
    """A group in a running town, with its organizer's phone."""

    town: Town
    keyword: str
    organizer: str

    @property
    def address(self) -> str:
        """Of the town."""
        return f"http://127.0.0.1:{self.town.port}"

    def add(self, *numbers: str) -> None:
        for number in numbers:
            self.town.text(number, f"JOIN {self.keyword}")
        for number in numbers:
            self.town.wait_for(number, f"you're in {self.keyword}")

    def ask(self, words: str) -> str:
        """An alert, sent; answers the action's code."""
        before = len(self.town.got(self.organizer))
        self.town.text(self.organizer, f"ALERT {self.keyword} {words}")
        draft = self.next_text(before, "Not sent yet")
        before = len(self.town.got(self.organizer))
        self.town.text(self.organizer, f"GO {number_in(draft)}")
        return self.next_text(before, "is on its way").split(" ")[0]

    def next_text(self, after: int, words: str) -> str:
        """To the organizer, after so many."""
        return self.next_text_to(self.organizer, after, words)

    def next_text_to(self, number: str, after: int, words: str = "") -> str:
        found = self.town.wait_until(lambda: [body for body in self.town.got(number)[after:] if words in body])
        assert found, self.town.got(number)[after:]
        return str(found[0])

    def link_of(self, number: str, code: str) -> str:
        """The path of the personal link that this phone got for an action."""
        found = re.search(r"http://[^/\s]+(/p/\S+)", self.town.wait_for(number, f"/p/{code}"))
        assert found
        return found[1]


def found_group(town: Town, keyword: str, organizer: str) -> Group:
    town.text(organizer, f"NEW GROUP {keyword} Riverbank diggers")
    town.wait_for(organizer, f"{keyword} is yours")
    return Group(town, keyword, organizer)


_LETTERS = (f"WEB{first}{second}" for first in string.ascii_uppercase for second in "QXZ")
_LASTS = itertools.count(1)


def fresh_group(town: Town) -> Group:
    """With a keyword that no other test has."""
    return found_group(town, next(_LETTERS), fresh_number())


def fresh_number() -> str:
    """A phone that nobody else has."""
    return f"+1555019{next(_LASTS):04}"
