"""A carrier as its own process and an app of ten lines that writes down what the carrier posts to it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import urlopen

from twilio.request_validator import RequestValidator
from twilio.rest import Client

from infra.local.settings import ROOT, free_port, free_ports
from tests.twilio_contract import WATCHED_BY

ACCOUNT = "AC" + "1" * 32
NUMBER = "+15550100000"
TOKEN, NEXT_TOKEN = "one", "two"


@dataclass
class Post:
    """One webhook that the app got."""

    path: str
    form: dict[str, str]
    is_signed: bool


@dataclass
class FakeApp:
    """Takes webhooks; `answers` are the next HTTP statuses, 200 when there are none; a status of 0 hangs up."""

    port: int = field(default_factory=free_port)
    token: str = TOKEN
    answers: list[int] = field(default_factory=list)
    posts: queue.Queue[Post] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_post(self) -> Post:
        return self.posts.get(timeout=60)

    @contextmanager
    def up(self) -> Iterator[FakeApp]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}
                signature = self.headers["X-Twilio-Signature"] or ""
                is_signed = RequestValidator(app.token).validate(app.url + self.path, form, signature)
                status = app.answers.pop(0) if app.answers else 200
                app.posts.put(Post(self.path, form, is_signed))
                if not status:
                    self.close_connection = True
                    return
                answer = b'{"now": "2026-11-05T18:00:00Z"}' if self.path == "/advance" else b"<Response/>"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield app
        finally:
            server.shutdown()
            server.server_close()


@dataclass
class Carrier:
    """Talks to a running carrier as a person does; `twilio` as the app does."""

    port: int
    folder: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = run_carrier(self.environment)
        assert self.process.stdout is not None
        assert "listens" in self.process.stdout.readline()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)

    def ask(
        self, method: str, path: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status, and the answer's JSON (its text where it is none)."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        usual = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connection.request(method, path, urlencode(form) if form is not None else None, usual | dict(headers or {}))
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(body) if is_json else body

    def text(self, phone: str, body: str, **more: str) -> str:
        status, answer = self.ask("POST", f"/phones/{quote(phone)}/texts", {"Body": body, **more})
        assert status == 200, answer
        return str(answer["sid"])

    def screen(self, phone: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/phones/{quote(phone)}/texts")[1])

    def fault(self, phone: str, **form: str) -> list[dict[str, Any]]:
        status, answer = self.ask("POST", f"/phones/{quote(phone)}/faults", form)
        assert status == 200, answer
        return list(answer)

    def wait_for_texts(self, after: int) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/texts?after={after}&wait=20")[1])

    def times_forgotten(self) -> int:
        with urlopen(f"{self.url}/texts?limit=0") as response:  # noqa: S310 - our own address
            return int(response.headers["Times-Forgotten"])

    def twilio(self, token: str = TOKEN) -> Client:
        """Twilio's own client, with its API's address moved."""
        client = Client(ACCOUNT, token)
        client.http_client.timeout = 30
        client.api.base_url = self.url
        return client


def carrier_environment(port: int, folder: Path, app_url: str, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "CARRIER_PORT": str(port),
        "GIDDYUP_DATA": str(folder),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": f"{TOKEN},{NEXT_TOKEN}",
        "TWILIO_FROM": NUMBER,
        "PUBLIC_URL": app_url,
        **{name: os.environ[name] for name in WATCHED_BY if name in os.environ},
        **more,
    }


def run_carrier(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.carrier"],
        env=dict(environment),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_carrier(folder: Path, app_url: str, **more: str) -> Iterator[Carrier]:
    [port] = free_ports(1, urlsplit(app_url).port or 0)
    carrier = Carrier(port, folder, carrier_environment(port, folder, app_url, **more))
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.kill()
        assert carrier.process is not None
        carrier.process.communicate()  # closes its pipes
