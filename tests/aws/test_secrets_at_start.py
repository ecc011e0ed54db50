"""Secrets lie in SSM and are read once, when a function starts; what goes wrong says what to do and tells no value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from chalicelib import aws
from chalicelib.runtime import runtime
from chalicelib.secrets import SecretsWrong, secrets_under
from chalicelib.settings import SettingsWrong
from tests.aws.packaged import SECRETS, Packaged, keep_secrets, running_aws, running_package
from tests.aws.rehearsed import built
from tests.aws.runtime_api import NotAnswered

__all__ = ["built"]

ENOUGH = {"TWILIO_FROM": "+15550100000", "PUBLIC_URL": "https://giddyup.example"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_aws(tmp_path_factory.mktemp("secrets") / "aws") as running:
        yield running


@pytest.fixture(autouse=True)
def as_on_lambda(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is one that has just started, with that SSM."""
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    aws.session.cache_clear()
    runtime.cache_clear()
    yield
    aws.session.cache_clear()
    runtime.cache_clear()


def test_settings_come_from_the_environment_and_secrets_from_ssm(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secrets(address, "/giddyup/whole/", SECRETS)
    monkeypatch.setenv("SECRETS_PATH", "/giddyup/whole/")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the environment's")

    settings = runtime().settings

    assert settings.public_url == ENOUGH["PUBLIC_URL"]
    assert (settings.twilio_account_sid, settings.twilio_auth_token, settings.number_key, settings.link_keys) == (
        SECRETS["TWILIO_ACCOUNT_SID"],
        (SECRETS["TWILIO_AUTH_TOKEN"],),
        SECRETS["NUMBER_KEY"],
        (SECRETS["LINK_KEYS"],),
    )


def test_of_what_else_is_kept_there_nothing_is_read(address: str) -> None:
    keep_secrets(address, "/giddyup/more/", {**SECRETS, "OPERATORS": "+15550100001", "SOMEBODY_ELSES": "x"})

    assert secrets_under("/giddyup/more/") == {**SECRETS, "OPERATORS": "+15550100001"}


def test_another_stages_secrets_are_left_alone(address: str) -> None:
    keep_secrets(address, "/giddyup/dev/", {"NUMBER_KEY": "dev's"})
    keep_secrets(address, "/giddyup/dev2/", {"NUMBER_KEY": "dev2's"})

    assert secrets_under("/giddyup/dev/") == {"NUMBER_KEY": "dev's"}


def test_a_new_value_is_seen_by_what_starts_after_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secrets(address, "/giddyup/rotated/", SECRETS)
    monkeypatch.setenv("SECRETS_PATH", "/giddyup/rotated/")
    before = runtime().settings.link_keys

    keep_secrets(address, "/giddyup/rotated/", {"LINK_KEYS": f"new,{SECRETS['LINK_KEYS']}"})

    assert runtime().settings.link_keys == before
    runtime.cache_clear()
    assert runtime().settings.link_keys == ("new", SECRETS["LINK_KEYS"])


def test_where_there_are_none_it_is_said_where_and_what_to_do() -> None:
    with pytest.raises(SecretsWrong, match=r"under /giddyup/nobody/ cannot be read.*make secrets"):
        secrets_under("/giddyup/nobody/")


def test_one_that_is_missing_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_secrets(address, "/giddyup/half/", {name: SECRETS[name] for name in ("NUMBER_KEY", "LINK_KEYS")})
    monkeypatch.setenv("SECRETS_PATH", "/giddyup/half/")

    with pytest.raises(SettingsWrong) as error:
        runtime()

    assert "TWILIO_AUTH_TOKEN is missing" in str(error.value)
    assert SECRETS["NUMBER_KEY"] not in str(error.value)


def test_an_ssm_that_does_not_answer_is_given_up_soon_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nothing listens

    with pytest.raises(SecretsWrong, match=r"under /giddyup/dev/ cannot be read \(EndpointConnectionError\)"):
        secrets_under("/giddyup/dev/")


@pytest.fixture(scope="module")
def packaged(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packaged]:
    with running_package(built, tmp_path_factory.mktemp("packaged")) as running:
        yield running


def test_a_function_without_its_secrets_does_not_start_and_says_why(packaged: Packaged) -> None:
    with (
        pytest.raises(NotAnswered, match=r"under /giddyup/nobody/ cannot be read"),
        packaged.starting("inbound", SECRETS_PATH="/giddyup/nobody/"),
    ):
        raise AssertionError("it started")


def test_a_function_asks_for_its_secrets_once(packaged: Packaged) -> None:
    ssm = boto3.client(
        "ssm",
        endpoint_url=packaged.aws,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    with packaged.starting("app") as function:
        function.invoke(packaged.request("GET", "/healthz"))
        ssm.delete_parameters(Names=[f"/giddyup/packaged/{name}" for name in SECRETS])

        assert function.invoke(packaged.request("GET", "/healthz"))["statusCode"] == 200
