"""What is kept for organizers to look at, from values to rows and back: a part of store/codec.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

from chalicelib.core.kept import (
    Act,
    Draft,
    Failure,
    Founded,
    PeopleList,
    Progress,
    Sending,
    SignInCode,
    Unreached,
    Word,
)
from chalicelib.core.model import Channel
from chalicelib.store.plain import from_iso, iso, since_iso, versioned
from chalicelib.store.tables import (
    DUE_SHARDS,
    GROUPS,
    SENDER,
    ActRow,
    DraftRow,
    FailureRow,
    FoundedRow,
    PeopleListRow,
    Row,
    SenderRow,
    SignInRow,
    UnreachedRow,
    WordRow,
    crew_pk,
    group_pk,
    newest_first,
    person_pk,
    shard,
)

ACTS_KEPT = timedelta(days=730)
FAILURES_KEPT = timedelta(days=90)
CODE_LASTS = timedelta(minutes=10)
DRAFTS_KEPT = timedelta(days=30)
WORDS_KEPT = timedelta(days=30)
LISTS_KEPT = timedelta(days=90)

Key = tuple[str, str]


def moment_of(sk: str) -> datetime:
    """The moment in a key whose second part is the newest first."""
    return from_iso(newest_first(sk.split("#")[1]))


def until(at: datetime, kept: timedelta) -> int:
    return int((at + kept).timestamp())


def word_key(code: str, person: str, at: datetime) -> Key:
    return crew_pk(code, 0), f"word#{newest_first(iso(at))}#{person}"


def word_out(word: Word) -> Row:
    return WordRow(
        *word_key(word.code, word.person, word.at),
        name=word.name,
        text=word.text,
        answered_at=iso(word.answered_at) if word.answered_at else None,
        answered_by=word.answered_by or None,
        expires=until(word.at, WORDS_KEPT),
        **versioned(word.version),
    )


def word_in(row: WordRow) -> Word:
    return Word(
        code=row.pk.split("#")[1],
        person=row.sk.split("#")[2],
        at=moment_of(row.sk),
        name=row.name,
        text=row.text,
        answered_at=since_iso(row.answered_at),
        answered_by=row.answered_by or "",
        version=row.version,
    )


def act_out(act: Act) -> Row:
    cause = blake2b(act.cause.encode(), digest_size=8).hexdigest()
    return ActRow(
        group_pk(act.keyword),
        f"act#{newest_first(iso(act.at))}#{cause}",
        did=act.did,
        channel=str(act.channel),
        person=act.person or None,
        code=act.code or None,
        n=act.n or None,
        note=act.note or None,
        expires=until(act.at, ACTS_KEPT),
    )


def act_in(row: ActRow) -> Act:
    return Act(
        keyword=row.pk.removeprefix("group#"),
        at=moment_of(row.sk),
        cause=row.sk.split("#")[2],
        did=row.did,
        channel=Channel(row.channel),
        person=row.person or "",
        code=row.code or "",
        n=int(row.n or 0),
        note=row.note or "",
    )


def failure_out(failure: Failure) -> Row:
    return FailureRow(
        group_pk(failure.keyword),
        f"failed#{newest_first(iso(failure.at))}#{failure.person}",
        error=failure.error,
        code=failure.code or None,
        expires=until(failure.at, FAILURES_KEPT),
    )


def failure_in(row: FailureRow) -> Failure:
    keyword, person = row.pk.removeprefix("group#"), row.sk.split("#")[2]
    return Failure(keyword, moment_of(row.sk), person, int(row.error), row.code or "")


def unreached_key(keyword: str, person: str) -> Key:
    return group_pk(keyword), f"unreached#{person}"


def unreached_out(one: Unreached) -> Row:
    return UnreachedRow(*unreached_key(one.keyword, one.person), since=iso(one.since), error=one.error or None)


def unreached_in(row: UnreachedRow) -> Unreached:
    keyword, person = row.pk.removeprefix("group#"), row.sk.removeprefix("unreached#")
    return Unreached(keyword, person, from_iso(row.since), int(row.error or 0))


def sign_in_key(person: str) -> Key:
    return person_pk(person), "signin"


def sign_in_out(one: SignInCode) -> Row:
    return SignInRow(
        *sign_in_key(one.person),
        mark=one.mark,
        asked_at=iso(one.asked_at),
        tries=one.tries or None,
        expires=until(one.asked_at, CODE_LASTS),
        **versioned(one.version),
    )


def sign_in_in(row: SignInRow) -> SignInCode:
    person = row.pk.removeprefix("person#")
    return SignInCode(person, row.mark, from_iso(row.asked_at), int(row.tries or 0), row.version)


def draft_key(person: str, draft: str) -> Key:
    return person_pk(person), f"draft#{draft}"


def draft_out(draft: Draft) -> Row:
    assert draft.saved_at is not None
    return DraftRow(
        *draft_key(draft.person, draft.id),
        keyword=draft.keyword,
        fields=dict(draft.fields) or None,
        saved_at=iso(draft.saved_at),
        expires=until(draft.saved_at, DRAFTS_KEPT),
        **versioned(draft.version),
    )


def draft_in(row: DraftRow) -> Draft:
    person, name = row.pk.removeprefix("person#"), row.sk.removeprefix("draft#")
    return Draft(person, name, row.keyword, row.fields or {}, from_iso(row.saved_at), row.version)


def list_key(keyword: str, name: str) -> Key:
    return group_pk(keyword), f"list#{name}"


def list_out(one: PeopleList) -> Row:
    return PeopleListRow(
        *list_key(one.keyword, one.id),
        brought_by=one.brought_by,
        at=iso(one.at),
        name=one.name,
        rows=one.rows,
        good=one.good,
        state=str(one.state),
        done=one.done or None,
        asked=one.asked or None,
        skipped=one.skipped or None,
        read_as=list(one.read_as) or None,
        reasons=dict(one.reasons) or None,
        why=dict(one.why) or None,
        held=one.held or None,
        due=iso(one.due_at) if one.due_at else None,
        due_shard=str(shard(one.keyword + one.id, DUE_SHARDS)) if one.due_at else None,
        expires=until(one.at, LISTS_KEPT),
        **versioned(one.version),
    )


def list_in(row: PeopleListRow) -> PeopleList:
    return PeopleList(
        keyword=row.pk.removeprefix("group#"),
        id=row.sk.removeprefix("list#"),
        brought_by=row.brought_by,
        at=from_iso(row.at),
        name=row.name,
        rows=int(row.rows),
        good=int(row.good),
        state=Progress(row.state),
        done=int(row.done or 0),
        asked=int(row.asked or 0),
        skipped=int(row.skipped or 0),
        read_as=tuple(row.read_as or ()),
        reasons=row.reasons or {},
        why=row.why or {},
        due_at=since_iso(row.due),
        held=row.held or "",
        version=row.version,
    )


def founded_out(one: Founded) -> Row:
    return FoundedRow(GROUPS, f"group#{one.keyword}", at=iso(one.at))


def founded_in(row: FoundedRow) -> Founded:
    return Founded(row.sk.removeprefix("group#"), from_iso(row.at))


def sending_key() -> Key:
    return SENDER, "state"


def sending_out(one: Sending) -> Row:
    since = one.stopped_at and iso(one.stopped_at)
    tried = iso(one.tried_at) if one.tried_at else since
    code = one.code if since else None
    return SenderRow(*sending_key(), paused_at=since, code=code, tried_at=tried, held_by=one.held_by or None)


def sending_in(row: SenderRow) -> Sending:
    return Sending(since_iso(row.paused_at), int(row.code or 0), row.held_by or "", since_iso(row.tried_at))
