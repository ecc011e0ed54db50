"""`make deploy` and `make destroy`, as an operator says them, in an empty account on this machine.

Stacks of a table or two stand for what a whole stage would take long to get into: a replaced table, a deployment that
failed or is still going on. ministack carries out in moments what takes AWS minutes; a wait condition holds it up.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError

from infra.deploy import CannotDeploy, change, make_ready, reserve_of
from infra.plan import Change, change_of, shown, warnings
from infra.resources import FUNCTIONS
from infra.stack import NONE, Stack
from tests.aws.emulator import NUMBER, REGION, Account, running_account
from tests.aws.rehearsed import SECRETS, Stage
from tests.town import wait_until

pytestmark = pytest.mark.town

TAGS = {"app": "giddyup", "stage": "tried"}
WORKING = {"PUBLIC_URL": "https://crew.example", "TWILIO_FROM": "+15550100000"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with running_account(tmp_path_factory.mktemp("account")) as found:
        yield found


def a_stage(account: Account, folder: Path, built: Path, name: str, **options: str) -> Stage:
    stage = Stage(account, folder, built, name, dict(WORKING), options)
    stage.write()
    return stage


def table(key: str = "pk", **more: Any) -> dict[str, Any]:
    properties = {
        "TableName": "tried",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties, **more}


def topic(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def template(account: Account, name: str, **resources: Mapping[str, Any]) -> str:
    """Its address."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key=name, Body=json.dumps({"Resources": resources}).encode())
    return f"{account.endpoint}/templates/{name}"


def stack(account: Account, name: str) -> Stack:
    return Stack(account.client("cloudformation"), name)


def every(account: Account, service: str, operation: str, key: str) -> list[dict[str, Any]]:
    return [one for page in account.client(service).get_paginator(operation).paginate() for one in page[key]]


def left(account: Account, stage: Stage) -> dict[str, list[str]]:
    """What there is of a stage in the account."""
    start = stage.stack
    names = {
        "stacks": [one["StackName"] for one in account.client("cloudformation").describe_stacks()["Stacks"]],
        "tables": account.client("dynamodb").list_tables()["TableNames"],
        "queues": [one.rsplit("/", 1)[-1] for one in account.client("sqs").list_queues().get("QueueUrls", [])],
        "functions": [one["FunctionName"] for one in account.client("lambda").list_functions()["Functions"]],
        "roles": [one["RoleName"] for one in account.client("iam").list_roles()["Roles"]],
        "logs": [one["logGroupName"] for one in every(account, "logs", "describe_log_groups", "logGroups")],
        "alarms": [one["AlarmName"] for one in every(account, "cloudwatch", "describe_alarms", "MetricAlarms")],
        "topics": [one["TopicArn"] for one in account.client("sns").list_topics()["Topics"]],
        "apis": [one["name"] for one in account.client("apigateway").get_rest_apis()["items"]],
        "rules": [one["Name"] for one in account.client("events").list_rules()["Rules"]],
        "buckets": [one["Name"] for one in account.client("s3").list_buckets()["Buckets"]],
        "secrets": [one["Name"] for one in every(account, "ssm", "describe_parameters", "Parameters")],
    }
    of_stage = re.compile(rf"(^|[:/]){start}(-|$)|^/giddyup/{stage.name}/")
    found = {kind: [name for name in all_names if of_stage.search(name)] for kind, all_names in names.items()}
    return {kind: found_names for kind, found_names in found.items() if found_names}


# --- a stage's whole way --------------------------------------------------------------------------------


def test_without_secrets_it_says_how_to_put_them_there(account: Account, tmp_path: Path, built: Path) -> None:
    stage = a_stage(account, tmp_path, built, "bare")
    stage.keep_secrets({"TWILIO_ACCOUNT_SID": "AC1"})

    done = stage.deploy(YES="1")

    assert done.returncode == 1
    assert done.stderr == (
        "Not in SSM under /giddyup/bare/ yet: TWILIO_AUTH_TOKEN, NUMBER_KEY, LINK_KEYS.\n"
        "First: make secrets STAGE=bare\n"
    )
    assert left(account, stage) == {"secrets": ["/giddyup/bare/TWILIO_ACCOUNT_SID"]}


