"""Every alarm is made to ring: by what it is there for, as CloudWatch measures it, and until its message arrives.

The causes happen in a town in this process (tests/world.py). What we measure ourselves is what its handlers wrote to
their log; what AWS measures is taken from what AWS takes it from: what queues hold, how handlers and the API end, what
the database answers. The alarms are those that CloudFormation made in an emulated account of the template's resources.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException

import app
from chalicelib.runtime import day_of, runtime
from chalicelib.store import sender
from chalicelib.store.tables import CONNECTION
from infra.alarms import ALARMS, alarm_resources, described
from infra.resources import QUEUES
from infra.stages import Stage
from tests.aws.cloudwatch import Measured, datapoints, from_log, state
from tests.aws.emulator import Account, running_account
from tests.world import SCREENS, World, a_world, now, set_clock

STAGE = Stage("dev")
PREFIX = STAGE.prefix
WORKERS = [queue.name for queue in QUEUES]
Answered = tuple[SimpleNamespace, dict[str, Any]]
NAMES = {name: alarm for alarm in ALARMS for name in alarm.names()}


# --- what CloudWatch sees of a town -----------------------------------------------------------------------


@dataclass
class Watch:
    """A town's minutes, and what was measured in each."""

    world: World
    measured: list[Measured] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    sums: dict[tuple[str, str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)  # milliseconds of the API's answers
    minutes: list[datetime] = field(default_factory=list)

    def add(self, namespace: str, metric: str, n: float = 1, **dimensions: str) -> None:
        key = (namespace, metric, frozenset(dimensions.items()))
        self.sums[key] = self.sums.get(key, 0) + n

    # what happens

    def call(self, function: str, *event: Any) -> None:
        """One invocation; one that ends with an error is one of AWS's own counts."""
        self.add("AWS/Lambda", "Errors", 0, FunctionName=f"{PREFIX}-{function}")
        try:
            getattr(app, "app" if function == "api" else function)(*event, None)
        except ENDS_WITH:
            self.add("AWS/Lambda", "Errors", FunctionName=f"{PREFIX}-{function}")

    def take(self, queue: str) -> None:
        """What is on a queue is handed to its function, as often as there is anything."""
        while self.world.waiting(queue):
            self.add("AWS/Lambda", "Errors", 0, FunctionName=f"{PREFIX}-{queue}")
            try:
                if not self.world.work_once(queue):
                    return  # it has gone to the dead letters
            except ENDS_WITH:
                self.add("AWS/Lambda", "Errors", FunctionName=f"{PREFIX}-{queue}")
                return

    def work(self) -> None:
        for _ in range(4):
            for queue in WORKERS:
                self.take(queue)

    def ask(self, request: Callable[[], int]) -> None:
        """One request to the API."""
        began = time.perf_counter()
        status = request()
        self.times.append((time.perf_counter() - began) * 1000)
        self.add("AWS/ApiGateway", "5XXError", int(status >= 500), ApiName=PREFIX)

    def text(self, name: str, body: str) -> None:
        fields = {"MessageSid": f"SM{len(self.minutes):032}", "From": self.world.number(name), "To": "+15550100000"}
        self.ask(lambda: self.world.post("/sms", {**fields, "Body": body}))

    def tick(self) -> None:
        names = ("version", "account", "region", "detail-type", "source", "time", "id")
        self.call("clock", {**dict.fromkeys(names, ""), "detail": {}, "resources": []})

    # what is measured

    def minute_passes(self) -> None:
        set_clock(now() + timedelta(minutes=1))
        at = now()
        self.measured += from_log(self.log.getvalue().replace(f'"{USUAL}"', f'"{PREFIX}"').splitlines(), at)
        self.log.truncate(0)
        self.log.seek(0)
        self.measured += [Measured(*key, at, n) for key, n in self.sums.items()]
        self.measured += [
            Measured("AWS/ApiGateway", "Latency", frozenset({("ApiName", PREFIX)}), at, one) for one in self.times
        ]
        self.sums.clear()
        self.times.clear()
        for queue in QUEUES:
            self.look_at(queue.full_name(USUAL), queue.full_name(PREFIX), at)
            self.look_at(queue.full_name(USUAL, "-dlq"), queue.full_name(PREFIX, "-dlq"), at)
        self.minutes.append(at)

    def look_at(self, queue: str, known_as: str, at: datetime) -> None:
        found = messages_on(queue)
        named = frozenset({("QueueName", known_as)})
        self.measured.append(Measured("AWS/SQS", "ApproximateNumberOfMessagesVisible", named, at, len(found)))
        ages = [(at - put_at(json.loads(one))).total_seconds() for one in found]
        if ages:
            self.measured.append(Measured("AWS/SQS", "ApproximateAgeOfOldestMessage", named, at, max(ages)))

    # what is decided

    def states(self, alarm: dict[str, Any]) -> list[str]:
        """Of an alarm, after each minute."""
        found: list[str] = []
        for at in self.minutes:
            before = found[-1] if found else "INSUFFICIENT_DATA"
            found.append(state(alarm, datapoints(alarm, self.measured, at), before))
        return found


USUAL = "giddyup"  # what a town's queues begin with
ENDS_WITH = (KeyError, ClientError, PynamoDBException)  # errors that a handler lets rise, for AWS to count


def messages_on(queue: str) -> list[str]:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sqs.models import sqs_backends

    kept = sqs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].queues.get(queue)
    return [one.body for one in kept._messages if one.visible and not one.delayed] if kept else []


