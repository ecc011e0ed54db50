"""What asking a group goes by: whom an alert would reach, who was asked and answered what, what earlier ones taught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from chalicelib.core.alerting import Reach, alert_text
from chalicelib.core.consent import countries_of
from chalicelib.core.hours import opens_at
from chalicelib.core.model import Action, Answer, Group, Pledge
from chalicelib.core.outcome import Audience
from chalicelib.core.rounds import deadline
from chalicelib.core.waves import Asked, Candidate, Past, Reply, WaveView
from chalicelib.core.waving import Planning
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES
from chalicelib.runtime import Runtime
from chalicelib.store.codec import keyword_of, value_of
from chalicelib.store.members import Asking, members_of
from chalicelib.store.outbox import Sent
from chalicelib.store.past import past_in, short
from chalicelib.store.plain import from_iso
from chalicelib.store.reading import readers, rows
from chalicelib.store.tables import (
    CREW_SHARDS,
    MEMBER_SHARDS,
    PastRow,
    RoundRow,
    Row,
    WantedRow,
    action_pk,
    crew_pk,
    group_pk,
    person_pk,
)

MOST_CANDIDATES = 20_000  # looked at for one wave; a larger group is asked from a part of it
MOST_PAST = 50  # earlier actions that are learnt from
CAPPED = timedelta(hours=24)
ID_LENGTH = 26
GOT = frozenset({Sent.SENDING, Sent.SENT, Sent.DELIVERED, Sent.UNDELIVERED})


def everybody(keyword: str) -> list[Asking]:
    """All members, each part of the group read at the same time as the others."""
    parts = readers().map(lambda part: list(members_of(keyword, part)), range(MEMBER_SHARDS))
    return list(chain.from_iterable(parts))


def free_at(
    one: Asking, is_emergency: bool, now: datetime, world: Runtime, hours: tuple[int, int] | None = None
) -> datetime | None:
    """When this member's hours let them be asked; None: now. Who joined an emergency group is asked at any hour.

    `hours` are those that the group's alerts keep to.
    """
    return None if is_emergency else opens_at(one.place, now, world.settings.unknown_states, hours)


def may_be_asked(one: Asking, countries: tuple[str, ...]) -> bool:
    """Whether an alert goes to this member at all, in some hour or other."""
    return one.is_in and (not one.place.country or one.place.country in countries)


# --- the draft ----------------------------------------------------------------------------------------


def reach_of(group: Group, now: datetime, world: Runtime) -> Reach:
    """Whom an alert of this group would reach now and later, with the candidates for its waves."""
    asked = everybody(group.keyword)
    countries = countries_of(group, world.settings.countries)
    reached = [one for one in asked if may_be_asked(one, countries)]
    opens = Counter(free_at(one, group.is_emergency, now, world, group.hours) for one in reached)
    held = sorted((at, people) for at, people in opens.items() if at is not None)
    others = others_of(group, "", now)
    left = [one for one in reached if not is_ruled_out(one, others, most_a_day(group, world))]
    return Reach(
        now=opens[None],
        held=tuple(held),
        stopped=sum(one.out == "stopped" for one in asked),
        bad_numbers=sum(one.out == "bad number" for one in asked),
        candidates=candidates(left, group.is_emergency, now, world, group.hours),
        past=others.past,
    )


def candidates(
    left: Iterable[Asking], is_emergency: bool, now: datetime, world: Runtime, hours: tuple[int, int] | None = None
) -> tuple[Candidate, ...]:
    found = (Candidate(short(one.id), one.since, free_at(one, is_emergency, now, world, hours)) for one in left)
    return tuple(one for one, _ in zip(found, range(MOST_CANDIDATES), strict=False))


# --- a wave -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Story:
    """One action's asking so far: its rounds, and what was answered."""

    action: Action
    rounds: tuple[RoundRow, ...]
    pledges: tuple[Pledge, ...]

    def has_asked_members(self) -> bool:
        return any(row.audience == Audience.MEMBERS for row in self.rounds)

    def by_wave(self) -> dict[str, datetime]:
        """By short id, when each was asked: the ones that a wave named."""
        return {short(one): from_iso(row.at) for row in self.rounds for one in people_of(row)}

    def replies(self) -> dict[str, Reply]:
        asked, opened_at = self.by_wave(), self.action.opened_at
        found = {}
        for pledge in self.pledges:
            who, since = short(pledge.person), pledge.since
            began = asked.get(who, opened_at)
            if since and began:
                found[who] = Reply(pledge.answer, max(0.0, (since - began).total_seconds() / 60))
        return found

    def past(self) -> Past:
        """What it has taught so far."""
        zone = ZoneInfo(self.action.zone)
        opened_at = (self.action.opened_at or self.action.ends_at).astimezone(zone)
        asked = None if self.has_asked_members() else frozenset(self.by_wave())
        replies = self.replies()
        kept = replies if asked is None else {who: one for who, one in replies.items() if who in asked}
        return Past(self.action.code, opened_at, deadline(self.action, opened_at), asked, kept)


def people_of(row: RoundRow) -> list[str]:
    """The ids of a wave's, in the order in which they are asked."""
    text = row.people or ""
    return [text[at : at + ID_LENGTH] for at in range(0, len(text), ID_LENGTH)]


def story_of(action: Action) -> Story:
    """Alerts only: other rounds are news."""
    found = [row for row in rows(action_pk(action.code), Row.sk.startswith("round#")) if isinstance(row, RoundRow)]
    parts = readers().map(
        lambda part: list(rows(crew_pk(action.code, part), Row.sk.startswith("pledge#"))), range(CREW_SHARDS)
    )
    pledges = tuple(value_of(row) for row in chain.from_iterable(parts))
    return Story(action, tuple(row for row in found if row.say == "alert"), pledges)


