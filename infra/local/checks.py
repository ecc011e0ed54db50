"""What must be so before a town starts; each that isn't is one line that says what to do."""

from __future__ import annotations

import fcntl
import json
import socket
import time
from pathlib import Path
from typing import Any, TextIO

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict

from infra.local.settings import CannotStart, TownSettings

# What each of these services of ministack must have kept for the town to be whole.
HELD = {"dynamodb": "tables", "sqs": "queues"}
MOST_LOG_BYTES = 5 * 1024 * 1024
KILLED_SECONDS = 5.0


def make_ready(settings: TownSettings) -> TextIO:
    """Checks everything and makes the folders; answers the lock on the data folder, to be held while the town runs."""
    lock = lock_data(settings)
    # A town that was killed leaves these behind, and its processes need a moment to notice.
    was_killed = any(settings.run.iterdir())
    check_port(settings.port, "PORT", KILLED_SECONDS if was_killed else 0.0)
    check_port(settings.carrier_port, "CARRIER_PORT", KILLED_SECONDS if was_killed else 0.0)
    check_state(settings.state)
    for log in settings.logs.glob("*.log"):
        if log.stat().st_size > MOST_LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
    clear(settings.run)
    return lock


def lock_data(settings: TownSettings) -> TextIO:
    """By flock, so that a town that was killed leaves nothing locked."""
    path = settings.data / "town.lock"
    try:
        for folder in (settings.data, settings.state, settings.logs, settings.run):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
            (folder / ".writable").unlink()
        lock = path.open("w")
    except OSError as error:
        raise CannotStart(
            f"{settings.data} can't be written ({error.strerror}): make it writable, or choose another folder, "
            "as in `GIDDYUP_DATA=/tmp/town make dev`."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(
            f"a town is running on {settings.data} already: stop it, or choose another folder and other ports, "
            "as in `GIDDYUP_DATA=/tmp/town PORT=8010 CARRIER_PORT=8011 make dev`."
        ) from error
    return lock


def clear(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink(missing_ok=True)


def check_port(port: int, name: str, patience: float = 0.0) -> None:
    """`patience`: seconds in which it may still become free."""
    ends = time.monotonic() + patience
    while (reason := why_not(port)) and time.monotonic() < ends:
        time.sleep(0.1)
    if reason:
        raise CannotStart(
            f"port {port} can't be had ({reason}): stop what uses it, or choose another, "
            f"as in `{name}={port + 10} make dev`."
        )


def why_not(port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror
    return None


def check_state(state: Path) -> None:
    """ministack begins empty where it can't read a file, and would then save that over it."""
    kept = {path.stem: read_state(path) for path in sorted(state.glob("*.json"))}
    for service, what in HELD.items() if kept else ():
        if not isinstance(kept.get(service, {}).get(what), AccountRegionScopedDict):
            raise CannotStart(f"{state / service}.json is missing or holds no {what}: {cure(state)}")


def read_state(path: Path) -> dict[str, Any]:
    """What one service of ministack kept."""
    try:
        kept = json.loads(path.read_text(), object_hook=persistence._json_object_hook)
        version, payload = kept["__ministack_format__"], kept["payload"]
    except OSError as error:
        raise CannotStart(f"{path} can't be read ({error.strerror}): make it readable.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotStart(f"{path} isn't what ministack wrote ({error}): {cure(path.parent)}") from error
    if version > persistence._state_format_version(path.stem):
        raise CannotStart(f"{path} was written by a newer ministack: install what requirements.lock names.")
    if not isinstance(payload, dict):
        raise CannotStart(f"{path} isn't what ministack wrote: {cure(path.parent)}")
    return payload


def cure(state: Path) -> str:
    return f"put back a copy of {state}, or move that folder away to start with an empty town."
