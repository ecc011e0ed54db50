"""Builds what gets deployed: Chalice's package, with the queues' handlers told which messages failed.

    python -m infra.package build

Chalice has no setting for partial batch failures, so the template is mended after it is made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# What settings.py cannot do without at import. Packaging imports app.py, and sends nothing anywhere.
PLACEHOLDERS = dict.fromkeys(
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "PUBLIC_URL", "NUMBER_KEY", "LINK_KEYS"),
    "set at deployment",
)


def package(out: Path) -> None:
    """Leaves `sam.json` and `deployment.zip` in `out`. Raises CalledProcessError when Chalice refuses."""
    chalice = Path(sys.executable).with_name("chalice")
    command = [str(chalice), "package", "--pkg-format", "cloudformation", str(out)]
    subprocess.run(command, env={**os.environ, **PLACEHOLDERS}, check=True)  # noqa: S603 - no words of others in it
    template_file = out / "sam.json"
    template = json.loads(template_file.read_text())
    for event in queue_events(template):
        event["Properties"]["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    template_file.write_text(json.dumps(template, indent=2) + "\n")


def queue_events(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Every event source of the template that is a queue."""
    functions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
    events = [event for one in functions for event in one["Properties"].get("Events", {}).values()]
    return [event for event in events if event["Type"] == "SQS"]


if __name__ == "__main__":
    package(Path(sys.argv[1]))
