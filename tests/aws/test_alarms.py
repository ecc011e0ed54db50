"""What the alarms are, as deployed and as the README tells of them; and that our CloudWatch decides as AWS's does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.metrics import METRICS, NAMESPACE
from infra.alarms import ALARMS, BEGINS, ENDS, alarm_resources, dashboard_resource, described, table
from infra.local.settings import ROOT
from infra.resources import FUNCTIONS, QUEUES
from infra.stages import Stage
from tests.aws.cloudwatch import state

STAGE = Stage("dev", alarm_email="ops@example.org", monthly_dollars=40)
RESOURCES = alarm_resources(STAGE)
DEPLOYED = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
WIDGETS = json.loads(dashboard_resource(STAGE)["Properties"]["DashboardBody"]["Fn::Sub"])["widgets"]

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, its two tables:
# what was measured (X is over the threshold, - is missing), and the state by how missing data is treated.
KEPT = "kept"
DOCUMENTED = [
    # periods, datapoints to alarm, measured, missing, ignore, breaching, notBreaching
    (3, 3, "0-X-X", "OK", "OK", "OK", "OK"),
    (3, 3, "----0", "OK", "OK", "OK", "OK"),
    (3, 3, "-----", "INSUFFICIENT_DATA", KEPT, "ALARM", "OK"),
    (3, 3, "0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, 3, "--X--", "ALARM", KEPT, "ALARM", "OK"),
    (3, 2, "0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, 2, "00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, 2, "0-X--", "OK", "OK", "ALARM", "OK"),
    (3, 2, "----0", "OK", "OK", "ALARM", "OK"),
    (3, 2, "---X-", "ALARM", KEPT, "ALARM", "OK"),
]


@pytest.mark.parametrize(
    ("periods", "needed", "measured", "missing", "ignore", "breaching", "not_breaching"), DOCUMENTED
)
def test_our_cloudwatch_decides_as_its_documentation_says(
    periods: int, needed: int, measured: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    alarm = {"EvaluationPeriods": periods, "DatapointsToAlarm": needed, "Threshold": 1,
             "ComparisonOperator": "GreaterThanOrEqualToThreshold"}  # fmt: skip
    values = [{"X": 1.0, "0": 0.0, "-": None}[one] for one in measured]

    decided = [state(alarm | {"TreatMissingData": treated}, values, KEPT)
               for treated in ("missing", "ignore", "breaching", "notBreaching")]  # fmt: skip

    assert decided == [missing, ignore, breaching, not_breaching]


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_is_over() -> None:
    told = {(tuple(map(str, one["AlarmActions"])), tuple(map(str, one["OKActions"]))) for one in DEPLOYED.values()}

    assert told == {(("{'Ref': 'AlarmTopic'}",), ("{'Ref': 'AlarmTopic'}",))}


def test_the_mail_of_an_alarm_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    assert {one["AlarmDescription"] for one in DEPLOYED.values()} == {described(one) for one in ALARMS}
    assert max(len(described(one)) for one in ALARMS) <= 1024  # CloudWatch's most


def test_every_queue_has_an_alarm_for_its_dead_letters_and_every_function_for_errors_and_throttles() -> None:
    watched = {(one["MetricName"], dimension["Value"]) for one in DEPLOYED.values() for dimension in one["Dimensions"]}

    dead = {("ApproximateNumberOfMessagesVisible", one.full_name("giddyup-dev", "-dlq")) for one in QUEUES}
    names = [one.full_name("giddyup-dev") for one in FUNCTIONS]
    assert watched >= dead | {(metric, name) for metric in ("Errors", "Throttles") for name in names}


def test_what_we_count_ourselves_is_asked_for_by_names_and_dimensions_that_are_ours() -> None:
    ours = [one for one in DEPLOYED.values() if one["Namespace"] == NAMESPACE]

    assert {one["MetricName"] for one in ours} <= METRICS.keys()
    assert [one["Dimensions"] for one in ours] == [[{"Name": "service", "Value": "giddyup-dev"}]] * len(ours)
    assert [METRICS[one["MetricName"]].by for one in ours] == [""] * len(ours)


def test_two_stages_share_no_alarm_and_no_metric() -> None:
    prod = [one["Properties"] for one in alarm_resources(Stage("prod")).values()
            if one["Type"] == "AWS::CloudWatch::Alarm"]  # fmt: skip

    def all_of(alarms: Any) -> set[str]:
        return {json.dumps([one["MetricName"], one["Dimensions"]]) for one in alarms} | {
            one["AlarmName"] for one in alarms
        }

    assert all_of(prod) & all_of(DEPLOYED.values()) == set()
    assert len(all_of(prod)) == len(all_of(DEPLOYED.values()))


def test_the_topic_is_encrypted_with_a_key_that_only_this_stages_alarms_may_use() -> None:
    topic, key = RESOURCES["AlarmTopic"]["Properties"], RESOURCES["AlarmKey"]["Properties"]

    of_cloudwatch = [one for one in key["KeyPolicy"]["Statement"]
                     if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]  # fmt: skip
    assert (topic["TopicName"], topic["KmsMasterKeyId"]) == ("giddyup-dev-alarms", {"Fn::GetAtt": ["AlarmKey", "Arn"]})
    assert [one["Action"] for one in of_cloudwatch] == [["kms:Decrypt", "kms:GenerateDataKey"]]
    assert "alarm:giddyup-dev-*" in json.dumps(of_cloudwatch[0]["Condition"])


def test_mail_and_a_budget_are_made_for_who_gives_an_address_and_a_sum() -> None:
    assert RESOURCES["AlarmEmail"]["Properties"]["Endpoint"] == "ops@example.org"
    assert RESOURCES["AlarmBudget"]["Properties"]["Budget"]["BudgetLimit"] == {"Amount": 40, "Unit": "USD"}
    assert {"AlarmEmail", "AlarmBudget"} & alarm_resources(Stage("dev", monthly_dollars=40)).keys() == set()
    assert "AlarmBudget" not in alarm_resources(Stage("dev", alarm_email="ops@example.org"))


def test_the_dashboard_shows_every_alarm_and_every_metric_of_ours() -> None:
    arns = [arn.rsplit(":", 1)[-1] for one in WIDGETS if one["type"] == "alarm" for arn in one["properties"]["alarms"]]
    shown = json.dumps([one["properties"].get("metrics") for one in WIDGETS])

    assert sorted(arns) == sorted(one["AlarmName"] for one in DEPLOYED.values())
    assert [name for name in METRICS if name not in shown] == []


def test_the_dashboard_is_free_and_nothing_on_it_lies_over_anything_else() -> None:
    metrics = sum(len(one["properties"].get("metrics", [])) for one in WIDGETS)
    cells = [(x, y) for one in WIDGETS for x in range(one["x"], one["x"] + one["width"])
             for y in range(one["y"], one["y"] + one["height"])]  # fmt: skip

    assert metrics <= 50  # of three dashboards: more cost $3 a month
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_readmes_page_of_alarms_is_theirs() -> None:
    readme = (ROOT / "README.md").read_text()

    found = re.search(f"{re.escape(BEGINS)}.*{re.escape(ENDS)}", readme, re.S)

    assert found is not None, "README has no table of alarms: `python -m infra.alarms` prints it"
    assert found[0] == table()
