"""Every page in every state, as axe-core finds it: light and dark, English and Spanish, on a phone and on a desktop.

The pages are the real app's, in this process; the browser is given them as they were at their moment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from chalice.test import HTTPResponse
from playwright.sync_api import Browser, Page, Route

from chalicelib.entry.pressing import A_NETWORK_AN_HOUR
from tests.browser import ANDROID, DESKTOP, NEEDS_CHROMIUM, PHONE, Window, a_window
from tests.browsing import FORM, Browsing
from tests.world import SCREENS, World, a_world

pytestmark = NEEDS_CHROMIUM

BASE = "https://giddyup.example"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
LOOKS: dict[str, dict[str, Any]] = {"English on a desktop": DESKTOP, "Spanish on a phone": {**PHONE, "locale": "es-MX"}}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it was answered at its moment, in one language."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


STATES = (
    "home with nothing open",
    "home",
    "search",
    "search with no result",
    "group with nothing open",
    "group",
    "group after a number was given",
    "action for a stranger",
    "action for a stranger when full",
    "action without an end to its need",
    "action that many are wanted for",
    "action for one who was asked",
    "action for one who is known",
    "action with a number that is none",
    "in",
    "in with a party",
    "maybe",
    "out",
    "in line",
    "stopped",
    "personal link",
    "personal link, in",
    "dead link",
    "done",
    "done, for one who was in",
    "called off",
    "share",
    "card for a stranger",
    "card for one who was asked",
    "card for one who is known",
    "card, in",
    "card, over",
    "terms",
    "privacy",
    "nothing there",
    "nothing there, but something alike",
    "too many numbers",
    "too much",
    "from another site",
)


class Visits:
    """What browsers saw, moment by moment: `keep` has each state's page in both languages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept: dict[str, dict[str, Shown]] = {}

    def keep(self, state: str, path: str, browser: Browsing | None = None, **headers: str) -> None:
        browser = browser or Browsing()
        self.kept[state] = {}
        for lang in ("en", "es"):
            answer = browser.get(path, Accept_Language=lang, **headers)
            self.kept[state][lang] = Shown(path, answer.status_code, plain(answer.headers), bytes(answer.body))

    def keep_after(self, state: str, path: str, press: Callable[[Browsing], None]) -> None:
        """What a press on a page leads to; the page at the path, as far as links in it go."""
        self.kept[state] = {}
        for lang in ("en", "es"):
            browser = Browsing({"User-Agent": ANDROID, "Accept-Language": lang})
            browser.open(path)
            press(browser)
            self.kept[state][lang] = Shown(path, browser.status, {}, browser.page.encode())

    def link(self, name: str, code: str) -> str:
        texts = "\n".join(one["body"] for one in SCREENS.sent if one["to"] == self.world.number(name))
        return re.findall(rf"{BASE}(/p/{code}\S+)", texts)[-1]

    def known(self, name: str, path: str) -> Browsing:
        """A browser that this member's number was typed in and confirmed for."""
        browser = Browsing()
        browser.open(path)
        give(browser, number=self.world.number(name))
        self.world.text(name, "YES")
        return browser


def plain(headers: Mapping[str, Any]) -> dict[str, str]:
    wanted = {"content-type", "content-security-policy", "referrer-policy"}
    return {name.lower(): str(value) for name, value in headers.items() if name.lower() in wanted}


def give(browser: Browsing, **fields: str) -> None:
    browser.send(browser.forms()[0], **fields)


def too_many(browser: Browsing) -> None:
    form = browser.forms()[0]
    body = urlencode({**form.fields, "number": "+15550188805"}).encode()
    for _ in range(A_NETWORK_AN_HOUR):
        browser.ask("POST", form.action, body, {"Content-Type": FORM})
    browser.send(form, number="+15550188805")


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, dict[str, Shown]]]:
    """All states, by name and language; the world goes on from one to the next."""
    with a_world() as world:
        visits = Visits(world)
        visits.keep("home with nothing open", "/")
        go_through(visits)
        assert set(visits.kept) == set(STATES)
        yield visits.kept


