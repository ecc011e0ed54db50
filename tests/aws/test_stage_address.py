"""At an address that has a path of its own, as API Gateway's have, every link and button of a page leads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.entry.plain import beneath
from chalicelib.entry.visiting import asker
from chalicelib.runtime import runtime
from tests.browsing import Browsing
from tests.desk import code_of
from tests.world import World

STAGE = "/api"
ADDRESS = f"https://abc123.execute-api.us-east-1.amazonaws.com{STAGE}"
LEADS = re.compile(r'(?:href|src|action|formaction|hx-\w+|data-\w+|content)="(/[^"]*)"')
PAGES = ("/", "/g/DIG", "/a/DIG1", "/a/DIG1/share", "/embed/DIG1", "/terms", "/privacy", "/signin", "/a/DIG9")
DESK = ("/dashboard", "/dashboard/g/DIG", "/dashboard/g/DIG/people", "/dashboard/g/DIG/settings", "/dashboard/a/DIG1",
        "/dashboard/g/DIG/compose", "/dashboard/g/DIG/lists", "/dashboard/g/DIG/delivery", "/dashboard/g/DIG/audit",
        "/dashboard/g/DIG/poster")  # fmt: skip


class Below(Browsing):
    """A browser at API Gateway's address: what is outside of the stage is not there."""

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        assert path.startswith(f"{STAGE}/"), f"{path} leads out of the stage"
        return super().ask(method, path.removeprefix(STAGE), body, headers)


@pytest.fixture
def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A group with an open action, at an address that has a path."""
    world.found_group("DIG", members=("ann",))
    world.raise_action("10 shovels at 5th & Main 6pm")
    monkeypatch.setenv("PUBLIC_URL", ADDRESS)
    runtime.cache_clear()
    yield world
    monkeypatch.undo()
    runtime.cache_clear()


def leads_out(page: str) -> list[str]:
    return [path for path in LEADS.findall(page) if not path.startswith(f"{STAGE}/")]


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_to_the_stage(stage: World, path: str) -> None:  # noqa: ARG001 - it has what is shown
    page = Below().open(STAGE + path)

    assert LEADS.search(page)
    assert leads_out(page) == []


def test_an_organizer_signs_in_there_and_every_page_leads_to_the_stage(stage: World) -> None:
    browser = Below()
    browser.open(f"{STAGE}/signin")
    browser.press("code", number=stage.number("olga"))
    browser.press("Sign in", digits=code_of(stage, "olga"))

    assert browser.path == f"{STAGE}/dashboard"
    for path in DESK:
        page = browser.open(STAGE + path)
        assert (path, browser.status, leads_out(page)) == (path, 200, [])


def test_a_button_pressed_there_leads_back_there(stage: World) -> None:
    browser = Below()
    browser.open(f"{STAGE}/a/DIG1")
    browser.press("Text me", number=stage.number("carl"))

    assert browser.status == 200
    assert browser.path.startswith(f"{STAGE}/a/DIG1")


def test_what_somebody_wrote_is_left_as_they_wrote_it() -> None:
    page = '<p>href=&#34;/a&#34; and /a</p><a href="/a">/a</a><img src="//b/c"><a href="https://d/e">f</a>'

    headers = {"Location": "/signin"}
    moved = beneath(STAGE, page, headers)

    assert moved == page.replace('<a href="/a">', '<a href="/api/a">')
    assert headers == {"Location": "/api/signin"}


def test_at_an_address_without_a_path_nothing_is_changed() -> None:
    headers = {"Location": "/signin"}

    assert beneath("", '<a href="/a">', headers) == '<a href="/a">'
    assert headers == {"Location": "/signin"}


@pytest.mark.parametrize(
    ("passed", "proxies", "who"),
    [
        ("203.0.113.7, 70.132.0.1", 0, "198.51.100.1"),  # nobody before API Gateway: what a caller says is not believed
        ("203.0.113.7, 70.132.0.1", 1, "203.0.113.7"),
        ("9.9.9.9, 203.0.113.7, 70.132.0.1", 1, "203.0.113.7"),  # the first is what the caller said
        ("203.0.113.7", 1, "198.51.100.1"),  # not through the proxy
        ("", 1, "198.51.100.1"),
    ],
)
def test_who_asks_is_whom_the_outermost_proxy_of_ours_has_seen(passed: str, proxies: int, who: str) -> None:
    request = SimpleNamespace(headers={"x-forwarded-for": passed}, context={"identity": {"sourceIp": "198.51.100.1"}})

    assert asker(request, proxies) == who
