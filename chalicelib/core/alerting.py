"""Raising an action: ALERT shows what would go out, to how many, at what cost; GO with its number sends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from chalicelib.core.commands import Again, Alert, DraftEnds, Go
from chalicelib.core.lifecycle import Event, may, move
from chalicelib.core.model import Action, Group, Listed, Me, Spent, State, Task
from chalicelib.core.outcome import Effect, Later, Outcome, Purge, Say, answer, in_dollars, refused, say
from chalicelib.core.reminding import timers
from chalicelib.core.rounds import asks_members, deadline, wave_due
from chalicelib.core.tasks import LONGEST_TASK, MOST_TASKS, as_line, moved_along, new_task, task_due
from chalicelib.core.waves import Candidate, Past, WaveView, first_wave_size
from chalicelib.grammar.asking import read_ask, zip_in
from chalicelib.grammar.fold import fold
from chalicelib.grammar.segments import measure
from chalicelib.grammar.tasking import split_tasks, with_time
from chalicelib.grammar.times import read_time
from chalicelib.languages import LANGUAGES, render

DRAFT_LASTS = timedelta(minutes=15)
WRONG_TRIES = 3
LONGEST_WORDS = 480
MOST_HELD_SHOWN = 3  # of the moments at which quiet hours end
ALERTS_REMEMBERED = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an alert would reach: how many now, how many from each later moment, and who cannot be reached.

    `waves` is what a plan of waves goes by, without the action's own need and times.
    """

    now: int = 0
    held: tuple[tuple[datetime, int], ...] = ()
    stopped: int = 0
    bad_numbers: int = 0
    candidates: tuple[Candidate, ...] = ()
    past: tuple[Past, ...] = ()

    @property
    def recipients(self) -> int:
        return self.now + sum(people for _, people in self.held)


@dataclass(frozen=True, slots=True)
class AlertView:
    """The group, whom it would reach, and what we are to go by. `confirm` is this draft's two-digit number.

    `a_second`: segments that the sender may give out; `left_today`: segments that today's limits leave. Personal links
    are `links`, the action's code, and `link_tail` characters more.
    """

    me: Me
    group: Group | None
    reach: Reach
    confirm: int
    segment_price: float
    action_length: timedelta
    a_second: float = 1.0
    left_today: int = 1_000_000
    links: str = ""
    link_tail: int = 0


@dataclass(frozen=True, slots=True)
class AgainView:
    """What raising an action looks at, the action that is to be repeated, and how many of its crew could be asked."""

    alert: AlertView
    before: Action | None
    crew: int = 0


@dataclass(frozen=True, slots=True)
class GoView:
    """The speaker's draft with its tasks, its group, and how many minutes before a start crews are reminded."""

    me: Me
    draft: Action | None
    group: Group | None
    tasks: tuple[Task, ...] = ()
    reminders: tuple[int, ...] = ()


def alert_say(action: Action) -> Say:
    """What a member gets: the organizer's own words, with the code and how to answer."""
    return say("alert", code=action.code, words=as_sentence(action.words))


def as_sentence(words: str) -> str:
    """With an end, so that how to answer stands apart from what is asked."""
    return words if words[-1:] in ".!?…" else f"{words}."


def alert_text(action: Action, lang: str) -> str:
    return render(lang, alert_say(action))


def tap(lang: str, link: str) -> str:
    """What stands behind an alert: the reader's own link."""
    return render(lang, say("alert_tap", link=link))


def fits(text: str, more: str) -> bool:
    """Whether this can stand behind a text without making it a segment longer."""
    return measure(text + more).count == measure(text).count


def with_tap(text: str, action: Action, view: AlertView, lang: str) -> str:
    """An alert as it is shown to its organizer: where each reader's own link will be, if it will."""
    link = view.links + action.code
    return text + tap(lang, f"{link}...") if view.links and fits(text, tap(lang, link + "x" * view.link_tail)) else text