def go_through(visits: Visits) -> None:
    world, keep = visits.world, visits.keep
    world.found_group(members=("ann", "ben", "cat", "dan", "eve", "fay"))
    keep("group with nothing open", "/g/DIG")
    code = world.raise_action("4 shovels at 5th & Main 6pm #flood #cleanup")
    full = world.raise_action("1 driver at 12 Oak St tomorrow 9am")
    keep("personal link", visits.link("ann", code))
    visits.keep_after("action for one who was asked", f"/a/{code}", lambda one: give(one, number="+15550188801"))
    visits.keep_after("card for one who was asked", f"/embed/{code}", lambda one: give(one, number="+15550188802"))
    visits.keep_after("group after a number was given", "/g/DIG", lambda one: give(one, number="+15550188803"))
    visits.keep_after("action with a number that is none", f"/a/{code}", lambda one: give(one, number="911"))
    for name in ("ann", "ben"):
        world.text(name, f"NAME {name.title()}")
        world.text(name, "SHOW NAME")
    ann = visits.known("ann", f"/a/{code}")
    keep("in", f"/a/{code}", ann)
    keep("personal link, in", visits.link("ann", code))
    ann_on_card = visits.known("ann", f"/embed/{code}")
    keep("card, in", f"/embed/{code}", ann_on_card)
    keep("card for one who is known", f"/embed/{full}", ann_on_card)
    keep("action for one who is known", f"/a/{full}", ann)
    keep("card for a stranger", f"/embed/{code}")
    world.text("ann", f"MAYBE {code}")
    keep("maybe", f"/a/{code}", ann)
    world.text("ann", f"OUT {code}")
    keep("out", f"/a/{code}", ann)
    world.text("ann", f"IN {code} +2")
    keep("in with a party", f"/a/{code}", ann)
    world.text("ben", f"IN {full}")
    keep("action for a stranger when full", f"/a/{full}")
    world.text("ann", f"IN {full}")
    keep("in line", f"/a/{full}", ann)
    endless = world.raise_action("people to sing in the park at 7pm #music")
    keep("action without an end to its need", f"/a/{endless}")
    many = world.raise_action("60 people at the dam 8pm")
    keep("action that many are wanted for", f"/a/{many}")
    cat = visits.known("cat", f"/a/{many}")
    world.text("cat", "STOP")
    keep("stopped", f"/a/{many}", cat)
    keep("action for a stranger", f"/a/{code}")
    keep("home", "/")
    keep("search", "/?words=shovels&tag=flood")
    keep("search with no result", "/?words=unicorns&zip=99999")
    keep("share", f"/a/{code}/share")
    visits.keep_after("from another site", f"/a/{code}", from_elsewhere)
    visits.keep_after("too much", f"/a/{code}", lambda one: give(one, number="1" * 20_000))
    visits.keep_after("too many numbers", "/g/DIG", too_many)
    world.text("ann", f"HERE {code}")
    world.text("ann", f"DONE {code} 12 boxes")
    world.text("olga", f"CLOSE {code}")
    world.text("olga", f"CALL OFF {many}")
    keep("done", f"/a/{code}")
    keep("done, for one who was in", f"/a/{code}", ann)
    keep("card, over", f"/embed/{code}")
    keep("called off", f"/a/{many}")
    keep("dead link", visits.link("ann", code))
    keep("group", "/g/DIG")
    keep("terms", "/terms")
    keep("privacy", "/privacy")
    keep("nothing there", "/a/NOPE9")
    keep("nothing there, but something alike", "/a/DGI2")


def from_elsewhere(browser: Browsing) -> None:
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    give(browser, number="+15550188804")


class Showing:
    """A window that is given pages as they were. What they load is as the app answers now; nothing of them is news."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.shown = Shown("", 404, {}, b"")
        window.context.route(f"{BASE}/**", self.answer)

    def answer(self, route: Route) -> None:
        if "hx-request" in route.request.headers:
            return route.fulfill(status=204)
        path = route.request.url.removeprefix(BASE)
        if path == self.shown.path:
            headers = {"content-type": "text/html; charset=utf-8", **self.shown.headers}
            return route.fulfill(status=self.shown.status, headers=headers, body=self.shown.body)
        now = loaded(path) if path.startswith("/static/") else Browsing().get(path)
        return route.fulfill(status=now.status_code, headers=plain(now.headers), body=bytes(now.body))

    def show(self, shown: Shown) -> Page:
        """In light."""
        self.shown = shown
        page = self.window.page
        page.emulate_media(color_scheme="light")
        page.goto(shown.path, wait_until="load")
        return page


@cache
def loaded(path: str) -> HTTPResponse:
    return Browsing().get(path)


@pytest.fixture(scope="module", params=LOOKS.values(), ids=LOOKS.keys())
def showing(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Showing]:
    still = {"reduced_motion": "reduce"}  # or a colour would be looked at while it changes
    with a_window(browser, BASE, **still, **request.param) as window:
        yield Showing(window)


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_against(showing: Showing, kept: dict[str, dict[str, Shown]], state: str) -> None:
    lang = str(showing.window.page.evaluate("navigator.language"))[:2]
    shown = kept[state][lang]
    page = showing.show(shown)

    in_light = Axe().run(page, options=RULES)
    page.emulate_media(color_scheme="dark")
    in_dark = Axe().run(page, options=CONTRAST)

    assert violations(in_light.response) + violations(in_dark.response) == []
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it fits its width"
    if shown.status >= 400:
        showing.window.forget_troubles(f"^{shown.status}: ")
    assert showing.window.troubles == []


def violations(response: dict[str, Any]) -> list[str]:
    return [
        f"{one['id']}: {one['help']}: {json.dumps([node['html'][:200] for node in one['nodes']])}"
        for one in response["violations"]
    ]
