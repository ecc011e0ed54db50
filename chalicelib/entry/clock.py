"""What runs by itself: each minute, everything that is due and not done is queued."""

from __future__ import annotations

from chalicelib import metrics
from chalicelib.delivery import queues
from chalicelib.delivery.sending import never_held
from chalicelib.log import log
from chalicelib.runtime import Runtime
from chalicelib.store.commit import Nudge
from chalicelib.store.outbox import due_rows
from chalicelib.store.sender import paused

TRIED_WHILE_STILL = 5  # texts: one of them finds out whether sending goes on; the others would only come back


def queue_due(world: Runtime) -> int:
    """Queues what is due; returns how much that was. What is queued twice is done once."""
    now = world.now()
    found = [Nudge(row.is_text, row.pk, row.sk, row.due) for row in due_rows(now)]
    metrics.count("ClockBeat")
    still = paused(is_fresh=True)
    if still and not still.held_by:
        metrics.measure("SendingStill", 1)
    if still:
        texts = [one for one in found if one.is_text]
        texts = never_held(texts) if still.held_by else texts[:TRIED_WHILE_STILL]
        found = [one for one in found if not one.is_text] + texts
    queues.nudge(world, found, now)
    if found:
        log("queued what is due", rows=len(found))
    return len(found)
