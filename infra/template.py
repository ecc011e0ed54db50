"""The whole template of a stage: what Chalice made of app.py, and everything that it runs on.

`finished` is all there is to call; tests/aws/test_template.py tries what AWS makes of it. Why each number is what it is
stands beside it, in infra/resources.py.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from infra.alarms import alarm_resources, dashboard_resource
from infra.fronts import certificate_target, front_resources, public_address
from infra.policies import SENDS_TO, dead_letters_id, is_traced, queue_id, role, sub
from infra.resources import (
    FUNCTIONS,
    LEAST_AT_ONCE,
    QUEUES,
    Function,
    Queue,
    dead_letter_properties,
    queue_properties,
    table_properties,
)
from infra.stages import API_STAGE, Stage

Resource = dict[str, Any]
Template = dict[str, Any]

TWILIO_RETRIES = "#rc=2&rp=all"  # so that Twilio tries again after a 5xx and a time-out, too

# Of a request is noted what was done and how it went: no address of anybody, no query, and of a path only its pattern,
# for a personal link is one.
ACCESS_LOG = {
    "id": "$context.requestId",
    "at": "$context.requestTimeEpoch",
    "what": "$context.httpMethod $context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "ms_of_function": "$context.integrationLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.responseType",
}

TAGS_AS_MAP = {"AWS::Serverless::Function", "AWS::Serverless::Api"}
TAGS_AS_LIST = {
    "AWS::ApiGateway::DomainName",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::WAFv2::WebACL",
}


def finished(sam: Template, stage: Stage) -> Template:
    """A new template, ready for CloudFormation but for where the code is (`CodeUri` is left as Chalice has it)."""
    template = copy.deepcopy(sam)
    template["Description"] = f"Giddyup, stage {stage.name}: an action network that people join by text message"
    resources = template["Resources"]
    resources["Table"] = table(stage)
    for queue in QUEUES:
        resources |= queue_resources(queue, stage)
    for function in FUNCTIONS:
        resources |= function_resources(function, resources[function.logical], stage)
    resources["RestAPI"] = api(resources["RestAPI"], stage)
    resources |= access_log(stage) | front_resources(stage) | alarm_resources(stage)
    resources["Dashboard"] = dashboard_resource(stage)
    for resource in resources.values():
        tag(resource, stage)
    template["Outputs"] |= outputs(stage)
    return template


# --- what is kept -------------------------------------------------------------------------------------


def table(stage: Stage) -> Resource:
    """Can be put back to any second of the last 35 days; of a stage that is kept it outlives even its stack."""
    properties = {
        "TableName": stage.prefix,
        **table_properties(),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "DeletionProtectionEnabled": stage.keep,
    }
    return {
        "Type": "AWS::DynamoDB::Table",
        # Also of a first deployment that fails: what is protected could not be deleted, and that would fail as well.
        # The next one takes it in.
        "DeletionPolicy": "Retain" if stage.keep else "Delete",
        "UpdateReplacePolicy": "Retain" if stage.keep else "Delete",
        "Properties": properties,
    }


def queue_resources(queue: Queue, stage: Stage) -> dict[str, Resource]:
    """A queue and its dead letters."""
    dead = dead_letters_id(queue.name)
    name = {"QueueName": queue.full_name(stage.prefix)}
    dead_name = {"QueueName": queue.full_name(stage.prefix, "-dlq")}
    own = queue_properties(queue, {"Fn::GetAtt": [dead, "Arn"]})
    return {
        dead: {"Type": "AWS::SQS::Queue", "Properties": dead_name | dead_letter_properties(queue)},
        queue_id(queue.name): {"Type": "AWS::SQS::Queue", "Properties": name | own},
    }


# --- what runs ----------------------------------------------------------------------------------------


def function_resources(function: Function, made: Resource, stage: Stage) -> dict[str, Resource]:
    """The function with its role and its log, which is there before the function can write to it."""
    log = f"{function.logical}Logs"
    properties = made["Properties"] | {
        "FunctionName": function.full_name(stage.prefix),
        "MemorySize": function.memory_mb,
        "Timeout": function.timeout_seconds,
        "Architectures": [stage.architecture],
        "Tracing": "Active" if is_traced(function, stage) else "PassThrough",
        "Role": {"Fn::GetAtt": [f"{function.logical}Role", "Arn"]},
        "Environment": {"Variables": environment(stage)},
        "Tags": {},
    }
    if stage.reserve:
        properties["ReservedConcurrentExecutions"] = function.reserved
    if function.at_once is not None:
        properties["Events"] = {"Messages": messages(function, stage)}
    if function.name in SENDS_TO[function.name]:
        # What is put off, or not yet done, goes back to its own queue as a new message. Lambda would take that for a
        # mistake after some sixteen times, a quarter of an hour of sending held, and refuse it.
        properties["RecursiveLoop"] = "Allow"
    if function.name == "clock":
        # What one minute misses the next one does: nothing is gained by ringing again for a minute that is over.
        properties["EventInvokeConfig"] = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    return {
        log: log_group(f"/aws/lambda/{function.full_name(stage.prefix)}", stage),
        f"{function.logical}Role": role(function, stage),
        function.logical: {**made, "DependsOn": [log], "Properties": properties},
    }


def messages(function: Function, stage: Stage) -> Resource:
    """The function's queue. Chalice knows neither queues of the same template nor that only some messages failed."""
    queue = next(one for one in QUEUES if one.name == function.name)
    return {
        "Type": "SQS",
        "Properties": {
            "Queue": {"Fn::GetAtt": [queue_id(queue.name), "Arn"]},
            "BatchSize": queue.batch_size,
            **({} if queue.is_fifo else {"MaximumBatchingWindowInSeconds": queue.window_seconds}),
            "ScalingConfig": {"MaximumConcurrency": function.at_once if stage.reserve else LEAST_AT_ONCE},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
    }


def environment(stage: Stage) -> dict[str, Any]:
    """The settings that are no secret; where the secrets are; and what the template itself knows."""
    return {
        "TABLE_NAME": stage.table_name,
        "QUEUE_PREFIX": stage.prefix,
        "SECRETS_PATH": stage.secrets_path,
        "PUBLIC_URL": public_address(stage),
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **({"PROXIES": "1"} if stage.cdn else {}),
        **stage.settings,
    }


def log_group(name: str, stage: Stage) -> Resource:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": stage.log_days}}


# --- how it is reached --------------------------------------------------------------------------------


def api(made: Resource, stage: Stage) -> Resource:
    """Chalice's API with limits, and functions named instead of referred to.

    A function's environment holds the API's address. Were the API to refer to the function as well, neither could be
    made first; names go round that.
    """
    described = made["Properties"]["DefinitionBody"]
    properties = made["Properties"] | {
        "Name": stage.prefix,
        "StageName": API_STAGE,
        "OpenApiVersion": "2.0",  # or SAM makes a second stage, named "Stage", which has no limits and no log
        "EndpointConfiguration": {"Type": "REGIONAL"},
        "DefinitionBody": by_name(described, stage),
        "BinaryMediaTypes": described["x-amazon-apigateway-binary-media-types"],  # AWS reads either, ministack this one
        "TracingEnabled": stage.tracing,
        "MethodSettings": [
            {
                "ResourcePath": "/*",
                "HttpMethod": "*",
                "MetricsEnabled": False,  # by method they are paid for; those of the whole stage are not, and enough
                "ThrottlingRateLimit": stage.requests_a_second,
                "ThrottlingBurstLimit": min(2 * stage.requests_a_second, MOST_BURST),
            }
        ],
    }
    if stage.access_log:
        destination = {"Fn::GetAtt": ["AccessLog", "Arn"]}
        properties["AccessLogSetting"] = {"DestinationArn": destination, "Format": json.dumps(ACCESS_LOG)}
        # The account's role must be there before a stage with a log is, and an API before the account can have a role:
        # only the stage that SAM makes may wait for it, and a variable that nobody reads makes it.
        properties["Variables"] = {"log": {"Ref": "AccessLogAccount"}}
    return {**made, "Properties": properties}


MOST_BURST = 5000  # what an account has to begin with
FUNCTION_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function"


def by_name(part: Any, stage: Stage) -> Any:
    """The API's description with each function's ARN made of its name."""
    if isinstance(part, dict):
        return {name: by_name(one, stage) for name, one in part.items()}
    if isinstance(part, list):
        return [by_name(one, stage) for one in part]
    if not isinstance(part, str):
        return part
    for function in FUNCTIONS:
        name = function.full_name(stage.prefix)
        part = part.replace(f"${{{function.logical}.Arn}}", f"{FUNCTION_ARN}:{name}")
    return part


def access_log(stage: Stage) -> dict[str, Resource]:
    """Where API Gateway notes requests.

    Its role is a setting of the whole account in this region, which each stage makes the same; so it stays when a stage
    goes, or the other one's log would end. API Gateway takes no role with less than AWS's own policy for it.
    """
    if not stage.access_log:
        return {}
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    pushes = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {
        "AccessLog": log_group(f"/aws/apigateway/{stage.prefix}", stage),
        "AccessLogRole": {
            "Type": "AWS::IAM::Role",
            **kept,
            "Properties": {
                "Description": "Lets API Gateway write its logs",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "ManagedPolicyArns": [sub(pushes)],
            },
        },
        "AccessLogAccount": {
            "Type": "AWS::ApiGateway::Account",
            "DependsOn": ["RestAPI"],
            **kept,
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["AccessLogRole", "Arn"]}},
        },
    }


# --- what an operator wants to know -------------------------------------------------------------------


def outputs(stage: Stage) -> dict[str, Any]:
    told = {
        "PublicUrl": ("Where people and Twilio find it (PUBLIC_URL)", public_address(stage)),
        "SmsWebhook": ("Twilio: a message comes in, by POST", below(public_address(stage), f"/sms{TWILIO_RETRIES}")),
        "TableName": ("The DynamoDB table", stage.table_name),
        "AlarmTopic": ("Where alarms ring", {"Ref": "AlarmTopic"}),
        **certificate_target(stage),
    }
    return {name: {"Description": meaning, "Value": value} for name, (meaning, value) in told.items()}


def below(address: Any, path: str) -> Any:
    return sub(address["Fn::Sub"] + path) if isinstance(address, dict) else address + path


def tag(resource: Resource, stage: Stage) -> None:
    """For the bill: what each costs can be asked by these."""
    properties = resource.setdefault("Properties", {})
    if resource["Type"] in TAGS_AS_MAP:
        properties["Tags"] = dict(stage.tags)
    elif resource["Type"] in TAGS_AS_LIST:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in stage.tags.items()]
