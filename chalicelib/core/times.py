"""What a decision about an action's own times may look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core.model import Action, Group, Spent, Task


@dataclass(frozen=True, slots=True)
class TimeView:
    """The action that a timer is about, with its group; for an ending also its tally and who has not said HERE.

    For dissolving also its tasks, the texts and segments `spent` on it, and the `price` of a segment in cents.
    """

    action: Action | None
    group: Group | None
    dissolves_after: timedelta
    tasks: tuple[Task, ...] = ()
    spent: Spent | None = None
    price: float = 0.0
    missing: tuple[str, ...] = ()
