"""How often something was asked for: counted up by whoever asks, so that no page can be made to text strangers."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.store.tables import CountRow

KEPT = timedelta(days=2)


def counted(what: str, period: str, now: datetime) -> int:
    """One more of it in this period (an hour, a day, as text); how many that makes. One write."""
    row = CountRow(f"count#{what}", period)
    expires = int((now + KEPT).timestamp())
    row.update(actions=[CountRow.n.add(1), CountRow.kind.set(CountRow), CountRow.expires.set(expires)])
    return int(row.n)
