"""Claims and settlements of a round's recipients, many in one request and each for itself.

DynamoDB's BatchExecuteStatement takes 25 statements of PartiQL, each with a condition of its own and none depending on
another, at one write unit each: a claim is an INSERT, which refuses a key that exists; a settlement is an UPDATE that
wants the claim to be the one that was made. One call for 25 costs a tenth of the CPU of 25 calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.store.plain import in_parts
from chalicelib.store.tables import CONNECTION, Row, TextRow

MOST_STATEMENTS = 25  # DynamoDB's most
TAKEN = frozenset({"DuplicateItem", "ConditionalCheckFailed"})
LATER = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "RequestLimitExceeded",
        "TransactionConflict",
        "InternalServerError",
    }
)

Key = tuple[str, str]
Value = dict[str, Any]  # as DynamoDB writes one: {"S": "sent"}


@dataclass(frozen=True, slots=True)
class Done:
    """Which statements took effect, and which the database was too busy for: those have done nothing."""

    did: frozenset[Key]
    busy: frozenset[Key]


def claim_all(keys: Sequence[Key], like: TextRow) -> Done:
    """Makes a row like `like` at each of these keys where there is none: `did` are the keys that were free."""
    shared = {name: value for name, value in like.serialize().items() if name not in {"pk", "sk"}}
    names = ", ".join(f"'{name}': ?" for name in ("pk", "sk", *shared))
    statement = f'INSERT INTO "{table()}" VALUE {{{names}}}'
    values = list(shared.values())
    return execute(keys, ({"Statement": statement, "Parameters": [{"S": pk}, {"S": sk}, *values]} for pk, sk in keys))


def settle_all(changes: Mapping[Key, Mapping[str, Value]], claimed_at: str) -> Done:
    """Sets these attributes of rows that are still as we claimed them: `did` are those that were."""
    return execute(list(changes), (update(key, change, claimed_at) for key, change in changes.items()))


def update(key: Key, change: Mapping[str, Value], claimed_at: str) -> dict[str, Any]:
    sets = " ".join(f'SET "{name}"=?' for name in change)
    statement = f'UPDATE "{table()}" {sets} WHERE "pk"=? AND "sk"=? AND "state"=? AND "claimed_at"=?'
    values = [*change.values(), {"S": key[0]}, {"S": key[1]}, {"S": "sending"}, {"S": claimed_at}]
    return {"Statement": statement, "Parameters": values}


def execute(keys: Sequence[Key], statements: Iterable[dict[str, Any]]) -> Done:
    did: set[Key] = set()
    busy: set[Key] = set()
    for part, asked in zip(in_parts(keys, MOST_STATEMENTS), in_parts(statements, MOST_STATEMENTS), strict=True):
        answers = CONNECTION.client.batch_execute_statement(Statements=asked)["Responses"]
        for key, answer in zip(part, answers, strict=True):
            code = answer.get("Error", {}).get("Code")
            if code is None:
                did.add(key)
            elif code in LATER:
                busy.add(key)
            elif code not in TAKEN:
                raise OSError(f"DynamoDB refused a statement of ours: {answer['Error']}")
    return Done(frozenset(did), frozenset(busy))


def table() -> str:
    return str(Row.Meta.table_name)
