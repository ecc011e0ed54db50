"""checkov's rules for safe templates: what it finds is what we have a reason for, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from infra.local.settings import ROOT
from tests.aws.templates import translated_text

CHECKOV = ROOT / ".venv-tools" / "checkov" / "bin" / "checkov"
EXCEPTIONS = ROOT / "infra" / "tools" / "checkov.yaml"

pytestmark = pytest.mark.skipif(not CHECKOV.exists(), reason="checkov is not installed: make tools")


def found_in(folder: Path, *stages: str) -> set[str]:
    """The rules that some stage breaks, whatever we think of them."""
    for which in stages:
        (folder / f"{which}.json").write_text(translated_text(which))
    files = [word for which in stages for word in ("-f", str(folder / f"{which}.json"))]
    command = [str(CHECKOV), *files, "--framework", "cloudformation", "--skip-download", "--quiet", "-o", "json"]
    usual = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=usual, capture_output=True, text=True, check=False)  # noqa: S603
    told = json.loads(done.stdout)
    assert told["summary"]["parsing_errors"] == 0
    assert told["summary"]["passed"] > 100
    return {one["check_id"] for one in told["results"]["failed_checks"]}


def test_what_checkov_finds_is_what_we_have_a_reason_for(tmp_path: Path) -> None:
    excepted = re.findall(r"^  - (CKV\w+)$", EXCEPTIONS.read_text(), re.MULTILINE)

    assert found_in(tmp_path, "alarmed", "everything") == set(excepted)
    assert len(set(excepted)) == len(excepted)
