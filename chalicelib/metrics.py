"""What is counted and timed, by the names that alarms and the dashboard ask for (infra/alarms.py).

CloudWatch reads it from the log (EMF), so it costs no call. One invocation's is put together and written once, at its
end; outside Lambda it is forgotten.
"""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import NamedTuple

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics.functions import is_metrics_disabled

NAMESPACE = "Giddyup"


class Metric(NamedTuple):
    """`by`: the dimension that it has besides the stage, whose values are few: each costs $0.30 a month of use."""

    unit: str
    meaning: str
    by: str = ""


METRICS = {
    "Commands": Metric("Count", "what was asked of us and took effect", "command"),
    "Sends": Metric("Count", "texts that the carrier took"),
    "SendFailures": Metric("Count", "refusals of the carrier's, at once or later; times it did not answer", "reason"),
    "ReplySeconds": Metric("Seconds", "from a text at the webhook to the carrier's taking of the answer"),
    "CarrierSeconds": Metric("Seconds", "how long the carrier took to take an answer"),
    "AlertSeconds": Metric("Seconds", "from GO, or a wave's moment, to each part of its texts: the most is the last"),
    "QueueAge": Metric("Seconds", "how long past its time a message was taken", "queue"),
    "ClockBeat": Metric("Count", "each minute"),
    "SendingStill": Metric("Count", "1 each minute while an error of our account's stops all sending; else nothing"),
    "SpentShare": Metric("Percent", "of a day's limit, as it grows"),
}


class Kept(threading.local):
    """This invocation's values, by dimension's value and name. A town's workers are threads, each with its own."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], float] = {}
        self.values: dict[tuple[str, str], list[float]] = {}


KEPT = Kept()


def count(name: str, n: int = 1, by: str = "") -> None:
    """Adds to a sum."""
    if n:
        KEPT.counts[by, name] = KEPT.counts.get((by, name), 0) + n


def measure(name: str, value: float, by: str = "") -> None:
    """One value of many, whose spread is asked for."""
    KEPT.values.setdefault((by, name), []).append(round(value, 3))


def is_asked() -> bool:
    """Only Lambda's log is read for metrics; Powertools' own switch turns them off there, too."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ and not is_metrics_disabled()


def has_any() -> bool:
    return bool(KEPT.counts or KEPT.values)


def taken() -> dict[str, dict[str, list[float]]]:
    """All that was kept since the last time, by dimension's value; nothing is kept any more."""
    found: dict[str, dict[str, list[float]]] = {}
    for (by, name), n in KEPT.counts.items():
        found.setdefault(by, {})[name] = [n]
    for (by, name), values in KEPT.values.items():
        found.setdefault(by, {})[name] = values
    KEPT.counts, KEPT.values = {}, {}
    return found


def flush(service: str) -> None:
    """Writes what was kept: a line for all that has no dimension of its own, and one for each value of the others'."""
    found = taken()
    if found and is_asked():
        with WRITING:
            for by, metrics in found.items():
                write(service, by, metrics)


WRITING = threading.Lock()


def write(service: str, by: str, metrics: dict[str, list[float]]) -> None:
    out = emf(service)
    for name, values in metrics.items():
        if METRICS[name].by:
            out.add_dimension(METRICS[name].by, by)
        for value in values:
            out.add_metric(name, METRICS[name].unit, value)
    out.flush_metrics()


@cache
def emf(service: str) -> Metrics:
    return Metrics(namespace=NAMESPACE, service=service)
