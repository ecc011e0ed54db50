"""Whatever anybody does, who has said STOP gets one confirmation and then nothing until START."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings

from tests.laws.scripts import SCRIPTS, STARTS, STOPS
from tests.world import World, a_world

BEGINNING = [
    ("olga", "NEW GROUP DIG Diggers"),
    ("ann", "dig"),
    ("bob", "dig"),
    ("olga", "ALERT DIG 2 shovels"),
    ("olga", "GO"),
]


def say(world: World, name: str, body: str, sid: str = "") -> None:
    """GO takes the number that the organizer was last shown."""
    shown = re.findall(r"GO (\d\d)", "\n".join(world.got(name)))
    world.text(name, f"GO {shown[-1] if shown else '00'}" if body == "GO" else body, sid)


@given(SCRIPTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
