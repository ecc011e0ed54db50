"""Lambda's Runtime API, and a function's process behind it: `awslambdaric` runs a package as Lambda's image does.

    with running_function(unpacked, "app.app", environment) as function:
        answer = function.invoke(event)

The process sees the package, Python's own library, the runtime interface client and `environment`: nothing of this
machine's. As on Lambda the package comes first on the path. With `lists_modules` it says what it imports.
"""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")  # what Lambda's image has of its own
PYTHON = getattr(sys, "_base_executable", sys.executable)  # without .venv, whose libraries a package must not find
IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
IMPORT_LINE = re.compile(r"^import time:.*\n", re.MULTILINE)
START_SECONDS = 60.0
NEXT = "/2018-06-01/runtime/invocation/next"
TIME_LEFT_MS = 29_000


class NotAnswered(Exception):
    """The function raised, could not start, or ended; the message is what it said."""


@dataclass
class Invocation:
    """One event on its way, and what came of it."""

    event: Any
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    taken_at: float = 0.0
    answered_at: float = 0.0
    answer: Any = None
    error: str = ""
    is_done: threading.Event = field(default_factory=threading.Event)


class RuntimeApi(ThreadingHTTPServer):
    """What a function asks for its next event and tells the answer: one function, one event at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.to_do: queue.Queue[Invocation | None] = queue.Queue()
        self.under_way: dict[str, Invocation] = {}
        self.ready_at = 0.0  # when it first asked for an event: its start is over
        self.is_ready = threading.Event()
        self.start_error = ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A function that was ended while it asked leaves its connection; anything else is an error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Asked(BaseHTTPRequestHandler):
    """One connection of the function's."""

    protocol_version = "HTTP/1.1"
    server: RuntimeApi

    def log_message(self, *_: object) -> None:
        """Nothing to say."""

    def do_GET(self) -> None:
        assert self.path == NEXT, self.path
        if not self.server.is_ready.is_set():
            self.server.ready_at = time.perf_counter()
            self.server.is_ready.set()
        one = self.server.to_do.get()
        if one is None:
            self.close_connection = True
            return
        self.server.under_way[one.id] = one
        told = {
            "Lambda-Runtime-Aws-Request-Id": one.id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + TIME_LEFT_MS),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:giddyup",
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
            "Content-Type": "application/json",
        }
        one.taken_at = time.perf_counter()
        self.say(200, json.dumps(one.event).encode(), told)

    def do_POST(self) -> None:
        answered_at, body, last = time.perf_counter(), self.body(), self.path.rsplit("/", 1)[1]
        if self.path.endswith("/init/error"):
            self.server.start_error = body.decode()
            self.server.is_ready.set()
        else:
            one = self.server.under_way.pop(self.path.split("/")[-2])
            one.answered_at = answered_at
            if last == "error":
                one.error = body.decode()
            else:
                one.answer = json.loads(body) if body else None
            one.is_done.set()
        self.say(202, b"", {})

    def body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while length := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def say(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@dataclass
class Function:
    """A function that has started. Times are in milliseconds."""

    process: subprocess.Popen[bytes]
    api: RuntimeApi
    log_file: Path
    started_at: float

    @property
    def start_ms(self) -> float:
        """From the process to the first question for an event: Lambda's INIT."""
        return (self.api.ready_at - self.started_at) * 1000

    @property
    def cpu_ms(self) -> float:
        """What its main thread has worked so far, whoever else was busy on this machine meanwhile."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e6

    def invoke(self, event: Any, seconds: float = 30.0) -> Any:
        """The handler's answer. Raises NotAnswered."""
        return self.timed(event, seconds)[0]

    def timed(self, event: Any, seconds: float = 30.0) -> tuple[Any, float]:
        """The same with how long it took."""
        one = Invocation(event)
        self.api.to_do.put(one)
        ends = time.monotonic() + seconds
        while not one.is_done.wait(0.05):
            if self.process.poll() is not None or time.monotonic() > ends:
                raise NotAnswered(self.said())
        if one.error:
            raise NotAnswered(one.error)
        return one.answer, (one.answered_at - one.taken_at) * 1000

    def said(self) -> str:
        """All that it has written so far; on Lambda that is its log."""
        return IMPORT_LINE.sub("", self.log_file.read_text(errors="replace"))

    def modules(self) -> set[str]:
        """What it has imported so far."""
        return set(IMPORTED.findall(self.log_file.read_text(errors="replace")))


def lambda_environment(unpacked: Path, handler: str, api: RuntimeApi, client: Path) -> dict[str, str]:
    """What Lambda sets by itself, and nothing else."""
    return {
        "PATH": "/usr/local/bin:/usr/bin/:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": f"{unpacked}:{client}",
        "LAMBDA_TASK_ROOT": str(unpacked),
        "LAMBDA_RUNTIME_DIR": str(client),
        "_HANDLER": handler,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "giddyup",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/giddyup",
        "AWS_LAMBDA_LOG_STREAM_NAME": "one",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def link_client(into: Path) -> None:
    """The runtime interface client alone, out of .venv."""
    for name in CLIENT:
        origin = find_spec(name).origin  # type: ignore[union-attr]  # in the lock
        assert origin, name
        path = Path(origin)
        path = path.parent if path.name == "__init__.py" else path
        (into / path.name).symlink_to(path)


@contextmanager
def running_function(
    unpacked: Path,
    handler: str,
    environment: Mapping[str, str],
    *,
    lists_modules: bool = False,
    python: Sequence[str] = (),
) -> Iterator[Function]:
    """Started and asking for its first event; ended afterwards. Raises NotAnswered when it cannot start."""
    with tempfile.TemporaryDirectory(prefix="giddyup-lambda-") as folder:
        client, log_file = Path(folder, "runtime"), Path(folder, "log")
        client.mkdir()
        link_client(client)
        api = RuntimeApi()
        threading.Thread(target=api.serve_forever, daemon=True).start()
        flags = ["-S", "-B", *(["-X", "importtime"] if lists_modules else []), *python]
        started_at = time.perf_counter()
        with log_file.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own package
                [PYTHON, *flags, "-m", "awslambdaric", handler],
                cwd=unpacked,
                env=lambda_environment(unpacked, handler, api, client) | dict(environment),
                stdout=log,
                stderr=log,
            )
        function = Function(process, api, log_file, started_at)
        try:
            ends = time.monotonic() + START_SECONDS
            while not api.is_ready.wait(0.05):
                if process.poll() is not None or time.monotonic() > ends:
                    raise NotAnswered(function.said())
            if api.start_error:
                raise NotAnswered(api.start_error + function.said())
            yield function
        finally:
            api.to_do.put(None)
            process.kill()
            process.wait()
            api.shutdown()
            api.server_close()