def decide_alert(ask: Alert, view: AlertView, now: datetime) -> Outcome:
    """Nothing goes out: the organizer is shown the exact text, whom it reaches, and its price at worst."""
    person, group = view.me.person, view.group
    if group is None:
        return refused(person, "no_such_group", keyword=ask.keyword)
    if person.id not in group.organizers:
        return refused(person, "not_organizer_of", keyword=group.keyword)
    words, lines = split_tasks(ask.words.strip())
    if not words:
        return refused(person, "use_alert")
    if len(words) > LONGEST_WORDS:
        return refused(person, "alert_too_long", most=LONGEST_WORDS, length=len(words))
    if len(lines) > MOST_TASKS:
        return refused(person, "alert_too_many_tasks", most=MOST_TASKS, length=len(lines))
    if long := next((line for line in lines if len(line) > LONGEST_TASK), None):
        return refused(person, "alert_task_too_long", most=LONGEST_TASK, length=len(long), task=long[:30])
    return drafted(words, lines, view, group, now)


def drafted(
    words: str,
    lines: tuple[str, ...],
    view: AlertView,
    group: Group,
    now: datetime,
    again: Action | None = None,
    crew: int = 0,
) -> Outcome:
    """The draft, saved, and the reply that shows it."""
    person = view.me.person

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
        zip=zip_in(words) or person.zip,
        is_public=group.is_public,
        is_emergency=group.is_emergency,
        confirm=view.confirm,
        recipients=view.reach.recipients,
        drafted_at=now,
        tasks=len(lines),
        task_lines=lines,
        again_of=again.code if again else "",
    )
    tasks = tuple(
        task_again(again, action, number, line) if again else new_task(action, number, line, now)
        for number, line in enumerate(lines, start=1)
    )
    if again:
        action = replace(action, task_lines=tuple(map(as_line, tasks)))
    segments = max(measure(alert_text(action, lang)).count for lang in LANGUAGES)
    action = replace(action, first_wave=crew or first_wave(action, view, now, segments))
    cents = ceil(view.reach.recipients * segments * view.segment_price)
    shown = answer(
        person,
        "draft",
        code=action.code,
        text=with_tap(alert_text(action, person.lang), action, view, person.lang),
        people=view.reach.recipients,
        segments=segments,
        takes=takes(view.reach.recipients * segments / view.a_second),
        dollars=in_dollars(cents),
        read=read_back(action, person.lang),
        plan=tasks_read(tasks, person.lang) + planned(action, view, segments, person.lang),
        confirm=f"{view.confirm:02}",
    )
    return Outcome(
        saves=(action, *tasks, replace(group, next_number=group.next_number + 1), replace(person, draft=action.code)),
        effects=(shown, Later(DraftEnds(action.code), now + DRAFT_LASTS, "draft")),
        code=action.code,
    )


def task_again(before: Action, action: Action, number: int, line: str) -> Task:
    """A task of a repeated action, as long before its start as it was then."""
    task = new_task(before, number, line, before.opened_at or before.ends_at)
    return replace(moved_along(task, before, action), code=action.code)


def first_wave(action: Action, view: AlertView, now: datetime, segments: int) -> int:
    """How many would be asked at first: everybody who can be now, if it is open-ended."""
    if action.need is None:
        return view.reach.now
    plan_from = WaveView(
        need=action.need,
        taken=0,
        wave=0,
        opened_at=now.astimezone(ZoneInfo(action.zone)),
        deadline=deadline(action, now),
        candidates=view.reach.candidates,
        asked=(),
        past=view.reach.past,
        seats_a_second=view.a_second / segments,
    )
    return first_wave_size(plan_from, now)


def takes(seconds: float) -> str:
    """How long, in a unit that both languages write alike."""
    if seconds < 60:
        return f"{ceil(seconds)} s"
    return f"{ceil(seconds / 60)} min" if seconds < 3 * 3600 else f"{ceil(seconds / 3600)} h"


