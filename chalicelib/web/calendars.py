"""Calendar files (RFC 5545, 7986): of one action, and of a group to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vText

from chalicelib.core.model import State
from chalicelib.core.showing import ActionShown, GroupShown
from chalicelib.web import addresses
from chalicelib.web.feeds import opened_at, tags, updated_at
from chalicelib.web.words import line, numbers, where

LOOK_AGAIN = timedelta(hours=1)
OFF = frozenset({State.CALLED_OFF, State.EXPIRED})


def event(action: ActionShown, base: str, lang: str = "en") -> str:
    """A file that one opens to have the action in a calendar."""
    return _text(_calendar([action], base, lang))


def calendar(group: GroupShown, base: str, lang: str = "en") -> str:
    """A calendar that one subscribes to: all actions but those that came to nothing. Called off ones stay, so named."""
    told = [one for one in (*group.past, *group.open) if one.state is not State.EXPIRED]
    made, name = _calendar(told, base, lang), line(group.name)
    made.add("name", vText(name))  # as text, which is escaped: icalendar does not know these two
    made.add("x-wr-calname", vText(name))
    made.add("x-wr-timezone", group.zone)
    made.add("url", addresses.group(group.keyword, base))
    made.add("source", addresses.calendar(group.keyword, base), parameters={"VALUE": "URI"})
    made.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    return _text(made)


def _calendar(actions: Iterable[ActionShown], base: str, lang: str) -> Calendar:
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", f"-//Giddyup//Actions//{lang.upper()}")
    made.add("method", "PUBLISH")
    for action in actions:
        made.add_component(_event(action, base, lang))
    return made


def _event(action: ActionShown, base: str, lang: str) -> Event:
    """Nothing here but what the action is, so that the same action makes the same file."""
    page, made = addresses.action(action.code, base), Event()
    starts_at = action.starts_at or opened_at(action)
    made.add("uid", f"{action.code}@{urlsplit(base).hostname}")
    made.add("dtstamp", _utc(opened_at(action)))
    made.add("last-modified", _utc(updated_at(action)))
    made.add("sequence", action.version)  # a later one replaces what a calendar already has
    made.add("status", "CANCELLED" if action.state in OFF else "CONFIRMED")
    made.add("dtstart", _utc(starts_at))
    if action.ends_at > starts_at:
        made.add("dtend", _utc(action.ends_at))
    made.add("summary", line(action.words))
    if place := where(action):
        made.add("location", place)
    made.add("description", f"{line(action.group)}: {numbers(action, lang)}\n{page}")
    made.add("url", page)
    if named := tags(action):
        made.add("categories", named)
    return made


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _text(made: Calendar) -> str:
    text: str = made.to_ical().decode()
    return text
