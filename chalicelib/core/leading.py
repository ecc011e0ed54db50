"""An action while it runs: WHO, UPDATE, BEGIN; and what WHO tells an organizer of one that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.core.attending import listed
from chalicelib.core.choosing import ActionView, Choice, choose, is_led, nothing_open
from chalicelib.core.commands import Begin, ByText, Update, Who
from chalicelib.core.lifecycle import LIVE, Event, may, move
from chalicelib.core.model import Action, Person, Pledge, Record, State
from chalicelib.core.outcome import Audience, Outcome, Round, Text, answer, in_dollars, refused, say
from chalicelib.core.reminding import PLACE_SHOWN
from chalicelib.languages import render

LONGEST_NEWS = 600
MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class LeadView(ActionView):
    """An ActionView with how long after its end a crew dissolves, and the first of the crew where names are asked.

    `missing` are what those are called who have not said HERE, where it is to end.
    """

    dissolves_after: timedelta = timedelta(hours=24)
    crew: tuple[Pledge, ...] = ()
    missing: tuple[str, ...] = ()


def led(ask: ByText, view: LeadView, now: datetime) -> Choice | Outcome:
    """The action that this organizer means, or why there is none."""
    choice = choose(ask, view, now, fits=lambda one: is_led(view, one), none="not_an_organizer")
    if isinstance(choice, Outcome):
        return choice
    if not is_led(view, choice):
        return refused(view.me.person, "not_organizer_of", keyword=choice.action.keyword)
    return choice


# --- asking ----------------------------------------------------------------------------------------


def decide_who(ask: Who, view: LeadView, now: datetime) -> Outcome:
    """How many are in and wanted, when, where, the speaker's own part; to an organizer also what people said."""
    choice = choose(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.record is not None and is_led(view, choice):
        return Outcome(effects=(answer_record(person, action, action.record),), code=action.code)
    if action.state not in LIVE:
        return nothing_open(view, ended=action.code)
    fills: dict[str, str | int | datetime] = {"coming": action.tally.coming, "need": action.need or 0}
    key = "who" if action.need else "who_open"
    if action.starts_at:
        fills["when"] = action.starts_at
        key += "_when"
    if action.place:
        fills["place"] = action.place[:PLACE_SHOWN]
        key += "_place"
    replies = [answer(person, key, code=action.code, **fills)]
    if is_led(view, choice) and action.wave and not action.is_all and action.asked < action.recipients:
        replies.append(answer(person, "who_asked", code=action.code, asked=action.asked, people=action.recipients))
    if view.crew:
        described = describe if is_led(view, choice) else named
        names = [text for text in map(described, view.crew) if text]
        if names:
            listed = ", ".join(names)[:LONGEST_NEWS]
            more = len(view.crew) - len(names)
            if more:
                return Outcome(
                    effects=(*replies, answer(person, "who_names_more", code=action.code, names=listed, more=more)),
                    code=action.code,
                )
            replies.append(answer(person, "who_names", code=action.code, names=listed))
    return Outcome(effects=tuple(replies), code=action.code)


def answer_record(person: Person, action: Action, record: Record) -> Text:
    """What has stayed of it: wanted, came, done, how fast it filled, and what it cost."""
    parts = [say("record_wanted", need=action.need)] if action.need else []
    parts.append(say("record_came", came=record.came))
    if record.no_shows:
        parts.append(say("record_no_shows", people=record.no_shows))
    if action.tally.amounts:
        parts.append(say("record_done", done=listed(action.tally.amounts)))
    if record.tasks:
        parts.append(say("record_tasks", tasks=record.tasks, finished=record.tasks_done))
    if record.minutes_to_fill is not None:
        parts.append(say("record_filled", minutes=record.minutes_to_fill))
    read = ", ".join(render(person.lang, part) for part in parts)
    return answer(person, "record", code=action.code, read=read, texts=record.texts, dollars=in_dollars(record.cents))


def named(pledge: Pledge) -> str:
    """Others see who gave a name, and nothing else."""
    return pledge.name


def describe(pledge: Pledge) -> str:
    """What an organizer sees of a pledge: party, arrival, note."""
    parts = [pledge.name] if pledge.name else []
    if pledge.seats > 1:
        parts.append(f"+{pledge.seats - 1}")
    if pledge.arrives_at:
        parts.append(f"{pledge.arrives_at:%H:%M}")
    if pledge.is_here:
        parts.append("HERE")
    if pledge.note:
        parts.append(f'"{pledge.note}"')
    if parts and not pledge.name:
        parts.insert(0, "?")
    return " ".join(parts)


# --- steering --------------------------------------------------------------------------------------


def led_live(ask: ByText, view: LeadView, now: datetime) -> Choice | Outcome:
    """The same, if it has not ended."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome) or choice.action.state in LIVE:
        return choice
    return nothing_open(view, ended=choice.action.code)


def decide_update(ask: Update, view: LeadView, now: datetime) -> Outcome:
    """News for everyone who is in or in line."""
    choice = led_live(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if len(ask.text) > LONGEST_NEWS:
        return refused(person, "update_too_long", code=action.code, most=LONGEST_NEWS, length=len(ask.text))
    news = Round(action.code, Audience.CREW_AND_LINE, say("update", code=action.code, words=ask.text))
    return Outcome(effects=(answer(person, "update_sent", code=action.code), news), code=action.code)


def decide_begin(ask: Begin, view: LeadView, now: datetime) -> Outcome:
    """It starts now, whatever its time was."""
    choice = led(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if action.state is State.UNDER_WAY:
        return refused(person, "begun_already", code=action.code)
    if not may(action, Event.BEGIN):
        return nothing_open(view, ended=action.code)
    begun = move(action, Event.BEGIN)
    return Outcome(saves=(begun,), effects=(answer(person, "begun", code=action.code),), code=action.code)
