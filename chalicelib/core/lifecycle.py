"""When an action may move on: MOVES is the definition, everything else asks it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from chalicelib.core.model import Action, State


class Event(StrEnum):
    """What moves an action."""

    GO = "go"
    FILL = "fill"
    FREE = "free"
    BEGIN = "begin"
    FINISH = "finish"
    PUT_OFF = "put off"
    CALL_OFF = "call off"
    EXPIRE = "expire"
    DISSOLVE = "dissolve"


CAN_END_EARLY = {Event.CALL_OFF: State.CALLED_OFF, Event.EXPIRE: State.EXPIRED}
CAN_RUN = {Event.BEGIN: State.UNDER_WAY, Event.FINISH: State.DONE, **CAN_END_EARLY}

MOVES: dict[State, dict[Event, State]] = {
    State.DRAFT: {Event.GO: State.OPEN, **CAN_END_EARLY},
    State.OPEN: {Event.FILL: State.FILLED, **CAN_RUN},
    State.FILLED: {Event.FREE: State.OPEN, **CAN_RUN},
    State.UNDER_WAY: {Event.FINISH: State.DONE, Event.PUT_OFF: State.OPEN, **CAN_END_EARLY},
    State.DONE: {Event.DISSOLVE: State.DISSOLVED},
    State.CALLED_OFF: {Event.DISSOLVE: State.DISSOLVED},
    State.EXPIRED: {Event.DISSOLVE: State.DISSOLVED},
    State.DISSOLVED: {},
}

LIVE = frozenset({State.OPEN, State.FILLED, State.UNDER_WAY})
TAKES_PLEDGES = LIVE
TAKES_REPORTS = LIVE | {State.DONE}
HAS_CREW = TAKES_REPORTS | {State.CALLED_OFF, State.EXPIRED}  # until it dissolves


def may(action: Action, event: Event) -> bool:
    return event in MOVES[action.state]


def move(action: Action, event: Event) -> Action:
    """The action after the event. A move that MOVES does not know is a bug: KeyError."""
    return replace(action, state=MOVES[action.state][event])