def test_a_plan_that_is_not_wanted_leaves_nothing_behind(account: Account, tmp_path: Path, built: Path) -> None:
    stage = a_stage(account, tmp_path, built, "unwanted")
    stage.keep_secrets()

    no, nobody = stage.deploy(says="no\n"), stage.deploy()

    assert (no.returncode, "Nothing was done." in no.stdout) == (0, True)
    assert re.search(r"\+ add +DynamoDB Table +Table", no.stdout)
    assert re.search(r"In all: \d+ to add\.", no.stdout)
    assert (nobody.returncode, nobody.stderr) == (
        1,
        "Nobody is there to say yes: YES=1 says it. Nothing was done.\n",
    )
    assert left(account, stage).keys() == {"secrets", "buckets"}


def test_without_a_package_it_makes_one(account: Account, tmp_path: Path) -> None:
    stage = a_stage(account, tmp_path, tmp_path / "nothing", "packed")
    stage.keep_secrets()

    done = stage.said_to("infra.deploy", "packed", says="no\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == [f"Stage packed in account {NUMBER}, us-east-1.", "Packaging …"]
    [code] = account.client("s3").list_objects_v2(Bucket=f"giddyup-packed-code-{NUMBER}-{REGION}", Prefix="code/")[
        "Contents"
    ]
    packed = (
        account.client("s3").get_object(Bucket=f"giddyup-packed-code-{NUMBER}-{REGION}", Key=code["Key"])["Body"].read()
    )
    assert code["Key"] == f"code/{sha256(packed).hexdigest()}.zip"
    assert {"app.py", "chalicelib/handle.py"} <= set(ZipFile(io.BytesIO(packed)).namelist())


def test_an_account_that_has_too_little_to_reserve_is_told_before_anything_is_made() -> None:
    reserve_of(1000)

    with pytest.raises(CannotDeploy, match=r"needs 481 invocations.*may have 10\. Ask AWS.*reserve = false"):
        reserve_of(10)


def test_what_has_not_changed_is_left_alone_and_a_setting_changes_functions_only(
    account: Account, tmp_path: Path, built: Path
) -> None:
    stage = a_stage(account, tmp_path, built, "first")
    stage.keep_secrets()

    first, again = stage.deployed(), stage.deployed()
    stage.write(BRAND="Crew")
    changed = stage.deployed()

    assert "a message comes in     POST https://crew.example/sms#rc=2&rp=all" in first
    assert "make doctor STAGE=first" in first
    assert ("Nothing to change" in again, "The plan" in again, "Uploading" in again) == (True, False, False), again
    planned = re.findall(r"^  ([+~!-]) \w+ +(\S.*?) {2,}(\w+)", changed, re.M)
    assert sorted(planned) == sorted(("~", "Lambda Function", one.logical) for one in FUNCTIONS)
    assert re.search(rf"In all: (\d to follow, )?{len(FUNCTIONS)} to change\.", changed)
    variables = account.client("lambda").get_function_configuration(FunctionName="giddyup-first-api")["Environment"]
    assert variables["Variables"]["BRAND"] == "Crew"
    assert [name for name, value in SECRETS.items() if value in json.dumps(variables)] == []


def test_code_is_kept_where_nobody_else_reads_it(account: Account, tmp_path: Path, built: Path) -> None:
    stage = a_stage(account, tmp_path, built, "closed")
    stage.keep_secrets()
    stage.deploy(says="no\n")

    s3, bucket = account.client("s3"), f"giddyup-closed-code-{NUMBER}-{REGION}"

    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    keys = sorted(one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"])
    assert [re.sub(r"[0-9a-f]{64}", "#", key) for key in keys] == ["code/#.zip", "templates/#.json"]


def test_destroy_takes_all_of_a_stage_that_is_not_kept(account: Account, tmp_path: Path, built: Path) -> None:
    stage = a_stage(account, tmp_path, built, "passing")
    stage.keep_secrets()
    stage.deployed()
    of_another = ["/aws/apigateway/giddyup-passing2", "/aws/lambda/giddyup-passing-by-api"]
    for name in of_another:
        account.client("logs").create_log_group(logGroupName=name)

    mistyped = stage.destroy(says="pasing\n")
    there = left(account, stage)
    done = stage.destroy(says="passing\n")

    assert (mistyped.returncode, "That is not its name. Nothing was done." in mistyped.stdout) == (0, True)
    assert there.keys() >= {"stacks", "tables", "queues", "functions", "logs", "alarms", "apis", "buckets", "secrets"}
    assert (done.returncode, done.stderr) == (0, "")
    # API Gateway's role for its logs is the whole account's, and stays with it.
    assert [re.sub("-[0-9A-Z]+$", "", one) for one in left(account, stage).pop("roles")] == [
        "giddyup-passing-AccessLogRole"
    ]
    assert left(account, stage).keys() == {"roles", "logs"}
    assert left(account, stage)["logs"] == of_another[1:]
    assert account.client("logs").describe_log_groups(logGroupNamePrefix=of_another[0])["logGroups"]
    again = stage.destroy(says="passing\n")
    assert (again.returncode, "There is no stack giddyup-passing." in again.stdout) == (0, True)


def test_destroy_leaves_the_table_and_the_secrets_of_a_stage_that_is_kept(
    account: Account, tmp_path: Path, built: Path
) -> None:
    stage = a_stage(account, tmp_path, built, "lasting", keep="true", reserve="true")
    stage.keep_secrets()
    stage.deployed()

    done = stage.destroy(says="lasting\n")

    assert done.returncode == 0, done.stderr
    assert "= DynamoDB Table giddyup-lasting stays: all that people said and did" in done.stdout
    assert "= secrets under /giddyup/lasting/ stay" in done.stdout
    assert left(account, stage).keys() == {"tables", "secrets", "roles"}


def test_a_stage_that_is_kept_comes_back_with_all_that_was_in_its_table(
    account: Account, tmp_path: Path, built: Path
) -> None:
    stage, dynamodb = a_stage(account, tmp_path, built, "back", keep="true"), account.client("dynamodb")
    stage.keep_secrets()
    stage.deployed()
    dynamodb.put_item(TableName="giddyup-back", Item={"pk": {"S": "person#1"}, "sk": {"S": "person"}})
    stage.destroy(says="back\n")

    said = stage.deployed()

    assert re.search(r"= take in +DynamoDB Table +Table", said)
    assert re.search(r"In all: \d+ to add, 1 to take in\.", said)
    assert dynamodb.scan(TableName="giddyup-back")["Items"] == [{"pk": {"S": "person#1"}, "sk": {"S": "person"}}]
    assert "Nothing to change" in stage.deployed()


# --- what goes wrong ------------------------------------------------------------------------------------


def test_a_table_is_replaced_only_by_force(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    tried = stack(account, "replaced")
    change(tried, template(account, "with-pk", Table=table()), TAGS, yes=True, force=False)
    account.client("dynamodb").put_item(TableName="tried", Item={"pk": {"S": "somebody"}})
    other = template(account, "with-id", Table=table("id"))

    with pytest.raises(CannotDeploy, match="FORCE=1"):
        change(tried, other, TAGS, yes=True, force=False)

    said = capsys.readouterr().out
    assert "!!! The table tried would be replaced by an empty one: what is in it would be lost." in said
    assert account.client("dynamodb").scan(TableName="tried")["Count"] == 1
    assert (tried.state(), list(tried.change_sets())) == ("CREATE_COMPLETE", [])


def test_a_queue_is_removed_only_by_force(account: Account) -> None:
    tried = stack(account, "removed")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "removed-queue"}}
    change(tried, template(account, "with", Queue=queue, Topic=topic("kept")), TAGS, yes=True, force=False)
    without = template(account, "without", Topic=topic("kept"))

    with pytest.raises(CannotDeploy, match="FORCE=1"):
        change(tried, without, TAGS, yes=True, force=False)
    assert [one["LogicalResourceId"] for one in tried.parts()] == ["Queue", "Topic"]

    assert change(tried, without, TAGS, yes=True, force=True)
    assert [one["LogicalResourceId"] for one in tried.parts()] == ["Topic"]


def test_a_plan_says_what_is_added_changed_replaced_and_removed() -> None:
    told = [
        resource("Add", "AWS::SNS::Topic", "Topic"),
        resource("Modify", "AWS::Events::Rule", "Rule", "each-minute", ["Targets"], evaluation="Dynamic"),
        resource("Modify", "AWS::Lambda::Function", "Api", "giddyup-dev-api", ["Environment", "Code"]),
        resource("Modify", "AWS::DynamoDB::Table", "Table", "giddyup-dev", ["KeySchema"], "True"),
        resource("Modify", "AWS::SQS::Queue", "Queue", "https://sqs/1/giddyup-dev-bulk", ["QueueName"], "Conditional"),
        resource("Remove", "AWS::Logs::LogGroup", "Logs", "/aws/lambda/x"),
    ]

    changes = [change_of(one) for one in told]

    assert shown(changes) == [
        "  + add     SNS Topic                        Topic",
        "  ? follow  Events Rule                      Rule (each-minute): Targets",
        "  ~ change  Lambda Function                  Api (giddyup-dev-api): Environment, Code",
        "  - remove  Logs LogGroup                    Logs (x)",
        "  ~ change  SQS Queue                        Queue (giddyup-dev-bulk): QueueName (replaced, perhaps)",
        "  ! replace DynamoDB Table                   Table (giddyup-dev): KeySchema",
        "In all: 1 to add, 1 to follow, 2 to change, 1 to replace, 1 to remove.",
    ]
    assert len(warnings(changes)) == 2
    assert not Change("change", "AWS::DynamoDB::Table", "Table", "giddyup-dev", ("Tags",)).loses_data


def resource(
    action: str,
    kind: str,
    part: str,
    name: str = "",
    why: tuple[str, ...] | list[str] = (),
    replacement: str = "False",
    evaluation: str = "Static",
) -> dict[str, Any]:
    """As DescribeChangeSet tells it."""
    details = [{"Target": {"Attribute": "Properties", "Name": one}, "Evaluation": evaluation} for one in why]
    told = {"Action": action, "ResourceType": kind, "LogicalResourceId": part, "PhysicalResourceId": name}
    return {**told, "Details": details, **({"Replacement": replacement} if action == "Modify" else {})}


def test_a_failure_is_told_with_its_reason_and_cleared_away_by_the_next_try(
    account: Account,
) -> None:
    tried = stack(account, "failing")
    account.client("sqs").create_queue(QueueName="taken-already")
    broken = template(
        account,
        "broken",
        Topic=topic("failing-topic"),
        Queue={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "taken-already", "VisibilityTimeout": 10**6}},
    )

    with pytest.raises(CannotDeploy) as failed:
        change(tried, broken, TAGS, yes=True, force=False)

    told = str(failed.value).splitlines()
    assert told[0] == "It failed (ROLLBACK_COMPLETE; deploying again clears it away first):"
    assert re.match(r"  Queue \(AWS::SQS::Queue\): \S+", told[1])
    make_ready(tried)
    assert tried.state() == NONE
    assert change(tried, template(account, "mended", Topic=topic("failing-topic")), TAGS, yes=True, force=False)
    assert tried.state() == "CREATE_COMPLETE"


