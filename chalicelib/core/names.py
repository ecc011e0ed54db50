"""What others see of somebody: the name, or two digits. Not in core/crew.py, as pages show it and decide nothing."""

from __future__ import annotations

from chalicelib.core.model import CrewName, Person, Pledge


def digits(person: Person) -> str:
    """What tells people without a name apart and gives nothing away: the last two digits of their number."""
    return person.phone[-2:]


def called(person: Person, pledge: Pledge | None = None, handle: CrewName | None = None) -> str:
    """The name that others in the crew see."""
    if pledge is not None and pledge.name:
        return pledge.name
    return handle.shown if handle is not None else person.name or f"…{digits(person)}"
