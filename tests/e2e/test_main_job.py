"""The main job by text, through the carrier's own interface, on a whole town with real processes."""

from __future__ import annotations

import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.town import Town, number_in, running_town

pytestmark = pytest.mark.town

ORGANIZER = "+15550101000"
PHONES = [f"+15550101{n:03}" for n in range(1, 13)]
ANSWERS = [
    "IN",
    "yes",
    "Sí",
    "y",
    "Yep 👍",
    "in dig1",
    "VOY",
    "count me in",
    "OMW",
    "IN 6:15",
    "sure",
    "cuenta conmigo",
]

# One of the phones speaks Spanish, and who sits and who waits is chance.
MOVED_UP = "A place opened|Se ha abierto"
NO_PLACE = "no place opened|no hubo lugar"


class Mischief:
    """Doubles every fifth text; kills a process when it is told to."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.sent = 0

    def text(self, number: str, body: str) -> None:
        self.sent += 1
        sid = self.town.text(number, body)
        if self.sent % 5 == 0:
            assert self.town.text(number, body, sid) == sid


def in_and_waiting(town: Town) -> tuple[list[str], list[str]]:
    seated = [one for one in PHONES if any(re.search(r"You're in for|Cuenta contigo", body) for body in town.got(one))]
    waiting = [one for one in PHONES if any(re.search(r"in line|en espera", body) for body in town.got(one))]
    return seated, waiting


def play_the_main_job(town: Town, mischief: Mischief, kill_at: dict[str, str]) -> dict[str, list[str]]:
    """From founding the group to the crew's end; returns all that each phone got."""

    def stage(name: str) -> None:
        if name in kill_at:
            town.kill(kill_at[name])

    mischief.text(ORGANIZER, "NEW GROUP DIG Riverbank diggers")
    town.wait_for(ORGANIZER, "DIG is yours")
    for phone in PHONES:
        mischief.text(phone, "JOIN DIG" if phone != PHONES[0] else "dig")
    for phone in PHONES:
        town.wait_for(phone, "you're in DIG")
    mischief.text(PHONES[2], "LANG ES")
    town.wait_for(PHONES[2], "español")

    mischief.text(ORGANIZER, "ALERT DIG 10 shovels at 5th & Main 6pm #flood")
    draft = town.wait_for(ORGANIZER, "Not sent yet")
    mischief.text(ORGANIZER, f"GO {number_in(draft)}")
    stage("go")
    for phone in [*PHONES, ORGANIZER]:
        town.wait_for(phone, "10 shovels at 5th & Main", 120)

    with ThreadPoolExecutor(12) as pool:
        texts = [pool.submit(mischief.text, *one) for one in zip(PHONES, ANSWERS, strict=True)]
        texts[3].result()
        stage("answers")
        for text in texts:
            text.result()
    assert town.wait_until(lambda: sum(map(len, in_and_waiting(town))) == 12, 150)
    seated, waiting = in_and_waiting(town)
    assert (len(seated), len(waiting)) == (10, 2)

    mischief.text(seated[0], "out, sorry")
    stage("out")
    assert town.wait_until(lambda: any(re.search(MOVED_UP, b) for one in waiting for b in town.got(one)), 120)
    moved = [one for one in waiting if any(re.search(MOVED_UP, body) for body in town.got(one))]
    assert len(moved) == 1

    mischief.text(ORGANIZER, "WHO")
    assert "10 of 10 in" in town.wait_for(ORGANIZER, "10 of 10", 120)
    crew = [*seated[1:], *moved]
    for phone in crew[:2]:
        mischief.text(phone, "HERE")
    for phone in crew[:2]:
        assert town.wait_until(
            lambda phone=phone: any(re.search("you're here|llegaste", b) for b in town.got(phone)), 120
        )
        mischief.text(phone, "DONE 3h")
    for phone in crew[:2]:
        assert town.wait_until(
            lambda phone=phone: any(re.search("Thank you!|Gracias", b) for b in town.got(phone)), 120
        )
    mischief.text(ORGANIZER, "CLOSE DIG1")
    for phone in crew:
        assert town.wait_until(lambda phone=phone: any(re.search("6 (hours|horas)", b) for b in town.got(phone)), 120)
    still_waiting = next(one for one in waiting if one not in moved)
    assert town.wait_until(lambda: any(re.search(NO_PLACE, body) for body in town.got(still_waiting)), 120)

    town.advance(25 * 3600)
    mischief.text(crew[0], "HERE")
    assert town.wait_until(lambda: any(re.search("over|terminado|not in|Nothing is open|no hay nada", b, re.I)
                                       for b in town.got(crew[0])[-1:]), 120)  # fmt: skip
    return {phone: town.got(phone) for phone in [ORGANIZER, *PHONES]}


