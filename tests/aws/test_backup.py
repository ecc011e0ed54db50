"""A table is copied and brought back as another one, and nobody gets a text twice by it, nor one after a STOP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.delivery.refusals import go_on
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import sender
from infra import backup as tool
from infra.installation import aws
from infra.operate import Wrong
from infra.restoring import Settled, Settling
from tests.aws.a_stage import SECRETS, STAGE, account, make_functions, make_stage, make_table, ministack, put_secrets
from tests.local.running_carrier import ACCOUNT, NUMBER, TOKEN, Carrier, FakeApp, running_carrier
from tests.world import SCREENS, World

__all__ = ["account", "ministack"]
OLD = "giddyup-before"


# --- a restored table, and the texts that it would send -----------------------------------------------


@pytest.fixture(autouse=True)
def no_clients_of_others() -> Iterator[None]:
    aws.cache_clear()
    yield
    aws.cache_clear()


def make_backup() -> str:
    return backed_up("giddyup")


def backed_up(table: str) -> str:
    made = boto3.client("dynamodb").create_backup(TableName=table, BackupName="one-of-the-tests")
    return str(made["BackupDetails"]["BackupArn"])


def go_back(arn: str, keeps_old: bool = True) -> str:
    """The table is as it was in the backup; what it is at this moment is in another. Answers that one's name."""
    dynamodb = boto3.client("dynamodb")
    old = OLD if keeps_old else ""
    if keeps_old:
        copy = backed_up("giddyup")
        dynamodb.restore_table_from_backup(TargetTableName=OLD, BackupArn=copy)
    dynamodb.delete_table(TableName="giddyup")
    dynamodb.restore_table_from_backup(TargetTableName="giddyup", BackupArn=arn)
    sender.look_again()
    return old


def settle(since: datetime, old: str, world: Runtime | None = None) -> Settled:
    return Settling(world or runtime(), since, old, index_seconds=0).settle()


def sending_goes_on(world: World) -> list[tuple[str, str]]:
    """What arrives once an operator lets it."""
    world.new_texts()
    assert go_on(runtime())
    world.advance(minutes=30)
    return world.new_texts()


def said(settled: Settled) -> str:
    return "\n".join(settled.lines())


