"""The dashboard's doors: nobody comes in without signing in, and nobody sees another organizer's groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

import app
from tests.browsing import FORM, Browsing, Form
from tests.desk import signed_in
from tests.world import World

WAYS_IN = {"/signin", "/signin/code"}
ROUTES = sorted(
    (method, path)
    for path, methods in app.app.routes.items()
    for method in methods
    if path.startswith("/dashboard") or path in WAYS_IN
)
GUARDED = [(method, path) for method, path in ROUTES if path not in WAYS_IN]
OF_A_GROUP = [(method, path) for method, path in GUARDED if "{" in path]
OF_THE_OPERATOR = [(method, path) for method, path in GUARDED if path.startswith("/dashboard/operator")]
LOOKS = [path for method, path in GUARDED if method == "GET"]


@pytest.fixture
def town(world: World) -> dict[str, str]:
    """What stands for each name in a route's path: all of a group that olga organizes, and paul does not."""
    world.found_group(members=("ann", "ben"))
    world.found_group("PAL", founder="paul", members=("pia",))
    code = world.raise_action("3 shovels at 5th & Main 6pm #flood")
    world.text("ben", "IN")
    world.text("ben", "is there parking?")
    world.new_texts()
    return {"keyword": "DIG", "code": code, "person": world.person("ann"), "id": "0" * 16, "draft": "0" * 16}


def filled(path: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "0" * 8), path)


def asked(browser: Browsing, method: str, path: str, fields: dict[str, str]) -> int:
    if method in {"GET", "HEAD"}:
        return int(browser.get(path, method).status_code)
    browser.send(Form(path, "post", fields))
    return browser.status


def test_without_signing_in_there_is_only_the_way_in(world: World, town: dict[str, str]) -> None:
    before = world.rows()

    let_in = {}
    for method, path in GUARDED:
        status = asked(Browsing(), method, filled(path, town), {"token": "forged"})
        if status not in {303, 401, 415}:
            let_in[method, path] = status

    assert let_in == {}
    assert world.rows() == before


def test_another_organizers_things_are_not_there(world: World, town: dict[str, str]) -> None:
    browser = signed_in(world, "paul")
    token = browser.form("Sign out").fields["token"]
    before = without_counts(world)

    there = {}
    for method, path in OF_A_GROUP + OF_THE_OPERATOR:
        for sent in ("", "forged", token):
            fields = {"token": sent, "keyword": "DIG", "code": town["code"]}
            status = asked(browser, method, filled(path, town), fields)
            if status not in {404, 415}:
                there[method, path, sent] = status

    assert there == {}
    assert without_counts(world) == before


def test_nor_are_they_under_ones_own_group(world: World, town: dict[str, str]) -> None:
    """Somebody else's person, list or draft, with the keyword of a group that is one's own."""
    browser = signed_in(world, "paul")
    before = without_counts(world)

    there = {}
    for method, path in OF_A_GROUP:
        if "{keyword}" in path and path.count("{") > 1:
            status = asked(browser, method, filled(path, {**town, "keyword": "PAL"}), {"token": "forged"})
            if status not in {404, 409}:
                there[method, path] = status

    assert there == {}
    assert without_counts(world) == before


def test_looking_at_the_dashboard_changes_nothing(world: World, town: dict[str, str]) -> None:
    browser = signed_in(world, "olga")
    before = world.rows()

    statuses = {path: browser.get(filled(path, town)).status_code for path in LOOKS}
    heads = {path: browser.get(filled(path, town), "HEAD").status_code for path in LOOKS}

    assert {path: status for path, status in (statuses | heads).items() if status not in {200, 303, 404}} == {}
    assert sum(status == 200 for status in statuses.values()) > len(LOOKS) / 2
    world.work()
    assert world.rows() == before


def test_pages_of_the_dashboard_are_kept_by_nobody_and_framed_by_nobody(world: World, town: dict[str, str]) -> None:
    browser = signed_in(world, "olga")

    for path in LOOKS:
        headers = browser.get(filled(path, town)).headers
        assert headers["Cache-Control"] in {"no-store", "private, no-cache", "no-cache"}, path
        if headers["Content-Type"].startswith("text/html"):
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
            assert "unsafe" not in headers["Content-Security-Policy"], path
            assert headers["X-Frame-Options"] == "DENY", path


def test_nor_is_what_is_answered_to_a_form_or_a_piece_or_a_stranger(world: World, town: dict[str, str]) -> None:
    framed = []
    for browser in (signed_in(world, "olga"), Browsing()):
        for method, path in ROUTES:
            sent = {"Content-Type": FORM} if method == "POST" else {"HX-Request": "true", "If-None-Match": "*"}
            answer = browser.ask(method, filled(path, town), b"token=forged", sent)
            is_html = answer.headers.get("Content-Type", "").startswith("text/html")
            if is_html and answer.status_code != 303 and answer.headers.get("X-Frame-Options") != "DENY":
                framed.append((method, path, answer.status_code))

    assert framed == []


def without_counts(world: World) -> list[dict[str, Any]]:
    return [row for row in world.rows() if not row["pk"]["S"].startswith("count#")]
