"""A stage of Giddyup on AWS, as its file in infra/stages/ says; everything there is checked before anything is made.

    python -m infra.stages dev

says what is wrong with infra/stages/dev.toml.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from chalicelib.settings import SECRETS, SETTINGS, SettingsWrong, read_settings

FOLDER = Path(os.environ.get("STAGES") or Path(__file__).parent / "stages")
APP = "giddyup"
API_STAGE = "api"  # of API Gateway: what its own addresses end with

NEEDED_SECRETS = SECRETS[:4]
FOLLOW_FROM_NAME = ("TABLE_NAME", "QUEUE_PREFIX")
ONLY_LOCAL = ("GIDDYUP_CLOCK",)

ARCHITECTURES = ("arm64", "x86_64")
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365)  # CloudWatch takes these, and longer ones


class StageWrong(Exception):
    """A stage's file cannot be used; the message names each thing that is wrong with it and says what to do."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`settings` are the functions' environment; the others are the options of the file, by the same names."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    region: str = "us-east-1"
    architecture: str = "arm64"
    keep: bool = False
    table: str = ""
    reserve: bool = False
    tracing: bool = True
    log_days: int = 30
    access_log: bool = True
    requests_a_second: int = 500
    alarm_email: str = ""
    monthly_dollars: int = 0
    domain: str = ""
    certificate_arn: str = ""
    waf: bool = False
    waf_requests: int = 2000
    cdn: bool = False
    secrets_key_arn: str = ""

    @property
    def prefix(self) -> str:
        """What the stage's stack and own table are called, and what its queues and functions begin with."""
        return f"{APP}-{self.name}"

    @property
    def table_name(self) -> str:
        """The stack's own table, or one that was restored beside it (`make restore`)."""
        return self.table or self.prefix

    @property
    def secrets_path(self) -> str:
        return f"/{APP}/{self.name}/"

    @property
    def tags(self) -> dict[str, str]:
        return {"app": APP, "stage": self.name}


OPTIONS = {one.name: one for one in fields(Stage) if one.name not in {"name", "settings"}}


def read_stage(name: str, folder: Path = FOLDER) -> Stage:
    """Raises StageWrong."""
    if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", name):
        raise StageWrong(
            f"{name!r} is no stage: say STAGE=dev, STAGE=prod, or another name of at most 16 letters and digits."
        )
    path = folder / f"{name}.toml"
    if not path.is_file():
        there = ", ".join(sorted(one.stem for one in folder.glob("*.toml")))
        raise StageWrong(f"There is no {path}: copy one of those that are there ({there}).")
    return stage_of(name, path.read_text(), str(path))


def stage_of(name: str, text: str, path: str = "the stage's file") -> Stage:
    """What the file's text says. Raises StageWrong."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StageWrong(f"{path} can't be read: {error}.") from error
    wrong = [f"[{part}] is nothing that we know: write [settings] and [options]" for part in told
             if part not in {"settings", "options"}]  # fmt: skip
    settings, options = told.get("settings", {}), told.get("options", {})
    wrong += [*wrong_settings(name, settings), *wrong_options(options)]
    if wrong:
        raise StageWrong("\n".join([f"{path}:", *(f"  {one}." for one in wrong)]))
    return Stage(name, dict(settings), **options)


def wrong_settings(name: str, told: Mapping[str, Any]) -> list[str]:
    """What is wrong with [settings], a line for each."""
    known = {setting.name for setting in SETTINGS}
    wrong = []
    for setting, value in told.items():
        if setting not in known:
            wrong.append(f"{setting} is no setting: the README's table has them all")
        elif setting in SECRETS:
            wrong.append(f"{setting} does not belong in a file: it is kept in SSM, as the SecureString"
                         f" /{APP}/{name}/{setting}, so take it out here and put it there")  # fmt: skip
        elif setting in FOLLOW_FROM_NAME:
            wrong.append(f"{setting} follows from the stage's name ({APP}-{name}): take it out")
        elif setting in ONLY_LOCAL:
            wrong.append(f"{setting} is for a town on one machine: take it out")
        elif not isinstance(value, str):
            wrong.append(f'{setting} must be in quotes, as all settings: {setting} = "{value}"')
    return wrong or unreadable(told)


def unreadable(told: Mapping[str, str]) -> list[str]:
    """What the functions would say at their start: here it is said before they are made."""
    unknown_yet = dict.fromkeys((*NEEDED_SECRETS, "PUBLIC_URL"), "https://said-later.example")
    try:
        read_settings({**unknown_yet, **told})
    except SettingsWrong as error:
        return str(error).splitlines()
    return []


def wrong_options(told: Mapping[str, Any]) -> list[str]:
    """What is wrong with [options], a line for each."""
    wrong = [f"{name} is no option: there are {', '.join(OPTIONS)}" for name in told if name not in OPTIONS]
    kinds = {"str": "words in quotes", "int": "a number without quotes", "bool": "true or false"}
    for name, value in told.items():
        if name in OPTIONS and type(value).__name__ != OPTIONS[name].type:
            wrong.append(f"{name} = {value!r} cannot be read: it is {kinds[str(OPTIONS[name].type)]}")
    return wrong or do_not_fit(Stage("any", **told))


def do_not_fit(stage: Stage) -> list[str]:
    """Options that AWS would refuse, some of them only after a quarter of an hour."""
    certificate = stage.certificate_arn.split(":")
    rules = (
        (stage.architecture in ARCHITECTURES, f"architecture is {' or '.join(ARCHITECTURES)}"),
        (not stage.table or re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", stage.table),
         "table is the name of a table that `make restore` made, or empty: the stack's own"),
        (stage.log_days in LOG_DAYS, f"log_days is one of {', '.join(map(str, LOG_DAYS))}"),
        (not stage.domain or re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", stage.domain),
         "domain is a name such as crew.example.org, without https://"),
        (bool(stage.domain) == bool(stage.certificate_arn),
         "domain and certificate_arn belong together: set both, or neither"),
        (not stage.certificate_arn or (len(certificate) == 6 and certificate[2] == "acm"),
         "certificate_arn begins with arn:aws:acm: as AWS Certificate Manager shows it"),
        (not stage.certificate_arn or len(certificate) < 4
         or certificate[3] == ("us-east-1" if stage.cdn else stage.region),
         "the certificate must be in " + ("us-east-1, where CloudFront looks for it" if stage.cdn else stage.region)),
        (not (stage.cdn and stage.waf) or stage.region == "us-east-1",
         "with cdn, waf stands before CloudFront, and that can only be made in us-east-1"),
        (stage.waf_requests >= 10, "waf_requests is at least 10, WAF's least"),
        (0 < stage.requests_a_second <= 10000, "requests_a_second is 1 to 10000, which is all that an account gets"),
        (not stage.alarm_email or "@" in stage.alarm_email, "alarm_email is an e-mail address"),
        (stage.monthly_dollars >= 0, "monthly_dollars is a number of dollars; 0: no budget is made"),
        (not stage.secrets_key_arn or stage.secrets_key_arn.startswith("arn:"),
         "secrets_key_arn is a KMS key's ARN, and empty with AWS's own key"),
    )  # fmt: skip
    return [meaning for is_met, meaning in rules if not is_met]


if __name__ == "__main__":
    try:
        print(read_stage(sys.argv[1] if len(sys.argv) > 1 else ""))
    except StageWrong as error:
        sys.exit(str(error))
