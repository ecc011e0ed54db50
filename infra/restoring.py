"""A restored table made safe before it is used: nobody gets a text twice, and whoever has said STOP since has stopped.

    TABLE_NAME=giddyup-prod-restored-… python -m infra.restoring 2026-11-26T11:00:00+00:00 [table in use]

Run by infra/backup.py with a stage's environment. The table is as it was at that moment; what it would send now went
out since, as a rule. So sending is held in it, and in the one in use; what that one knows of texts since is taken over,
if it is still there; everything else that has become due is brought to its end without a text, and listed. STOPs and
LEAVEs since are read from Twilio's own list. Done again, it does nothing more.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from chalicelib.core.commands import Leave, NextWave, Stop
from chalicelib.core.kept import Progress, Sending
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.delivery.lists import finish
from chalicelib.delivery.rounds import command_in
from chalicelib.grammar.parse import parse
from chalicelib.handle import handle
from chalicelib.numbers import e164, place_of
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import outbox, sender
from chalicelib.store.kept_codec import sending_out
from chalicelib.store.outbox import Due, Sent
from chalicelib.store.plain import iso
from chalicelib.store.purging import purge
from chalicelib.store.reading import row_at
from chalicelib.store.tables import HookRow, PeopleListRow, PurgeRow, RoundRow, Row, TextRow, TimerRow
from infra.operate import Wrong
from infra.twilio_account import Account, NotAnswered, Refused

HELD_BY = "restore"
WHY = "restored"
EARLIER = timedelta(minutes=5)  # than the backup: claims are older than what became of them
MOST_PASSES = 100  # of what follows from what was due, and so on
INDEX_SECONDS = 1.0  # within which the index of what is due has caught up with the table
UNDONE = {":pending": {"S": "pending"}, ":sending": {"S": "sending"}}

Item = dict[str, Any]


@dataclass
class Settled:
    """What was done, counted in words."""

    unsent: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    taken_over: int = 0
    forgotten: int = 0

    def lines(self) -> Iterator[str]:
        if self.taken_over:
            yield f"{self.taken_over} texts that have gone out since are known to have, and go out no more."
        if self.forgotten:
            yield f"{self.forgotten} rows whose time was over meanwhile are forgotten."
        for what, n in sorted(self.stopped.items()):
            yield f"{n} {what} since then: recorded."
        yield "What was due and is not sent, as it may have been since:" if self.unsent else "Nothing was due."
        yield from (f"  {n:>5} × {what}" for what, n in sorted(self.unsent.items()))


@dataclass
class Settling:
    """Of the table that the environment names, restored to what it was at `since`. `old`: the one in use, if any."""

    world: Runtime
    since: datetime
    old: str
    index_seconds: float = INDEX_SECONDS
    done: Settled = field(default_factory=Settled)

    def settle(self) -> Settled:
        """Raises Wrong when Twilio cannot be asked: then it is to be done again, before anything is sent."""
        hold(self.world)
        if self.old:
            hold_in(self.old, self.world.now())
            self.take_over()
        self.forget()
        self.bring_stops()
        self.bring_to_an_end()
        return self.done

    # --- what has happened since ----------------------------------------------------------------------

    def take_over(self) -> None:
        """What has become of texts since, from the table in use: so each recipient's row says that they had it."""
        asked = {
            "FilterExpression": "claimed_at >= :since AND (begins_with(sk, :text) OR begins_with(sk, :wanted))",
            "ExpressionAttributeValues": {
                ":since": {"S": iso(self.since - EARLIER)},
                ":text": {"S": "text#"},
                ":wanted": {"S": "you#wanted#"},
            },
        }
        for item in scanned(self.old, **asked):
            self.done.taken_over += put_if_undone(item)

    def bring_stops(self) -> None:
        """Whoever has texted STOP or LEAVE since is heard again, and not answered again."""
        for text in reversed(list(self.texts_since())):
            number = e164(str(text["from"]), self.world.settings.countries)
            command = parse(str(text["body"] or ""))
            if number is None or not isinstance(command, Stop | Leave):
                continue
            got = Received(
                command,
                cause=str(text["sid"]),
                at=parsedate_to_datetime(text["date_created"]),
                channel=Channel.TEXT,
                person=self.world.person_id(number),
                phone=number,
                place=str(place_of(number)),
                words=str(text["body"]),
                is_told_by_carrier=True,
            )
            if not row_at(f"person#{got.person}", f"did#{got.cause}"):
                handle(got, self.world)
                self.done.stopped[type(command).__name__.upper()] += 1

    def texts_since(self) -> Iterator[dict[str, Any]]:
        settings = self.world.settings
        account = Account(settings.twilio_account_sid, settings.twilio_auth_token[0], settings.twilio_api_base)
        try:
            yield from account.texts_to_us(f"{self.since - EARLIER:%Y-%m-%dT%H:%M:%SZ}", settings.twilio_from)
        except (Refused, NotAnswered) as error:
            raise Wrong(
                f"Twilio cannot be asked who has said STOP since {self.since:%Y-%m-%d %H:%M} UTC ({error}). Do this"
                " again before you let sending go on."
            ) from error

    def forget(self) -> None:
        """What time to live would have deleted since: it may be a day until it does."""
        asked = {
            "FilterExpression": "expires < :now",
            "ExpressionAttributeValues": {":now": {"N": str(int(self.world.now().timestamp()))}},
            "ProjectionExpression": "pk, sk",
        }
        with Row.batch_write() as batch:
            for item in scanned(table(), **asked):
                batch.delete(Row(item["pk"]["S"], item["sk"]["S"]))
                self.done.forgotten += 1

    # --- what is due ----------------------------------------------------------------------------------

    def bring_to_an_end(self) -> None:
        """All that is due by now, and what follows from it, without a text."""
        seen: set[Due] = set()
        for _ in range(MOST_PASSES):
            fresh = [one for one in outbox.due_rows(self.world.now()) if one not in seen]
            for one in fresh:
                self.end(one)
            seen.update(fresh)
            if not fresh:
                return
            time.sleep(self.index_seconds)
        raise Wrong("There is no end to what becomes due: look at the table before you use it.")

    def end(self, due: Due) -> None:
        row = row_at(due.pk, due.sk)
        if isinstance(row, TextRow):
            self.end_text(row)
        elif isinstance(row, RoundRow):
            outbox.done(row)
            self.unsent(f"{row.say!r} of {row.pk.removeprefix('action#')}, to many")
        elif isinstance(row, TimerRow):
            self.end_timer(row)
        elif isinstance(row, PurgeRow):
            purge(row.pk.removeprefix("action#"))
        elif isinstance(row, PeopleListRow):
            finish(row, Progress.DROPPED)
            self.unsent(f"list of people brought to {row.pk.removeprefix('group#')}: bring it again")
        elif isinstance(row, HookRow):
            pass  # is told: whoever is told knows an event by its id

    def end_text(self, row: TextRow) -> None:
        """One that was being sent when the one in use was last written is looked up at the carrier, as always."""
        if row.state == Sent.SENDING and row.claimed_at and row.claimed_at >= iso(self.since) and self.old:
            return
        if row.state == Sent.PENDING:
            outbox.withhold(row, WHY)
        elif row.state == Sent.SENDING:
            outbox.settle(row, Sent.WITHHELD, self.world.now(), why=WHY)
        self.unsent(f"{row.say!r}" + (f" about {row.code}" if row.code else ""))

    def end_timer(self, row: TimerRow) -> None:
        """Given now, and its texts are among what is due next. Waves would ask whoever was asked since: who that was
        only the table in use knows."""
        command = command_in(dict(row.command))
        if isinstance(command, NextWave):
            if not self.old:
                outbox.done(row)
                self.unsent(f"next wave of {command.code}: its organizer may text ALL")
            return
        handle(Received(command, f"{row.sk}#{row.due}", self.world.now(), Channel.TIMER), self.world)
        outbox.done(row)

    def unsent(self, what: str) -> None:
        self.done.unsent[what] += 1


