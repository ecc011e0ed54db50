"""What a story leaves behind where nobody looks: the queues' messages and the lines of the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.delivery import queues
from tests.stories.player import LATER, read_story, with_number
from tests.world import World

SENDS = ("provide-client-params.sqs.SendMessage", "provide-client-params.sqs.SendMessageBatch")


@dataclass
class Spy(logging.Handler):
    """`queued` are (queue, message) as they were put; `logged` is all that each line of the log holds."""

    queued: list[tuple[str, str]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.INFO)

    def __hash__(self) -> int:
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(json.dumps(vars(record), default=str, ensure_ascii=False))

    def sends(self, params: dict[str, Any], **_: object) -> None:
        queue = params["QueueUrl"].rsplit("/", 1)[-1]
        self.queued += [(queue, json.dumps(entry)) for entry in params.get("Entries", [params])]

    def outside(self, queue: str) -> list[str]:
        """All messages but this queue's."""
        return [message for name, message in self.queued if name != queue]


@contextmanager
def spying() -> Iterator[Spy]:
    """Everything that is queued and logged meanwhile, by us and by the libraries."""
    spy = Spy()
    events, root = queues.sqs().meta.events, logging.getLogger()
    level = root.level
    root.addHandler(spy)
    root.setLevel(logging.INFO)
    for event in SENDS:
        events.register(event, spy.sends)
    try:
        yield spy
    finally:
        for event in SENDS:
            events.unregister(event, spy.sends)
        root.removeHandler(spy)
        root.setLevel(level)


def perform(story: Path, world: World) -> list[str]:
    """A story's texts and moves of the clock, without looking at what arrives; answers the texts' MessageSids."""
    sids = []
    for step in read_story(story):
        later = LATER.fullmatch(step.text)
        if step.name == "---" and later:
            world.advance(**{later["unit"]: float(later["n"])})
        else:
            sids.append(world.text(step.name, with_number(step.text, world.got(step.name))))
    return sids
