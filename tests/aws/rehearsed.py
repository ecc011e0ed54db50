"""A stage deployed into an account on this machine, with our carrier in Twilio's place: for tests that need the whole.

Ask for `rehearsal`, which the whole session shares: use numbers and keywords of your own. Or use `rehearsing`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from infra.local.people import People
from infra.local.settings import ROOT, free_port
from infra.package import HERE, package
from tests.aws.emulator import NUMBER as ACCOUNT_NUMBER
from tests.aws.emulator import REGION, Account, ApiAddress, running_account
from tests.browsing import Browsing
from tests.local.running_carrier import Carrier, carrier_environment
from tests.town import seconds_to_noon, wait_until

STAGE = "rehearsal"
PHONE_LINE = "+15550100000"  # that people text
OPERATOR = "+15550109999"
SECRETS = {
    "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
    "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
    "NUMBER_KEY": secrets.token_hex(32),
    "LINK_KEYS": secrets.token_hex(32),
    "OPERATORS": OPERATOR,
}


SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": ACCOUNT_NUMBER,
    "time": "2026-11-26T12:00:00Z",
    "region": REGION,
    "resources": [],
    "detail": {},
}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package for this machine's processor; PACKAGE names a folder with one that was made before."""
    if not BUILT:
        out = Path(os.environ.get("PACKAGE") or tmp_path_factory.mktemp("package"))
        if not (out / "deployment.zip").exists():
            package(out, architecture=HERE)
        BUILT.append(out)
    return BUILT[0]


BUILT: list[Path] = []  # once in a session, however many modules ask for it


