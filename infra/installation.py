"""Which installation an operator speaks of: a stage in the account that AWS's own variables name, or the town here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.operate import Wrong
from infra.resources import FUNCTIONS
from infra.stages import APP, StageWrong, read_stage


@dataclass(frozen=True, slots=True)
class Installation:
    """`stage` is empty in a town, which has no more of AWS than its table and queues. `given` are its settings."""

    stage: str
    given: Mapping[str, str] = field(default_factory=dict)
    log_days: int = 30
    is_kept: bool = False  # its table outlives its stack
    secrets_key: str = ""  # the KMS key of its secrets, where it is not AWS's own

    @property
    def is_town(self) -> bool:
        return not self.stage

    @property
    def name(self) -> str:
        """Of the stack, and what other names begin with."""
        return f"{APP}-{self.stage}" if self.stage else APP

    @property
    def table(self) -> str:
        return self.given.get("TABLE_NAME") or self.name

    @property
    def queue_prefix(self) -> str:
        return self.given.get("QUEUE_PREFIX") or self.name

    @property
    def path(self) -> str:
        """Under which its secrets are."""
        return f"/{APP}/{self.stage}/"

    @property
    def functions(self) -> dict[str, str]:
        """Short names, and those that AWS knows."""
        return {one.name: one.full_name(self.name) for one in FUNCTIONS}

    def log_group(self, function: str) -> str:
        return f"/aws/lambda/{self.name}-{function}"

    @property
    def topic(self) -> str:
        return f"{self.name}-alarms"


def stage_of(stage: str) -> Installation:
    """A stage by its name, with what its file says; clients are of its region from now on. Raises Wrong."""
    if not stage:
        raise Wrong("Say which: STAGE=dev or STAGE=prod.")
    try:
        found = read_stage(stage)
    except StageWrong as error:
        raise Wrong(str(error)) from error
    os.environ["AWS_DEFAULT_REGION"] = found.region
    given = {**found.settings, "TABLE_NAME": found.table_name}
    return Installation(stage, given, found.log_days, found.keep, found.secrets_key_arn)


def town() -> Installation:
    """The town that runs here: its environment has been taken (infra/operate.py)."""
    return Installation("", os.environ)


@cache
def aws(service: str) -> Any:
    """A client of boto3's, by the environment's own settings: an AWS_ENDPOINT_URL in it is AWS."""
    return boto3.client(service)


def every(call: Callable[..., Mapping[str, Any]], key: str, **asked: Any) -> Iterator[Any]:
    """All that a call of boto3's lists, page after page; the three names that AWS gives a next page are known."""
    while True:
        told = call(**asked)
        yield from told.get(key, [])
        following = {name: told[name] for name in ("NextToken", "nextToken", "NextMarker") if told.get(name)}
        if not following:
            return
        name, token = following.popitem()
        asked["Marker" if name == "NextMarker" else name] = token


def code_of(error: ClientError) -> str:
    """AWS's own word for what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_missing(error: ClientError) -> bool:
    code = code_of(error)
    words = ("NotFound", "NonExistent", "DoesNotExist", "NoSuch")
    return any(word in code for word in words) or "does not exist" in str(error)


def parameters(where: Installation) -> dict[str, dict[str, Any]]:
    """A stage's secrets as AWS keeps them, each with its value; by their names as settings."""
    asked = {"Path": where.path, "Recursive": True, "WithDecryption": True}
    found = every(aws("ssm").get_parameters_by_path, "Parameters", **asked)
    return {one["Name"].removeprefix(where.path): one for one in found}


def variables(function: str) -> dict[str, str]:
    """The environment of a function as it is deployed. ClientError if it is not."""
    told = aws("lambda").get_function_configuration(FunctionName=function)
    return dict(told.get("Environment", {}).get("Variables", {}))


def environment_of(where: Installation) -> dict[str, str]:
    """All that a stage's functions know: what is deployed, else what its file says; and its secrets."""
    known = {"TABLE_NAME": where.table, "QUEUE_PREFIX": where.queue_prefix, **where.given}
    try:
        known |= variables(where.functions["api"])
    except ClientError as error:
        if not is_missing(error):
            raise
    return known | secrets_of(where)


def secrets_of(where: Installation) -> dict[str, str]:
    return {name: str(one["Value"]) for name, one in parameters(where).items()}