def put_at(message: dict[str, Any]) -> datetime:
    """By the town's clock, which moto does not know: a text says when it came, a row's key when it was written."""
    moment = message["at"] if "at" in message else message["sk"].split("#")[1]
    return datetime.fromisoformat(moment)


@contextmanager
def watching() -> Iterator[Watch]:
    with a_world() as world, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_LAMBDA_FUNCTION_NAME", f"{PREFIX}-any")
        watch = Watch(world)
        with redirect_stdout(watch.log):
            yield watch


# --- what alarms are there for ------------------------------------------------------------------------------


def letters_that_nobody_can_read(watch: Watch) -> None:
    """On each queue one, as another version might have put it there: tried until it is among the dead letters."""
    for queue in QUEUES:
        put_unreadable(queue.name)
    for _ in range(max(queue.max_receives for queue in QUEUES) + 1):
        watch.work()
    watch.minute_passes()


def put_unreadable(queue: str) -> None:
    at = now().isoformat()
    body, group = {"at": at, "sid": "SM1"}, {"MessageGroupId": "x", "MessageDeduplicationId": at}
    sqs, name = boto3.client("sqs"), next(one for one in QUEUES if one.name == queue)
    url = sqs.get_queue_url(QueueName=name.full_name(USUAL))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **(group if name.is_fifo else {}))


def texts_that_nobody_reads(watch: Watch) -> None:
    watch.text("ann", "HELP")
    for _ in range(4):
        watch.minute_passes()


def answers_that_nobody_sends(watch: Watch) -> None:
    watch.text("ann", "HELP")
    watch.take("inbound")
    for _ in range(10):
        watch.minute_passes()


def workers_that_are_slow(watch: Watch) -> None:
    for _ in range(4):
        watch.text("ann", "HELP")
        set_clock(now() + timedelta(seconds=12))
        watch.work()
        watch.minute_passes()


def handlers_that_fail(watch: Watch) -> None:
    """What calls them is not what they know; and the clock's database is gone."""
    for queue in QUEUES:
        put_unreadable(queue.name)
    boto3.client("dynamodb").delete_table(TableName="giddyup")
    for _ in range(3):
        watch.call("api", {"no": "request"})
        for queue in QUEUES:
            watch.take(queue.name)
        watch.tick()
        watch.minute_passes()


def a_queue_that_is_gone(watch: Watch) -> None:
    """The webhook can take no text."""
    sqs = boto3.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="giddyup-inbound.fifo")["QueueUrl"])
    for _ in range(3):
        watch.text("ann", "HELP")
    watch.minute_passes()


def a_database_that_is_slow(watch: Watch) -> None:
    """One page of three seconds, and the next minutes' are no faster."""
    with answering(lambda *_: time.sleep(3.05) if not watch.times else None):
        watch.ask(lambda: page("/g/DIG"))
    slow = list(watch.times)
    for _ in range(3):
        watch.times = list(slow)
        watch.minute_passes()


def page(path: str) -> int:
    from chalice.test import Client

    with Client(app.app) as client:
        return client.http.get(path).status_code


