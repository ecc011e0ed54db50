"""An alert to 2,000 while the workers, the app and the clock are killed with -9: does each member get exactly one text?

    python -m bench.crashes --runs 20 --members 2000 [--faults]

What counts is the carrier's own list. With `--faults` the carrier also refuses, times out after accepting, answers
every third text with 429, answers garbage, and is down for a while, all in the same alert.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.local.settings import ROOT
from tests.town import Town, running_town

ORGANIZER = "+12125550000"
KILLED = ("workers-out", "workers-in", "gateway", "clock")
STOPPED = 25  # members who said STOP: they get nothing
WAIT_SECONDS = 420.0
Kill = tuple[float, str]
FAULTS = (
    {"mode": "429", "every": "3", "times": "400"},
    {"mode": "timeout", "every": "9", "times": "40", "seconds": "1"},
    {"mode": "500_taken", "every": "17", "times": "20"},
    {"mode": "500", "every": "19", "times": "20"},
    {"mode": "garbage", "every": "23", "times": "20"},
    {"mode": "garbage_lost", "every": "29", "times": "20"},
    {"mode": "down", "seconds": "8"},
)


def number(n: int) -> str:
    return f"+1212{2_000_000 + n}"


def environment(town: Town) -> dict[str, str]:
    told: dict[str, str] = json.loads((town.data / "run" / "environment.json").read_text())
    return {**os.environ, **told}


def texts(town: Town) -> list[dict[str, Any]]:
    """All texts of all phones, as the carrier lists them."""
    found: list[dict[str, Any]] = []
    while page := town.people.ask("GET", f"/texts?after={len(found)}"):
        found += page
    return found


def counted(town: Town, words: str, members: int) -> dict[int, int]:
    """How many texts with these words each member got."""
    alerts = [one for one in texts(town) if one["direction"] == "in" and one["body"].startswith("DIG")]
    got = Counter(one["phone"] for one in alerts if words in one["body"])
    return {n: got[number(n)] for n in range(members)}


def fill(keyword: str, members: int) -> None:
    """Members with their consent, straight into the table of the environment's town; the first few have stopped."""
    from concurrent.futures import ThreadPoolExecutor
    from datetime import UTC, datetime

    from chalicelib.core.model import Channel, Consent, Member, Person
    from chalicelib.runtime import runtime
    from chalicelib.store.codec import row_of
    from chalicelib.store.tables import CONNECTION

    now, world = datetime.now(UTC), runtime()
    given, back = (Consent(now, word, Channel.TEXT, word == "dig") for word in ("dig", "STOP"))
    items = []
    for n in range(members):
        who, is_stopped = world.person_id(number(n)), n < STOPPED
        consents = (given, back) if is_stopped else (given,)
        place = "US NY America/New_York"
        person = Person(
            who, number(n), consents=consents, groups=(keyword,), place=place, stopped_at=now if is_stopped else None
        )
        member = Member(keyword, who, consents, "stopped" if is_stopped else "", place)
        for entity in (person, member):
            items.append({"PutRequest": {"Item": {**row_of(entity).serialize(), "version": {"N": "1"}}}})

    def put(batch: list[Any]) -> None:
        CONNECTION.client.batch_write_item(RequestItems={"giddyup": batch})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, [items[at : at + 25] for at in range(0, len(items), 25)]))


def filled_town(town: Town, members: int) -> None:
    """A group with its members, some of whom have stopped."""
    town.text(ORGANIZER, "NEW GROUP DIG Diggers")
    town.wait_for(ORGANIZER, "is yours")
    command = [sys.executable, "-m", "bench.crashes", "--fill", "DIG", "--members", str(members)]
    subprocess.run(command, cwd=ROOT, env=environment(town), check=True)  # noqa: S603 - this very program


def run(
    town: Town, n: int, members: int, kills: Sequence[tuple[float, str]], faults: Sequence[dict[str, str]]
) -> Counter[int]:
    """One alert to everybody under fire: how many members got how many texts of it. `kills`: after seconds, whom."""
    words = f"everyone to levee {n}"
    town.text(ORGANIZER, f"ALERT DIG {words}")
    draft = town.wait_for(ORGANIZER, f"{words}.", 60)
    for fault in faults:
        town.people.ask("POST", "/phones/*/faults", dict(fault))
    town.text(ORGANIZER, draft[draft.rindex("GO ") :])
    began, left = time.monotonic(), list(kills)
    while time.monotonic() - began < WAIT_SECONDS:
        if left and time.monotonic() - began > left[0][0]:
            with suppress(OSError, ValueError):  # it may just be being started again
                town.kill(left.pop(0)[1])
        if not left and all(counted(town, words, members)[m] for m in range(STOPPED, members)):
            break
        time.sleep(0.5)
    if faults:
        town.people.ask("DELETE", "/phones/*/faults")
    town.advance(180)  # what would come twice, or late, comes now
    got = counted(town, words, members)
    assert not any(got[m] for m in range(STOPPED)), "a text to somebody who had said STOP"
    town.text(ORGANIZER, f"CALL OFF DIG{n}")
    return Counter(got[m] for m in range(STOPPED, members))


def fire(chance: random.Random, kills: int = 10, seconds: float = 14.0) -> list[Kill]:
    """Whom to kill when."""
    return sorted((chance.uniform(0.1, seconds), chance.choice(KILLED)) for _ in range(kills))


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=20)
    asked.add_argument("--members", type=int, default=2000)
    asked.add_argument("--faults", action="store_true")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--fill", metavar="KEYWORD")
    given = asked.parse_args()
    if given.fill:
        fill(given.fill, given.members)
        return 0
    bad = 0
    for first in range(1, given.runs + 1, 5):  # a fresh town for every five, so that nobody's daily cap is reached
        with tempfile.TemporaryDirectory() as folder, running_town(Path(folder)) as town:
            filled_town(town, given.members)
            for n in range(1, min(5, given.runs - first + 1) + 1):
                began = time.monotonic()
                chance = random.Random(given.seed * 100 + first + n)
                counts = run(town, n, given.members, fire(chance), FAULTS if given.faults else ())
                took = time.monotonic() - began
                print(f"run {first + n - 1}: {dict(counts)} members by texts, {took:.0f} s", flush=True)
                bad += set(counts) != {1}
    print(f"{given.runs - bad} of {given.runs} runs: every consenting member got exactly one text")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
