"""The webhook of a group, and what it is still to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import DeleteError, PutError
from pynamodb.expressions.condition import Condition

from chalicelib.store.codec import row_of
from chalicelib.store.commit import Raced
from chalicelib.store.errors import code_of
from chalicelib.store.outbox import changed, is_refused
from chalicelib.store.plain import from_iso, iso
from chalicelib.store.reading import row_at
from chalicelib.store.tables import HookRow, Row, WebhookRow, group_pk
from chalicelib.store.values import Key, action_key, get, group_key

TRIES = 12
MET_ANOTHER = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


def webhook_of(keyword: str) -> WebhookRow | None:
    row = row_at(group_pk(keyword), "webhook")
    return row if isinstance(row, WebhookRow) else None


def set_webhook(keyword: str, url: str, secret: str) -> bool:
    """From now on this address is told; False: there is no such group. Raises Raced; again goes on where it was."""
    if group_key(keyword) not in get([group_key(keyword)]):
        return False
    WebhookRow(group_pk(keyword), "webhook", url=url, secret=secret).save()
    mark_all(keyword)
    return True


def remove_webhook(keyword: str, which: WebhookRow | None = None) -> bool:
    """Nothing is told any more, nor what waits to be; False: there was none, or another than `which`. Raises Raced."""
    webhook = which or webhook_of(keyword)
    try:
        if webhook is not None:
            webhook.delete(condition=WebhookRow.secret == webhook.secret)
    except DeleteError as error:
        if not is_refused(error):
            raise
        return False
    mark_all(keyword)
    return webhook is not None


def mark_all(keyword: str) -> None:
    """The group first: what opens afterwards is marked by that, and what has opened before is among its live ones."""
    has_webhook = webhook_of(keyword) is not None
    group = marked(group_key(keyword), has_webhook)
    for code in group.live if group else ():
        marked(action_key(code), has_webhook)
    if (webhook_of(keyword) is not None) is not has_webhook:
        mark_all(keyword)


def marked(key: Key, has_webhook: bool) -> Any:
    """The group or action, which says so now. Where it has changed meanwhile it is read again."""
    for _ in range(TRIES):
        value = get([key]).get(key)
        if value is None or value.has_webhook is has_webhook:
            return value
        try:
            row_of(replace(value, has_webhook=has_webhook)).save()
        except PutError as error:
            if code_of(error) not in MET_ANOTHER:
                raise
        else:
            return value
    raise Raced()


# --- one that does not answer ----------------------------------------------------------------------------


def may_try(webhook: WebhookRow, now: datetime, until: datetime) -> bool:
    """Not while it is left alone; of all who would be the first to try it again, one may, and has until then."""
    if webhook.rests_until is None:
        return True
    if from_iso(webhook.rests_until) > now:
        return False
    return changed(webhook, [WebhookRow.rests_until.set(iso(until))], is_as_read(webhook))


def rest(webhook: WebhookRow, until: datetime) -> None:
    changed(webhook, [WebhookRow.rests_until.set(iso(until))], is_as_read(webhook))


def go_on(webhook: WebhookRow) -> None:
    """It has answered in good time."""
    if webhook.rests_until is not None:
        changed(webhook, [WebhookRow.rests_until.remove()], is_as_read(webhook))


def is_as_read(webhook: WebhookRow) -> Condition:
    """The same webhook still, and nobody has found out otherwise since."""
    until = webhook.rests_until
    since = WebhookRow.rests_until.does_not_exist() if until is None else WebhookRow.rests_until == until
    as_read: Condition = (WebhookRow.secret == webhook.secret) & since
    return as_read


# --- what it is to be told -----------------------------------------------------------------------------


def told(row: HookRow) -> None:
    """Nothing is left to do, and nothing is kept of it."""
    row.delete()


def again(row: HookRow, tries: int, due: datetime) -> None:
    """It was tried so many times; if another has taken it over meanwhile, that one goes on."""
    changed(row, [HookRow.tries.set(tries), Row.due.set(iso(due))], Row.due == row.due)


def give_up(row: HookRow, tries: int, now: datetime) -> None:
    failed = [HookRow.tries.set(tries), HookRow.failed_at.set(iso(now)), Row.due.remove(), Row.due_shard.remove()]
    changed(row, failed, Row.due == row.due)
