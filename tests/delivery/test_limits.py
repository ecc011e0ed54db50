"""What a day may cost, what one person gets in a day, and what happens when sending cannot go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.runtime import Runtime, runtime
from tests.world import SCREENS, World

Use = Callable[..., None]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Other settings for one test: call it with them."""
    import app
    from chalicelib.entry import receipts, texting

    def use(**other: Any) -> None:
        usual = runtime()
        changed = Runtime(replace(usual.settings, **other), usual.now, usual.chance)
        for module in (app, texting, receipts):
            monkeypatch.setattr(module, "runtime", lambda: changed)

    return use


@contextmanager
def logged(level: int) -> Iterator[list[str]]:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= level:
                lines.append(str(record.msg))

    handler = Lines()
    logging.getLogger("giddyup").addHandler(handler)
    yield lines
    logging.getLogger("giddyup").removeHandler(handler)


def everyone(n: int) -> tuple[str, ...]:
    return tuple(f"m{one}" for one in range(n))


def alerted(world: World) -> list[str]:
    return [name for name, body in world.new_texts() if body.startswith("DIG1: ")]


# --- spending -----------------------------------------------------------------------------------------


def test_a_groups_limit_stops_its_alerts_to_the_very_segment_and_answers_still_go(world: World, settings: Use) -> None:
    settings(group_daily_segments=10)
    world.found_group(members=everyone(19))

    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.text("olga", draft[draft.rindex("GO ") :])
    texts = world.new_texts()

    assert "Today's spending limit leaves 10 of these texts." in draft
    assert sum(body.startswith("DIG1: ") for _, body in texts) == 10
    assert (
        "olga",
        "DIG has used all of today's limit for texts. Answers still go out; alerts and news don't until tomorrow.",
    ) in texts
    world.text("m1", "STOP")
    world.text("m2", "WHO")
    assert {name for name, _ in world.new_texts()} == {"m1", "m2"}


def test_at_four_fifths_the_organizer_is_warned_once(world: World, settings: Use) -> None:
    settings(group_daily_segments=24)
    world.found_group(members=everyone(19))
    world.raise_action("everyone to the levee")
    warned = [body for body in world.got("olga") if "80%" in body]

    world.raise_action("everyone to the levee again")

    assert warned == ["DIG has used 80% of today's limit for texts."]
    assert [body for body in world.got("olga") if "80%" in body] == warned


def test_the_installations_limit_is_the_operators_to_know(world: World, settings: Use) -> None:
    world.text("opal", "HELP")
    settings(daily_segments=30, operators=(world.number("opal"),))
    world.found_group(members=everyone(19))
    world.new_texts()

    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.text("olga", draft[draft.rindex("GO ") :])

    told = [body for name, body in world.new_texts() if name == "opal"]
    assert any("all of today's limit" in body for body in told)


def test_a_new_day_has_a_limit_of_its_own(world: World, settings: Use) -> None:
    settings(group_daily_segments=10)
    world.found_group(members=everyone(9))
    world.raise_action("everyone to the levee")
    world.advance(hours=24)
    world.new_texts()

    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.text("olga", draft[draft.rindex("GO ") :])

    assert sum(body.startswith("DIG2: ") for _, body in world.new_texts()) == 10


# --- a person's day -----------------------------------------------------------------------------------


def test_nobody_gets_more_alerts_in_a_day_than_the_cap_whichever_groups_they_are_from(
    world: World, settings: Use
) -> None:
    settings(texts_a_day=3)
    world.found_group("DIG", members=("ann", "bob"))
    world.found_group("ELM", founder="otto", members=("ann",))
    for n in range(2):
        world.raise_action(f"everyone to the levee {n} now", "DIG")
        world.raise_action(f"everyone to the elm {n} now", "ELM", "otto")

    assert [sum("everyone to the" in body for body in world.got(name)) for name in ("ann", "bob")] == [3, 2]
    world.advance(hours=25)
    world.raise_action("everyone to the levee once more", "DIG")
    assert sum("everyone to the" in body for body in world.got("ann")) == 4


# --- sending stands still ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [20003, 21606, 21703, 30034])
def test_a_configuration_error_pauses_all_sending_and_wakes_the_operator_once(world: World, code: int) -> None:
    world.found_group(members=everyone(12))
    SCREENS.faults.extend({"mode": "refuse", "code": code} for _ in range(500))

    with logged(logging.ERROR) as lines:
        for name in everyone(12):
            world.text(name, "WHO")
        tried = 500 - len(SCREENS.faults)

    assert len([line for line in lines if "STANDS STILL" in line]) == 1
    assert tried == 1, "the others wait, untried"
    assert world.new_texts() == []


