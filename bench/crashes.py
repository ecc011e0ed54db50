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
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from infra.local.people import People
from infra.local.settings import ROOT, free_port

ORGANIZER = "+12125550000"
KILLED = ("workers-out", "workers-in", "gateway", "clock")
STOPPED = 25  # members who said STOP: they get nothing
WAIT_SECONDS = 420.0
FAULTS = (
    {"mode": "429", "every": "3", "times": "400"},
    {"mode": "timeout", "every": "9", "times": "40", "seconds": "1"},
    {"mode": "500_taken", "every": "17", "times": "20"},
    {"mode": "500", "every": "19", "times": "20"},
    {"mode": "garbage", "every": "23", "times": "20"},
    {"mode": "garbage_lost", "every": "29", "times": "20"},
)


def number(n: int) -> str:
    return f"+1212{2_000_000 + n}"


class Town:
    """A town of its own, with processes that can be killed."""

    def __init__(self, data: Path) -> None:
        self.data, self.port, self.carrier_port = data, free_port(), free_port()
        self.people = People(self.carrier_port)

    def __enter__(self) -> Town:
        told = {"GIDDYUP_DATA": str(self.data), "PORT": str(self.port), "CARRIER_PORT": str(self.carrier_port)}
        usual = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "clock").write_text(str(seconds_to_noon()))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local"], cwd=ROOT, env={**usual, **told}, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Ready"):
                return self
        raise SystemExit("the town did not start")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def kill(self, name: str) -> None:
        try:
            os.kill(int((self.data / "run" / f"{name}.pid").read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            pass  # it is just being started again

    def environment(self) -> dict[str, str]:
        told: dict[str, str] = json.loads((self.data / "run" / "environment.json").read_text())
        return {**os.environ, **told}

    def texts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.people.ask("GET", f"/texts?after={len(found)}")
            if not page:
                return found
            found += page


def seconds_to_noon() -> float:
    """Numbers of New York's, texted by day."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    now = datetime.now(ZoneInfo("America/New_York"))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return ((noon if noon > now else noon + timedelta(days=1)) - now).total_seconds()


def fill(keyword: str, members: int) -> None:
    """Runs in the town's environment: members with their consent, straight into the table; the first few have stopped."""
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


def run(town: Town, n: int, members: int, chance: random.Random, has_faults: bool) -> Counter[int]:
    """One alert to everybody under fire: how many members got how many texts of it."""
    people, words = town.people, f"everyone to levee {n}"
    people.text(ORGANIZER, f"ALERT DIG {words}")
    draft = people.wait_for(ORGANIZER, f"{words}.", 60)
    if has_faults:
        for fault in FAULTS:
            people.ask("POST", "/phones/*/faults", dict(fault))
    people.text(ORGANIZER, draft[draft.rindex("GO ") :])
    began, down = time.monotonic(), False
    kills = sorted(chance.uniform(0.1, 14) for _ in range(10))
    while time.monotonic() - began < WAIT_SECONDS:
        if kills and time.monotonic() - began > kills[0]:
            kills.pop(0)
            town.kill(chance.choice(KILLED))
        if has_faults and not down and time.monotonic() - began > 5:
            people.ask("POST", "/phones/*/faults", {"mode": "down", "seconds": "20"})
            down = True
        got = Counter(
            one["phone"]
            for one in town.texts()
            if one["direction"] == "in" and words in one["body"] and "Not sent" not in one["body"]
        )
        reached = sum(1 for m in range(STOPPED, members) if got[number(m)])
        if not kills and reached == members - STOPPED:
            break
        time.sleep(0.5)
    if has_faults:
        people.ask("DELETE", "/phones/*/faults")
    time.sleep(3)  # what would come twice comes now
    town.people.advance(180)  # or when what is in doubt is looked up again
    got = Counter(
        one["phone"]
        for one in town.texts()
        if one["direction"] == "in" and words in one["body"] and "Not sent" not in one["body"]
    )
    stopped = sum(got[number(m)] for m in range(STOPPED))
    assert not stopped, f"{stopped} texts to people who had said STOP"
    counts = Counter(got[number(m)] for m in range(STOPPED, members))
    print(f"run {n}: {dict(counts)} texts a member, {time.monotonic() - began:.0f} s", flush=True)
    people.text(ORGANIZER, f"CALL OFF DIG{n}")
    return counts


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
        with tempfile.TemporaryDirectory() as folder, Town(Path(folder)) as town:
            town.people.text(ORGANIZER, "NEW GROUP DIG Diggers")
            town.people.wait_for(ORGANIZER, "is yours", 30)
            command = [sys.executable, "-m", "bench.crashes", "--fill", "DIG", "--members", str(given.members)]
            subprocess.run(command, cwd=ROOT, env=town.environment(), check=True)
            for n in range(1, min(5, given.runs - first + 1) + 1):
                counts = run(town, n, given.members, random.Random(given.seed * 100 + first + n), given.faults)
                bad += set(counts) != {1}
    print(f"{given.runs - bad} of {given.runs} runs: every consenting member got exactly one text")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
