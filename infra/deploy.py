"""Deploys a stage: shows what would change, asks, does it, and says what to do next.

    python -m infra.deploy dev [build]

`make deploy STAGE=dev` calls it. YES=1 is the yes that it asks for; FORCE=1 lets it replace or remove what holds data.
Which account: as the environment has it (AWS_PROFILE, …), as with all of AWS's tools. What `make package` left in a
folder is taken from there when it is named, so that one package can go to several stages. STAGES is the folder of the
stages' files, if it is another. Killed halfway it is started again: it takes up what it finds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import SECRETS, SettingsWrong, read_settings
from infra import plan
from infra.code_bucket import NotOurs, bucket_name, make_bucket, put_once, tag_list
from infra.package import CannotPackage, package
from infra.resources import FUNCTIONS, UNRESERVED
from infra.stack import NONE, REVIEWED, Stack
from infra.stages import FOLDER, NEEDED_SECRETS, Stage, StageWrong, read_stage
from infra.template import finished

CHANGE_SET = "deploy"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# A first deployment that failed: CloudFormation can do nothing with such a stack but delete it.
NEVER_WAS = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


class CannotDeploy(Exception):
    """Something must be done first; the message says what."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where it goes. Clients have the environment's own settings."""

    number: str
    region: str
    s3: Any
    ssm: Any
    cloudformation: Any
    logs: Any
    functions: Any

    @property
    def name(self) -> str:
        return f"account {self.number}, {self.region}"


def account_for(stage: Stage) -> Account:
    """The environment's, in the stage's region. Raises CannotDeploy when the environment names none."""
    session = boto3.session.Session(region_name=stage.region)
    try:
        number = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(f"AWS does not know us ({error}): set AWS_PROFILE, or what else it goes by.") from error
    clients = [session.client(one) for one in ("s3", "ssm", "cloudformation", "logs", "lambda")]
    return Account(number, stage.region, *clients)


def deploy(stage: Stage, account: Account, built: Path | None, *, yes: bool = False, force: bool = False) -> None:
    """`built` is a folder with a package; None: it is made now. Raises CannotDeploy."""
    print(f"Stage {stage.name} in {account.name}.")
    check_settings(stage, account)
    check_room(stage, account)
    stack = Stack(account.cloudformation, stage.prefix)
    make_ready(stack)
    if change(stack, upload(stage, account, built), stage.tags, yes=yes, force=force):
        tell_next(stage, stack)


def change(stack: Stack, template: str, tags: Mapping[str, str], *, yes: bool, force: bool) -> bool:
    """Shows the plan, asks, and carries it out: whether the stack is now as its template says. Raises CannotDeploy."""
    if not propose(stack, template, tags):
        print("Nothing to change: what is deployed is what is here.")
        return True
    changes = plan.changes_of(proposed(stack))
    print("\n".join(["The plan:", *plan.shown(changes)]))
    if lost := plan.warnings(changes):
        print("\n".join(lost))
        if not force:
            withdraw(stack)
            raise CannotDeploy("Nothing was done. If that is what you want, say FORCE=1; `make backup` first.")
    if not (yes or agreed(stack)):
        withdraw(stack)
        print("Nothing was done.")
        return False
    carry_out(stack)
    return True


# --- before -------------------------------------------------------------------------------------------


def secrets_there(stage: Stage, account: Account) -> set[str]:
    """The names, not what they are."""
    pages = account.ssm.get_paginator("get_parameters_by_path").paginate(Path=stage.secrets_path, Recursive=True)
    return {one["Name"].removeprefix(stage.secrets_path) for page in pages for one in page["Parameters"]}


def check_settings(stage: Stage, account: Account) -> None:
    """All that the functions will read is there. Raises CannotDeploy with what is not."""
    there = secrets_there(stage, account)
    if missing := [name for name in NEEDED_SECRETS if name not in there]:
        raise CannotDeploy(f"Not in SSM under {stage.secrets_path} yet: {', '.join(missing)}.\n"
                           f"First: make secrets STAGE={stage.name}")  # fmt: skip
    secret = dict.fromkeys(there & set(SECRETS), "there")
    try:
        read_settings({"PUBLIC_URL": "https://made.with.the.stack", **stage.settings, **secret})
    except SettingsWrong as wrong:
        raise CannotDeploy(f"In {stage.name}'s file:\n{wrong}") from wrong


def check_room(stage: Stage, account: Account) -> None:
    """The account may run as much at once as the stage reserves: AWS would find out when half of it is made."""
    if stage.reserve:
        reserve_of(account.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])


def reserve_of(most: int) -> None:
    """Of so many at once of an account. Raises CannotDeploy when they are too few."""
    needed = sum(one.reserved for one in FUNCTIONS) + UNRESERVED
    if most < needed:
        raise CannotDeploy(f"`reserve` needs {needed} invocations at once, and this account may have {most}. Ask AWS"
                           " for 1,000 (Service Quotas, Lambda, Concurrent executions), or say reserve = false in the"
                           " stage's file.")  # fmt: skip


def make_ready(stack: Stack) -> None:
    """Waits for what another one does; clears away a first try that failed. Raises CannotDeploy."""
    state = stack.state()
    if state.endswith("_IN_PROGRESS") and state != REVIEWED:
        print(f"{stack.name} is {state}: waiting for that first.")
        stack.look()
        state, _ = stack.wait()
    if state == "UPDATE_ROLLBACK_FAILED":
        print(f"{stack.name} could not go back after its last change: trying that again.")
        stack.look()
        stack.cloudformation.continue_update_rollback(StackName=stack.name)
        state, reasons = stack.wait()
        if state != "UPDATE_ROLLBACK_COMPLETE":
            raise CannotDeploy("\n".join(["It still can't; mend this by hand, then deploy again:", *reasons]))
    if state in NEVER_WAS:
        print(f"{stack.name} is {state}: deleting what is left of it first.")
        if reasons := stack.delete():
            raise CannotDeploy("\n".join(["It can't be deleted:", *reasons]))


