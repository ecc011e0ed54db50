"""An AWS account on this machine for tests: ministack in a process of its own, strict about what each role may do.

    with running_account(tmp_path) as account:
        account.client("sqs").list_queues()

What it checks beyond what ministack does, and what stays different from AWS, is told in tests/aws/strict_aws.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.settings import ROOT, free_port
from tests.town import is_open

NUMBER = "123456789012"  # the account's
REGION = "us-east-1"
REFUSED = "refused.txt"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass
class Account:
    """An empty account until something is deployed. `environment` is what boto3 and the command line read."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": NUMBER,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """Of the account's owner, who may do anything."""
        told = self.environment
        return boto3.client(
            service,
            endpoint_url=told["AWS_ENDPOINT_URL"],
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def api_address(self, api_id: str, stage: str = "api") -> str:
        """Of a REST API: no name `….execute-api` is known on this machine."""
        return self.endpoint + self.api_path(api_id, stage)

    @staticmethod
    def api_path(api_id: str, stage: str = "api") -> str:
        return f"/restapis/{api_id}/{stage}/_user_request_"

    def refusals(self) -> list[tuple[str, str]]:
        """Which function was refused which action, oldest first."""
        path = self.folder / REFUSED
        lines = path.read_text().splitlines() if path.exists() else []
        return [(function, action) for function, action in (line.split() for line in lines)]

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        # Functions inherit what this process has: so it has next to nothing.
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "TZ": "UTC",
            "LANG": "C.UTF-8",
        }
        with (self.folder / "account.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", "tests.aws.strict_aws", str(self.port), str(self.folder)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + START_SECONDS
        while not is_open(self.port):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < ends, f"no account at port {self.port}: {self.said()}"
            time.sleep(0.05)

    def said(self) -> str:
        return (self.folder / "account.log").read_text()[-4000:]

    def stop(self) -> None:
        """With all functions that still run."""
        if self.process is None:
            return
        group = self.process.pid  # start_new_session made it one
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(ProcessLookupError):  # nothing of it is left
            os.killpg(group, signal.SIGKILL)
        self.process = None


@contextmanager
def running_account(folder: Path) -> Iterator[Account]:
    account = Account(folder)
    try:
        account.start()
        yield account
    finally:
        account.stop()


@dataclass
class ApiAddress:
    """A REST API's own address, `https://….execute-api.us-east-1.amazonaws.com/api`: such names lead nowhere here."""

    account: Account
    api_id: str = ""  # known once it is deployed
    stage: str = "api"
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.stage}"

    @contextmanager
    def up(self) -> Iterator[ApiAddress]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stage, _, path = self.path.lstrip("/").partition("/")
                if stage != api.stage:
                    self.send_error(403, "Missing Authentication Token")
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_ONE_HOP}
                behind = HTTPConnection("127.0.0.1", api.account.port, timeout=60)
                behind.request(self.command, f"{api.account.api_path(api.api_id, stage)}/{path}", body, headers)
                answer = behind.getresponse()
                said = answer.read()
                behind.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in OF_ONE_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = pass_on  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever asked has hung up
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


OF_ONE_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "date", "server"})