# --- holding, and the tables themselves -------------------------------------------------------------------


def hold(world: Runtime) -> None:
    """Nothing goes out of the table that the environment names."""
    sender.look_again()
    if not sender.paused(is_fresh=True):
        sending_out(Sending(world.now(), held_by=HELD_BY)).save()
        sender.look_again()


def hold_in(old: str, now: datetime) -> None:
    """The same in the table in use, which is another than the environment's. One held already stays as it is."""
    item = sending_out(Sending(now, held_by=HELD_BY)).serialize()
    asked = {"ConditionExpression": "attribute_not_exists(paused_at) OR attribute_not_exists(held_by)"}
    unless(lambda: client().put_item(TableName=old, Item=item, **asked))


def put_if_undone(item: Item) -> bool:
    """A text's row, unless the restored table knows as much."""
    asked = {
        "ConditionExpression": "attribute_not_exists(pk) OR #state IN (:pending, :sending)",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": UNDONE,
    }
    return unless(lambda: client().put_item(TableName=table(), Item=item, **asked))


def unless(put: Callable[[], Any]) -> bool:
    """Whether its condition let it be put."""
    try:
        put()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def scanned(name: str, **asked: Any) -> Iterator[Item]:
    for page in client().get_paginator("scan").paginate(TableName=name, ConsistentRead=True, **asked):
        yield from page["Items"]


def client() -> Any:
    return boto3.client("dynamodb")


def table() -> str:
    return str(Row.Meta.table_name)


def main(arguments: list[str]) -> int:
    since, old = datetime.fromisoformat(arguments[0]), (arguments[1:] or [""])[0]
    try:
        settled = Settling(runtime(), since, old).settle()
    except Wrong as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(settled.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
