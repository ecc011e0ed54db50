"""One transaction for one command: the marker of its cause, what it changed, and what is to happen next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.commands import ByTime, GroupEnds, OfPerson
from chalicelib.core.kept import Grown, PutBack
from chalicelib.core.model import Action, Contribution, Wanted
from chalicelib.core.outcome import Count, Effect, Hook, Later, Outcome, Purge, Round, Text
from chalicelib.log import TRACE, trace_of
from chalicelib.store.codec import contribution_out, crew_part, row_of, wanted_key, wanted_out
from chalicelib.store.crew_codec import spent_key, stretch_attribute
from chalicelib.store.errors import code_of
from chalicelib.store.plain import iso, to_plain
from chalicelib.store.tables import (
    CONNECTION,
    DUE_SHARDS,
    MEMBER_SHARDS,
    ActionRow,
    GrownRow,
    HookRow,
    PurgeRow,
    RoundRow,
    Row,
    SpentRow,
    TallyRow,
    TextRow,
    TimerRow,
    WantedRow,
    action_pk,
    group_pk,
    member_pk,
    person_pk,
    shard,
)

TEXTS_KEPT = timedelta(days=90)
GROWTH_KEPT = timedelta(days=730)
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
    counts, grown = summed(outcome.counts), grown_by(outcome.grown)
    parts = (deeds, outcome.saves, uncounted(outcome.saves), effects, outcome.removes, counts, grown, outcome.unchanged)
    size = 1 + sum(map(len, parts))
    assert size <= MOST_ITEMS, f"{contribution.kind} writes {size} items"
    transaction = TransactWrite(connection=CONNECTION)
    transaction.save(marker, condition=Row.pk.does_not_exist())
    for entity in outcome.saves:
        if isinstance(entity, Wanted):
            want(transaction, entity)
        elif isinstance(entity, PutBack):
            put_back(transaction, entity)
        else:
            transaction.save(row_of(entity))
    for deed in deeds:
        transaction.save(contribution_out(deed))
    for place in outcome.removes:
        transaction.delete(row_of(place))
    for code, (alerts, failed) in uncounted(outcome.saves).items():
        uncount(transaction, code, alerts, failed)
    for action in outcome.unchanged:
        must_be_as_read(transaction, action)
    for key, sums in counts.items():
        add(transaction, key, sums)
    for growth in grown:
        grow(transaction, growth)
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
        return Raced() if code_of(error) == "TransactionConflictException" else error
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


def put_back(transaction: TransactWrite, back: PutBack) -> None:
    """The receipt of an alert that failed: pending, as before it was sent. What is still told of that text is known."""
    key = wanted_key(back.person, back.code, back.opened_at)
    gone = ("claimed_at", "sent_at", "told_at", "sid", "error", "why")
    actions = [WantedRow.state.set("pending"), *(getattr(WantedRow, name).remove() for name in gone)]
    if back.sid:
        actions.append(WantedRow.sid_before.set(back.sid))
    transaction.update(WantedRow(*key), actions=actions, condition=WantedRow.state.is_in("failed", "undelivered"))


def uncounted(saves: Iterable[object]) -> dict[str, tuple[int, int]]:
    """By action, how many alerts and how many failures count no more, for they are sent again."""
    found: dict[str, tuple[int, int]] = {}
    for one in saves:
        if isinstance(one, PutBack):
            alerts, failed = found.get(one.code, (0, 0))
            found[one.code] = alerts + bool(one.sid), failed + one.counted
    return found


def uncount(transaction: TransactWrite, code: str, alerts: int, failed: int) -> None:
    row, less = SpentRow(*spent_key(code)), (SpentRow.alerts.add(-alerts), SpentRow.failed.add(-failed))
    transaction.update(row, actions=[*less], condition=SpentRow.pk.exists())


def summed(counts: tuple[Count, ...]) -> dict[tuple[str, str], dict[str, float]]:
    """What is added to each row of a tally, by its key: a transaction may touch an item once."""
    totals: dict[tuple[str, str], dict[str, float]] = {}
    for count in counts:
        key = (crew_part(count.code, count.person), f"tally#{tally_name(count.what)}")
        sums = totals.setdefault(key, {"n": 0})
        more = [("n", count.n), ("answered", count.answered)]
        more += [(stretch_attribute(count.stretch), count.n)] if count.stretch is not None else []
        for name, n in more:
            sums[name] = sums.get(name, 0) + n
    return totals


def add(transaction: TransactWrite, key: tuple[str, str], sums: Mapping[str, float]) -> None:
    """ADD makes the row where there is none; its discriminator is set with it, or it could not be read."""
    added = [NumberAttribute(attr_name=name).add(n) for name, n in sums.items() if n or name == "n"]
    transaction.update(TallyRow(*key), actions=[*added, TallyRow.kind.set(TallyRow)])


def grown_by(grown: Iterable[Grown]) -> list[GrownRow]:
    """What is added to each row: how many of a part of a group have joined and left on a day."""
    totals: dict[tuple[str, str], GrownRow] = {}
    for one in grown:
        key = member_pk(one.keyword, shard(one.person, MEMBER_SHARDS)), f"grew#{one.day}"
        until = int((datetime.fromisoformat(f"{one.day}T00:00:00+00:00") + GROWTH_KEPT).timestamp())
        row = totals.setdefault(key, GrownRow(*key, joined=0, left=0, expires=until))
        row.joined, row.left = (row.joined or 0) + one.joined, (row.left or 0) + one.left
    return list(totals.values())


def grow(transaction: TransactWrite, row: GrownRow) -> None:
    counted = [GrownRow.joined.add(row.joined), GrownRow.left.add(row.left)]
    kept = [GrownRow.expires.set(row.expires), GrownRow.kind.set(GrownRow)]
    transaction.update(GrownRow(row.pk, row.sk), actions=[*counted, *kept])


def tally_name(what: str) -> str:
    return what if what in {"coming", "here"} else f"done:{what}"


# --- effects as rows of the outbox -----------------------------------------------------------------


def effect_row(effect: Effect, contribution: Contribution, n: int) -> Row:
    """The row that carries an effect until it is done. Its key follows from the cause, so it is made once."""
    cause = trace_of(contribution.cause)
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
        row = TimerRow(where(command), f"timer#{effect.name}", command=command_out(effect.command))
        at = effect.due
    elif isinstance(effect, Purge):
        row = PurgeRow(action_pk(effect.code), "purge")
    elif isinstance(effect, Hook):
        row = hook_row(effect, at, f"{cause}#{n}")
    trace = TRACE.get() or cause
    is_told = trace == cause and not isinstance(row, TimerRow)
    if isinstance(row, TextRow | RoundRow | TimerRow | HookRow) and not is_told:
        row.trace = trace  # where the key does not tell it
    row.due = iso(at)
    row.due_shard = str(shard(row.pk + row.sk, DUE_SHARDS))
    return row


def where(command: ByTime) -> str:
    """The partition of what a timer's command is about."""
    if isinstance(command, GroupEnds):
        return group_pk(command.keyword)
    return person_pk(command.person) if isinstance(command, OfPerson) else action_pk(command.code)


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
