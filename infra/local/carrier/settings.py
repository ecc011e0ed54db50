"""What the carrier is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MOST_SEGMENTS_A_SECOND = 1_000_000


class CannotStart(Exception):
    """The operator must do something first; the message is one line that says what."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`auth_tokens` are all accepted; the first one signs. `town_clock_url` is whoever moves the clock for us.

    `rate` is in segments a second. With `blocks_stopped` nothing is taken for a phone that has texted STOP.
    """

    port: int
    data: Path
    account_sid: str
    auth_tokens: tuple[str, ...]
    number: str
    public_url: str
    clock_file: Path
    town_clock_url: str | None
    messaging_service_sid: str | None
    rate: int | None
    blocks_stopped: bool

    @property
    def webhook_url(self) -> str:
        return f"{self.public_url}/sms"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises CannotStart naming all that is missing together."""
    missing = [name for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") if not environment.get(name)]
    if missing:
        raise CannotStart(f"The carrier needs {' and '.join(missing)} in its environment; `make dev` sets them.")
    port = environment.get("CARRIER_PORT") or "8001"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotStart(f"CARRIER_PORT is {port!r}: make it a port number between 1 and 65535.")
    rate = environment.get("CARRIER_RATE") or None
    if rate is not None and not (rate.isascii() and rate.isdigit() and 0 < int(rate) <= MOST_SEGMENTS_A_SECOND):
        raise CannotStart(f"CARRIER_RATE is {rate!r}: make it whole segments a second, or leave it out for no limit.")
    blocks_stopped = environment.get("CARRIER_BLOCKS_STOPPED") or "0"
    if blocks_stopped not in ("0", "1"):
        raise CannotStart(f"CARRIER_BLOCKS_STOPPED is {blocks_stopped!r}: make it 1 or 0.")

    data = Path(environment.get("GIDDYUP_DATA") or ".local")
    return Settings(
        port=int(port),
        data=data,
        account_sid=environment["TWILIO_ACCOUNT_SID"],
        auth_tokens=tuple(token.strip() for token in environment["TWILIO_AUTH_TOKEN"].split(",") if token.strip()),
        number=environment.get("TWILIO_FROM") or "+15550100000",
        public_url=(environment.get("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/"),
        clock_file=Path(environment.get("GIDDYUP_CLOCK") or data / "clock"),
        town_clock_url=(environment.get("TOWN_CLOCK_URL") or "").rstrip("/") or None,
        messaging_service_sid=environment.get("TWILIO_MESSAGING_SERVICE_SID") or None,
        rate=int(rate) if rate else None,
        blocks_stopped=blocks_stopped == "1",
    )
