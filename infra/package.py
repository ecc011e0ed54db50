"""Builds what gets deployed: Chalice's package, with the queues' handlers told which messages failed.

    python -m infra.package build

Chalice has no setting for partial batch failures, so the template is mended after it is made. What it could not fetch
for Lambda it leaves out and only says so, or it builds it for this machine's libraries and says nothing; here both are
errors.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from infra.local.settings import ROOT
from infra.vendor import HTMX, is_vendored

# What settings.py cannot do without at import. Packaging imports app.py, and sends nothing anywhere.
PLACEHOLDERS = dict.fromkeys(
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "PUBLIC_URL", "NUMBER_KEY", "LINK_KEYS"),
    "set at deployment",
)


class CannotPackage(Exception):
    """Something that the app needs would not be in the package; the message says what to do."""


def package(out: Path, project: Path = ROOT) -> None:
    """Leaves `sam.json` and `deployment.zip` in `out`. Raises CannotPackage; CalledProcessError if Chalice does."""
    if not is_vendored(project):
        raise CannotPackage(f"{HTMX} is missing, or not the pinned one: run `python -m infra.vendor`.")
    chalice = Path(sys.executable).with_name("chalice")
    command = [str(chalice), "--project-dir", str(project), "package", "--pkg-format", "cloudformation", str(out)]
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, **PLACEHOLDERS}
    subprocess.run(command, env=environment, check=True)  # noqa: S603 - no words of others in it
    check_is_whole(project, out / "deployment.zip")
    template_file = out / "sam.json"
    template = json.loads(template_file.read_text())
    for event in queue_events(template):
        event["Properties"]["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    template_file.write_text(json.dumps(template, indent=2) + "\n")


def check_is_whole(project: Path, archive: Path) -> None:
    """Raises CannotPackage."""
    if missing := left_out(project, archive):
        raise CannotPackage(f"Left out of the package, though the app needs it: {', '.join(missing)}.")
    if alien := built_here(archive):
        python = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
        raise CannotPackage(f"No wheel for Lambda's {python}: {', '.join(alien)}. Pin a version that has one.")


def left_out(project: Path, archive: Path) -> list[str]:
    """Files of the app, and requirements, that are not in the package."""
    with ZipFile(archive) as files:
        packed = set(files.namelist())
    files_of_ours = (path for path in (project / "chalicelib").rglob("*") if path.is_file())
    names = {"app.py", *(path.relative_to(project).as_posix() for path in files_of_ours if path.suffix != ".pyc")}
    installed = {name.partition(".dist-info/")[0].lower() for name in packed if ".dist-info/" in name}
    wanted = [line for line in (project / "requirements.txt").read_text().splitlines() if "==" in line]
    return sorted(names - packed) + [line for line in wanted if folder_name(line) not in installed]


def built_here(archive: Path) -> list[str]:
    """What is compiled against this machine's libraries, as its wheel says: Lambda's are older."""
    with ZipFile(archive) as files:
        notes = {name: files.read(name) for name in files.namelist() if name.endswith(".dist-info/WHEEL")}
    return [
        name.partition(".dist-info/")[0] for name, note in notes.items() if re.search(rb"(?m)^Tag: .*-linux_", note)
    ]


def folder_name(requirement: str) -> str:
    """What the folder of an installed wheel is called, without `.dist-info`: `pynamodb-6.1.0` for `PynamoDB==6.1.0`."""
    name, _, version = requirement.strip().partition("==")
    return f"{re.sub('[-_.]+', '_', name).lower()}-{version}"


def queue_events(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Every event source of the template that is a queue."""
    functions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
    events = [event for one in functions for event in one["Properties"].get("Events", {}).values()]
    return [event for event in events if event["Type"] == "SQS"]


if __name__ == "__main__":
    try:
        package(Path(sys.argv[1]))
    except CannotPackage as error:
        sys.exit(str(error))
