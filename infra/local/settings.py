"""Where a town lives and what its processes are told: ports, the data folder, secrets, the environment."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "+15550100000"
OPERATOR = "+15125551000"  # runs the installation; `make demo` gives the number to its organizer


class CannotStart(Exception):
    """Somebody must do something first; the message is one line that says what."""


@dataclass(frozen=True, slots=True)
class TownSettings:
    port: int
    carrier_port: int
    data: Path  # absolute

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def carrier_address(self) -> str:
        return f"http://127.0.0.1:{self.carrier_port}"

    @property
    def state(self) -> Path:
        """ministack's files."""
        return self.data / "aws"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """What is true only while the town runs: process ids, and who is ready."""
        return self.data / "run"


def read_settings(environment: Mapping[str, str]) -> TownSettings:
    port, carrier_port = read_port(environment, "PORT", 8000), read_port(environment, "CARRIER_PORT", 8001)
    if port == carrier_port:
        raise CannotStart(f"PORT and CARRIER_PORT are both {port}: choose two different ones.")
    return TownSettings(port, carrier_port, Path(environment.get("GIDDYUP_DATA") or ".local").absolute())


def read_port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{name} is {text!r}: make it a port number between 1 and 65535.")
    return int(text)


def keep_secrets(settings: TownSettings) -> dict[str, str]:
    """Made at the first start and kept: with another NUMBER_KEY nobody who has joined would be known any more."""
    path = settings.data / "secrets.json"
    made = {
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "NUMBER_KEY": secrets.token_hex(32),
        "LINK_KEYS": secrets.token_hex(32),
    }
    kept = read_secrets(path)
    if not kept and settings.state.exists() and any(settings.state.iterdir()):
        # With a new NUMBER_KEY nobody who has joined would be known, and no STOP would be kept.
        raise CannotStart(f"{path} is gone, and {settings.state} needs it: put it back, or move {settings.data} away.")
    if not made.keys() <= kept.keys():
        kept = made | kept
        unfinished = path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            json.dump(kept, file, indent=1)
        unfinished.replace(path)
    return kept


def read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CannotStart(f"{path} can't be read ({error}): put it right, or move {path.parent} away.") from error
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise CannotStart(f"{path} isn't a list of secrets: put it right, or move {path.parent} away.")
    return kept


def free_ports(count: int, *given_away: int) -> list[int]:
    """Each another one, since all are held until the last is found, and none that is somebody's who hasn't come yet."""
    with ExitStack() as held:
        found = [held.enter_context(socket.socket()) for _ in range(count + len(given_away))]
        for each in found:
            each.bind(("127.0.0.1", 0))
        ports = [int(each.getsockname()[1]) for each in found]
    return [port for port in ports if port not in given_away][:count]


def free_port() -> int:
    return free_ports(1)[0]


def town_environment(
    settings: TownSettings, given: Mapping[str, str], kept: Mapping[str, str], aws_port: int, clock_port: int
) -> dict[str, str]:
    """What every process of the town finds in its environment; what was given wins, except AWS's own credentials."""
    environment = {name: value for name, value in given.items() if not name.startswith("AWS_")}
    environment |= {name: value for name, value in given.items() if name.startswith("AWS_ENDPOINT_URL")}
    defaults = {
        **kept,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        # Whoever has real ones in the environment must not reach the real AWS by a mistake of ours.
        "AWS_ACCESS_KEY_ID": "town",
        "AWS_SECRET_ACCESS_KEY": "town",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TWILIO_API_BASE": settings.carrier_address,
        "PUBLIC_URL": settings.address,
        "TABLE_NAME": "giddyup",
        "QUEUE_PREFIX": "giddyup",
        "OPERATORS": OPERATOR,
        # Nothing costs anything here, and nobody waits for a carrier's grant.
        "SENDER_RATE": "225",
        "DAILY_CENTS": "10000000",
        "DAILY_SEGMENTS": "10000000",
        "GROUP_DAILY_CENTS": "10000000",
        "GROUP_DAILY_SEGMENTS": "10000000",
        **({} if given.get("TWILIO_MESSAGING_SERVICE_SID") else {"TWILIO_FROM": NUMBER}),
    }
    environment |= {name: value for name, value in defaults.items() if not environment.get(name)}
    return environment | {
        "PORT": str(settings.port),
        "CARRIER_PORT": str(settings.carrier_port),
        "GIDDYUP_DATA": str(settings.data),
        "GIDDYUP_CLOCK": str(settings.data / "clock"),
        "TOWN_CLOCK_URL": f"http://127.0.0.1:{clock_port}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), given.get("PYTHONPATH", "")))),
    }