def a_table_that_gets_too_much(watch: Watch) -> None:
    """Each minute it refuses some of what a text asks of it, and of what changes what is due."""

    def refused(operation: str, body: bytes) -> Answered | None:
        kind = "Read" if operation in READS else "Write"
        metric, has_due = f"{kind}ThrottleEvents", b"due_shard" in body
        key = "due" if has_due else kind
        if counted.setdefault(key, 0) >= 1:
            return None
        counted[key] += 1
        index = {"GlobalSecondaryIndexName": "due"} if has_due else {}
        watch.add("AWS/DynamoDB", metric, TableName=PREFIX, **index)
        return answer(400, "ProvisionedThroughputExceededException")

    counted: dict[str, int] = {}
    watch.world.found_group(members=("ann",))
    for n in range(4):
        counted.clear()
        with answering(refused):
            watch.text("ann", f"NAME Ann{n}")
            watch.work()
        watch.minute_passes()


READS = {"Query", "BatchGetItem", "GetItem"}


def a_table_that_fails(watch: Watch) -> None:
    """For a while it answers what is read and what is changed with an error of its own."""

    def failing(operation: str, _: bytes) -> Answered | None:
        if operation not in counted or counted[operation] >= 6:
            return None
        counted[operation] += 1
        watch.add("AWS/DynamoDB", "SystemErrors", TableName=PREFIX, Operation=operation)
        return answer(500, "InternalServerError")

    counted = {"Query": 0, "UpdateItem": 0}
    with answering(failing):
        watch.text("ann", "HELP")
        for _ in range(3):
            watch.work()
    watch.minute_passes()


def answer(status: int, kind: str) -> Answered:
    return SimpleNamespace(status_code=status), {"Error": {"Code": kind, "Message": "by the test"}}


@contextmanager
def answering(instead: Callable[[str, bytes], Answered | None]) -> Iterator[None]:
    """`instead` may answer what is asked of the database, by its operation and its body; that is not tried again."""

    def before_call(model: Any, params: dict[str, Any], **_: object) -> Answered | None:
        return instead(model.name, params["body"])

    events = CONNECTION.client.meta.events
    events.register_first("before-call.dynamodb", before_call)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", before_call)


def a_day_that_costs_much(watch: Watch) -> None:
    """Four fifths are spent; the next answer tells."""
    today = day_of(now(), runtime())
    sender.spend("", today, int(runtime().settings.daily_limit * 0.8), None, now())
    watch.text("ann", "HELP")
    watch.work()
    watch.minute_passes()


def a_clock_that_stops(watch: Watch) -> None:
    for _ in range(4):
        watch.tick()
        watch.minute_passes()
    for _ in range(6):
        watch.minute_passes()


def a_token_that_is_wrong(watch: Watch) -> None:
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    watch.text("ann", "HELP")
    watch.work()
    watch.tick()
    watch.minute_passes()


def functions_that_aws_does_not_run(watch: Watch, account: Account) -> None:
    """No invocation is left for them: the account refuses to call them."""
    functions = account.client("lambda")
    for name in (one.removeprefix("throttles-") for one in NAMES if one.startswith("throttles-")):
        make_function(account, f"{PREFIX}-{name}")
        functions.put_function_concurrency(FunctionName=f"{PREFIX}-{name}", ReservedConcurrentExecutions=0)
    for _ in range(3):
        for name in ("api", *WORKERS, "clock"):
            with pytest.raises(functions.exceptions.TooManyRequestsException):
                functions.invoke(FunctionName=f"{PREFIX}-{name}", Payload=b"{}")
            watch.add("AWS/Lambda", "Throttles", FunctionName=f"{PREFIX}-{name}")
        watch.minute_passes()


def make_function(account: Account, name: str) -> None:
    import zipfile

    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    account.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Handler="app.app", Role=role, Code={"ZipFile": code.getvalue()}
    )


CAUSES: dict[str, Callable[..., None]] = {
    "dead-letters": letters_that_nobody_can_read,
    "late-inbound": texts_that_nobody_reads,
    "late-replies": answers_that_nobody_sends,
    "slow-replies": workers_that_are_slow,
    "errors": handlers_that_fail,
    "throttles": functions_that_aws_does_not_run,
    "api-errors": a_queue_that_is_gone,
    "api-slow": a_database_that_is_slow,
    "table-throttles": a_table_that_gets_too_much,
    "table-errors": a_table_that_fails,
    "spending": a_day_that_costs_much,
    "clock-silent": a_clock_that_stops,
    "sending-still": a_token_that_is_wrong,
}


