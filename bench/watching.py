"""What it costs to be watched: one text and its answer, as their two functions log, trace and measure them.

    python -m bench.watching

CPU is this process's own; bytes are as they are written, and dollars by CloudWatch's price for taking them in.
"""

from __future__ import annotations

import io
import logging
import os
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import median

from chalicelib import metrics
from chalicelib.log import LOGGER, log, trace_in, trace_of, tracing

DOLLARS_A_GB = 0.50  # us-east-1, November 2026
SID, SENT = "SM" + "0" * 31, "SM" + "1" * 32
RUNS, TIMES = 11, 300


def traced(n: int) -> None:
    with tracing(trace_of(f"{SID}{n}")):
        pass
    with tracing(trace_in("text#2026-11-23T17:00:00.009492Z#7abe3ae61b28a6a7#0")):
        pass


def logged(n: int) -> None:
    with tracing(trace_of(f"{SID}{n}")):
        log("handled", command="In", cause=SID, tries=1, effects=3)
        log("sent", sid=SENT, segments=1, say="in", seconds=0.642)


def measured(n: int) -> None:
    metrics.measure("QueueAge", 0.041, by="inbound")
    metrics.count("Commands", by="In")
    metrics.flush("giddyup-prod")
    metrics.measure("QueueAge", 0.038 + n, by="replies")
    metrics.count("Sends")
    metrics.measure("CarrierSeconds", 0.101)
    metrics.measure("ReplySeconds", 0.642)
    metrics.measure("SpentShare", 1.7)
    metrics.flush("giddyup-prod")


def cpu(work: Callable[[int], None]) -> float:
    """Microseconds, of the median of some runs."""
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        for n in range(TIMES):
            work(n)
        found.append((time.process_time() - began) / TIMES * 1e6)
    return median(found)


def written(work: Callable[[int], None]) -> int:
    """Bytes of one text and its answer."""
    out = io.StringIO()
    to_stream(out)
    with redirect_stdout(out):
        work(0)
    return len(out.getvalue().encode())


def to_stream(out: io.StringIO) -> None:
    """Lines of the log go nowhere else."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(LOGGER.registered_formatter)
    logging.getLogger("giddyup").handlers[:] = [handler]


def main() -> None:
    print("| one text and its answer | µs of CPU | bytes | dollars a million, to take in |\n|---|---|---|---|")
    for name, work, is_asked in (
        ("the trace", traced, True),
        ("two lines of log, with it", logged, True),
        ("metrics", measured, True),
        ("metrics, not asked for (a town)", measured, False),
    ):
        os.environ.pop("AWS_LAMBDA_FUNCTION_NAME", None)
        if is_asked:
            os.environ["AWS_LAMBDA_FUNCTION_NAME"] = "bench"
        size, out = written(work), io.StringIO()
        to_stream(out)
        with redirect_stdout(out):
            spent = cpu(work)
        print(f"| {name} | {spent:.0f} | {size} | {size * 1e6 / 1e9 * DOLLARS_A_GB:.2f} |")


if __name__ == "__main__":
    main()
