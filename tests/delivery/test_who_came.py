"""Who came: told at the end by whoever organized it, in each one's own ledger, and added up once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.world import World


def ledger(world: World, name: str) -> list[str]:
    mine = [row for row in world.rows() if row["pk"]["S"] == f"person#{world.person(name)}" and "did" in row]
    return [row["did"]["S"] for row in mine]


def record(world: World) -> dict[str, Any]:
    action = next(row for row in world.rows() if row["pk"]["S"] == "action#DIG1" and row["sk"]["S"] == "action")
    kept: dict[str, Any] = json.loads(action["record"]["S"])
    return kept


@pytest.mark.parametrize("words", ["99 shovels", "everyone to the levee"], ids=["with a need", "open-ended"])
def test_all_here_notes_each_of_a_large_crew_once(world: World, words: str) -> None:
    names = tuple(f"p{n}" for n in range(70))
    world.found_group(members=())
    world.raise_action(words)
    for name in names:
        world.text(name, "IN DIG1")
    world.text("p0", "HERE")
    world.text("p1", "DONE 2h")
    world.text("olga", "CLOSE")

    world.text("olga", "NOSHOW @55")
    world.text("olga", "ALL HERE")
    world.text("olga", "all here")
    assert "Noted: ...55 didn't come to DIG1." in world.got("olga")
    assert "Noted: everybody came to DIG1, 69 in all." in world.got("olga")
    world.advance(hours=25)

    assert (record(world)["came"], record(world)["no_shows"]) == (69, 1)
    assert ledger(world, "p40").count("Came") == 1
    assert ledger(world, "p0").count("Came") == ledger(world, "p1").count("Came") == 0


def test_a_no_show_who_was_there_after_all_says_so_with_what_they_did(world: World) -> None:
    world.crew("3 shovels", "ann", "bob", "cat")
    world.text("ann", "HERE")
    world.text("olga", "CLOSE")
    world.text("olga", "NOSHOW @bob")
    world.text("olga", "noshow @bob")
    world.text("bob", "DONE 3h")
    world.text("olga", "ALL HERE")

    assert world.got("olga")[-3:] == [
        "Noted: Bob didn't come to DIG1.",
        "Bob is noted as missing from DIG1 already.",
        "Noted: everybody came to DIG1, 3 in all.",
    ]
    world.advance(hours=25)
    assert record(world)["came"] == 3
    assert record(world)["no_shows"] == 0
    assert ledger(world, "bob").count("DidNotCome") == 1


def test_a_no_show_is_asked_for_once_also_when_an_action_ends_by_its_time(world: World) -> None:
    world.crew("2 shovels", "ann", "bob")
    world.text("ann", "HERE")
    world.new_texts()

    world.advance(hours=10)

    told = [body for name, body in world.new_texts() if name == "olga"]
    assert told == [
        "DIG1's time is over: 1 came. It's closed and your crew thanked.",
        "1 of DIG1's crew didn't say HERE: Bob. NOSHOW @name for who didn't come, ALL HERE if all did.",
    ]


def test_where_nobody_was_asked_and_nobody_said_here_all_who_were_in_are_taken_to_have_come(world: World) -> None:
    world.crew("2 shovels", "ann", "bob")
    world.text("olga", "CLOSE")

    world.advance(hours=25)

    assert record(world)["came"] == 2
