"""The open API against its own description, asked by schemathesis in a running town: all its answers are described."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.settings import ROOT
from tests.town import Town, number_in

pytestmark = pytest.mark.town

OLGA, ANN = "+15550170001", "+15550170002"
EXAMPLES = 25  # of each operation
MOST_SECONDS = 300
# All that API Gateway knows: others, such as TRACE, it refuses by itself, with 403.
METHODS = """
[phases.coverage]
unexpected-methods = ["get", "put", "post", "delete", "patch", "options"]
"""


@pytest.fixture(scope="module")
def token(town: Town) -> str:
    """Of ann's link to an action that anybody may be in, in a town where two more are open and one is over."""
    town.text(OLGA, "NEW GROUP APIS Beekeepers")
    town.wait_for(OLGA, "APIS")
    town.text(ANN, "JOIN APIS")
    town.wait_for(ANN, "APIS")
    for words in ("2 to plant #bees", "3 to weed 10001 #bees", "people to sing #bees"):
        town.text(OLGA, f"ALERT APIS {words}")
        draft = town.wait_for(OLGA, words.partition(" #")[0])
        town.text(OLGA, f"GO {number_in(draft)}")
        town.wait_for(ANN, words.partition(" #")[0])
    town.text(OLGA, "CALL OFF APIS1")
    town.wait_for(OLGA, "APIS1 is called off")
    found: str = re.findall(r"/p/(APIS3\S+)", "\n".join(town.got(ANN)))[-1]
    return found


def asked(town: Town, folder: Path, settings: str, *arguments: str) -> str:
    """What schemathesis says after asking the town with all its checks. Fails if anything did."""
    (folder / "settings.toml").write_text(settings + METHODS)
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", folder / "settings.toml", "--no-color", "run"]
    bounds = ["--max-examples", str(EXAMPLES), "--generation-deterministic", "--checks", "all"]
    usual = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(  # noqa: S603 - a program of our own environment
        [*command, *bounds, *arguments, f"http://127.0.0.1:{town.port}/openapi.json"],
        cwd=folder,
        env={**usual, "SCHEMATHESIS_HOOKS": "tests.e2e.networks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.usefixtures("token")
def test_every_answer_to_a_stranger_is_as_described(town: Town, tmp_path: Path) -> None:
    said = asked(town, tmp_path, '[parameters]\n"path.keyword" = "APIS"\n')

    assert "Selected: 5/5" in said


def test_every_answer_to_who_has_a_token_is_as_described(town: Town, token: str, tmp_path: Path) -> None:
    settings = '[parameters]\n"path.code" = "APIS3"\n'
    header = f"Authorization: Bearer {token}"

    said = asked(town, tmp_path, settings, "--include-operation-id", "pledge", "-H", header)

    assert "Selected: 1/5" in said
    assert any("You're in for APIS3" in text for text in town.got(ANN))