def test_a_protected_table_of_a_first_try_that_failed_is_taken_in_by_the_next(account: Account) -> None:
    tried = stack(account, "protected")
    kept = table(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    kept["Properties"] |= {"TableName": "protected", "DeletionProtectionEnabled": True}
    broken = {"Type": "AWS::SQS::Queue", "DependsOn": ["Table"], "Properties": {"VisibilityTimeout": 10**6}}
    with pytest.raises(CannotDeploy, match="deploying again clears it away first"):
        change(tried, template(account, "unprotected", Table=kept, Queue=broken), TAGS, yes=True, force=False)

    make_ready(tried)

    assert change(tried, template(account, "protected", Table=kept), TAGS, yes=True, force=False)
    assert [one["PhysicalResourceId"] for one in tried.parts()] == ["protected"]


def test_a_change_that_fails_leaves_all_as_it_was(account: Account) -> None:
    tried = stack(account, "steady")
    queue = {"QueueName": "steady-queue", "VisibilityTimeout": 30}
    kept = {"Type": "AWS::SQS::Queue", "Properties": queue}
    change(tried, template(account, "steady", Queue=kept), TAGS, yes=True, force=False)
    broken = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 10**6}}

    with pytest.raises(CannotDeploy, match=r"UPDATE_ROLLBACK_COMPLETE; it is as it was before"):
        change(tried, template(account, "unsteady", Queue=kept, Other=broken), TAGS, yes=True, force=False)

    assert [(one["LogicalResourceId"], one["PhysicalResourceId"].rsplit("/", 1)[-1]) for one in tried.parts()] == [
        ("Queue", "steady-queue")
    ]


