"""What once held a person's texts back for ever, STOP among them."""

from __future__ import annotations

from tests.world import World


def test_who_leaves_and_comes_back_while_an_action_is_open_is_answered(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("ann", "IN")
    world.text("ann", "LEAVE DIG")
    world.new_texts()

    world.text("ann", "dig")
    world.text("ann", "IN")
    world.text("ann", "STOP")

    said = [body for _, body in world.new_texts()]
    assert [
        any(words in body for body in said) for words in ("you're in DIG", "You're in for DIG1", "unsubscribed")
    ] == [
        True,
        True,
        True,
    ]


def test_an_organizer_whom_a_whole_crew_writes_to_at_once_is_still_known_and_can_stop(world: World) -> None:
    members = tuple(f"m{n}" for n in range(65))
    world.found_group(members=members)
    world.raise_action("80 shovels")
    for name in members:
        world.webhook(world.number(name), "yes with a shovel")
    world.work()
    world.new_texts()

    world.text("olga", "WHO")
    assert world.new_texts()[0][1].startswith("DIG1: 65 of 80 in")
    world.text("olga", "STOP")

    assert [(name, "unsubscribed" in body) for name, body in world.new_texts()] == [("olga", True)]


def test_the_receipt_of_an_alert_stays_when_its_reader_comes_back(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("ann", "LEAVE DIG")

    world.text("ann", "dig")

    mine = [row for row in world.rows() if row["pk"]["S"] == f"person#{world.person('ann')}"]
    assert [row["state"]["S"] for row in mine if row["sk"]["S"].startswith("you#wanted#")] == ["sent"]


def test_a_sid_that_is_none_is_left_alone(world: World) -> None:
    world.webhook(world.number("ann"), "DIG", sid="S" * 3000)
    world.work()

    assert (world.rows(), world.new_texts()) == ([], [])


def test_after_leaving_a_bare_in_is_no_pledge_to_what_the_group_had_asked(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("ann", "LEAVE DIG")
    world.new_texts()

    world.text("ann", "IN")

    assert world.new_texts() == [("ann", "Giddyup: text a group's word to join it. HELP for help, STOP to stop.")]
