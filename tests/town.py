"""A whole town in a folder of its own, for the tests that need one.

Mark the test with `@pytest.mark.town` and ask for `town`, which the whole session shares, or use `running_town`.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from infra.local.people import People
from infra.local.settings import ROOT, free_ports
from infra.operate import ENVIRONMENT
from tests.twilio_contract import WATCHED_BY

START_SECONDS = 120.0
STOP_SECONDS = 30.0


@dataclass
class Town:
    """Start it, text in it, kill parts of it, move its clock, stop it."""

    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port, self.carrier_port = free_ports(2)
        self.people = People(self.carrier_port)

    def start(self) -> None:
        """Until it is ready. Raises AssertionError with what it said when it ends instead."""
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.data.mkdir(parents=True, exist_ok=True)
        if not (self.data / "clock").exists():
            (self.data / "clock").write_text(str(seconds_to_noon()))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"],
            cwd=ROOT,
            env=self.whole_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self.listen, args=(self.process, self.lines), daemon=True).start()
        assert self.wait_for_line("Ready", START_SECONDS), "\n".join(self.said)

    @staticmethod
    def listen(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                lines.put(line.rstrip())
        lines.put(None)

    def whole_environment(self) -> dict[str, str]:
        """Only what any process needs: the tests in this process have settings of their own in theirs."""
        usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", *WATCHED_BY) if name in os.environ}
        told = {"GIDDYUP_DATA": str(self.data), "PORT": str(self.port), "CARRIER_PORT": str(self.carrier_port)}
        return {**usual, **told, **self.environment}

    def wait_for_line(self, words: str, seconds: float) -> bool:
        """Whether the town says a line with these words; what it says is kept in `said`."""
        ends = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                return False
            if line is None:
                return False
            self.said.append(line)
            if words in line:
                return True

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def pid(self, name: str) -> int:
        """Of `aws`, `gateway`, `workers-in`, `workers-out`, `clock` or `carrier`."""
        return int((self.data / "run" / f"{name}.pid").read_text())

    def kill(self, name: str) -> None:
        """With -9. The town starts it again by itself; `wait_until_back` waits for that."""
        os.kill(self.pid(name), signal.SIGKILL)

    def wait_until_back(self, name: str, killed: int) -> None:
        wait_until(lambda: self.pid(name) != killed and self.is_up(name))

    def is_up(self, name: str) -> bool:
        if name == "carrier":
            return is_open(self.carrier_port)
        if name == "gateway":
            return is_open(self.port)
        if name == "aws":
            return is_there(f"{self.told()['AWS_ENDPOINT_URL']}/_ministack/ready")
        ready = self.data / "run" / f"{name}.ready"
        return not name.startswith("workers") or (ready.exists() and ready.read_text() == str(self.pid(name)))

    def told(self) -> dict[str, str]:
        """What the commands are told that reach this town, its AWS among it."""
        told: dict[str, str] = json.loads((self.data / "run" / ENVIRONMENT).read_text())
        return told

    def pids(self) -> set[int]:
        return {int(path.read_text()) for path in (self.data / "run").glob("*.pid")}

    def text(self, number: str, body: str, sid: str = "") -> str:
        return self.people.text(number, body, sid)

    def got(self, number: str) -> list[str]:
        return self.people.got(number)

    def wait_for(self, number: str, words: str, seconds: float = 60.0) -> str:
        return self.people.wait_for(number, words, seconds)

    def wait_until(self, is_so: Callable[[], Any], seconds: float = 60.0) -> Any:
        return self.people.wait_until(is_so, seconds)

    def advance(self, seconds: int) -> str:
        return self.people.advance(seconds)


@contextmanager
def running_town(data: Path, **environment: str) -> Iterator[Town]:
    town = Town(data, environment)
    try:
        town.start()
        yield town
    finally:
        if town.process is not None and town.process.poll() is None:
            town.stop()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Shared by the whole session: use numbers and keywords of your own."""
    with running_town(tmp_path_factory.mktemp("town")) as town:
        yield town


def number_in(draft: str) -> str:
    """What an organizer answers GO with."""
    found: str = re.findall(r"GO (\d\d)", draft)[-1]
    return found


def seconds_to_noon() -> float:
    """From now to the next time that it is noon in New York on a weekday: alerts wait for the day."""
    now = datetime.now(ZoneInfo("America/New_York"))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    while noon < now or noon.weekday() > 4:
        noon += timedelta(days=1)
    return (noon - now).total_seconds()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_there(address: str) -> bool:
    try:
        with urlopen(address, timeout=10):  # noqa: S310 - the town's own
            return True
    except OSError:
        return False


def wait_until(is_so: Callable[[], Any], seconds: float = 60.0) -> Any:
    """For what no socket tells: looks again and again, and fails when it doesn't become so."""
    ends = time.monotonic() + seconds
    while not (answer := is_so()):
        assert time.monotonic() < ends, "it did not become so"
        time.sleep(0.02)
    return answer
