"""A list of people on its way in: worked through a while's worth at a time, each row asked once.

The same rules as for a round (delivery/rounds.py): one worker has the list for a while, takes no more of the sender's
time than alerts may, and whoever follows a dead one does nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.commands import Invite
from chalicelib.core.consent import may_hear_at
from chalicelib.core.hours import Place
from chalicelib.core.inviting import SKIPPED, added, why_skipped
from chalicelib.core.kept import Progress
from chalicelib.core.lists import Entry
from chalicelib.core.model import Channel, Group, Person
from chalicelib.core.received import Received
from chalicelib.core.zips import place_of_zip
from chalicelib.delivery import queues
from chalicelib.delivery.refusals import spend
from chalicelib.handle import handle
from chalicelib.log import log
from chalicelib.runtime import Runtime, day_of
from chalicelib.store import lists, outbox, sender
from chalicelib.store.commit import Nudge
from chalicelib.store.lists import Known
from chalicelib.store.members import place_of
from chalicelib.store.plain import iso
from chalicelib.store.tables import PeopleListRow
from chalicelib.store.views import left_today

LEASED = timedelta(seconds=60)  # for which one worker has a list
LONGEST_WORK = 8.0  # seconds of a turn
AHEAD = timedelta(seconds=15)  # of the sender's time that a turn takes at most
AT_ONCE_SECONDS = 5  # of the sender's time that is taken for some rows at once
MOST_AT_ONCE = 50
STILL = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)  # for limits, which may be raised
SOON = timedelta(seconds=2)
SEGMENTS = 1  # of the text that asks (tests/house/test_sentences.py)


def go_on(row: PeopleListRow, world: Runtime) -> None:
    """One turn of a list's, and when the next is due."""
    now = world.now()
    if not lists.is_running(row) or not outbox.lease(row, now + LEASED):
        return
    keyword, name = row.pk.removeprefix("group#"), row.sk.removeprefix("list#")
    group = lists.group_of(keyword)
    if group is None or group.ended_at is not None:
        finish(row, Progress.DROPPED)
        return
    Turn(row, group, name, world).take()


def finish(row: PeopleListRow, state: Progress) -> None:
    """Nothing is left to ask: its rows go, with all numbers on them."""
    row.state, row.due, row.due_shard, row.held = str(state), None, None, None
    row.save()
    lists.remove_rows(row.pk.removeprefix("group#"), row.sk.removeprefix("list#"))
    log("list is through", state=str(state), asked=int(row.asked or 0), skipped=int(row.skipped or 0))


@dataclass
class Done:
    """What became of some rows: how many were asked, why others were not, and which wait until when."""

    asked: int = 0
    skipped: list[str] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    opens: datetime | None = None

    def wait(self, entry: Entry, until: datetime) -> None:
        self.waiting.append(entry)
        self.opens = min(self.opens, until) if self.opens else until


