"""Raising an action: ALERT shows what would go out, to how many, at what cost; GO with its number sends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from chalicelib.core.commands import Alert, DraftEnds, EndTime, Go, StartTime
from chalicelib.core.lifecycle import Event, may, move
from chalicelib.core.model import Action, Group, Me, State
from chalicelib.core.outcome import Audience, Effect, Later, Outcome, Purge, Round, Say, answer, refused, say
from chalicelib.grammar.asking import read_ask
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES, render

DRAFT_LASTS = timedelta(minutes=15)
WRONG_TRIES = 3
LONGEST_WORDS = 480


@dataclass(frozen=True, slots=True)
class AlertView:
    """The group, how many it would reach, and what we are to go by. `confirm` is this draft's two-digit number."""

    me: Me
    group: Group | None
    recipients: int
    confirm: int
    segment_price: float
    action_length: timedelta


@dataclass(frozen=True, slots=True)
class GoView:
    """The speaker's draft and its group."""

    me: Me
    draft: Action | None
    group: Group | None


def alert_say(action: Action) -> Say:
    """What a member gets: the organizer's own words, with the code and how to answer."""
    return say("alert", code=action.code, words=as_sentence(action.words))


def as_sentence(words: str) -> str:
    """With an end, so that how to answer stands apart from what is asked."""
    return words if words[-1:] in ".!?…" else f"{words}."


def alert_text(action: Action, lang: str) -> str:
    return render(lang, alert_say(action))


def decide_alert(ask: Alert, view: AlertView, now: datetime) -> Outcome:
    """Nothing goes out: the organizer is shown the exact text, whom it reaches, and its price at worst."""
    person, group = view.me.person, view.group
    if group is None:
        return refused(person, "no_such_group", keyword=ask.keyword)
    if person.id not in group.organizers:
        return refused(person, "not_organizer_of", keyword=group.keyword)
    words = ask.words.strip()
    if not words:
        return refused(person, "use_alert")
    if len(words) > LONGEST_WORDS:
        return refused(person, "alert_too_long", most=LONGEST_WORDS, length=len(words))

    asked = read_ask(words, now.astimezone(ZoneInfo(group.zone)))
    starts_at = asked.starts_at
    action = Action(
        code=f"{group.keyword}{group.next_number}",
        keyword=group.keyword,
        words=words,
        raised_by=person.id,
        zone=group.zone,
        state=State.DRAFT,
        ends_at=(starts_at or now) + view.action_length,
        need=asked.need,
        place=asked.place,
        starts_at=starts_at,
        tags=asked.tags,
        is_emergency=group.is_emergency,
        confirm=view.confirm,
        recipients=view.recipients,
        drafted_at=now,
    )
    segments = max(measure(alert_text(action, lang)).count for lang in LANGUAGES)
    cents = ceil(view.recipients * segments * view.segment_price)
    shown = answer(
        person,
        "draft",
        code=action.code,
        text=alert_text(action, person.lang),
        people=view.recipients,
        segments=segments,
        dollars=f"{cents // 100}.{cents % 100:02}",
        read=read_back(action, person.lang),
        confirm=f"{view.confirm:02}",
    )
    return Outcome(
        saves=(action, replace(group, next_number=group.next_number + 1), replace(person, draft=action.code)),
        effects=(shown, Later(DraftEnds(action.code), now + DRAFT_LASTS, "draft")),
        code=action.code,
    )


def read_back(action: Action, lang: str) -> str:
    """What was read out of the organizer's words, said back."""
    parts = [
        render(lang, say("read_need", need=action.need) if action.need else say("read_open")),
        render(lang, say("read_when", when=action.starts_at) if action.starts_at else say("read_now")),
    ]
    if action.place:
        parts.append(render(lang, say("read_place", place=action.place)))
    if action.tags:
        parts.append(" ".join(f"#{tag}" for tag in action.tags))
    return ", ".join(parts)


def decide_go(ask: Go, view: GoView, now: datetime) -> Outcome:
    """Only whoever saw our reply knows the number: a forged sender cannot."""
    person, draft = view.me.person, view.draft
    if draft is None or draft.drafted_at is None or view.group is None or draft.opened_at is not None:
        return refused(person, "no_draft")
    if draft.state is not State.DRAFT or now >= draft.drafted_at + DRAFT_LASTS:
        return refused(person, "draft_ended", code=draft.code)
    if ask.number != draft.confirm:
        tries = draft.wrong_tries + 1
        if tries < WRONG_TRIES:
            wrong = answer(person, "wrong_number", code=draft.code, left=WRONG_TRIES - tries)
            return Outcome(saves=(replace(draft, wrong_tries=tries),), effects=(wrong,), code=draft.code)
        void = replace(move(draft, Event.EXPIRE), wrong_tries=tries, ended_at=now)
        return Outcome(
            saves=(void, replace(person, draft=None)),
            effects=(answer(person, "draft_void", code=draft.code), Purge(draft.code)),
            code=draft.code,
        )
    if person.id not in view.group.organizers:
        return refused(person, "not_organizer_of", keyword=draft.keyword)

    action = replace(move(draft, Event.GO), opened_at=now, confirm=None)
    group = replace(view.group, live=(*view.group.live, action.code))
    effects: list[Effect] = [
        answer(person, "sent", code=action.code, people=draft.recipients),
        Round(action.code, Audience.MEMBERS, alert_say(action), until=action.ends_at),
        Later(EndTime(action.code), action.ends_at, "end"),
    ]
    if action.starts_at:
        effects.append(Later(StartTime(action.code), max(action.starts_at, now), "start"))
    return Outcome(
        saves=(action, group, replace(person, draft=None, leads=(*person.leads[-7:], action.code))),
        effects=tuple(effects),
        code=action.code,
    )


@dataclass(frozen=True, slots=True)
class DraftView:
    """The draft that has had its time, if it is there still."""

    draft: Action | None


def decide_draft_ends(ask: DraftEnds, view: DraftView, now: datetime) -> Outcome:
    """A draft that nobody sent is gone, quietly."""
    if view.draft is None or view.draft.state is not State.DRAFT or not may(view.draft, Event.EXPIRE):
        return Outcome(code=ask.code)
    ended = replace(move(view.draft, Event.EXPIRE), ended_at=now)
    return Outcome(saves=(ended,), effects=(Purge(ask.code),), code=ask.code)
