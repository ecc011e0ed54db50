"""Takes a stage away again: shows what goes and what stays, has its name typed, does it.

    python -m infra.destroy dev

`make destroy STAGE=dev` calls it. Of a stage that keeps (`keep = true` in its file, as prod's), the table with all that
people said and the secrets without which it can't be read stay; of another nothing does.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from infra.code_bucket import bucket_name, remove_bucket
from infra.deploy import (
    Account,
    CannotDeploy,
    account_for,
    secrets_there,
    stages_folder,
)
from infra.plan import HOLDS_DATA, in_words
from infra.resources import FUNCTIONS
from infra.stack import NONE, REVIEWED, Stack
from infra.stages import Stage, StageWrong, read_stage

SSM_AT_ONCE = 10  # names in one request, SSM's most


def destroy(stage: Stage, account: Account) -> None:
    """Raises CannotDeploy when it could not be done whole; again goes on with what is left."""
    stack = Stack(account.cloudformation, stage.prefix)
    state = stack.state()
    if state.endswith("_IN_PROGRESS") and state != REVIEWED:
        print(f"{stack.name} is {state}: waiting for that first.")
        stack.look()
        state, _ = stack.wait()
    bucket, secrets = bucket_name(stage.prefix, account.number, account.region), sorted(secrets_there(stage, account))
    kept = retained(stack) if state not in (NONE, REVIEWED) else {}
    print("\n".join([f"Stage {stage.name} in {account.name}.", *what_goes(stack, state, kept, bucket)]))
    print(what_becomes_of_secrets(stage, secrets))
    if asked(stage) != stage.name:
        print("That is not its name. Nothing was done.")
        return
    if state != NONE and (reasons := stack.delete()):
        raise CannotDeploy("\n".join(["Not all of it could be deleted; mend this and say it again:", *reasons]))
    remove_logs(account, stage)
    remove_bucket(account.s3, bucket)
    if not stage.keep:
        remove_secrets(account, stage, secrets)
    stays = [*sorted(kept), *([f"the secrets under {stage.secrets_path}"] if stage.keep and secrets else [])]
    print(f"{stage.name} is gone." + (f" What stays: {', '.join(stays)}." if stays else ""))


def retained(stack: Stack) -> dict[str, str]:
    """What the template says is to outlive the stack: its own name, and of what type it is."""
    resources = stack.template()["Resources"]
    stays = {name for name, one in resources.items() if one.get("DeletionPolicy") == "Retain"}
    return {
        one.get("PhysicalResourceId", one["LogicalResourceId"]): one["ResourceType"]
        for one in stack.parts()
        if one["LogicalResourceId"] in stays
    }


def what_goes(stack: Stack, state: str, kept: Mapping[str, str], bucket: str) -> list[str]:
    if state in (NONE, REVIEWED):
        return [f"There is no stack {stack.name}. Whatever it left goes, and the bucket {bucket}."]
    counted = Counter(one["ResourceType"] for one in stack.parts() if one.get("PhysicalResourceId") not in kept)
    kinds = [f"  - {count:>3} {in_words(kind)}" for kind, count in sorted(counted.items())]
    stays = [f"  = {in_words(kind)} {name} stays{why_it_stays(kind)}" for name, kind in sorted(kept.items())]
    return ["What goes:", *kinds, f"  -   1 bucket with code ({bucket})", *stays]


def why_it_stays(kind: str) -> str:
    return ": all that people said and did" if kind in HOLDS_DATA else ", for it serves the whole account"


def what_becomes_of_secrets(stage: Stage, secrets: list[str]) -> str:
    if not secrets:
        return f"  There are no secrets under {stage.secrets_path}."
    if stage.keep:
        return f"  = secrets under {stage.secrets_path} stay: without NUMBER_KEY nobody in the table is known any more"
    return f"  - {len(secrets):>3} secrets under {stage.secrets_path}: {', '.join(secrets)}"


def asked(stage: Stage) -> str:
    """Raises CannotDeploy where nobody can be asked."""
    try:
        return input(f"This can't be undone. Type the stage's name ({stage.name}) to do it: ").strip()
    except EOFError:
        raise CannotDeploy("Nobody is there to type its name. Nothing was done.") from None


def remove_logs(account: Account, stage: Stage) -> None:
    """A call that was under way while the stack went may have made its function's log anew."""
    mine = [f"/aws/lambda/{function.full_name(stage.prefix)}" for function in FUNCTIONS]
    for name in (*mine, f"/aws/apigateway/{stage.prefix}"):
        with suppress(account.logs.exceptions.ResourceNotFoundException):
            account.logs.delete_log_group(logGroupName=name)


def remove_secrets(account: Account, stage: Stage, secrets: list[str]) -> None:
    names = [stage.secrets_path + one for one in secrets]
    for start in range(0, len(names), SSM_AT_ONCE):
        account.ssm.delete_parameters(Names=names[start : start + SSM_AT_ONCE])


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print("Say which stage: make destroy STAGE=dev", file=sys.stderr)
        return 2
    try:
        stage = read_stage(arguments[0], stages_folder())
        destroy(stage, account_for(stage))
    except (CannotDeploy, StageWrong) as reason:
        print(reason, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS says no: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped here; what AWS had begun goes on there. Say it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
