"""How many requests a network may make, kept in this process's memory: reading writes nothing to the database.

Each Lambda instance counts for itself, so this only slows down whoever hammers at one. The bound on a whole
installation is API Gateway's throttling, or a WAF in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import NamedTuple

MOST_KEPT = 4096  # networks; then all begin anew, which harms nobody


class Left(NamedTuple):
    """How many more may come at once, and in how many seconds all may again. `wait`: seconds, if this is too many."""

    n: int
    whole_in: int
    wait: int


@dataclass(slots=True)
class Buckets:
    """A bucket of tokens for each of whom there is: `most` at once, and so many a second grow back."""

    most: int
    a_second: float
    filled: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket fills."""
        return ceil(self.most / self.a_second)

    def take(self, whose: str, now: datetime) -> Left:
        """One token. A clock that was set back begins anew."""
        if whose not in self.filled and len(self.filled) >= MOST_KEPT:
            self.filled.clear()
        had, at = self.filled.get(whose, (float(self.most), now))
        passed = (now - at).total_seconds()
        has = min(float(self.most), had + passed * self.a_second) if passed >= 0 else float(self.most)
        is_too_many = has < 1
        left = has if is_too_many else has - 1
        self.filled[whose] = (left, now)
        whole_in = ceil((self.most - left) / self.a_second)
        return Left(int(left), whole_in, max(1, ceil((1 - has) / self.a_second)) if is_too_many else 0)