class Turn:
    """A while's worth of one list's rows."""

    def __init__(self, row: PeopleListRow, group: Group, name: str, world: Runtime) -> None:
        self.row, self.group, self.name, self.world = row, group, name, world
        self.keyword = group.keyword
        self.rate = world.settings.bulk_rate / SEGMENTS
        self.next_at = world.now()

    def take(self) -> None:
        """Row after row of one part, until the sender's time or ours is up; then it is written how far that was."""
        now = self.world.now()
        if sender.paused() is not None:
            self.hold("still", now + STILL)
            return
        part, opens = lists.next_part(self.keyword, self.name, now)
        if part is None and opens is None:
            finish(self.row, Progress.DONE)
            return
        if part is None and opens is not None:
            self.hold("hours", opens)
            return
        assert part is not None
        if not self.row.done and not self.row.held:
            lists.keep_longer(self.keyword, self.name, now)
        left, done, is_over_limit = self.work_through(lists.entries_in(part))
        self.row.asked = int(self.row.asked or 0) + done.asked
        self.row.skipped = int(self.row.skipped or 0) + len(done.skipped)
        self.row.done = self.row.asked + self.row.skipped
        self.row.why = added(dict(self.row.why or {}), done.skipped) or None
        self.row.held = "limit" if is_over_limit else None
        due = self.limits_open() if is_over_limit else max(self.next_at - SOON, self.world.now() + SOON / 2)
        self.row.due = iso(due)
        opens = None if left else done.opens
        if lists.turned(self.row, part, [*left, *done.waiting], opens, self.world.now()):
            self.nudge(due)
        if is_over_limit:
            lists.keep_longer(self.keyword, self.name, due)

    def work_through(self, entries: list[Entry]) -> tuple[list[Entry], Done, bool]:
        """What is left, what became of the others, and whether a day's limit stands in the way."""
        began, done = time.monotonic(), Done()
        size = max(1, min(MOST_AT_ONCE, int(self.rate * AT_ONCE_SECONDS)))
        while entries:
            some, entries = entries[:size], entries[size:]
            not_paid = self.ask(some, done)
            if not_paid:
                return [*not_paid, *entries], done, True
            if time.monotonic() - began > LONGEST_WORK or self.next_at > self.world.now() + AHEAD:
                break
        return entries, done, False

    def ask(self, entries: Sequence[Entry], done: Done) -> list[Entry]:
        """Those of these who may be asked now are; what is returned a day's limit does not pay for."""
        world, now = self.world, self.world.now()
        ids = {one.line: world.person_id(one.number) for one in entries}
        known = lists.known_of(self.keyword, ids, self.name)
        ready: list[Entry] = []
        for one in entries:
            what = known[one.line]
            if what.is_done and what.is_asked:
                done.asked += 1
            elif why := why_skipped(what.person, what.member, self.keyword, False, now):
                done.skipped.append(why)
            elif what.is_done:
                done.skipped.append("asked_before")
            elif until := self.held_until(one, what, now):
                done.wait(one, until)
            else:
                ready.append(one)
        paid = self.affordable(len(ready))
        if paid:
            at = sender.reserve(paid * SEGMENTS, world.settings.bulk_rate, now)
            for n, one in enumerate(ready[:paid]):
                self.invite(one, known[one.line], ids[one.line], at + timedelta(seconds=n / self.rate), done)
            self.next_at = at + timedelta(seconds=paid / self.rate)
        return ready[paid:]

    def affordable(self, many: int) -> int:
        """How many of so many texts today's limits pay for; those are counted as spent."""
        while many and not spend(self.keyword, many * SEGMENTS, self.world, self.group.daily_cents):
            left = left_today(self.keyword, self.world.now(), self.world, self.group) // SEGMENTS
            many = max(0, min(many - 1, left))
        return many

    def held_until(self, entry: Entry, what: Known, at: datetime) -> datetime | None:
        """When this reader's hours allow it: the law's at their place, the group's, and their own."""
        person = what.person or Person("", entry.number)
        place = place_of(what.person.place) if what.person else Place.parse(place_text(entry))
        unknown = self.world.settings.unknown_states
        return may_hear_at(person, place, at, self.group.zone, unknown, self.group.hours)

    def invite(self, entry: Entry, what: Known, person: str, at: datetime, done: Done) -> None:
        """One command, like any other: what it decides is what counts."""
        if until := self.held_until(entry, what, at):
            done.wait(entry, until)
            return
        ask = Invite(self.keyword, entry.at, entry.proof, entry.name, entry.zip, at, self.name)
        got = Received(
            ask,
            cause=lists.cause_of(self.name, entry.line),
            at=self.world.now(),
            channel=Channel.IMPORT,
            person=person,
            phone=entry.number,
            lang=entry.lang,
            place=place_text(entry),
        )
        handled = handle(got, self.world)
        if handled.nudges:
            queues.nudge(self.world, handled.nudges, self.world.now())
            done.asked += 1
        else:
            key = handled.refusals[0].key if handled.refusals else f"{SKIPPED}stopped"
            done.skipped.append(key.removeprefix(SKIPPED))

    # --- when to go on --------------------------------------------------------------------------------

    def hold(self, why: str, until: datetime) -> None:
        """Nothing can be asked before then."""
        self.row.held, self.row.due = why, iso(until)
        self.row.save()
        lists.keep_longer(self.keyword, self.name, until)
        self.nudge(until)
        log("list waits", why=why, until=iso(until))

    def limits_open(self) -> datetime:
        """When the next day begins on the installation's calendar, or sooner: limits may be raised."""
        now, zone = self.world.now(), ZoneInfo(self.world.settings.zone)
        tomorrow = day_of(now, self.world) + timedelta(days=1)
        return min(now + LONGEST_WAIT, datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))

    def nudge(self, due: datetime) -> None:
        queues.nudge(self.world, [Nudge(False, self.row.pk, self.row.sk, due)], self.world.now())


def place_text(entry: Entry) -> str:
    """Where they may be: a ZIP tells better than a number."""
    from chalicelib.numbers import place_of as place_of_number  # phonenumbers is only for what needs it

    found = place_of_zip(entry.zip) if entry.zip else None
    return str(Place("US", *found) if found else place_of_number(entry.number))
