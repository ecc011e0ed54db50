"""What rings, why, and what to do then (ALARMS); the topic that it rings on, and the page of measurements to look at.

    python -m infra.alarms

prints README's table of alarms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.metrics import NAMESPACE
from infra.resources import FUNCTIONS, QUEUES

if TYPE_CHECKING:
    from infra.stages import Stage

Resource = dict[str, Any]

MINUTE, FIVE_MINUTES = 60, 300
AT_LEAST, BELOW = "GreaterThanOrEqualToThreshold", "LessThanThreshold"


class Watched(NamedTuple):
    """A metric of CloudWatch's; its dimensions have `{prefix}` and `{table}` for the stage's own names."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str

    def of(self, stage: Stage) -> dict[str, str]:
        names = {"prefix": stage.prefix, "table": stage.table_name}
        return {name: value.format(**names) for name, value in self.dimensions.items()}


@dataclass(frozen=True, slots=True)
class Alarm:
    """It rings when `datapoints` of the last `periods` (each of `seconds`) were `compared` so with the threshold.

    `watched` has one metric for each alarm that this line stands for; its name is the line's and the key here.
    `missing`: how CloudWatch takes a period without a measurement. `threshold` is said with its unit in `rings`.
    """

    name: str
    watched: Mapping[str, Watched]
    threshold: float
    rings: str
    means: str
    look: str
    do: str
    seconds: int = MINUTE
    periods: int = 1
    datapoints: int = 1
    compared: str = AT_LEAST
    missing: str = "notBreaching"

    def names(self) -> dict[str, Watched]:
        """All that this line stands for, by the alarm's name without the stage's prefix."""
        return {f"{self.name}-{key}" if key else self.name: watched for key, watched in self.watched.items()}


def of_queues(metric: str, suffix: str = "", *names: str) -> dict[str, Watched]:
    queues = [one for one in QUEUES if not names or one.name in names]
    return {
        one.name: Watched("AWS/SQS", metric, {"QueueName": one.full_name("{prefix}", suffix)}, "Maximum")
        for one in queues
    }


def of_functions(metric: str) -> dict[str, Watched]:
    return {
        one.name: Watched("AWS/Lambda", metric, {"FunctionName": one.full_name("{prefix}")}, "Sum") for one in FUNCTIONS
    }


def of_api(metric: str, statistic: str) -> dict[str, Watched]:
    """The API's own name is the stage's prefix."""
    return {"": Watched("AWS/ApiGateway", metric, {"ApiName": "{prefix}"}, statistic)}


def of_table(metric: str, **more: str) -> Watched:
    return Watched("AWS/DynamoDB", metric, {"TableName": "{table}", **more}, "Sum")


def ours(metric: str, statistic: str) -> dict[str, Watched]:
    return {"": Watched(NAMESPACE, metric, {"service": "{prefix}"}, statistic)}


