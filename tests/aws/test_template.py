"""What gets deployed is what AWS takes, is safe, can be put back, and is what the town on one machine runs on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint
from moto import mock_aws

from chalicelib.settings import SECRETS
from chalicelib.store.tables import CONNECTION, Row
from infra.fronts import public_address
from infra.policies import SENDS_TO, statements
from infra.resources import FUNCTIONS, QUEUES, make_queues
from infra.stages import Stage
from infra.template import TAGS_AS_LIST, TAGS_AS_MAP, finished
from tests.aws.templates import (
    ALARMED,
    CDN,
    DEV,
    EVERYTHING,
    OWN_DOMAIN,
    PROD,
    RESTORED,
    STAGES,
    chalices,
    everything_in,
    of_type,
    template_of,
    text_of,
    translated,
    translated_text,
)

every_stage = pytest.mark.parametrize("which", STAGES)
each_kind = pytest.mark.parametrize("which", ["dev", "alarmed", "own domain", "everything"])
UNRESERVED = 100  # AWS keeps so many of an account's invocations for functions that reserve none
ACCOUNT, NEW_ACCOUNT = 1000, 10


def linted(text: str) -> list[str]:
    return [f"{one.rule.id} {one.message}" for one in lint(text, config=ManualArgs(regions=["us-east-1"]))]


@each_kind
def test_the_template_is_one_that_aws_takes(which: str) -> None:
    assert linted(text_of(which)) == []


@each_kind
def test_what_aws_makes_of_the_template_is_one_that_it_takes(which: str) -> None:
    assert linted(translated_text(which)) == []


def test_who_looks_at_it_sees_a_message_that_comes_back_too_soon() -> None:
    template = translated("dev")
    template["Resources"]["InboundQueue"]["Properties"]["VisibilityTimeout"] = 5

    (found,) = linted(json.dumps(template))

    assert "15" in found
    assert "5" in found


# --- the table ---------------------------------------------------------------------------------------


def test_the_table_is_the_one_that_the_rows_are_written_for() -> None:
    asked: list[dict[str, Any]] = []
    CONNECTION.client.meta.events.register("before-sign.dynamodb.CreateTable", lambda request, **_: asked.append(
        json.loads(request.data)))  # fmt: skip
    with mock_aws():
        Row.create_table()

    properties = of_type(template_of("prod"), "AWS::DynamoDB::Table")["Table"]
    assert len(asked) == 1
    assert {name: properties[name] for name in asked[0] if name != "TableName"} == {
        name: value for name, value in asked[0].items() if name != "TableName"
    }
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


@every_stage
def test_the_table_is_encrypted_and_can_be_put_back_to_any_second(which: str) -> None:
    properties = of_type(template_of(which), "AWS::DynamoDB::Table")["Table"]

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_what_people_have_joined_outlives_its_stack_and_what_is_only_tried_does_not() -> None:
    kept, tried = (template_of(which)["Resources"]["Table"] for which in ("prod", "dev"))

    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert (tried["DeletionPolicy"], tried["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert [one["Properties"]["DeletionProtectionEnabled"] for one in (kept, tried)] == [True, False]


def test_a_restored_table_takes_the_place_of_the_stacks_own_which_stays() -> None:
    restored, own = (template_of(which) for which in ("restored", "prod"))
    name = RESTORED.table

    functions = of_type(restored, "AWS::Serverless::Function")
    assert {one["Environment"]["Variables"]["TABLE_NAME"] for one in functions.values()} == {name}
    alarms = of_type(restored, "AWS::CloudWatch::Alarm").values()
    tables = [each["Value"] for one in alarms for each in one.get("Dimensions", []) if each["Name"] == "TableName"]
    assert set(tables) == {name}
    assert restored["Resources"]["Table"] == own["Resources"]["Table"]
    arn = f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{name}"
    asked = [one["Resource"] for each in FUNCTIONS for one in statements(each, RESTORED)]
    assert [one for one in asked if "Table" in str(one)] == []
    assert (asked.count({"Fn::Sub": arn}), asked.count({"Fn::Sub": f"{arn}/index/due"})) == (6, 2)


# --- the queues --------------------------------------------------------------------------------------


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1", aws_access_key_id="tests", aws_secret_access_key="tests")


@pytest.mark.parametrize("suffix", ["", "-dlq"])
@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_a_queue_is_the_one_that_a_town_on_one_machine_has(sqs: Any, queue: Any, suffix: str) -> None:
    make_queues(sqs, "giddyup-dev")
    name = queue.full_name("giddyup-dev", suffix)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    local = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    (properties,) = (
        one for one in of_type(template_of("dev"), "AWS::SQS::Queue").values() if one["QueueName"] == name
    )  # fmt: skip
    written = {key: value for key, value in properties.items() if key not in {"QueueName", "Tags"}}
    if "RedrivePolicy" in written:
        written["RedrivePolicy"]["deadLetterTargetArn"] = json.loads(local["RedrivePolicy"])["deadLetterTargetArn"]
    assert {key: value if isinstance(value, str) else json.dumps(value) for key, value in written.items()} == {
        key: local[key] for key in written
    }


@every_stage
def test_every_queue_is_encrypted_and_has_dead_letters_of_its_own(which: str) -> None:
    queues = of_type(template_of(which), "AWS::SQS::Queue")

    assert {one["SqsManagedSseEnabled"] for one in queues.values()} == {True}
    policies = {name: one["RedrivePolicy"] for name, one in queues.items() if "RedrivePolicy" in one}
    dead = {name: policy["deadLetterTargetArn"]["Fn::GetAtt"][0] for name, policy in policies.items()}
    assert set(queues) == set(dead) | set(dead.values())
    assert len(set(dead.values())) == len(QUEUES) == len(dead)
    assert min(policy["maxReceiveCount"] for policy in policies.values()) >= 5  # AWS's least, for who is throttled


@every_stage
def test_a_message_is_nobody_elses_while_its_function_may_work_on_it(which: str) -> None:
    template = translated(which)
    queues, functions = of_type(template, "AWS::SQS::Queue"), of_type(template, "AWS::Lambda::Function")

    sources = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    assert len(sources) == len(QUEUES)
    for source in sources:
        queue = queues[source["EventSourceArn"]["Fn::GetAtt"][0]]
        function = functions[source["FunctionName"]["Ref"]]
        waits = source.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= function["Timeout"] + waits


@every_stage
def test_only_the_messages_that_failed_come_again(which: str) -> None:
    sources = of_type(translated(which), "AWS::Lambda::EventSourceMapping").values()

    assert [one["FunctionResponseTypes"] for one in sources] == [["ReportBatchItemFailures"]] * len(QUEUES)


# --- the functions -----------------------------------------------------------------------------------


def test_every_handler_of_the_app_is_a_function_with_its_own_numbers() -> None:
    made = of_type(template_of("prod"), "AWS::Serverless::Function")

    assert {name: (one["Handler"], one["MemorySize"], one["Timeout"]) for name, one in made.items()} == {
        one.logical: (f"app.{'app' if one.name == 'api' else one.name}", one.memory_mb, one.timeout_seconds)
        for one in FUNCTIONS
    }


def test_no_more_messages_are_taken_than_invocations_are_kept_for_them() -> None:
    made = of_type(template_of("prod"), "AWS::Serverless::Function").values()

    for function in made:
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                at_once = event["Properties"]["ScalingConfig"]["MaximumConcurrency"]
                assert 2 <= at_once <= function["ReservedConcurrentExecutions"]
    assert sum(one["ReservedConcurrentExecutions"] for one in made) <= ACCOUNT - UNRESERVED


def test_a_new_account_without_any_to_reserve_can_have_a_stage() -> None:
    made = of_type(template_of("dev"), "AWS::Serverless::Function").values()

    assert [one for one in made if "ReservedConcurrentExecutions" in one] == []
    sources = [event for one in made for event in one.get("Events", {}).values() if event["Type"] == "SQS"]
    assert sum(one["Properties"]["ScalingConfig"]["MaximumConcurrency"] for one in sources) < NEW_ACCOUNT


def test_who_goes_round_by_a_queue_is_not_taken_for_a_mistake() -> None:
    made = of_type(template_of("prod"), "AWS::Serverless::Function")

    allowed = {name for name, one in made.items() if one.get("RecursiveLoop") == "Allow"}
    assert allowed == {one.logical for one in FUNCTIONS if one.name in led_to_by(one.name)}


def led_to_by(function: str) -> set[str]:
    """Whom a message of this one's can reach, by way of others too."""
    reached: set[str] = set()
    following = set(SENDS_TO[function])
    while following:
        reached |= following
        following = {name for one in following for name in SENDS_TO[one]} - reached
    return reached


