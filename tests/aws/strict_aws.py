"""The process of an account: ministack, made as strict as AWS where it is not.

    python -m tests.aws.strict_aws PORT FOLDER

With `AUTH=true` ministack checks signatures and the callers' policies. What AWS checks or does beyond that, and
ministack does not, is added here, so that nothing else has to know which of the two it talks to:

- BatchExecuteStatement is allowed by the actions of PartiQL on its table, GetParameters on its names, and what
  SQS does to many messages by what allows it for one;
- Lambda takes from a queue, and writes its log, only as the function's role may (its traces too, but no trace is kept);
- API Gateway and EventBridge call a function only if its own policy lets them;
- API Gateway knows the binary types that stand in its description;
- a function sees nothing but its package and its environment: no module of ours, no setting of this machine;
- resources that ministack has no idea of are accepted and do nothing (`ONLY_NOTED`).

What remains different: no compression in API Gateway, no throttling by it, no WAF; a FIFO queue is taken from one
message at a time, another one two at a time, and an API's function is called four times at once; a schedule is looked
at every ten seconds; a changed description of an API makes another API; nothing costs anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.aws.emulator import NUMBER, REFUSED, REGION

AT_ONCE = 2  # environments that work on one queue at a time: each starts a Python of its own, and there are few cores

# CloudFormation on AWS makes these; here they are written down only, and what they do is tested nowhere in an emulator.
ONLY_NOTED = (
    "AWS::Budgets::Budget",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::ResourceGroups::Group",
    "AWS::WAFv2::WebACLAssociation",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::XRay::SamplingRule",
    "AWS::Logs::QueryDefinition",
    "AWS::SNS::TopicInlinePolicy",
)


def serve(port: int, folder: Path) -> None:
    """Until SIGTERM."""
    os.environ.update(
        AUTH="true",
        MINISTACK_ACCOUNT_ID=NUMBER,  # whose APIs are asked by who shows no key
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        PERSIST_STATE="0",
        STATE_DIR=str(folder / "state"),
        LOG_LEVEL="WARNING",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )
    import ministack.app
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config as ServerConfig

    be_strict()
    note_refusals(folder / REFUSED)
    functions_alone(folder)
    config = ServerConfig()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2

    async def until_stopped() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await hypercorn_serve(ministack.app.app, config, shutdown_trigger=stop.wait)

    asyncio.run(until_stopped())


def functions_alone(folder: Path) -> None:
    """Functions run by the same Python as ours, without the modules installed beside it: -I -S."""
    from ministack.core import lambda_runtime

    lonely = folder / "python"
    lonely.write_text(f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" -I -S "$@"\n')
    lonely.chmod(0o700)
    sys.executable = str(lonely)
    unpacked = Unpacked(folder / "unpacked")
    lambda_runtime.zipfile = SimpleNamespace(  # only there: what a function is unpacked with
        ZipFile=lambda path: unpacked.open(path), BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
    )


class Unpacked:
    """Each package is unpacked once; a function's environment gets its files as links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.one_at_a_time = threading.Lock()

    @contextmanager
    def open(self, path: str) -> Iterator[Any]:
        whole = self.folder / hashlib.sha256(Path(path).read_bytes()).hexdigest()
        with self.one_at_a_time:
            if not whole.exists():
                with zipfile.ZipFile(path) as files:
                    files.extractall(whole)
        yield SimpleNamespace(
            extractall=lambda into: shutil.copytree(whole, into, copy_function=os.link, dirs_exist_ok=True)
        )


def be_strict() -> None:
    statements_by_table()
    parameters_by_name()
    many_as_one()
    queues_by_role()
    logs_by_role()
    callers_by_policy()
    pictures_as_bytes()
    strange_resources()


def wrap(module: Any, name: str, around: Callable[..., Any]) -> None:
    """`around` gets the function itself before its arguments."""
    inside = getattr(module, name)
    setattr(module, name, lambda *args, **named: around(inside, *args, **named))


