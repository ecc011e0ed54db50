"""What each function may do on AWS: written by hand, by what its code calls, and by each thing's own name.

With one exception: AWS gives X-Ray's calls no names of things (`Resource: "*"`). Secrets in SSM are decrypted with
AWS's own key, whose policy lets whoever may read the parameter; for a key of one's own (`secrets_key_arn`) there is a
statement.
"""

from __future__ import annotations

from typing import Any

from infra.resources import FUNCTIONS, QUEUES, Function
from infra.stages import Stage

Statement = dict[str, Any]

# In DynamoDB's words. A transaction asks for what it is made of; statements of PartiQL have actions of their own.
READ = ("dynamodb:BatchGetItem", "dynamodb:Query")
TRANSACT = ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
WRITE_MANY = ("dynamodb:BatchWriteItem",)
CLAIM_MANY = ("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate")

TABLE_ACTIONS: dict[str, tuple[str, ...]] = {
    "api": (*READ, *TRANSACT, *WRITE_MANY),  # the dashboard writes lists, and drops them
    "inbound": (*READ, *TRANSACT),
    "replies": (*READ, *TRANSACT),
    "bulk": (*READ, *TRANSACT, *CLAIM_MANY),
    "due": (*READ, *TRANSACT, *WRITE_MANY),  # purges, and lists on their way in
    "clock": ("dynamodb:BatchGetItem",),  # whether sending stands still; what is due it reads in the index
}

# Onto which queues each function puts messages: nudges of what became due, chunks of an alert, a text that came.
SENDS_TO: dict[str, tuple[str, ...]] = {
    "api": ("inbound", "replies", "bulk", "due"),  # an operator's dashboard sends dead letters on their way again
    "inbound": ("replies", "due"),
    "replies": ("replies", "due"),
    "bulk": ("replies", "bulk", "due"),
    "due": ("replies", "bulk", "due"),
    "clock": ("replies", "due"),
}
READS_DUE = ("api", "clock")  # the index of what is due: what waits, on the operators' page
READS_DEAD_LETTERS = ("api",)


def statements(function: Function, stage: Stage) -> list[Statement]:
    """The function's whole policy; what is not in it is refused."""
    found = [logs(function, stage), secrets(stage), table(function, stage)]
    if function.name in READS_DUE:
        found.append(allow("DueIndex", ["dynamodb:Query"], table_arn(stage, "/index/due")))
    if function.at_once is not None:
        takes = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        found.append(allow("TakesFromQueue", takes, arn(queue_id(function.name))))
    queues = [arn(queue_id(name)) for name in SENDS_TO[function.name]]
    found.append(allow("SendsToQueues", ["sqs:GetQueueUrl", "sqs:SendMessage"], queues))
    if function.name in READS_DEAD_LETTERS:
        found += dead_letters()
    if stage.secrets_key_arn:
        found.append(allow("DecryptsSecrets", ["kms:Decrypt"], stage.secrets_key_arn))
    if is_traced(function, stage):
        found.append(allow("Traces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"))
    return found


def is_traced(function: Function, stage: Stage) -> bool:
    """The clock is not: each minute a trace is $0.22 a month, and nobody waits for it."""
    return stage.tracing and function.name != "clock"


def logs(function: Function, stage: Stage) -> Statement:
    """Its log group is made with the template, so it makes none."""
    group = f"log-group:/aws/lambda/{function.full_name(stage.prefix)}:*"
    streams = sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:{group}")
    return allow("WritesLog", ["logs:CreateLogStream", "logs:PutLogEvents"], streams)


def secrets(stage: Stage) -> Statement:
    """By name, each under the stage's path."""
    parameters = f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{stage.secrets_path}"
    return allow("ReadsSecrets", ["ssm:GetParameters"], sub(parameters + "*"))


def table(function: Function, stage: Stage) -> Statement:
    return allow("Table", sorted(TABLE_ACTIONS[function.name]), table_arn(stage))


def table_arn(stage: Stage, part: str = "") -> dict[str, Any]:
    """Of the table in use: the stack's own, or one that was restored and is in no stack."""
    if stage.table:
        return sub(f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{stage.table}{part}")
    return sub(f"${{Table.Arn}}{part}") if part else arn("Table")


def dead_letters() -> list[Statement]:
    """The operators' page counts what waits, looks at the dead letters, and sends them on their way again."""
    waiting = [arn(name) for queue in QUEUES for name in (queue_id(queue.name), dead_letters_id(queue.name))]
    dead = [arn(dead_letters_id(queue.name)) for queue in QUEUES]
    takes = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
    return [allow("CountsWaiting", ["sqs:GetQueueAttributes"], waiting), allow("TakesDeadLetters", takes, dead)]


def allow(sid: str, actions: list[str], resources: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def arn(logical: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical, "Arn"]}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def queue_id(name: str) -> str:
    """What the template calls a queue."""
    return f"{name.title()}Queue"


def dead_letters_id(name: str) -> str:
    return f"{name.title()}DeadLetters"


def role(function: Function, stage: Stage) -> dict[str, Any]:
    """One for each function, with nothing of AWS's own policies."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": statements(function, stage)}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": f"What {function.full_name(stage.prefix)} may do",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": policy}],
        },
    }


def roles(stage: Stage) -> dict[str, Any]:
    return {f"{function.logical}Role": role(function, stage) for function in FUNCTIONS}
