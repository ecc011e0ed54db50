"""Moments, commands and fills as plain data: text that sorts, and JSON that comes back as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


def iso(moment: datetime) -> str:
    """A moment as text that sorts: UTC, always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def since_iso(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def from_iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_plain(value: Any) -> Any:
    """Commands and fills as JSON: moments, clock times and durations are marked as what they are."""
    if isinstance(value, Mapping):
        return {key: to_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    return value


def from_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [from_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$at" in value:
        return datetime.fromisoformat(value["$at"])
    if "$time" in value:
        return time.fromisoformat(value["$time"])
    if "$seconds" in value:
        return timedelta(seconds=value["$seconds"])
    return {key: from_plain(one) for key, one in value.items()}


def in_parts(many: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time, in their order; the last part may be smaller."""
    left = iter(many)
    while part := list(islice(left, size)):
        yield part


def listed(words: tuple[str, ...]) -> str | None:
    return " ".join(words) or None


def unlisted(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(" ")) if text else ()


def versioned(version: int | None) -> dict[str, Any]:
    """VersionAttribute refuses None: a row that is new has none."""
    return {} if version is None else {"version": version}