@dataclass
class Stage:
    """One stage of an account: its file, its secrets, and what an operator does with it."""

    account: Account
    folder: Path
    built: Path
    name: str = STAGE
    settings: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        return f"giddyup-{self.name}"

    def write(self, **settings: str) -> None:
        """Its file, with some settings changed."""
        self.settings |= settings
        lines = ["[settings]", *(f'{name} = "{value}"' for name, value in self.settings.items())]
        lines += ["[options]", f'architecture = "{HERE}"']
        lines += [f"{name} = {value}" for name, value in self.options.items()]
        (self.folder / f"{self.name}.toml").write_text("\n".join(lines) + "\n")

    def keep_secrets(self, told: Mapping[str, str] = SECRETS) -> None:
        for name, value in told.items():
            where = f"/giddyup/{self.name}/{name}"
            self.account.client("ssm").put_parameter(Name=where, Value=value, Type="SecureString", Overwrite=True)

    def said_to(
        self, module: str, *arguments: str, says: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """As an operator types it, with nothing in the environment but what names the account."""
        usual = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "STAGES": str(self.folder)}
        return subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**usual, **self.account.environment, **environment},
            input=says,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def deploy(self, says: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return self.said_to("infra.deploy", self.name, str(self.built), says=says, **environment)

    def deployed(self, **environment: str) -> str:
        """What it said. It has to work."""
        done = self.deploy(YES="1", **environment)
        assert done.returncode == 0, done.stdout + done.stderr + self.account.said()
        return done.stdout

    def destroy(self, says: str) -> subprocess.CompletedProcess[str]:
        return self.said_to("infra.destroy", self.name, says=says)

    def outputs(self) -> dict[str, str]:
        [stack] = self.account.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


@dataclass
class Rehearsal:
    stage: Stage
    api: ApiAddress
    carrier: Carrier
    people: People
    called_clock: int = 0  # by us; the schedule calls it too

    @property
    def account(self) -> Account:
        return self.stage.account

    def text(self, number: str, body: str, sid: str = "") -> str:
        return self.people.text(number, body, sid)

    def got(self, number: str) -> list[str]:
        return self.people.got(number)

    def wait_for(self, number: str, words: str, seconds: float = 60.0) -> str:
        return self.people.wait_for(number, words, seconds)

    def wait_until(self, is_so: Any, seconds: float = 60.0) -> Any:
        return self.people.wait_until(is_so, seconds)

    def log_lines(self, function: str) -> list[str]:
        """What a function's log says, oldest first."""
        group = f"/aws/lambda/{self.stage.stack}-{function}"
        pages = self.account.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def advance(self, seconds: int) -> str:
        """Moves the clock of all functions and of the carrier; what has become due on the way is brought about."""
        told = self.people.advance(seconds)
        self.minute_passes()
        return told

    def minute_passes(self) -> None:
        """What the schedule does each minute, now."""
        self.called_clock += 1
        done = self.invoke("clock", SCHEDULED)
        assert "error" not in done, done["error"]

    def invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """What it `answered`, or its `error`."""
        told = self.account.client("lambda").invoke(
            FunctionName=f"{self.stage.stack}-{function}", Payload=json.dumps(event).encode()
        )
        said = json.loads(told["Payload"].read() or b"null")
        return {"error": said["errorMessage"]} if "FunctionError" in told else {"answered": said}

    def browser(self) -> Browser:
        return Browser(address=self.api.url + "/")

    def at(self, path: str) -> str:
        return self.api.url + path

    def waiting(self) -> dict[str, int]:
        """How many messages each queue of the stage holds."""
        sqs = self.account.client("sqs")
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = {}
        for url in sqs.list_queues(QueueNamePrefix=self.stage.stack)["QueueUrls"]:
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
            found[url.rsplit("/", 1)[-1]] = sum(int(told[one]) for one in counts)
        return found


@dataclass
class Browser(Browsing):
    """A browser on the network: each link and form leads where it leads from the page's own address."""

    address: str = ""

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        where = urlsplit(urljoin(self.address, path))
        sent = {**self.headers, "Accept": "*/*", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
        try:
            asked = where.path + (f"?{where.query}" if where.query else "")
            connection.request(method, asked, body or None, sent)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        several = answer.headers.get_all("Set-Cookie") or []
        found: dict[str, Any] = {**dict(answer.getheaders()), "Set-Cookie": several}
        self.keep(found)
        self.address = where.geturl()
        return SimpleNamespace(status_code=answer.status, headers=found, body=said)


@contextmanager
def rehearsing(folder: Path, built: Path) -> Iterator[Rehearsal]:
    """Deployed as an operator does it, from an empty account on; the carrier's webhooks lead to its API Gateway."""
    stages = folder / "stages"
    stages.mkdir(parents=True)
    with running_account(folder / "aws") as account, ApiAddress(account).up() as api:
        carrier_port = free_port()
        stage = Stage(account, stages, built)
        stage.write(
            PUBLIC_URL=api.url,
            TWILIO_API_BASE=f"http://127.0.0.1:{carrier_port}",
            TWILIO_FROM=PHONE_LINE,
            SENDER_RATE="225",
            DAILY_CENTS="10000000",
            DAILY_SEGMENTS="10000000",
            GROUP_DAILY_CENTS="10000000",
            GROUP_DAILY_SEGMENTS="10000000",
            TEXTS_A_DAY="1000",
        )
        clock = folder / "carrier" / "clock"
        clock.parent.mkdir()
        clock.write_text(str(seconds_to_noon()))
        # A stage's file takes no clock that can be moved, and AWS has none: it comes in as the secrets do.
        stage.keep_secrets({"GIDDYUP_CLOCK": str(clock)})
        secrets_put = stage.said_to("infra.keys", "secrets", stage.name, **SECRETS)
        assert secrets_put.returncode == 0, secrets_put.stderr
        stage.deployed()
        api.api_id = stage.outputs()["RestAPIId"]
        told = {name: SECRETS[name] for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")}
        environment = carrier_environment(carrier_port, folder / "carrier", api.url, **told, TWILIO_FROM=PHONE_LINE)
        carrier = Carrier(carrier_port, folder / "carrier", environment)
        carrier.start()
        try:
            yield Rehearsal(stage, api, carrier, People(carrier_port))
        finally:
            carrier.kill()
            assert carrier.process is not None
            carrier.process.communicate()  # closes its pipes


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Rehearsal]:
    with rehearsing(tmp_path_factory.mktemp("rehearsal"), built) as found:
        yield found


def signed_in(rehearsal: Rehearsal, browser: Browser, number: str) -> None:
    """At the dashboard, with the digits that come to the phone."""
    before = len(rehearsal.got(number))
    browser.open(rehearsal.at("/signin"))
    browser.press("code", number=number)
    codes = rehearsal.wait_until(lambda: re.findall(r"\b\d{6}\b", " ".join(rehearsal.got(number)[before:])))
    assert codes, rehearsal.got(number)
    browser.press("Sign in", digits=codes[-1])
    assert browser.status == 200, browser.page


def link_in(text: str) -> str:
    """The reader's own link that an alert ends with."""
    found = re.search(r"https?://\S+/p/\S+", text)
    assert found, text
    return found[0]


__all__ = ["Rehearsal", "built", "link_in", "rehearsal", "rehearsing", "signed_in", "wait_until"]
