"""Whatever anybody does, who has said STOP gets one confirmation and then nothing until START."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.commands import ByText, In, Start, Stop
from chalicelib.core.consent import heard, why_not
from chalicelib.core.model import Person
from chalicelib.grammar.parse import parse
from chalicelib.grammar.rules import RULES
from tests.laws.scripts import SCRIPTS, STARTS, STOPS
from tests.world import World, a_world

BEGINNING = [
    ("olga", "NEW GROUP DIG Diggers"),
    ("ann", "dig"),
    ("bob", "dig"),
    ("olga", "ALERT DIG 2 shovels\n- dig"),
    ("olga", "GO"),
]


def say(world: World, name: str, body: str, sid: str = "") -> None:
    """GO takes the number that the organizer was last shown."""
    shown = re.findall(r"GO (\d\d)", "\n".join(world.got(name)))
    world.text(name, f"GO {shown[-1] if shown else '00'}" if body == "GO" else body, sid)


@given(SCRIPTS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
def test_nobodys_act_texts_somebody_who_has_stopped(script: list[tuple[str, str]]) -> None:
    with a_world() as world:
        stopped: set[str] = set()
        for n, (name, body) in enumerate([*BEGINNING, *script]):
            if n % 5 == 4:
                world.advance(minutes=2)  # so that the guard against auto-responders hides nothing
                before_all = {name for name, _ in world.new_texts()}
                assert not before_all & stopped

            was_stopped = name in stopped
            say(world, name, body)
            texts = world.new_texts()

            if body in STOPS and not was_stopped:
                stopped.add(name)
                assert [to for to, _ in texts].count(name) == 1
            elif was_stopped and body in STARTS:
                stopped.discard(name)
            else:
                assert not {to for to, _ in texts} & stopped


# --- the gate alone, for everything that anybody may say ---------------------------------------------

STOPPED = Person("p", "", groups=("DIG",), stopped_at=datetime(2026, 11, 23, 17, tzinfo=UTC), version=1)
COMMANDS = st.one_of(
    st.sampled_from([command for rule in RULES for _, command in rule.examples]),
    st.text(max_size=60).map(parse),
    st.builds(In, is_yes=st.booleans(), note=st.sampled_from(["", "with a shovel"])),
)


@given(COMMANDS, st.booleans())
@settings(max_examples=400)
def test_of_somebody_who_has_stopped_only_start_and_stop_are_heard(command: ByText, does_yes_start: bool) -> None:
    counts = heard(command, STOPPED, does_yes_start)

    is_yes = does_yes_start and isinstance(command, In) and command.is_yes
    assert counts == (command if isinstance(command, Start | Stop) else Start() if is_yes else None)


@given(COMMANDS, st.booleans())
@settings(max_examples=200)
def test_of_everybody_else_everything_is_heard_as_it_was_said(command: ByText, does_yes_start: bool) -> None:
    assert heard(command, replace(STOPPED, stopped_at=None), does_yes_start) == command


BAD = replace(STOPPED, stopped_at=None, bad_at=datetime(2026, 11, 23, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    ("person", "facts", "why"),
    [
        pytest.param(replace(STOPPED, stopped_at=None), {}, "", id="may go to somebody who has not stopped"),
        pytest.param(replace(STOPPED, stopped_at=None), {"keyword": "DIG"}, "", id="may, from a group they are in"),
        pytest.param(replace(STOPPED, stopped_at=None), {"keyword": "ELM"}, "left", id="not from one they have left"),
        pytest.param(STOPPED, {}, "stopped", id="not to somebody who has stopped"),
        pytest.param(STOPPED, {"keyword": "DIG"}, "stopped", id="not to them from a group they are in"),
        pytest.param(STOPPED, {"is_past_stop": True}, "", id="may, if it confirms their stop"),
        pytest.param(BAD, {"keyword": "DIG"}, "bad number", id="not to a number that takes no texts"),
        pytest.param(BAD, {"is_answer": True}, "", id="may, if it answers what that number has just texted"),
        pytest.param(
            replace(STOPPED, stopped_at=None, place="MX"), {}, "country", id="not to a country that is not named"
        ),
        pytest.param(None, {}, "nobody", id="not to nobody"),
    ],
)
def test_at_the_moment_of_sending_a_text(person: Person | None, facts: dict[str, Any], why: str) -> None:
    assert why_not(person, ("US", "CA"), **facts) == why
