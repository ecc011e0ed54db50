"""What goes when a crew dissolves: who answered, what they said, their line, and what was still to be told them."""

from __future__ import annotations

from chalicelib.store.reading import rows
from chalicelib.store.tables import CREW_SHARDS, ActionRow, ContributionRow, PurgeRow, Row, action_pk, crew_pk

KEPT = (ActionRow, ContributionRow, PurgeRow)


def purge(code: str) -> int:
    """Deletes all of an action's rows but itself and the ledger's; returns how many. Again: deletes what is left."""
    gone = 0
    for pk in (*(crew_pk(code, part) for part in range(CREW_SHARDS)), action_pk(code)):
        gone += purge_partition(pk)
    PurgeRow(action_pk(code), "purge").delete()
    return gone


def purge_partition(pk: str) -> int:
    gone = 0
    with Row.batch_write() as batch:
        for row in rows(pk):
            if not isinstance(row, KEPT):
                batch.delete(bare(row))
                gone += 1
    return gone


def bare(row: Row) -> Row:
    """Only the key: a batch writes no conditions, and the row's version is not asked."""
    return Row(row.pk, row.sk)
