"""One transaction for one command: the marker of its cause, what it changed, and what is to happen next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.commands import ByTime, OfPerson
from chalicelib.core.model import Action, Contribution, Wanted
from chalicelib.core.outcome import Count, Effect, Hook, Later, Outcome, Purge, Round, Text
from chalicelib.store.codec import contribution_out, crew_part, row_of, wanted_out
from chalicelib.store.plain import iso, to_plain
from chalicelib.store.tables import (
    CONNECTION,
    DUE_SHARDS,
    ActionRow,
    HookRow,
    PurgeRow,
    RoundRow,
    Row,
    TallyRow,
    TextRow,
    TimerRow,
    WantedRow,
    action_pk,
    person_pk,
    shard,
)

TEXTS_KEPT = timedelta(days=90)
MOST_ITEMS = 100  # in one transaction of DynamoDB


class AlreadyHandled(Exception):
    """The same cause has been committed before. Caught in handle()."""


class Raced(Exception):
    """Something that was decided upon has changed meanwhile. Caught in handle(), which decides again."""


class Nudge(NamedTuple):
    """The key of an outbox row, when it is due, and whether it is one text."""

    is_text: bool
    pk: str
    sk: str
    due: datetime


def commit(contribution: Contribution, outcome: Outcome, deeds: Sequence[Contribution] = ()) -> list[Nudge]:
    """Writes all of it or none; `deeds` are the ledger's entries for others. Raises AlreadyHandled, Raced."""
    marker = contribution_out(contribution)
    effects = [effect_row(effect, contribution, n) for n, effect in enumerate(outcome.effects)]
    counts = summed(outcome.counts)
    parts = (deeds, outcome.saves, effects, outcome.removes, counts, outcome.unchanged)
    size = 1 + sum(map(len, parts))
    assert size <= MOST_ITEMS, f"{contribution.kind} writes {size} items"
    transaction = TransactWrite(connection=CONNECTION)
    transaction.save(marker, condition=Row.pk.does_not_exist())
    for entity in outcome.saves:
        if isinstance(entity, Wanted):
            want(transaction, entity)
        else:
            transaction.save(row_of(entity))
    for deed in deeds:
        transaction.save(contribution_out(deed))
    for place in outcome.removes:
        transaction.delete(row_of(place))
    for action in outcome.unchanged:
        must_be_as_read(transaction, action)
    for key, n in counts.items():
        add(transaction, key, n)
    for row in effects:
        transaction.save(row)
    try:
        transaction._commit()
    except TransactWriteError as error:
        raise reason(error, marker_at=len(outcome.unchanged) + len(outcome.removes)) from error
    return [Nudge(isinstance(row, TextRow), row.pk, row.sk, datetime.fromisoformat(row.due)) for row in effects]


def reason(error: TransactWriteError, marker_at: int) -> Exception:
    """Why it was cancelled. Reasons come in PynamoDB's order: checks, deletes, puts, of which the marker is first."""
    codes = [one.code if one else "None" for one in error.cancellation_reasons]
    if not codes:
        return Raced() if error.cause_response_code == "TransactionConflictException" else error
    if codes[marker_at] == "ConditionalCheckFailed":
        return AlreadyHandled()
    if any(code in {"ConditionalCheckFailed", "TransactionConflict"} for code in codes):
        return Raced()
    return error


def must_be_as_read(transaction: TransactWrite, action: Action) -> None:
    transaction.condition_check(
        ActionRow, action_pk(action.code), "action", condition=ActionRow.version == action.version
    )


def want(transaction: TransactWrite, wanted: Wanted) -> None:
    """That somebody is wanted is noted beside the receipt of an alert that may have reached them: that one stays."""
    row = wanted_out(wanted)
    kept = [WantedRow.state.set(WantedRow.state | row.state), WantedRow.say.set(WantedRow.say | row.say)]
    new = [WantedRow.code.set(row.code), WantedRow.until.set(row.until), WantedRow.expires.set(row.expires)]
    transaction.update(WantedRow(row.pk, row.sk), actions=[*kept, *new, WantedRow.kind.set(WantedRow)])


def summed(counts: tuple[Count, ...]) -> dict[tuple[str, str], float]:
    """What is added to each row of a tally, by its key: a transaction may touch an item once."""
    totals: dict[tuple[str, str], float] = {}
    for count in counts:
        key = (crew_part(count.code, count.person), f"tally#{tally_name(count.what)}")
        totals[key] = totals.get(key, 0) + count.n
    return totals


def add(transaction: TransactWrite, key: tuple[str, str], n: float) -> None:
    """ADD makes the row where there is none; its discriminator is set with it, or it could not be read."""
    transaction.update(TallyRow(*key), actions=[TallyRow.n.add(n), TallyRow.kind.set(TallyRow)])


def tally_name(what: str) -> str:
    return what if what in {"coming", "here"} else f"done:{what}"


# --- effects as rows of the outbox -----------------------------------------------------------------


def effect_row(effect: Effect, contribution: Contribution, n: int) -> Row:
    """The row that carries an effect until it is done. Its key follows from the cause, so it is made once."""
    cause = blake2b(contribution.cause.encode(), digest_size=8).hexdigest()
    at = contribution.at
    if isinstance(effect, Text):
        row: Row = text_row(effect, at, f"{cause}#{n}")
        at = max(at, effect.due or at)
    elif isinstance(effect, Round):
        row = RoundRow(
            action_pk(effect.code),
            f"round#{cause}#{n}",
            say=effect.say.key,
            args=to_plain(effect.say.fills),
            audience=str(effect.audience),
            at=iso(at),
            until=iso(effect.until) if effect.until else None,
            people="".join(effect.people) or None,
            but=effect.but or None,
            may_wait=effect.may_wait or None,
            expires=int((at + TEXTS_KEPT).timestamp()),
        )
        at = max(at, effect.due or at)
    elif isinstance(effect, Later):
        command = effect.command
        pk = person_pk(command.person) if isinstance(command, OfPerson) else action_pk(command.code)
        row = TimerRow(pk, f"timer#{effect.name}", command=command_out(effect.command))
        at = effect.due
    elif isinstance(effect, Purge):
        row = PurgeRow(action_pk(effect.code), "purge")
    elif isinstance(effect, Hook):
        row = hook_row(effect, at, f"{cause}#{n}")
    row.due = iso(at)
    row.due_shard = str(shard(row.pk + row.sk, DUE_SHARDS))
    return row


def text_row(text: Text, at: datetime, name: str) -> TextRow:
    return TextRow(
        person_pk(text.to),
        f"text#{iso(at)}#{name}",
        say=text.say.key,
        args=to_plain(text.say.fills) or None,
        code=text.code or None,
        keyword=text.keyword or None,
        is_past_stop=text.is_past_stop or None,
        is_answer=text.is_answer or None,
        state="pending",
        expires=int((at + TEXTS_KEPT).timestamp()),
    )


def hook_row(hook: Hook, at: datetime, name: str) -> HookRow:
    return HookRow(
        action_pk(hook.code),
        f"hook#{name}",
        event=hook.event,
        at=iso(at),
        facts=dict(hook.facts),
        expires=int((at + TEXTS_KEPT).timestamp()),
    )


def command_out(command: ByTime) -> dict[str, object]:
    return {"type": type(command).__name__, **to_plain(asdict(command))}