def shapes(got: dict[str, list[str]]) -> list[tuple[str, int]]:
    """How many texts of each sort arrived in all: what must not change with mischief."""
    sorts = {
        "alert": r"^DIG1: 10 shovels",
        "joined": r"you're in DIG\.",
        "in": r"You're in for DIG1|Cuenta contigo DIG1",
        "waiting": r"You're (first )?in line|Quedas en espera",
        "moved up": MOVED_UP,
        "thanks": r"DIG1 (is done: |ha terminado: )",
        "closed for the line": NO_PLACE,
        "filled": r"DIG1 is filled",
        "done": r"3 (hours|horas) (noted )?(for|para) DIG1",
    }
    bodies = [body for texts in got.values() for body in texts]
    return [(name, sum(bool(re.search(pattern, body)) for body in bodies)) for name, pattern in sorts.items()]


EXPECTED = [
    ("alert", 13),
    ("joined", 12),
    ("in", 10),
    ("waiting", 2),
    ("moved up", 1),
    ("thanks", 10),
    ("closed for the line", 1),
    ("filled", 1),
    ("done", 2),
]


def test_the_main_job_from_founding_a_group_to_the_crews_end(tmp_path: Path) -> None:
    with running_town(tmp_path) as town:
        got = play_the_main_job(town, Mischief(town), {})

        assert shapes(got) == EXPECTED


def test_doubled_texts_and_killed_workers_change_nothing(tmp_path: Path) -> None:
    kills = {"go": "workers-out", "answers": "workers-in", "out": "workers-in"}
    with running_town(tmp_path) as town:
        got = play_the_main_job(town, Mischief(town), kills)

        assert shapes(got) == EXPECTED


def test_stop_silences_for_good_while_texts_are_under_way_and_start_brings_back(tmp_path: Path) -> None:
    with running_town(tmp_path) as town:
        town.text(ORGANIZER, "NEW GROUP DIG Riverbank diggers")
        town.wait_for(ORGANIZER, "DIG is yours")
        for phone in PHONES[:3]:
            town.text(phone, "dig")
            town.wait_for(phone, "you're in DIG")
        stopped, other = PHONES[0], PHONES[1]

        town.text(stopped, "please stop texting me")
        town.wait_for(stopped, "unsubscribed")
        for body in ("ALERT DIG 10 shovels", "NEXT"):
            town.text(ORGANIZER, body)
        draft = town.wait_for(ORGANIZER, "Not sent yet")
        town.text(ORGANIZER, f"GO {number_in(draft)}")
        town.wait_for(other, "10 shovels")
        for body in ("IN", "HELP", "dig", "who", "STOP"):
            town.text(stopped, body)
        town.text(other, "WHO")
        town.wait_for(other, "0 of 10 in")

        assert [body for body in town.got(stopped) if "unsubscribed" not in body] == town.got(stopped)[:1]
        assert sum("unsubscribed" in body for body in town.got(stopped)) == 1
        town.text(stopped, "START")
        town.wait_for(stopped, "texts are on again")
        town.text(stopped, "IN DIG1")
        town.wait_for(stopped, "You're in for DIG1")


def test_fifty_at_once_take_exactly_the_seats_there_are(tmp_path: Path) -> None:
    phones = [f"+15550102{n:03}" for n in range(50)]
    with running_town(tmp_path) as town:
        town.text(ORGANIZER, "NEW GROUP DIG Riverbank diggers")
        town.wait_for(ORGANIZER, "DIG is yours")
        town.text(ORGANIZER, "ALERT DIG 10 shovels")
        draft = town.wait_for(ORGANIZER, "Not sent yet")
        town.text(ORGANIZER, f"GO {number_in(draft)}")
        town.wait_for(ORGANIZER, "on its way")
        start = threading.Barrier(len(phones))

        def at_once(phone: str) -> None:
            start.wait()
            town.text(phone, "IN DIG1")

        with ThreadPoolExecutor(len(phones)) as pool:
            list(pool.map(at_once, random.sample(phones, len(phones))))

        def counted(pattern: str) -> int:
            return sum(any(re.search(pattern, body) for body in town.got(phone)) for phone in phones)

        assert town.wait_until(lambda: counted("You're in for DIG1|in line") == 50, 150)
        assert (counted("You're in for DIG1"), counted("in line")) == (10, 40)