def test_it_goes_on_by_itself_when_it_is_mended_and_nothing_is_lost_or_doubled(world: World, settings: Use) -> None:
    world.text("opal", "HELP")
    settings(operators=(world.number("opal"),))
    world.found_group(members=everyone(12))
    world.new_texts()
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("m0", "ME")
    for name in everyone(12)[1:]:
        world.text(name, "ME")
    assert world.new_texts() == []

    world.advance(minutes=2)
    world.tick()

    texts = world.new_texts()
    assert sorted(name for name, body in texts if body.startswith("Your name")) == sorted(everyone(12))
    assert [body for name, body in texts if name == "opal"] == [
        "Giddyup: sending stood still since Mon Nov 23 12pm (carrier's error 20003). It goes on now."
    ]


def test_an_alert_under_way_waits_too_and_reaches_everybody_once(world: World) -> None:
    world.found_group(members=everyone(12))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])
    world.work_once("inbound")
    world.work_once("due")
    world.new_texts()
    SCREENS.faults.extend({"mode": "refuse", "code": 21606} for _ in range(3))

    world.work()
    world.advance(minutes=8)

    assert sorted(alerted(world)) == sorted([*everyone(12), "olga"])


def test_what_the_carrier_tells_only_later_is_mended_when_a_text_is_delivered_and_not_before(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("ann", "ME")
    world.receipt(SCREENS.sent[-1], "undelivered", ErrorCode="30034")
    world.new_texts()

    with logged(logging.ERROR) as lines:
        world.text("bob", "ME")
        assert world.new_texts() == []
        world.advance(minutes=11)
        assert [name for name, _ in world.new_texts()] == ["bob"], "one tries"
        world.receipt(SCREENS.sent[-1], "undelivered", ErrorCode="30034")
        world.text("bob", "WHO")
        assert world.new_texts() == []
        world.advance(minutes=11)
        world.receipt(SCREENS.sent[-1], "delivered")
        world.text("ann", "WHO")

    assert [name for name, _ in world.new_texts()] == ["bob", "ann"]
    assert lines == ["SENDING GOES ON"], "the operator was woken once before, and not at each try"


def test_an_operators_word_lets_it_go_on(world: World) -> None:
    from chalicelib.delivery.refusals import go_on

    world.found_group(members=("ann",))
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("ann", "ME")

    assert go_on(runtime())
    assert not go_on(runtime()), "there is nothing more to end"
    world.tick()

    assert [name for name, _ in world.new_texts()] == ["ann"]


# --- what else the carrier says ------------------------------------------------------------------------


def test_a_number_that_takes_no_texts_is_asked_no_more_until_it_texts_us(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("ann", "ME")
    message = [one for one in SCREENS.sent if one["to"] == world.number("ann")][-1]
    world.receipt(message, "undelivered", ErrorCode="30005")
    world.work()
    world.raise_action("everyone to the levee")
    assert not [body for body in world.got("ann") if body.startswith("DIG1: ")]

    world.text("ann", "who")
    world.advance(minutes=1)
    world.raise_action("everyone to the elm")

    assert [body for body in world.got("ann") if body.startswith("DIG2: ")]


def test_who_is_in_keeps_their_seat_though_no_text_reaches_them(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.raise_action("1 shovel")
    world.text("ann", "IN")
    to_ann = [one for one in SCREENS.sent if one["to"] == world.number("ann")]
    world.receipt(to_ann[-1], "undelivered", ErrorCode="30005")
    world.work()
    world.new_texts()

    world.text("bob", "IN")

    assert world.new_texts()[0][1].startswith("DIG1 is full.")


def test_words_that_the_carrier_refuses_are_told_to_the_organizer_once(world: World) -> None:
    world.found_group(members=everyone(6))
    world.text("olga", "ALERT DIG free money at the levee")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])
    world.work_once("inbound")
    world.work_once("due")
    SCREENS.faults.extend({"mode": "refuse", "code": 30007} for _ in range(3))

    while world.work_once("bulk"):
        pass
    world.work()

    told = [body for name, body in world.new_texts() if name == "olga" and "refused" in body]
    assert told == [
        "The carrier refused DIG1's words (error 30007). Some didn't get them. Say it differently: ALERT again."
    ]


def test_a_days_limit_of_the_carrier_puts_an_alert_off_to_the_next_day_if_it_still_matters_then(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", "ALERT DIG everyone to the levee on friday at noon")
    draft = world.got("olga")[-1]
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])
    world.work_once("inbound")
    world.work_once("due")
    world.new_texts()
    SCREENS.faults.extend({"mode": "refuse", "code": 30023} for _ in range(2))
    while world.work_once("bulk"):
        pass
    world.work()
    assert alerted(world) == []

    world.advance(seconds=timedelta(hours=24, minutes=1).total_seconds())

    assert sorted(alerted(world)) == ["ann", "olga"]
