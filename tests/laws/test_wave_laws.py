"""Whatever the group, its history and the hour: a wave asks the right people, enough of them, and nobody in vain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.core.model import Answer
from chalicelib.core.waves import Asked, Candidate, Past, Reply, WaveView, plan

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAMES = [f"p{n}" for n in range(40)]

minutes = st.floats(0, 600, allow_nan=False)
replies = st.builds(Reply, st.sampled_from(Answer), minutes)
members = st.sets(st.sampled_from(NAMES), max_size=40)


@st.composite
def pasts(draw: st.DrawFn) -> list[Past]:
    found = []
    for n in range(draw(st.integers(0, 6)), 0, -1):
        at = NOON - timedelta(days=n, hours=draw(st.integers(0, 23)))
        starts_at = draw(st.sampled_from([None, at + timedelta(hours=3)]))
        asked = draw(st.none() | members)
        answers = draw(st.dictionaries(st.sampled_from(NAMES), replies, max_size=12))
        found.append(Past(f"A{n}", at, starts_at, None if asked is None else frozenset(asked), answers))
    return found


@st.composite
def views(draw: st.DrawFn) -> WaveView:
    """An action opened up to three hours ago, with some asked, some not, some asleep."""
    opened_at = NOON - timedelta(minutes=draw(st.floats(0, 180)))
    asked = []
    for name in sorted(draw(members)):
        at = NOON - (NOON - opened_at) * draw(st.floats(0, 1))
        asked.append(Asked(name, at, draw(st.none() | replies)))
    names = [name for name in NAMES if name not in {one.id for one in asked}]
    candidates = []
    for name in names[: draw(st.integers(0, len(names)))]:
        joined_at = NOON - timedelta(days=draw(st.integers(0, 20)))
        free_at = draw(st.none() | st.integers(-60, 300).map(lambda wait: NOON + timedelta(minutes=wait)))
        candidates.append(Candidate(name, joined_at, free_at))
    need = draw(st.integers(1, 50))
    return WaveView(
        need=need,
        taken=draw(st.integers(0, need + 3)),
        wave=1,
        opened_at=opened_at,
        deadline=NOON + timedelta(minutes=draw(st.floats(-5, 600))),
        candidates=candidates,
        asked=asked,
        past=draw(pasts()),
        seats_a_second=draw(st.sampled_from([0.2, 1.0, 100.0])),
    )


def free(view: WaveView) -> set[str]:
    return {one.id for one in view.candidates if one.free_at is None or one.free_at <= NOON}


@given(views(), st.booleans())
@settings(max_examples=60)
def test_only_candidates_who_are_free_are_asked_and_each_once(view: WaveView, is_forced: bool) -> None:
    ask = plan(view, NOON, is_forced).ask

    assert len(set(ask)) == len(ask)
    assert set(ask) <= free(view)


@given(views(), st.booleans())
@settings(max_examples=60)
def test_nobody_is_asked_when_it_is_filled_or_over(view: WaveView, is_forced: bool) -> None:
    filled = replace(view, taken=max(view.taken, view.need))
    over = replace(view, deadline=NOON)

    assert plan(filled, NOON, is_forced).ask == plan(over, NOON, is_forced).ask == ()
    assert plan(filled, NOON, is_forced).look_at is plan(over, NOON, is_forced).look_at is None


@given(views())
@settings(max_examples=60)
def test_more_asks_at_least_one_if_anybody_is_free(view: WaveView) -> None:
    assume(view.taken < view.need and view.deadline > NOON)
    busy_no_more = replace(view, seats_a_second=100.0)

    assert bool(plan(busy_no_more, NOON, is_forced=True).ask) == bool(free(view))


@given(views(), st.floats(2.1, 8))
@settings(max_examples=60)
def test_everyone_left_is_asked_near_the_deadline_when_more_are_missing_than_could_come(
    view: WaveView, left: float
) -> None:
    near = replace(
        view,
        need=view.taken + len(NAMES) + 1,
        deadline=NOON + timedelta(minutes=left),
        seats_a_second=100.0,
    )

    assert set(plan(near, NOON).ask) == free(near)


@given(views(), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_in_which_members_are_read_makes_no_difference(
    view: WaveView, is_forced: bool, chance: Random
) -> None:
    shuffled = list(view.candidates)
    chance.shuffle(shuffled)

    assert plan(replace(view, candidates=shuffled), NOON, is_forced) == plan(view, NOON, is_forced)


@given(views(), st.booleans())
@settings(max_examples=60)
def test_the_next_look_is_no_sooner_than_20_seconds_and_before_the_deadline(view: WaveView, is_forced: bool) -> None:
    look_at = plan(view, NOON, is_forced).look_at

    assert look_at is None or NOON + timedelta(seconds=20) <= look_at < view.deadline


@given(views())
@settings(max_examples=60)
def test_while_seats_are_missing_and_somebody_free_is_left_it_asks_or_looks_again(view: WaveView) -> None:
    assume(view.taken < view.need and free(view) and view.deadline - NOON > timedelta(minutes=4))

    wave = plan(view, NOON)

    assert wave.ask or wave.look_at


@given(views(), st.booleans())
@settings(max_examples=60)
def test_what_is_expected_lies_between_the_seats_taken_and_everybody(view: WaveView, is_forced: bool) -> None:
    wave = plan(view, NOON, is_forced)

    silent = [one for one in view.asked if one.reply is None]
    assert view.taken <= wave.expected <= view.taken + len(silent) + len(wave.ask)
