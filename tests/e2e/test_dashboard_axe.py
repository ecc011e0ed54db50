"""Every page of the dashboard, as axe-core finds it: in both languages, light and dark, on a phone and on a desktop.

The pages are the real app's, in this process, of one town in which much has happened; see test_pages_axe.py.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from chalicelib.runtime import runtime
from tests.browser import DESKTOP, NEEDS_CHROMIUM, PHONE, Window, a_window
from tests.browsing import Browsing, Form
from tests.desk import code_of
from tests.e2e.test_pages_axe import BASE, CONTRAST, RULES, Shown, loaded, plain, violations
from tests.entry.test_dashboard_lists import HEAD, row, upload
from tests.entry.test_dashboard_operator import put_dead
from tests.world import SCREENS, World, a_world

pytestmark = NEEDS_CHROMIUM

MOST_BYTES_LOADED = 60_000  # compressed, as a phone loads it for the first time
DESK, DIG = "/dashboard", "/dashboard/g/DIG"
SHOVELS = "5 shovels at the levee by the old mill 6pm #flood #cleanup\n- bring coffee x2\n- the key\n- pump"
BOATS = "60 people with boats, ropes, waders and headlamps for a long night at the Lower Dam Road bridge 9pm"
CREW = ("ann", "ben", "cat", "dan", "eve", "fay")
LOOKS: dict[str, dict[str, Any]] = {
    "English on a phone": PHONE,
    "English on a desktop": DESKTOP,
    "Spanish on a phone": {**PHONE, "locale": "es-MX"},
    "Spanish on a desktop": {**DESKTOP, "locale": "es-MX"},
}
STATES = (
    "sign-in",
    "sign-in with a number that is none",
    "code",
    "code that is wrong",
    "home of somebody new",
    "home",
    "home without a group",
    "group with nothing open",
    "group",
    "action",
    "action under way",
    "action that is to be called off",
    "action that nobody is in",
    "who is asked next",
    "action closed",
    "action called off",
    "people",
    "people found by nothing",
    "person",
    "consent",
    "export",
    "export with its files",
    "lists with none",
    "lists",
    "list that is no list",
    "list after a dry run",
    "list that is asked",
    "delivery with nothing to tell",
    "delivery",
    "log",
    "settings",
    "settings with a wrong value",
    "poster",
    "compose",
    "compose with a text and its preview",
    "compose with what is wrong",
    "confirm",
    "confirm with nothing to send",
    "operator",
    "code first",
    "what was typed, kept",
    "missing",
    "too much",
)


@dataclass
class Visits:
    """What an organizer's browser saw, moment by moment: `keep` has each state's page in both languages."""

    world: World
    browser: Browsing
    kept: dict[str, dict[str, Shown]] = field(default_factory=dict)

    def keep(self, state: str, path: str, browser: Browsing | None = None) -> None:
        self.kept[state] = {}
        for lang in ("en", "es"):
            answer = (browser or self.browser).get(path, Accept_Language=lang)
            self.kept[state][lang] = Shown(path, answer.status_code, plain(answer.headers), bytes(answer.body))

    def keep_after(self, state: str, path: str, press: Callable[[Browsing], object], is_let_in: bool = True) -> None:
        """What a press on a page leads to."""
        self.kept[state] = {}
        for lang in ("en", "es"):
            browser = self.browser if is_let_in else Browsing()
            browser.headers["Accept-Language"] = lang
            browser.open(path)
            press(browser)
            del browser.headers["Accept-Language"]
            self.kept[state][lang] = Shown(browser.path, browser.status, {}, browser.page.encode())


def signed_in(world: World, name: str) -> Browsing:
    browser = Browsing()
    browser.open("/signin")
    give(browser, number=world.number(name))
    give(browser, digits=code_of(world, name))
    return browser


def give(browser: Browsing, nth: int = 0, **fields: str) -> str:
    return browser.send(browser.forms()[nth], **fields)


def give_to(browser: Browsing, path: str, below: str = "", having: str = "", **fields: str) -> str:
    """The form that is posted there (and has a field with this name), by its button for something below."""
    form = next(one for one in browser.forms() if one.action == path and (not having or having in one.fields))
    return browser.send(Form(form.action + below, "post", dict(form.fields)), **fields)


def steer(browser: Browsing, form: str, **fields: str) -> str:
    return browser.send(next(one for one in browser.forms() if one.fields.get("form") == form), **fields)


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, dict[str, Shown]]]:
    """All states, by name and language; the world goes on from one to the next."""
    with pytest.MonkeyPatch.context() as environment, a_world() as world:
        environment.setenv("OPERATORS", ",".join(world.number(name) for name in ("olga", "opal")))
        runtime.cache_clear()
        world.found_group()
        for name in ("olga", "opal"):
            world.text(name, "HELP")
        visits = Visits(world, signed_in(world, "olga"))
        go_through(visits)
        assert set(visits.kept) == set(STATES)
        yield visits.kept
    runtime.cache_clear()


def go_through(visits: Visits) -> None:
    before_anything(visits)
    code = while_it_fills(visits)
    while_it_is_written(visits)
    with_lists(visits)
    of_people(visits)
    when_it_is_over(visits, code)
    of_all(visits)


def before_anything(visits: Visits) -> None:
    keep = visits.keep
    keep("sign-in", "/signin", Browsing())
    visits.keep_after("sign-in with a number that is none", "/signin", lambda one: give(one, number="911"), False)
    visits.keep_after("code", "/signin", lambda one: give(one, number=visits.world.number("olga")), False)
    visits.keep_after("code that is wrong", "/signin", wrong_code, False)
    keep("home of somebody new", DESK)
    keep("home without a group", DESK, signed_in(visits.world, "opal"))
    keep("group with nothing open", DIG)
    keep("lists with none", f"{DIG}/lists")
    keep("delivery with nothing to tell", f"{DIG}/delivery")
    keep("compose", f"{DIG}/compose")
    keep("confirm with nothing to send", f"{DIG}/compose/confirm")


def wrong_code(browser: Browsing) -> None:
    give(browser, number="+15550188801")
    give(browser, digits="000000")


def while_it_fills(visits: Visits) -> str:
    world, keep = visits.world, visits.keep
    for name in CREW:
        world.text(name, "JOIN DIG")
        world.text(name, f"NAME {name.title()}")
    world.text("ben", "NAME Bartholomew-Alexander von Rosenberg")
    world.text("olga", "NAME Olga")
    world.text("olga", "NEW GROUP COOK Soup kitchen of the whole neighbourhood by the river")
    code = world.raise_action(SHOVELS)
    alerts = [one for one in SCREENS.sent if one["body"].startswith(f"{code}: ")]
    for message in alerts[:4]:
        world.receipt(message, "delivered")
    world.receipt(alerts[4], "undelivered", ErrorCode="30006")
    world.receipt(alerts[5], "undelivered", ErrorCode="30003")
    world.advance(minutes=4)
    world.text("ann", f"IN {code}")
    world.text("ben", f"IN {code} +1 we come with the blue truck and a trailer, around a quarter past six")
    world.text("cat", f"MAYBE {code}")
    world.advance(minutes=3)
    world.text("dan", f"IN {code}")
    world.text("eve", f"IN {code} +2")
    world.text("ann", f"TAKE 1 {code}")
    world.text("ann", "Where do we meet, at the mill or by the gate on the other side of the river?")
    world.text("ben", "Do you need the big pump as well?")
    world.text("olga", "@ann By the gate")
    empty = world.raise_action(BOATS)
    keep("home", DESK)
    keep("group", DIG)
    keep("action", f"/dashboard/a/{code}")
    keep("action that nobody is in", f"/dashboard/a/{empty}")
    keep("who is asked next", f"/dashboard/a/{empty}/next")
    visits.keep_after(
        "action that is to be called off", f"/dashboard/a/{empty}", lambda one: steer(one, "call_off", note="Rain")
    )
    visits.keep_after("what was typed, kept", f"/dashboard/a/{empty}", lambda one: send_when_signed_out(world, one))
    return code


def send_when_signed_out(world: World, browser: Browsing) -> None:
    """Once there is a code again: signed in anew, what was typed is there."""
    cookie = browser.cookies.pop("giddyup_desk")
    steer(browser, "update", text="Bring gloves, and come by the north gate")
    give(browser, number=world.number("olga"))
    give(browser, digits=code_of(world, "olga"))
    browser.cookies["giddyup_desk"] = cookie


def while_it_is_written(visits: Visits) -> None:
    compose = f"{DIG}/compose"
    words = {
        "what": "Fill sandbags; bring what’s needed – gloves, boots 🙂 and your warmest clothes",
        "need": "12",
        "where": "5th & Main",
        "when": "tomorrow 6pm",
        "tags": "flood",
        "to": "DIG",
    }
    wrong = {"what": "", "need": "many", "when": "whenever", "where": "here", "tags": "a b c", "to": "DIG"}
    visits.keep_after(
        "compose with a text and its preview", compose, lambda one: give_to(one, compose, "/preview", **words)
    )
    visits.keep_after("compose with what is wrong", compose, lambda one: give_to(one, compose, **wrong))
    visits.browser.open(compose)
    give_to(visits.browser, compose, "/save", **words)
    visits.browser.open(compose)
    give_to(visits.browser, compose, **words)
    visits.keep("confirm", f"{compose}/confirm")


def with_lists(visits: Visits) -> None:
    world, browser, lists = visits.world, visits.browser, f"{DIG}/lists"
    browser.open(lists)
    rows = [row(world, name) for name in ("gus", "hal", "ida")]
    bad = [row(world, "jon", source=""), row(world, "ann"), "=1+1,x,a,2026-05-01,b\n"]
    upload(browser, HEAD + "".join(rows + bad), name="neighbours-of-the-street-fair-2026.csv")
    visits.keep("list after a dry run", browser.path.partition("?")[0])
    browser.press("Ask these 3 people")
    visits.keep("list that is asked", browser.path.partition("?")[0])
    world.advance(minutes=2)
    visits.keep("lists", lists)
    refused = visits.kept.setdefault("list that is no list", {})
    for lang in ("en", "es"):
        browser.headers["Accept-Language"] = lang
        browser.page = browser.get(lists, Accept_Language="en").body.decode()
        upload(browser, b"PK\x03\x04\xff", name="people.xlsx")
        refused[lang] = Shown(lists, browser.status, {}, browser.page.encode())
    del browser.headers["Accept-Language"]


def of_people(visits: Visits) -> None:
    world, keep, people = visits.world, visits.keep, f"{DIG}/people"
    keep("people", people)
    keep("people found by nothing", f"{people}?name=Zebedee&state=stopped")
    keep("person", f"{people}/{world.person('ben')}")
    keep("consent", f"{people}/{world.person('ben')}/consent")
    keep("export", f"{DIG}/export")
    visits.keep_after("code first", f"{DIG}/export", lambda one: give_to(one, f"{DIG}/export"))
    visits.keep_after("export with its files", f"{DIG}/export", lambda one: with_code(world, one))


def with_code(world: World, browser: Browsing) -> None:
    give_to(browser, f"{DIG}/export")
    give_to(browser, f"{DIG}/export", code=code_of(world, "olga"))


def when_it_is_over(visits: Visits, code: str) -> None:
    world = visits.world
    world.advance(hours=6)
    world.text("ann", f"HERE {code}")
    world.text("dan", f"HERE {code}")
    world.text("ann", f"DONE {code} 12 boxes")
    visits.keep("action under way", f"/dashboard/a/{code}")
    world.text("olga", f"CLOSE {code} Thank you all")
    other = world.raise_action("2 drivers tomorrow 8am")
    world.text("olga", f"CALL OFF {other}")
    world.advance(hours=50)
    visits.keep("action closed", f"/dashboard/a/{code}")
    visits.keep("action called off", f"/dashboard/a/{other}")


def of_all(visits: Visits) -> None:
    keep = visits.keep
    keep("delivery", f"{DIG}/delivery")
    keep("log", f"{DIG}/audit")
    keep("settings", f"{DIG}/settings")
    visits.keep_after("settings with a wrong value", f"{DIG}/settings", wrong_zone)
    keep("poster", f"{DIG}/poster")
    put_dead("inbound", {"sid": "SM1"})
    keep("operator", "/dashboard/operator")
    keep("missing", "/dashboard/g/NOPE")
    visits.keep_after("too much", DIG + "/settings", lambda one: give(one, 1, value="1" * 70_000))


def wrong_zone(browser: Browsing) -> None:
    browser.send(next(one for one in browser.forms() if one.fields.get("what") == "zone"), value="Atlantis")


class Showing:
    """A window that is given pages as they were. What they load is as the app answers now; nothing of them is news."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.shown = Shown("", 404, {}, b"")
        window.context.route(f"{BASE}/**", self.answer)

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(BASE)
        if path == self.shown.path and route.request.is_navigation_request():
            headers = {"content-type": "text/html; charset=utf-8", **self.shown.headers}
            return route.fulfill(status=self.shown.status, headers=headers, body=self.shown.body)
        if not path.startswith("/static/"):
            return route.fulfill(status=204)
        now = loaded(path)
        return route.fulfill(status=now.status_code, headers=plain(now.headers), body=bytes(now.body))

    def show(self, shown: Shown) -> Page:
        """In light."""
        self.shown = shown
        page = self.window.page
        page.emulate_media(color_scheme="light")
        page.goto(shown.path, wait_until="load")
        return page


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
    unfold(page)
    troubles = [one for one in showing.window.troubles if one != f"{shown.status}: {BASE}{shown.path}"]
    showing.window.troubles.clear()

    in_light = Axe().run(page, options=RULES)
    page.emulate_media(color_scheme="dark")
    in_dark = Axe().run(page, options=CONTRAST)

    assert violations(in_light.response) + violations(in_dark.response) + troubles == []
    assert page.evaluate("document.documentElement.lang") == lang
    width = showing.window.page.viewport_size
    assert width is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], "it fits its width"


def unfold(page: Page) -> None:
    """All that is folded away is looked at, too; but for what would lie over the page."""
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


def test_each_page_is_there_in_both_languages_and_not_an_empty_one(kept: dict[str, dict[str, Shown]]) -> None:
    odd = {
        f"{state} in {lang}": shown.status
        for state, both in kept.items()
        for lang, shown in both.items()
        if shown.status not in {200, 404, 409, 413, 422} or not re.search(rb"<h1", shown.body)
    }

    assert odd == {}


def test_each_page_with_all_that_it_loads_is_light(kept: dict[str, dict[str, Shown]]) -> None:
    heavy = {
        f"{state} in {lang}": weight
        for state, both in kept.items()
        for lang, shown in both.items()
        if (weight := weight_of(shown)) > MOST_BYTES_LOADED
    }

    assert heavy == {}


def weight_of(shown: Shown) -> int:
    """In bytes, compressed: the page itself, its styles, scripts and pictures."""
    paths = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', shown.body.decode()))
    assert len(paths) > 3
    return sum(len(gzip.compress(part)) for part in (shown.body, *(bytes(loaded(path).body) for path in paths)))
