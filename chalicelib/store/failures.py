"""What the carrier did not bring, kept for organizers: each text, and how many a day by the carrier's code."""

from __future__ import annotations

from datetime import UTC

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import PutError

from chalicelib.core.kept import Failure
from chalicelib.store.codec import row_of
from chalicelib.store.kept_codec import FAILURES_KEPT, until
from chalicelib.store.outbox import is_refused
from chalicelib.store.tables import FailuresRow, Row, group_pk


def failures_key(keyword: str, day: str) -> tuple[str, str]:
    """Of a day as UTC has it, in ISO."""
    return group_pk(keyword), f"failures#{day}"


def note(failure: Failure) -> None:
    """That one text failed: once, and then it is counted with its day's."""
    try:
        row_of(failure).save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if is_refused(error):
            return
        raise
    row = FailuresRow(*failures_key(failure.keyword, failure.at.astimezone(UTC).date().isoformat()))
    counted = NumberAttribute(attr_name=f"e{failure.error}").add(1)
    kept = [Row.expires.set(until(failure.at, FAILURES_KEPT)), FailuresRow.kind.set(FailuresRow)]
    row.update(actions=[counted, *kept])
