"""A change set as a plan in plain words: what is added, changed, replaced and removed, and what would lose data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Whose contents are gone for good when the thing itself is.
HOLDS_DATA = {"AWS::DynamoDB::Table": "table", "AWS::SQS::Queue": "queue"}

ADD, TAKE_IN, FOLLOW, CHANGE, REPLACE, REMOVE = "add", "take in", "follow", "change", "replace", "remove"
MARKS = {ADD: "+", TAKE_IN: "=", FOLLOW: "?", CHANGE: "~", REPLACE: "!", REMOVE: "-"}


@dataclass(frozen=True, slots=True)
class Change:
    """Of one part of the stack. `why` are the properties that make it so.

    What is taken in is there already, with what it holds. What may follow is what refers to something that changes:
    CloudFormation looks when it is there, and most often finds the same.
    """

    how: str
    kind: str  # CloudFormation's type
    part: str  # the name in the template
    name: str  # of the thing itself, if there is one yet
    why: tuple[str, ...] = ()
    may_replace: bool = False  # only doing it will show whether it is replaced

    @property
    def loses_data(self) -> bool:
        return self.kind in HOLDS_DATA and (self.how in (REPLACE, REMOVE) or self.may_replace)

    def told(self) -> str:
        thing = f"{in_words(self.kind):<32} {self.part}"
        named = f" ({self.name.rsplit('/', 1)[-1]})" if self.name and self.name != self.part else ""
        why = f": {', '.join(self.why)}" if self.why else ""
        maybe = " (replaced, perhaps)" if self.may_replace else ""
        return f"  {MARKS[self.how]} {self.how:<8}{thing}{named}{why}{maybe}"


def in_words(kind: str) -> str:
    return kind.removeprefix("AWS::").replace("::", " ")


def changes_of(told: Iterable[dict[str, Any]]) -> list[Change]:
    """From what DescribeChangeSet lists."""
    return [change_of(one["ResourceChange"]) for one in told if "ResourceChange" in one]


def change_of(told: dict[str, Any]) -> Change:
    replaced = told.get("Replacement", "False")
    how = {"Add": ADD, "Import": TAKE_IN, "Remove": REMOVE}.get(told["Action"], CHANGE)
    if how == CHANGE and replaced == "True":
        how = REPLACE
    details = told.get("Details", [])
    targets = [one.get("Target", {}) for one in details]
    why = dict.fromkeys(one.get("Name") or one.get("Attribute", "") for one in targets)
    if how == CHANGE and details and all(one.get("Evaluation") == "Dynamic" for one in details):
        how = FOLLOW
    return Change(
        how,
        told["ResourceType"],
        told["LogicalResourceId"],
        told.get("PhysicalResourceId", ""),
        tuple(name for name in why if name),
        replaced == "Conditional",
    )


def shown(changes: Sequence[Change]) -> list[str]:
    """Lines for the terminal: what is worst last, where it is read."""
    order = [ADD, TAKE_IN, FOLLOW, CHANGE, REPLACE, REMOVE]
    ordered = sorted(changes, key=lambda one: (one.loses_data, order.index(one.how), one.kind, one.part))
    counted = Counter(one.how for one in changes)
    summary = ", ".join(f"{counted[how]} to {how}" for how in order if counted[how])
    return [*(one.told() for one in ordered), f"In all: {summary}."]


def warnings(changes: Sequence[Change]) -> list[str]:
    """What holds data and would be replaced or removed."""
    return [
        f"!!! The {HOLDS_DATA[one.kind]} {one.name or one.part} would be "
        f"{'removed' if one.how == REMOVE else 'replaced by an empty one'}: what is in it would be lost."
        for one in changes
        if one.loses_data
    ]