# SQS tells of a queue as long as it is in use, and for six hours after: silence about dead letters is no all-clear.
# Alarms on DynamoDB's metrics take silence for nothing, whatever is said here: they stay as they are until it speaks.
ALARMS = (
    Alarm(
        "dead-letters",
        of_queues("ApproximateNumberOfMessagesVisible", "-dlq"),
        threshold=1,
        missing="ignore",
        rings="one or more, for a minute",
        means="Something was tried as often as its queue allows and given up: a text of somebody's that was not"
        " handled (`inbound`), an answer or a part of an alert that did not go out (`replies`, `bulk`), something that"
        " was to happen by itself (`due`). Those of `inbound` are deleted after a day.",
        look="`make dead-letters` says in words what they are; `make logs FN=…` for its function: the error"
        " that each try ended with, and the `trace` that leads back to the text it began with",
        do="Mend what the error says, deploy, then `make redrive`: doing it again does nothing twice",
    ),
    Alarm(
        "late-inbound",
        {"": of_queues("ApproximateAgeOfOldestMessage", "", "inbound")["inbound"]},
        threshold=60,
        periods=2,
        datapoints=2,
        rings="60 s, two minutes running: nothing is put off on this queue",
        means="Texts have come in and are not being read; a STOP may be among them.",
        look="errors and throttles of `inbound`; is its event source enabled, and the account's limit of concurrency"
        " reached?",
        do="If one text fails again and again, it holds up only its own sender and is a dead letter within five"
        " minutes. If all wait, raise the concurrency (`FUNCTIONS` in `infra/resources.py`) or mend the error",
    ),
    Alarm(
        "late-replies",
        {"": of_queues("ApproximateAgeOfOldestMessage", "", "replies")["replies"]},
        threshold=420,
        periods=2,
        datapoints=2,
        rings="420 s, two minutes running: a crew's talk may be put off by 300 s, and is tried for two minutes more",
        means="Answers are written and wait to be sent.",
        look="errors and throttles of `replies`; the log's `the carrier cannot be reached` and `no answer from the"
        " carrier`; Twilio's status page",
        do="Mend the error or raise the concurrency. Nothing is lost: each is sent once, and what is a day old is not"
        " said any more",
    ),
    Alarm(
        "slow-replies",
        ours("ReplySeconds", "p95"),
        threshold=10,
        periods=5,
        datapoints=3,
        rings="p95 of 10 s, three minutes of five: a function that has to start first, and a slow carrier, take a few",
        means="Who texts waits for the answer.",
        look="the dashboard: is most of it the carrier's time, or which queue waits? Cold starts; is the sender's rate"
        " used up (error 20429)?",
        do="If an alert is going out, `BULK_SHARE` smaller leaves more for answers. Otherwise more concurrency or"
        " memory for the function that is behind",
    ),
    Alarm(
        "errors",
        of_functions("Errors"),
        threshold=3,
        seconds=FIVE_MINUTES,
        rings="three in five minutes: one is a hiccup that the queue brings back",
        means="The function ends with an error, or runs out of time or memory.",
        look="`make logs FN=…` with `ERROR` or `Task timed out`",
        do="A setting that is missing is named in the log: `make doctor`. After a deployment: deploy the version"
        " before it. What was on a queue comes back by itself",
    ),
    Alarm(
        "throttles",
        of_functions("Throttles"),
        threshold=1,
        periods=5,
        datapoints=3,
        rings="any, in three minutes of five",
        means="AWS does not run the function as often as it is called: its reserved concurrency, or the account's, is"
        " used up. For `api` Twilio and browsers get an error.",
        look="`ConcurrentExecutions` of the function and of the account (a new account has 10)",
        do="Ask AWS for more (Service Quotas, Lambda, concurrent executions); with `reserve` in the stage's file, raise"
        " the function's own number in `infra/resources.py`",
    ),
    Alarm(
        "api-errors",
        of_api("5XXError", "Sum"),
        threshold=3,
        seconds=FIVE_MINUTES,
        rings="three in five minutes",
        means="The webhook, the receipts or pages answer with an error. Twilio tries a webhook twice more"
        " (`#rc=2&rp=all`), then the text is lost to us.",
        look="`make logs FN=api` with `ERROR`; Twilio's console, Monitor, Errors (11200) for the texts that did not get"
        " through",
        do="Mend or deploy the version before. Texts that did not get through are in Twilio's log of messages: ask"
        " their senders to text again",
    ),
    Alarm(
        "api-slow",
        of_api("Latency", "p95"),
        threshold=3000,
        periods=5,
        datapoints=3,
        rings="p95 of 3,000 ms, three minutes of five; Twilio waits for 15 s",
        means="The webhook and pages are slow.",
        look="X-Ray's map: which call takes long? Cold starts (`Init Duration` in the log); the table's throttles",
        do="More memory for `api` (it gets more CPU with it); provisioned concurrency before a campaign",
    ),
    Alarm(
        "table-throttles",
        {
            "reads": of_table("ReadThrottleEvents"),
            "writes": of_table("WriteThrottleEvents"),
            "due": of_table("WriteThrottleEvents", GlobalSecondaryIndexName="due"),
        },
        threshold=1,
        periods=5,
        datapoints=3,
        rings="any, in three minutes of five: a few are the table growing, and are tried again",
        means="One partition, or a table that has just grown, gets more than DynamoDB lets it.",
        look="Contributor Insights of the table: which key? The action or group is in it",
        do="It passes as the table splits. Before a surge that is known, warm the table's throughput; an action that"
        " is open-ended spreads over more partitions than one with a need",
    ),
    Alarm(
        "table-errors",
        {
            "reads": of_table("SystemErrors", Operation="Query"),
            "writes": of_table("SystemErrors", Operation="UpdateItem"),
        },
        threshold=5,
        seconds=FIVE_MINUTES,
        rings="five in five minutes",
        means="DynamoDB itself fails.",
        look="https://health.aws.amazon.com",
        do="Wait: what is on the queues comes back, and what a lost message leaves is found by the clock",
    ),
    Alarm(
        "spending",
        ours("SpentShare", "Maximum"),
        threshold=80,
        missing="ignore",
        rings="80 % of `DAILY_CENTS` or `DAILY_SEGMENTS`; at 100 % only replies go out",
        means="Today's texts have used most of what a day may cost.",
        look="`make alert-report CODE=…` for the day's alerts (the `chunk` lines name them); the operators were texted"
        " too. Is a group misused?",
        do="Let it stop by itself, raise the limit in the stage's file and deploy, or hold all sending from the"
        " dashboard's page for operators",
    ),
    Alarm(
        "clock-silent",
        ours("ClockBeat", "Sum"),
        threshold=1,
        compared=BELOW,
        periods=3,
        datapoints=3,
        missing="breaching",
        rings="no beat for five minutes (CloudWatch looks back further than the three that are asked for); there is one"
        " each minute. It also rings when a stage is new, until its clock has run",
        means="What is due does not happen by itself: no next wave, no reminder, no end; nothing that a lost message"
        " left is found.",
        look="errors and throttles of `clock`; EventBridge: is the rule that calls it enabled?",
        do="Enable the rule or mend the error. Afterwards all that was due happens, late. `make doctor` looks at both",
    ),
    Alarm(
        "sending-still",
        ours("SendingStill", "Maximum"),
        threshold=1,
        missing="notBreaching",
        rings="at once",
        means="The carrier refuses our account or sender (a wrong token, an unregistered number, money used up): no"
        " text goes out, and all wait.",
        look="the log's `SENDING STANDS STILL`: its `error`, and the address of Twilio's page on it; `make doctor`",
        do="Mend it at Twilio or in the settings. One text tries every thirty seconds (ten minutes for what is only"
        " told later), and sending goes on by itself; `make resume` does at once. The alarm is off again within a"
        " minute",
    ),
)


