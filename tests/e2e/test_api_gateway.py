"""The packaged app behind API Gateway: what bytes go in and come out."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from PIL import Image
from twilio.request_validator import RequestValidator

from chalicelib.core.model import Action, Group, State, Tally
from chalicelib.store.codec import row_of
from infra.local.settings import ROOT, free_port
from infra.package import package
from tests.town import is_open, wait_until

pytestmark = pytest.mark.town

REGION = "us-east-1"
ACCOUNT = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
FORM = "application/x-www-form-urlencoded"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
PAGE = "<!doctype html><p>¡Únete! 🌶</p>"
# Put behind the real app.py: bytes of which we know each, and a form that comes back as it came in.
TRIED = f"""

@app.route("/tried/{{code}}/card.png")
def tried_card(code: str) -> Response:
    return Response({PICTURE!r}, headers={{"Content-Type": "image/png"}})


@app.route("/tried/{{code}}", methods=["GET", "HEAD"])
def tried_page(code: str) -> Response:
    return Response({PAGE!r}.encode(), headers={{"Content-Type": "text/html; charset=utf-8"}})


@app.route("/tried/{{code}}", methods=["POST"], content_types=["{FORM}"])
def tried_form(code: str) -> Response:
    headers = {{"Content-Type": "application/octet-stream", "Set-Cookie": ["a=1", "b=2"]}}
    return Response(app.current_request.raw_body, headers=headers)
"""
SETTINGS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a-token-of-the-tests",
    "TWILIO_FROM": "+15550100000",
    "PUBLIC_URL": "https://giddyup.example",
    "NUMBER_KEY": "a-key-of-the-tests",
    "LINK_KEYS": "a-link-key-of-the-tests",
}
USUAL = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
ACCEPTED = ["image/png", "image/avif,image/webp,*/*;q=0.8", "text/html,application/xhtml+xml;q=0.9", "*/*"]


@dataclass(frozen=True, slots=True)
class Api:
    """A deployed API, by its address on this machine."""

    port: int
    root: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """With these headers and no others of a browser's."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, self.root + path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        return answer.status, told, answer.headers


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """ministack's port."""
    port = free_port()
    command = [sys.executable, "-m", "infra.local.aws", str(port), str(tmp_path_factory.mktemp("aws"))]
    process = subprocess.Popen(command, cwd=ROOT, env=USUAL)  # noqa: S603 - our own module
    try:
        wait_until(lambda: is_open(port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def api(aws: int, tmp_path_factory: pytest.TempPathFactory) -> Api:
    project = tmp_path_factory.mktemp("project")
    copy_app(project, TRIED)
    package(project / "build", project)
    raise_an_action(aws)
    return deployed(project / "build", aws)


def copy_app(project: Path, more_routes: str) -> None:
    """The app as it is, but for its requirements: ministack runs it with ours, and fetching them takes minutes."""
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "deployments"))
    (project / "app.py").write_text((ROOT / "app.py").read_text() + more_routes)
    (project / "requirements.txt").touch()


def deployed(build: Path, port: int) -> Api:
    """The function and the API of a packaged app, as its template has them; the roles and queues are left out."""
    resources = json.loads((build / "sam.json").read_text())["Resources"]
    function, rest = resources["APIHandler"]["Properties"], resources["RestAPI"]["Properties"]
    arn = client("lambda", port).create_function(
        FunctionName="api",
        Runtime=function["Runtime"],
        Handler=function["Handler"],
        Role="arn:aws:iam::000000000000:role/api",
        Code={"ZipFile": (build / "deployment.zip").read_bytes()},
        MemorySize=function["MemorySize"],
        Timeout=function["Timeout"],
        Environment={"Variables": SETTINGS},
    )["FunctionArn"]
    spec = resolved(rest["DefinitionBody"], {"AWS::Partition": "aws", "AWS::Region": REGION, "APIHandler.Arn": arn})
    cloudformation = client("cloudformation", port)
    cloudformation.create_stack(StackName="api", TemplateURL=uploaded(json.dumps(without_sam(rest, spec)), port))
    wait_until(lambda: stack(cloudformation)["StackStatus"].endswith(("COMPLETE", "FAILED")))
    api_id = stack(cloudformation)["Outputs"][0]["OutputValue"]
    return Api(port, f"/_aws/execute-api/{api_id}/{rest['StageName']}")


def uploaded(template: str, port: int) -> str:
    """Its address: a template of more than 51,200 bytes is taken from a bucket alone."""
    s3 = client("s3", port)
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="api.json", Body=template.encode())
    return f"http://127.0.0.1:{port}/templates/api.json"


def client(service: str, port: int) -> Any:
    account = {name.lower(): value for name, value in ACCOUNT.items() if name != "AWS_DEFAULT_REGION"}
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", region_name=REGION, **account)


def raise_an_action(port: int) -> None:
    """DIG4, open, in a table like that of a town."""
    environment = {**USUAL, **ACCOUNT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    subprocess.run([sys.executable, "-m", "infra.resources"], cwd=ROOT, env=environment, check=True)
    now = datetime.now(UTC)
    group = Group("DIG", "Riverbank diggers", "America/New_York", ("sam",), live=("DIG4",))
    action = Action(
        code="DIG4", keyword="DIG", words="10 shovels at 5th & Main 6pm #flood", raised_by="sam", zone=group.zone,
        state=State.OPEN, opened_at=now, starts_at=now + timedelta(hours=2), ends_at=now + timedelta(hours=8),
        need=10, place="5th & Main", tags=("flood",), tally=Tally(coming=3),
    )  # fmt: skip
    for entity in (group, action):
        client("dynamodb", port).put_item(TableName="giddyup", Item=row_of(entity).serialize())


def without_sam(rest: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """What the transform makes of the API. ministack reads the binary types where CloudFormation names them."""
    properties = {
        "Body": spec,
        "BinaryMediaTypes": spec["x-amazon-apigateway-binary-media-types"],
        "MinimumCompressionSize": rest["MinimumCompressionSize"],
    }
    deployment = {"RestApiId": {"Ref": "Api"}, "StageName": rest["StageName"]}
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": deployment},
        },
        "Outputs": {"Id": {"Value": {"Ref": "Api"}}},
    }


