"""What an earlier release left in the table is brought to what this one looks for.

    python -m infra.migrate [dev]

Of a stage, or of the town on this machine if none is named. To be run after a new release is deployed, while all goes
on, and again: what is as it should be is left alone. It reads the whole table once.

Since 0.1.0:
- a person knows which groups they organize (nobody else can sign in to the dashboard);
- every group is on the operators' list;
- what an action's texts have cost so far stands with its crew.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # first: which table it is, and where, is read when chalicelib.store is imported
    from infra.operate import take_environment

    if sys.argv[1:2] in ([], [""]):
        take_environment()
    else:
        from infra.stages import StageWrong, read_stage  # infra.installation would import chalicelib.store

        try:
            stage = read_stage(sys.argv[1])
        except StageWrong as wrong:
            sys.exit(str(wrong))
        os.environ |= {"TABLE_NAME": stage.table_name, "AWS_DEFAULT_REGION": stage.region}

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.kept import Founded
from chalicelib.core.model import Group, Member, Person
from chalicelib.store.codec import member_key, row_of, value_of
from chalicelib.store.crew_codec import spent_key
from chalicelib.store.outbox import is_refused
from chalicelib.store.tables import CONNECTION, GroupRow, Row, SpentRow
from chalicelib.store.values import get, group_key, person_key

TRIES = 20  # of a row that others are writing
ACTION, SPENT = "action#", "spent"


def migrate() -> Counter[str]:
    """How much of what was changed; nothing the second time."""
    done: Counter[str] = Counter()
    for row in earlier_rows():
        if isinstance(row, GroupRow):
            group: Group = value_of(row)
            if not group.ended_at:
                done["organizers"] += sum(knows_it_organizes(one, group.keyword) for one in group.organizers)
                done["groups listed"] += is_listed_now(group)
        elif isinstance(row, SpentRow) and row.pk.startswith(ACTION):
            done["sums moved"] += is_moved(row)
    return +done


def earlier_rows() -> Iterator[Row]:
    """Every group, and what was spent: of the rest DynamoDB tells nothing."""
    asked: dict[str, Any] = {
        "TableName": Row.Meta.table_name,
        "ConsistentRead": True,
        "FilterExpression": "#kind IN (:group, :spent)",
        "ExpressionAttributeNames": {"#kind": "kind"},
        "ExpressionAttributeValues": {":group": {"S": "group"}, ":spent": {"S": "spent"}},
    }
    while True:
        answer = CONNECTION.client.scan(**asked)
        yield from map(Row.from_raw_data, answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def knows_it_organizes(who: str, keyword: str) -> bool:
    """Whether this person's row has been changed. One that is written meanwhile is read again."""
    for _ in range(TRIES):
        found = get([person_key(who), group_key(keyword)])
        person: Person | None = found.get(person_key(who))
        group: Group | None = found.get(group_key(keyword))
        if person is None or keyword in person.organizes or group is None or who not in group.organizers:
            return False
        try:
            row_of(replace(person, organizes=(*person.organizes, keyword))).save()
        except PutError as error:
            if not is_refused(error):
                raise
        else:
            return True
    raise SystemExit(f"an organizer of {keyword} is written to all the time: run it again")


def is_listed_now(group: Group) -> bool:
    """Since when it is, is told by what its organizers said first."""
    members: dict[Any, Member] = get(member_key(group.keyword, one) for one in group.organizers)
    said = [consent.at for member in members.values() for consent in member.consents]
    founded = row_of(Founded(group.keyword, min(said, default=datetime.now(UTC))))
    try:
        founded.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if not is_refused(error):
            raise
        return False
    return True


def is_moved(row: SpentRow) -> bool:
    """To where it is counted up now; what has been counted there meanwhile is added to."""
    to = SpentRow(*spent_key(row.pk.removeprefix(ACTION)))
    transaction = TransactWrite(connection=CONNECTION)
    transaction.delete(SpentRow(row.pk, row.sk), condition=(SpentRow.segments == row.segments) & Row.pk.exists())
    sums = (SpentRow.texts.add(row.texts or 0), SpentRow.segments.add(row.segments))
    transaction.update(to, actions=[*sums, SpentRow.kind.set(SpentRow)])
    try:
        transaction._commit()
    except TransactWriteError:
        return False  # a worker of the release before has just counted: the next run finds it
    return True


if __name__ == "__main__":
    print(", ".join(f"{what}: {n}" for what, n in migrate().items()) or "Nothing to do: all is as this release has it.")
