"""A number is kept in one place, words no longer than they are needed, and a dissolved crew leaves no trace."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.house.spy import Spy, perform, spying
from tests.stories.player import STORIES, read_story
from tests.world import World, a_world

TOLD = [story for story in STORIES if story.stem in {"the_main_job", "stop_and_start", "own_words", "the_crew_at_work"}]
INBOUND = "giddyup-inbound.fifo"
LEDGER_HAS = {"pk", "sk", "kind", "did", "at", "channel", "code", "keyword", "seats", "amounts"}
SENT = {"sent", "delivered", "undelivered", "failed", "withheld", "came"}


def in_any_form(number: str) -> re.Pattern[str]:
    """A number's last ten digits, whatever is written between them."""
    return re.compile(r"[\s().-]*".join(number[-10:]))


def found_in(texts: list[str], patterns: list[re.Pattern[str]]) -> list[str]:
    return [text for text in texts for pattern in patterns if pattern.search(text)]


def words_of(story: Path) -> list[re.Pattern[str]]:
    """What people wrote that is nobody's command alone, and the names that they gave."""
    bodies = [step.text for step in read_story(story) if step.name != "---" and "##" not in step.text]
    names = [found[1] for body in bodies if (found := re.fullmatch(r"(?i)(?:name|nombre|me llamo) (\w+)", body))]
    long = [re.escape(body) for body in bodies if len(body.split()) > 2]
    return [re.compile(rf"\b{re.escape(name)}\b") for name in names] + [re.compile(one) for one in long]


def rows_of(world: World, kind: str) -> list[dict[str, Any]]:
    return [row for row in world.rows() if row["kind"]["S"] == kind]


