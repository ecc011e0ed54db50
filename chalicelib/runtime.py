"""The outside world as one value: settings, clock, chance, the keyed hash of a number."""

from __future__ import annotations

import hmac
import os
import random
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from chalicelib.settings import Settings, read_settings

VERSION = "0.1.0"  # pyproject.toml's, which is not shipped


@dataclass(frozen=True, slots=True)
class Runtime:
    """`now` tells the time (aware, UTC); `chance` is where random numbers come from."""

    settings: Settings
    now: Callable[[], datetime]
    chance: random.Random

    def person_id(self, number: str) -> str:
        """The keyed hash of a number (E.164): 130 bits of HMAC-SHA256, in letters and digits."""
        digest = hmac.digest(self.settings.number_key.encode(), number.encode(), sha256)
        return b32encode(digest)[:26].decode().lower()

    def secret(self) -> str:
        """Something that was never there before and that nobody can guess: 128 random bits, in hexadecimal."""
        return f"{self.chance.getrandbits(128):032x}"


def day_of(now: datetime, world: Runtime) -> date:
    """The day that a day's limits count, on the installation's own calendar."""
    return now.astimezone(ZoneInfo(world.settings.zone)).date()


def clock(path: str) -> Callable[[], datetime]:
    """The time. In a local town, moved ahead by the seconds that the file at `path` holds."""

    def now() -> datetime:
        return datetime.now(UTC)

    def town_now() -> datetime:
        try:
            with open(path) as file:
                ahead = float(file.read() or 0)
        except FileNotFoundError:
            ahead = 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead)

    return town_now if path else now


def kept_elsewhere(path: str) -> dict[str, str]:
    """Settings that win over the environment's: on AWS the secrets, which are in no environment."""
    if not path:
        return {}
    from chalicelib.secrets import secrets_under  # with botocore, for AWS alone: here nothing is kept elsewhere

    return secrets_under(path)


@cache
def runtime() -> Runtime:
    """The world that the environment describes, and the secrets where it says where those are.

    Raises SettingsWrong and, on AWS, SecretsWrong.
    """
    settings = read_settings({**os.environ, **kept_elsewhere(os.environ.get("SECRETS_PATH", ""))})
    return Runtime(settings, clock(settings.giddyup_clock), random.SystemRandom())
