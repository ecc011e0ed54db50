"""Each function may do what it was seen to do, and nothing to what is not its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from chalice.app import Chalice

from chalicelib.delivery import queues
from chalicelib.store.tables import CONNECTION
from infra.local.settings import ROOT
from infra.policies import statements
from infra.resources import FUNCTIONS, QUEUES, Function
from infra.stages import Stage
from tests.aws.templates import DEV, EVERYTHING, OWN_DOMAIN, PROD, everything_in, of_type, template_of
from tests.browsing import Browsing
from tests.desk import signed_in
from tests.world import World

every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
every_stage = pytest.mark.parametrize("stage", [DEV, PROD, OWN_DOMAIN, EVERYTHING])


@every_stage
@every_function
def test_no_function_may_do_everything_of_a_kind(function: Function, stage: Stage) -> None:
    actions = [action for one in statements(function, stage) for action in one["Action"]]

    assert [action for action in actions if "*" in action] == []


@every_stage
@every_function
def test_everything_is_asked_for_by_its_name(function: Function, stage: Stage) -> None:
    for one in statements(function, stage):
        names = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        if one["Sid"] == "Traces":  # AWS gives X-Ray's calls no names of things
            assert (names, one["Action"]) == (["*"], ["xray:PutTelemetryRecords", "xray:PutTraceSegments"])
            continue
        texts = [name if isinstance(name, str) else name.get("Fn::Sub", "") for name in names]
        # What a star stands for is below something that has the stage's own name.
        assert [
            text for text in texts if "*" in text and stage.prefix not in text and stage.secrets_path not in text
        ] == []
        assert [text for text in texts if "*" in text[:-1]] == []


@every_function
def test_each_statement_has_a_name_of_its_own(function: Function) -> None:
    names = [one["Sid"] for one in statements(function, EVERYTHING)]

    assert len(set(names)) == len(names)


def test_no_function_may_look_through_the_table_or_change_it() -> None:
    actions = {action for function in FUNCTIONS for one in statements(function, PROD) for action in one["Action"]}

    asked = {action for action in actions if action.startswith("dynamodb:")}
    assert asked & {"dynamodb:Scan", "dynamodb:UpdateTable", "dynamodb:DeleteTable", "dynamodb:PartiQLSelect"} == set()
    assert {action for action in actions if action.startswith(("iam:", "sts:", "lambda:", "s3:"))} == set()


def test_only_the_dashboard_reads_dead_letters_and_only_senders_put_texts_on_queues() -> None:
    def who(sid: str) -> list[str]:
        return [one.name for one in FUNCTIONS if sid in {each["Sid"] for each in statements(one, PROD)}]

    assert (who("TakesDeadLetters"), who("CountsWaiting")) == (["api"], ["api"])
    assert who("TakesFromQueue") == ["inbound", "replies", "bulk", "due"]
    assert who("DueIndex") == ["api", "clock"]


def test_a_key_of_ones_own_may_be_used_where_there_is_one() -> None:
    assert [one["Sid"] for one in statements(FUNCTIONS[0], PROD) if "kms:Decrypt" in one["Action"]] == []
    assert [one["Resource"] for one in statements(FUNCTIONS[0], OWN_DOMAIN) if "kms:Decrypt" in one["Action"]] == [
        OWN_DOMAIN.secrets_key_arn
    ]


def test_every_role_is_one_functions_own_and_has_no_policy_but_ours() -> None:
    template = template_of("everything")
    roles = {name: one for name, one in of_type(template, "AWS::IAM::Role").items() if name != "AccessLogRole"}
    functions = of_type(template, "AWS::Serverless::Function").values()

    assert sorted(one["Role"]["Fn::GetAtt"][0] for one in functions) == sorted(roles)
    assert [name for name, one in roles.items() if "ManagedPolicyArns" in one or len(one["Policies"]) != 1] == []


def test_nothing_else_in_the_template_allows_everything() -> None:
    for part in everything_in(template_of("everything")["Resources"]):
        if isinstance(part, dict) and part.get("Effect") == "Allow":
            actions = part["Action"] if isinstance(part["Action"], list) else [part["Action"]]
            assert [action for action in actions if "*" in action] == []


# --- what the functions do ----------------------------------------------------------------------------


class Call(NamedTuple):
    """One that a function made: in IAM's words, and of which table, index or queue."""

    function: str
    action: str
    what: str


