"""People whom organizers bring: their lists, packed, and what decisions about them may look at.

A number is in its person's row only; a list on its way in is the exception. Its rows lie packed in a partition of their
own until each is asked or skipped, and in any case no longer than a day after they were last worked on. Of rows that
were refused no number is kept, only its last two digits.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.inviting import KEPT_FOR, InviteView, ListView
from chalicelib.core.kept import PeopleList, Progress
from chalicelib.core.lists import Entry, RowRefused
from chalicelib.core.model import Group, Me, Member, Person
from chalicelib.core.received import Received
from chalicelib.runtime import Runtime
from chalicelib.store.codec import member_key, value_of
from chalicelib.store.kept_codec import list_key
from chalicelib.store.plain import from_iso, iso
from chalicelib.store.reading import rows
from chalicelib.store.tables import (
    CONNECTION,
    ContributionRow,
    ListPartRow,
    PeopleListRow,
    Row,
    group_pk,
    person_pk,
)
from chalicelib.store.values import Key, get, group_key, person_key

PART_BYTES = 64_000  # of rows as JSON: a part that is written anew after each turn costs little
MOST_LISTS = 20  # of a group's, the newest, on its page
GOOD, REFUSED = "part#", "refused#"


# --- what decisions look at ----------------------------------------------------------------------------


def for_list(ask: Any, got: Received, who: Me, world: Runtime) -> ListView:
    found = get([group_key(ask.keyword), list_key(ask.keyword, ask.id)])
    return ListView(who, found.get(group_key(ask.keyword)), found.get(list_key(ask.keyword, ask.id)))


def for_invite(ask: Any, got: Received, who: Me, world: Runtime) -> InviteView:
    group, member = group_key(ask.keyword), member_key(ask.keyword, who.person.id)
    found = get([group, member])
    before = asked_before(ask.keyword, who.person.id, got.cause)
    return InviteView(who, world.settings.brand, found.get(group), found.get(member), before)


def asked_before(keyword: str, person: str, cause: str = "") -> bool:
    """Whether the group has asked them by a list before, as the ledger says; not by this `cause` itself."""
    entries = rows(person_pk(person), Row.sk.startswith("did#list-"))
    return any(
        isinstance(one, ContributionRow) and one.keyword == keyword and one.sk != f"did#{cause}" for one in entries
    )


def cause_of(name: str, line: int) -> str:
    """Of asking one row of a list: again, it is the same."""
    return f"list-{name}-{line}"


# --- the rows of a list --------------------------------------------------------------------------------


def rows_pk(keyword: str, name: str) -> str:
    return f"{group_pk(keyword)}#list#{name}"


def packed(plain: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """In parts that fit a row of the table however badly they pack."""
    part: list[str] = []
    size = 0
    for one in plain:
        written = json.dumps(one, ensure_ascii=False, separators=(",", ":"))
        if size + len(written.encode()) > PART_BYTES and part:
            yield squeezed(part)
            part, size = [], 0
        part.append(written)
        size += len(written.encode())
    if part:
        yield squeezed(part)


def squeezed(written: Sequence[str]) -> bytes:
    return zlib.compress(f"[{','.join(written)}]".encode(), 6)


def unpacked(raw: bytes) -> list[Any]:
    found: list[Any] = json.loads(zlib.decompress(raw))
    return found


def entry_out(one: Entry) -> list[Any]:
    return [one.line, one.number, iso(one.at), one.words, one.source, one.name, one.lang, one.zip]


def entry_in(plain: Sequence[Any]) -> Entry:
    line, number, at, *texts = plain
    return Entry(line, number, from_iso(at), *texts)


def keep_rows(keyword: str, name: str, good: Iterable[Entry], refused: Iterable[RowRefused], now: datetime) -> None:
    """Before the list itself is there: what nobody comes for is gone in a day. The same again is written over."""
    parts = [(GOOD, part) for part in packed(map(entry_out, good))]
    parts += [(REFUSED, part) for part in packed([one.line, one.reason, one.shown, one.n] for one in refused)]
    numbered = {GOOD: 0, REFUSED: 0}
    with Row.batch_write() as batch:
        for kind, raw in parts:
            sk = f"{kind}{numbered[kind]:04}"
            numbered[kind] += 1
            batch.save(ListPartRow(rows_pk(keyword, name), sk, packed=raw, expires=kept_until(now)))


def kept_until(now: datetime) -> int:
    return int((now + KEPT_FOR).timestamp())


def refused_rows(keyword: str, name: str, most: int | None = None) -> list[RowRefused]:
    """The first of them, in the order of the file; nothing any more once a day has passed."""
    found: list[RowRefused] = []
    for part in rows(rows_pk(keyword, name), Row.sk.startswith(REFUSED), is_consistent=False, page=1 if most else None):
        if isinstance(part, ListPartRow):
            found += [RowRefused(*plain) for plain in unpacked(part.packed)]
        if most is not None and len(found) >= most:
            break
    return found if most is None else found[:most]


def lists_of(keyword: str) -> list[PeopleList]:
    """The group's lists, the newest first."""
    found = [value_of(row) for row in rows(group_pk(keyword), Row.sk.startswith("list#"), is_consistent=False)]
    return sorted(found, key=lambda one: iso(one.at), reverse=True)[:MOST_LISTS]


