"""How the carrier starts, what keeps it from starting, and how it stops."""

from __future__ import annotations

import socket
import sqlite3
import time
from pathlib import Path

import pytest

from infra.local.settings import free_port
from tests.local.running_carrier import carrier_environment, run_carrier, running_carrier

NOBODY = "http://127.0.0.1:9"


def refusal_to_start(port: int, folder: Path, **more: str) -> tuple[int, str]:
    """The exit status, and all that it said."""
    process = run_carrier(carrier_environment(port, folder, NOBODY, **more))
    said = "".join(process.communicate(timeout=60))
    return process.returncode, said


def test_it_listens_on_loopback_only_and_stops_at_once(tmp_path: Path) -> None:
    with running_carrier(tmp_path, NOBODY) as carrier, pytest.raises(ConnectionRefusedError):
        socket.create_connection((other_address(), carrier.port), timeout=2)
    with running_carrier(tmp_path, NOBODY) as carrier:
        began = time.monotonic()

        assert carrier.stop() == 0
        assert time.monotonic() - began < 4


def other_address() -> str:
    """127.0.0.2 is this machine too, but not where the carrier listens."""
    return "127.0.0.2"


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert refusal_to_start(port, tmp_path) == (
            2,
            f"Port {port} is in use: stop what listens there, or set CARRIER_PORT to another.\n",
        )


def test_a_folder_that_cannot_be_written_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    status, said = refusal_to_start(free_port(), tmp_path / "file")

    assert (status, said.count("\n")) == (2, 1)
    assert "give another folder as GIDDYUP_DATA" in said


def test_state_that_cannot_be_read_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "carrier.sqlite").write_text("no database, certainly not" * 100)

    status, said = refusal_to_start(free_port(), tmp_path)

    assert (status, said.count("\n")) == (2, 1)
    assert "move it away or delete it" in said


def test_a_clock_that_cannot_be_read_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("half past nine")

    status, said = refusal_to_start(free_port(), tmp_path)

    assert (status, said.count("\n")) == (2, 1)
    assert "delete it" in said


def test_two_carriers_do_not_share_a_folder(tmp_path: Path) -> None:
    with running_carrier(tmp_path, NOBODY):
        status, said = refusal_to_start(free_port(), tmp_path)

    assert (status, said.count("\n")) == (2, 1)
    assert "Another carrier uses" in said


def test_a_missing_token_is_named(tmp_path: Path) -> None:
    status, said = refusal_to_start(free_port(), tmp_path, TWILIO_AUTH_TOKEN="")

    assert (status, "TWILIO_AUTH_TOKEN" in said) == (2, True)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        pytest.param("CARRIER_RATE", "0", id="a rate of nothing"),
        pytest.param("CARRIER_RATE", "fast", id="a rate that is no number"),
        pytest.param("CARRIER_BLOCKS_STOPPED", "yes", id="neither on nor off"),
    ],
)
def test_a_setting_that_means_nothing_is_named(tmp_path: Path, name: str, given: str) -> None:
    status, said = refusal_to_start(free_port(), tmp_path, **{name: given})

    assert (status, said.count("\n"), f"{name} is {given!r}" in said) == (2, 1, True)


def test_a_folder_of_an_earlier_day_is_taken_as_it_is(tmp_path: Path) -> None:
    earlier = sqlite3.connect(tmp_path / "carrier.sqlite")
    earlier.executescript(
        "CREATE TABLE faults (n INTEGER PRIMARY KEY, phone TEXT NOT NULL, mode TEXT NOT NULL, code INTEGER NOT NULL,"
        " seconds REAL NOT NULL, times INTEGER NOT NULL);"
        "INSERT INTO faults VALUES (1, '*', 'refuse', 21610, 0, 2);"
    )
    earlier.close()

    with running_carrier(tmp_path, NOBODY) as carrier:
        status, faults = carrier.ask("GET", "/phones/*/faults")

    assert (status, faults) == (200, [{"mode": "refuse", "code": 21610, "seconds": 0, "times": 2}])
