"""What the doctor finds: a line for each thing that was looked at, what it is like, and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

WIDTH = 118
STATE_WIDTH, WHAT_WIDTH = 10, 34


class State(StrEnum):
    """As they are shown; those that want somebody to do something in capitals."""

    OK = "ok"
    MENDED = "mended"
    NOT_HERE = "not here"  # a town has no such thing
    LOOK = "LOOK"  # nothing tells us: the operator has to look
    WARNING = "WARNING"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """`do` is for the operator. `mend` does it, safely, and answers what it did; None: only the operator can."""

    what: str
    state: State
    found: str
    do: str = ""
    mend: Callable[[], str] | None = None


Check = Callable[[], Iterable[Finding]]


def ok(what: str, found: str) -> Finding:
    return Finding(what, State.OK, found)


def not_here(what: str, found: str) -> Finding:
    return Finding(what, State.NOT_HERE, found)


def look(what: str, found: str, do: str) -> Finding:
    return Finding(what, State.LOOK, found, do)


def warning(what: str, found: str, do: str, mend: Callable[[], str] | None = None) -> Finding:
    return Finding(what, State.WARNING, found, do, mend)


def wrong(what: str, found: str, do: str, mend: Callable[[], str] | None = None) -> Finding:
    return Finding(what, State.WRONG, found, do, mend)


def compared(
    what: str, is_so: bool, found: str, is_wrong: str, do: str, mend: Callable[[], str] | None = None
) -> Finding:
    """`found` where it is so; else that `is_wrong`, and what to do."""
    return ok(what, found) if is_so else wrong(what, is_wrong, do, mend)


def mended(finding: Finding) -> Finding:
    """What was wrong, put right; what cannot be put right here stays."""
    if finding.state not in {State.WRONG, State.WARNING} or finding.mend is None:
        return finding
    return replace(finding, state=State.MENDED, found=f"was: {finding.found}; {finding.mend()}", do="", mend=None)


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The table, each finding at once as it is made."""
    for one in findings:
        start = f"{one.state.value:<{STATE_WIDTH}}{one.what:<{WHAT_WIDTH}}"
        indent = " " * (STATE_WIDTH + WHAT_WIDTH)
        yield from textwrap.wrap(start + one.found, WIDTH, subsequent_indent=indent, break_long_words=False)
        if one.do:
            how = one.do + (" FIX=1 does it." if one.mend else "")
            yield from textwrap.wrap(
                how, WIDTH, initial_indent=indent + "→ ", subsequent_indent=indent + "  ", break_long_words=False
            )


def summed_up(findings: Iterable[Finding]) -> str:
    states = [one.state for one in findings]
    counted = ((state, states.count(state)) for state in reversed(State))
    return ", ".join(f"{n} {state.value}" for state, n in counted if n)