HANDLERS = {one.name for one in FUNCTIONS if one.name != "api"}


def function_that_calls() -> str | None:
    """Whose code this is: looked up among those who called. None: a test's own."""
    frame: Any = sys._getframe(1)
    while frame:
        if frame.f_code.co_filename == str(ROOT / "app.py") and frame.f_code.co_name in HANDLERS:
            return str(frame.f_code.co_name)
        if frame.f_code.co_name == "__call__" and isinstance(frame.f_locals.get("self"), Chalice):
            return "api"
        frame = frame.f_back
    return None


TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def asked_for(service: str, operation: str, body: Any) -> set[tuple[str, str]]:
    """What IAM is asked about for one call: actions, each with what it is done to."""
    if service == "sqs":
        name = body.get("QueueName") or body["QueueUrl"].rpartition("/")[2]
        return {(f"sqs:{operation.removesuffix('Batch')}", name)}
    if operation == "TransactWriteItems":
        return {(f"dynamodb:{TRANSACTED[next(iter(one))]}", "table") for one in body["TransactItems"]}
    return {(f"dynamodb:{operation}", "index" if "IndexName" in body else "table")}


@pytest.fixture
def calls(world: World) -> Iterator[set[Call]]:
    """What the functions ask of DynamoDB and SQS while the test goes on."""
    seen: set[Call] = set()

    def note(request: Any, operation_name: str, **_: Any) -> None:
        if (function := function_that_calls()) is not None:
            service = "sqs" if "Queue" in request.data.decode() and "sqs" in request.url else "dynamodb"
            body = json.loads(request.data)
            seen.update(Call(function, *one) for one in asked_for(service, operation_name, body))

    clients = (CONNECTION.client, queues.sqs())
    for client in clients:
        client.meta.events.register("before-sign", note, unique_id="policies")
    world.new_texts()
    yield seen
    for client in clients:
        client.meta.events.unregister("before-sign", unique_id="policies")


def may(function: Function) -> set[tuple[str, str]]:
    """What its policy allows, in the same words."""
    names = {"Table": "table"}
    for queue in QUEUES:
        title = queue.name.title()
        names |= {
            f"{title}Queue": queue.full_name("giddyup"),
            f"{title}DeadLetters": queue.full_name("giddyup", "-dlq"),
        }
    found = set()
    for one in statements(function, DEV):
        for what in one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]:
            if isinstance(what, dict) and "Fn::GetAtt" in what:
                found |= {(action, names[what["Fn::GetAtt"][0]]) for action in one["Action"]}
            elif isinstance(what, dict) and what["Fn::Sub"] == "${Table.Arn}/index/due":
                found |= {(action, "index") for action in one["Action"]}
    return found


def test_what_functions_do_in_the_life_of_an_action_they_may_do(world: World, calls: set[Call]) -> None:
    code = world.crew("2 shovels at 5th & Main tomorrow 6pm", "ann", "ben", "carl")
    world.text("ann", f"SAY {code} we meet at the gate")
    world.text("olga", f"MOVE {code} tomorrow 7pm")
    world.text("ben", f"OUT {code}")
    world.text("carl", "STOP")
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number=world.number("dora"))
    world.work()
    world.advance(hours=30)
    world.text("olga", f"CLOSE {code}")
    world.advance(hours=60)
    desk = signed_in(world, "olga")
    for path in ("/dashboard/g/DIG", "/dashboard/g/DIG/people", "/dashboard/g/DIG/delivery", "/dashboard/g/DIG/audit"):
        desk.open(path)

    allowed = {Call(function.name, *one) for function in FUNCTIONS for one in may(function)}
    assert sorted(calls - allowed) == []
    assert {call.function for call in calls} == {function.name for function in FUNCTIONS}
