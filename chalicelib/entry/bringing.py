"""One command brought about, and what follows from it nudged on: the same for a text, a press and a program's call."""

from __future__ import annotations

from chalicelib.core.outcome import Say
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.handle import handle
from chalicelib.runtime import Runtime


def bring_about(got: Received, world: Runtime) -> tuple[Say, ...]:
    """Why nothing came of it, where a page or a program asked; the same cause again brings nothing about."""
    done = handle(got, world)
    queues.nudge(world, done.nudges, world.now())
    return done.refusals
