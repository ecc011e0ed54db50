"""A stage's log, a line for each thing that happened, all functions in the order of time; times are UTC.

    python -m infra.logs prod

What to show is in the environment, as make gives it: TRACE (from text to text), FN (api, inbound, replies, bulk, due,
clock), SINCE (30m, 6h, 2d; an hour), LEVEL=ERROR, FOLLOW=1 (go on until Ctrl-C). Without a stage: the town's files.
"""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.installation import Installation, aws, every, is_missing, stage_of, town
from infra.operate import Wrong
from infra.resources import FUNCTIONS

SINCE = re.compile(r"(\d{1,4})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FOLLOWED_EACH = 3  # seconds
SETTLES_IN = timedelta(seconds=15)  # CloudWatch shows a line some seconds after it was written
# Lambda's own lines that say nothing of ours: each invocation's beginning, end and bill
PLATFORM = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "XRAY TraceId")
# What every line has and nobody reads; `trace` is told first
UNREAD = frozenset({"level", "timestamp", "message", "service", "location", "trace", "xray_trace_id", "cold_start",
                    "function_name", "function_memory_size", "function_arn", "function_request_id",
                    "exception", "exception_name", "stack_trace"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; empty: all."""

    trace: str = ""
    functions: tuple[str, ...] = tuple(one.name for one in FUNCTIONS)
    since: timedelta = timedelta(hours=1)
    level: str = "INFO"
    follows: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line of a log: when it was written, where, and its words as they are."""

    at: datetime
    function: str
    text: str
    id: str = ""


def read_wanted(environment: Mapping[str, str]) -> Wanted:
    """Raises Wrong."""
    names = tuple(one.name for one in FUNCTIONS)
    named = tuple(filter(None, re.split(r"[ ,]+", environment.get("FN", "").strip())))
    if unknown := sorted(set(named) - set(names)):
        raise Wrong(f"FN={' '.join(unknown)}? There are {', '.join(names)}.")
    level = environment.get("LEVEL", "").upper() or "INFO"
    if level not in LEVELS:
        raise Wrong(f"LEVEL is one of {', '.join(LEVELS)}.")
    text = environment.get("SINCE", "").strip() or "1h"
    found = SINCE.fullmatch(text)
    if not found:
        raise Wrong(f"SINCE={text}? Say 30m, 6h or 2d.")
    since = timedelta(**{UNITS[found[2]]: int(found[1])})
    is_following = environment.get("FOLLOW") == "1"
    return Wanted(environment.get("TRACE", "").strip(), named or names, since, level, is_following)


# --- one line -----------------------------------------------------------------------------------------


def facts_of(text: str) -> dict[str, Any]:
    """What one of our own lines says; nothing: it is none of them."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def is_wanted(line: Line, wanted: Wanted) -> bool:
    facts = facts_of(line.text)
    if wanted.trace:
        return wanted.trace in {facts.get("trace"), facts.get("after")}
    if not facts:
        # what Lambda or Python says by itself is worth a look when something is wrong: a time-out, a crash
        return not line.text.startswith(PLATFORM) and bool(line.text.strip())
    if "_aws" in facts:
        return False  # a measurement
    return LEVELS.index(level_of(facts)) >= LEVELS.index(wanted.level)


def level_of(facts: Mapping[str, Any]) -> str:
    level = str(facts.get("level", "INFO")).upper()
    return level if level in LEVELS else "INFO"


def readable(line: Line) -> str:
    """`11:40:58.123  inbound  handled  trace=…  command=In`; what is worse than INFO says so."""
    facts, when = facts_of(line.text), f"{line.at:%m-%d %H:%M:%S}.{line.at.microsecond // 1000:03}"
    if not facts:
        return f"{when}  {line.function:<12}{line.text.strip()}"
    level = level_of(facts)
    parts = [*([level] if level != "INFO" else []), str(facts.get("message", ""))]
    if facts.get("trace"):
        parts.append(f"trace={facts['trace']}")
    parts += [f"{name}={value}" for name, value in facts.items() if name not in UNREAD]
    said = f"{when}  {line.function:<12}{'  '.join(parts)}"
    trouble = str(facts.get("exception") or "")
    return f"{said}\n{textwrap.indent(trouble, '    ')}" if trouble else said


# --- where they are -----------------------------------------------------------------------------------


def on_aws(where: Installation, wanted: Wanted, since: datetime) -> Iterator[Line]:
    """Of all functions, in the order of time."""
    found = [line for name in wanted.functions for line in of_function(where, name, wanted, since)]
    return iter(sorted(found))


def of_function(where: Installation, function: str, wanted: Wanted, since: datetime) -> Iterator[Line]:
    asked: dict[str, Any] = {"logGroupName": where.log_group(function), "startTime": int(since.timestamp() * 1000)}
    if wanted.trace:
        asked["filterPattern"] = f'"{wanted.trace}"'  # looked for at AWS, so that only those lines come
    try:
        for event in every(aws("logs").filter_log_events, "events", **asked):
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            yield Line(at, function, str(event["message"]), str(event.get("eventId", "")))
    except ClientError as error:
        if not is_missing(error):
            raise
        raise Wrong(f"There is no log of {function}: make deploy STAGE={where.stage}, or make doctor.") from error


def in_town(folder: Path, since: datetime) -> Iterator[Line]:
    """A town writes a file for each of its processes; only our own lines have a time."""
    found = []
    for path in sorted(folder.glob("*.log")):
        for n, text in enumerate(path.read_text(errors="replace").splitlines()):
            at = moment_of(facts_of(text))
            if at is not None and at >= since:
                found.append(Line(at, path.stem, text, f"{path.stem}#{n}"))
    if not found and not folder.is_dir():
        raise Wrong(f"There are no logs in {folder}: start a town with make dev, or say STAGE=prod.")
    return iter(sorted(found))


def moment_of(facts: Mapping[str, Any]) -> datetime | None:
    """As Powertools writes it: `2026-11-26 11:40:58,123+0000`."""
    text = str(facts.get("timestamp", "")).replace(",", ".", 1)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC)


# --- showing ------------------------------------------------------------------------------------------


def show(lines: Iterable[Line], wanted: Wanted, seen: set[Line]) -> None:
    for line in lines:
        if line not in seen and is_wanted(line, wanted):
            print(readable(line), flush=True)
        seen.add(line)


def main(arguments: list[str]) -> int:
    stage, seen = (arguments or [""])[0], set[Line]()
    try:
        wanted = read_wanted(os.environ)
        where = stage_of(stage) if stage else town()
        folder = Path(os.environ.get("GIDDYUP_DATA") or ".local") / "logs"
        since = datetime.now(UTC) - wanted.since
        while True:
            latest = datetime.now(UTC)
            show(in_town(folder, since) if where.is_town else on_aws(where, wanted, since), wanted, seen)
            if not wanted.follows:
                if not seen:
                    print(f"Nothing was written in the last {wanted.since}.", file=sys.stderr)
                return 0
            since = max(since, latest - SETTLES_IN)
            seen = {one for one in seen if one.at >= since}
            time.sleep(FOLLOWED_EACH)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (ClientError, BotoCoreError) as error:
        print(f"AWS does not tell: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
