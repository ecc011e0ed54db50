"""What Lambda hands to a function: API Gateway's, SQS's and the schedule's events, whole, and the context."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Event = dict[str, Any]
REGION = "us-east-1"
ACCOUNT = "000000000000"


@dataclass(slots=True)
class Context:
    """Lambda's context, with the time that is left counted down for real."""

    function_name: str
    seconds: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    log_group_name: str = "local"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None
    ends: float = 0.0

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.seconds

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.ends - time.monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it came in."""

    method: str
    target: str  # path and query, as sent
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client_ip: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def header(self, name: str) -> str:
        """The last one of that name, or nothing."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name), "")


def rest_event(request: Request, resource: str, captured: Mapping[str, str], is_binary: bool) -> Event:
    """API Gateway's REST proxy event; what is absent is None there, not empty."""
    query = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
    headers = grouped(forwarded(request))
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": last_of(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last_of(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {name: unquote(value) for name, value in captured.items()} or None,
        "stageVariables": None,
        "requestContext": request_context(request, resource),
        "body": body_text(request.body, is_binary),
        "isBase64Encoded": is_binary,
    }


def request_context(request: Request, resource: str) -> Event:
    now = datetime.now(UTC)
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": request.header("host"),
        "domainPrefix": request.header("host").partition(".")[0],
        "extendedRequestId": uuid.uuid4().hex,
        "httpMethod": request.method,
        "identity": {"sourceIp": request.client_ip, "userAgent": request.header("user-agent") or None},
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "resourceId": "local",
        "resourcePath": resource,
        "stage": "api",
    }


def forwarded(request: Request) -> Iterable[tuple[str, str]]:
    """The headers with those that API Gateway adds; a caller's own X-Forwarded-For is kept in front, as there."""
    added = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-port")
    yield from ((key, value) for key, value in request.headers if key.lower() not in added)
    came_through = [request.header("x-forwarded-for")] if request.header("x-forwarded-for") else []
    yield "X-Forwarded-For", ", ".join([*came_through, request.client_ip])
    yield "X-Forwarded-Proto", "http"
    yield "X-Forwarded-Port", request.header("host").rpartition(":")[2]


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def last_of(several: Mapping[str, list[str]]) -> dict[str, str]:
    return {key: values[-1] for key, values in several.items()}


def body_text(body: bytes, is_binary: bool) -> str | None:
    if not body:
        return None
    return base64.b64encode(body).decode() if is_binary else body.decode("utf-8", "replace")


def sqs_event(messages: Iterable[Event], queue_arn: str) -> Event:
    """From what ReceiveMessage answers to what an event source mapping hands over."""
    return {"Records": [sqs_record(message, queue_arn) for message in messages]}


def sqs_record(message: Event, queue_arn: str) -> Event:
    attributes = message.get("MessageAttributes", {})
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: message_attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
    if attributes:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def message_attribute(value: Event) -> Event:
    told: Event = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        told["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        told["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return told


def schedule_event(now: datetime) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/clock"],
        "detail": {},
    }