def test_what_went_out_after_the_backup_does_not_go_out_again(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    world.webhook(world.number("ann"), "ME")
    world.work_once("inbound")  # her answer waits in the table, and is in the backup
    since, arn = runtime().now(), make_backup()
    world.work()
    code = world.raise_action("3 shovels")
    world.text("ann", f"IN {code}")
    assert len(world.got("ann")) >= 4

    old = go_back(arn)
    settled = settle(since, old)

    assert sending_goes_on(world) == []
    assert settled.taken_over >= 4
    assert settled.unsent == {}


@pytest.mark.parametrize("keeps_old", [True, False])
def test_an_alert_that_was_on_its_way_at_the_backup_reaches_nobody_twice(world: World, keeps_old: bool) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.webhook(world.number("olga"), draft[draft.rindex("GO ") :])
    world.work_once("inbound")  # the round waits in the table
    since, arn = runtime().now(), make_backup()
    world.work()
    alerted = [one for one in SCREENS.sent if one["body"].startswith("DIG1: ")]

    settled = settle(since, go_back(arn, keeps_old))
    again = sending_goes_on(world)

    assert len(alerted) == 4
    assert [body for _, body in again if body.startswith("DIG1: ")] == []
    assert "'alert' of DIG1, to many" in said(settled)


@pytest.mark.parametrize("keeps_old", [True, False])
def test_people_whom_a_wave_has_asked_since_are_not_asked_again(world: World, keeps_old: bool) -> None:
    world.found_group(members=tuple(f"m{n}" for n in range(70)))
    code = world.raise_action("1 shovel at the levee")
    first = asked(code)
    since, arn = runtime().now(), make_backup()
    world.advance(minutes=20)
    before = asked(code)

    settle(since, go_back(arn, keeps_old))
    sending_goes_on(world)

    assert len(first) < len(before)
    assert len(set(asked(code))) == len(asked(code))


def asked(code: str) -> list[str]:
    return [one["to"] for one in SCREENS.sent if one["body"].startswith(f"{code}: ")]


def test_without_the_table_in_use_what_is_not_sent_is_listed(world: World) -> None:
    world.found_group(members=("ann",))
    world.webhook(world.number("ann"), "ME")
    world.work_once("inbound")
    since, arn = runtime().now(), make_backup()
    world.work()

    settled = settle(since, go_back(arn, keeps_old=False))

    assert sending_goes_on(world) == []
    assert settled.unsent.total() == 1
    assert "not sent, as it may have been since" in said(settled)


def test_what_is_due_only_later_goes_out_once_and_in_its_time(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels tomorrow 3pm")
    world.text("ann", f"IN {code}")
    world.new_texts()
    since, arn = runtime().now(), make_backup()

    settle(since, go_back(arn))

    assert sending_goes_on(world) == []
    world.advance(hours=27)
    reminders = [body for name, body in world.new_texts() if name == "ann" and code in body]
    assert reminders
    assert len(reminders) == len(set(reminders))


def test_an_action_that_ended_meanwhile_ends_without_a_second_word_to_anybody(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels")
    world.text("ann", f"IN {code}")
    since, arn = runtime().now(), make_backup()
    world.advance(hours=10)
    told = [one["body"] for one in SCREENS.sent]

    settle(since, go_back(arn))
    again = sending_goes_on(world)

    assert [body for _, body in again if body in told] == []
    [action] = [row for row in world.rows() if row["pk"]["S"] == f"action#{code}" and row["sk"]["S"] == "action"]
    assert action["state"]["S"] not in {"open", "filled", "under_way"}


def test_nothing_goes_out_of_either_table_before_an_operator_says_so(world: World) -> None:
    world.found_group(members=("ann",))
    since, arn = runtime().now(), make_backup()

    old = go_back(arn)
    settle(since, old)
    world.new_texts()
    world.text("ann", "ME")
    world.advance(minutes=5)

    assert world.new_texts() == []
    held = boto3.client("dynamodb").get_item(TableName=old, Key={"pk": {"S": "sender"}, "sk": {"S": "state"}})
    assert held["Item"]["held_by"]["S"] == "restore"
    assert [name for name, _ in sending_goes_on(world)] == ["ann"]


def test_settling_twice_changes_nothing_more(world: World) -> None:
    world.found_group(members=("ann",))
    since, arn = runtime().now(), make_backup()
    world.raise_action("3 shovels")
    old = go_back(arn)
    settle(since, old)
    rows = world.rows()

    again = settle(since, old)

    assert world.rows() == rows
    assert (again.taken_over, again.unsent.total()) == (0, 0)


def test_rows_whose_time_was_over_meanwhile_are_gone(world: World) -> None:
    world.found_group(members=("ann",))
    soon = int((runtime().now() + timedelta(minutes=5)).timestamp())
    row = {
        "pk": {"S": "count#x"},
        "sk": {"S": "1"},
        "kind": {"S": "count"},
        "n": {"N": "1"},
        "expires": {"N": str(soon)},
    }
    boto3.client("dynamodb").put_item(TableName="giddyup", Item=row)
    since, arn = runtime().now(), make_backup()
    world.advance(minutes=10)

    settled = settle(since, go_back(arn))

    assert settled.forgotten == 1
    assert not any(one["pk"]["S"] == "count#x" for one in world.rows())


# --- STOP ---------------------------------------------------------------------------------------------


@contextmanager
def at_twilio(folder: Path) -> Iterator[tuple[Carrier, Runtime]]:
    """A carrier that remembers what people have texted, and the runtime that asks it."""
    with FakeApp().up() as app, running_carrier(folder, app.url) as carrier:
        known = replace(
            runtime().settings, twilio_api_base=carrier.url, twilio_account_sid=ACCOUNT, twilio_auth_token=(TOKEN,),
            twilio_from=NUMBER,
        )  # fmt: skip
        yield carrier, replace(runtime(), settings=known)


def test_whoever_has_said_stop_since_the_backup_has_stopped(world: World, tmp_path: Path) -> None:
    world.found_group(members=("ann", "bob"))
    arn = make_backup()
    with at_twilio(tmp_path) as (carrier, its_runtime):
        carrier.text(world.number("ann"), "Please stop texting me")
        carrier.text(world.number("bob"), "IN")
        settled = settle(datetime.now(UTC) - timedelta(minutes=1), go_back(arn, keeps_old=False), its_runtime)
        again = settle(datetime.now(UTC) - timedelta(minutes=1), "", its_runtime)

    assert sending_goes_on(world) == []
    world.raise_action("everyone to the levee")
    assert [name for name in ("ann", "bob") if any("levee" in body for body in world.got(name))] == ["bob"]
    assert (settled.stopped, again.stopped) == ({"STOP": 1}, {})


def test_while_twilio_cannot_tell_who_has_stopped_the_table_is_not_ready(world: World, tmp_path: Path) -> None:
    world.found_group(members=("ann",))
    arn = make_backup()
    with at_twilio(tmp_path) as (carrier, its_runtime):
        carrier.fault("*", mode="down", seconds="600")

        with pytest.raises(Wrong, match="before you let sending go on"):
            settle(runtime().now(), go_back(arn), its_runtime)

    assert sender.paused(is_fresh=True) is not None


# --- the commands, against ministack --------------------------------------------------------------------


def put_rows(name: str = "giddyup-dev") -> None:
    group: dict[str, Any] = {
        "pk": {"S": "group#DIG"}, "sk": {"S": "group"}, "kind": {"S": "group"}, "name": {"S": "Diggers"},
        "zone": {"S": "America/New_York"}, "organizers": {"S": "olga"}, "is_emergency": {"BOOL": False},
        "next_number": {"N": "1"}, "version": {"N": "1"},
    }  # fmt: skip
    boto3.client("dynamodb").put_item(TableName=name, Item=group)


def run(told: Iterator[str]) -> str:
    return "\n".join(told)


@pytest.mark.usefixtures("account")
def test_a_backup_is_made_with_its_date_and_all_there_are_are_listed() -> None:
    put_secrets()
    make_table()

    first = run(tool.backup(STAGE, datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))
    second = run(tool.backup(STAGE, datetime(2026, 11, 27, 12, 0, tzinfo=UTC)))

    assert first.startswith("giddyup-dev-20261126-120000: available")
    assert second.count("arn:aws:dynamodb") == 3
    assert "Any second between" in second


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("how", ["backup", "latest"])
def test_a_restored_table_is_a_new_one_with_what_a_restore_loses_set_again(how: str) -> None:
    make_stage()
    put_rows()
    client = boto3.client("dynamodb")
    arn = backed_up("giddyup-dev")

    told = run(tool.restore(STAGE, arn if how == "backup" else "latest", datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))

    name = "giddyup-dev-restored-20261126-120000"
    facts = client.describe_table(TableName=name)["Table"]
    recovery = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert facts["TableStatus"] == "ACTIVE"
    assert facts["DeletionProtectionEnabled"] is True
    assert [one["IndexName"] for one in facts["GlobalSecondaryIndexes"]] == ["due"]
    assert client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert "1 rows (1 in the table in use)" in told
    assert f"make restore STAGE=dev SETTLE={name}" in told


@pytest.mark.usefixtures("account")
def test_a_table_that_is_gone_comes_back_from_a_backup() -> None:
    put_secrets()
    make_table()
    put_rows()
    client = boto3.client("dynamodb")
    arn = backed_up("giddyup-dev")
    client.update_table(TableName="giddyup-dev", DeletionProtectionEnabled=False)
    client.delete_table(TableName="giddyup-dev")

    told = run(tool.restore(STAGE, arn, datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))

    assert "1 rows (0 in the table in use)" in told
    with pytest.raises(Wrong, match="is no more"):
        run(tool.restore(STAGE, "latest", datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))


@pytest.mark.usefixtures("account")
def test_rows_that_this_version_cannot_read_stop_a_restore() -> None:
    put_secrets()
    make_table()
    put_rows()
    client = boto3.client("dynamodb")
    client.put_item(TableName="giddyup-dev", Item={"pk": {"S": "x"}, "sk": {"S": "y"}, "kind": {"S": "of_the_future"}})
    arn = backed_up("giddyup-dev")

    with pytest.raises(Wrong, match="of_the_future"):
        run(tool.restore(STAGE, arn, datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-26T11:00:00", "2020-01-01T00:00:00Z", "arn:aws:nothing"])
def test_what_cannot_be_restored_is_said_with_what_can(text: str) -> None:
    put_secrets()
    make_table()

    with pytest.raises(Wrong, match=r"FROM=|make backup|can be had"):
        run(tool.restore(STAGE, text, datetime.now(UTC)))


def test_settling_runs_on_the_restored_table_with_the_stages_own_settings(
    account: dict[str, str],  # noqa: ARG001 - it is made in this account
    tmp_path: Path,
) -> None:
    with FakeApp().up() as app, running_carrier(tmp_path, app.url) as carrier:
        put_secrets({**SECRETS, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN})
        make_table()
        make_functions()
        put_rows()
        given = {**STAGE.given, "TWILIO_API_BASE": carrier.url, "PUBLIC_URL": app.url}
        where = replace(STAGE, given=given)
        run(tool.restore(where, "latest", datetime(2026, 11, 26, 12, 0, tzinfo=UTC)))
        carrier.text("+15550100007", "STOP")

        told = run(tool.settle(where, "giddyup-dev-restored-20261126-120000"))

    key = {"pk": {"S": "sender"}, "sk": {"S": "state"}}
    client = boto3.client("dynamodb")
    held = [client.get_item(TableName=name, Key=key)["Item"]["held_by"]["S"]
            for name in ("giddyup-dev", "giddyup-dev-restored-20261126-120000")]  # fmt: skip
    assert held == ["restore", "restore"]
    assert "1 STOP since then: recorded." in told
    assert 'put table = "giddyup-dev-restored-20261126-120000"' in told
    assert "GO ON SENDING" in told


@pytest.mark.usefixtures("account")
def test_only_a_table_that_was_restored_is_settled() -> None:
    put_secrets()
    make_table()

    with pytest.raises(Wrong, match="not made by make restore"):
        run(tool.settle(STAGE, "giddyup-dev"))
    with pytest.raises(Wrong, match="There is no table"):
        run(tool.settle(STAGE, "giddyup-dev-restored-never"))