def test_the_clock_rings_each_minute_and_never_for_a_minute_that_is_over() -> None:
    clock = of_type(template_of("prod"), "AWS::Serverless::Function")["Clock"]

    assert [one["Properties"]["Schedule"] for one in clock["Events"].values()] == ["rate(1 minute)"]
    assert clock["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert clock["ReservedConcurrentExecutions"] == 1
    assert clock["Timeout"] < 60


@every_stage
def test_no_function_is_told_a_secret_and_each_is_told_where_they_are(which: str) -> None:
    stage = STAGES[which]
    for function in of_type(template_of(which), "AWS::Serverless::Function").values():
        told = function["Environment"]["Variables"]
        assert set(told) & set(SECRETS) == set()
        assert (told["TABLE_NAME"], told["QUEUE_PREFIX"]) == (stage.table_name, stage.prefix)
        assert told["SECRETS_PATH"] == stage.secrets_path
        assert told["TWILIO_FROM"] == "+12125550123"


@every_stage
def test_every_function_runs_on_the_processor_that_the_stage_names(which: str) -> None:
    made = of_type(template_of(which), "AWS::Serverless::Function").values()

    assert [one["Architectures"] for one in made] == [[STAGES[which].architecture]] * len(FUNCTIONS)


@every_stage
def test_logs_go_after_a_time_and_no_function_writes_to_another_log(which: str) -> None:
    template, stage = template_of(which), STAGES[which]
    groups = of_type(template, "AWS::Logs::LogGroup")

    assert {one["RetentionInDays"] for one in groups.values()} == {stage.log_days}
    assert {f"/aws/lambda/{one.full_name(stage.prefix)}" for one in FUNCTIONS} <= {
        one["LogGroupName"] for one in groups.values()
    }
    for function in FUNCTIONS:
        assert template["Resources"][function.logical]["DependsOn"] == [f"{function.logical}Logs"]


# --- the way in --------------------------------------------------------------------------------------


def test_the_public_address_is_the_best_that_there_is() -> None:
    asked = (DEV, CDN, OWN_DOMAIN, EVERYTHING, Stage("dev", {"PUBLIC_URL": "https://crew.example/"}, cdn=True))

    assert [public_address(stage) for stage in asked] == [
        {"Fn::Sub": "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/api"},
        {"Fn::Sub": "https://${Distribution.DomainName}"},
        "https://crew.example.org",
        "https://crew.example.org",
        "https://crew.example",
    ]


@every_stage
def test_the_functions_and_the_operator_are_told_the_same_address(which: str) -> None:
    template = template_of(which)
    outputs = {name: one["Value"] for name, one in template["Outputs"].items()}
    functions = of_type(template, "AWS::Serverless::Function").values()

    assert {json.dumps(one["Environment"]["Variables"]["PUBLIC_URL"]) for one in functions} == {
        json.dumps(outputs["PublicUrl"])
    }
    address, webhook = (
        json.dumps(outputs[name]).removesuffix('"}').removesuffix('"') for name in ("PublicUrl", "SmsWebhook")
    )  # fmt: skip
    assert webhook == f"{address}/sms#rc=2&rp=all"
    assert outputs["TableName"] == STAGES[which].table_name
    assert outputs["AlarmTopic"] == {"Ref": "AlarmTopic"}


@every_stage
def test_the_api_asks_for_nothing_that_asks_for_the_api(which: str) -> None:
    api = of_type(template_of(which), "AWS::Serverless::Api")["RestAPI"]

    text = json.dumps(api["DefinitionBody"])
    assert set(re.findall(r"\$\{([^}]+)\}", text)) == {"AWS::Partition", "AWS::Region", "AWS::AccountId"}
    assert f"function:{STAGES[which].prefix}-api/invocations" in text


@every_stage
def test_there_is_one_way_in_and_it_has_the_limits(which: str) -> None:
    template = translated(which)

    (stage,) = of_type(template, "AWS::ApiGateway::Stage").values()
    (deployment,) = of_type(template, "AWS::ApiGateway::Deployment").values()
    assert (stage["StageName"], deployment.get("StageName", "none")) == ("api", "none")
    assert [one["ResourcePath"] for one in stage["MethodSettings"]] == ["/*"]


def test_an_account_that_never_had_an_api_can_have_one_with_a_log() -> None:
    """AWS gives an account a role for logs once it has an API, and a stage a log once its account has a role."""
    resources = translated("prod")["Resources"]

    (stage,) = (one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Stage")
    assert {"Ref": "AccessLogAccount"} in list(everything_in(stage))
    assert resources["AccessLogAccount"]["DependsOn"] == ["RestAPI"]
    assert "AccessLogAccount" not in json.dumps(resources["RestAPI"])


@every_stage
def test_the_api_takes_pictures_answers_compressed_and_has_a_limit(which: str) -> None:
    api = of_type(template_of(which), "AWS::Serverless::Api")["RestAPI"]

    assert api["Name"] == STAGES[which].prefix
    assert api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"] == api["BinaryMediaTypes"] == ["*/*"]
    assert api["MinimumCompressionSize"] == 1024
    (limits,) = api["MethodSettings"]
    assert limits["ThrottlingRateLimit"] == STAGES[which].requests_a_second
    assert limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 5000


def test_the_access_log_says_nothing_of_anybody() -> None:
    written = of_type(template_of("prod"), "AWS::Serverless::Api")["RestAPI"]["AccessLogSetting"]["Format"]

    variables = set(re.findall(r"\$context\.([\w.]+)", written))
    personal = {"identity.sourceIp", "identity.userAgent", "identity.caller", "path", "customDomain.basePathMatched"}
    assert variables & personal == set()  # resourcePath is the pattern: /p/{token}
    assert {"requestId", "httpMethod", "resourcePath", "status", "responseLatency"} <= variables


def test_with_cloudfront_files_are_kept_by_their_marks_and_nothing_else_is() -> None:
    template = template_of("everything")
    config = of_type(template, "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
    kept = of_type(template, "AWS::CloudFront::CachePolicy")["KeptFiles"]["CachePolicyConfig"]

    assert {one["PathPattern"]: one["CachePolicyId"] for one in config["CacheBehaviors"]} == {
        "/static/*": {"Ref": "KeptFiles"},
        "/embed.js": {"Ref": "KeptFiles"},
    }
    asked = kept["ParametersInCacheKeyAndForwardedToOrigin"]
    assert asked["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert asked["CookiesConfig"] == {"CookieBehavior": "none"}
    assert (config["Origins"][0]["OriginPath"], config["Aliases"]) == ("/api", ["crew.example.org"])


def test_behind_cloudfront_the_functions_know_that_it_asks_for_somebody() -> None:
    told = {which: of_type(template_of(which), "AWS::Serverless::Function")["APIHandler"] for which in ("cdn", "dev")}

    assert {which: one["Environment"]["Variables"].get("PROXIES") for which, one in told.items()} == {
        "cdn": "1",
        "dev": None,
    }


def test_the_limit_on_one_address_is_before_what_people_reach_and_spares_the_carrier() -> None:
    for which, scope in (("own domain", "REGIONAL"), ("everything", "CLOUDFRONT")):
        limit = of_type(template_of(which), "AWS::WAFv2::WebACL")["Limit"]
        (rule,) = limit["Rules"]
        spared = [one["SearchString"] for one in everything_in(rule) if isinstance(one, dict) and "SearchString" in one]
        assert (limit["Scope"], spared) == (scope, ["/sms", "/api/sms"])
    assert "LimitOfApi" in template_of("own domain")["Resources"]


def test_options_that_are_off_make_nothing() -> None:
    kinds = {one["Type"] for one in template_of("bare")["Resources"].values()}

    assert {
        kind for kind in kinds if re.search("WAF|CloudFront|DomainName|BasePathMapping|Budget|Account", kind)
    } == set()


# --- all of it ---------------------------------------------------------------------------------------


@every_stage
def test_everything_can_be_found_on_the_bill(which: str) -> None:
    stage = STAGES[which]
    for name, one in template_of(which)["Resources"].items():
        tags = one["Properties"].get("Tags")
        if one["Type"] in TAGS_AS_MAP:
            assert tags == stage.tags, name
        elif one["Type"] in TAGS_AS_LIST:
            assert tags == [{"Key": key, "Value": value} for key, value in stage.tags.items()], name


@pytest.mark.parametrize("stage", [DEV, ALARMED, EVERYTHING], ids=["dev", "prod", "everything"])
def test_a_template_is_made_alike_each_time_and_changes_nothing_that_it_is_made_of(stage: Stage) -> None:
    sam = json.loads(chalices())

    assert finished(sam, stage) == finished(sam, stage)
    assert sam == json.loads(chalices())


def test_two_stages_share_nothing_but_what_they_are_made_of() -> None:
    assert "giddyup-prod" not in text_of("dev")
    assert "giddyup-dev" not in text_of("prod")
    assert PROD.prefix in text_of("prod")


@every_stage
def test_a_template_fits_where_aws_takes_templates_from(which: str) -> None:
    assert len(translated_text(which).encode()) < 1_000_000
    assert len(template_of(which)["Resources"]) < 500