def tasks_read(tasks: tuple[Task, ...], lang: str) -> str:
    """The tasks as they were read, said back: they are not in the alert, but whoever is in can list them."""
    if not tasks:
        return ""
    listed = "; ".join(f"{one.number} {as_line(one)}" for one in tasks)
    return render(lang, say("plan_tasks", listed=listed)) + "\n"


def planned(action: Action, view: AlertView, segments: int, lang: str) -> str:
    """Who does not get it at once: later waves, quiet hours, those whom nothing reaches; and today's limit."""
    reach, zone = view.reach, ZoneInfo(action.zone)
    lines = []
    if action.again_of and action.first_wave:
        lines.append(say("plan_again", code=action.again_of, people=action.first_wave, confirm=f"{view.confirm:02}"))
    elif action.first_wave < reach.now:
        lines.append(say("plan_waves", first=action.first_wave, confirm=f"{view.confirm:02}"))
    for opens, people in reach.held[:MOST_HELD_SHOWN]:
        lines.append(say("plan_held", people=people, when=opens.astimezone(zone)))
    if more := sum(people for _, people in reach.held[MOST_HELD_SHOWN:]):
        lines.append(say("plan_held_later", people=more))
    if reach.stopped or reach.bad_numbers:
        lines.append(say("plan_unreached", stopped=reach.stopped, bad=reach.bad_numbers))
    if reach.recipients * segments > view.left_today:
        lines.append(say("plan_limit", left=view.left_today // segments))
    return "".join(f"{render(lang, line)}\n" for line in lines)


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

    action = replace(move(draft, Event.GO), opened_at=now, confirm=None, is_all=ask.is_all or draft.need is None)
    action = replace(action, has_webhook=view.group.has_webhook)
    lately = tuple(at for at in view.group.alerted if now - at < ALERTS_REMEMBERED)
    group = replace(view.group, live=(*view.group.live, action.code), alerted=(*lately, now))
    is_again = bool(draft.again_of) and not ask.is_all
    is_in_waves = (not action.is_all or is_again) and action.first_wave < draft.recipients
    effects: list[Effect] = [
        answer(person, "sent_waves", code=action.code, first=action.first_wave, people=draft.recipients)
        if is_in_waves
        else answer(person, "sent", code=action.code, people=draft.recipients),
        asks_members(action, alert_say(action)) if action.is_all and not is_again else wave_due(action, now),
        *timers(action, view.reminders, now),
    ]
    effects += [due for task in view.tasks for due in task_due(task, now)]
    raised = replace(person, draft=None, leads=(*person.leads[-7:], action.code))
    return Outcome(
        saves=(action, Spent(action.code), group, raised, *listings(action, now)),
        effects=tuple(effects),
        code=action.code,
    )


def listings(action: Action, now: datetime) -> tuple[Listed, ...]:
    """Where it can be found from now on."""
    tags = (Listed(action.code, now, tag=tag) for tag in action.tags)
    return (Listed(action.code, now), Listed(action.code, now, keyword=action.keyword), *tags)


def decide_again(ask: Again, view: AgainView, now: datetime) -> Outcome:
    """The same action anew, as a draft: the organizer's words and tasks at another time, its last crew asked first."""
    person, group, before = view.alert.me.person, view.alert.group, view.before
    if before is None or group is None:
        return refused(person, "no_such_action", code=ask.code) if ask.code else refused(person, "use_again")
    if person.id not in group.organizers:
        return refused(person, "not_organizer_of", keyword=group.keyword)
    if before.opened_at is None or (before.starts_at is not None and not ask.words.strip()):
        return refused(person, "use_again")
    words, local = before.words, now.astimezone(ZoneInfo(group.zone))
    if ask.words.strip():
        reading = read_time(fold(ask.words), local)
        if reading is None:
            return refused(person, "use_again")
        words = with_time(words, ask.words, reading.at, local)
    return drafted(words, before.task_lines, view.alert, group, now, again=before, crew=view.crew)


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
