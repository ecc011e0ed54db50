"""People whom an organizer brings on a list: each is asked once, and only a YES makes a member.

A proof of an earlier consent lets us ask, and nothing more: carriers want that a number's owner confirms it by text
(CTIA Messaging Principles, 5.1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.commands import BringPeople, CheckPeople, DropPeople, Invite, Join
from chalicelib.core.confirming import waits_for
from chalicelib.core.kept import PeopleList, Progress
from chalicelib.core.model import Channel, Consent, Group, Me, Member, Person, Unconfirmed
from chalicelib.core.outcome import Outcome, Text, answer, refused, say

KEPT_FOR = timedelta(days=1)  # a list that was checked, until it is asked; and while it is being asked, ever anew
LONGEST_LIST_NAME = 60


@dataclass(frozen=True, slots=True)
class ListView:
    """The speaker, the group that the list is for, and the list if it is there."""

    me: Me
    group: Group | None
    found: PeopleList | None = None

    @property
    def is_led(self) -> bool:
        return self.group is not None and self.me.person.id in self.group.organizers


def decide_check_people(ask: CheckPeople, view: ListView, now: datetime) -> Outcome:
    """Nobody is asked yet. The same form again is the same list."""
    person = view.me.person
    if not view.is_led:
        return refused(person, "not_organizer_of", keyword=ask.keyword)
    if view.found is not None:
        return Outcome()
    name = " ".join(ask.name.split())[:LONGEST_LIST_NAME]
    read = PeopleList(ask.keyword, ask.id, person.id, now, name, ask.rows, ask.good)
    return Outcome(saves=(replace(read, reasons=ask.reasons, read_as=ask.read_as),), keyword=ask.keyword)


def decide_bring_people(ask: BringPeople, view: ListView, now: datetime) -> Outcome:
    """The list is on its way in, once, while its rows are still there."""
    person, found = view.me.person, view.found
    if not view.is_led:
        return refused(person, "not_organizer_of", keyword=ask.keyword)
    if found is None or found.state is not Progress.CHECKED or not found.good or now - found.at > KEPT_FOR:
        return refused(person, "list_over")
    running = replace(found, state=Progress.RUNNING, due_at=now)
    told = answer(person, "list_begins", people=found.good, keyword=ask.keyword)
    return Outcome(saves=(running,), effects=(told,), keyword=ask.keyword)


def decide_drop_people(ask: DropPeople, view: ListView, now: datetime) -> Outcome:
    """Whoever was asked already can still say YES; nobody else is asked."""
    person, found = view.me.person, view.found
    if not view.is_led:
        return refused(person, "not_organizer_of", keyword=ask.keyword)
    if found is None or found.state not in {Progress.CHECKED, Progress.RUNNING}:
        return refused(person, "list_over")
    dropped = replace(found, state=Progress.DROPPED, due_at=None, held="")
    return Outcome(saves=(dropped,), effects=(answer(person, "list_dropped"),), keyword=ask.keyword)


# --- one row -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InviteView:
    """Whose number is on a list, with their membership, the group, and whether it has asked them by a list before."""

    me: Me
    brand: str
    group: Group | None
    member: Member | None = None
    is_asked_before: bool = False


def why_skipped(
    person: Person | None, member: Member | None, keyword: str, is_asked_before: bool, now: datetime
) -> str:
    """Why somebody on a list is not asked; nothing if they may be."""
    if person is not None and person.is_stopped:
        return "stopped"
    if person is not None and keyword in person.groups:
        return "member"
    if member is not None:
        return "left"
    if person is not None and person.bad_at:
        return "bad_number"
    typed = person.unconfirmed if person else None
    if typed is not None and now <= typed.asked_at + waits_for(typed):
        return "waiting"
    return "asked_before" if is_asked_before else ""


SKIPPED = "list_skipped_"


def decide_invite(ask: Invite, view: InviteView, now: datetime) -> Outcome:
    """One text that asks for a YES, when the sender has room for it. Its keyword in the ledger says that it went.

    The name that the list tells is theirs only with their YES: other groups see what a person is called.
    """
    person, group = view.me.person, view.group
    known = None if person.version is None else person
    why = why_skipped(known, view.member, ask.keyword, view.is_asked_before, now)
    if group is None or group.ended_at is not None:
        why = "no_group"
    if why or group is None:
        return refused(person, f"{SKIPPED}{why}")
    at = max(now, ask.at or now)
    join = Join(group.keyword)
    proof = Consent(ask.proof_at, ask.proof_words, Channel.IMPORT, is_given=True)
    waiting = Unconfirmed({"type": "Join", **asdict(join)}, at, proof=proof, name=ask.name)
    asked = replace(person, unconfirmed=waiting, zip=person.zip or (ask.zip if known is None else ""))
    asks = say("confirm_list", brand=view.brand, keyword=group.keyword, list=ask.list_id)
    text = Text(person.id, asks, due=at)
    return Outcome(saves=(asked,), effects=(text,), keyword=group.keyword)


def added(counts: dict[str, int], reasons: Sequence[str]) -> dict[str, int]:
    """How many there are now of each reason."""
    sums = dict(counts)
    for reason in reasons:
        sums[reason] = sums.get(reason, 0) + 1
    return sums
