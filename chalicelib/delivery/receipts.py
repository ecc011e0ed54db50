"""What the carrier says became of a text, and what follows from it."""

from __future__ import annotations

from chalicelib.delivery.carrier import CODES, DEFAULT
from chalicelib.delivery.refusals import count_reason, follow, works_again
from chalicelib.log import log
from chalicelib.runtime import Runtime
from chalicelib.store import outbox, sender
from chalicelib.store.outbox import Sent
from chalicelib.store.plain import from_iso

# `queued`, `sending` and `sent` tell nothing that settling has not: they cost no write.
FINAL = {
    "delivered": Sent.DELIVERED,
    "undelivered": Sent.UNDELIVERED,
    "failed": Sent.FAILED,
    "canceled": Sent.FAILED,
}


def record_receipt(pk: str, sk: str, status: str, sid: str, error: int, world: Runtime, count: int = 0) -> None:
    """Notes the last word on a text. Repeated, late or unknown ones change nothing.

    `count`: for how many recipients of an alert it counts.
    """
    log("receipt", sid=sid, status=status, **({"error": error} if error else {}))
    state = FINAL.get(status)
    if state is None:
        return
    row = outbox.receipt(pk, sk, state, sid, error, world.now())
    if row is None:
        return
    is_delivered = state is Sent.DELIVERED
    if error or not is_delivered:
        count_reason(CODES.get(error, DEFAULT).name)
    if count and row.code:
        sender.spend_on(row.code, delivered=count * is_delivered, failed=count * (not is_delivered))
    if error or not is_delivered:
        follow(error, pk, sk, row.code or "", world, row.keyword or "")
    elif row.claimed_at:
        works_again(world, from_iso(row.claimed_at))