# --- the resources of the template ---------------------------------------------------------------------


def alarm_resources(stage: Stage) -> dict[str, Resource]:
    """The topic with its key and whom it tells, every alarm, and the month's budget, by logical id."""
    made = {**topic(stage), **{logical(name): resource for name, resource in alarms(stage)}}
    if stage.alarm_email and stage.monthly_dollars:
        made["AlarmBudget"] = budget(stage)
    return made


def logical(name: str) -> str:
    """`dead-letters-inbound` as CloudFormation writes names: `AlarmDeadLettersInbound`."""
    return "Alarm" + "".join(word.capitalize() for word in name.split("-"))


def alarms(stage: Stage) -> Iterator[tuple[str, Resource]]:
    for alarm in ALARMS:
        for name, watched in alarm.names().items():
            yield name, alarm_resource(alarm, name, watched, stage)


def alarm_resource(alarm: Alarm, name: str, watched: Watched, stage: Stage) -> Resource:
    is_percentile = watched.statistic.startswith("p")
    facts = {
        "AlarmName": f"{stage.prefix}-{name}",
        "AlarmDescription": described(alarm),
        "Namespace": watched.namespace,
        "MetricName": watched.name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in watched.of(stage).items()],
        "ExtendedStatistic" if is_percentile else "Statistic": watched.statistic,
        "Period": alarm.seconds,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.compared,
        "TreatMissingData": alarm.missing,
        "AlarmActions": [{"Ref": "AlarmTopic"}],
        "OKActions": [{"Ref": "AlarmTopic"}],
        "Tags": tags(stage),
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": facts}


def described(alarm: Alarm) -> str:
    """The mail says what to look at and what to do."""
    return f"{alarm.means}\n\nLook at: {alarm.look}.\n\nDo: {alarm.do}."


