"""A crew at work on a whole town with real processes: stories by the carrier's interface, and a race for a task."""

from __future__ import annotations

import random
import re
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from chalicelib.store.tables import TTL_ATTRIBUTE
from tests.stories.player import LATER, STORIES, as_shown, read_story, with_number
from tests.town import Town, number_in, running_town
from tests.world import NOON

pytestmark = pytest.mark.town

ORGANIZER = "+15550101000"


def uncounted(text: str) -> str:
    """A text that was on its way while the clock was moved may be looked up and counted again: tests/stories count."""
    return re.sub(r"\d+ (texts|textos), \$\d+\.\d\d", r"## \1", as_shown(text))


@dataclass
class Phones:
    """The phones of a story by name, numbered as in one process, and how much of each has been looked at."""

    town: Town
    numbers: dict[str, str] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def number(self, name: str) -> str:
        return self.numbers.setdefault(name, f"+1555010{len(self.numbers) + 1:04}")

    def new(self, name: str) -> list[str]:
        return [uncounted(body) for body in self.town.got(self.number(name))[self.read[name] :]]

    def have(self, expected: dict[str, list[str]]) -> bool:
        """Whether all that is to arrive has: texts to one phone at one moment may overtake each other."""
        return all(len(self.new(name)) >= len(bodies) for name, bodies in expected.items())


def play(story: Path, town: Town) -> None:
    phones = Phones(town)
    for step in read_story(story):
        where = f"{story.name}:{step.line} {step.name} {step.text}"
        later = LATER.fullmatch(step.text)
        if step.name == "---" and later:
            town.advance(int(timedelta(**{later["unit"]: float(later["n"])}).total_seconds()))
        else:
            number = phones.number(step.name)
            town.text(number, with_number(step.text, town.got(number)))
        expected = dict(step.expected)
        try:
            town.wait_until(lambda expected=expected: phones.have(expected), 150)
        finally:
            got = {name: sorted(phones.new(name)) for name in expected}
            assert got == {name: sorted(map(uncounted, bodies)) for name, bodies in expected.items()}, where
        for name, bodies in expected.items():
            phones.read[name] += len(bodies)
    left = {name: phones.new(name) for name in phones.numbers if phones.new(name)}
    assert left == {}, "what nobody was to get"


def keep_what_expires(town: Town) -> None:
    """The stories' Monday is past, and the emulator forgets rows by what time it really is."""
    told = town.told()
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=told["AWS_ENDPOINT_URL"],
        region_name=told["AWS_DEFAULT_REGION"],
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )
    off = {"AttributeName": TTL_ATTRIBUTE, "Enabled": False}
    dynamodb.update_time_to_live(TableName=told["TABLE_NAME"], TimeToLiveSpecification=off)


@pytest.mark.parametrize("name", ["the_crew_at_work", "la_gente_trabaja"])
def test_a_crew_works_through_six_tasks_by_the_carriers_interface_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / "clock").write_text(str((NOON - datetime.now(UTC)).total_seconds()))
    with running_town(tmp_path) as town:
        keep_what_expires(town)
        play(next(story for story in STORIES if story.stem == name), town)


def test_fifty_at_once_take_exactly_the_three_places_of_a_task(tmp_path: Path) -> None:
    phones = [f"+15550102{n:03}" for n in range(50)]
    with running_town(tmp_path) as town:
        town.text(ORGANIZER, "NEW GROUP DIG Riverbank diggers")
        town.wait_for(ORGANIZER, "DIG is yours")
        town.text(ORGANIZER, "ALERT DIG 60 people\n- bring gloves x3")
        draft = town.wait_for(ORGANIZER, "Not sent yet")
        town.text(ORGANIZER, f"GO {number_in(draft)}")
        town.wait_for(ORGANIZER, "on its way")
        for phone in phones:
            town.text(phone, "IN DIG1")

        def counted(pattern: str) -> int:
            return sum(any(re.search(pattern, body) for body in town.got(phone)) for phone in phones)

        assert town.wait_until(lambda: counted("You're in for DIG1") == 50, 150)
        start = threading.Barrier(len(phones))

        def at_once(phone: str) -> None:
            start.wait()
            town.text(phone, "TAKE 1")

        with ThreadPoolExecutor(len(phones)) as pool:
            list(pool.map(at_once, random.sample(phones, len(phones))))

        assert town.wait_until(lambda: counted("is yours|is taken") == 50, 150)
        assert (counted("Task 1 of DIG1 is yours"), counted("Task 1 of DIG1 is taken")) == (3, 47)
        town.text(ORGANIZER, "TASKS")
        listed = town.wait_for(ORGANIZER, "1 bring gloves:")
        assert "left" not in listed
