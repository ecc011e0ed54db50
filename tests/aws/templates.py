"""Templates of stages as they are deployed, made from today's app.py without a package."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform

from infra.local.settings import ROOT
from infra.package import chalices_template, copy_app
from infra.stages import FOLDER, Stage, stage_of
from infra.template import finished

Template = dict[str, Any]
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/8a9d2a1c-0000-4000-8000-000000000000"
KEY = "arn:aws:kms:us-east-1:123456789012:key/8a9d2a1c-0000-4000-8000-000000000000"


def filled_in(name: str) -> str:
    """A stage's file, as it is in the repository, with the one thing filled in that it cannot do without."""
    text = (FOLDER / f"{name}.toml").read_text()
    return text.replace('# TWILIO_FROM = "+12125550123"', 'TWILIO_FROM = "+12125550123"')


DEV, PROD = (stage_of(name, filled_in(name)) for name in ("dev", "prod"))
ALARMED = replace(PROD, alarm_email="olga@example.org", monthly_dollars=50)
OWN_DOMAIN = replace(
    ALARMED,
    domain="crew.example.org",
    certificate_arn=CERTIFICATE,
    waf=True,
    secrets_key_arn=KEY,
    architecture="x86_64",
)
CDN = replace(DEV, cdn=True)
EVERYTHING = replace(OWN_DOMAIN, cdn=True)
BARE = replace(DEV, tracing=False, access_log=False)
RESTORED = replace(PROD, table="giddyup-prod-restored-20261126-1200")
STAGES: Mapping[str, Stage] = {
    "dev": DEV, "prod": PROD, "alarmed": ALARMED, "own domain": OWN_DOMAIN, "cdn": CDN, "everything": EVERYTHING,
    "bare": BARE, "restored": RESTORED,
}  # fmt: skip


@cache
def chalices() -> str:
    """What Chalice makes of app.py."""
    with TemporaryDirectory(prefix="giddyup-tests-") as folder:
        project = Path(folder, "project")
        copy_app(ROOT, project)
        return json.dumps(chalices_template(project, Path(folder, "out")))


@cache
def text_of(which: str) -> str:
    template = finished(json.loads(chalices()), STAGES[which])
    for resource in template["Resources"].values():
        if "CodeUri" in resource["Properties"]:
            resource["Properties"]["CodeUri"] = {"Bucket": "code", "Key": "deployment.zip"}  # as deploying does
    return json.dumps(template, indent=1)


def template_of(which: str) -> Template:
    template: Template = json.loads(text_of(which))
    return template


class NoManagedPolicies:
    """SAM asks AWS for the names of its own policies; ours name them whole."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def translated_text(which: str) -> str:
    """What AWS makes of the template before it makes anything of it."""
    return json.dumps(transform(copy.deepcopy(template_of(which)), {}, NoManagedPolicies()), indent=1)


def translated(which: str) -> Template:
    template: Template = json.loads(translated_text(which))
    return template


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """Logical ids with properties."""
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def everything_in(part: Any) -> Iterator[Any]:
    """Each value inside, however deep."""
    yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from everything_in(one)
