"""The town's clock: real time plus an offset that is kept in a file that every process of the town reads."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path


class TownClock:
    """Reading is one `stat` unless the file has changed: each text asks for the time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since 1970 in the town. Raises ValueError when the file holds something else than a number."""
        return time.time() + self.offset()

    def offset(self) -> float:
        """Seconds by which the town is ahead of the real time."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return 0.0
        mark = (found.st_mtime_ns, found.st_ino)
        if mark != self._seen:
            self._offset = float(self._path.read_text() or 0)
            self._seen = mark
        return self._offset

    def advance(self, seconds: int) -> None:
        """Only where no process of the town moves the clock for us (`TOWN_CLOCK_URL`)."""
        ahead = self._path.with_name(self._path.name + ".new")
        ahead.write_text(str(self.offset() + seconds))
        ahead.replace(self._path)


def as_iso(moment: float) -> str:
    """UTC to the millisecond, ending in Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
