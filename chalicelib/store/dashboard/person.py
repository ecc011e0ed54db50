"""One member of a group: what their page shows, in a number of reads that does not grow with group or crew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from chalicelib.core.commands import Here
from chalicelib.core.model import Action, Answer, Channel, Group, Member, Person, Pledge
from chalicelib.core.outcome import Audience
from chalicelib.core.people import (
    Asking,
    ConsentKept,
    History,
    Part,
    Standing,
    TextKept,
    consents_kept,
    histories,
    is_of,
    standing,
)
from chalicelib.core.readiness import Past
from chalicelib.store.asking import GOT, past_of, people_of
from chalicelib.store.codec import keyword_of, member_key, wanted_in
from chalicelib.store.past import short
from chalicelib.store.plain import from_iso, since_iso
from chalicelib.store.queries import beside, get_many
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import ContributionRow, RoundRow, Row, TextRow, WantedRow, action_pk, person_pk
from chalicelib.store.values import action_key, get, group_key, person_key, pledge_key

MOST_TEXTS, MOST_WANTED, MOST_DEEDS = 400, 200, 2_000  # of one person, of all their groups
MOST_PARTS = 30  # actions that a person's page lists
MOST_ROUNDS = 6  # actions whose waves are looked through


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One member, as their group's organizers may know them; `is_whole`: no text of 90 days was left out."""

    group: Group
    person: Person
    member: Member
    standing: Standing
    history: History
    texts: tuple[TextKept, ...] = ()
    asking: Mapping[str, Asking] | None = None
    parts: tuple[Part, ...] = ()
    consents: tuple[ConsentKept, ...] = ()
    is_organizer: bool = False
    is_whole: bool = True

    @property
    def zone(self) -> str:
        return self.group.zone


def is_member(keyword: str, person: str) -> bool:
    """Whether somebody is, or ever was, a member."""
    key = member_key(keyword, person)
    return bool(get([key]))


def person_page(keyword: str, person: str, now: datetime) -> PersonPage | None:
    """None: they are no member of this group and never were."""
    past = beside().submit(past_of, keyword)
    keys = [group_key(keyword), person_key(person), member_key(keyword, person)]
    found = get(keys)
    if len(found) < len(keys):
        return None
    group, who, member = (found[key] for key in keys)
    kept, is_whole = kept_of(person)
    deeds = [row for row in kept if isinstance(row, ContributionRow)]
    texts = texts_of([row for row in kept if isinstance(row, TextRow) and row.state != "came"], deeds)
    ours = tuple(sorted((one for one in texts if is_of(one, keyword)), key=lambda one: one.at, reverse=True))
    wanted = [row for row in kept if isinstance(row, WantedRow) and keyword_of(row.code) == keyword][:MOST_PARTS]
    earlier = past.result()
    since = member.consents[0].at if member.consents else now
    history = histories(earlier, {short(person): since}, now)[short(person)]
    actions = {one.code: one for one in get_many(action_key(row.code) for row in wanted).values()}
    alerts = [one for one in ours if one.is_alert]
    history = lately(history, alerts)
    return PersonPage(
        group,
        who,
        member,
        standing(member.is_in, member.out),
        history,
        ours,
        asking_of(person, [one.code for one in alerts], actions, earlier),
        parts_of(person, wanted, actions, earlier, deeds),
        consents_kept(member, texts),
        person in group.organizers,
        is_whole,
    )


def kept_of(person: str) -> tuple[list[Row], bool]:
    """What somebody did, the newest texts to them, the newest actions they were asked for; and if that is all."""
    pk = person_pk(person)
    reads: tuple[Callable[[], list[Row]], ...] = (
        lambda: list(rows(pk, Row.sk.startswith("did#"), is_consistent=False, limit=MOST_DEEDS)),
        lambda: list(rows(pk, Row.sk.startswith("text#"), is_consistent=False, limit=MOST_TEXTS, is_newest_first=True)),
        lambda: list(rows(pk, Row.sk.startswith("you#wanted#"), is_consistent=False, limit=MOST_WANTED)),
    )
    did, texts, wanted = readers().map(lambda read: read(), reads)
    return [*did, *texts, *wanted], len(texts) < MOST_TEXTS and len(wanted) < MOST_WANTED


