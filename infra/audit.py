"""Known weaknesses of what runs on Lambda, as an advisory database has them.

    make audit

pip-audit asks PyPI's, or with SERVICE=osv that of osv.dev. Where neither can be reached (a mirror of PyPI has packages
and no advisories) that is said, and is no "nothing found". None is in a package that could be installed instead:
safety-db's last is of July 2021.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

from infra.local.settings import ROOT

NOBODY_ANSWERED = "no advisory database could be asked"


@dataclass(frozen=True, slots=True)
class Audit:
    """How many packages the database knows, what it has against them, and those that it said nothing about."""

    asked: int = 0
    found: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return self.asked > 0 and not self.found and not self.unanswered

    def words(self) -> str:
        lines = list(self.found)
        if not self.asked:
            lines.append(f"Nothing is known: {NOBODY_ANSWERED} (SERVICE=osv asks another).")
        elif self.unanswered:
            lines.append(f"Nothing is known of {', '.join(self.unanswered)}.")
        else:
            lines.append(f"{self.asked} packages, {len(self.found) or 'none'} with known weaknesses.")
        return "\n".join(lines)


def read_audit(told: str) -> Audit:
    """pip-audit's JSON."""
    asked, found, unanswered = 0, [], []
    for one in json.loads(told)["dependencies"]:
        if "skip_reason" in one:
            unanswered.append(one["name"])
            continue
        asked += 1
        for weakness in one["vulns"]:
            mended = ", ".join(weakness["fix_versions"]) or "no version yet"
            found.append(f"{one['name']} {one['version']}: {weakness['id']}, mended in {mended}")
    return Audit(asked, found, unanswered)


def main() -> int:
    service = os.environ.get("SERVICE") or "pypi"
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--format", "json"]
    what = ["--requirement", str(ROOT / "requirements.txt"), "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    ran = subprocess.run([*command, *what], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    audit = read_audit(ran.stdout) if ran.stdout.startswith("{") else Audit()
    print(audit.words())
    return 0 if audit.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
