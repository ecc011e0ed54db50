"""A stage's file is checked before anything is made, and whoever wrote it is told what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.stages import FOLDER, LOG_DAYS, OPTIONS, Stage, StageWrong, read_stage, stage_of
from tests.aws.templates import CERTIFICATE, DEV, PROD, filled_in

NUMBER = '[settings]\nTWILIO_FROM = "+12125550123"\n'


def told(text: str) -> str:
    with pytest.raises(StageWrong) as wrong:
        stage_of("dev", text)
    return str(wrong.value)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_files_that_are_there_ask_for_a_number_and_for_nothing_else(name: str) -> None:
    with pytest.raises(StageWrong) as wrong:
        read_stage(name)

    assert str(wrong.value).splitlines() == [
        f"{FOLDER / name}.toml:",
        "  TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing: set one of them.",
    ]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_files_that_are_there_name_every_option(name: str) -> None:
    text = filled_in(name)

    assert [option for option in OPTIONS if f"{option} = " not in text] == []


def test_everything_of_a_stage_is_called_after_it() -> None:
    assert (DEV.prefix, DEV.secrets_path, DEV.tags) == (
        "giddyup-dev",
        "/giddyup/dev/",
        {"app": "giddyup", "stage": "dev"},
    )
    assert (PROD.prefix, PROD.secrets_path, PROD.tags) == (
        "giddyup-prod", "/giddyup/prod/", {"app": "giddyup", "stage": "prod"},
    )  # fmt: skip


def test_what_people_use_is_kept_and_what_is_only_tried_is_not() -> None:
    assert (DEV.keep, PROD.keep) == (False, True)


def test_settings_become_the_functions_environment() -> None:
    stage = stage_of("dev", NUMBER + 'BRAND = "Crew"\n[options]\nlog_days = 7\n')

    assert stage == Stage("dev", {"TWILIO_FROM": "+12125550123", "BRAND": "Crew"}, log_days=7)


@pytest.mark.parametrize(
    "name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "NUMBER_KEY", "LINK_KEYS", "OPERATORS", "FOUNDERS"]
)
def test_a_secret_in_a_file_is_refused_and_its_place_is_named(name: str) -> None:
    answer = told(NUMBER + f'{name} = "hush"\n')

    assert f"{name} does not belong in a file: it is kept in SSM, as the SecureString /giddyup/dev/{name}" in answer
    assert "hush" not in answer


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ('BRNAD = "Crew"', "BRNAD is no setting: the README's table has them all"),
        ('TABLE_NAME = "mine"', "TABLE_NAME follows from the stage's name (giddyup-dev): take it out"),
        ('GIDDYUP_CLOCK = "clock"', "GIDDYUP_CLOCK is for a town on one machine: take it out"),
        ("DAILY_CENTS = 500", 'DAILY_CENTS must be in quotes, as all settings: DAILY_CENTS = "500"'),
        ('DAILY_CENTS = "lots"', "DAILY_CENTS='lots' cannot be read: it is what a day's texts may cost in all"),
        ("[setings]", "[setings] is nothing that we know: write [settings] and [options]"),
        ("[options]\ncolour = 1", "colour is no option: there are region, architecture, keep"),
        ('[options]\nlog_days = "7"', "log_days = '7' cannot be read: it is a number without quotes"),
        ("[options]\nlog_days = true", "log_days = True cannot be read: it is a number without quotes"),
        ("[options]\nlog_days = 8", "log_days is one of 1, 3, 5"),
        ('[options]\narchitecture = "arm"', "architecture is arm64 or x86_64"),
        ('[options]\ndomain = "crew.example.org"', "domain and certificate_arn belong together"),
        ('[options]\ncertificate_arn = "arn"', "certificate_arn begins with arn:aws:acm:"),
        ('[options]\ndomain = "https://crew.example.org"', "domain is a name such as crew.example.org"),
        ('[options]\nalarm_email = "me"', "alarm_email is an e-mail address"),
        ("[options]\nwaf_requests = 1", "waf_requests is at least 10"),
        ("[options]\nrequests_a_second = 0", "requests_a_second is 1 to 10000"),
        ("[options]\nmonthly_dollars = -1", "monthly_dollars is a number of dollars"),
        ('[options]\nsecrets_key_arn = "mine"', "secrets_key_arn is a KMS key's ARN"),
        ('[options]\nregion = "eu-west-1"\ncdn = true\nwaf = true', "waf stands before CloudFront"),
        ("[settings", "can't be read"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(written: str, answer: str) -> None:
    assert answer in told(NUMBER + written)


def test_all_that_is_wrong_is_said_at_once() -> None:
    answer = told('[settings]\nBRNAD = "Crew"\nNUMBER_KEY = "x"\n[options]\nlog_days = "7"\n')

    assert [word in answer for word in ("BRNAD", "NUMBER_KEY", "log_days")] == [True] * 3


def test_a_certificate_must_be_where_it_is_looked_for() -> None:
    here = f'{NUMBER}[options]\nregion = "us-west-2"\ndomain = "crew.example.org"\ncertificate_arn = "{CERTIFICATE}"\n'

    assert "the certificate must be in us-west-2" in told(here)
    assert stage_of("dev", here + "cdn = true\n").cdn  # CloudFront looks in us-east-1


@pytest.mark.parametrize("name", ["", "Prod", "../dev", "a" * 17, "dev-2"])
def test_a_name_that_could_not_be_part_of_other_names_is_none(name: str) -> None:
    with pytest.raises(StageWrong, match="is no stage"):
        read_stage(name)


def test_a_stage_without_a_file_is_told_which_there_are(tmp_path: Path) -> None:
    (tmp_path / "dev.toml").touch()

    with pytest.raises(StageWrong, match=r"copy one of those that are there \(dev\)"):
        read_stage("prod", tmp_path)


def test_logs_are_not_kept_for_ever() -> None:
    assert max(LOG_DAYS) <= 366
