"""What went wrong once: with whom a text reached, when, and about which action."""

from __future__ import annotations

import pytest

from tests.world import World, at, set_clock


def last(world: World, name: str) -> str:
    return world.got(name)[-1]


def test_who_waits_in_line_or_may_come_writes_to_one_of_the_crew_and_reaches_the_organizer(world: World) -> None:
    world.crew("1 shovel tomorrow 9am", "ann", "bob", "cat")
    world.text("cat", "MAYBE")
    world.new_texts()

    for name in ("bob", "cat"):
        world.text(name, "@ann any chance?")

    told = world.new_texts()
    assert [body for name, body in told if name == "olga"] == [
        "Bob (DIG1): @ann any chance?",
        "Cat (DIG1): @ann any chance?",
    ]
    assert [name for name, _ in told] == ["olga", "bob", "olga", "cat"]


def test_muting_a_draft_or_a_crew_that_has_dissolved_says_that_it_is_over(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", "ALERT DIG 2 shovels")
    world.text("olga", "MUTE DIG1")
    assert last(world, "olga") == "DIG1 is over. Nothing else is open for you just now."

    code = world.raise_action("2 shovels")
    world.text("olga", f"CALL OFF {code}")
    world.advance(hours=25)
    world.text("olga", f"UNMUTE {code}")
    assert last(world, "olga") == f"{code} is over. Nothing else is open for you just now."


def test_an_organizer_frees_a_task_that_half_a_hundred_have(world: World) -> None:
    names = tuple(f"p{n}" for n in range(52))
    world.found_group(members=())
    world.raise_action("99 people\n- fill sandbags x60")
    for name in names:
        world.text(name, "IN DIG1")
        world.text(name, "TAKE 1")
    world.new_texts()

    world.text("olga", "DROP 1")

    told = [name for name, body in world.new_texts() if "isn't yours any more" in body]
    assert sorted(told) == sorted(names)
    world.text("p7", "TAKE 1")
    assert last(world, "p7").startswith("Task 1 of DIG1 is yours")


@pytest.mark.parametrize("change", ["CALL OFF", "MOVE DIG1 6pm"])
def test_what_waits_for_the_morning_is_dropped_when_it_is_not_true_any_more(world: World, change: str) -> None:
    world.crew("8 people at the levee thursday 10:30pm", "ann", "bob")
    world.until("2026-11-25T22:36")
    if change == "CALL OFF":
        world.text("ann", "SAY see you at half past ten")
        world.text("ann", "@bob bring rope")
    world.until("2026-11-26T07:14")
    world.text("olga", change)
    world.new_texts()

    world.until("2026-11-26T11:10")

    assert [body for _, body in world.new_texts() if "10:30" in body or "half past" in body or "rope" in body] == []


def test_who_asked_for_quiet_in_the_night_does_not_get_what_was_written_to_them_before(world: World) -> None:
    world.crew("8 people thursday 6pm", "ann", "bob")
    world.until("2026-11-24T22:36")
    world.text("ann", "@bob bring rope")
    world.text("bob", "MUTE")
    world.new_texts()

    world.until("2026-11-25T11:10")

    assert [body for _, body in world.new_texts() if "rope" in body] == []


def test_who_leaves_the_group_hears_no_more_of_its_crew_though_they_were_here(world: World) -> None:
    world.crew("3 people", "ann", "bob", "cat")
    world.text("ann", "HERE")
    world.text("ann", "LEAVE DIG")
    world.text("cat", "OUT")
    world.text("cat", "LEAVE DIG")
    world.new_texts()

    world.text("bob", "SAY hello all")
    world.text("olga", "UPDATE news")
    world.text("olga", "@ann come back")
    world.text("olga", "@cat please")
    world.text("olga", "CLOSE")

    told = world.new_texts()
    assert [body for name, body in told if name in {"ann", "cat"}] == []
    assert "DIG1 is closed: 1 came. Your crew is being thanked." in [body for name, body in told if name == "olga"]


def test_after_a_move_by_days_bare_words_still_find_the_action_and_stop_frees_the_seat(world: World) -> None:
    world.crew("8 people tomorrow 9am", "ann", "bob", "cat")
    world.text("olga", "MOVE DIG1 saturday 9am")
    world.until("2026-11-28T08:30")
    world.new_texts()

    world.text("ann", "SAY on my way?")
    world.text("cat", "STOP")
    world.text("bob", "OUT")
    world.text("olga", "WHO")

    assert "Said to DIG1's crew." in world.got("ann")
    assert last(world, "bob") == "OK, you're out of DIG1. IN DIG1 if that changes."
    assert "DIG1: 1 of 8 in. Sat Nov 28 9am." in world.got("olga")


def test_a_move_takes_the_tasks_along_also_when_an_earlier_action_was_led(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", f"CALL OFF {world.raise_action('2 shovels')}")
    world.raise_action("2 shovels tomorrow 9am\n- unlock the gate 8:30am")
    world.text("ann", "IN DIG2")
    world.text("ann", "TAKE 1")

    world.text("olga", "MOVE 11am")
    world.text("ann", "TASKS")

    assert "unlock the gate 10:30am" in last(world, "ann")


def test_a_move_over_the_end_of_daylight_saving_keeps_a_tasks_hour_on_the_wall(world: World) -> None:
    set_clock(at("2026-10-29T12:00"))
    world.crew("2 shovels saturday 9am\n- unlock the gate 8:30am", "ann")
    world.text("ann", "TAKE 1")
    world.text("olga", "MOVE DIG1 sunday 9am")
    world.new_texts()

    world.until("2026-11-01T08:10")

    told = [body for _, body in world.new_texts() if ", task" in body]
    assert told == ["DIG1, task 1: unlock the gate 8:30am. Sun Nov 1 8:30am. DONE 1 when it's done."]


def test_what_is_put_off_to_another_day_wants_people_again_and_nobody_is_here_yet(world: World) -> None:
    world.crew("2 people", "ann", "bob")
    world.text("olga", "BEGIN")
    world.text("ann", "HERE")
    world.text("olga", "MOVE DIG1 tomorrow 10am")
    world.text("ann", "HERE")
    assert last(world, "ann").startswith("Good that you're here")

    world.text("bob", "OUT")
    world.text("cat", "IN DIG1")

    assert "You're in for DIG1: 2 of 2 coming." in "".join(world.got("cat"))


def test_who_says_in_after_a_move_is_told_when_and_where_it_is_now(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("2 people at the levee tomorrow 9am")
    world.text("olga", "MOVE DIG1 7am")
    world.text("olga", "AT DIG1 the church")

    world.text("ann", "IN")

    assert last(world, "ann").endswith("It's now Tue Nov 24 7am. It's at the church.")


def test_a_no_show_is_of_the_action_that_is_not_long_over(world: World) -> None:
    world.crew("2 people", "ann", "bob")
    world.text("ann", "HERE")
    world.text("olga", "CLOSE")
    world.advance(hours=18)
    world.raise_action("2 people")
    world.text("ann", "IN DIG2")
    world.text("olga", "BEGIN DIG2")

    world.text("olga", "NOSHOW @ann")

    assert last(world, "olga") == "Noted: Ann didn't come to DIG2."


def test_who_was_noted_as_missing_before_the_end_is_not_counted_or_asked_for_again(world: World) -> None:
    world.crew("3 people", "ann", "bob", "cat")
    world.text("olga", "BEGIN")
    world.text("olga", "NOSHOW @ann")
    world.new_texts()

    world.text("olga", "CLOSE")

    assert [body for name, body in world.new_texts() if name == "olga"] == [
        "DIG1 is closed: 2 came. Your crew is being thanked.",
        "2 of DIG1's crew didn't say HERE: Bob, Cat. NOSHOW @name for who didn't come, ALL HERE if all did.",
    ]


def test_who_has_no_name_and_never_wrote_can_be_noted_as_missing_and_written_to(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("2 people")
    world.text("ann", "IN")
    world.text("olga", "@02 where are you?")
    assert last(world, "ann").endswith("organizing DIG1: where are you?")
    world.text("olga", "CLOSE")
    assert "1 of DIG1's crew didn't say HERE: ...02." in "".join(world.got("olga"))

    world.text("olga", "NOSHOW @02")

    assert last(world, "olga") == "Noted: ...02 didn't come to DIG1."


def test_the_same_words_to_one_and_to_all_are_two_things(world: World) -> None:
    world.crew("3 people", "ann", "bob", "cat")

    world.text("ann", "@bob on my way")
    world.text("ann", "SAY on my way")
    world.text("ann", "SAY 👍")
    world.text("ann", "SAY ❤️")

    assert world.got("cat")[-3:] == ["Ann to DIG1: on my way", "Ann to DIG1: 👍", "Ann to DIG1: ❤️"]


def test_an_organizer_who_says_a_task_is_done_and_how_much_has_it_counted(world: World) -> None:
    world.crew("3 people\n- carry boxes", "ann")
    world.text("ann", "TAKE 1")
    world.text("ann", "HERE")

    world.text("olga", "DONE 1 5 boxes")
    world.text("olga", "CLOSE")

    assert "DIG1 is closed: 1 came, 5 boxes. Your crew is being thanked." in world.got("olga")


def test_a_repeated_actions_tasks_are_as_long_before_its_start_as_they_were(world: World) -> None:
    world.crew("2 people tomorrow 9am\n- unlock the gate 8:30am x2", "ann")
    world.text("olga", "MOVE DIG1 11am")

    world.text("olga", "AGAIN DIG1 saturday 6pm")

    assert "Tasks: 1 unlock the gate 5:30pm x2." in last(world, "olga")


def test_what_is_put_off_has_no_seat_for_who_was_here_and_has_left_since(world: World) -> None:
    world.crew("2 people", "ann", "bob")
    for name in ("ann", "bob"):
        world.text(name, "HERE")
    world.text("olga", "BEGIN")
    world.text("ann", "STOP")
    world.text("bob", "LEAVE DIG")
    world.text("olga", "MOVE DIG1 tomorrow 10am")
    world.text("cat", "IN DIG1")

    assert "You're in for DIG1: 1 of 2 coming." in "".join(world.got("cat"))


def test_who_has_left_is_given_no_task_reminded_of_none_and_has_none(world: World) -> None:
    world.crew("3 people tomorrow 9am\n- unlock the gate 8:30am\n- bring gloves", "ann", "bob")
    world.text("ann", "TAKE 1")
    world.text("ann", "HERE")
    world.text("ann", "LEAVE DIG")
    world.new_texts()

    for body in ("GIVE 2 @ann", "MUTE @ann"):
        world.text("olga", body)
    world.advance(hours=22)

    assert [body for name, body in world.new_texts() if name == "ann"] == []
    world.text("bob", "TAKE 1")
    assert last(world, "bob").startswith("Task 1 of DIG1 is yours")


def two_organizers(world: World) -> None:
    world.found_group(members=("paul", "ann", "bob"))
    world.text("olga", f"ORGANIZER {world.number('paul')}")
    world.raise_action("2 people", organizer="paul")
    world.text("ann", "NAME Ann")
    world.text("ann", "IN")
    world.new_texts()


@pytest.mark.parametrize("leaves", ["STOP", "LEAVE DIG"])
def test_what_an_action_tells_its_raiser_goes_to_another_organizer_when_that_one_is_gone(
    world: World, leaves: str
) -> None:
    two_organizers(world)
    world.text("paul", leaves)
    world.new_texts()

    world.text("ann", "LATE 20 the bus is late")
    world.text("bob", "IN with a spade")
    world.text("ann", "DONE 3 boxes the gate is broken")
    world.text("ann", "SAY hello there")

    told = world.new_texts()
    assert [name for name, _ in told if name == "paul"] == []
    to_olga = [body for name, body in told if name == "olga"]
    assert [body.partition(": ")[2] for body in to_olga if "bus" in body or "spade" in body or "gate" in body] == [
        next(body.partition(": ")[2] for body in to_olga if "bus" in body),
        "IN with a spade",
        "DONE the gate is broken",
    ]
    assert "DIG1 is filled: 2 in. Later ones wait in line." in to_olga
    assert "Ann to DIG1: hello there" in to_olga


def test_an_organizer_in_the_crew_who_mutes_it_hears_no_talk_in_it_or_out_of_it(world: World) -> None:
    world.crew("3 people", "ann", "bob")
    world.text("olga", "IN DIG1")
    world.text("olga", "MUTE")
    world.text("ann", "SAY one")
    world.text("olga", "OUT")
    world.text("ann", "SAY two")
    world.text("olga", "IN DIG1")
    world.text("ann", "SAY three")

    assert [body for body in world.got("olga") if body.startswith("Ann to DIG1")] == []
    world.text("olga", "UNMUTE")
    world.text("bob", "SAY four")
    assert [body for body in world.got("olga") if body.startswith("Bob to DIG1")] == ["Bob to DIG1: four"]


def test_on_another_day_nobody_is_missing_yet(world: World) -> None:
    world.crew("3 people", "ann", "bob")
    world.text("olga", "BEGIN")
    world.text("olga", "NOSHOW @ann")
    world.text("olga", "MOVE DIG1 tomorrow 10am")
    world.text("olga", "CLOSE")

    assert "2 of DIG1's crew didn't say HERE: Ann, Bob." in "".join(world.got("olga"))


def test_words_as_long_as_a_text_can_be_reach_the_organizer_in_two(world: World) -> None:
    world.crew("3 people", "ann")
    words = "word " * 319 + "end"

    world.text("ann", words)

    parts = [body.partition(": ")[2] for name, body in world.new_texts() if name == "olga"]
    assert "".join(parts) == words
    assert max(map(len, parts)) <= 1_500


def test_a_larger_party_after_a_no_show_takes_back_its_own_and_nobody_elses(world: World) -> None:
    world.crew("6 people", "ann", "bob", "cat")
    world.text("olga", "BEGIN")
    world.text("olga", "NOSHOW @ann")
    world.text("olga", "NOSHOW @bob")
    world.text("ann", "IN +1")
    world.text("olga", "CLOSE")

    assert "DIG1 is closed: 3 came. Your crew is being thanked." in world.got("olga")


def test_who_rejoins_after_leaving_hears_the_crew_again(world: World) -> None:
    world.crew("3 people", "ann", "bob")
    world.text("ann", "HERE")
    world.text("ann", "LEAVE DIG")
    world.text("ann", "JOIN DIG")

    world.text("olga", "UPDATE bring water")

    assert last(world, "ann") == "DIG1: bring water"


def test_a_party_in_line_stays_whole_when_it_says_yes_again(world: World) -> None:
    world.crew("3 people", "ann", "bob", "dan")
    world.text("cat", "IN DIG1 +1")
    world.text("cat", "yes DIG1")
    world.text("ann", "OUT")
    world.text("bob", "OUT")
    world.text("olga", "WHO")

    assert any(body.startswith("DIG1: 3 of 3 in.") for body in world.got("olga"))
