"""What is deployed, run as Lambda runs it: every function answers its trigger, and loads nothing that it need not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.packaged import SECRETS, Packaged, running_package
from tests.aws.rehearsed import built
from tests.town import number_in

__all__ = ["built"]

OLGA, ANN = "+15125550001", "+15125550002"
PAGES = {"jinja2", "markupsafe", "itsdangerous", "chalicelib.entry.pages", "chalicelib.web.render"}
DRAWN = {"PIL", "segno", "icalendar"}
NUMBERS = {"phonenumbers"}
SENDING = {"aiohttp"}
DECISIONS = {"chalicelib.handle", "chalicelib.core.commands"}
DESK = {"chalicelib.entry.dashboard", "chalicelib.entry.signin", "chalicelib.entry.pressing"}
# On this machine, in the tests and where it is packaged, never on Lambda.
NEVER = {
    "boto3",
    "moto",
    "numpy",
    "wordllama",
    "pip",
    "requests",
    "twilio.rest",
    "chalice.cli",
    "chalice.deploy",
    "infra",
}
MUST_NOT = {
    "inbound": PAGES | DRAWN | SENDING | DESK,
    "replies": PAGES | DRAWN | NUMBERS | DESK,
    "bulk": PAGES | DRAWN | NUMBERS | DESK,
    "due": PAGES | DRAWN | DESK,
    "clock": PAGES | DRAWN | NUMBERS | SENDING | DESK,
}


@pytest.fixture(scope="module")
def packaged(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packaged]:
    """A group with an action under way, all of it brought about by the functions themselves."""
    with running_package(built, tmp_path_factory.mktemp("packaged")) as running:
        running.text(OLGA, "NEW EMERGENCY GROUP LEVEE Levee watch")
        running.text(ANN, "LEVEE")
        running.text(OLGA, "ALERT LEVEE 2 sandbags at 5th & Main #flood")
        running.text(OLGA, f"GO {number_in(running.screens.to(OLGA)[-1])}")
        yield running


def test_texts_went_through_every_queue(packaged: Packaged) -> None:
    assert {"app", "inbound", "replies", "bulk", "due"} <= packaged.functions.keys()
    assert [words for words in packaged.screens.to(ANN) if words.startswith("LEVEE1: 2 sandbags")] != []


def test_the_webhook_takes_a_signed_text_and_says_nothing(packaged: Packaged) -> None:
    answer = packaged.text(ANN, "IN")

    assert (answer["statusCode"], answer["body"]) == (
        200,
        '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
    )
    assert packaged.screens.to(ANN)[-1].startswith("You're in for LEVEE1")


def test_the_webhook_refuses_what_is_not_signed(packaged: Packaged) -> None:
    event = packaged.inbound_text(ANN, "OUT")
    for headers in (event["headers"], event["multiValueHeaders"]):
        headers.pop("X-Twilio-Signature")

    assert packaged.function("app").invoke(event)["statusCode"] == 403


def test_a_receipt_is_taken(packaged: Packaged) -> None:
    sent = next(one for one in packaged.screens.texts if one["To"] == ANN)
    path = sent["StatusCallback"].removeprefix("https://giddyup.example").partition("#")[0]
    fields = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "AccountSid": "AC"}

    assert packaged.function("app").invoke(packaged.signed(path, fields))["statusCode"] == 204


def test_the_clock_has_its_minute(packaged: Packaged) -> None:
    assert packaged.minute_passes() is None


@pytest.mark.parametrize(
    ("path", "status", "shows"),
    [
        ("/healthz", 200, r'\{"ok": true\}'),
        ("/", 200, "LEVEE1"),
        ("/g/LEVEE", 200, "Levee watch"),
        ("/a/LEVEE1", 200, "2 sandbags"),
        ("/a/LEVEE1/card.png", 200, "^iVBOR"),
        ("/a/LEVEE1/event.ics", 200, "BEGIN:VEVENT"),
        ("/g/LEVEE/feed.atom", 200, "<entry>"),
        ("/api/actions", 200, '"LEVEE1"'),
        ("/static/style.css", 200, "body"),
        ("/dashboard", 303, ""),
        ("/signin", 200, "<form"),
        ("/nothing/here", 404, ""),
    ],
)
def test_every_kind_of_page_is_answered(packaged: Packaged, path: str, status: int, shows: str) -> None:
    answer = packaged.ask("GET", path)

    assert answer["statusCode"] == status
    assert re.search(shows, answer["body"])


def test_what_is_pressed_without_a_form_of_ours_changes_nothing(packaged: Packaged) -> None:
    answer = packaged.ask("POST", "/a/LEVEE1/pledge", b"token=forged", Content_Type="application/x-www-form-urlencoded")

    assert answer["statusCode"] == 303


# --- what is loaded ------------------------------------------------------------------------------------


def loaded(names: set[str], modules: set[str]) -> list[str]:
    """Those of the modules that are one of these, or in one of these."""
    return sorted(module for module in modules if any(f"{module}.".startswith(f"{name}.") for name in names))


@pytest.mark.parametrize("name", MUST_NOT)
def test_a_queues_function_loads_only_its_own_work(packaged: Packaged, name: str) -> None:
    if name not in packaged.functions:
        packaged.minute_passes()

    assert loaded(MUST_NOT[name] | NEVER, packaged.function(name).modules()) == []


def test_the_webhook_and_the_pages_load_no_decision_and_nothing_that_draws(packaged: Packaged) -> None:
    shown = [packaged.request("GET", path) for path in ("/", "/a/LEVEE1", "/a/LEVEE1/live", "/api/actions")]

    with packaged.starting("app") as function:
        answers = [function.invoke(event) for event in (packaged.inbound_text(ANN, "WHO"), *shown)]

        assert [answer["statusCode"] for answer in answers] == [200] * 5
        without = DECISIONS | DESK | DRAWN - {"segno"} | NUMBERS | SENDING | NEVER  # an action's page has a QR code
        assert loaded(without, function.modules()) == []


def test_no_function_loads_what_is_not_for_lambda(packaged: Packaged) -> None:
    packaged.ask("GET", "/dashboard")

    assert loaded(NEVER, packaged.function("app").modules()) == []


def test_no_secret_is_in_a_log(packaged: Packaged) -> None:
    said = "".join(function.said() for function in packaged.functions.values())

    assert '"handled' in said
    assert [value for value in SECRETS.values() if value in said] == []


def test_a_traceback_shows_the_lines_of_our_sources(packaged: Packaged) -> None:
    """They are compiled where they are packaged, and lie where Lambda puts them."""
    compiled = packaged.unpacked / "__pycache__/app.cpython-311.pyc"

    assert b"/var/task/app.py" in compiled.read_bytes()
    assert (packaged.unpacked / "app.py").is_file()