def flat(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


@dataclass(frozen=True)
class Left:
    """What a story that was played leaves behind."""

    spy: Spy
    rows: list[dict[str, Any]]
    sids: list[str]
    phones: list[str]
    words: list[re.Pattern[str]]

    @property
    def numbers(self) -> list[re.Pattern[str]]:
        return [in_any_form(phone) for phone in self.phones]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kind"]["S"] in kinds]


@pytest.fixture(scope="module", params=TOLD, ids=lambda story: story.stem)
def left(request: pytest.FixtureRequest) -> Left:
    """Played once for all tests that only look."""
    with a_world() as world, spying() as spy:
        sids = perform(request.param, world)
        return Left(spy, world.rows(), sids, list(world.numbers.values()), words_of(request.param))


def test_a_number_is_on_its_persons_row_and_in_no_other(left: Left) -> None:
    without_phones = [
        flat({name: value for name, value in row.items() if (name, row["kind"]["S"]) != ("phone", "person")})
        for row in left.rows
    ]

    assert found_in(without_phones, left.numbers) == []
    assert sorted(row["phone"]["S"] for row in left.of("person")) == sorted(left.phones)


def test_a_number_is_in_no_queue_but_the_inbound_one(left: Left) -> None:
    assert {queue for queue, _ in left.spy.queued} >= {INBOUND, "giddyup-replies", "giddyup-bulk", "giddyup-due"}
    assert found_in([message for queue, message in left.spy.queued if queue == INBOUND], left.numbers) != []
    assert found_in(left.spy.outside(INBOUND), left.numbers) == []


def test_a_number_is_in_no_line_of_the_log(left: Left) -> None:
    assert any('"msg": "handled"' in line and '"cause"' in line for line in left.spy.logged)
    assert found_in(left.spy.logged, left.numbers) == []


def test_what_people_write_and_their_names_are_in_no_line_of_the_log(left: Left) -> None:
    assert left.words != []
    assert found_in(left.spy.logged, left.words) == []


def test_what_people_write_is_in_no_queue_but_the_inbound_one(left: Left) -> None:
    assert found_in(left.spy.outside(INBOUND), left.words) == []


def test_the_ledger_has_one_entry_for_each_text_and_no_words(left: Left) -> None:
    ledger = left.of("did")

    causes = [row["sk"]["S"].removeprefix("did#") for row in ledger]
    assert sorted(cause for cause in causes if cause.startswith("SM") and "#" not in cause) == sorted(left.sids)
    assert {name for row in ledger for name in row} <= LEDGER_HAS
    assert found_in([flat(row) for row in ledger], left.words) == []


def test_a_text_that_is_sent_has_forgotten_what_it_said(left: Left) -> None:
    texts = left.of("text", "wanted")

    assert texts != []
    assert [flat(row) for row in texts if row["state"]["S"] not in SENT or "args" in row] == []


def test_after_dissolving_an_action_has_its_own_row_and_the_ledger_and_nothing_more(world: World) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.text("ann", "NAME Ann")
    code = world.raise_action("2 shovels at 5th & Main 6pm")
    for name, body in [("ann", "yes, bringing 2 spades"), ("bob", "IN 6:15"), ("cat", "IN"), ("olga", "maybe")]:
        world.text(name, body)
    world.text("ann", "where do we park?")
    world.text("olga", "UPDATE Park behind the church")
    world.text("ann", "HERE")
    world.text("ann", "DONE 3h")
    before = {row["sk"]["S"].split("#")[0] for row in world.rows() if is_of(row, code)}
    world.text("olga", "CLOSE You saved the levee.")

    world.advance(hours=26)

    assert before >= {"action", "pledge", "line", "round", "timer"}
    left = [row for row in world.rows() if is_of(row, code)]
    assert {row["sk"]["S"].split("#")[0] for row in left} == {"action", "did"}
    action = next(row for row in left if row["sk"]["S"] == "action")
    assert action["state"]["S"] == "dissolved"
    people = [world.person(name) for name in ("ann", "bob", "cat")]
    assert found_in([flat(row) for row in left], [re.compile(person) for person in people]) == []
    assert {row["did"]["S"] for row in rows_of(world, "did")} >= {"In", "Maybe", "Here", "Done", "Close", "Dissolve"}


def test_after_dissolving_the_whole_table_has_nothing_of_what_a_crew_said_and_was_called(world: World) -> None:
    story = next(story for story in STORIES if story.stem == "the_crew_at_work")
    said = [step for step in read_story(story) if step.name not in {"---", "olga"} and len(step.text.split()) > 3]
    words = [re.compile(re.escape(step.text.partition(" ")[2])) for step in said]
    names = [re.compile(rf'"{name}') for name in ("Ann", "Bob", "Cat", "Dan", "Sam2?", "Eve", "Gil", "…10")]
    perform(story, world)

    rows = world.rows()
    others = [flat(row) for row in rows if row["kind"]["S"] != "person"]
    consents = [flat(row) for row in rows if row["kind"]["S"] in {"member", "person"}]

    assert len(words) > 15
    assert found_in(others, [in_any_form(phone) for phone in world.numbers.values()]) == []
    assert found_in(others, names) == []
    assert found_in([row for row in others if row not in consents], words) == []
    assert {row["sk"]["S"].split("#")[0] for row in rows if is_of(row, "DIG1")} == {"action", "did"}


def test_what_is_kept_of_a_dissolved_action_is_its_record_and_no_person(world: World) -> None:
    perform(next(story for story in STORIES if story.stem == "the_crew_at_work"), world)

    action = next(row for row in world.rows() if row["pk"]["S"] == "action#DIG1" and row["sk"]["S"] == "action")
    record = json.loads(action["record"]["S"])

    assert record.keys() == {"came", "no_shows", "tasks", "tasks_done", "minutes_to_fill", "texts", "segments", "cents"}
    assert (record["came"], record["no_shows"], record["tasks"]) == (6, 1, 8)
    about = [row for row in world.rows() if row.get("code", {}).get("S") == "DIG1" and row.get("sid")]
    assert record["texts"] == sum(row["say"]["S"] not in {"draft", "record"} for row in about) > 150
    people = {world.person(name) for name in world.numbers} - {action["raised_by"]["S"]}
    assert found_in([flat(action)], [re.compile(person) for person in people]) == []


def test_after_dissolving_an_open_ended_action_is_gone_from_every_part_of_its_crew(world: World) -> None:
    names = tuple(f"p{n}" for n in range(8))
    world.found_group(members=names)
    code = world.raise_action("everyone to city hall")
    for name in names:
        world.text(name, "IN")
        world.text(name, "DONE 2 boxes")
    parts = {row["pk"]["S"] for row in world.rows() if row["pk"]["S"].startswith(f"crew#{code}#")}
    world.text("olga", "CLOSE")

    world.advance(hours=26)

    assert len(parts) > 1
    assert {row["sk"]["S"].split("#")[0] for row in world.rows() if is_of(row, code)} == {"action", "did"}


def test_a_draft_that_nobody_sent_leaves_its_row_alone(world: World) -> None:
    world.found_group()
    world.text("olga", "ALERT DIG 2 shovels")

    world.advance(minutes=30)

    assert {row["sk"]["S"].split("#")[0] for row in world.rows() if is_of(row, "DIG1")} == {"action", "did"}


def is_of(row: dict[str, Any], code: str) -> bool:
    """Whether a row is in one of an action's own partitions."""
    return row["pk"]["S"] == f"action#{code}" or row["pk"]["S"].startswith(f"crew#{code}#")
