"""What the carrier says became of a text, and what follows when it says that somebody has opted out."""

from __future__ import annotations

from chalicelib.core.commands import Stop
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.delivery.carrier import CODES, DEFAULT, Meaning
from chalicelib.handle import handle
from chalicelib.log import log
from chalicelib.runtime import Runtime
from chalicelib.store import outbox
from chalicelib.store.outbox import Sent

# `queued`, `sending` and `sent` tell nothing that settling has not: they cost no write.
FINAL = {
    "delivered": Sent.DELIVERED,
    "undelivered": Sent.UNDELIVERED,
    "failed": Sent.FAILED,
    "canceled": Sent.FAILED,
}


def record_receipt(pk: str, sk: str, status: str, sid: str, error: int, world: Runtime) -> None:
    """Notes the last word on a text. Repeated, late or unknown ones change nothing."""
    state = FINAL.get(status)
    if state is None or not outbox.receipt(pk, sk, state, sid, error):
        return
    log("receipt", sid=sid, status=status, error=error or None)
    if CODES.get(error, DEFAULT) is Meaning.OPTED_OUT:
        record_opt_out(pk.removeprefix("person#"), sid, world)


def record_opt_out(person: str, told_by: str, world: Runtime) -> None:
    """The carrier knows of a STOP that we do not: it counts, and is not confirmed again. `told_by` is the text's."""
    got = Received(
        Stop(),
        cause=f"opted-out#{told_by}",
        at=world.now(),
        channel=Channel.TEXT,
        person=person,
        words="21610",
        is_told_by_carrier=True,
    )
    queues.nudge(world, handle(got, world), world.now())