def texts_of(kept: Sequence[TextRow], deeds: Iterable[ContributionRow]) -> list[TextKept]:
    """Each text, with the command that it answers: a text's key says which command's effect it is."""
    did = {mark_of(row.sk.removeprefix("did#")): row for row in deeds}
    return [text_kept(row, did.get(row.sk.split("#")[2])) for row in kept]


def mark_of(cause: str) -> str:
    """As store/commit.py puts it in a text's key."""
    return blake2b(cause.encode(), digest_size=8).hexdigest()


def text_kept(row: TextRow, answers: ContributionRow | None) -> TextKept:
    is_alert = isinstance(row, WantedRow)
    answers = None if is_alert else answers
    return TextKept(
        at=asked_at(row) if isinstance(row, WantedRow) else from_iso(row.sk.split("#")[1]),
        say=row.say,
        state=row.state,
        code=row.code or "",
        keyword=row.keyword or "",
        is_alert=is_alert,
        did=answers.did if answers else "",
        channel=Channel(answers.channel) if answers else None,
        about=(answers.keyword or keyword_of(answers.code or "")) if answers else "",
        why=row.why or "",
        error=int(row.error or 0),
        segments=int(row.segments or 0),
        sent_at=since_iso(row.sent_at),
        told_at=since_iso(row.told_at),
        sid=row.sid or "",
    )


def asked_at(row: WantedRow) -> datetime:
    """Of an alert that was never claimed, as one that waits for the morning: when its action opened."""
    return since_iso(row.claimed_at) or wanted_in(row).opened_at


def lately(history: History, alerts: Sequence[TextKept]) -> History:
    last = next((one for one in alerts if one.state in GOT), None)
    if last is None or (history.asked_at and history.asked_at >= last.at):
        return history
    return replace(history, code=last.code, asked_at=last.at)


def asking_of(
    person: str, codes: Iterable[str], actions: Mapping[str, Action], past: Iterable[Past]
) -> dict[str, Asking]:
    """How somebody came to be asked for each action: from its rounds while they are kept, then from what it taught."""
    found: dict[str, Asking] = {}
    for one in past:
        if one.asked is None:
            found[one.code] = Asking(is_all=True)
        elif short(person) in one.asked:
            found[one.code] = Asking()
    kept = [code for code in dict.fromkeys(codes) if code in actions and actions[code].record is None]
    for code, rounds in zip(kept, readers().map(alert_rounds, kept[:MOST_ROUNDS]), strict=False):
        asking = asked_in(person, rounds)
        if asking:
            found[code] = asking
    return found


def alert_rounds(code: str) -> list[RoundRow]:
    """In the order in which they went out."""
    found = rows(action_pk(code), Row.sk.startswith("round#"), is_consistent=False)
    return sorted((row for row in found if isinstance(row, RoundRow) and row.say == "alert"), key=lambda row: row.at)


def asked_in(person: str, rounds: Sequence[RoundRow]) -> Asking | None:
    waves = [row for row in rounds if row.audience == Audience.WAVE]
    for number, row in enumerate(waves, 1):
        if person in people_of(row):
            return Asking(wave=number)
    return Asking(is_all=True) if len(rounds) > len(waves) else None


def parts_of(
    person: str,
    wanted: Sequence[WantedRow],
    actions: Mapping[str, Action],
    past: Iterable[Past],
    deeds: Iterable[ContributionRow],
) -> tuple[Part, ...]:
    """What they had to do with each action that they were asked for or came to, the newest first."""
    pledges: dict[Any, Pledge] = get_many(pledge_key(row.code, person) for row in wanted)
    taught = {one.code: one for one in past}
    came = {row.code for row in deeds if row.did == Here.__name__}
    found = []
    for row in wanted:
        pledge = pledges.get(pledge_key(row.code, person))
        action = actions.get(row.code)
        reply = taught[row.code].answers.get(short(person)) if row.code in taught else None
        answer = pledge.answer if pledge else reply.answer if reply else None
        is_in = answer is Answer.IN
        found.append(
            Part(
                row.code,
                wanted_in(row).opened_at,
                action.words if action else "",
                row.state in GOT,
                answer,
                pledge.since if pledge else None,
                pledge.seats if pledge else 0,
                pledge.is_here if pledge else (row.code in came or None) if is_in else False,
                bool(pledge and pledge.is_no_show),
            )
        )
    return tuple(found)
