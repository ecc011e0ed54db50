"""`make dev`: starts the town, keeps it running, stops all of it. One thread, so that nothing can race."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chalicelib.settings import SETTINGS
from infra.local.checks import clear, make_ready
from infra.local.children import Child, stop
from infra.local.settings import (
    NUMBER,
    ROOT,
    CannotStart,
    TownSettings,
    free_ports,
    keep_secrets,
    read_settings,
    town_environment,
)
from infra.operate import ENVIRONMENT

LOOK_SECONDS = 0.05
START_SECONDS = 60.0
DEATHS_AT_START = 3
TOLD = frozenset(
    {
        *(setting.name for setting in SETTINGS),
        *("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    }
)
# Together under 5 s: first those who do the work, which finish what they have in hand, then AWS, which saves.
WORK_STOP_SECONDS = 3.2
AWS_STOP_SECONDS = 1.5


class Stopped(Exception):
    """Somebody asked the town to stop."""


def main() -> int:
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup asks to be left running; a shell's `&` ignores SIGINT too, but whoever sends that means it.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: stopping.append(number))
    try:
        settings = read_settings(os.environ)
        with make_ready(settings), Town(settings, stopping) as town:
            town.start()
            print(welcome(settings, town.environment), flush=True)
            while True:
                town.look()
    except CannotStart as error:
        print(f"Giddyup can't start: {error}", file=sys.stderr, flush=True)
        return 2
    except Stopped:
        return 0


class Town:
    def __init__(self, settings: TownSettings, stopping: list[int]) -> None:
        self.settings = settings
        self.stopping = stopping
        self.is_ready = False
        aws_port, clock_port = free_ports(2, settings.port, settings.carrier_port)
        self.environment = town_environment(settings, os.environ, keep_secrets(settings), aws_port, clock_port)
        self.aws = self.aws_children(aws_port)
        self.others = [
            self.child("workers-in", ("workers", self.ready_file("workers-in"), "inbound", "due")),
            self.child("workers-out", ("workers", self.ready_file("workers-out"), "replies", "bulk")),
            self.child("gateway", ("gateway", str(settings.port)), answers(settings.port, "/healthz")),
            self.child("clock", ("clock", str(clock_port)), answers(clock_port, "/")),
            self.child("carrier", ("carrier",), answers(settings.carrier_port, "/clock")),
        ]

    def aws_children(self, port: int) -> list[Child]:
        """None where the environment names an endpoint: then that is AWS."""
        if os.environ.get("AWS_ENDPOINT_URL"):
            return []
        return [self.child("aws", ("aws", str(port), str(self.settings.state)), answers(port, "/_ministack/ready"))]

    def child(self, name: str, arguments: tuple[str, ...], is_up: Callable[[], bool] | None = None) -> Child:
        module, *rest = arguments
        child = Child(
            name,
            (f"infra.local.{module}", *rest),
            is_up or (lambda: self.says_ready(child)),
            self.environment,
            self.settings.logs,
            self.settings.run,
        )
        return child

    def ready_file(self, name: str) -> str:
        return str(self.settings.run / f"{name}.ready")

    def says_ready(self, child: Child) -> bool:
        path = Path(self.ready_file(child.name))
        return child.process is not None and path.exists() and path.read_text() == str(child.process.pid)

    def __enter__(self) -> Town:
        return self

    def __exit__(self, *_: object) -> None:
        stop(self.others, WORK_STOP_SECONDS)
        stop(self.aws, AWS_STOP_SECONDS)
        clear(self.settings.run)

    def start(self) -> None:
        self.start_and_wait(self.aws)
        self.make_resources()
        self.start_and_wait(self.others)
        self.tell_environment()
        self.is_ready = True

    def tell_environment(self) -> None:
        """What `make consent-report` and the like need to reach this town; only its user may read it."""
        path = self.settings.run / ENVIRONMENT
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump({name: self.environment[name] for name in sorted(self.environment) if name in TOLD}, file)

    def start_and_wait(self, children: list[Child]) -> None:
        for child in children:
            child.start()
        ends = time.monotonic() + START_SECONDS
        waiting = list(children)
        while waiting:
            self.look()
            waiting = [child for child in waiting if not child.is_up()]
            for child in waiting:
                if child.deaths >= DEATHS_AT_START or time.monotonic() > ends:
                    raise CannotStart(f"{child.name} doesn't come up. Its last lines:\n{child.last_lines()}")

    def make_resources(self) -> None:
        """In a process of its own, whose 60 MB are then free again."""
        command = [sys.executable, "-m", "infra.resources"]
        with (self.settings.logs / "resources.log").open("wb") as log:
            made = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, check=False)  # noqa: S603 - our own module
        if made.returncode:
            raise CannotStart(f"the table and queues can't be made: see {log.name}.")

    def look(self) -> None:
        """A moment of keeping the town up; raises Stopped when it is to stop."""
        time.sleep(LOOK_SECONDS)
        if self.stopping:
            raise Stopped
        for child in (*self.aws, *self.others):
            if child.process is not None or child.deaths:
                child.watch(is_told=self.is_ready)


def answers(port: int, path: str) -> Callable[[], bool]:
    """A question whether something at that port answers 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def welcome(settings: TownSettings, environment: dict[str, str]) -> str:
    return f"""
  Giddyup     {settings.address}
  phones      {settings.carrier_address}
  text to     {environment.get("TWILIO_FROM", NUMBER)}
  data, logs  {settings.data}

  `make demo` fills it with two groups. Ctrl-C stops it; started again it goes on where it was.
Ready"""


if __name__ == "__main__":
    sys.exit(main())
