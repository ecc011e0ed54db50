"""Texts that are delivered twice, at once or later, change nothing: neither what is kept nor what is sent."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.scripts import SCRIPTS
from tests.laws.test_consent import BEGINNING, say
from tests.world import SCREENS, World, a_world

MOMENTS = {
    "at",
    "since",
    "asked_at",
    "answered_at",
    "claimed_at",
    "drafted_at",
    "opened_at",
    "ended_at",
    "ends_at",
    "stopped_at",
    "arrives_at",
    "sent_at",
    "filled_at",
    "spoken",
    "listing",
}
VARIES = MOMENTS | {
    "version",
    "consents",
    "expires",
    "until",
    "due",
    "due_shard",
    "sid",
    "confirm",
    "question",
    "alerted",
    "next",
}


def played(script: list[tuple[str, str]], twice: list[int], later: list[int]) -> tuple[list[Any], list[Any]]:
    """What is kept and what was sent, without what is another each time."""
    with a_world() as world:
        sids: list[tuple[str, str, str]] = []
        for n, (name, body) in enumerate([*BEGINNING, *script]):
            sid = f"SM{n:032}"
            say(world, name, body, sid)
            sids.append((name, body, sid))
            if n in twice:
                say(world, name, body, sid)
        for n in later:
            say(world, *sids[n % len(sids)])
        sent = sorted((one["to"], without_number(one["body"])) for one in SCREENS.sent)
        return kept(world), sent


def without_number(body: str) -> str:
    return re.sub(r"GO \d\d", "GO", body)


def kept(world: World) -> list[Any]:
    """The ledger and what came of it, as values; rows that are named after moments only by their kind."""
    rows = []
    for row in world.rows():
        values = {name: next(iter(value.values())) for name, value in row.items() if name not in VARIES | {"args"}}
        is_named = values["sk"].startswith(("did#SM", "pledge", "member", "group", "action", "tally", "you"))
        values["sk"] = values["sk"] if is_named and "#wanted#" not in values["sk"] else ""
        rows.append(sorted((name, str(value)) for name, value in values.items()))
    return sorted(rows)


@given(SCRIPTS, st.lists(st.integers(0, 20), max_size=8), st.lists(st.integers(0, 20), max_size=8))
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
def test_texts_delivered_again_change_nothing(
    script: list[tuple[str, str]], twice: list[int], later: list[int]
) -> None:
    assert played(script, twice, later) == played(script, [], [])