# --- the package --------------------------------------------------------------------------------------


def upload(stage: Stage, account: Account, built: Path | None) -> str:
    """Packages, uploads what is not there yet; answers the template's address."""
    bucket = bucket_name(stage.prefix, account.number, account.region)
    with tempfile.TemporaryDirectory(prefix="giddyup-deploy-") as folder:
        out = built or Path(folder)
        if built is None:
            print("Packaging …")
            package(out, architecture=stage.architecture)
        template = finished(json.loads((out / "sam.json").read_text()), stage)
        archive = (out / "deployment.zip").read_bytes()
    make_bucket(account.s3, bucket, account.region, stage.tags)
    code = f"code/{sha256(archive).hexdigest()}.zip"
    put_once(account.s3, bucket, code, archive)
    for one in template["Resources"].values():
        if one["Type"] == "AWS::Serverless::Function":
            one["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": code}
    body = json.dumps(template, indent=1).encode()
    key = f"templates/{sha256(body).hexdigest()}.json"
    put_once(account.s3, bucket, key, body)
    return f"{account.s3.meta.endpoint_url}/{bucket}/{key}"


# --- the change set -----------------------------------------------------------------------------------


def propose(stack: Stack, template: str, tags: Mapping[str, str]) -> bool:
    """Whether there is anything to change; then the change set waits to be carried out. Raises CannotDeploy."""
    state = stack.state()
    if state != NONE:
        for left_over in list(stack.change_sets()):
            stack.cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=left_over)
    try:
        stack.cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName=CHANGE_SET,
            ChangeSetType="CREATE" if state in (NONE, REVIEWED) else "UPDATE",
            TemplateURL=template,
            Capabilities=CAPABILITIES,
            Tags=tag_list(tags),
            # A table that outlived its stack comes back into it, with all that is in it.
            ImportExistingResources=state in (NONE, REVIEWED),
        )
    except ClientError as error:
        raise CannotDeploy(f"CloudFormation does not take the template: {error}") from error
    while (told := described_change_set(stack))["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(1)
    if told["Status"] == "CREATE_COMPLETE":
        return True
    reason = told.get("StatusReason", "no reason given")
    withdraw(stack)
    if any(words in reason for words in NO_CHANGES):
        return False
    raise CannotDeploy(f"CloudFormation does not take the template: {reason}")


def described_change_set(stack: Stack, **page: str) -> dict[str, Any]:
    told: dict[str, Any] = stack.cloudformation.describe_change_set(
        StackName=stack.name, ChangeSetName=CHANGE_SET, **page
    )
    return told


def proposed(stack: Stack) -> list[dict[str, Any]]:
    told = described_change_set(stack)
    changes = list(told["Changes"])
    while token := told.get("NextToken"):
        told = described_change_set(stack, NextToken=token)
        changes += told["Changes"]
    return changes


def withdraw(stack: Stack) -> None:
    """As if it had not been proposed."""
    stack.cloudformation.delete_change_set(StackName=stack.name, ChangeSetName=CHANGE_SET)
    if stack.state() == REVIEWED:
        stack.delete()


def agreed(stack: Stack) -> bool:
    """Raises CannotDeploy where nobody can be asked."""
    try:
        return input("Do it? (yes/no) ").strip().lower() in ("yes", "y")
    except EOFError:
        withdraw(stack)
        raise CannotDeploy("Nobody is there to say yes: YES=1 says it. Nothing was done.") from None


def carry_out(stack: Stack) -> None:
    """Raises CannotDeploy with the reasons when it did not come to pass."""
    stack.look()
    stack.cloudformation.execute_change_set(StackName=stack.name, ChangeSetName=CHANGE_SET)
    state, reasons = stack.wait()
    if state in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
        return
    after = "it is as it was before" if state == "UPDATE_ROLLBACK_COMPLETE" else "deploying again clears it away first"
    raise CannotDeploy("\n".join([f"It failed ({state}; {after}):", *(f"  {one}" for one in reasons)]))


def tell_next(stage: Stage, stack: Stack) -> None:
    outputs = stack.outputs()
    print("\n".join(f"{name}: {value}" for name, value in sorted(outputs.items())))
    print(
        f"\nIn Twilio's console, for the number or its messaging service:\n"
        f"  a message comes in     POST {outputs.get('SmsWebhook', '-')}\n"
        f"  primary handler fails  POST {outputs.get('SmsWebhook', '-')}\n"
        f"`make doctor STAGE={stage.name}` looks whether all is right, and with FIX=1 puts that in.\n"
        f"After a new release, `make migrate STAGE={stage.name}` brings what the table has along."
    )


def main(arguments: list[str]) -> int:
    if not arguments or not arguments[0]:
        print("Say which stage: make deploy STAGE=dev", file=sys.stderr)
        return 2
    name, *built = [one for one in arguments if one]
    try:
        stage = read_stage(name, stages_folder())
        folder = Path(built[0]) if built else None
        deploy(stage, account_for(stage), folder, yes=is_said("YES"), force=is_said("FORCE"))
    except (CannotDeploy, CannotPackage, NotOurs, StageWrong) as reason:
        print(reason, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS says no: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped here; what AWS had begun goes on there. Deploy again to see how it went.", file=sys.stderr)
        return 130
    return 0


def stages_folder() -> Path:
    return Path(os.environ.get("STAGES") or FOLDER)


def is_said(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0", "no")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
