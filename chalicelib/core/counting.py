"""How an action fills, kept as it happens: who has answered, its seats against time, and whom its alert reached.

With a need, both are on the action's own row, which whoever takes a seat writes anyhow. Of an open-ended one they are
sums beside that of its seats, in the part of the crew that a person belongs to, so that a surge meets no hot row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b

from chalicelib.core.model import Action, Me, Pledge
from chalicelib.core.outcome import Count, Entity, Outcome
from chalicelib.core.received import Received

MOST_POINTS = 60  # of a curve: as many as a phone's screen tells apart, in under a kilobyte
MINUTE, HOUR, DAY = 60, 3_600, 86_400
# When each stretch of an open-ended action's time begins, in seconds since it opened: fine at first, when most answer.
STRETCHES = (
    *range(0, 10 * MINUTE, MINUTE),
    *range(10 * MINUTE, HOUR, 5 * MINUTE),
    *range(HOUR, 6 * HOUR, HOUR // 2),
    *range(6 * HOUR, DAY, 2 * HOUR),
    *range(DAY, 7 * DAY, DAY // 2),
    *range(7 * DAY, 31 * DAY, 3 * DAY),
)

Curve = tuple[tuple[int, int], ...]


def seconds_since(opened_at: datetime, now: datetime) -> int:
    return max(0, int((now - opened_at).total_seconds()))


def stretch_of(action: Action, now: datetime) -> int | None:
    """Which stretch of its time an action is in; None before it has opened."""
    return bisect_right(STRETCHES, seconds_since(action.opened_at, now)) - 1 if action.opened_at else None


def with_how(outcome: Outcome, got: Received, who: Me) -> Outcome:
    """Whoever answers for the first time: by which door, and when they had been asked. It is never changed."""

    def told(entity: Entity) -> Entity:
        if not isinstance(entity, Pledge) or entity.version is not None or entity.person != who.person.id:
            return entity
        asked = next((one.asked_at for one in who.wanted if one.code == entity.code), None)
        return replace(entity, channel=got.channel, asked_at=asked)

    return replace(outcome, saves=tuple(map(told, outcome.saves)))


def counted_up(outcome: Outcome, now: datetime) -> Outcome:
    """The outcome with who answers for the first time counted, and with a point more of the curve of each action.

    Where an action's row is not written, who answers is counted with its crew: nobody waits for another's OUT.
    """
    new = [one for one in outcome.saves if isinstance(one, Pledge) and one.version is None]
    written = {one.code for one in outcome.saves if isinstance(one, Action) and one.need is not None}

    def counted(entity: Entity) -> Entity:
        if not isinstance(entity, Action) or entity.need is None:
            return entity
        answered = entity.answered + sum(one.code == entity.code for one in new)
        return replace(entity, answered=answered, curve=curve_with(entity, now))

    beside = tuple(Count(one.code, one.person, "coming", 0, answered=1) for one in new if one.code not in written)
    return replace(outcome, saves=tuple(map(counted, outcome.saves)), counts=(*outcome.counts, *beside))


def curve_with(action: Action, now: datetime) -> Curve:
    """The curve up to now: of one moment it keeps how it ended."""
    taken, before = action.tally.coming, action.curve
    if action.opened_at is None or taken == (before[-1][1] if before else 0):
        return before
    at = seconds_since(action.opened_at, now)
    if before:
        at = max(at, before[-1][0])  # clocks differ a little, and a curve never goes back
    kept = before[:-1] if before and before[-1][0] == at else before
    return thinned((*kept, (at, taken)))


def thinned(curve: Curve) -> Curve:
    """At most MOST_POINTS: those go that change its shape least, as the triangle with their neighbours tells.

    (M. Visvalingam and J. D. Whyatt, Line generalisation by repeated elimination of points, 1993.)
    """
    while len(curve) > MOST_POINTS:
        least = min(range(1, len(curve) - 1), key=lambda n: triangle(*curve[n - 1 : n + 2]))
        curve = (*curve[:least], *curve[least + 1 :])
    return curve


def triangle(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    """Twice its area."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))


def curve_of(taken: Mapping[int, float], until: int) -> Curve:
    """An open-ended action's curve: `taken` are seats by stretch, `until` how many seconds it has been open."""
    points: list[tuple[int, int]] = []
    coming = 0
    for stretch in sorted(taken):
        coming += int(taken[stretch])
        ends = STRETCHES[stretch + 1] if stretch + 1 < len(STRETCHES) else until
        points.append((max(STRETCHES[stretch], min(ends, until)), coming))
    return tuple(points)


# --- receipts of an alert -----------------------------------------------------------------------------

MOST_RECEIPTS = 1_000  # of one alert, each counted by a write of its own


def weight(person: str, recipients: int) -> int:
    """For how many this person's receipt counts: of a very large alert every second's for two, or every fourth's …

    The others' count for nothing (0). Decided by the person, so that it is the same whenever it is asked.
    """
    each = 1
    while recipients > each * MOST_RECEIPTS:
        each *= 2
    mark = int.from_bytes(blake2b(person.encode(), digest_size=4).digest(), "big")
    return 0 if mark % each else each
