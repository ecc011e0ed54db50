"""The package itself at work: each function a process of its own behind our Runtime API, with ministack behind them.

What AWS does between them is done here: queues are read and handed on as an event source mapping does it, requests
become API Gateway's events. The secrets are in SSM, as on AWS; everything else is in the functions' environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from zipfile import ZipFile

import boto3
from twilio.request_validator import RequestValidator

from infra.local.events import Request, rest_event, schedule_event, sqs_event
from infra.local.routing import Routes
from infra.local.settings import ROOT, free_port
from infra.resources import QUEUES
from tests.aws.runtime_api import Function, running_function
from tests.town import is_open, wait_until
from tests.twilio_contract import wrong_request

PATH = "/giddyup/packaged/"
PUBLIC_URL = "https://giddyup.example"
OURS = "+15550100000"
ACCOUNT, TOKEN = "AC" + "7" * 32, "a-token-that-is-secret"
SECRETS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "NUMBER_KEY": "a-number-key-that-is-secret",
    "LINK_KEYS": "a-link-key-that-is-secret",
}
FORM = "application/x-www-form-urlencoded"
AS_ANYBODY = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
USUAL = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@dataclass
class Screens:
    """The carrier: takes every text, and keeps it."""

    texts: list[dict[str, str]] = field(default_factory=list)

    @contextmanager
    def up(self) -> Iterator[str]:
        """Its address."""
        texts = self.texts

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                assert not wrong_request("POST", self.path, self.headers, body.encode())
                text = {name: values[-1] for name, values in parse_qs(body).items()}
                texts.append(text)
                told = {"sid": f"SM{len(texts):032x}", "status": "queued", "num_segments": "1", "error_code": None}
                answer = json.dumps(told).encode()
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()

    def to(self, number: str) -> list[str]:
        return [text["Body"] for text in self.texts if text["To"] == number]


@dataclass
class Packaged:
    """An installation whose functions run from the unpacked package; each starts when it is first needed."""

    unpacked: Path
    aws: str
    screens: Screens
    environment: Mapping[str, str]
    paths: Routes
    kept_open: ExitStack
    functions: dict[str, Function] = field(default_factory=dict)
    last: dict[str, dict[str, Any]] = field(default_factory=dict)  # event of each queue

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.aws,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def function(self, name: str) -> Function:
        if name not in self.functions:
            self.functions[name] = self.kept_open.enter_context(self.starting(name))
        return self.functions[name]

    def starting(self, name: str, lists_modules: bool = True, **environment: str) -> Any:
        """A process more; `name` is the handler's in app.py."""
        return running_function(
            self.unpacked, f"app.{name}", {**self.environment, **environment}, lists_modules=lists_modules
        )

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
        """API Gateway's event."""
        several = {"Host": "giddyup.example", "Accept": "*/*", **headers}
        written = tuple((name.replace("_", "-"), value) for name, value in several.items())
        request = Request(method, path, written, body, "192.0.2.1")
        found = self.paths.match(request.path)
        assert found, path
        # As API Gateway does it where everything counts as binary.
        return rest_event(request, found[0], found[1], bool(body))

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.function("app").invoke(self.request(method, path, body, **headers))
        return answer

    def signed(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """The carrier's webhook, as an event."""
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, fields)
        body = urlencode(fields).encode()
        return self.request("POST", path, body, Content_Type=FORM, X_Twilio_Signature=signature)

    def inbound_text(self, number: str, body: str) -> dict[str, Any]:
        sid = f"SM{time.time_ns():032x}"
        fields = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": number, "To": OURS, "Body": body}
        return self.signed("/sms", fields)

    def text(self, number: str, body: str) -> dict[str, Any]:
        """The webhook's answer; afterwards all that follows from the text has happened."""
        answer: dict[str, Any] = self.function("app").invoke(self.inbound_text(number, body))
        self.work()
        return answer

    def minute_passes(self) -> Any:
        answer = self.function("clock").invoke(schedule_event(datetime.now(UTC)))
        self.work()
        return answer

    def work(self) -> None:
        """Every message is handed to its function, until none is left. What one does not take is an error here."""
        while any(self.hand_on(queue.name) for queue in QUEUES):
            pass

    def hand_on(self, name: str) -> bool:
        event = self.taken(name)
        if event is not None:
            answer = self.function(name).invoke(event)
            assert not (answer or {}).get("batchItemFailures"), answer
        return event is not None

    def taken(self, name: str) -> dict[str, Any] | None:
        """The next message of a queue, off it and as its function gets it, one at a time."""
        sqs = self.client("sqs")
        (queue,) = (one for one in QUEUES if one.name == name)
        url = sqs.get_queue_url(QueueName=queue.full_name("giddyup"))["QueueUrl"]
        asked = {"QueueUrl": url, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        messages = sqs.receive_message(**asked).get("Messages", [])
        if not messages:
            return None
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        self.last[name] = sqs_event(messages, f"arn:aws:sqs:us-east-1:000000000000:{url.rpartition('/')[2]}")
        return self.last[name]


@contextmanager
def running_package(built: Path, folder: Path) -> Iterator[Packaged]:
    """From `make package`'s folder, unpacked into one that is empty."""
    unpacked = folder / "task"
    with ZipFile(built / "deployment.zip") as archive:
        archive.extractall(unpacked)
    template = json.loads((built / "sam.json").read_text())
    paths = Routes(template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"])
    with ExitStack() as kept_open:
        address = kept_open.enter_context(running_aws(folder / "aws"))
        screens = Screens()
        carrier = kept_open.enter_context(screens.up())
        environment = {
            "AWS_ENDPOINT_URL": address,
            "SECRETS_PATH": PATH,
            "TWILIO_API_BASE": carrier,
            "TWILIO_FROM": OURS,
            "PUBLIC_URL": PUBLIC_URL,
            "SENDER_TYPE": "short_code",
        }
        yield Packaged(unpacked, address, screens, environment, paths, kept_open)


@contextmanager
def running_aws(folder: Path) -> Iterator[str]:
    """ministack with the table, the queues and the secrets in it."""
    folder.mkdir(parents=True)
    port = free_port()
    here = {**USUAL, **AS_ANYBODY, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "infra.local.aws", str(port), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=here)  # noqa: S603 - our own module
    try:
        wait_until(lambda: is_open(port), 60)
        subprocess.run([sys.executable, "-m", "infra.resources"], cwd=ROOT, env=here, check=True)
        keep_secrets(here["AWS_ENDPOINT_URL"], PATH, SECRETS)
        yield here["AWS_ENDPOINT_URL"]
    finally:
        process.terminate()
        process.wait(20)


def keep_secrets(address: str, path: str, secrets: Mapping[str, str]) -> None:
    ssm = boto3.client(
        "ssm",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    for name, value in secrets.items():
        ssm.put_parameter(Name=path + name, Value=value, Type="SecureString", Overwrite=True)
