"""What a cold start takes: each function of the package, started and asked as Lambda does, next to bare apps.

    python -m bench.coldstart [rounds] [folder that `make package` left, for this machine's processor]

Start: from the process to its first question for an event (Lambda's INIT). Answer: to its first event, with ministack
behind. CPU is of the main thread for both, whoever else is busy on the machine. Every round runs each once, in turn.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.local.events import schedule_event
from infra.package import HERE, copy_chalice, package
from infra.shrink import compile_all
from tests.aws.packaged import Packaged, running_package
from tests.aws.runtime_api import Function, running_function
from tests.town import number_in

ROUNDS = 15
OLGA, ANN = "+15125550001", "+15125550002"
AIM_MS = 300

BARE = """
import boto3
from chalice.app import Chalice

app = Chalice(app_name="bare")


@app.route("/healthz")
def healthz():
    return "{}"
"""
# What anything of this kind must load: the database, a queue, the check of Twilio's signature; nothing of ours.
LIBRARIES = """
import botocore.session
from chalice.app import Chalice
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
from twilio.request_validator import RequestValidator

app = Chalice(app_name="libraries")


class Row(Model):
    class Meta:
        table_name = "giddyup"
        region = "us-east-1"

    pk = UnicodeAttribute(hash_key=True)


Row._get_connection().connection.client
sqs = botocore.session.get_session().create_client("sqs", region_name="us-east-1")


@app.route("/healthz")
def healthz():
    return "{}"
"""
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


@dataclass
class Case:
    """Something that is started and asked one thing, and what that took, in milliseconds."""

    name: str
    starting: Callable[[], Any]
    event: Callable[[], Any]
    starts: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self) -> None:
        event = self.event()
        function: Function
        with self.starting() as function:
            _, answer_ms = function.timed(event)
            self.starts.append(function.start_ms)
            self.answers.append(answer_ms)
            self.cpu.append(function.cpu_ms)

    @property
    def is_aimed_at(self) -> bool:
        return self.name.startswith(("webhook", "page")) and "dashboard" not in self.name

    @property
    def sums(self) -> list[float]:
        return [start + answer for start, answer in zip(self.starts, self.answers, strict=True)]


def with_boto3(folder: Path) -> Path:
    """A bare app with boto3 whole, compiled as ours is."""
    folder.mkdir()
    for name in BOTO3:
        spec = find_spec(name)
        assert spec, name
        assert spec.origin, name
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, folder)
    copy_chalice(folder)
    (folder / "app.py").write_text(BARE)
    compile_all(folder)
    return folder


def with_libraries(folder: Path, unpacked: Path) -> Path:
    """Our package's libraries with another app."""
    shutil.copytree(unpacked, folder, ignore=shutil.ignore_patterns("chalicelib"))
    (folder / "app.py").write_text(LIBRARIES)
    compile_all(folder)
    return folder


def message_of(packaged: Packaged, name: str) -> Callable[[], Any]:
    """What is on the queue by what ran before in this round, or else what was there last."""
    return lambda: packaged.taken(name) or packaged.last[name]


def cases(packaged: Packaged, folder: Path) -> list[Case]:
    bare, libraries = with_boto3(folder / "bare"), with_libraries(folder / "libraries", packaged.unpacked)

    def of(name: str) -> Callable[[], Any]:
        return lambda: packaged.starting(name, lists_modules=False)

    def looks(path: str) -> Callable[[], Any]:
        return lambda: packaged.request("GET", path)

    return [
        Case("Chalice and boto3", lambda: running_function(bare, "app.app", {}), looks("/healthz")),
        Case(
            "Chalice, PynamoDB, SQS, validator", lambda: running_function(libraries, "app.app", {}), looks("/healthz")
        ),
        Case("webhook", of("app"), lambda: packaged.inbound_text(ANN, "WHO")),
        Case("inbound", of("inbound"), message_of(packaged, "inbound")),
        Case("replies", of("replies"), message_of(packaged, "replies")),
        Case("bulk", of("bulk"), message_of(packaged, "bulk")),
        Case("due", of("due"), message_of(packaged, "due")),
        Case("clock", of("clock"), lambda: schedule_event(datetime.now(UTC))),
        Case("page /", of("app"), looks("/")),
        Case("page /g/LEVEE", of("app"), looks("/g/LEVEE")),
        Case("page /a/LEVEE1", of("app"), looks("/a/LEVEE1")),
        Case("receipt", of("app"), lambda: receipt(packaged)),
        Case("page /dashboard", of("app"), looks("/dashboard")),
    ]


def receipt(packaged: Packaged) -> Any:
    sent = next(one for one in packaged.screens.texts if one["To"] == ANN)
    path = sent["StatusCallback"].removeprefix("https://giddyup.example").partition("#")[0]
    return packaged.signed(path, {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "AccountSid": "AC"})


@contextmanager
def a_group_at_work(built: Path, folder: Path) -> Iterator[Packaged]:
    with running_package(built, folder) as packaged:
        packaged.text(OLGA, "NEW EMERGENCY GROUP LEVEE Levee watch")
        packaged.text(ANN, "LEVEE")
        packaged.text(OLGA, "ALERT LEVEE 2 sandbags at 5th & Main #flood")
        packaged.text(OLGA, f"GO {number_in(packaged.screens.to(OLGA)[-1])}")
        for function in packaged.functions.values():
            function.process.kill()  # they would only be in the way
        yield packaged


def spread(values: list[float]) -> str:
    return f"{min(values):5.0f} {statistics.median(values):6.0f}"


def table(measured: list[Case]) -> None:
    """Ratios are of the least CPU of each: that is least disturbed by whatever else runs here."""
    bare, libraries = (min(case.cpu) for case in measured[:2])
    print(f"{'':34}        start       answer     together          CPU   of bare  of libraries")
    print(f"{'':34}" + "   min median" * 4)
    for case in measured:
        columns = " ".join(map(spread, (case.starts, case.answers, case.sums, case.cpu)))
        least = min(case.cpu)
        print(f"{case.name:34}{columns}  {least / bare:8.2f}  {least / libraries:12.2f}")


def over_aim(measured: list[Case]) -> str:
    slow = [one.name for one in measured if one.is_aimed_at and min(one.sums) > AIM_MS]
    return ", ".join(slow) or "none of the webhook and the pages"


def main(rounds: int, built: Path | None) -> None:
    with TemporaryDirectory(prefix="giddyup-coldstart-") as temporary:
        folder = Path(temporary)
        if built is None:
            built = folder / "build"
            package(built, architecture=HERE)
        with a_group_at_work(built, folder / "packaged") as packaged:
            measured = cases(packaged, folder)
            for _ in range(rounds):
                for case in measured:
                    case.run()
    table(measured)
    print(f"{rounds} rounds; milliseconds. Over {AIM_MS} at best: {over_aim(measured)}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