@dataclass(frozen=True, slots=True)
class Others:
    """The group's other actions: what they taught, oldest first, who is in which, who was asked how often lately."""

    past: tuple[Past, ...] = ()
    coming: frozenset[str] = frozenset()  # short ids of who is in one at the same time
    asked_lately: Counter[str] | None = None
    everybody_lately: int = 0


def others_of(group: Group, but: str, now: datetime, action: Action | None = None) -> Others:
    live = [story_of(one) for one in actions(code for code in group.live if code != but)]
    overlapping = [one for one in live if action and overlap(one.action, action)]
    past = (*past_of(group.keyword), *(one.past() for one in live))
    lately = [one for one in past if now - one.opened_at < CAPPED]
    return Others(
        past=past,
        coming=frozenset(short(p.person) for one in overlapping for p in one.pledges if p.answer is Answer.IN),
        asked_lately=Counter(who for one in lately for who in one.asked or ()),
        everybody_lately=sum(one.asked is None for one in lately),
    )


def actions(codes: Iterable[str]) -> list[Action]:
    keys = [(action_pk(code), "action") for code in codes]
    return [value_of(row) for row in Row.batch_get(keys, consistent_read=True)] if keys else []


def overlap(one: Action, other: Action) -> bool:
    """Nobody can be in two places at once."""
    begins, begins_too = (each.starts_at or each.opened_at or each.ends_at for each in (one, other))
    return begins < other.ends_at and begins_too < one.ends_at


def most_a_day(group: Group, world: Runtime) -> int:
    """Alerts of the group that one person gets in a day: its organizers may have set fewer than anybody gets."""
    most = world.settings.texts_a_day
    return most if group.texts_a_day is None else min(group.texts_a_day, most)


def is_ruled_out(one: Asking, others: Others, most: int) -> bool:
    """By a pledge at the same time, or by as many alerts in a day as they get."""
    who = short(one.id)
    lately = others.everybody_lately + (others.asked_lately or Counter())[who]
    return who in others.coming or lately >= most


def planning(action: Action, group: Group, now: datetime, world: Runtime) -> Planning:
    """What the next wave is planned from."""
    story, others = story_of(action), others_of(group, action.code, now, action)
    asked = dict(story.by_wave())
    replies = story.replies()
    everyone, most = everybody(group.keyword), most_a_day(group, world)
    countries = countries_of(group, world.settings.countries)
    if story.has_asked_members():
        first = min(from_iso(row.at) for row in story.rounds if row.audience == Audience.MEMBERS)
        asked = {short(one.id): first for one in everyone if one.is_in and one.since <= first} | asked
    left = [
        one
        for one in everyone
        if may_be_asked(one, countries)
        and short(one.id) not in asked
        and short(one.id) not in replies
        and not is_ruled_out(one, others, most)
    ]
    segments = max(measure(alert_text(action, lang)).count for lang in LANGUAGES)
    view = WaveView(
        need=action.need or 0,
        taken=action.tally.coming,
        wave=action.wave,
        opened_at=(action.opened_at or now).astimezone(ZoneInfo(action.zone)),
        deadline=deadline(action, now),
        candidates=candidates(left, action.is_emergency, now, world, group.hours),
        asked=tuple(Asked(who, at, replies.get(who)) for who, at in asked.items()),
        past=others.past,
        seats_a_second=world.settings.bulk_rate / segments,
    )
    ids = {short(one.id): one.id for one in left}
    crew = last_crew_of(action, view.candidates) if action.again_of and not action.wave else ()
    return Planning(view, ids, tuple(ids[who] for who in crew))


def last_crew_of(action: Action, among: Iterable[Candidate]) -> tuple[str, ...]:
    """Of a repeated action: who was in the last time and can be asked now, by short id."""
    before = actions([action.again_of])
    return last_crew(before[0], among) if before else ()


def last_crew(before: Action, among: Iterable[Candidate]) -> tuple[str, ...]:
    """Who was in an action: from its own crew, or once that has dissolved from what it taught."""
    kept = next((one for one in past_of(before.keyword) if one.code == before.code), None)
    answers = kept.answers if kept else story_of(before).replies()
    return tuple(one.id for one in among if one.free_at is None and is_in(answers.get(one.id)))


def is_in(reply: Reply | None) -> bool:
    return reply is not None and reply.answer is Answer.IN


# --- what earlier ones taught -------------------------------------------------------------------------

_PAST: dict[tuple[str, str], Past] = {}  # rows that never change, once read


def past_of(keyword: str) -> tuple[Past, ...]:
    """The group's last ended actions, oldest first."""
    found = rows(
        group_pk(keyword), Row.sk.startswith("past#"), is_consistent=False, limit=MOST_PAST, is_newest_first=True
    )
    return tuple(remembered(row) for row in reversed(list(found)) if isinstance(row, PastRow))


def remembered(row: PastRow) -> Past:
    key = (row.pk, row.sk)
    if key not in _PAST:
        if len(_PAST) > 20 * MOST_PAST:
            _PAST.clear()
        _PAST[key] = past_in(row)
    return _PAST[key]


def asked_lately(person: str, but: str, now: datetime, keyword: str = "") -> int:
    """How many alerts this person has got in the last 24 hours, whichever group they were from, or from this one."""
    found = rows(person_pk(person), Row.sk.startswith("you#wanted#"), is_consistent=False, limit=MOST_PAST)
    lately = [
        row for row in found if isinstance(row, WantedRow) and row.code != but and row.state in GOT and row.claimed_at
    ]
    lately = [row for row in lately if keyword in ("", keyword_of(row.code))]
    return sum(now - from_iso(row.claimed_at) < CAPPED for row in lately)
