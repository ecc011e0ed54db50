"""The one sender that all texts go out from: its pace, whether it stands still, and what it has spent today.

Each is one row that all workers share, written once for many texts: with a condition, so that they need no other lock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.store.crew_codec import spent_key
from chalicelib.store.outbox import changed, is_refused
from chalicelib.store.plain import iso, since_iso
from chalicelib.store.reading import row_at
from chalicelib.store.tables import SENDER, PaceRow, Row, SenderRow, SpentRow, group_pk

SPENT_KEPT = timedelta(days=90)
LOOKED_AT_FOR = 2.0  # seconds for which a process goes by what it last read of the sender's state


# --- pace ---------------------------------------------------------------------------------------------


def reserve(segments: int, a_second: float, now: datetime) -> datetime:
    """The moment from which so many segments may be given out, `a_second` of them a second; later ones come after.

    Whoever asks gets a stretch of time of their own: so the sender's rate holds however many workers there are.
    """
    width, at = round(segments / a_second * 1_000_000), microseconds(now)
    while True:
        row = PaceRow(SENDER, "pace")
        if changed(row, [PaceRow.next.set(PaceRow.next + width)], PaceRow.next >= at):
            return moment(int(row.next) - width)
        first = [PaceRow.next.set(at + width), PaceRow.kind.set(PaceRow)]
        if changed(row, first, PaceRow.pk.does_not_exist() | (PaceRow.next < at)):
            return now


def microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000_000, UTC)


# --- standing still -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent since `at`, because of the carrier's error `code`; `tried_at` is when one text last tried.

    Or because an operator holds it: `held_by`. Then nothing tries.
    """

    at: datetime
    code: int
    tried_at: datetime
    held_by: str = ""


_SEEN: dict[str, tuple[float, Pause | None]] = {}


def paused(is_fresh: bool = False) -> Pause | None:
    """Whether sending stands still, as this process last read it, at most two seconds ago."""
    seen_at, seen = _SEEN.get("state", (-LOOKED_AT_FOR, None))
    if not is_fresh and time.monotonic() - seen_at < LOOKED_AT_FOR:
        return seen
    row = row_at(SENDER, "state")
    found = None
    if isinstance(row, SenderRow) and row.paused_at:
        at = datetime.fromisoformat(row.paused_at)
        found = Pause(at, int(row.code or 0), since_iso(row.tried_at) or at, row.held_by or "")
    _SEEN["state"] = (time.monotonic(), found)
    return found


def look_again() -> None:
    """What this process has last read of it counts no more: an operator is about to change it."""
    _SEEN.clear()


def pause(code: int, now: datetime) -> bool:
    """Sending stands still from now on. True for whoever stopped it: they tell the operator."""
    _SEEN.clear()
    row = SenderRow(SENDER, "state")
    actions = [SenderRow.paused_at.set(iso(now)), SenderRow.tried_at.set(iso(now)), SenderRow.code.set(code)]
    return changed(row, [*actions, SenderRow.kind.set(SenderRow)], SenderRow.paused_at.does_not_exist())


def may_try(pause: Pause, wait: timedelta, now: datetime) -> bool:
    """Of all who would try whether it is mended, one each `wait`."""
    if now < pause.tried_at + wait:
        return False
    _SEEN.clear()
    as_read = (SenderRow.paused_at == iso(pause.at)) & (SenderRow.tried_at == iso(pause.tried_at))
    return changed(SenderRow(SENDER, "state"), [SenderRow.tried_at.set(iso(now))], as_read)


def resume(found: Pause | None = None) -> Pause | None:
    """Sending goes on. Returns the pause to whoever ended it, None if it was none, or not the one that was `found`."""
    found = found or paused(is_fresh=True)
    _SEEN.clear()
    if found is None:
        return None
    actions = [SenderRow.paused_at.remove(), SenderRow.tried_at.remove(), SenderRow.code.remove()]
    actions.append(SenderRow.held_by.remove())
    is_ours = changed(SenderRow(SENDER, "state"), actions, SenderRow.paused_at == iso(found.at))
    return found if is_ours else None


# --- spending -----------------------------------------------------------------------------------------


def day_key(keyword: str, day: date) -> tuple[str, str]:
    """Of a group's day; of the whole installation's without a keyword."""
    return group_pk(keyword) if keyword else SENDER, f"spent#{day.isoformat()}"


def spent(keyword: str, day: date) -> int:
    """Segments given to the carrier that day."""
    row = row_at(*day_key(keyword, day))
    return int(row.segments) if isinstance(row, SpentRow) else 0


def spend(keyword: str, day: date, segments: int, limit: int | None, now: datetime) -> int | None:
    """Counts these segments, and returns the day's sum; None, and nothing is counted, where that is over the limit."""
    row = SpentRow(*day_key(keyword, day))
    kept = int((now + SPENT_KEPT).timestamp())
    actions: list[Action] = [SpentRow.segments.add(segments), SpentRow.kind.set(SpentRow), Row.expires.set(kept)]
    if limit is None:
        row.update(actions=actions)
    else:
        if segments > limit:
            return None
        fits = SpentRow.pk.does_not_exist() | (SpentRow.segments <= limit - segments)
        try:
            row.update(actions=actions, condition=fits)
        except UpdateError as error:
            if is_refused(error):
                return None
            raise
    return int(row.segments)


def spend_on(
    code: str, texts: int = 0, segments: int = 0, alerts: int = 0, delivered: int = 0, failed: int = 0
) -> None:
    """Counts what went out about an action, for its record; about one that has dissolved nothing is kept any more.

    Of its alerts also how many the carrier took, and how many it says were `delivered` or `failed`.
    """
    sums = {"texts": texts, "segments": segments, "alerts": alerts, "delivered": delivered, "failed": failed}
    actions: list[Action] = [getattr(SpentRow, name).add(n) for name, n in sums.items() if n]
    if actions:
        changed(SpentRow(*spent_key(code)), actions, SpentRow.pk.exists())
