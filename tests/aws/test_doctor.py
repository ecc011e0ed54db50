"""What the doctor finds, says and mends: an account at Twilio, a stage on AWS, a town."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import Settings, read_settings
from infra import installation
from infra.doctor.__main__ import main
from infra.doctor.aws import AwsDoctor
from infra.doctor.finding import Finding, State, lines, mended
from infra.doctor.twilio import look_at_twilio
from infra.local.settings import ROOT
from infra.twilio_account import host
from tests.aws.a_stage import STAGE, account, make_stage, ministack
from tests.local.running_carrier import ACCOUNT, NUMBER, TOKEN, Carrier, running_carrier
from tests.town import Town

__all__ = ["account", "ministack"]
PUBLIC = "https://crew.example.org"
WEBHOOK = f"{PUBLIC}/sms#rc=2&rp=all"
SERVICE = "MG" + "3" * 32
TOLL_FREE = "+18885550100"
SHORT_CODE = "345678"


def settings_for(carrier: Carrier, **more: str) -> Settings:
    return read_settings(
        {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE": carrier.url,
            "TWILIO_FROM": NUMBER,
            "PUBLIC_URL": PUBLIC,
            "NUMBER_KEY": "a-key",
            "LINK_KEYS": "a-link-key",
            **more,
        }
    )


def look(carrier: Carrier, **more: str) -> dict[str, Finding]:
    """By what was looked at, without `Twilio: `."""
    return {one.what.removeprefix("Twilio: "): one for one in look_at_twilio(settings_for(carrier, **more))}


def set_wrong(carrier: Carrier, **state: str) -> None:
    status, answer = carrier.ask("POST", "/account", state)
    assert status == 200, answer


def ill(found: dict[str, Finding]) -> list[str]:
    return [what for what, one in found.items() if one.state in {State.WRONG, State.WARNING}]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    with running_carrier(tmp_path_factory.mktemp("carrier"), PUBLIC, CARRIER_CONTRACT_OF="all") as carrier:
        yield carrier


@pytest.fixture
def carrier(shared: Carrier) -> Iterator[Carrier]:
    """With an account as it was made, again."""
    made = shared.ask("GET", "/account")[1]
    yield shared
    set_wrong(shared, **made)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    """With a messaging service that settings name."""
    folder = tmp_path_factory.mktemp("serving")
    with running_carrier(folder, PUBLIC, TWILIO_MESSAGING_SERVICE_SID=SERVICE, CARRIER_CONTRACT_OF="all") as carrier:
        yield carrier


# --- an account at Twilio -----------------------------------------------------------------------------


def test_an_account_as_it_should_be_has_nothing_wrong(carrier: Carrier) -> None:
    found = look(carrier)

    assert ill(found) == []
    assert {what: one.found for what, one in found.items() if one.state is State.OK} == {
        "credentials": "the auth token is taken",
        "the account": "active",
        "the number": f"{NUMBER}, ours",
        "where texts come in": WEBHOOK,
        "where they come if not": WEBHOOK,
        "status callbacks": f"each text names {PUBLIC}/sms/status…",
        "SENDER_TYPE": f"long_code, as {NUMBER} is",
        "registration (A2P 10DLC)": "the campaign is verified",
        "where texts may go": "CA, US",
    }
    assert found["Advanced Opt-Out"].state is State.LOOK
    assert "OptOutType" in found["Advanced Opt-Out"].do


def test_an_account_with_a_messaging_service_as_it_should_be_has_nothing_wrong(serving: Carrier) -> None:
    found = look(serving, TWILIO_FROM="", TEXT_NUMBER=NUMBER, TWILIO_MESSAGING_SERVICE_SID=SERVICE)

    assert ill(found) == []
    assert found["the messaging service"].found == f"Giddyup: {NUMBER}"


def test_credentials_that_are_not_taken_end_the_look_with_what_to_do(carrier: Carrier) -> None:
    found = look(carrier, TWILIO_AUTH_TOKEN="no-token-of-theirs")

    assert ill(found) == ["credentials", "all the rest"]
    assert "make rotate-keys" in found["credentials"].do


def test_while_two_tokens_count_each_is_tried(carrier: Carrier) -> None:
    findings = list(look_at_twilio(settings_for(carrier, TWILIO_AUTH_TOKEN=f"{TOKEN},an-old-one")))

    assert [(one.state, one.found.partition(" (")[0]) for one in findings[:2]] == [
        (State.OK, "auth token 1 is taken"),
        (State.WARNING, "auth token 2 is not taken any more"),
    ]
    assert "DROP=1" in findings[1].do


def test_a_carrier_that_is_away_is_one_finding(carrier: Carrier) -> None:
    carrier.fault("*", mode="down", seconds="600")

    found = look(carrier)

    carrier.ask("DELETE", "/phones/*/faults")
    assert {what: one.state for what, one in found.items()} == {"credentials": State.WRONG}


@pytest.mark.parametrize(
    ("state", "more", "what", "says"),
    [
        ({"Status": "suspended"}, {}, "the account", "suspended"),
        ({"Type": "Trial"}, {}, "what kind of account", "a trial"),
        ({"HasNumber": "false"}, {}, "the number", f"{NUMBER} is no number of this account"),
        ({"SmsUrl": "https://old.example/sms"}, {}, "where texts come in", "it is https://old.example/sms"),
        ({"SmsUrl": f"{PUBLIC}/sms"}, {}, "where texts come in", "without #rc=2&rp=all"),
        ({"SmsUrl": ""}, {}, "where texts come in", "none is set"),
        ({"SmsMethod": "GET"}, {}, "where texts come in", "by GET"),
        ({"SmsFallbackUrl": ""}, {}, "where they come if not", "the fallback: none is set"),
        ({"UseInboundWebhookOnNumber": "false"}, {}, "where texts come in", "messaging service MG"),
        ({"Campaign": "PENDING"}, {}, "registration (A2P 10DLC)", "is being looked at (PENDING)"),
        ({"Campaign": "FAILED"}, {}, "registration (A2P 10DLC)", "was refused (FAILED)"),
        ({"Campaign": ""}, {}, "registration (A2P 10DLC)", "no campaign"),
        ({"IsInPool": "false"}, {}, "registration (A2P 10DLC)", "is in no messaging service"),
        ({"Countries": "US"}, {}, "where texts may go", "CA closed, and in COUNTRIES"),
        ({}, {"SENDER_TYPE": "toll_free"}, "SENDER_TYPE", f"toll_free, but {NUMBER} is a long_code"),
    ],
)
def test_each_thing_set_wrong_is_found_and_said(
    carrier: Carrier, state: dict[str, str], more: dict[str, str], what: str, says: str
) -> None:
    set_wrong(carrier, **state)

    found = look(carrier, **more)

    assert what in ill(found)
    assert says in found[what].found
    assert found[what].do


def test_a_messaging_service_without_a_sender_is_wrong(serving: Carrier) -> None:
    set_wrong(serving, IsInPool="false")

    found = look(serving, TWILIO_FROM="", TEXT_NUMBER=NUMBER, TWILIO_MESSAGING_SERVICE_SID=SERVICE)

    set_wrong(serving, IsInPool="true")
    assert found["the messaging service"].state is State.WRONG
    assert "21704" in found["the messaging service"].do


def test_a_toll_free_number_wants_to_be_verified(tmp_path: Path) -> None:
    with running_carrier(tmp_path, PUBLIC, TWILIO_FROM=TOLL_FREE, CARRIER_CONTRACT_OF="all") as carrier:
        usual = {"TWILIO_FROM": TOLL_FREE, "SENDER_TYPE": "toll_free"}
        approved = look(carrier, **usual)
        set_wrong(carrier, Verification="IN_REVIEW")
        reviewed = look(carrier, **usual)
        set_wrong(carrier, Verification="")
        unasked = look(carrier, **usual)

    what = "verification (toll-free)"
    assert [(one[what].state, one[what].found) for one in (approved, reviewed, unasked)] == [
        (State.OK, "approved"),
        (State.WRONG, "it is being looked at (IN_REVIEW)"),
        (State.WRONG, "none"),
    ]


def test_a_short_code_has_a_webhook_of_its_own_and_no_registration(tmp_path: Path) -> None:
    with running_carrier(tmp_path, PUBLIC, TWILIO_FROM=SHORT_CODE, CARRIER_CONTRACT_OF="all") as carrier:
        set_wrong(carrier, SmsUrl="https://old.example/sms", IsInPool="false")
        usual = {"TWILIO_FROM": SHORT_CODE, "SENDER_TYPE": "short_code"}
        before = look(carrier, **usual)
        mended(before["where texts come in"])
        after = look(carrier, **usual)

    assert ill(before) == ["where texts come in"]
    assert ill(after) == []
    assert "all of STOP, START and HELP is ours" in after["Advanced Opt-Out"].found


# --- mending ------------------------------------------------------------------------------------------


def test_a_numbers_webhooks_are_set_right_and_nothing_else(carrier: Carrier) -> None:
    set_wrong(carrier, SmsUrl="https://old.example/sms", SmsMethod="GET", SmsFallbackUrl="", Campaign="")

    done = [mended(one) for one in look(carrier).values()]

    assert [one.what for one in done if one.state is State.MENDED] == [
        "Twilio: where texts come in",
        "Twilio: where they come if not",
    ]
    assert ill(look(carrier)) == ["registration (A2P 10DLC)"]
    state = carrier.ask("GET", "/account")[1]
    assert (state["SmsUrl"], state["SmsMethod"], state["SmsFallbackUrl"]) == (WEBHOOK, "POST", WEBHOOK)


def test_a_messaging_services_webhooks_are_set_right(serving: Carrier) -> None:
    usual = {"TWILIO_FROM": "", "TEXT_NUMBER": NUMBER, "TWILIO_MESSAGING_SERVICE_SID": SERVICE}
    set_wrong(serving, InboundRequestUrl="https://old.example/sms", FallbackUrl="", FallbackMethod="GET")
    before = look(serving, **usual)

    for one in before.values():
        mended(one)

    assert ill(before) == ["where texts come in", "where they come if not"]
    assert ill(look(serving, **usual)) == []


def test_texts_go_where_the_account_says(carrier: Carrier) -> None:
    set_wrong(carrier, SmsUrl="")

    status, told = carrier.ask("POST", "/phones/+15550100001/texts", {"Body": "JOIN DIG"})

    assert (status, "has no webhook" in told["error"]) == (502, True)


# --- hosts and the table ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "messaging"),
    [
        ("https://api.twilio.com", "https://messaging.twilio.com"),
        ("https://api.dublin.ie1.twilio.com/", "https://messaging.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("", "https://messaging.twilio.com"),
    ],
)
def test_messaging_is_beside_twilios_api_and_with_a_towns_carrier(base: str, messaging: str) -> None:
    assert host(base, "messaging") == messaging


def test_a_finding_is_a_line_and_what_to_do_below_it() -> None:
    finding = Finding(
        "AWS: the table", State.WRONG, "there is no giddyup-dev", "make deploy STAGE=dev.", lambda: "made"
    )

    assert list(lines([finding])) == [
        "WRONG     AWS: the table                    there is no giddyup-dev",
        "                                            → make deploy STAGE=dev. FIX=1 does it.",
    ]


# --- a stage on AWS -----------------------------------------------------------------------------------


@pytest.fixture
def stage(account: dict[str, str]) -> None:  # noqa: ARG001 - it is made in this account
    make_stage()


def examine() -> dict[str, Finding]:
    """By what was looked at, without `AWS: `."""
    found = AwsDoctor(STAGE, lambda: datetime.now(UTC)).findings()
    return {one.what.removeprefix("AWS: "): one for one in found}


@pytest.mark.usefixtures("stage")
def test_a_stage_as_it_should_be_has_nothing_wrong() -> None:
    found = examine()

    assert ill(found) == []
    assert list(found) == [
        "the stack", "secrets", "functions", "the table", "what is to be forgotten", "point-in-time recovery",
        "deletion protection", "queues", "dead letters", "queues to functions", "the clock", "the clock's last beat",
        "logs", "alarms", "who hears alarms",
    ]  # fmt: skip
    assert found["who hears alarms"].found == "ops@example.org"


@pytest.mark.usefixtures("account")
def test_before_anything_is_deployed_each_missing_thing_is_said_with_its_command() -> None:
    found = examine()

    wrongs = {what: one.do for what, one in found.items() if one.state is State.WRONG}
    assert wrongs["the stack"] == "make deploy STAGE=dev."
    assert wrongs["secrets"] == "make secrets STAGE=dev."
    assert wrongs["queue inbound-dlq"] == "make deploy STAGE=dev."
    assert {"functions: api", "functions: clock", "the table", "logs", "alarms", "who hears alarms"} <= wrongs.keys()


def lose_secret() -> None:
    boto3.client("ssm").delete_parameter(Name="/giddyup/dev/LINK_KEYS")


def show_secret() -> None:
    lose_secret()
    boto3.client("ssm").put_parameter(Name="/giddyup/dev/LINK_KEYS", Value="in the open", Type="String")


def disable_source() -> None:
    client = boto3.client("lambda")
    [source] = client.list_event_source_mappings(FunctionName="giddyup-dev-bulk")["EventSourceMappings"]
    client.update_event_source_mapping(UUID=source["UUID"], Enabled=False)


def lose_source() -> None:
    client = boto3.client("lambda")
    [source] = client.list_event_source_mappings(FunctionName="giddyup-dev-bulk")["EventSourceMappings"]
    client.delete_event_source_mapping(UUID=source["UUID"])


def stop_clock() -> None:
    boto3.client("events").disable_rule(Name="clock-every-minute")


def silence_clock() -> None:
    boto3.client("logs").delete_log_stream(logGroupName="/aws/lambda/giddyup-dev-clock", logStreamName="a")


def change_queue() -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="giddyup-dev-bulk")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})


def put_dead_letter() -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="giddyup-dev-due-dlq")["QueueUrl"], MessageBody="{}")


def keep_logs_for_ever() -> None:
    boto3.client("logs").delete_retention_policy(logGroupName="/aws/lambda/giddyup-dev-due")


def stop_forgetting() -> None:
    off = {"Enabled": False, "AttributeName": "expires"}
    boto3.client("dynamodb").update_time_to_live(TableName="giddyup-dev", TimeToLiveSpecification=off)


def stop_recovery() -> None:
    off = {"PointInTimeRecoveryEnabled": False}
    boto3.client("dynamodb").update_continuous_backups(TableName="giddyup-dev", PointInTimeRecoverySpecification=off)


def unprotect() -> None:
    boto3.client("dynamodb").update_table(TableName="giddyup-dev", DeletionProtectionEnabled=False)


def ring() -> None:
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName="giddyup-dev-dead-letters-due", StateValue="ALARM", StateReason="1 letter"
    )


def lose_alarm() -> None:
    boto3.client("cloudwatch").delete_alarms(AlarmNames=["giddyup-dev-dead-letters-due"])


def mute_alarm() -> None:
    boto3.client("cloudwatch").disable_alarm_actions(AlarmNames=["giddyup-dev-dead-letters-due"])


def unsubscribe() -> None:
    sns = boto3.client("sns")
    sns.unsubscribe(SubscriptionArn=sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"])


def change_settings() -> None:
    boto3.client("lambda").update_function_configuration(
        FunctionName="giddyup-dev-api", Environment={"Variables": {"TABLE_NAME": "giddyup-dev", "BRAND": "Other"}}
    )


BROKEN = [
    (lose_secret, "secrets", False),
    (show_secret, "how they are kept", False),
    (disable_source, "queues to functions: bulk", True),
    (lose_source, "queues to functions: bulk", False),
    (stop_clock, "the clock", True),
    (silence_clock, "the clock's last beat", False),
    (change_queue, "queue bulk", True),
    (put_dead_letter, "dead letters", False),
    (keep_logs_for_ever, "logs: due", True),
    (stop_forgetting, "what is to be forgotten", True),
    (stop_recovery, "point-in-time recovery", True),
    (unprotect, "deletion protection", True),
    (ring, "alarms: dead-letters-due", False),
    (lose_alarm, "alarms", False),
    (mute_alarm, "alarms", True),
    (unsubscribe, "who hears alarms", False),
    (change_settings, "settings", False),
]


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("break_it", "what", "is_mended"), BROKEN, ids=[one[0].__name__ for one in BROKEN])
def test_what_is_broken_on_aws_is_found_and_what_can_be_mended_safely_is(
    break_it: Callable[[], None], what: str, is_mended: bool
) -> None:
    break_it()
    before = examine()

    for one in before.values():
        mended(one)

    assert ill(before) == [what]
    assert before[what].do
    assert ill(examine()) == ([] if is_mended else [what])


def refuse(**_: object) -> None:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "DescribeAlarms")


@pytest.mark.usefixtures("stage")
def test_what_aws_does_not_tell_is_a_finding_and_the_rest_is_looked_at() -> None:
    installation.aws("cloudwatch").meta.events.register_first("before-call.cloudwatch", refuse)

    found = examine()

    assert ill(found) == ["alarms"]
    assert found["alarms"].found == "AWS does not tell: AccessDeniedException"
    assert found["who hears alarms"].state is State.OK


# --- the command --------------------------------------------------------------------------------------


def test_a_stage_that_has_no_file_is_no_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


@pytest.mark.town
def test_a_town_is_looked_at_too_and_what_it_lacks_is_said_to_be_so(town: Town) -> None:
    environment = {**os.environ, "GIDDYUP_DATA": str(town.data)}
    command = [sys.executable, "-m", "infra.doctor"]

    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert (said.returncode, said.stderr) == (0, "")
    assert "not here  AWS: alarms" in said.stdout
    assert "ok        AWS: queues" in said.stdout
    assert f"ok        PUBLIC_URL                        http://127.0.0.1:{town.port}/healthz answers" in said.stdout
    assert "ok        Twilio: where texts come in" in said.stdout
    assert "WRONG" not in said.stdout
