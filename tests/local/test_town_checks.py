"""A town that can't start says in one line what to do, and breaks nothing."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from infra.local.checks import make_ready
from infra.local.settings import CannotStart, TownSettings, free_ports, keep_secrets, read_settings, town_environment


def settings_in(data: Path) -> TownSettings:
    return TownSettings(*free_ports(2), data)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"CARRIER_PORT": "70000"}, "CARRIER_PORT is '70000'"),
        ({"PORT": "8001"}, "PORT and CARRIER_PORT are both 8001"),
    ],
)
def test_a_port_that_is_none_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(CannotStart, match=words):
        read_settings(environment)


def test_without_settings_it_is_8000_8001_and_dot_local() -> None:
    assert read_settings({}) == TownSettings(8000, 8001, Path.cwd() / ".local")


def test_a_port_in_use_is_named_with_another_to_take(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    with (
        socket.create_server(("127.0.0.1", settings.carrier_port)),
        pytest.raises(
            CannotStart, match=f"port {settings.carrier_port} .*CARRIER_PORT={settings.carrier_port + 10} make dev"
        ),
    ):
        make_ready(settings)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(CannotStart, match="file can't be written"):
        make_ready(settings_in(tmp_path / "file"))


def test_a_second_town_on_the_same_folder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    first = make_ready(settings_in(tmp_path))

    with pytest.raises(CannotStart, match="a town is running on"):
        make_ready(settings_in(tmp_path))

    first.close()
    make_ready(settings_in(tmp_path)).close()


def test_no_port_is_picked_twice() -> None:
    gateways = free_ports(200)

    others = free_ports(200, *gateways)

    assert len({*gateways, *others}) == 400


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"__ministack_format__": 2, "payl',
        "[]",
        "{}",
        '{"__ministack_format__": 2, "payload": 5}',
        '{"__ministack_format__": 2, "payload": {"tables": 5}}',
        '{"__ministack_format__": 2, "payload": {}}',
    ],
)
def test_state_that_cannot_be_read_is_named_and_kept(tmp_path: Path, content: str) -> None:
    broken = tmp_path / "aws" / "dynamodb.json"
    broken.parent.mkdir()
    broken.write_text(content)

    with pytest.raises(CannotStart, match=r"dynamodb\.json .* move that folder away"):
        make_ready(settings_in(tmp_path))
    assert broken.read_text() == content


def test_state_of_a_newer_ministack_is_named(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "dynamodb.json").write_text('{"__ministack_format__": 99, "payload": {}}')

    with pytest.raises(CannotStart, match="written by a newer ministack"):
        make_ready(settings_in(tmp_path))


def test_queues_without_a_table_are_no_town(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "sqs.json").write_text('{"__ministack_format__": 2, "payload": {}}')

    with pytest.raises(CannotStart, match=r"dynamodb\.json is missing"):
        make_ready(settings_in(tmp_path))


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    made = keep_secrets(settings)

    assert keep_secrets(settings) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_secrets_that_cannot_be_read_are_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")

    with pytest.raises(CannotStart, match=r"secrets\.json can't be read"):
        keep_secrets(settings_in(tmp_path))


def test_what_the_environment_names_wins_but_never_real_aws(tmp_path: Path) -> None:
    given = {
        "TWILIO_API_BASE": "http://elsewhere",
        "TWILIO_AUTH_TOKEN": "one,two",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_PROFILE": "real",
    }

    told = town_environment(
        settings_in(tmp_path), given, {"TWILIO_AUTH_TOKEN": "made", "NUMBER_KEY": "key"}, 5000, 5001
    )

    assert (told["TWILIO_API_BASE"], told["TWILIO_AUTH_TOKEN"]) == ("http://elsewhere", "one,two")
    assert (told["NUMBER_KEY"], told["TWILIO_FROM"]) == ("key", "+15550100000")
    assert (told["AWS_ENDPOINT_URL"], told["AWS_ACCESS_KEY_ID"]) == ("http://127.0.0.1:5000", "town")
    assert "AWS_PROFILE" not in told
    assert json.dumps(told)
