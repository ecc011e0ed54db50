"""An alert goes once more to those whom it did not reach, if they can be texted still."""

from __future__ import annotations

import pytest

from chalicelib.core.model import Spent
from chalicelib.store.values import get, spent_key
from tests.delivery.test_receipt_counts import alert_to
from tests.world import SCREENS, World


def missed(world: World, error: str = "30003", *names: str) -> str:
    """An open-ended action whose alert did not reach these."""
    world.found_group(members=("ann", "bob", "cat"))
    code = world.raise_action("sort clothes")
    for name in names:
        world.receipt(alert_to(world, name), "undelivered", ErrorCode=error)
    world.new_texts()
    return code


def alerts_to(world: World, name: str) -> int:
    return sum("sort clothes" in body and "DIG1" in body for body in world.got(name))


def counts(code: str) -> tuple[int, int, int]:
    found: Spent = get([spent_key(code)])[spent_key(code)]
    return found.alerts, found.delivered, found.failed


def test_whom_the_alert_missed_get_it_once_more_and_nobody_else_does(world: World) -> None:
    code = missed(world, "30003", "ann", "bob")

    world.text("olga", f"RESEND {code}")

    texts = world.new_texts()
    assert ("olga", f"{code}: sending it again to 2 people it didn't reach.") in texts
    assert sorted(name for name, _ in texts if name != "olga") == ["ann", "bob"]
    assert [alerts_to(world, name) for name in ("ann", "bob", "cat")] == [2, 2, 1]


def test_their_failures_count_no_more_and_what_comes_of_it_now_counts(world: World) -> None:
    code = missed(world, "30003", "ann", "bob")
    assert counts(code) == (4, 0, 2)

    world.text("olga", f"RESEND {code}")

    assert counts(code) == (4, 0, 0)

    world.receipt(alert_to(world, "ann"), "delivered")
    world.receipt(alert_to(world, "bob"), "undelivered", ErrorCode="30003")

    assert counts(code) == (4, 1, 1)


def test_what_the_carrier_repeats_of_the_text_before_changes_nothing(world: World) -> None:
    code = missed(world, "30003", "ann")
    before = alert_to(world, "ann")
    world.text("olga", f"RESEND {code}")

    world.receipt(before, "undelivered", ErrorCode="30003")

    assert counts(code) == (4, 0, 0)


def test_it_can_be_said_in_spanish_and_said_again(world: World) -> None:
    code = missed(world, "30008", "ann")
    world.text("olga", "ESPAÑOL")

    world.text("olga", f"reenviar {code}")
    world.receipt(alert_to(world, "ann"), "undelivered", ErrorCode="30008")
    world.text("olga", f"reenviar {code}")

    assert alerts_to(world, "ann") == 3
    assert world.got("olga")[-1] == f"{code}: se reenvia a 1 personas a quienes no llego."


@pytest.mark.parametrize(
    ("error", "then"),
    [
        pytest.param("30006", None, id="no text reaches the number"),
        pytest.param("21610", None, id="they said STOP to the carrier"),
        pytest.param("30003", "STOP", id="they said STOP to us"),
        pytest.param("30003", "LEAVE DIG", id="they left the group"),
        pytest.param("30003", "OUT DIG1", id="they have answered"),
    ],
)
def test_nobody_is_texted_who_may_not_be_or_need_not_be(world: World, error: str, then: str | None) -> None:
    code = missed(world, error, "ann")
    if then:
        world.text("ann", then)

    world.text("olga", f"RESEND {code}")

    assert world.got("olga")[-1] == f"{code}: nobody it failed to reach can be texted again."
    assert alerts_to(world, "ann") == 1


def test_an_action_that_is_over_is_not_sent_again(world: World) -> None:
    code = missed(world, "30003", "ann")
    world.text("olga", f"CALL OFF {code}")

    world.text("olga", f"RESEND {code}")

    assert alerts_to(world, "ann") == 1
    assert code in world.got("olga")[-1]


def test_somebody_who_does_not_organize_it_sends_nothing_again(world: World) -> None:
    code = missed(world, "30003", "ann")

    world.text("bob", f"RESEND {code}")

    assert (alerts_to(world, "ann"), world.got("bob")[-1]) == (1, "That's for DIG's organizers.")


def test_who_says_stop_while_it_is_on_its_way_gets_nothing(world: World) -> None:
    code = missed(world, "30003", "ann")
    sent = len(SCREENS.sent)
    world.webhook(world.number("olga"), f"RESEND {code}")
    world.webhook(world.number("ann"), "STOP")

    world.work()

    after = [one["body"] for one in SCREENS.sent[sent:] if one["to"] == world.number("ann")]
    assert (len(after), "sort clothes" in after[0]) == (1, False)
