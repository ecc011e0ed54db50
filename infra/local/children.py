"""The processes of a town: each started again when it dies, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.settings import ROOT
from infra.local.whole_file import write_whole

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
SETTLED_SECONDS = 10.0  # who lived that long isn't crashing in a loop
LINES_SHOWN = 5
LONGEST_LINE = 240


@dataclass(slots=True)
class Child:
    """One process. `is_up` asks whether it answers by now."""

    name: str
    arguments: tuple[str, ...]  # a module of infra/local and its arguments
    is_up: Callable[[], bool]
    environment: Mapping[str, str]
    logs: Path
    run: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    start_again_at: float = field(default=0.0)
    deaths: int = 0  # one soon after the other

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name}.log"

    def start(self) -> None:
        """In a session of its own, so that Ctrl-C reaches the supervisor only and the order of stopping is kept."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", "infra.local.child", *self.arguments],
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.PIPE,  # never written to: the child ends when it closes
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        write_whole(self.run / f"{self.name}.pid", str(self.process.pid))

    def watch(self, is_told: bool) -> None:
        """Notices a death, tells of it, and after a pause that grows while it keeps dying starts it again."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_again_at:
                self.start()
        elif (status := self.process.poll()) is not None:
            self.bury()
            has_settled = now - self.started_at > SETTLED_SECONDS
            self.deaths = 1 if has_settled else self.deaths + 1
            self.pause = FIRST_PAUSE_SECONDS if self.deaths == 1 else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            self.start_again_at = now + self.pause
            if is_told:
                print(f"{self.name} ended ({cause(status)}); starting it again.", flush=True)
                if self.deaths > 1 and status > 0:
                    print(self.last_lines(), flush=True)

    def bury(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        return "\n".join(f"  {line[:LONGEST_LINE]}" for line in lines) + f"\n  (more in {self.log})"

    def signal(self, number: int) -> None:
        """Its whole session: nothing that it started stays either."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)


def cause(status: int) -> str:
    return f"exit {status}" if status >= 0 else signal.Signals(-status).name


def stop(children: Iterable[Child], seconds: float) -> None:
    """SIGTERM, and SIGKILL to those who are still there after that."""
    processes = [child for child in children if child.process is not None]
    for child in processes:
        child.signal(signal.SIGTERM)
    ends = time.monotonic() + seconds
    for child in processes:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.0, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.signal(signal.SIGKILL)
            child.process.wait()
        child.bury()
