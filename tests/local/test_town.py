"""The whole town as processes: it comes up, keeps itself up, keeps what it was told, and goes away without a trace."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town import Town, running_town, wait_until

pytestmark = pytest.mark.town

SAM, ANN = "+15125550101", "+15125550102"
PARTS = ("aws", "gateway", "workers-in", "workers-out", "clock", "carrier")
MOST_MEGABYTES = 1000
MOST_SECONDS_TO_STOP = 8.0
MOST_SECONDS_TO_START_AGAIN = 30.0


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    with running_town(tmp_path) as town:
        yield town


def is_alive(pid: int) -> bool:
    """Not a zombie either: those are waited for by whoever is pid 1, which takes its time in a container."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def saved_at(town: Town) -> float:
    """The queues are saved last."""
    return (town.data / "aws" / "sqs.json").stat().st_mtime


def is_answered_once(town: Town, number: str) -> None:
    before = len(town.got(number))
    town.text(number, "HELP")
    town.wait_until(lambda: len(town.people.known(number)) > before)
    assert len(town.got(number)) == before + 1


def test_a_text_is_answered(town: Town) -> None:
    is_answered_once(town, SAM)


def test_the_clock_moves_on_and_answers_when_it_has(town: Town) -> None:
    before = town.people.now()

    town.advance(3600)

    assert 3600 <= (town.people.now() - before).total_seconds() < 3700


def test_all_of_it_needs_less_than_a_gigabyte(town: Town) -> None:
    assert town.process is not None

    assert sum(megabytes(pid) for pid in (*town.pids(), town.process.pid)) < MOST_MEGABYTES


def test_it_listens_on_loopback_only(town: Town) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.connect(("192.0.2.1", 9))  # nothing is sent; it tells our own address
        address = outward.getsockname()[0]

    for port in (town.port, town.carrier_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=2)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_killed_comes_back_and_answers(town: Town, name: str) -> None:
    killed = town.pid(name)

    town.kill(name)

    town.wait_until_back(name, killed)
    is_answered_once(town, SAM)


def test_what_aws_held_a_second_ago_survives_its_being_killed(own_town: Town) -> None:
    own_town.text(SAM, "NEW GROUP DIG Riverbank diggers")
    own_town.wait_for(SAM, "DIG is yours")
    # The first save may have begun before the group was there; the second begins when the first has ended.
    for _ in range(2):
        answered = time.time()
        is_answered_once(own_town, ANN)
        wait_until(lambda since=answered: saved_at(own_town) > since)

    own_town.kill("aws")

    own_town.text(ANN, "JOIN DIG")
    own_town.wait_for(ANN, "you're in DIG")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_leaves_no_process_behind(own_town: Town, number: int) -> None:
    pids = own_town.pids()
    assert len(pids) == len(PARTS)

    began = time.monotonic()
    assert own_town.stop(number) == 0

    assert time.monotonic() - began < MOST_SECONDS_TO_STOP
    assert not [pid for pid in pids if is_alive(pid)]


def test_killed_it_leaves_no_process_behind_either(own_town: Town) -> None:
    pids = own_town.pids()

    assert own_town.stop(signal.SIGKILL) == -signal.SIGKILL

    wait_until(lambda: not [pid for pid in pids if is_alive(pid)])


def test_killed_and_started_again_at_once_it_comes_up(own_town: Town) -> None:
    own_town.stop(signal.SIGKILL)

    own_town.start()

    is_answered_once(own_town, SAM)


def test_started_again_it_knows_what_it_knew_and_soon(own_town: Town) -> None:
    own_town.text(SAM, "NEW GROUP DIG Riverbank diggers")
    own_town.wait_for(SAM, "DIG is yours")
    own_town.stop()

    began = time.monotonic()
    own_town.start()

    assert time.monotonic() - began < MOST_SECONDS_TO_START_AGAIN
    own_town.text(ANN, "JOIN DIG")
    own_town.wait_for(ANN, "you're in DIG")


def test_a_second_town_on_the_same_folder_is_refused_in_one_line(town: Town) -> None:
    second = Town(town.data)

    with pytest.raises(AssertionError, match="Giddyup can't start: a town is running on"):
        second.start()

    assert second.process is not None
    assert second.process.wait(30) == 2
    assert len(second.said) == 1


def test_two_towns_live_side_by_side(town: Town, own_town: Town) -> None:
    own_town.text(ANN, "HELP")
    own_town.wait_until(lambda: own_town.people.known(ANN))

    assert len(own_town.got(ANN)) == 1
    assert town.got(ANN) == []
