"""Nothing that is to be kept secret leaves its place, and the tools that look for weak spots find none unexplained."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zipfile import ZipFile

import pytest

from chalicelib.secrets import SecretsWrong, wrong
from chalicelib.settings import SettingsWrong, read_settings
from infra.audit import NOBODY_ANSWERED, Audit, read_audit
from infra.local.desk import Desk
from infra.local.settings import ROOT
from infra.package import chalices_template, copy_app
from infra.template import finished
from tests.aws.rehearsed import built
from tests.aws.templates import EVERYTHING
from tests.house.spy import perform, spying
from tests.house.test_personal_data import in_any_form
from tests.stories.player import STORIES
from tests.town import Town, number_in, running_town
from tests.world import World

__all__ = ["built"]

OLGA, ANN, BEN = "+15125551000", "+15550101001", "+15550101002"
SECRETS = {
    "TWILIO_ACCOUNT_SID": "AC" + "5ec2e7" * 5 + "00",
    "TWILIO_AUTH_TOKEN": "marked-auth-token,marked-older-token",
    "NUMBER_KEY": "marked-number-key",
    "LINK_KEYS": "marked-link-key,marked-older-link-key",
    "OPERATORS": "+15125551000,+15125559871",
    "FOUNDERS": "anyone",
}
MARKS = [word for value in SECRETS.values() for word in value.split(",") if word != "anyone"]
OF_THE_ACCOUNT = SECRETS["TWILIO_ACCOUNT_SID"]  # an account's name: it is in each webhook's address, and opens nothing


def secrets_in(text: str) -> list[str]:
    """Which of the secrets, numbers among them in any form."""
    forms = {mark: in_any_form(mark) if mark.startswith("+") else re.compile(re.escape(mark)) for mark in MARKS}
    return [mark for mark, form in forms.items() if form.search(text)]


# --- what is deployed ------------------------------------------------------------------------------------


def test_no_secret_of_the_environment_is_in_the_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    copy_app(ROOT, tmp_path / "project")

    template = finished(chalices_template(tmp_path / "project", tmp_path / "out"), EVERYTHING)

    assert secrets_in(json.dumps(template)) == []
    environment = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    assert environment["SECRETS_PATH"]
    assert not environment.keys() & SECRETS.keys()


def test_no_secret_of_the_environment_is_in_the_package(built: Path) -> None:
    """It was built in this process, whose environment holds the secrets of the tests."""
    ours = ["a-token-of-the-tests", "an-older-token", "a-key-of-the-tests", "a-link-key-of-the-tests"]

    with ZipFile(built / "deployment.zip") as package:
        names = package.namelist()
        held = [(name, one) for name in names for one in ours if one.encode() in package.read(name)]

    assert held == []
    alike = [name for name in names if re.search(r"(^|/)(\.env|secrets\.json|.*\.pem|.*\.key|id_rsa.*)$", name)]
    assert alike == ["botocore/cacert.pem"]  # authorities that everybody trusts
    assert [name for name in names if name.split("/")[0] in {"tests", "infra", "bench", ".local", ".git"}] == []
    assert [one for one in ours if one in (built / "sam.json").read_text()] == []


# --- what is logged --------------------------------------------------------------------------------------


@dataclass
class Said:
    """What people wrote to a town and what they got, and every file in which it logs."""

    bodies: list[str]
    logs: Mapping[str, str]
    numbers: list[str] = field(default_factory=lambda: [OLGA, ANN, BEN])


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """Its processes got the secrets by their environment; it was texted, pressed, lied to, and asked for nonsense."""
    data = tmp_path_factory.mktemp("town")
    with running_town(data, **{name: value for name, value in SECRETS.items() if name != "OPERATORS"}) as town:
        live(town)
        bodies = ["Riverbank diggers of Ely", "where is the heron's gate", *town.got(OLGA), *town.got(ANN)]
        logs = {path.name: path.read_text(errors="replace") for path in (data / "logs").iterdir()}
        yield Said(bodies, {**logs, "the town's own": "\n".join(town.said)})


def live(town: Town) -> None:
    town.text(OLGA, "NEW GROUP DIG Riverbank diggers of Ely")
    town.wait_for(OLGA, "DIG is yours")
    town.text(ANN, "JOIN DIG")
    town.wait_for(ANN, "you're in DIG")
    town.text(OLGA, "ALERT DIG 3 shovels at 5th & Main 6pm #flood")
    town.text(OLGA, f"GO {number_in(town.wait_for(OLGA, 'Not sent yet'))}")
    town.wait_for(ANN, "3 shovels at 5th")
    town.text(ANN, "yes, bringing a marked spade")
    town.wait_for(ANN, "You're in for DIG1")
    town.text(ANN, "where is the heron's gate")
    town.wait_for(OLGA, "heron's gate")
    town.people.ask("POST", f"/phones/{BEN}/faults", {"mode": "refuse", "code": "21610"})
    town.text(BEN, "JOIN DIG")
    Desk(town.port).sign_in(town.people, OLGA)
    fields = {"From": BEN, "To": "+15550100000", "Body": "a forged heron", "MessageSid": "SM1"}
    forged = {"X-Twilio-Signature": "marked-signature", "Content-Type": "application/x-www-form-urlencoded"}
    for path, body, headers in (
        ("/sms", urlencode(fields).encode(), forged),
        ("/sms/status?pk=person%231&sk=text", urlencode(fields).encode(), forged),
        ("/p/made-up", None, {}),
        ("/signin", urlencode({"number": BEN}).encode(), {}),
        (f"/api/v1/actions/{BEN}", None, {"Authorization": "Bearer marked-bearer"}),
        (f"/dashboard/DIG/people?q={BEN}", None, {"Cookie": "session=marked-cookie"}),
    ):
        assert status(Request(f"http://127.0.0.1:{town.port}{path}", body, headers)) < 500


def status(request: Request) -> int:
    try:
        with urlopen(request, timeout=20) as answer:  # noqa: S310 - a town of ours
            return int(answer.status)
    except HTTPError as error:
        return error.code


@pytest.mark.town
def test_no_secret_is_in_any_file_that_a_town_logs_to(said: Said) -> None:
    assert sum('"message":"handled"' in text.replace(" ", "") for text in said.logs.values()) > 0
    held = {name: [one for one in secrets_in(text) if one != OF_THE_ACCOUNT] for name, text in said.logs.items()}

    assert {name: found for name, found in held.items() if found} == {}
    assert [name for name, text in said.logs.items() if re.search("marked-(signature|bearer|cookie)", text)] == []


@pytest.mark.town
def test_no_number_is_in_any_file_that_a_town_logs_to(said: Said) -> None:
    found = [(name, one) for name, text in said.logs.items() for one in said.numbers if in_any_form(one).search(text)]

    assert found == []


@pytest.mark.town
def test_no_words_of_a_text_are_in_any_file_that_a_town_logs_to(said: Said) -> None:
    bodies = [*said.bodies, "a forged heron", "bringing a marked spade"]

    assert len(bodies) > 10
    assert [(name, body) for name, text in said.logs.items() for body in bodies if body in text] == []


def test_no_secret_is_in_any_line_that_the_main_job_logs(world: World) -> None:
    ours = ["a-token-of-the-tests", "an-older-token", "a-key-of-the-tests", "a-link-key-of-the-tests"]

    with spying() as spy:
        perform(next(story for story in STORIES if story.stem == "the_main_job"), world)

    assert len(spy.logged) > 50
    assert [line for line in spy.logged if any(one in line for one in ours)] == []


def test_an_error_about_settings_and_secrets_names_them_and_no_value() -> None:
    with pytest.raises(SettingsWrong) as caught:
        read_settings({**SECRETS, "TWILIO_FROM": "+15550100000"})  # PUBLIC_URL is missing

    assert "PUBLIC_URL" in str(caught.value)
    assert secrets_in(str(caught.value)) == []
    assert str(wrong("/giddyup/dev/", "AccessDeniedException")).startswith("The secrets under /giddyup/dev/")
    assert issubclass(SecretsWrong, Exception)


# --- what tools look for ---------------------------------------------------------------------------------

# What bandit finds and is right as it is, by its test and the file (or folder): why.
FINE = {
    ("B101", "chalicelib/"): "an assertion says what only a bug of ours could break; nothing depends on its being kept",
    ("B105", "infra/keys.py"): "what to do about a missing secret, by its name: not the secret",
    ("B105", "infra/local/carrier/account_api.py"): "Twilio's field for it, always empty here",
    ("B105", "infra/local/settings.py"): "ministack's, on this machine: any word will do",
    ("B310", "infra/doctor/"): "the address was just seen to be one of http",
    ("B404", "infra/"): "tools of an operator's machine start programs",
    ("B405", "chalicelib/web/"): "XML is written there, never read",
    ("B603", "infra/"): "a list of words of ours, without a shell; each place says so to ruff",
    ("B607", "infra/"): "the operator's own program, found where they have put it",
    ("B608", "infra/local/carrier/messages.py"): "the terms are ours; what people wrote is given beside them",
}


def test_bandit_finds_nothing_that_is_not_explained() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", "chalicelib", "infra", "app.py"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words

    told = json.loads(ran.stdout)
    assert told["errors"] == []
    assert len(told["metrics"]) > 100
    found = [(one["test_id"], one["filename"], one["line_number"], one["issue_text"]) for one in told["results"]]
    assert [one for one in found if not reason(one[0], one[1])] == []


def reason(test: str, file: str) -> str:
    return next((why for (one, where), why in FINE.items() if one == test and file.startswith(where)), "")


def test_each_explanation_is_still_needed_by_something() -> None:
    files = [
        path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("infra/**/*.py"))
    ]

    assert [where for _, where in FINE if not any(file.startswith(where) for file in files)] == []


@pytest.mark.parametrize(
    ("told", "audit"),
    [
        ([{"name": "jinja2", "version": "3.1.6", "vulns": []}], Audit(asked=1)),
        ([{"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}], Audit(unanswered=["jinja2"])),
        (
            [{"name": "jinja2", "version": "2.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.2"]}]}],
            Audit(asked=1, found=["jinja2 2.1: PYSEC-1, mended in 2.2"]),
        ),
    ],
)
def test_an_audit_that_nobody_answered_is_not_one_that_found_nothing(
    told: list[dict[str, object]], audit: Audit
) -> None:
    assert read_audit(json.dumps({"dependencies": told, "fixes": []})) == audit
    assert (NOBODY_ANSWERED in audit.words()) == (audit.asked == 0)
    assert audit.is_well == (bool(audit.asked) and not audit.found and not audit.unanswered)


def test_what_runs_on_lambda_is_pinned_by_the_lock_with_hashes() -> None:
    pinned = Counter(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==\S+", (ROOT / "requirements.lock").read_text()))
    runs = re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.txt").read_text())

    assert len(runs) > 15
    assert [one for one in runs if not pinned[one]] == []
    assert "--hash=sha256:" in (ROOT / "requirements.lock").read_text()