def test_who_was_killed_halfway_is_waited_for_and_cleared_away(account: Account) -> None:
    tried, cloudformation = stack(account, "halfway"), account.client("cloudformation")
    # Nobody ever signals it, so it goes on for three seconds and then fails: somebody's deployment, left alone.
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    waits = {"Handle": {"Ref": "Handle"}, "Timeout": "3", "Count": 1}
    slow = {"Handle": handle, "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waits}}
    body = json.dumps({"Resources": slow})
    starting = threading.Thread(
        target=cloudformation.create_stack, kwargs={"StackName": "halfway", "TemplateBody": body}, daemon=True
    )
    starting.start()
    wait_until(lambda: tried.state() == "CREATE_IN_PROGRESS")

    make_ready(tried)

    assert tried.state() == NONE
    assert change(tried, template(account, "quick", Topic=topic("quick")), TAGS, yes=True, force=False)


def test_a_change_set_that_was_left_over_is_in_nobodys_way(account: Account) -> None:
    tried = stack(account, "leftover")
    first = template(account, "leftover", Topic=topic("leftover"))
    tried.cloudformation.create_change_set(
        StackName="leftover", ChangeSetName="deploy", ChangeSetType="CREATE", TemplateURL=first
    )

    assert change(tried, first, TAGS, yes=True, force=False)
    assert tried.state() == "CREATE_COMPLETE"


def test_a_template_that_cloudformation_does_not_take_leaves_no_stack(account: Account) -> None:
    tried = stack(account, "untaken")
    strange = template(account, "strange", What={"Type": "AWS::No::Such"})

    with pytest.raises(CannotDeploy, match="AWS::No::Such"):
        change(tried, strange, TAGS, yes=True, force=False)

    assert tried.state() == NONE


def test_an_account_that_nobody_knows_is_said_so(account: Account, tmp_path: Path, built: Path) -> None:
    stage = a_stage(account, tmp_path, built, "stranger")

    done = stage.deploy(YES="1", AWS_ACCESS_KEY_ID="AKIAUNKNOWN", AWS_SECRET_ACCESS_KEY="x")

    assert done.returncode == 1
    assert done.stderr.startswith("AWS does not know us")
    with pytest.raises(ClientError):
        account.client("s3").head_bucket(Bucket=f"giddyup-stranger-code-{NUMBER}-{REGION}")
