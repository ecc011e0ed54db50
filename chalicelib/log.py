"""One structured line for each thing that happened: no number, no name, no text's body, ever.

Each line has the `trace` of what it came of: from the text that came in, through all that this brought about at once
or later, to the receipts of the texts that went out for it. It costs no write: the keys of rows that a command leaves
behind have it in them, or the rows do. Where AWS traces the call (X-Ray), the line has that trace's id, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any

from aws_lambda_powertools import Logger

LOGGER = Logger(service="giddyup", location=None)  # every line would say that it was written here
TRACE: ContextVar[str] = ContextVar("trace", default="")
IN_KEYS = re.compile(r"#([0-9a-f]{16})#\d+$")


def log(what: str, **facts: Any) -> None:
    """`facts` are ids, codes and counts; what people wrote and where they can be reached is not among them."""
    LOGGER.info(what, **traced(facts))


def warn(what: str, **facts: Any) -> None:
    """Something that an operator should look at; the line says what to do."""
    LOGGER.warning(what, **traced(facts))


def wake(what: str, **facts: Any) -> None:
    """Something that an operator has to know at once: an alarm rings, too."""
    LOGGER.error(what, **traced(facts))


# --- from text to text ---------------------------------------------------------------------------------


def trace_of(cause: str) -> str:
    """16 hexadecimal digits for what makes a command this one and no other: a MessageSid, a form's token, a timer."""
    return blake2b(cause.encode(), digest_size=8).hexdigest()


def trace_in(sk: str) -> str:
    """The trace in the sort key of a text, a round, or what a webhook is told; nothing, where there is none."""
    found = IN_KEYS.search(sk)
    return found[1] if found else ""


@contextmanager
def tracing(trace: str) -> Iterator[None]:
    """Lines written inside belong to this trace; without one, to that which they belonged to before."""
    before = TRACE.set(trace or TRACE.get())
    try:
        yield
    finally:
        TRACE.reset(before)


def traced(facts: dict[str, Any]) -> dict[str, Any]:
    trace = TRACE.get()
    return {"trace": trace, **facts} if trace else facts