PARTIQL = {"INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete", "SELECT": "Select"}
TABLE_OF = re.compile(r'(?:INTO|UPDATE|FROM)\s+"?(?P<table>[\w.-]+)"?(?:\."(?P<index>[\w.-]+)")?', re.I)


def statements_by_table() -> None:
    """BatchExecuteStatement and ExecuteStatement are no actions of IAM: each statement is, as what it does."""
    from ministack.core import iam_actions

    def checks(inside: Any, action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        if action not in ("dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"):
            told: list[tuple[str, str]] = inside(action, body, region, account)
            return told
        asked = json.loads(body)
        return [partiql_check(one["Statement"], region, account) for one in asked.get("Statements", [asked])]

    wrap(iam_actions, "dynamodb_transaction_checks", checks)


def partiql_check(statement: str, region: str, account: str) -> tuple[str, str]:
    verb = PARTIQL[statement.split(None, 1)[0].upper()]
    found = TABLE_OF.search(statement)
    assert found, statement
    arn = f"arn:aws:dynamodb:{region}:{account}:table/{found['table']}"
    return f"dynamodb:PartiQL{verb}", arn + (f"/index/{found['index']}" if found["index"] else "")


def parameters_by_name() -> None:
    from ministack.core import iam_actions

    def arn(inside: Any, service: str, *args: Any) -> str:
        told: str = inside(service, *args)
        body, region, account = args[3], args[5], args[6]
        names = json.loads(body or b"{}").get("Names") if service == "ssm" and told == "*" else None
        return f"arn:aws:ssm:{region}:{account}:parameter{names[0]}" if names else told  # all under one path

    wrap(iam_actions, "extract_resource_arn", arn)


def many_as_one() -> None:
    """SendMessageBatch and its like are no actions of IAM: SendMessage is."""
    from ministack.core import iam_actions

    def action(inside: Any, service: str, *args: Any) -> str | None:
        told: str | None = inside(service, *args)
        return told.removesuffix("Batch") if told and service == "sqs" else told

    wrap(iam_actions, "extract_iam_action", action)


def role_may(config: Mapping[str, Any], *actions: str, on: str) -> bool:
    """Whether the role of a function may do all of these on that resource."""
    from ministack.core import iam_evaluator

    role = config["Role"].rsplit("/", 1)[-1]
    account, region = config["FunctionArn"].split(":")[4], config["FunctionArn"].split(":")[3]
    policies = iam_evaluator._gather_role_policies(role, account)
    caller = f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}"
    for action in actions:
        asked = iam_evaluator.EvalContext(caller, "AssumedRole", account, action, on, region)
        if iam_evaluator.evaluate(asked, policies).decision != "Allow":
            note_refusal(caller, action)
            return False
    return True


NOTED: list[Path] = []  # where refusals are written; nowhere until it is said


def note_refusals(path: Path) -> None:
    from ministack.core import iam_evaluator

    NOTED.append(path)

    def enforce(inside: Any, access_key: str, action: str, *args: Any, **named: Any) -> Any:
        refused = inside(access_key, action, *args, **named)
        if isinstance(refused, iam_evaluator.EvalResult):
            note_refusal(refused.principal_arn, action)
        return refused

    wrap(iam_evaluator, "enforce", enforce)


def note_refusal(caller: str, action: str) -> None:
    for path in NOTED:
        with path.open("a") as file:
            file.write(f"{caller.rsplit('/', 1)[-1]} {action}\n")


TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def queues_by_role() -> None:
    """AWS makes no event source for a role that may not take from the queue, and takes nothing when it may no more."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    def width(inside: Any, esm: Any, func: Any, config: Any, queue: Any = None) -> int:
        may = role_may(config, *TAKING, on=esm["EventSourceArn"])
        return min(int(inside(esm, func, config, queue)), AT_ONCE) if may else 0

    def create(inside: Any, logical_id: str, props: Any, stack_name: str) -> Any:
        func = provisioners._lambda_function_for_cfn_ref(props["FunctionName"])[0]
        if func is not None and not role_may(func["config"], *TAKING, on=props["EventSourceArn"]):
            raise ValueError("The provided execution role does not have permissions to call ReceiveMessage on SQS")
        return inside(logical_id, props, stack_name)

    wrap(lambda_svc, "_sqs_esm_concurrency", width)
    made = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    inside = made["create"]
    made["create"] = lambda *args: create(inside, *args)


def logs_by_role() -> None:
    from ministack.services import lambda_svc

    def emit(inside: Any, func: Any, *args: Any, **named: Any) -> None:
        config = func.get("config") or func
        account, region = config["FunctionArn"].split(":")[4], config["FunctionArn"].split(":")[3]
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
        if role_may(config, "logs:CreateLogStream", "logs:PutLogEvents", on=stream):
            inside(func, *args, **named)

        if (config.get("TracingConfig") or {}).get("Mode") == "Active":
            role_may(config, "xray:PutTelemetryRecords", "xray:PutTraceSegments", on="*")  # the trace goes nowhere

    wrap(lambda_svc, "_emit_lambda_logs", emit)


def callers_by_policy() -> None:
    """A function's own policy says which API and which rule may call it."""
    from ministack.services import apigateway_v1, eventbridge, lambda_svc

    def lets_in(func: Mapping[str, Any], service: str, source: str) -> bool:
        statements = (func.get("policy") or {}).get("Statement", [])
        return any(
            one["Principal"] == {"Service": service}
            and one["Action"] in ("lambda:InvokeFunction", "lambda:invokeFunction")
            and arn_like(source, one.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "*"))
            for one in statements
        )

    at_once = asyncio.Semaphore(2 * AT_ONCE)

    async def call(inside: Any, ref: str, event: Any, *, account_id: Any = None, region: Any = None) -> Any:
        func, _, _ = lambda_svc._get_func_record_for_ref_in_scope(ref, account_id=account_id, region=region)
        asked = event["requestContext"]
        source = f"arn:aws:execute-api:{region or REGION}:{account_id or asked['accountId']}:{asked['apiId']}"
        source += f"/{asked['stage']}/{asked['httpMethod']}{asked['resourcePath']}"
        if func is not None and not lets_in(func, "apigateway.amazonaws.com", source):
            return None, "no permission"
        async with at_once:
            return await inside(ref, event, account_id=account_id, region=region)

    def dispatch(inside: Any, arn: str, payload: Any) -> None:
        func, _, _ = lambda_svc._get_func_record_for_ref(arn)
        rules = json.loads(payload).get("resources") or [""]
        if func is not None and lets_in(func, "events.amazonaws.com", rules[0]):
            inside(arn, payload)

    wrap(apigateway_v1, "_call_lambda_raw", call)
    wrap(eventbridge, "_dispatch_to_lambda", dispatch)


def pictures_as_bytes() -> None:
    """Binary types that stand in an API's description, where Chalice writes them."""
    from ministack.services import apigateway_v1

    def imported(inside: Any, spec: Any, base_data: Any = None) -> Any:
        types = spec.get("x-amazon-apigateway-binary-media-types", [])
        return inside(spec, {**(base_data or {}), **({"binaryMediaTypes": types} if types else {})})

    wrap(apigateway_v1, "_import_rest_api", imported)


def arn_like(arn: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), arn) is not None


def strange_resources() -> None:
    from ministack.services.cloudformation import provisioners

    def create(logical_id: str, _: Any, stack_name: str) -> tuple[str, dict[str, str]]:
        return f"{stack_name}-{logical_id}", {"Arn": f"arn:aws:noted:{REGION}:{NUMBER}:{stack_name}/{logical_id}"}

    def update(physical_id: str, *_: Any) -> tuple[str, dict[str, str]]:
        return physical_id, {}

    for kind in ONLY_NOTED:
        handlers = {"create": create, "delete": lambda *_: None, "update": update}
        provisioners._RESOURCE_HANDLERS.setdefault(kind, handlers)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