def topic(stage: Stage) -> dict[str, Resource]:
    """CloudWatch may not use the key that AWS has for topics: an encrypted one needs a key of its own, $1 a month."""
    name = f"{stage.prefix}-alarms"
    all_alarms = f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{stage.prefix}-*"
    only_ours = {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": all_alarms}},
    }
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    uses_key = statement("AlarmsUseIt", cloudwatch, ["kms:Decrypt", "kms:GenerateDataKey"], "*", only_ours)
    owner = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    rings = statement("AlarmsRing", cloudwatch, ["sns:Publish"], {"Ref": "AlarmTopic"}, only_ours)
    made: dict[str, Resource] = {
        "AlarmKey": {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "Description": f"{name}: what alarms say, at rest",
                "EnableKeyRotation": True,
                "PendingWindowInDays": 7,
                "KeyPolicy": policy(statement("OwnerKeepsIt", owner, KEPT_BY_OWNER, "*"), uses_key),
                "Tags": tags(stage),
            },
        },
        "AlarmTopic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": name,
                "KmsMasterKeyId": {"Fn::GetAtt": ["AlarmKey", "Arn"]},
                "Tags": tags(stage),
            },
        },
        "AlarmTopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "AlarmTopic"}], "PolicyDocument": policy(rings)},
        },
    }
    if stage.alarm_email:
        made["AlarmEmail"] = {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "AlarmTopic"}, "Protocol": "email", "Endpoint": stage.alarm_email},
        }
    return made


KEPT_BY_OWNER = [
    f"kms:{action}"
    for action in (
        "CancelKeyDeletion",
        "Decrypt",
        "DescribeKey",
        "DisableKeyRotation",
        "EnableKeyRotation",
        "GenerateDataKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListResourceTags",
        "PutKeyPolicy",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateKeyDescription",
    )
]


def policy(*statements: Resource) -> Resource:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(name: str, who: Resource, actions: list[str], what: object, only: Resource | None = None) -> Resource:
    allowed = {"Sid": name, "Effect": "Allow", "Principal": who, "Action": actions, "Resource": what}
    return allowed | ({"Condition": only} if only else {})


def budget(stage: Stage) -> Resource:
    """AWS's own bill, of the whole account: it cannot tell stages apart before somebody activates the tags for it.

    Without a name: another address makes another budget, and of one name there can only be one.
    """
    to = [{"SubscriptionType": "EMAIL", "Address": stage.alarm_email}]
    told = [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": to,
        }
        for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
    ]
    facts = {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": stage.monthly_dollars, "Unit": "USD"},
    }
    return {
        "Type": "AWS::Budgets::Budget",
        "Properties": {"Budget": facts, "NotificationsWithSubscribers": told},
    }


def tags(stage: Stage) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in stage.tags.items()]


# --- the dashboard -----------------------------------------------------------------------------------


def dashboard_resource(stage: Stage) -> Resource:
    body = json.dumps({"widgets": widgets(stage)}, separators=(",", ":"))
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": stage.prefix, "DashboardBody": {"Fn::Sub": body}},
    }


WIDE, HIGH = 24, 6  # of CloudWatch's grid


def widgets(stage: Stage) -> list[Resource]:
    """What people notice first, then what it comes from: alarms, replies, alerts, the carrier, queues, functions."""
    prefix = stage.prefix
    arns = [
        f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{prefix}-{name}"
        for alarm in ALARMS
        for name in alarm.names()
    ]
    shown: list[Resource] = [widget("alarm", 0, 0, WIDE, 3, {"title": f"{prefix}: alarms", "alarms": arns})]
    for n, row in enumerate(rows(stage)):
        width = WIDE // len(row)
        for m, (title, metrics) in enumerate(row.items()):
            facts = {"title": title, "region": "${AWS::Region}", "view": "timeSeries", "period": MINUTE}
            shown.append(widget("metric", m * width, 3 + n * HIGH, width, HIGH, {**facts, "metrics": metrics}))
    return shown


def widget(kind: str, x: int, y: int, width: int, height: int, facts: Resource) -> Resource:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": facts}


