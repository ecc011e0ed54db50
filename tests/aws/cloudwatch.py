"""CloudWatch as its documentation has it, as far as alarms need: metrics out of a log, statistics, and when one rings.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html. No emulator goes by it:
moto looks at no metric, and ministack at neither dimensions nor what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": ge,
    "GreaterThanThreshold": gt,
    "LessThanThreshold": lt,
    "LessThanOrEqualToThreshold": le,
}
LOOKED_BACK = 2  # periods more than are evaluated, in case that some are missing


class Measured(NamedTuple):
    """One value of a metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    at: datetime
    value: float


def from_log(lines: Iterable[str], at: datetime) -> Iterator[Measured]:
    """What CloudWatch makes of a log's lines: those that are metrics (EMF). `at` is when they were written."""
    for line in lines:
        told = json.loads(line) if line.startswith('{"_aws"') else {}
        for directive in told.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, told[name]) for name in names)
                for metric in directive["Metrics"]:
                    values = told[metric["Name"]]
                    for value in values if isinstance(values, list) else [values]:
                        yield Measured(directive["Namespace"], metric["Name"], dimensions, at, value)


def statistic(kind: str, values: Sequence[float]) -> float:
    """One of CloudWatch's, of a period's values: `Sum`, `Maximum`, `p95` and their like."""
    if kind.startswith("p"):
        ordered = sorted(values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * float(kind[1:]) / 100))]
    return {"Sum": sum, "Maximum": max, "Minimum": min}[kind](values)


def datapoints(alarm: Mapping[str, Any], measured: Iterable[Measured], now: datetime) -> list[float | None]:
    """The periods that an alarm looks at, the newest last; None: nothing was measured."""
    dimensions = frozenset((one["Name"], one["Value"]) for one in alarm["Dimensions"])
    which = (alarm["Namespace"], alarm["MetricName"], dimensions)
    period, many = timedelta(seconds=alarm["Period"]), alarm["EvaluationPeriods"] + LOOKED_BACK
    kind = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    ours = [one for one in measured if one[:3] == which]
    starts = [now - period * n for n in range(many, 0, -1)]
    values = [[one.value for one in ours if start < one.at <= start + period] for start in starts]
    return [statistic(kind, some) if some else None for some in values]


def state(alarm: Mapping[str, Any], found: Sequence[float | None], before: str) -> str:
    """`found` as of datapoints(); `before` is the state that it is in."""
    is_breaching = [
        COMPARISONS[alarm["ComparisonOperator"]](one, alarm["Threshold"]) for one in found if one is not None
    ]
    periods, needed = alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    missing = alarm["TreatMissingData"]
    known, lacking = is_breaching[-periods:], max(0, periods - len(is_breaching))
    if lacking and missing in {"breaching", "notBreaching"}:
        known = [*known, *[missing == "breaching"] * lacking]
    elif not known:
        return before if missing == "ignore" else "INSUFFICIENT_DATA"
    elif lacking and all(known):
        return before if missing == "ignore" else "ALARM"
    return "ALARM" if sum(known) >= needed else "OK"


def minutes(since: datetime, many: int) -> Iterator[datetime]:
    """The ends of so many minutes."""
    return (since.astimezone(UTC) + timedelta(minutes=n) for n in range(1, many + 1))
