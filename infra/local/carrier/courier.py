"""What happens to an accepted message: it shows on its phone, now or later, and the app gets its receipts."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from infra.local.carrier.database import Database
from infra.local.carrier.faults import Receipts
from infra.local.carrier.messages import Message, add_message, get_message, mark_delivered
from infra.local.carrier.screens import show
from infra.local.carrier.town_clock import TownClock
from infra.local.carrier.webhooks import NotTaken, Webhooks, pauses, receipt_fields

WORKERS = 8
REPEATS = 3  # of each receipt that is scrambled
LOOK_AGAIN_SECONDS = 0.2  # the town's clock may be moved at any moment
# An app that is killed is up again within seconds; a receipt outlives that, but not a long afternoon without an app
RECEIPT_PATIENCE_SECONDS = 60.0
# These are found before a message leaves Twilio ("failed"); of all others the carrier reports ("undelivered")
FAILS_BEFORE_LEAVING = frozenset({30001, 30002, 30010, 30036})


class Courier:
    """Receipts wait in the database, one row for each message, so that a killed carrier goes on where it was."""

    def __init__(self, db: Database, clock: TownClock, webhooks: Webhooks) -> None:
        self._db = db
        self._clock = clock
        self._webhooks = webhooks
        self._account_sid = webhooks.settings.account_sid
        self._waiting: asyncio.Queue[int] = asyncio.Queue()
        for row in db.execute("SELECT n FROM receipts ORDER BY n"):
            self._waiting.put_nowait(row["n"])

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._show_the_delayed(), *(self._work() for _ in range(WORKERS)))

    def deliver(
        self,
        message: Message,
        fails_with: int | None = None,
        delay_seconds: float | None = None,
        receipts: Receipts = Receipts.IN_ORDER,
    ) -> None:
        """Take on an outbound message; nothing is safe before `Database.saved`."""
        if fails_with is not None:
            is_early = fails_with in FAILS_BEFORE_LEAVING or fails_with < 30000
            statuses = ["failed"] if is_early else ["sent", "undelivered"]
        elif delay_seconds is not None:
            statuses = ["sent"]
        else:
            statuses = ["sent", "delivered"]
        add_message(self._db, replace(message, status=statuses[-1], error=fails_with))
        if statuses[-1] == "delivered":
            show(self._db, message, message.created_at)
        if delay_seconds is not None:
            due = message.created_at + delay_seconds
            self._db.execute("INSERT INTO delayed (sid, due) VALUES (?, ?)", (message.sid, due))
        self._report(message, _told(statuses, receipts), message.created_at)

    def _report(self, message: Message, statuses: list[str], done_at: float) -> None:
        if not message.callback or not statuses:
            return
        added = self._db.execute(
            "INSERT INTO receipts (sid, url, statuses, done_at) VALUES (?, ?, ?, ?)",
            (message.sid, message.callback, " ".join(statuses), done_at),
        )
        self._waiting.put_nowait(added.lastrowid or 0)

    async def _show_the_delayed(self) -> None:
        while True:
            now = self._clock.now()
            for row in self._db.execute("SELECT sid FROM delayed WHERE due <= ? ORDER BY due", (now,)).fetchall():
                self._db.execute("DELETE FROM delayed WHERE sid = ?", (row["sid"],))
                message = get_message(self._db, row["sid"])
                mark_delivered(self._db, message.sid)
                show(self._db, message, now)
                self._report(message, ["delivered"], now)
                await self._db.saved()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _work(self) -> None:
        while True:
            n = await self._waiting.get()
            await self._db.saved()  # never tell the app of what a crash could still undo
            await self._post_receipts(n)

    async def _post_receipts(self, n: int) -> None:
        """One after the other: `sent` before `delivered`, unless the app makes us wait too long."""
        row = self._db.execute("SELECT * FROM receipts WHERE n = ?", (n,)).fetchone()
        message = get_message(self._db, row["sid"])
        statuses = row["statuses"].split()
        while statuses:
            fields = receipt_fields(message, self._account_sid, statuses[0], row["done_at"])
            try:
                tries = pauses(first=0.2, longest=3.0, total=RECEIPT_PATIENCE_SECONDS)
                await self._webhooks.post_until_taken(row["url"], fields, tries)
            except NotTaken as error:
                print(f"A receipt ({statuses[0]}) is given up: {error}", file=sys.stderr, flush=True)
            statuses.pop(0)
            if statuses:
                self._db.execute("UPDATE receipts SET statuses = ? WHERE n = ?", (" ".join(statuses), n))
        self._db.execute("DELETE FROM receipts WHERE n = ?", (n,))
        await self._db.saved()


def _told(statuses: list[str], receipts: Receipts) -> list[str]:
    match receipts:
        case Receipts.IN_ORDER:
            return statuses
        case Receipts.SCRAMBLED:
            return [status for status in reversed(statuses) for _ in range(REPEATS)]
        case Receipts.NONE:
            return []