def stack(cloudformation: Any) -> dict[str, Any]:
    found: dict[str, Any] = cloudformation.describe_stacks(StackName="api")["Stacks"][0]
    return found


def resolved(part: Any, names: Mapping[str, str]) -> Any:
    """A part of a template with what `Fn::Sub` stands for."""
    if isinstance(part, list):
        return [resolved(one, names) for one in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Sub" in part:
        return re.sub(r"\$\{(.+?)\}", lambda found: names[found[1]], part["Fn::Sub"])
    return {name: resolved(one, names) for name, one in part.items()}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_a_picture_comes_out_as_the_same_bytes_whatever_is_accepted(api: Api, accept: str) -> None:
    status, told, headers = api.ask("GET", "/tried/DIG4/card.png", Accept=accept)

    assert (status, headers["Content-Type"], told) == (200, "image/png", PICTURE)


def test_an_actions_picture_is_the_same_png_whatever_is_accepted(api: Api) -> None:
    asked = [api.ask("GET", "/a/DIG4/card.png", Accept=accept) for accept in ACCEPTED]

    seen = {(status, headers["Content-Type"], told) for status, told, headers in asked}
    assert len(seen) == 1
    status, kind, told = seen.pop()
    picture = Image.open(BytesIO(told))
    picture.load()
    assert (status, kind, picture.format, picture.size) == (200, "image/png", "PNG", (1200, 630))


def test_who_has_an_actions_picture_already_is_told_so(api: Api) -> None:
    _, _, first = api.ask("GET", "/a/DIG4/card.png", Accept="image/png")

    status, told, _ = api.ask("GET", "/a/DIG4/card.png", Accept="image/png", If_None_Match=first["ETag"])

    assert (status, told) == (304, b"")


def test_an_actions_page_names_that_picture(api: Api) -> None:
    status, told, headers = api.ask("GET", "/a/dig4", Accept="text/html")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<meta property="og:image" content="{SETTINGS["PUBLIC_URL"]}/a/DIG4/card.png">' in told.decode()


def test_who_accepts_nothing_in_particular_is_not_refused_a_picture(api: Api) -> None:
    status, told, headers = api.ask("GET", "/tried/DIG4/card.png")

    assert (status, headers["Content-Type"]) == (200, "image/png")
    # AWS does not say which it is then; ministack leaves it in base64. Everybody who shows pictures sends an Accept.
    assert PICTURE in (told, b64decode(told))


@pytest.mark.parametrize("accept", [*ACCEPTED, None])
def test_a_page_comes_out_as_text_whatever_is_accepted(api: Api, accept: str | None) -> None:
    status, told, headers = api.ask("GET", "/tried/DIG4", **({"Accept": accept} if accept else {}))

    assert (status, headers["Content-Type"], told.decode()) == (200, "text/html; charset=utf-8", PAGE)


@pytest.mark.parametrize("accept", [*ACCEPTED, None])
def test_json_comes_out_as_json_whatever_is_accepted(api: Api, accept: str | None) -> None:
    status, told, headers = api.ask("GET", "/healthz", **({"Accept": accept} if accept else {}))

    assert (status, headers["Content-Type"], json.loads(told)) == (200, "application/json", {"ok": True})


def test_a_form_comes_in_whole(api: Api) -> None:
    body = "name=Zoë&note=a+b%26c&empty=&note=🌶".encode() + b"&broken=\xff"

    status, told, headers = api.ask("POST", "/tried/DIG4", body, Content_Type=FORM, Accept="*/*")

    assert (status, told, headers.get_all("Set-Cookie")) == (200, body, ["a=1", "b=2"])


def test_the_carriers_webhook_finds_its_signature_to_fit_what_came_in(api: Api) -> None:
    fields = {"Body": "¿Dónde? 🌶", "From": "+15550100001", "To": "+15550100009", "MessageSid": "SM1", "Blank": ""}
    url = SETTINGS["PUBLIC_URL"] + "/sms"
    signature = RequestValidator(SETTINGS["TWILIO_AUTH_TOKEN"]).compute_signature(url, fields)

    body = urlencode(fields).encode()
    right = api.ask("POST", "/sms", body, Content_Type=FORM, X_Twilio_Signature=signature)
    forged = api.ask("POST", "/sms", body, Content_Type=FORM, X_Twilio_Signature="Zm9yZ2Vk")

    assert right[:2] == (200, b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>')
    assert (forged[0], json.loads(forged[1])["Code"]) == (403, "ForbiddenError")


def test_head_is_answered_without_a_body(api: Api) -> None:
    status, told, headers = api.ask("HEAD", "/tried/DIG4", Accept="*/*")

    assert (status, told, headers["Content-Type"]) == (200, b"", "text/html; charset=utf-8")


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere/at/all"), ("POST", "/a/DIG4/card.png")])
def test_the_app_itself_answers_what_no_other_route_takes(api: Api, method: str, path: str) -> None:
    status, told, headers = api.ask(method, path, Accept="text/html")

    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert told.decode().startswith("<!doctype html>")
