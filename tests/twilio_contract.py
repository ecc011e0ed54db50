"""Holds every request to Twilio, in whichever test and process, against Twilio's own description of its API.

Whoever plays Twilio looks: `Screens` in this process, the carrier in its own, which is told by its environment
(WATCHED_BY; every test's process that starts a carrier hands it on). A breach is refused, and written down in a file
of the session; the fixture fails the test in which one came up, whatever that test itself looks at.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.description import FOLDER, is_there
from infra.local.carrier.contract import Contract, Watch
from infra.local.carrier.http_server import Request

WATCHED_BY = ("CARRIER_CONTRACT", "CARRIER_BREACHES")
NEEDS_DESCRIPTION = pytest.mark.skipif(
    not is_there(), reason="no description of Twilio's API: apt-get install npm, then python -m infra.description"
)
BREACHES = Path(tempfile.mkdtemp(prefix="giddyup-contract-")) / "breaches"
CONTRACT = Contract(FOLDER)
WATCH = Watch(CONTRACT, BREACHES)
if is_there():
    os.environ |= {"CARRIER_CONTRACT": str(FOLDER), "CARRIER_BREACHES": str(BREACHES)}


def as_request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
    parts = urlsplit(target)
    return Request(method, parts.path, parts.query, {name.lower(): value for name, value in headers.items()}, body)


def wrong_request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> dict[str, Any] | None:
    """Twilio's error to what breaks the contract; None where nothing does, or nothing is known."""
    if not is_there() or not (wrong := WATCH.request(as_request(method, target, headers, body))):
        return None
    return error(20001, "; ".join(wrong), 400)


def note_answer(method: str, target: str, status: int, body: bytes) -> None:
    if is_there():
        WATCH.answer(as_request(method, target, {}), status, body)


def error(code: int, message: str, status: int) -> dict[str, Any]:
    """As Twilio's are."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


# --- what has been written down -----------------------------------------------------------------------


@dataclass
class Lines:
    """The session's file, and up to where it was looked at."""

    seen: int = 0
    checked: int = 0

    def new_breaches(self) -> list[dict[str, Any]]:
        if not BREACHES.exists():
            return []
        lines = BREACHES.read_bytes()[self.seen :].splitlines(keepends=True)
        self.seen += sum(map(len, lines))
        self.checked += len(lines)
        return [json.loads(line) for line in lines if line.strip()]


LINES = Lines()


def in_words(breach: Mapping[str, Any]) -> str:
    return f"the {breach['what']} of {breach['method']} {breach['path']}: {'; '.join(breach['wrong'])}"


@contextmanager
def breaches_expected() -> Iterator[list[dict[str, Any]]]:
    """What comes up meanwhile is what the test is about, and is in the list afterwards."""
    assert LINES.new_breaches() == []
    found: list[dict[str, Any]] = []
    yield found
    found += LINES.new_breaches()


@pytest.fixture(autouse=True)
def is_as_twilio_describes() -> Iterator[None]:
    """Nothing was said to Twilio, or answered in its place, that its description does not allow."""
    yield
    if breaches := LINES.new_breaches():
        pytest.fail("Not as Twilio describes it:\n" + "\n".join(map(in_words, breaches)), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A town of the whole session may have said something after the last test."""
    late = LINES.new_breaches()
    if late:
        told = "\n".join(["", "After the last test, not as Twilio describes it:", *map(in_words, late)])
        session.config.get_terminal_writer().line(told)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = f"{LINES.checked} requests and answers held against Twilio's description" if is_there() else "not there"
    terminalreporter.write_line(f"Twilio's description: {told}")
