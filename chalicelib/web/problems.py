"""What may be wrong with a request to the open API: every kind of problem, once, as answered and as described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chalicelib.web import addresses

PROBLEM_JSON = "application/problem+json"


class Kind(NamedTuple):
    """`title` is the same each time, `example` one of the sentences that say what to do next."""

    status: int
    title: str
    example: str


KINDS: Mapping[str, Kind] = {
    "Unreadable": Kind(400, "That cannot be read", "limit is a whole number from 1 to 100."),
    "NoToken": Kind(401, "A token is missing or does not fit", "Send the token of an alert's link as Bearer."),
    "NotFound": Kind(404, "There is nothing here", "No public action has this code. Ask /api/actions what is open."),
    "NoSuchMethod": Kind(405, "Not this way", "Use one of the methods that the Allow header names."),
    "Refused": Kind(409, "Nothing came of it", "DIG4 has no room for more. You keep your 2."),
    "Over": Kind(410, "The action is over", "DIG4 is over. Open now: DIG5. Reply IN and the code."),
    "TooLong": Kind(413, "That is too much", "Send 16384 bytes at most."),
    "NoJson": Kind(415, "The body must be JSON", "Send the body as application/json."),
    "Unfit": Kind(422, "The body does not fit", "party is a whole number from 1 to 20."),
    "TooMany": Kind(429, "Too many requests", "Ask again after the seconds that Retry-After names."),
}


def problem(name: str, detail: str, instance: str, base: str) -> dict[str, Any]:
    """RFC 9457. `instance` is the path that was asked for, `base` PUBLIC_URL; its type is where it is described."""
    kind = KINDS[name]
    return {
        "type": type_of(name, base),
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
    }


def type_of(name: str, base: str) -> str:
    return f"{addresses.openapi(base)}#/components/responses/{name}"
