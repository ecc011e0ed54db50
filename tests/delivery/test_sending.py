"""What the carrier does to a text, and what becomes of it: exactly one, or none and a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.browsing import Browsing
from tests.world import SCREENS, World, now, set_clock


def state_of(world: World, name: str) -> list[str]:
    """Where each text to this phone is, in the order in which they were said."""
    mine = [row for row in world.rows() if row["pk"]["S"] == f"person#{world.person(name)}"]
    return [row["state"]["S"] for row in mine if row["sk"]["S"].startswith("text#")]


def last_to(world: World, name: str) -> dict[str, str]:
    return [message for message in SCREENS.sent if message["to"] == world.number(name)][-1]


def alert_row(world: World, name: str) -> dict[str, Any]:
    mine = [row for row in world.rows() if row["pk"]["S"] == f"person#{world.person(name)}"]
    return next(row for row in mine if row["sk"]["S"].startswith("you#wanted#"))


# --- what the carrier answers ------------------------------------------------------------------------


def test_a_text_that_is_refused_for_its_words_has_failed_and_is_not_tried_again(world: World) -> None:
    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "refuse", "code": 30007})

    world.text("ann", "ME")
    world.advance(minutes=5)

    assert world.new_texts() == []
    assert state_of(world, "ann")[-1] == "failed"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(20429, id="too many at once"),
        pytest.param(30001, id="the carrier's queue is full"),
        pytest.param(20003, id="our credentials are wrong, and then mended"),
        pytest.param(21606, id="our number is not ours, and then it is"),
    ],
)
def test_what_is_refused_for_now_is_sent_once_it_can_be(world: World, code: int) -> None:
    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "refuse", "code": code})

    world.text("ann", "ME")
    world.advance(minutes=5)

    assert [name for name, _ in world.new_texts()] == ["ann"]
    assert state_of(world, "ann")[-1] == "sent"


def test_a_text_whose_answer_is_lost_is_found_in_the_carriers_list_and_not_sent_again(world: World) -> None:
    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "lost"})

    world.text("ann", "ME")
    world.advance(minutes=5)

    assert [name for name, _ in world.new_texts()] == ["ann"]
    assert state_of(world, "ann")[-1] == "sent"


def test_two_texts_of_the_same_words_whose_answers_are_lost_are_each_settled_by_their_own(world: World) -> None:
    world.found_group(members=("ann",))
    SCREENS.faults.extend([{"mode": "lost"}, {"mode": "lost"}])

    world.text("ann", "ME")
    world.text("ann", "ME")
    world.advance(minutes=5)

    assert [name for name, _ in world.new_texts()] == ["ann", "ann"]
    assert state_of(world, "ann")[-2:] == ["sent", "sent"]


def test_a_text_that_the_carrier_never_took_is_sent_after_a_minute_though_one_like_it_was_taken(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "ME")
    SCREENS.faults.append({"mode": "vanish"})

    world.text("ann", "ME")
    assert len(world.new_texts()) == 1
    world.advance(minutes=2)
    world.tick()

    assert [name for name, _ in world.new_texts()] == ["ann"]
    assert state_of(world, "ann")[-2:] == ["sent", "sent"]


def test_an_alert_whose_answers_are_lost_reaches_each_member_once(world: World) -> None:
    members = tuple(f"m{n}" for n in range(8))
    world.found_group(members=members)
    world.text("olga", "ALERT DIG 3 shovels")
    draft = world.got("olga")[-1]
    world.new_texts()
    SCREENS.faults.extend({"mode": "lost"} for _ in range(6))

    world.text("olga", draft[draft.rindex("GO ") :])
    world.advance(minutes=5)

    alerts = [name for name, body in world.new_texts() if body.startswith("DIG1: 3 shovels")]
    assert sorted(alerts) == sorted([*members, "olga"])


def test_who_has_opted_out_at_the_carrier_counts_as_stopped_without_another_word(world: World) -> None:
    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "refuse", "code": 21610})

    world.text("ann", "ME")
    code = world.raise_action("3 shovels")

    assert world.got("ann")[-1].startswith("Giddyup: you're in DIG")
    assert code == "DIG1"
    world.text("ann", "START")
    assert "texts are on again" in world.got("ann")[-1]


def away_for(world: World, **time: float) -> None:
    """The carrier, which took nothing, takes texts again after that time."""
    set_clock(now() + timedelta(**time))
    SCREENS.faults.clear()
    world.advance(minutes=2)


def takes_nothing() -> None:
    SCREENS.faults.extend({"mode": "refuse", "code": 20003} for _ in range(50))


@pytest.mark.parametrize(("minutes", "state"), [(7, "sent"), (10, "withheld")])
def test_a_code_that_waits_for_the_carrier_is_texted_only_while_it_is_good(
    world: World, minutes: int, state: str
) -> None:
    world.found_group()
    takes_nothing()
    browser = Browsing()
    browser.open("/signin")
    browser.press("code", number=world.number("olga"))
    world.work()

    away_for(world, minutes=minutes)

    assert len([body for _, body in world.new_texts() if "code to sign in" in body]) == (state == "sent")
    assert state_of(world, "olga")[-1] == state


@pytest.mark.parametrize(("minutes", "state"), [(50, "sent"), (60, "withheld")])
def test_who_typed_a_number_is_asked_for_a_yes_within_the_hour_or_not_at_all(
    world: World, minutes: int, state: str
) -> None:
    world.found_group()
    takes_nothing()
    browser = Browsing()
    browser.open("/g/DIG")
    browser.press("Text me", number=world.number("ann"))
    world.work()

    away_for(world, minutes=minutes)

    assert len(world.got("ann")) == (state == "sent")
    assert state_of(world, "ann") == [state]


# --- what it says afterwards -------------------------------------------------------------------------


def test_the_last_word_on_a_text_is_kept_and_never_stepped_back_from(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "ME")
    message = last_to(world, "ann")

    for status in ["queued", "sent", "delivered", *["sent", "queued", "failed", "undelivered"] * 25]:
        assert world.receipt(message, status) == 204

    assert state_of(world, "ann")[-1] == "delivered"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"MessageStatus": "exploded"}, id="a status nobody has heard of"),
        pytest.param({"MessageStatus": ""}, id="a blank status"),
        pytest.param({"MessageStatus": "failed", "ErrorCode": "soup"}, id="a code that is none"),
        pytest.param({"MessageStatus": "undelivered", "ErrorCode": "99999"}, id="a code nobody has heard of"),
        pytest.param({"MessageStatus": "delivered", "MessageSid": ""}, id="no sid"),
    ],
)
def test_an_odd_receipt_is_taken_quietly(world: World, fields: dict[str, str]) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "ME")
    path = last_to(world, "ann")["callback"].removeprefix("https://giddyup.example")

    assert world.post(path, {"MessageSid": "SM1", **fields}) == 204
    world.text("ann", "ME")
    assert world.got("ann")[-1].startswith("Your name")


def test_a_receipt_for_no_text_of_ours_makes_no_row(world: World) -> None:
    world.found_group(members=("ann",))
    before = world.rows()

    for key in ("pk=person%23nobody&sk=text%231", "pk=action%23DIG1&sk=action", "", "pk=person%23nobody&sk=you"):
        world.post(f"/sms/status?{key}", {"MessageSid": "SM1", "MessageStatus": "delivered"})

    assert world.rows() == before


def test_a_forged_receipt_is_refused(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "ME")
    path = last_to(world, "ann")["callback"].removeprefix("https://giddyup.example")

    assert world.post(path, {"MessageSid": "SM1", "MessageStatus": "failed"}, signature="forged") == 403
    assert state_of(world, "ann")[-1] == "sent"


def test_a_receipt_that_says_opted_out_is_a_stop(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("ann", "ME")

    world.receipt(last_to(world, "ann"), "undelivered", ErrorCode="21610")
    world.work()
    before = len(world.got("ann"))
    world.raise_action("3 shovels")

    assert len(world.got("ann")) == before


# --- consent is asked again at the moment of sending -------------------------------------------------


def test_a_stop_while_ones_text_is_in_the_queue_keeps_it_there(world: World) -> None:
    world.found_group(members=("ann",))
    world.webhook(world.number("ann"), "ME")
    world.work_once("inbound")
    world.webhook(world.number("ann"), "STOP")
    world.work_once("inbound")

    world.work()

    assert [body.split(":")[0] for _, body in world.new_texts()] == ["Giddyup"]
    assert sorted(state_of(world, "ann")[-2:]) == ["sent", "withheld"]


def draft_and_go(world: World, words: str = "3 shovels") -> None:
    """GO is handled and its alert unfolded, and no text of it is sent yet."""
    world.text("olga", f"ALERT DIG {words}")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])
    world.work_once("inbound")
    world.work_once("due")


def test_who_leaves_while_an_alert_is_in_the_queue_does_not_get_it(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    draft_and_go(world)
    world.webhook(world.number("ann"), "LEAVE DIG")
    world.work_once("inbound")

    world.work()

    assert "bob" in [name for name, body in world.new_texts() if body.startswith("DIG1: 3")]
    assert not [body for body in world.got("ann") if body.startswith("DIG1: 3")]


def test_an_alert_that_is_called_off_before_it_is_sent_is_not_sent(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    draft_and_go(world)
    world.webhook(world.number("olga"), "CALL OFF DIG1")
    world.work_once("inbound")

    world.work()

    assert not [body for _, body in world.new_texts() if body.startswith("DIG1: 3")]


# --- quiet hours -------------------------------------------------------------------------------------


def test_an_alert_waits_for_the_end_of_a_persons_quiet_hours(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("ann", "QUIET 11-14")
    world.new_texts()
    draft_and_go(world)
    world.work()
    assert not [body for body in world.got("ann") if body.startswith("DIG1: 3")]

    world.advance(hours=1, minutes=59)
    assert not [body for body in world.got("ann") if body.startswith("DIG1: 3")]
    world.advance(minutes=2)

    assert sum(body.startswith("DIG1: 3") for body in world.got("ann")) == 1
    assert alert_row(world, "ann")["state"]["S"] == "sent"


def test_an_alert_that_is_over_when_quiet_hours_end_is_dropped(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("ann", "QUIET 11-14")
    draft_and_go(world)
    world.work()

    world.text("olga", "CLOSE DIG1")
    world.advance(hours=3)

    assert not [body for body in world.got("ann") if body.startswith("DIG1: 3")]
    assert alert_row(world, "ann")["state"]["S"] == "withheld"


def test_an_emergency_group_is_not_held_by_quiet_hours(world: World) -> None:
    world.text("olga", "NEW EMERGENCY GROUP FLOOD River watch")
    world.text("ann", "flood")
    world.text("ann", "QUIET 11-14")

    world.raise_action("3 boats", keyword="FLOOD")

    assert world.got("ann")[-1].startswith("FLOOD1: 3 boats")


def test_who_moved_up_and_is_out_again_is_not_told_afterwards_that_they_are_in(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.raise_action("1 shovel")
    world.text("ann", "IN")
    world.text("bob", "IN")
    world.new_texts()
    world.webhook(world.number("ann"), "OUT")
    world.work_once("inbound")
    world.work_once("due")
    world.webhook(world.number("bob"), "OUT")
    world.work_once("inbound")

    world.work()

    assert [body for name, body in world.new_texts() if name == "bob"] == [
        "OK, you're out of DIG1. IN DIG1 if that changes."
    ]
