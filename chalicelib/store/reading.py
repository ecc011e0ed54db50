"""Reading rows by key and by partition.

PynamoDB's own `Model.query` filters every answer by discriminator, which costs CPU, pays for what it leaves out, and
finds nothing in an index that holds only keys. Kinds are kept apart by sort key, so these ask for nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.store.tables import MEMBER_SHARDS, DueIndex, Row


@cache
def readers() -> ThreadPoolExecutor:
    """Threads for what is spread over partitions: one for each part of the largest."""
    return ThreadPoolExecutor(MEMBER_SHARDS)


def rows(
    pk: str,
    condition: Condition | None = None,
    is_consistent: bool = True,
    limit: int | None = None,
    page: int | None = None,
    is_newest_first: bool = False,
) -> Iterator[Row]:
    """A partition's rows in the order of their sort keys, read in pages as they are asked for; `limit` in all."""
    for item in items(pk, condition, is_consistent, limit, page=page, is_newest_first=is_newest_first):
        yield Row.from_raw_data(item)


def items(
    pk: str,
    condition: Condition | None,
    is_consistent: bool,
    limit: int | None,
    index: str | None = None,
    page: int | None = None,
    attributes: list[str] | None = None,
    is_newest_first: bool = False,
) -> Iterator[dict[str, Any]]:
    """Raw items: as `rows`, and only these `attributes` of each where some are named."""
    start = None
    while True:
        answer = Row._get_connection().query(
            pk,
            range_key_condition=condition,
            consistent_read=is_consistent,
            exclusive_start_key=start,
            index_name=index,
            limit=limit or page,
            attributes_to_get=attributes,
            scan_index_forward=not is_newest_first,
        )
        yield from answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if not start or limit is not None:
            return


def keys_due(part: str, until: str, limit: int | None = None) -> Iterator[tuple[str, str, str]]:
    """(pk, sk, due) of what is due by then in one part of the due index, the earliest first."""
    for item in items(part, DueIndex.due <= until, False, limit, index="due"):
        yield item["pk"]["S"], item["sk"]["S"], item["due"]["S"]


def row_at(pk: str, sk: str, is_consistent: bool = True) -> Row | None:
    """The row with this key."""
    return next(iter(Row.batch_get([(pk, sk)], consistent_read=is_consistent)), None)
