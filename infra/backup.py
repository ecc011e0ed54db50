"""Copies of a stage's table, and one of them brought back as a new table that can be used.

    python -m infra.backup backup prod
    python -m infra.backup restore prod 2026-11-26T11:00:00Z
    python -m infra.backup settle prod giddyup-prod-restored-20261126-120000

DynamoDB's own on-demand backups and point-in-time recovery; none is ever deleted from here. A restore never touches the
table in use, until `settle` holds its sending. Without a stage: the table of the town that runs here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from chalicelib.store.tables import TTL_ATTRIBUTE
from infra.installation import Installation, aws, code_of, environment_of, is_missing, stage_of, town
from infra.local.settings import ROOT
from infra.operate import Wrong, take_environment

RESTORED_TO = "restored-to"  # a tag: the moment that a restored table shows
LATEST = "latest"
SAMPLE = 100
WAIT = {"Delay": 5, "MaxAttempts": 1440}  # two hours: AWS restores even a small table in some twenty minutes
ARN = "arn:"
RECOVERY_TRIES, RECOVERY_SECONDS = 60, 10


# --- backups ------------------------------------------------------------------------------------------


def backup(where: Installation, now: datetime) -> Iterator[str]:
    """Makes one, and lists all there are."""
    name = table_in_use(where)
    made = aws("dynamodb").create_backup(TableName=name, BackupName=f"{name}-{now:%Y%m%d-%H%M%S}")["BackupDetails"]
    yield f"{made['BackupName']}: {made['BackupStatus'].lower()}"
    yield f"  {made['BackupArn']}"
    yield "\nAll there are (none is deleted from here):"
    for one in all_backups(name):
        size = f"{int(one.get('BackupSizeBytes', 0)) / 1e6:,.1f} MB"
        yield f"  {one['BackupCreationDateTime'].astimezone(UTC):%Y-%m-%d %H:%M} UTC  {size:>12}  {one['BackupArn']}"
    span = recoverable(name)
    yield (
        f"Any second between {span[0]:%Y-%m-%d %H:%M} and {span[1]:%Y-%m-%d %H:%M} UTC, too."
        if span
        else ("Point-in-time recovery is off: make doctor turns it on.")
    )


def all_backups(name: str) -> list[dict[str, Any]]:
    found, asked = [], {"TableName": name}
    while True:
        told = aws("dynamodb").list_backups(**asked)
        found += told["BackupSummaries"]
        if "LastEvaluatedBackupArn" not in told:
            return sorted(found, key=lambda one: str(one["BackupCreationDateTime"]))
        asked["ExclusiveStartBackupArn"] = told["LastEvaluatedBackupArn"]


def recoverable(name: str) -> tuple[datetime, datetime] | None:
    """From when until when the table can be had as it was; None: recovery is off."""
    facts = aws("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    facts = facts.get("PointInTimeRecoveryDescription", {})
    if facts.get("PointInTimeRecoveryStatus") != "ENABLED":
        return None
    return facts["EarliestRestorableDateTime"].astimezone(UTC), facts["LatestRestorableDateTime"].astimezone(UTC)


def table_in_use(where: Installation) -> str:
    return where.table if where.is_town else environment_of(where)["TABLE_NAME"]


# --- restoring ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What to restore: a backup, or a table as it was; `moment` is what it will show."""

    moment: datetime
    backup: str = ""
    table: str = ""


