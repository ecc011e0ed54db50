"""Texts from the queue: each is read and handled. Apart from the webhook, which only queues and must begin fast."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib import metrics
from chalicelib.core.commands import Command, Help, Start, Stop
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.entry.bringing import bring_about
from chalicelib.entry.texting import LONGEST_TEXT
from chalicelib.grammar.parse import parse
from chalicelib.grammar.speaking import language_of
from chalicelib.log import log, trace_of, tracing
from chalicelib.numbers import e164, place_of
from chalicelib.runtime import Runtime

NUMBER = re.compile(r"\+[0-9]{8,15}")  # no short code, no name, no other channel's prefix
OPT_OUT: Mapping[str, Command] = {"STOP": Stop(), "START": Start(), "HELP": Help()}


def take(text: Mapping[str, Any], world: Runtime) -> None:
    """One text from the queue, handled; what follows from it is nudged on."""
    is_number = NUMBER.fullmatch(text["from"])
    number = e164(text["from"], world.settings.countries) if is_number else None
    if number is None:
        log("a sender whom we do not text: left alone", sid=text["sid"])
        return
    got = Received(
        command=OPT_OUT.get(text["opt_out"]) or parse(text["body"][:LONGEST_TEXT]),
        cause=text["sid"],
        at=datetime.fromisoformat(text["at"]),
        channel=Channel.TEXT,
        person=world.person_id(number),
        phone=number,
        lang=language_of(text["body"]) or "en",
        place=str(place_of(number)),
        words=text["body"][:LONGEST_TEXT],
        is_told_by_carrier=bool(text["opt_out"]),
    )
    bring_about(got, world)


def take_batch(records: list[dict[str, Any]], world: Runtime) -> None:
    """Texts in the order in which they came; an error rises, and the queue brings back what is left."""
    for record in records:
        text = json.loads(record["body"])
        waited = world.now() - datetime.fromisoformat(text["at"])
        metrics.measure("QueueAge", waited.total_seconds(), by="inbound")
        with tracing(trace_of(text["sid"])):
            take(text, world)
