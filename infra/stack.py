"""A stage's stack on CloudFormation: how it stands, waiting for it, what became of each part, what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

NONE = "NONE"  # no stack of that name
REVIEWED = "REVIEW_IN_PROGRESS"  # made for a change set that was never carried out: there is nothing in it
POLL_SECONDS = 1.0
# What a part says that only suffered from another part's failure
FOLLOWED = ("Resource creation cancelled", "Resource update cancelled")

Event = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    cloudformation: Any
    name: str
    say: Say = print
    seen: set[str] = field(default_factory=set)  # events that were shown, or were there before

    def described(self) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return told

    def state(self) -> str:
        described = self.described()
        return str(described["StackStatus"]) if described else NONE

    def outputs(self) -> dict[str, str]:
        described = self.described() or {}
        return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def parts(self) -> list[dict[str, Any]]:
        """What the stack has made, as CloudFormation lists it."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        every = [one for page in pages for one in page["StackResourceSummaries"]]
        return [one for one in every if one["ResourceStatus"] != "DELETE_COMPLETE"]

    def template(self) -> dict[str, Any]:
        """As CloudFormation carried it out, its transforms applied."""
        asked = self.cloudformation.get_template(StackName=self.name, TemplateStage="Processed")
        told: dict[str, Any] = asked["TemplateBody"]
        return told

    def look(self) -> None:
        """What has happened so far is not told again. The newest are enough: `fresh` stops at what was seen."""
        told = self.cloudformation.describe_stack_events(StackName=self.name)
        self.seen.update(event["EventId"] for event in told["StackEvents"])

    def fresh(self, which: str) -> list[Event]:
        """What was not seen yet, oldest first. A stack that is gone is only known by its id."""
        found: list[Event] = []
        for page in self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=which):
            events = page["StackEvents"]
            found += [event for event in events if event["EventId"] not in self.seen]
            if any(event["EventId"] in self.seen for event in events):
                break
        self.seen.update(event["EventId"] for event in found)
        return found[::-1]

    def wait(self) -> tuple[str, list[str]]:
        """Until nothing is going on: the state it then has, and why each part that failed did. Shows what happens."""
        described = self.described()
        if described is None:
            return NONE, []
        which, state, reasons = described["StackId"], str(described["StackStatus"]), list[str]()
        while True:
            is_over = not state.endswith("_IN_PROGRESS") or state == REVIEWED
            reasons += self.tell(self.fresh(which))
            if is_over:
                return (NONE if state == "DELETE_COMPLETE" else state), reasons
            time.sleep(POLL_SECONDS)
            state = self.cloudformation.describe_stacks(StackName=which)["Stacks"][0]["StackStatus"]

    def tell(self, events: Sequence[Event]) -> list[str]:
        reasons = []
        for event in events:
            what, status = event["LogicalResourceId"], event["ResourceStatus"]
            if status.endswith("_FAILED"):
                why = event.get("ResourceStatusReason", "no reason given")
                self.say(f"  {status.lower().replace('_', ' ')}: {what}")
                if not why.startswith(FOLLOWED):
                    reasons.append(f"{what} ({event['ResourceType']}): {why}")
            elif status.endswith("_COMPLETE") and what != self.name:
                self.say(f"  {status.lower().replace('_', ' ')}: {what}")
        return reasons

    def delete(self) -> list[str]:
        """All of it but what is to be retained. Answers why the rest could not be deleted: nothing if all went well."""
        self.look()
        self.cloudformation.delete_stack(StackName=self.name)
        state, reasons = self.wait()
        return [] if state == NONE else reasons or [f"the stack is {state}"]

    def change_sets(self) -> Iterator[str]:
        pages = self.cloudformation.get_paginator("list_change_sets").paginate(StackName=self.name)
        return (one["ChangeSetName"] for page in pages for one in page["Summaries"])
