"""Settings, README, the package and the lock say the same."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from chalicelib.core.commands import Unclear, Words
from chalicelib.grammar.parse import parse
from chalicelib.grammar.rules import RULES
from chalicelib.settings import SETTINGS, Settings, SettingsWrong, read_settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NEEDED = {
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "new,old",
    "TWILIO_FROM": "+15550100000",
    "PUBLIC_URL": "https://giddyup.example/",
    "NUMBER_KEY": "secret",
    "LINK_KEYS": "new,old",
}


def section(heading: str) -> str:
    return README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = [row for row in rows_of(section("Settings")) if row[0].startswith("`")]

    assert listed == [
        [
            f"`{one.name}`",
            "*(needed)*" if one.default is None else f"`{one.default}`" if one.default else "",
            one.meaning,
        ]
        for one in SETTINGS
    ]


def test_every_setting_is_a_field_and_every_field_a_setting() -> None:
    assert [one.name.lower() for one in SETTINGS] == [field.name for field in dataclasses.fields(Settings)]


def test_all_that_is_missing_or_unreadable_is_named_together() -> None:
    with pytest.raises(SettingsWrong) as wrong:
        read_settings({"NUMBER_KEY": "secret", "ZONE": "Mars/Olympus", "SEGMENT_PRICE": "cheap"})

    named = {line.split(" ")[0].split("=")[0] for line in str(wrong.value).splitlines()}
    assert named == {
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM",
        "PUBLIC_URL",
        "LINK_KEYS",
        "ZONE",
        "SEGMENT_PRICE",
    }


def test_settings_are_read_as_what_they_are() -> None:
    settings = read_settings(NEEDED)

    assert settings.twilio_auth_token == ("new", "old")
    assert settings.public_url == "https://giddyup.example"
    assert settings.countries == ("US", "CA")


def examples() -> list[str]:
    cells = [row[0] for row in rows_of(section("What people text"))]
    return [example for cell in cells for example in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("example", examples())
def test_every_example_in_the_readme_is_understood(example: str) -> None:
    assert not isinstance(parse(example), Words | Unclear)


def test_the_readme_shows_every_command_there_is() -> None:
    shown = {type(parse(example)) for example in examples()}

    assert {type(command) for rule in RULES for _, command in rule.examples} - {Words, Unclear} <= shown


def test_the_make_targets_that_the_readme_names_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z-]+)`", README)) | {"dev", "test", "lint", "bench", "package"} <= targets


def test_chalice_makes_no_role_and_no_policy_that_nobody_wrote() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())

    assert (config["app_name"], config["autogen_policy"], config["manage_iam_role"]) == ("giddyup", False, False)


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_what_is_deployed_is_what_is_tested() -> None:
    deployed, tested = pins("requirements.txt"), pins("requirements.lock")

    assert deployed
    assert {name: tested.get(name) for name in deployed} == deployed


def test_continuous_integration_runs_the_readmes_own_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text()

    assert "make lint" in script
    assert "make test" in script
    assert "set -e" in script
