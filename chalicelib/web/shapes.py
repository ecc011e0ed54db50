"""What programs are told of actions and groups, as plain values for JSON: each shape beside its schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.model import Answer, Pledge
from chalicelib.core.showing import SEEN, ActionShown, GroupShown
from chalicelib.web import addresses
from chalicelib.web.words import line

Shape = Mapping[str, Any]
Plain = dict[str, Any]

A_CODE = "^[A-Za-z]{2,12}[1-9][0-9]{0,4}$"
A_KEYWORD = "^[A-Za-z]{2,12}$"


def whole(schema: Plain) -> Plain:
    """An object's schema: all that it names is always there, and nothing else."""
    return {
        "type": "object",
        "required": list(schema["properties"]),
        "additionalProperties": False,
        **schema,
    }


def text(description: str, example: str, **more: Any) -> Plain:
    return {"type": "string", "description": description, "examples": [example], **more}


def number(description: str, example: int | None, **more: Any) -> Plain:
    return {"type": "integer", "minimum": 0, "description": description, "examples": [example], **more}


def moment(description: str, example: str | None, may_lack: bool = True) -> Plain:
    kind = ["string", "null"] if may_lack else "string"
    return {"type": kind, "format": "date-time", "description": description, "examples": [example]}


def flag(description: str, example: bool) -> Plain:
    return {"type": "boolean", "description": description, "examples": [example]}


def address(description: str, example: str) -> Plain:
    return text(description, example, format="uri")


def several(description: str, of: Plain, example: list[Any]) -> Plain:
    return {"type": "array", "items": of, "description": description, "examples": [example]}


OR_NONE = {"type": ["integer", "null"]}
ACTION_NAMED = {"$ref": "#/components/schemas/Action"}
A_GROUP = "https://giddyup.example/g/DIG"
AN_ACTION = "https://giddyup.example/a/DIG4"

GROUP_NAMED = whole(
    {
        "description": "The group that an action belongs to.",
        "properties": {
            "keyword": text("The word by which people join it.", "DIG", pattern=A_KEYWORD),
            "name": text("What it calls itself.", "Riverbank diggers"),
            "url": address("Its page, for people.", A_GROUP),
        },
    }
)
ACTION = whole(
    {
        "description": "One thing to do, and how it stands. Counts are of seats: a party of three is three.",
        "properties": {
            "code": text("What people answer with: IN DIG4.", "DIG4", pattern=A_CODE),
            "url": address("Its page, for people.", AN_ACTION),
            "group": {"$ref": "#/components/schemas/GroupNamed"},
            "words": text("What its organizer asked for.", "10 shovels to the levee"),
            "state": text("Where it is in its life.", "open", enum=sorted(SEEN)),
            "is_open": flag("It can still be answered; when it is full, with a place in line.", True),
            "need": number("How many are wanted; null: as many as come.", 10, **OR_NONE),
            "coming": number("How many are in.", 7),
            "free": number("How many more are wanted; null: as many as come.", 3, **OR_NONE),
            "here": number("How many have said that they are there.", 0),
            "came": number("How many came; null until it has ended.", None, **OR_NONE),
            "place": text("Where, in the organizer's words; empty if not said.", "5th & Main"),
            "zip": text("Its ZIP code; empty if not known.", "10001"),
            "zone": text("The time zone of its group.", "America/New_York"),
            "starts_at": moment("When it begins; null: it has begun.", "2026-11-23T18:15:00-05:00"),
            "ends_at": moment("When it ends by itself.", "2026-11-24T02:15:00-05:00", may_lack=False),
            "opened_at": moment("When people were asked.", "2026-11-23T12:00:30-05:00"),
            "ended_at": moment("When it ended; null until then.", None),
            "tags": several("What it is about.", {"type": "string"}, ["flood"]),
            "names": several(
                "First names of those in its crew who agreed to be named; always empty in lists.",
                {"type": "string"},
                ["Ann"],
            ),
            "amounts": {
                "type": "object",
                "description": "What was reported done, by unit.",
                "additionalProperties": {"type": "number"},
                "examples": [{"boxes": 40}],
            },
            "is_emergency": flag("Its group may text at night.", False),
        },
    }
)
GROUP = whole(
    {
        "description": "A public group with its public actions.",
        "properties": {
            "keyword": text("The word by which people join it.", "DIG", pattern=A_KEYWORD),
            "name": text("What it calls itself.", "Riverbank diggers"),
            "url": address("Its page, for people.", A_GROUP),
            "zone": text("Its time zone.", "America/New_York"),
            "is_emergency": flag("It may text its members at night.", False),
            "open": several("What can be answered now, the soonest first.", ACTION_NAMED, []),
            "past": several("What has ended lately, the latest first.", ACTION_NAMED, []),
        },
    }
)
ACTIONS = whole(
    {
        "description": "One page of actions, the soonest first.",
        "properties": {
            "actions": several("What fits, of this page.", ACTION_NAMED, []),
            "next": {
                "type": ["string", "null"],
                "description": "The `cursor` of the next page; null: this is the last.",
                "examples": ["0-1795475700-DIG4"],
            },
        },
    }
)
PLEDGE = whole(
    {
        "description": "What the person has answered, and the action with them counted.",
        "properties": {
            "answer": {
                "type": ["string", "null"],
                "enum": [*sorted(Answer), None],
                "description": "`waiting`: it was full, and they are in line. null: they have not answered.",
                "examples": ["in"],
            },
            "seats": number("How many they come as, themselves included; 0 when they are neither in nor in line.", 2),
            "undo": {
                "type": ["string", "null"],
                "description": "The token with which DELETE takes it back within 12 hours; null: nothing to take back.",
                "examples": ["eyJuIjoiMDEifQ.c2lnbmVk"],
            },
            "action": ACTION_NAMED,
        },
    }
)


