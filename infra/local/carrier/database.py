"""The carrier's state on disk, and how many changes become safe with one commit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from infra.local.carrier.settings import CannotStart

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    n INTEGER PRIMARY KEY, sid TEXT UNIQUE NOT NULL, direction TEXT NOT NULL, sender TEXT NOT NULL,
    recipient TEXT NOT NULL, body TEXT NOT NULL, segments INTEGER NOT NULL, status TEXT NOT NULL, error INTEGER,
    service TEXT, media TEXT NOT NULL, callback TEXT NOT NULL, created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, n);
CREATE TABLE IF NOT EXISTS texts (
    n INTEGER PRIMARY KEY, phone TEXT NOT NULL, direction TEXT NOT NULL, body TEXT NOT NULL,
    sid TEXT UNIQUE NOT NULL, segments INTEGER NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS texts_by_phone ON texts (phone, n);
CREATE TABLE IF NOT EXISTS phones (number TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
    n INTEGER PRIMARY KEY, phone TEXT NOT NULL, mode TEXT NOT NULL, code INTEGER NOT NULL, seconds REAL NOT NULL,
    times INTEGER NOT NULL, every INTEGER NOT NULL DEFAULT 1, seen INTEGER NOT NULL DEFAULT 0, ends_at REAL);
CREATE TABLE IF NOT EXISTS stopped (phone TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS receipts (
    n INTEGER PRIMARY KEY, sid TEXT NOT NULL, url TEXT NOT NULL, statuses TEXT NOT NULL, done_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS delayed (sid TEXT PRIMARY KEY, due REAL NOT NULL);
CREATE INDEX IF NOT EXISTS delayed_by_due ON delayed (due);
CREATE TABLE IF NOT EXISTS forgotten (times INTEGER NOT NULL);
INSERT INTO forgotten SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM forgotten);
"""
# What a carrier of an earlier day did not write down: table, column, and what it is
ADDED_LATER = (
    ("faults", "every", "INTEGER NOT NULL DEFAULT 1"),
    ("faults", "seen", "INTEGER NOT NULL DEFAULT 0"),
    ("faults", "ends_at", "REAL"),
)


class Database:
    """One connection, used by the event loop's thread alone: whoever is between two awaits has it to themselves."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotStart. What was committed survives a killed process; `NORMAL` risks only a power cut."""
        path = folder / "carrier.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, timeout=0.5)
            self.connection.row_factory = sqlite3.Row
            self.connection.executescript(
                # EXCLUSIVE also keeps a second carrier out of the same folder
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA wal_autocheckpoint=4000;" + SCHEMA
            )
            self._add_what_is_missing()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise CannotStart(f"Another carrier uses {folder}: stop it, or give another GIDDYUP_DATA.") from error
            raise _unwritable(folder, error) from error
        except sqlite3.DatabaseError as error:
            raise CannotStart(
                f"{path} can't be read ({error}): move it away or delete it, then start again."
            ) from error
        except OSError as error:
            raise _unwritable(folder, error) from error
        self.execute = self.connection.execute
        self.executemany = self.connection.executemany
        self._is_commit_due = False
        self._next_commit: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def _add_what_is_missing(self) -> None:
        for table, column, kind in ADDED_LATER:
            there = {row["name"] for row in self.connection.execute(f"PRAGMA table_info({table})")}
            if column not in there:
                self.connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    async def saved(self) -> None:
        """Returns once everything changed so far is safe. All who ask in one turn of the loop share one commit."""
        if not self._is_commit_due:
            self._is_commit_due = True
            asyncio.get_running_loop().call_soon(self._commit)
        await asyncio.shield(self._next_commit)

    async def changed(self, timeout: float) -> bool:
        """Wait for the next commit, whoever's it is; False when none came within `timeout` seconds."""
        done, _ = await asyncio.wait([self._next_commit], timeout=timeout)
        return bool(done)

    def _commit(self) -> None:
        self._is_commit_due = False
        done, self._next_commit = self._next_commit, asyncio.get_running_loop().create_future()
        try:
            self.connection.commit()
        except sqlite3.Error as error:  # a full disk: those who wait must not answer that all is well
            self.connection.rollback()
            done.set_exception(error)
            done.exception()  # seen: there may be nobody waiting
        else:
            done.set_result(None)

    def close(self) -> None:
        self.connection.commit()
        self.connection.close()


def _unwritable(folder: Path, error: Exception) -> CannotStart:
    return CannotStart(f"{folder} can't be written ({error}): mend its rights, or give another folder as GIDDYUP_DATA.")
