"""The rows of what is still to happen: which are due, who has claimed one, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from pynamodb.exceptions import PutError, PynamoDBException, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.store.errors import code_of
from chalicelib.store.plain import iso
from chalicelib.store.reading import keys_due
from chalicelib.store.tables import (
    DUE_SHARDS,
    PurgeRow,
    RoundRow,
    Row,
    TextRow,
    TimerRow,
    WantedRow,
    shard,
)

UNKNOWN_AFTER = timedelta(seconds=60)  # a text not found in the carrier's list by then was never taken


class Sent(StrEnum):
    """Where a text is; the order of RANK is never stepped back in."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    WITHHELD = "withheld"
    CAME = "came"


# A text that was begun, and that whom it was for never had.
NOT_HAD = frozenset({Sent.UNDELIVERED, Sent.FAILED, Sent.WITHHELD})


class Due(NamedTuple):
    """The key of a row that is due, and since when."""

    pk: str
    sk: str
    due: datetime

    @property
    def is_text(self) -> bool:
        """A text of its own: one that a round left until somebody's quiet hours end goes with its round."""
        return self.sk.startswith("text#") and "#round#" not in self.sk


def due_rows(until: datetime) -> Iterator[Due]:
    """Everything due by then and not done, from the index: rows leave it when they are done."""
    for part in range(DUE_SHARDS):
        for pk, sk, due in keys_due(str(part), iso(until)):
            yield Due(pk, sk, datetime.fromisoformat(due))


def next_due(until: datetime) -> datetime | None:
    """The earliest moment up to `until` at which something is due and not done."""
    firsts = [due for part in range(DUE_SHARDS) for _, _, due in keys_due(str(part), iso(until), limit=1)]
    return datetime.fromisoformat(min(firsts)) if firsts else None


def is_refused(error: PynamoDBException) -> bool:
    return code_of(error) == "ConditionalCheckFailedException"


def changed(row: Row, actions: Sequence[Action], condition: Condition) -> bool:
    """Whether the row was as the condition says, and so was changed; afterwards `row` holds the whole new row."""
    try:
        row.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if is_refused(error):
            return False
        raise
    return True


def claim(row: TextRow, now: datetime) -> bool:
    """Takes a pending text for sending. Of many who try, one succeeds."""
    return changed(
        row,
        [TextRow.state.set(Sent.SENDING), TextRow.claimed_at.set(iso(now))],
        TextRow.state == Sent.PENDING,
    )


def hold(row: TextRow, until: datetime, why: str) -> bool:
    """Not now: the recipient's row waits in the due index. Made once; False: it is there, and stays as it is."""
    row.state = Sent.PENDING
    row.why = why
    row.due = iso(until)
    row.due_shard = str(shard(row.pk + row.sk, DUE_SHARDS))
    try:
        row.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if not is_refused(error):
            raise
        return False
    return True


def withhold(row: TextRow, why: str) -> None:
    """A recipient's row that was pending, whom this may not be said to any more."""
    changed(row, [TextRow.state.set(Sent.WITHHELD), TextRow.why.set(why), *forget()], TextRow.state == Sent.PENDING)


def wait(row: TextRow, until: datetime, round_sk: str) -> None:
    """A recipient's pending row waits in the due index, and tells which round it is of."""
    due = [Row.due.set(iso(until)), Row.due_shard.set(str(shard(row.pk + row.sk, DUE_SHARDS)))]
    changed(row, [*due, TextRow.round.set(round_sk)], TextRow.state == Sent.PENDING)


def claim_again(row: TextRow, now: datetime) -> bool:
    """Takes over a text whose sender died and that the carrier never got."""
    return changed(row, [TextRow.claimed_at.set(iso(now))], is_as_claimed(row))


def is_as_claimed(row: TextRow) -> Condition:
    as_claimed: Condition = (TextRow.state == Sent.SENDING) & (TextRow.claimed_at == row.claimed_at)
    return as_claimed


def put_back(row: TextRow, until: datetime | None = None) -> None:
    """The carrier took nothing: pending again, for a later try. Or it may not go out before `until`."""
    actions: list[Action] = [TextRow.state.set(Sent.PENDING), TextRow.claimed_at.remove()]
    if until:
        actions += [Row.due.set(iso(until)), TextRow.why.set("quiet hours")]
    changed(row, actions, is_as_claimed(row))


def settle(row: TextRow, state: Sent, now: datetime, **facts: Any) -> None:
    """What became of a claimed text. What was to be said is forgotten, and the row leaves the due index.

    `facts` are sid, segments, error, why; empty ones are not written.
    """
    actions: list[Action] = [TextRow.state.set(state), *forget()]
    actions += [getattr(TextRow, name).set(fact) for name, fact in facts.items() if fact]
    if state is Sent.SENT:
        actions.append(TextRow.sent_at.set(iso(now)))
    changed(row, actions, is_as_claimed(row))


def forget() -> list[Action]:
    """A text of its own is done and forgets its words; a recipient's row of a round never had any."""
    return [TextRow.args.remove(), TextRow.due.remove(), TextRow.due_shard.remove()]


BEFORE_RECEIPT = (Sent.PENDING, Sent.SENDING, Sent.SENT)


def receipt(pk: str, sk: str, state: Sent, sid: str, error: int, now: datetime) -> TextRow | None:
    """What the carrier says became of a text: never a step back, and once. None if it is known, or no such row.

    Of a text that is sent again, what is told of the one before it is known.
    """
    row_class = WantedRow if sk.startswith("you#") else TextRow
    row = row_class(pk, sk)
    actions: list[Action] = [row_class.state.set(state), row_class.sid.set(sid), row_class.told_at.set(iso(now))]
    actions += forget()
    if error:
        actions.append(row_class.error.set(error))
    is_of_this_one = row_class.sid_before.does_not_exist() | (row_class.sid_before != sid)
    return row if changed(row, actions, row_class.state.is_in(*BEFORE_RECEIPT) & is_of_this_one) else None


def lease(row: Row, until: datetime) -> bool:
    """Of all who would bring a due row about, one does; who dies at it is followed by another then."""
    return changed(row, [Row.due.set(iso(until))], Row.due == row.due)


def unfolded_to(row: RoundRow, after: str | None, due: datetime, opened: str | None, opens: str | None) -> None:
    """How far a round is unfolded, and when to go on."""
    texts = ((RoundRow.after, after), (RoundRow.opened, opened), (RoundRow.opens, opens))
    actions: list[Action] = [Row.due.set(iso(due))]
    actions += [attribute.set(text) if text else attribute.remove() for attribute, text in texts]
    changed(row, actions, Row.due.exists())


def done(row: RoundRow | TimerRow | PurgeRow) -> None:
    """A round is unfolded, a timer given, a purge made: nothing is left to do. Rounds stay, for their recipients."""
    if isinstance(row, RoundRow):
        changed(row, [Row.due.remove(), Row.due_shard.remove()], Row.pk.exists())
    else:
        row.delete()