# --- the tests ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """With the alarms that the template's resources make, and somebody who hears them."""
    with running_account(tmp_path_factory.mktemp("alarms")) as made:
        resources = alarm_resources(STAGE)
        stacks = made.client("cloudformation")
        stacks.create_stack(StackName=PREFIX, TemplateBody=json.dumps({"Resources": resources}))
        stacks.get_waiter("stack_create_complete").wait(StackName=PREFIX, WaiterConfig={"Delay": 1})
        sqs, sns = made.client("sqs"), made.client("sns")
        queue = sqs.create_queue(QueueName="ears")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = next(one["TopicArn"] for one in sns.list_topics()["Topics"])
        allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                   "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        yield made


def deployed(account: Account) -> dict[str, dict[str, Any]]:
    """The alarms as CloudWatch has them, by their names in ALARMS."""
    told = account.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
    return {one["AlarmName"].removeprefix(f"{PREFIX}-"): one for one in told}


def heard(account: Account) -> list[tuple[str, str, str]]:
    """What has come from the topic: which alarm, its state, and what it says."""
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="ears")["QueueUrl"]
    found = []
    while told := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in told:
            message = json.loads(one["Body"])
            found.append((message["AlarmName"], message["NewStateValue"], message["AlarmDescription"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return sorted(found)


def test_every_alarm_has_a_cause_that_it_is_tried_with() -> None:
    assert CAUSES.keys() == {one.name for one in ALARMS}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alarm_rings_when_what_it_is_there_for_happens(account: Account, alarm: Any) -> None:
    alarms, cloudwatch = deployed(account), account.client("cloudwatch")

    with watching() as watch:
        CAUSES[alarm.name](watch, *([account] if alarm.name == "throttles" else []))
    rang = {name: watch.states(alarms[name]) for name in alarm.names()}

    assert [name for name, states in rang.items() if "ALARM" not in states] == []
    for name in alarm.names():
        cloudwatch.set_alarm_state(AlarmName=f"{PREFIX}-{name}", StateValue="ALARM", StateReason="as decided above")
    assert heard(account) == sorted((f"{PREFIX}-{name}", "ALARM", described(alarm)) for name in alarm.names())


def test_none_rings_in_a_quarter_of_an_hour_in_which_all_is_well(account: Account) -> None:
    with watching() as watch:
        watch.world.found_group(members=("ann", "bob"))
        watch.log.truncate(0)
        for n in range(15):
            watch.tick()
            watch.text("ann", f"NAME Ann{n}")
            watch.work()
            watch.ask(lambda: page("/g/DIG"))
            watch.minute_passes()

    settled = {name: set(watch.states(alarm)[5:]) for name, alarm in deployed(account).items()}

    assert sorted(settled) == sorted(NAMES)
    assert {name: states for name, states in settled.items() if "ALARM" in states} == {}
    assert settled["clock-silent"] == settled["slow-replies"] == settled["sending-still"] == {"OK"}


def test_the_clocks_alarm_is_quiet_again_once_the_clock_runs_and_sendings_once_it_goes_on(account: Account) -> None:
    alarms = deployed(account)

    with watching() as watch:
        a_clock_that_stops(watch)
        a_token_that_is_wrong(watch)
        watch.minute_passes()
        set_clock(now() + timedelta(seconds=31))  # after which one text tries again
        for _ in range(4):
            watch.tick()
            watch.work()
            watch.tick()
            watch.minute_passes()

    clock, sending = watch.states(alarms["clock-silent"]), watch.states(alarms["sending-still"])
    assert (clock[9], clock[-1]) == ("ALARM", "OK")
    assert (sending[-6], sending[-5], sending[-1]) == ("ALARM", "ALARM", "OK")


def test_outside_lambda_nothing_is_measured_aloud(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert "AWS_LAMBDA_FUNCTION_NAME" not in os.environ

    world.text("ann", "HELP")

    assert "_aws" not in capsys.readouterr().out
