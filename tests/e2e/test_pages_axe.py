"""Every page in every state, as axe-core finds it: light and dark, English and Spanish, on a phone and on a desktop.

The pages are the real app's, in this process; the browser is given them as they were at their moment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route

from tests.browser import ANDROID, DESKTOP, NEEDS_CHROMIUM, PHONE, Window, a_window
from tests.browsing import Browsing
from tests.world import SCREENS, World, a_world

pytestmark = NEEDS_CHROMIUM

BASE = "https://giddyup.example"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {**DESKTOP, "color_scheme": "light"},
    "light on a phone": {**PHONE, "color_scheme": "light"},
    "dark": {**DESKTOP, "color_scheme": "dark"},
    "dark on a phone": {**PHONE, "color_scheme": "dark"},
    "Spanish": {**DESKTOP, "color_scheme": "light", "locale": "es-MX"},
    "Spanish on a phone": {**PHONE, "color_scheme": "dark", "locale": "es-MX"},
}


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
        browser.send(next(form for form in browser.forms() if "token" in form.fields), number=self.world.number(name))
        self.world.text(name, "YES")
        return browser


def plain(headers: Mapping[str, Any]) -> dict[str, str]:
    wanted = {"content-type", "content-security-policy", "referrer-policy"}
    return {name.lower(): str(value) for name, value in headers.items() if name.lower() in wanted}


def give(browser: Browsing, **fields: str) -> None:
    browser.send(next(form for form in browser.forms() if "token" in form.fields), **fields)


def too_many(browser: Browsing) -> None:
    path = browser.path
    for last in range(100):
        browser.open(path)
        give(browser, number=f"+155501877{last:02}")
        if browser.status == 429:
            return


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
    keep("nothing there", "/nowhere/at/all")
    keep("nothing there, but something alike", "/a/DGI2")


def from_elsewhere(browser: Browsing) -> None:
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    give(browser, number="+15550188804")


def serve(window: Window, shown: Shown, lang: str) -> None:
    """The page as it was; all that it loads as the app answers now."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(BASE)
        if path == shown.path:
            headers = {"content-type": "text/html; charset=utf-8", **shown.headers}
            return route.fulfill(status=shown.status, headers=headers, body=shown.body)
        now = Browsing().get(path, Accept_Language=lang)
        return route.fulfill(status=now.status_code, headers=plain(now.headers), body=bytes(now.body))

    window.context.route(f"{BASE}/**", answer)


@pytest.fixture(scope="module", params=LOOKS.values(), ids=LOOKS.keys())
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_against(
    browser: Browser, kept: dict[str, dict[str, Shown]], look: dict[str, Any], state: str
) -> None:
    lang = look.get("locale", "en")[:2]
    shown = kept[state][lang]
    with a_window(browser, BASE, **look) as window:
        serve(window, shown, lang)

        window.page.goto(shown.path)
        found = Axe().run(window.page, options=RULES)

        assert violations(found.response) == []
        assert window.page.evaluate("document.documentElement.lang") == lang
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it fits its width"
        if shown.status >= 400:
            window.forget_troubles(rf"^{shown.status}: |status of {shown.status}")


def violations(response: dict[str, Any]) -> list[str]:
    return [
        f"{one['id']}: {one['help']}: {json.dumps([node['html'][:200] for node in one['nodes']])}"
        for one in response["violations"]
    ]
