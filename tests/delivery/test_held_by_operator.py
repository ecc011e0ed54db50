"""An operator holds all sending: nothing goes out but what STOP asks for, and all of it once when it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import app
from chalicelib.core.commands import HoldSending
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.delivery import bulk
from chalicelib.delivery.refusals import go_on
from chalicelib.entry import receipts, texting
from chalicelib.handle import handle
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import sender
from tests.world import SCREENS, World, now

HELD = "Sending is held from now on: only STOP is still confirmed. GO ON SENDING lets all go out that waits."


@pytest.fixture
def operators(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes operators of these; each has texted us."""

    def make(*names: str, **other: Any) -> None:
        for name in names:
            world.text(name, "HELP")
        usual = runtime()
        numbers = tuple(world.number(name) for name in names)
        changed = Runtime(replace(usual.settings, operators=numbers, **other), usual.now, usual.chance)
        for module in (app, texting, receipts):
            monkeypatch.setattr(module, "runtime", lambda: changed)
        world.new_texts()

    return make


Make = Callable[..., None]


def test_nothing_goes_out_while_it_is_held_and_everything_once_afterwards(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob"))

    world.text("opal", "HOLD SENDING")
    world.text("ann", "ME")
    world.text("bob", "WHO")
    world.advance(minutes=15)
    while_held = world.new_texts()
    world.text("opal", "GO ON SENDING")
    world.advance(minutes=2)

    assert while_held == [("opal", HELD)]
    assert sorted(name for name, _ in world.new_texts()) == ["ann", "bob", "opal"]


def test_an_alert_waits_with_the_rest_and_reaches_everybody_once(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob", "cat"))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.new_texts()

    world.text("opal", "HOLD SENDING")
    world.text("olga", draft[draft.rindex("GO ") :])
    world.advance(minutes=10)
    while_held = world.new_texts()
    world.text("opal", "GO ON SENDING")
    world.advance(minutes=5)

    assert while_held == [("opal", HELD)]
    assert sorted(alerted(world)) == ["ann", "bob", "cat", "olga"]


def test_an_alert_that_is_going_out_stops_where_it_is_and_reaches_the_others_afterwards(
    world: World, operators: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob", "cat", "dan"))
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 1)
    parts: list[list[str]] = []

    def deliver(part: bulk.Part, ids: list[str]) -> bulk.Done:
        parts.append(ids)
        done = one_part(part, ids)
        if len(parts) == 2:
            hold = Received(HoldSending(), "SMhold", now(), Channel.TEXT, world.person("opal"), world.number("opal"))
            handle(hold, app.runtime())
        return done

    one_part = bulk.Part.deliver
    monkeypatch.setattr(bulk.Part, "deliver", deliver)
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.new_texts()

    world.text("olga", draft[draft.rindex("GO ") :])
    world.advance(minutes=5)
    while_held = alerted(world)
    world.text("opal", "GO ON SENDING")
    world.advance(minutes=5)

    assert len(while_held) == 2
    assert sorted(while_held + alerted(world)) == ["ann", "bob", "cat", "dan", "olga"]


def alerted(world: World) -> list[str]:
    return [name for name, body in world.new_texts() if body.startswith("DIG1: ")]


def test_what_went_out_after_it_was_held_counts_towards_the_days_limits(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob", "cat"))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]

    world.text("opal", "HOLD SENDING")
    world.text("olga", draft[draft.rindex("GO ") :])
    world.advance(minutes=3)
    world.text("opal", "GO ON SENDING")
    world.advance(minutes=5)

    spent = [row for row in world.rows() if (row["pk"]["S"], row["sk"]["S"]) == ("group#DIG", "spent#2026-11-23")]
    assert [row["segments"]["N"] for row in spent] == ["4"]


def test_a_stop_is_confirmed_though_sending_is_held(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    world.text("opal", "HOLD SENDING")
    world.new_texts()

    world.text("ann", "STOP")

    assert [(name, body.endswith("START to come back.")) for name, body in world.new_texts()] == [("ann", True)]


def test_a_stop_that_the_carrier_could_not_take_is_confirmed_later_though_others_wait(
    world: World, operators: Make
) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob"))
    world.text("opal", "HOLD SENDING")
    for _ in range(8):
        world.text("bob", "ME")
    world.new_texts()
    SCREENS.faults.extend({"mode": "refuse", "code": 20429} for _ in range(8))

    world.text("ann", "STOP")
    SCREENS.faults.clear()
    world.advance(minutes=2)

    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_it_is_held_though_the_carrier_takes_texts_and_delivers_them(world: World, operators: Make) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob"))
    world.text("ann", "ME")
    before = SCREENS.sent[-1]
    world.text("opal", "HOLD SENDING")
    world.text("ann", "STOP")
    world.new_texts()

    world.receipt(before, "delivered")
    world.receipt(SCREENS.sent[-1], "delivered")
    world.text("bob", "ME")
    world.advance(minutes=30)

    assert world.new_texts() == []


def test_an_error_of_the_carriers_that_is_found_mended_does_not_end_what_an_operator_holds(
    world: World, operators: Make
) -> None:
    operators("opal")
    world.found_group(members=("ann", "bob"))
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("ann", "ME")
    seen = sender.paused(is_fresh=True)

    world.text("opal", "HOLD SENDING")
    is_ended = go_on(runtime(), seen)
    world.text("bob", "ME")
    world.advance(minutes=5)

    assert not is_ended
    assert world.new_texts() == [("opal", HELD)]


def test_the_operators_command_line_lets_it_go_on_too_and_the_operators_learn_of_it(
    world: World, operators: Make
) -> None:
    operators("opal")
    world.found_group(members=("ann",))
    world.text("opal", "HOLD SENDING")
    world.text("ann", "ME")
    world.new_texts()

    assert go_on(app.runtime())
    world.work()
    world.tick()

    texts = world.new_texts()
    assert sorted(name for name, _ in texts) == ["ann", "opal"]
    assert ("opal", "Giddyup: sending was held by an operator since Mon Nov 23 12pm. It goes on now.") in texts


def test_going_on_is_told_to_the_other_operators_and_ends_what_the_carrier_caused_too(
    world: World, operators: Make
) -> None:
    operators("opal", "otto")
    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("ann", "ME")
    world.new_texts()

    world.text("opal", "seguir envíos")
    world.tick()

    texts = dict(world.new_texts())
    assert sorted(texts) == ["ann", "opal", "otto"]
    assert texts["otto"] == (
        "Giddyup: sending stood still since Mon Nov 23 12pm (carrier's error 20003). It goes on now."
    )


def test_held_twice_says_since_when_and_going_on_twice_that_nothing_is_held(world: World, operators: Make) -> None:
    operators("opal")

    world.text("opal", "hold sending")
    world.advance(minutes=1)
    world.text("opal", "hold sending")
    world.text("opal", "go on sending")
    world.text("opal", "go on sending")

    assert [body for _, body in world.new_texts()][1:] == [
        "Sending is held since Mon Nov 23 12pm. GO ON SENDING lets all go out that waits.",
        "Sending goes on. It stood still since Mon Nov 23 12pm; what waited goes out now.",
        "Sending goes on as it should: nothing is held. HOLD SENDING holds it.",
    ]


def test_of_anybody_else_these_are_words_like_others(world: World, operators: Make) -> None:
    operators("opal")
    world.crew("3 shovels", "ann")

    world.text("ann", "Hold sending!")
    world.text("bob", "retener envios")
    texts = world.new_texts()
    world.text("ann", "ME")

    assert ("olga", "Ann (DIG1): Hold sending!") in texts
    assert not any("held" in body for _, body in texts)
    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_the_same_text_twice_holds_once_and_does_not_hold_again_what_has_gone_on(world: World, operators: Make) -> None:
    operators("opal")
    sid = world.text("opal", "HOLD SENDING")
    world.text("opal", "GO ON SENDING")
    world.new_texts()

    world.webhook(world.number("opal"), "HOLD SENDING", sid)
    world.work()
    world.text("opal", "ME")

    assert [body.split(" ")[0] for _, body in world.new_texts()] == ["Your"]
