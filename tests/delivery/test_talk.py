"""A crew's talk on its way: whom it reaches, whose hours it waits for, what it costs, and that none of it stays."""

from __future__ import annotations

import pytest

from chalicelib.runtime import runtime
from tests.world import SCREENS, World

CREW = ("ann", "bob", "cat")


def crew(world: World, words: str = "3 shovels friday 6pm", names: tuple[str, ...] = CREW) -> None:
    world.crew(words, *names)


def heard(world: World, words: str) -> list[str]:
    return sorted(name for name, body in world.new_texts() if words in body)


def test_at_night_talk_waits_for_the_morning_of_each_who_hears_it(world: World) -> None:
    crew(world)
    world.until("2026-11-23T23:00")
    world.text("ann", "SAY who has the key?")
    assert heard(world, "who has the key") == []

    world.until("2026-11-24T11:05")

    assert heard(world, "who has the key") == ["bob", "cat", "olga"]


def test_what_waits_for_the_morning_is_not_for_who_says_out_or_stop_or_mute_in_the_night(world: World) -> None:
    crew(world, words="4 shovels friday 6pm", names=(*CREW, "dan"))
    world.until("2026-11-23T23:00")
    world.text("ann", "SAY who has the key?")
    world.text("bob", "OUT")
    world.text("cat", "STOP")
    world.text("dan", "MUTE")
    world.new_texts()

    world.until("2026-11-24T11:05")

    assert heard(world, "who has the key") == ["olga"]


def test_while_they_are_at_it_a_crew_talks_at_any_hour(world: World) -> None:
    crew(world, words="3 shovels at 10pm")
    world.until("2026-11-23T23:00")

    world.text("ann", "SAY who has the key?")

    assert heard(world, "who has the key") == ["bob", "cat", "olga"]


def test_to_one_of_the_crew_at_night_goes_out_in_the_morning_and_the_speaker_is_told_so(world: World) -> None:
    crew(world)
    world.until("2026-11-23T23:00")

    world.text("ann", "@bob bring the key")

    assert world.new_texts() == [("ann", "Bob gets it Tue Nov 24 11am, when quiet hours end there.")]
    world.until("2026-11-24T11:01")
    assert heard(world, "bring the key") == ["bob"]


def test_an_organizers_news_reaches_the_muted_and_talk_does_not(world: World) -> None:
    crew(world)
    world.text("bob", "MUTE")
    world.text("olga", "MUTE")
    world.new_texts()

    world.text("ann", "SAY who has the key?")
    assert heard(world, "who has the key") == ["cat"]
    world.text("cat", "@bob do you?")
    assert heard(world, "do you") == []
    world.text("olga", "UPDATE the key is under the mat")

    assert heard(world, "under the mat") == ["ann", "bob", "cat"]


def test_a_big_crews_organizer_is_told_once_what_its_talk_costs(world: World) -> None:
    names = tuple(f"p{n:02}" for n in range(26))
    crew(world, words="26 shovels friday 6pm", names=names)

    for words in ("who has the key?", "and the ladder?"):
        world.text("p00", f"SAY {words}")

    told = [body for name, body in world.new_texts() if name == "olga" and "begun to talk" in body]
    assert told == ["DIG1's crew has begun to talk: each SAY goes to 25, for $0.32. MUTE @name silences one."]


def test_a_crew_that_stays_small_tells_nobody_of_costs(world: World) -> None:
    crew(world)

    world.text("ann", "SAY hello")

    assert heard(world, "begun to talk") == []


def test_talk_stops_at_the_days_limit_and_answers_do_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crew(world)
    monkeypatch.setenv("GROUP_DAILY_SEGMENTS", "5")
    runtime.cache_clear()
    try:
        world.text("ann", "SAY one")
        world.text("bob", "SAY two")
        said = [body for _, body in world.new_texts()]
    finally:
        monkeypatch.undo()
        runtime.cache_clear()

    assert sum(": one" in body or ": two" in body for body in said) <= 5
    assert said.count("Said to DIG1's crew.") == 2


def test_talk_that_was_under_way_when_the_worker_died_reaches_each_once(world: World) -> None:
    crew(world)
    world.webhook(world.number("ann"), "SAY who has the key?")
    world.work_once("inbound")
    SCREENS.faults.extend([{"mode": "lost"}] * 2)  # taken, but the answers are lost

    world.work()
    world.advance(minutes=3)

    assert heard(world, "who has the key") == ["bob", "cat", "olga"]


def test_a_result_with_ones_own_part_in_it_is_recognised_though_more_was_reported_since(world: World) -> None:
    crew(world)
    for name in CREW:
        world.text(name, "HERE")
    world.text("bob", "DONE 3h")
    world.new_texts()
    SCREENS.faults.extend([{"mode": "lost"}] * 4)

    world.text("olga", "CLOSE")
    world.text("bob", "DONE 12 boxes")
    world.advance(minutes=5)

    assert heard(world, "DIG1 is done") == ["ann", "bob", "cat"]


def test_three_of_one_name_are_three_and_each_can_be_written_to(world: World) -> None:
    world.found_group(members=("sam", "sue", "sid"))
    world.raise_action("3 shovels friday 6pm")
    for name in ("sam", "sue", "sid"):
        world.text(name, "NAME Sam")
        world.text(name, "IN")
    assert [body for _, body in world.new_texts() if "another Sam" in body] == [
        "There's another Sam in DIG1, so there you're Sam2.",
        "There's another Sam in DIG1, so there you're Sam3.",
    ]

    world.text("sid", "@sam2 hello")
    assert heard(world, "hello") == ["sue"]
    world.text("sue", "name Sue")
    world.text("olga", "WHO")

    assert "In for DIG1: Sam, Sue, Sam3" in world.got("olga")


def test_what_several_organizers_share_is_answered_once_and_seen_by_all(world: World) -> None:
    crew(world)
    world.text("paul", "dig")
    world.text("olga", f"ORGANIZER {world.number('paul')}")
    world.new_texts()

    world.text("ann", "where do we park?")
    assert heard(world, "where do we park") == ["olga", "paul"]
    world.text("paul", "@ann behind the church")

    assert [one for one in world.new_texts() if "church" in one[1]] == [
        ("ann", "...05, organizing DIG1: behind the church"),
        ("olga", "...05 to Ann (DIG1): behind the church"),
    ]
