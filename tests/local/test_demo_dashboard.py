"""`make demo`: after it each page of the dashboard has something to show, in a town that a person could have made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

import app
from infra.local import acting, demo
from infra.local.cast import LISTED
from infra.local.desk import Desk
from infra.local.settings import OPERATOR
from tests.town import Town, running_town

pytestmark = pytest.mark.town

NEEDS_A_SIGNED_WORD = {"/dashboard/g/{keyword}/export/file"}
BLANK = {"/dashboard/g/{keyword}/compose"}  # a form to write in; what was written before is at .../compose/{draft}
PAGES = sorted(
    path
    for path, methods in app.app.routes.items()
    if path.startswith("/dashboard") and "GET" in methods and path not in NEEDS_A_SIGNED_WORD | BLANK
)
EMPTY = re.compile(r'class="[^"]*\bempty\b')


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Desk, str]]:
    """A town after the demo, its organizer's desk, and the code of the open action."""
    with running_town(tmp_path_factory.mktemp("demo")) as town:
        desk = Desk(town.port)
        yield town, desk, demo.fill(town.people, desk)


def shown(page: str) -> str:
    """Its words, as they are read."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def names(desk: Desk, code: str) -> dict[str, str]:
    """What stands for each name in a route's path."""
    lists, people = desk.open("/dashboard/g/DIG/lists"), desk.open("/dashboard/g/DIG/people")
    compose = desk.open("/dashboard/g/DIG/compose")
    return {
        "keyword": "DIG",
        "code": code,
        "id": first(r"/lists/([0-9a-f]{16})", lists),
        "person": first(r"/people/([a-z0-9]{26})", people),
        "draft": first(r'href="[^"]*/compose/([0-9a-f]{8,32})"', compose),
    }


def first(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found, f"nothing like {pattern} on the page"
    return found[1]


def test_no_page_of_the_dashboard_is_empty(filled: tuple[Town, Desk, str]) -> None:
    _, desk, code = filled
    known = names(desk, code)

    empty = [
        path for path in PAGES if EMPTY.search(desk.open(re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)))
    ]

    assert empty == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dashboard", "DIG: 5 texts did not arrive"),
        ("/dashboard", "Draft for DIG Painters for the boathouse"),
        ("/dashboard/a/DIG1", "Done so far: 185 bags, 3 boxes, 10 hours"),
        ("/dashboard/a/DIG1", "did not come"),
        ("/dashboard/a/DIG2", "7 of 10 in"),
        ("/dashboard/a/DIG2", "2 words wait for an answer"),
        ("/dashboard/a/DIG2", "Answered by Ruth"),
        ("/dashboard/g/DIG", "members 30 joined in 30 days 33 left or said STOP in 30 days 3"),
        ("/dashboard/g/DIG/delivery", "Send again to 2 people"),
        ("/dashboard/g/DIG/delivery", "Finn …19"),
        ("/dashboard/g/DIG/audit", "Ruth, …00, by text: DIG: set limit 25"),
        ("/dashboard/g/DIG/audit", "Ruth, …00, here: DIG: set cap 3"),
        ("/dashboard/g/LEVEE", "4 people to walk the levee"),
        ("/dashboard/operator", "LEVEE Levee watch"),
    ],
)
def test_what_happened_stands_where_one_looks_for_it(filled: tuple[Town, Desk, str], path: str, words: str) -> None:
    _, desk, _ = filled

    assert words in shown(desk.open(path))


def test_a_list_was_checked_and_nobody_on_it_was_texted(filled: tuple[Town, Desk, str]) -> None:
    town, desk, code = filled

    page = shown(desk.open(f"/dashboard/g/DIG/lists/{names(desk, code)['id']}"))

    assert "rows 6 can be asked 4 refused 2" in page
    assert [town.got(f"+{int(OPERATOR) + 100 + n}") for n in range(len(LISTED))] == [[]] * len(LISTED)


def test_once_more_it_says_that_all_is_here_and_changes_nothing(
    filled: tuple[Town, Desk, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town, _, _ = filled
    monkeypatch.setenv("PORT", str(town.port))
    monkeypatch.setenv("CARRIER_PORT", str(town.carrier_port))
    town.people.look()
    before = len(town.people.texts)

    status = demo.main()

    said = capsys.readouterr().out
    assert status == 0
    assert "The demo's group DIG is here already." in said
    assert f"http://127.0.0.1:{town.port}/dashboard" in said
    town.people.look()
    assert len(town.people.texts) == before


@pytest.mark.parametrize(("day", "opens"), [("2026-11-27", 9), ("2026-11-28", 9), ("2026-11-29", 12)])
def test_the_demo_waits_for_texas_to_wake(day: str, opens: int) -> None:
    assert acting.hours_of(date.fromisoformat(day)).start == opens