def list_at(keyword: str, name: str, is_consistent: bool = True) -> PeopleList | None:
    key = list_key(keyword, name)
    found: PeopleList | None = get([key], is_consistent).get(key)
    return found


def remove_rows(keyword: str, name: str, kind: str = "") -> None:
    """Those still to be asked, or those that were refused, or all."""
    pk = rows_pk(keyword, name)
    found = list(rows(pk, Row.sk.startswith(kind) if kind else None))
    with Row.batch_write() as batch:
        for row in found:
            batch.delete(row)


# --- what we know of those on it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one who is on a list; `is_done`: this very row was handled before, and `is_asked` then."""

    person: Person | None
    member: Member | None
    is_done: bool = False
    is_asked: bool = False


def known_of(keyword: str, people: Mapping[int, str], name: str = "", is_consistent: bool = True) -> dict[int, Known]:
    """By line of the list `name` (without one: nothing was handled): people's ids to what we know of them."""
    keys: list[Key] = []
    for line, person in people.items():
        keys += [person_key(person), member_key(keyword, person)]
        keys += [(person_pk(person), f"did#{cause_of(name, line)}")] if name else []
    found = {(row.pk, row.sk): row for row in Row.batch_get(keys, consistent_read=is_consistent)} if keys else {}
    known: dict[int, Known] = {}
    for line, person in people.items():
        about, member = found.get(person_key(person)), found.get(member_key(keyword, person))
        did = found.get((person_pk(person), f"did#{cause_of(name, line)}"))
        is_asked = isinstance(did, ContributionRow) and bool(did.keyword)
        known[line] = Known(
            value_of(about) if about else None, value_of(member) if member else None, did is not None, is_asked
        )
    return known


# --- working through it --------------------------------------------------------------------------------


def next_part(keyword: str, name: str, now: datetime) -> tuple[ListPartRow | None, datetime | None]:
    """The first part with rows that may be asked now; else when the first of the others may. Neither: all is done."""
    opens: list[str] = []
    for row in rows(rows_pk(keyword, name), Row.sk.startswith(GOOD), page=1):
        assert isinstance(row, ListPartRow)
        if row.opens is None or row.opens <= iso(now):
            return row, None
        opens.append(row.opens)
    return None, from_iso(min(opens)) if opens else None


def entries_in(part: ListPartRow) -> list[Entry]:
    return [entry_in(plain) for plain in unpacked(part.packed)]


def turned(row: PeopleListRow, part: ListPartRow, left: Sequence[Entry], opens: datetime | None, now: datetime) -> bool:
    """What a turn has done, all of it or nothing: the rows that are left, and how far the list is.

    False: somebody else has changed the list meanwhile, dropped it perhaps.
    """
    transaction = TransactWrite(connection=CONNECTION)
    if left:
        raw = squeezed([json.dumps(entry_out(one), ensure_ascii=False) for one in left])
        until = iso(opens) if opens else None
        kept = ListPartRow(part.pk, part.sk, packed=raw, opens=until, expires=kept_until(now))
        transaction.save(kept, condition=Row.pk.exists())
    else:
        transaction.delete(ListPartRow(part.pk, part.sk))
    transaction.save(row)
    try:
        transaction._commit()
    except TransactWriteError as error:
        codes = [one.code if one else "None" for one in error.cancellation_reasons]
        if any(code in {"ConditionalCheckFailed", "TransactionConflict"} for code in codes):
            return False
        raise
    return True


def is_running(row: Row | None) -> bool:
    return isinstance(row, PeopleListRow) and row.state == str(Progress.RUNNING)


def keep_longer(keyword: str, name: str, until: datetime) -> None:
    """All that is left of a list that waits, for hours or for tomorrow's limits."""
    for part in list(rows(rows_pk(keyword, name), Row.sk.startswith(GOOD))):
        part.update(actions=[Row.expires.set(kept_until(until))], condition=Row.pk.exists())


def group_of(keyword: str) -> Group | None:
    found: Group | None = get([group_key(keyword)]).get(group_key(keyword))
    return found