def asked_for(where: Installation, text: str, now: datetime) -> Asked:
    """A backup's ARN, a moment with its zone, or `latest`. Raises Wrong."""
    if not text:
        raise Wrong(
            "Say what: FROM=<a backup's arn>, FROM=2026-11-26T11:00:00Z, or FROM=latest. make backup lists them."
        )
    if text.startswith(ARN):
        try:
            facts = aws("dynamodb").describe_backup(BackupArn=text)["BackupDescription"]["BackupDetails"]
        except (ClientError, ParamValidationError) as error:
            raise Wrong(f"There is no such backup ({error}): make backup lists them.") from error
        return Asked(facts["BackupCreationDateTime"].astimezone(UTC), backup=text)
    name = table_in_use(where)
    try:
        span = recoverable(name)
    except ClientError as error:
        if not is_missing(error):
            raise
        raise Wrong(f"{name} is no more, and with it its points in time: FROM=<a backup's arn>.") from error
    if span is None:
        raise Wrong(f"{name} has no point-in-time recovery: FROM=<a backup's arn>.")
    if text == LATEST:
        return Asked(span[1], table=name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Wrong(f"{text!r} is no moment: FROM=2026-11-26T11:00:00Z, or FROM=latest.") from error
    if moment.tzinfo is None:
        raise Wrong(f"Of which zone is {text}? FROM={text}Z is UTC.")
    if not span[0] <= moment <= max(span[1], now - timedelta(minutes=5)):
        raise Wrong(f"{name} can be had as it was between {span[0]:%Y-%m-%d %H:%M} and {span[1]:%Y-%m-%d %H:%M} UTC.")
    return Asked(moment.astimezone(UTC), table=name)


def restore(where: Installation, text: str, now: datetime) -> Iterator[str]:
    """Into a new table, with what a restore leaves out; looked through, and what to do next."""
    asked = asked_for(where, text, now)
    target = f"{where.name}-restored-{now:%Y%m%d-%H%M%S}"
    yield f"Restoring {where.name} as it was at {asked.moment:%Y-%m-%d %H:%M:%S} UTC into {target} …"
    begin(asked, target, text)
    aws("dynamodb").get_waiter("table_exists").wait(TableName=target, WaiterConfig=WAIT)
    yield from complete(where, asked, target)
    yield from looked_through(where, target)
    yield next_steps(where, target)


def begin(asked: Asked, target: str, text: str) -> None:
    client, how = aws("dynamodb"), {"TargetTableName": target, "BillingModeOverride": "PAY_PER_REQUEST"}
    if asked.backup:
        client.restore_table_from_backup(BackupArn=asked.backup, **how)
        return
    when = {"UseLatestRestorableTime": True} if text == LATEST else {"RestoreDateTime": asked.moment}
    client.restore_table_to_point_in_time(SourceTableName=asked.table, **when, **how)


def complete(where: Installation, asked: Asked, target: str) -> Iterator[str]:
    """A restored table has neither time to live, nor recovery, nor protection, nor tags."""
    client = aws("dynamodb")
    wanted = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
    client.update_time_to_live(TableName=target, TimeToLiveSpecification=wanted)
    switch_on_recovery(target)
    facts = client.describe_table(TableName=target)["Table"]
    tags = {"app": "giddyup", "stage": where.stage or "town", RESTORED_TO: asked.moment.isoformat()}
    client.tag_resource(ResourceArn=facts["TableArn"], Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
    said = "time to live, point-in-time recovery"
    if where.is_kept:
        client.update_table(TableName=target, DeletionProtectionEnabled=True)
        said += ", deletion protection"
    yield f"Set again, as a restore loses it: {said}."


def switch_on_recovery(target: str) -> None:
    """A table that is just made may not take it yet, for some minutes."""
    wanted = {"PointInTimeRecoveryEnabled": True}
    for _ in range(RECOVERY_TRIES):
        try:
            aws("dynamodb").update_continuous_backups(TableName=target, PointInTimeRecoverySpecification=wanted)
        except ClientError as error:
            if code_of(error) != "ContinuousBackupsUnavailableException":
                raise
            time.sleep(RECOVERY_SECONDS)
        else:
            return
    raise Wrong(f"Point-in-time recovery cannot be turned on for {target} yet: make doctor tells, once it is in use.")


def looked_through(where: Installation, target: str) -> Iterator[str]:
    """What is in it, beside what is in use now; and whether this version can read it. Raises Wrong."""
    from chalicelib.store.tables import Row

    kinds, sample = Counter[str](), list[dict[str, Any]]()
    for item in items_of(target):
        kinds[item["kind"]["S"]] += 1
        if kinds[item["kind"]["S"]] <= SAMPLE:
            sample.append(item)
    unread = set()
    for item in sample:
        try:
            Row.from_raw_data(item)
        except (ValueError, TypeError, AttributeError, KeyError):
            unread.add(item["kind"]["S"])
    try:
        used = Counter(item["kind"]["S"] for item in items_of(table_in_use(where), "kind"))
    except ClientError as error:
        if not is_missing(error):
            raise
        used = Counter()
    yield f"{kinds.total():,} rows ({used.total():,} in the table in use):"
    yield from (f"  {kinds[kind]:>9,}  {used[kind]:>9,}  {kind}" for kind in sorted(kinds | used))
    if unread:
        raise Wrong(f"This version cannot read rows of {', '.join(sorted(unread))}: restore with the version of then.")
    if not kinds["group"] and used["group"]:
        raise Wrong(f"There is no group in {target}: that is not what you want to go back to.")


def items_of(name: str, *attributes: str) -> Iterator[dict[str, Any]]:
    names = {f"#{n}": one for n, one in enumerate(attributes)}
    asked = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
    for page in aws("dynamodb").get_paginator("scan").paginate(TableName=name, **asked):
        yield from page["Items"]


def next_steps(where: Installation, target: str) -> str:
    stage = f" STAGE={where.stage}" if where.stage else ""
    return f"""
Nothing else was touched: {table_in_use_or_gone(where)} is as it was. To go over to {target}:
  1. make restore{stage} SETTLE={target}
     holds all sending, here and there, and brings to its end what was due, so that nobody gets a text twice"""


def table_in_use_or_gone(where: Installation) -> str:
    try:
        return table_in_use(where)
    except ClientError:
        return "the table in use"


# --- going over to it -----------------------------------------------------------------------------------


def settle(where: Installation, target: str) -> Iterator[str]:
    """The restored table made safe, by the app's own rules, in a process whose table it is. Raises Wrong."""
    since, used = restored_to(target), table_in_use(where)
    if used == target:
        raise Wrong(f"{target} is in use already.")
    known = dict(os.environ) if where.is_town else {**os.environ, **environment_of(where)}
    known |= {"TABLE_NAME": target, "POWERTOOLS_LOG_LEVEL": "ERROR"}
    known.pop("SECRETS_PATH", None)  # they are among what is known
    command = [sys.executable, "-m", "infra.restoring", since.isoformat(), used if is_there(used) else ""]
    told = subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise Wrong(told.stderr.strip() or f"infra.restoring ended with {told.returncode}")
    yield told.stdout.rstrip()
    yield after_settling(where, target, since)


def restored_to(target: str) -> datetime:
    """The moment that a restored table shows. Raises Wrong."""
    try:
        arn = aws("dynamodb").describe_table(TableName=target)["Table"]["TableArn"]
    except ClientError as error:
        if not is_missing(error):
            raise
        raise Wrong(f"There is no table {target}.") from error
    tags = {one["Key"]: one["Value"] for one in aws("dynamodb").list_tags_of_resource(ResourceArn=arn)["Tags"]}
    if RESTORED_TO not in tags:
        raise Wrong(f"{target} was not made by make restore.")
    return datetime.fromisoformat(tags[RESTORED_TO])


def is_there(name: str) -> bool:
    try:
        aws("dynamodb").describe_table(TableName=name)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def after_settling(where: Installation, target: str, since: datetime) -> str:
    file, stage = f"infra/stages/{where.stage}.toml", f" STAGE={where.stage}" if where.stage else ""
    over = f'put table = "{target}" into [options] of {file}, and make deploy{stage}'
    return f"""
Sending is held in both tables: people are heard, and get no answer yet. Next:
  2. {over if stage else f"start the town with TABLE_NAME={target}"}
  3. make doctor{stage}, and look at the pages
  4. GO ON SENDING, texted by an operator, or the button in the operators' corner
What people have answered since {since:%Y-%m-%d %H:%M} UTC is not in it, but for STOP and LEAVE: tell the organizers.
To stay with the table in use instead: step 4 alone. The restored one can then be deleted."""


def main(arguments: list[str]) -> int:
    what, stage, asked = (*arguments, "", "", "")[:3]
    try:
        if not stage:
            take_environment()
        where, now = stage_of(stage) if stage else town(), datetime.now(UTC)
        if what == "backup":
            told = backup(where, now)
        elif what == "restore":
            told = restore(where, asked, now)
        elif what == "settle":
            told = settle(where, asked)
        else:
            raise Wrong("Say one of: backup, restore, settle.")
        for line in told:
            print(line, flush=True)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (ClientError, BotoCoreError) as error:
        print(f"AWS did not do it: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