def rows(stage: Stage) -> list[dict[str, list[Any]]]:
    """Row by row, what each graph shows, by its title."""
    prefix = stage.prefix
    return [
        {
            "Seconds from a text to its answer": [
                *(ours_in(prefix, "ReplySeconds", one) for one in ("p50", "p95")),
                ours_in(prefix, "CarrierSeconds", "p95", "of it the carrier's, p95"),
            ],
            "Seconds from GO to an alert's last text": [ours_in(prefix, "AlertSeconds", "Maximum")],
            "Commands": [by(prefix, "Commands", "command", "Sum")],
        },
        {
            "Texts sent": [ours_in(prefix, "Sends", "Sum")],
            "Texts that failed, by reason": [by(prefix, "SendFailures", "reason", "Sum")],
            "Per cent of the day's limit": [ours_in(prefix, "SpentShare", "Maximum")],
        },
        {
            "Seconds past its time that a message was taken": [by(prefix, "QueueAge", "queue", "Maximum")],
            "Age of the oldest message, seconds": queues_in(prefix, "ApproximateAgeOfOldestMessage"),
            "Dead letters": queues_in(prefix, "ApproximateNumberOfMessagesVisible", "-dlq"),
        },
        {
            "Errors": functions_in(prefix, "Errors", "Sum"),
            "Throttles": functions_in(prefix, "Throttles", "Sum"),
            "Milliseconds of a run, p95": functions_in(prefix, "Duration", "p95"),
        },
        {
            "The API": [in_api(prefix, one, "Sum") for one in ("Count", "5XXError", "4XXError")],
            "Milliseconds of the API": [in_api(prefix, "Latency", one) for one in ("p50", "p95")],
            "The table": [in_table(stage, f"Consumed{one}CapacityUnits") for one in ("Read", "Write")],
            "The clock": [ours_in(prefix, "ClockBeat", "Sum"), ours_in(prefix, "SendingStill", "Maximum", "still")],
        },
    ]


def ours_in(prefix: str, metric: str, statistic: str, label: str = "") -> list[Any]:
    return [NAMESPACE, metric, "service", prefix, {"stat": statistic, "label": label or statistic}]


def by(prefix: str, metric: str, dimension: str, statistic: str) -> list[Any]:
    """One line for each value that there has been."""
    what = f'{{{NAMESPACE},service,{dimension}}} MetricName="{metric}" service="{prefix}"'
    return [{"expression": f"SEARCH('{what}', '{statistic}', {MINUTE})", "label": ""}]


def queues_in(prefix: str, metric: str, suffix: str = "") -> list[Any]:
    return [
        ["AWS/SQS", metric, "QueueName", one.full_name(prefix, suffix), {"stat": "Maximum", "label": one.name}]
        for one in QUEUES
    ]


def functions_in(prefix: str, metric: str, statistic: str) -> list[Any]:
    return [
        ["AWS/Lambda", metric, "FunctionName", one.full_name(prefix), {"stat": statistic, "label": one.name}]
        for one in FUNCTIONS
    ]


def in_api(prefix: str, metric: str, statistic: str) -> list[Any]:
    return ["AWS/ApiGateway", metric, "ApiName", prefix, {"stat": statistic, "label": f"{metric} {statistic}"}]


def in_table(stage: Stage, metric: str) -> list[Any]:
    return ["AWS/DynamoDB", metric, "TableName", stage.table_name, {"stat": "Sum"}]


# --- README's table ------------------------------------------------------------------------------------

BEGINS, ENDS = "<!-- alarms: python -m infra.alarms -->", "<!-- alarms end -->"


def table() -> str:
    """A line for each of ALARMS, between the marks by which it is found again."""
    lines = ["| alarm | rings at | what it means | look at | do |", "|---|---|---|---|---|"]
    lines += [
        "| " + " | ".join((named(alarm), alarm.rings, alarm.means, alarm.look, alarm.do)) + " |" for alarm in ALARMS
    ]
    return "\n".join((BEGINS, *lines, ENDS))


def named(alarm: Alarm) -> str:
    keys = [key for key in alarm.watched if key]
    return f"`{alarm.name}`" + (f" -{', -'.join(keys)}" if keys else "")


if __name__ == "__main__":
    print(table())
