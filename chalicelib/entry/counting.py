"""Middleware for every handler: what an invocation counted and timed is written at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib import metrics
from chalicelib.runtime import runtime


def counted(event: Any, answer_to: Callable[[Any], Any]) -> Any:
    """Also where it ends with an error: what was done before that was done."""
    try:
        return answer_to(event)
    finally:
        if metrics.has_any():
            metrics.flush(runtime().settings.queue_prefix)
