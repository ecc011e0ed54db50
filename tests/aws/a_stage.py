"""A stage as its template makes it, made by hand: as much as an operator's tools look at."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from infra import installation
from infra.alarms import ALARMS
from infra.installation import Installation
from infra.local.settings import ROOT, free_port
from infra.resources import FUNCTIONS, QUEUES, make_queues, table_properties
from tests.town import is_open, wait_until

STAGE = Installation("dev", {"BRAND": "Crew", "TWILIO_FROM": "+15550100000"}, log_days=14, is_kept=True)
SECRETS = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "one",
    "NUMBER_KEY": "a-number-key",
    "LINK_KEYS": "a-link-key",
}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Its port. Each test has an account of its own in it."""
    port, usual = free_port(), {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "-m", "infra.local.aws", str(port), str(tmp_path_factory.mktemp("aws"))]
    process = subprocess.Popen(command, cwd=ROOT, env=usual)  # noqa: S603 - our own module
    try:
        wait_until(lambda: is_open(port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


ACCOUNTS = itertools.count(100000000001)


@pytest.fixture
def account(ministack: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An empty account, which this process's clients reach; and the environment of a process that is to reach it."""
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ministack}",
        "AWS_ACCESS_KEY_ID": str(next(ACCOUNTS)),
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    yield environment
    monkeypatch.undo()
    forget_clients()


def forget_clients() -> None:
    boto3.setup_default_session()
    installation.aws.cache_clear()


def put_secrets(values: Mapping[str, str] = SECRETS) -> None:
    for name, value in values.items():
        boto3.client("ssm").put_parameter(Name=f"/giddyup/dev/{name}", Value=value, Type="SecureString")


def make_stage() -> None:
    """All of it, as it should be."""
    put_secrets()
    make_table()
    make_queues(boto3.client("sqs"), STAGE.name)
    make_stack()
    make_functions()
    make_sources()
    make_clock()
    make_alarms()


def make_table() -> None:
    dynamodb = boto3.client("dynamodb")
    properties = table_properties()
    ttl = properties.pop("TimeToLiveSpecification")
    dynamodb.create_table(TableName=STAGE.name, DeletionProtectionEnabled=True, **properties)
    dynamodb.update_time_to_live(TableName=STAGE.name, TimeToLiveSpecification=ttl)
    dynamodb.update_continuous_backups(
        TableName=STAGE.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def make_stack() -> None:
    template = {"Resources": {"Nothing": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "nothing"}}}}
    boto3.client("cloudformation").create_stack(StackName=STAGE.name, TemplateBody=json.dumps(template))


def make_functions() -> None:
    """Each with its log."""
    role = boto3.client("iam").create_role(RoleName="giddyup", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client, logs = boto3.client("lambda"), boto3.client("logs")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def app(event, context): pass\n")
    for function in FUNCTIONS:
        client.create_function(
            FunctionName=function.full_name(STAGE.name),
            Runtime="python3.11",
            Handler="app.app",
            Role=role,
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {"TABLE_NAME": STAGE.name, "SECRETS_PATH": STAGE.path, **STAGE.given}},
        )
        logs.create_log_group(logGroupName=STAGE.log_group(function.name))
        logs.put_retention_policy(logGroupName=STAGE.log_group(function.name), retentionInDays=14)


def make_sources() -> None:
    """What takes from the queues."""
    client, sqs = boto3.client("lambda"), boto3.client("sqs")
    for queue in QUEUES:
        url = sqs.get_queue_url(QueueName=queue.full_name(STAGE.name))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client.create_event_source_mapping(EventSourceArn=arn, FunctionName=f"{STAGE.name}-{queue.name}")


def make_clock() -> None:
    events = boto3.client("events")
    arn = boto3.client("lambda").get_function(FunctionName="giddyup-dev-clock")["Configuration"]["FunctionArn"]
    events.put_rule(Name="clock-every-minute", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="clock-every-minute", Targets=[{"Id": "clock", "Arn": arn}])
    say_in_log("clock", "a", "{}")


def say_in_log(function: str, stream: str, *lines: str, at: datetime | None = None) -> None:
    logs, name = boto3.client("logs"), STAGE.log_group(function)
    streams = logs.describe_log_streams(logGroupName=name)["logStreams"]
    if stream not in {one["logStreamName"] for one in streams}:
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    moment = int((at or datetime.now(UTC)).timestamp() * 1000)
    events: list[Any] = [{"timestamp": moment + n, "message": line} for n, line in enumerate(lines)]
    logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)


def make_alarms() -> None:
    sns, cloudwatch = boto3.client("sns"), boto3.client("cloudwatch")
    topic = sns.create_topic(Name=STAGE.topic)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.org")
    for name in (name for alarm in ALARMS for name in alarm.names()):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{STAGE.name}-{name}", Namespace="Giddyup", MetricName="Sends", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
        )  # fmt: skip
