"""Which route a request goes to, by its path and method, as API Gateway decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Routes:
    """The app's routes as API Gateway matches them: a fixed part wins over a `{name}`, and that over a `{rest+}`."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = sorted((pattern.split("/") for pattern in patterns), key=lambda one: [*map(rank, one)])

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route's pattern and what its names stand for, still percent-encoded."""
        parts = (path.rstrip("/") or "/").split("/")
        for pieces in self.patterns:
            captured = captures(pieces, parts)
            if captured is not None:
                return "/".join(pieces), captured
        return None


def rank(piece: str) -> tuple[int, str]:
    """The order in which the pieces at one place of the patterns are tried."""
    return (2 if is_rest(piece) else 1 if is_name(piece) else 0), piece


def is_name(piece: str) -> bool:
    return piece.startswith("{")


def is_rest(piece: str) -> bool:
    """Stands for all that is left of a path, slashes too, but not for nothing."""
    return piece.endswith("+}")


def captures(pieces: list[str], parts: list[str]) -> dict[str, str] | None:
    """What the names of a pattern stand for in a path; None if it does not fit."""
    if is_rest(pieces[-1]):
        parts = [*parts[: len(pieces) - 1], "/".join(parts[len(pieces) - 1 :])]
    if len(pieces) != len(parts):
        return None
    pairs = list(zip(pieces, parts, strict=True))
    fits = all(b if is_name(a) else a == b for a, b in pairs)
    return {a.strip("{+}"): b for a, b in pairs if is_name(a)} if fits else None


def rests_by_method(routes: Mapping[str, Mapping[str, Any]]) -> dict[str, Routes]:
    """The routes that end in a `{rest+}`, for each method that any of them has."""
    patterns = [pattern for pattern in routes if is_rest(pattern)]
    found = {method for pattern in patterns for method in routes[pattern]}
    return {method: Routes(one for one in patterns if method in routes[one]) for method in found}


def serves(methods: Mapping[str, Any], method: str) -> bool:
    return method in methods or (method == "OPTIONS" and next(iter(methods.values())).cors is not None)
