"""An action's life, as PRODUCT.md draws it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.core.lifecycle import LIVE, MOVES, Event, may, move
from chalicelib.core.model import Action, State

BEFORE_DONE = [State.DRAFT, State.OPEN, State.FILLED, State.UNDER_WAY]


def action(state: State) -> Action:
    return Action("DIG1", "DIG", "dig", "olga", "UTC", state, datetime(2026, 11, 23, tzinfo=UTC))


def test_every_state_says_how_it_may_end() -> None:
    assert set(MOVES) == set(State)


def test_an_action_goes_from_draft_to_dissolved() -> None:
    life = [Event.GO, Event.FILL, Event.FREE, Event.FILL, Event.BEGIN, Event.FINISH, Event.DISSOLVE]

    one = action(State.DRAFT)
    states = [(one := move(one, event)).state for event in life]

    assert states == ["open", "filled", "open", "filled", "under_way", "done", "dissolved"]


@pytest.mark.parametrize("state", BEFORE_DONE)
def test_it_may_be_called_off_or_expire_from_any_point_before_done(state: State) -> None:
    assert move(action(state), Event.CALL_OFF).state is State.CALLED_OFF
    assert move(action(state), Event.EXPIRE).state is State.EXPIRED


@pytest.mark.parametrize("state", [State.DONE, State.CALLED_OFF, State.EXPIRED])
def test_what_has_ended_can_only_dissolve(state: State) -> None:
    assert [event for event in Event if may(action(state), event)] == [Event.DISSOLVE]


def test_a_dissolved_action_never_moves_again() -> None:
    assert not [event for event in Event if may(action(State.DISSOLVED), event)]


def test_only_what_is_open_filled_or_under_way_takes_answers() -> None:
    assert {State.OPEN, State.FILLED, State.UNDER_WAY} == LIVE


def test_a_move_that_is_none_is_a_bug() -> None:
    with pytest.raises(KeyError):
        move(action(State.DONE), Event.GO)