def of_action(action: ActionShown, base: str) -> Plain:
    """`base` is PUBLIC_URL."""
    return {
        "code": action.code,
        "url": addresses.action(action.code, base),
        "group": {
            "keyword": action.keyword,
            "name": line(action.group),
            "url": addresses.group(action.keyword, base),
        },
        "words": line(action.words),
        "state": str(action.state),
        "is_open": action.is_open,
        "need": action.need,
        "coming": action.coming,
        "free": action.free,
        "here": action.here,
        "came": action.came,
        "place": line(action.place),
        "zip": action.zip,
        "zone": action.zone,
        "starts_at": stamp(action.starts_at),
        "ends_at": stamp(action.ends_at),
        "opened_at": stamp(action.opened_at),
        "ended_at": stamp(action.ended_at),
        "tags": [line(tag.lstrip("#")) for tag in action.tags],
        "names": [line(name) for name in action.names],
        "amounts": {line(unit): n for unit, n in sorted(action.amounts.items())},
        "is_emergency": action.is_emergency,
    }


def of_group(group: GroupShown, base: str) -> Plain:
    return {
        "keyword": group.keyword,
        "name": line(group.name),
        "url": addresses.group(group.keyword, base),
        "zone": group.zone,
        "is_emergency": group.is_emergency,
        "open": [of_action(one, base) for one in group.open],
        "past": [of_action(one, base) for one in group.past],
    }


def of_pledge(pledge: Pledge | None, undo: str, action: ActionShown, base: str) -> Plain:
    holds = pledge is not None and pledge.answer in {Answer.IN, Answer.WAITING}
    return {
        "answer": str(pledge.answer) if pledge else None,
        "seats": pledge.seats if pledge and holds else 0,
        "undo": undo if holds else None,
        "action": of_action(action, base),
    }


def stamp(at: datetime | None) -> str | None:
    """RFC 3339 on the clock that the moment has, in whole seconds."""
    return at.isoformat(timespec="seconds") if at else None
