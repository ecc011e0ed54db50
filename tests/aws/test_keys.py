"""Secrets are put once, changed one by one, and never shown; what was signed before a change still counts after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.links import is_theirs, link_token, read_link
from chalicelib.settings import Settings, read_settings
from chalicelib.web.signing import form_token, read_form
from infra import keys
from infra.installation import Installation, environment_of, secrets_of
from infra.operate import Wrong
from tests.aws.a_stage import SECRETS, STAGE, account, make_functions, make_table, ministack, put_secrets
from tests.local.running_carrier import ACCOUNT, NEXT_TOKEN, TOKEN, Carrier, running_carrier

__all__ = ["account", "ministack"]
pytestmark = pytest.mark.usefixtures("account")
PERSON = "abcdefghijklmnopqrstuvwxyz"
TYPED = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "typed-token", "OPERATORS": "", "FOUNDERS": "anyone"}


def typing(prompt: str) -> str:
    return TYPED[prompt.partition(",")[0]]


def settings() -> Settings:
    """As a function reads them when it starts."""
    return read_settings({**environment_of(STAGE), "PUBLIC_URL": "https://crew.example.org"})


def rotate(name: str = "LINK_KEYS", where: Installation = STAGE, **how: Any) -> str:
    """`drop` and `sure` are DROP=1 and YES=1, `later` how much later it is, `token` a new one."""
    now = datetime.now(UTC) + how.get("later", timedelta())
    given = {"NEW_TWILIO_AUTH_TOKEN": how.get("token", "")}
    told = keys.rotate(where, name, how.get("drop", False), how.get("sure", False), now, given, None)
    return "\n".join(told)


# --- secrets ------------------------------------------------------------------------------------------


def test_what_is_missing_is_asked_for_or_made_and_put_encrypted() -> None:
    told = keys.put_secrets(STAGE, {}, typing)

    there = boto3.client("ssm").get_parameters_by_path(Path="/giddyup/dev/", WithDecryption=True)["Parameters"]
    values = {one["Name"]: one["Value"] for one in there}
    assert {one["Type"] for one in there} == {"SecureString"}
    assert values.keys() == {f"/giddyup/dev/{name}" for name in (*SECRETS, "FOUNDERS")}
    assert len(values["/giddyup/dev/NUMBER_KEY"]) == 64
    assert not any(value in line for value in values.values() if value != "anyone" for line in told)
    assert [line.split()[0] for line in told if "none given" in line] == ["OPERATORS"]


def test_what_the_environment_has_is_taken_from_there_and_nobody_is_asked() -> None:
    given = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "given-token", "OPERATORS": "+12125550101"}

    keys.put_secrets(STAGE, given, None)

    assert given.items() <= secrets_of(STAGE).items()


def test_what_is_there_is_never_put_again() -> None:
    put_secrets()

    told = keys.put_secrets(STAGE, {"NUMBER_KEY": "another", "TWILIO_AUTH_TOKEN": "another"}, typing)

    assert secrets_of(STAGE) == {**SECRETS, "FOUNDERS": "anyone"}
    assert sum("left as it is" in line for line in told) == len(SECRETS)


def test_where_nobody_can_be_asked_all_that_lacks_is_named_at_once() -> None:
    with pytest.raises(Wrong, match="Missing: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN"):
        keys.put_secrets(STAGE, {}, None)


def test_no_new_number_key_is_made_for_a_table_in_which_there_are_people() -> None:
    make_table()
    item = {"pk": {"S": f"person#{PERSON}"}, "sk": {"S": "you"}}
    boto3.client("dynamodb").put_item(TableName="giddyup-dev", Item=item)

    with pytest.raises(Wrong, match="put that one back"):
        keys.put_secrets(STAGE, {}, typing)

    keys.put_secrets(STAGE, {"NUMBER_KEY": "the-old-one"}, typing)
    assert secrets_of(STAGE)["NUMBER_KEY"] == "the-old-one"


@pytest.mark.parametrize(
    ("name", "value"), [("TWILIO_ACCOUNT_SID", "SK123"), ("OPERATORS", "2125550101"), ("FOUNDERS", "nobody")]
)
def test_what_cannot_be_meant_is_not_put(name: str, value: str) -> None:
    given = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": "t", name: value}

    with pytest.raises(Wrong, match=name):
        keys.put_secrets(STAGE, given, None)

    assert name not in secrets_of(STAGE)


# --- link keys ----------------------------------------------------------------------------------------


def test_links_and_forms_signed_before_a_new_key_still_count_until_the_old_one_is_dropped() -> None:
    put_secrets()
    make_functions()
    now = datetime.now(UTC)
    link = link_token(settings(), "DIG4", PERSON, 3)
    form = form_token(settings(), "in", "a-nonce", now)

    rotate()

    read = read_link(link, 16)
    assert read is not None
    assert is_theirs(settings(), read, PERSON)
    assert read_form(settings(), form, now) is not None
    assert link_token(settings(), "DIG4", PERSON, 3) != link

    rotate(drop=True, later=timedelta(days=31))

    assert not is_theirs(settings(), read, PERSON)
    assert read_form(settings(), form, now) is None
    assert len(settings().link_keys) == 1


def test_every_function_is_started_anew_so_that_it_reads_the_new_key() -> None:
    put_secrets()
    make_functions()

    told = rotate()

    client = boto3.client("lambda")
    environments = [
        client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in STAGE.functions.values()
    ]
    assert [one.keys() >= {"SECRETS_READ", "TABLE_NAME", "SECRETS_PATH", "BRAND"} for one in environments] == [True] * 6
    assert "Started anew, so that they read it: api, inbound, replies, bulk, due, clock." in told
    assert SECRETS["LINK_KEYS"] not in told
    assert "make rotate-keys STAGE=dev KEY=LINK_KEYS DROP=1" in told


def test_a_stage_that_is_not_deployed_yet_can_have_its_keys_rotated() -> None:
    put_secrets()

    assert "Not deployed yet" in rotate()


def test_the_old_link_key_stays_a_month_unless_the_operator_is_sure() -> None:
    put_secrets()
    rotate()

    with pytest.raises(Wrong, match="With YES=1 it goes now"):
        rotate(drop=True, later=timedelta(days=29))

    rotate(drop=True, sure=True)
    assert len(settings_keys()) == 1


def settings_keys() -> list[str]:
    return secrets_of(STAGE)["LINK_KEYS"].split(",")


def test_a_third_link_key_is_not_made_while_two_count() -> None:
    put_secrets()
    rotate()

    with pytest.raises(Wrong, match="DROP=1"):
        rotate()

    assert len(settings_keys()) == 2


def test_the_only_key_is_not_dropped() -> None:
    put_secrets()

    with pytest.raises(Wrong, match="nothing to take away"):
        rotate(drop=True, sure=True)


def test_the_number_key_is_never_rotated() -> None:
    put_secrets()

    with pytest.raises(Wrong, match="never rotated"):
        rotate("NUMBER_KEY", sure=True)

    assert secrets_of(STAGE) == SECRETS


# --- Twilio's token -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    """It takes two tokens: TOKEN, and NEXT_TOKEN, which is to be the new one."""
    with running_carrier(tmp_path_factory.mktemp("carrier"), "http://127.0.0.1:9") as carrier:
        yield carrier


@pytest.fixture
def where(account: dict[str, str], carrier: Carrier) -> Installation:  # noqa: ARG001 - it is made in this account
    """A stage whose carrier is that one."""
    put_secrets({**SECRETS, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN})
    return replace(STAGE, given={**STAGE.given, "TWILIO_API_BASE": carrier.url})


def tokens() -> list[str]:
    return secrets_of(STAGE)["TWILIO_AUTH_TOKEN"].split(",")


def test_a_new_token_is_tried_and_then_used_while_the_old_one_still_lets_in(where: Installation) -> None:
    told = rotate("TWILIO_AUTH_TOKEN", where, token=NEXT_TOKEN)

    assert tokens() == [NEXT_TOKEN, TOKEN]
    assert "promote the secondary token" in told


def test_a_token_that_twilio_does_not_take_is_not_put(where: Installation) -> None:
    with pytest.raises(Wrong, match="Twilio does not take that token"):
        rotate("TWILIO_AUTH_TOKEN", where, token="mistyped")

    assert tokens() == [TOKEN]


def test_the_old_token_stays_while_twilio_may_still_sign_with_it(where: Installation) -> None:
    rotate("TWILIO_AUTH_TOKEN", where, token=NEXT_TOKEN)

    with pytest.raises(Wrong, match="promote the new one"):
        rotate("TWILIO_AUTH_TOKEN", where, drop=True)

    rotate("TWILIO_AUTH_TOKEN", where, drop=True, sure=True)
    assert tokens() == [NEXT_TOKEN]


def test_once_twilio_takes_the_old_token_no_more_it_is_dropped(where: Installation) -> None:
    keys.put(where, "TWILIO_AUTH_TOKEN", f"{TOKEN},from-before", is_new=False)

    rotate("TWILIO_AUTH_TOKEN", where, drop=True)

    assert tokens() == [TOKEN]


def test_a_carrier_that_is_away_changes_nothing(where: Installation, carrier: Carrier) -> None:
    carrier.fault("*", mode="down", seconds="600")

    with pytest.raises(Wrong, match="try again"):
        rotate("TWILIO_AUTH_TOKEN", where, token=NEXT_TOKEN)

    carrier.ask("DELETE", "/phones/*/faults")
    assert tokens() == [TOKEN]
