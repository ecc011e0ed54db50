"""Wapiti, a scanner for weak spots of web pages, finds none in a running town, signed out or in, that is not explained.

It presses all that it finds, so the town is one of its own. Whatever would go to an address elsewhere (it asks a
server of its makers whether a trap was sprung) goes to this machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from infra.local.desk import Desk
from infra.local.settings import ROOT
from tests.town import Town, number_in, running_town

WAPITI = ROOT / ".venv-tools" / "wapiti" / "bin" / "wapiti"
pytestmark = [
    pytest.mark.town,
    pytest.mark.skipif(not WAPITI.exists(), reason=f"no {WAPITI.relative_to(ROOT)}: make tools"),
]
OLGA, MEMBERS = "+15125551000", ("+15550101001", "+15550101002")
# Not among them: what needs SQL, a CMS, a list of files to guess, TLS, or databases fetched from elsewhere.
MODULES = (
    "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "methods", "permanentxss",
    "redirect", "ssrf", "xss", "xxe",
)  # fmt: skip
DESK = ("/g/DIG", "/g/DIG/compose", "/g/DIG/lists", "/g/DIG/people", "/a/DIG1", "/operator")
# Seconds to find all pages in, and for each module. They measure a machine too: where they were too few, it gets more.
PACES = ((20, 6), (60, 15), (120, 30))
LONGEST_SECONDS = 1200
# A module that ran out of time may leave Wapiti's own notes locked, and the next one ends it all.
ITS_OWN_FAULT = "database is locked"


@dataclass(frozen=True, order=True)
class Finding:
    what: str
    path: str
    parameter: str
    told: str


# What Wapiti finds and is right as it is: (what, words of it), why.
FINE = {
    ("Secure Flag cookie", "Secure flag is not set"): "the town speaks http; where PUBLIC_URL is https it is set",
    ("Cross Site Request Forgery", "CSRF token 'token' is not properly checked"): (
        "what it types is nobody's number, so with a good token and with a bad one the page says the same; "
        "that a forged one does nothing is tested: tests/entry/test_pressing.py, tests/house/test_dashboard_routes.py"
    ),
    ("Internal Server Error", "in the parameter format"): "501: so oEmbed wants it of a format that there is not",
}


def reason(one: Finding) -> str:
    return next((why for (what, words), why in FINE.items() if one.what == what and words in one.told), "")


@contextmanager
def an_ear() -> Iterator[str]:
    """In place of its makers' server: nothing was ever heard."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Scanned:
    """A town with a group and an action; the organizer's cookies."""

    town: Town
    cookies: CookieJar

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.town.port}"

    def scan(self, folder: Path, starts: Sequence[str], wanted: set[str], *more: str) -> tuple[set[str], list[Finding]]:
        """The paths that it tried its tricks on, and what it found; again, with more time, until those are tried."""
        tried: set[str] = set()
        found: set[Finding] = set()
        for pace in PACES:
            report, said = self.scanned_once(folder, starts, pace, *more)
            tried |= set(re.findall(rf"{re.escape(self.address)}(/[^\s?]*)", said))
            found |= {
                Finding(what, one["path"], one["parameter"], one["info"])
                for kind in ("vulnerabilities", "anomalies")
                for what, those in report.get(kind, {}).items()
                for one in those
            }
            assert report or ITS_OWN_FAULT in said, said
            if report and tried >= wanted:
                break
        assert report, said
        return tried, sorted(found)

    def scanned_once(
        self, folder: Path, starts: Sequence[str], pace: tuple[int, int], *more: str
    ) -> tuple[dict[str, Any], str]:
        """Its report, an empty one where it made none, and all that it said."""
        report = folder / "report.json"
        report.unlink(missing_ok=True)
        crawl_seconds, module_seconds = map(str, pace)
        with an_ear() as ear:
            command = [
                *(str(WAPITI), "--url", f"{self.address}/", "--scope", "domain", "--module", ",".join(MODULES)),
                *("--max-scan-time", crawl_seconds, "--max-attack-time", module_seconds, "--timeout", "60"),
                *("--endpoint", ear, "--no-bugreport", "--flush-session", "--verbose", "2"),
                *("--store-session", str(folder / "session"), "--store-config", str(folder / "config")),
                *("--format", "json", "--output", str(report)),
                *(word for path in starts for word in ("--start", self.address + path)),
                *more,
            ]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_SECONDS)  # noqa: S603 - ours
        told: dict[str, Any] = json.loads(report.read_text()) if report.exists() else {}
        return told, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    with running_town(tmp_path_factory.mktemp("town")) as town:
        town.text(OLGA, "NEW GROUP DIG Riverbank diggers")
        town.wait_for(OLGA, "DIG is yours")
        for number in MEMBERS:
            town.text(number, "JOIN DIG")
            town.wait_for(number, "you're in DIG")
        town.text(OLGA, "ALERT DIG 3 shovels at 5th & Main 6pm #flood")
        town.text(OLGA, f"GO {number_in(town.wait_for(OLGA, 'Not sent yet'))}")
        town.wait_for(MEMBERS[0], "3 shovels")
        cookies = CookieJar()
        Desk(town.port, browser=build_opener(HTTPCookieProcessor(cookies))).sign_in(town.people, OLGA)
        yield Scanned(town, cookies)


def test_a_stranger_finds_no_weak_spot(scanned: Scanned, tmp_path: Path) -> None:
    starts = ("/signin", "/a/DIG1", "/g/DIG", "/embed/DIG1", "/api/actions/DIG1")
    wanted = {"/signin", "/a/DIG1", "/a/DIG1/pledge", "/g/DIG/join", "/embed/DIG1/pledge"}

    tried, found = scanned.scan(tmp_path, starts, wanted)

    assert [one for one in found if not reason(one)] == []
    assert wanted - tried == set()


def test_an_organizer_who_is_signed_in_finds_no_weak_spot(scanned: Scanned, tmp_path: Path) -> None:
    kept = tmp_path / "cookies.json"
    values = {
        one.name: {"value": one.value, "expires": one.expires, "secure": one.secure, "port": None, "version": 0}
        for one in scanned.cookies
    }
    kept.write_text(json.dumps({"127.0.0.1": {"/": values}}))
    signed_in = ("--cookie", str(kept), "--exclude", f"{scanned.address}/dashboard/signout*")

    wanted = {"/dashboard/g/DIG/compose", "/dashboard/g/DIG/settings", "/dashboard/a/DIG1/do"}

    tried, found = scanned.scan(tmp_path, [f"/dashboard{path}" for path in ("", *DESK)], wanted, *signed_in)

    assert [one for one in found if not reason(one)] == []
    assert wanted - tried == set()
