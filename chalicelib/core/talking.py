"""What people write in their own words: to the organizers and back, to the crew, to one of it; none of it lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from chalicelib.core.choosing import ActionView, Choice, choose, is_led
from chalicelib.core.commands import AutoReply, Command, Late, Speak, Tell, Unclear, Words
from chalicelib.core.crew import (
    LONGEST_NAME_SAID,
    CrewView,
    Found,
    choose_crew,
    is_coming,
    is_in,
    is_unreachable,
    noted_name,
    whom,
)
from chalicelib.core.kept import Word
from chalicelib.core.lifecycle import HAS_CREW, LIVE, TAKES_REPORTS
from chalicelib.core.model import Action, Answer, State, Talk
from chalicelib.core.names import called
from chalicelib.core.outcome import Audience, Effect, Fill, Outcome, Round, Say, Text, answer, in_dollars, refused, say
from chalicelib.core.pace import A_WHILE, goes_out_at, is_repeated, with_spoken
from chalicelib.grammar.naming import addressed
from chalicelib.grammar.segments import ALONE, Segments, measure
from chalicelib.languages import LANGUAGES, render

IN_A_CREW = frozenset({Answer.IN, Answer.WAITING, Answer.MAYBE})
TO_ORGANIZERS = frozenset({"from_crew", "note_from_crew"})
LONGEST_PART = 1_500  # characters: carriers take 1,600 at once (Twilio 21617), with the name that comes before
LONGEST_TOLD = 300  # characters to one of the crew
LONGEST_ANSWER = 600  # of an organizer's to one
FIRST_HOUR, LAST_HOUR = 8, 21  # of the group's day; each who hears it has their own (core/hours.py)
SOON = timedelta(hours=2)  # before its start a crew is up


def is_involved(choice: Choice) -> bool:
    return choice.pledge is not None and choice.pledge.answer in IN_A_CREW


# --- to the organizers ----------------------------------------------------------------------------------


def to_organizer(action: Action, name: str, words: str) -> Text:
    """Somebody's words beside an answer, to the organizer who raised the action; delivery knows who stands in."""
    return Text(action.raised_by, say("note_from_crew", code=action.code, name=name, words=words), code=action.code)


def to_organizers(choice: Choice, view: ActionView, words: str) -> tuple[Text, ...]:
    """Somebody's own words, to every organizer of the group who can be texted: whoever can, answers."""
    code = choice.action.code
    name = called(view.me.person, choice.pledge, view.handles.get(code))
    parts = [words[at : at + LONGEST_PART] for at in range(0, len(words), LONGEST_PART)]
    return tuple(
        Text(one, say("from_crew", code=code, name=name, words=part), code=code)
        for one in view.hearers.get(code, ())
        for part in parts
        if one != view.me.person.id
    )


def with_words(outcome: Outcome, ask: Command, person: str, now: datetime) -> Outcome:
    """With what it tells organizers in somebody's own words, kept for them to answer: once, and whole."""
    if isinstance(ask, Late) and not ask.note:
        return outcome
    texts = [one for one in outcome.effects if isinstance(one, Text) and one.say.key in TO_ORGANIZERS]
    first = [one for one in texts if one.to == texts[0].to]
    if not first:
        return outcome
    text = "".join(str(one.say.fills["words"]) for one in first)
    word = Word(first[0].code, person, now, str(first[0].say.fills["name"]), text)
    return replace(outcome, saves=(*outcome.saves, word))


def decide_words(ask: Words, view: ActionView, now: datetime) -> Outcome:
    """To the organizers of the crew that the person is in, and says so; otherwise a hint of what would work now."""
    person = view.me.person
    crews = [choice for choice in view.choices if is_involved(choice) and choice.action.state in HAS_CREW]
    live = [choice for choice in crews if choice.action.state in LIVE]
    if not crews and not view.named:
        return hint(view)
    choice = choose(ask, view, now, fits=lambda one: one in (live or crews), states=HAS_CREW)
    if isinstance(choice, Outcome):
        return choice
    action = choice.action
    if not ask.text.strip():
        return refused(person, "hint_crew", code=action.code)
    if action.raised_by == person.id:
        return refused(person, "hint_organizer", code=action.code)
    told = to_organizers(choice, view, ask.text)
    if not told:
        return refused(person, "nobody_hears", code=action.code)
    return Outcome(
        saves=noted_name(view.handles.get(action.code)),
        effects=(*told, answer(person, "passed_on", code=action.code)),
        code=action.code,
    )


def hint(view: ActionView) -> Outcome:
    """What would work now, to somebody who is in no crew."""
    person = view.me.person
    live = [choice for choice in view.choices if choice.action.state in LIVE]
    leading = [choice for choice in live if choice.action.raised_by == person.id]
    if leading:
        return refused(person, "hint_organizer", code=leading[0].action.code)
    if live:
        return refused(person, "hint_asked", code=live[0].action.code)
    return refused(person, "hint_member" if person.groups else "hint_stranger")


def decide_auto_reply(ask: AutoReply, view: ActionView, now: datetime) -> Outcome:
    """What a phone answers by itself is not passed on, and not answered: two machines would go on for ever.

    Where a person may have written the same it is their phone's only if we have just texted it.
    """
    if ask.is_sure or view.me.is_texted_lately:
        return Outcome()
    return decide_words(Words(ask.text), view, now)


def decide_unclear(ask: Unclear, view: ActionView, now: datetime) -> Outcome:
    """A command that lacks something: how it is used."""
    return refused(view.me.person, f"use_{ask.command}")


def instead(choice: Choice, view: ActionView, words: str, key: str, /, **fills: Fill) -> Outcome:
    """Not to the crew, and why; so that it is not lost it goes to the organizers, if they can be texted."""
    person, code = view.me.person, choice.action.code
    told = () if is_led(view, choice) else to_organizers(choice, view, words)
    tail = went_instead(person.lang) if told else ""
    return Outcome(
        saves=noted_name(view.handles.get(code)) if told else (),
        effects=(*told, answer(person, key, code=code, tail=tail, **fills)),
        code=code,
    )


def went_instead(lang: str) -> str:
    return render(lang, say("went_instead"))


# --- to the crew ----------------------------------------------------------------------------------------


def said_by(name: str, code: str, words: str) -> Say:
    return say("said", name=name, code=code, said=" ".join(words.split()))


def decide_speak(ask: Speak, view: CrewView, now: datetime) -> Outcome:
    """SAY: to everybody in the crew who has not muted it, in one segment, at a pace that people can bear."""
    choice = choose_speaking(ask, view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    if not is_coming(choice) and not is_led(view, choice):
        return instead(choice, view, ask.text, "speak_not_in")
    if action.state not in TAKES_REPORTS:
        return instead(choice, view, ask.text, "speak_over")
    talk = view.talk(action.code)
    if person.id in talk.silenced:
        return instead(choice, view, ask.text, "speak_silenced")
    what = said_by(called(person, choice.pledge, view.handles.get(action.code)), action.code, ask.text)
    size = longest(what)
    if size.count > 1:
        room = ALONE[size.encoding] - longest(said_by(str(what.fills["name"]), action.code, "")).units
        return instead(choice, view, ask.text, "speak_too_long", length=len(ask.text), most=room)
    hearers = action.tally.coming - (choice.pledge.seats if choice.pledge and is_coming(choice) else 0)
    if hearers <= 0:
        return instead(choice, view, ask.text, "speak_alone")
    if is_repeated(talk, person.id, ask.text, now):
        return refused(person, "speak_again", code=action.code)
    at = now if is_led(view, choice) else goes_out_at(talk, person.id, ask.text, now)
    if at is None:
        return refused(person, "speak_later", code=action.code, minutes=int(A_WHILE.total_seconds() / 60))
    spoken, told = cost_told(with_spoken(talk, person.id, ask.text, at, now), action, hearers, view)
    crew_hears = Round(action.code, Audience.TALK, what, but=person.id, due=at, may_wait=may_wait(action, now))
    reply = said_back(view, action, at, now)
    return Outcome(
        saves=(spoken, *noted_name(view.handles.get(action.code))),
        effects=(reply, crew_hears, *told),
        code=action.code,
    )


def longest(what: Say) -> Segments:
    """In whichever language it takes most: the crew may speak several."""
    return max((measure(render(lang, what)) for lang in LANGUAGES), key=lambda size: (size.count, size.units))


def choose_speaking(ask: Speak | Tell, view: CrewView, now: datetime) -> Choice | Outcome:
    """As choose_crew; of somebody who is in no crew but in line, or undecided, the words at least reach organizers."""
    mine = [one for one in view.choices if is_coming(one) or is_led(view, one)]
    if mine or view.named:
        choice = choose_crew(ask, view, now)
    else:
        choice = choose(ask, view, now, fits=is_involved, none="not_in_any", states=HAS_CREW)
    if isinstance(choice, Outcome):
        return choice
    if choice.action.state not in HAS_CREW:
        return refused(view.me.person, "over", code=choice.action.code)
    if not is_led(view, choice) and not is_involved(choice):
        return refused(view.me.person, "not_in", code=choice.action.code)
    return choice


def said_back(view: CrewView, action: Action, at: datetime, now: datetime) -> Text:
    """That it is said; or that it goes out later, because much is said just now, or because it is night."""
    person, code = view.me.person, action.code
    if at > now:
        minutes = max(1, ceil((at - now).total_seconds() / 60))
        return answer(person, "spoken_later", code=code, minutes=minutes)
    hour = now.astimezone(ZoneInfo(action.zone)).hour
    is_night = not FIRST_HOUR <= hour < LAST_HOUR
    return answer(person, "spoken_asleep" if may_wait(action, now) and is_night else "spoken", code=code)


def may_wait(action: Action, now: datetime) -> bool:
    """Whether a crew's talk waits for the hours of each who hears it: not while they are at it, nor in emergencies."""
    is_soon = action.starts_at is None or action.starts_at - now < SOON
    return not (action.is_emergency or action.state is State.UNDER_WAY or is_soon)


def cost_told(talk: Talk, action: Action, hearers: int, view: CrewView) -> tuple[Talk, tuple[Effect, ...]]:
    """When a big crew begins to talk, its organizer is told once what each SAY costs."""
    if talk.is_cost_told or hearers < view.big_crew:
        return talk, ()
    cents = ceil((hearers + 1) * view.price)
    told = say("talk_costs", code=action.code, people=hearers, dollars=in_dollars(cents))
    return replace(talk, is_cost_told=True), (Text(action.raised_by, told, code=action.code),)


# --- to one of the crew -----------------------------------------------------------------------------------


def decide_tell(ask: Tell, view: CrewView, now: datetime) -> Outcome:
    """@sam: to one, through us. An organizer's answer is shown to the others, so that nobody answers twice."""
    known = [one for one in view.choices if view.found.get(one.action.code)]
    choice = choose_speaking(ask, replace(view, choices=tuple(known)) if known and not view.named else view, now)
    if isinstance(choice, Outcome):
        return choice
    person, action = view.me.person, choice.action
    found = whom(view, choice, view.said_name)
    if isinstance(found, Outcome):
        if view.found.get(action.code):
            return found
        if any(key in view.hearer_names for key, _ in addressed(ask.words)):
            return decide_words(Words(f"@{ask.words}", ask.code), view, now)
        return instead(choice, view, f"@{ask.words}", "no_such_name", name=view.said_name[:LONGEST_NAME_SAID])
    if found.person.id == person.id:
        return refused(person, "tell_yourself", code=action.code)
    if not found.rest:
        return refused(person, "use_tell")
    if is_unreachable(found, action):
        return refused(person, "tell_stopped", code=action.code, name=found.shown)
    if is_led(view, choice):
        return answered(choice, view, found, now)
    return told_one(ask, choice, view, found, now)


def answered(choice: Choice, view: CrewView, found: Found, now: datetime) -> Outcome:
    """By an organizer, to anybody who has answered the action: what they had asked is answered by this."""
    person, code = view.me.person, choice.action.code
    name = called(person, choice.pledge, view.handles.get(code))
    if len(found.rest) > LONGEST_ANSWER:
        return refused(person, "tell_too_long", code=code, length=len(found.rest), most=LONGEST_ANSWER)
    others = choice.group.organizers if choice.group else ()
    shown = say("answered", name=name, other=found.shown, code=code, words=found.rest)
    asked = [one for one in view.words.get(code, ()) if one.person == found.person.id and one.answered_at is None]
    return Outcome(
        saves=tuple(replace(one, answered_at=now, answered_by=person.id) for one in asked),
        effects=(
            Text(found.person.id, say("from_organizer", name=name, code=code, words=found.rest), code=code),
            answer(person, "told", code=code, name=found.shown),
            *(Text(one, shown, code=code) for one in others if one not in {person.id, found.person.id}),
        ),
        code=code,
    )


def told_one(ask: Tell, choice: Choice, view: CrewView, found: Found, now: datetime) -> Outcome:
    """From one of the crew to another, within the speaker's pace and the hearer's hours."""
    person, code = view.me.person, choice.action.code
    if choice.action.state not in TAKES_REPORTS:
        return instead(choice, view, f"@{ask.words}", "speak_over")
    talk = view.talk(code)
    if not is_in(found.pledge) or not is_coming(choice):
        key = "speak_not_in" if not is_coming(choice) else "tell_not_in"
        return instead(choice, view, f"@{ask.words}", key, **({"name": found.shown} if is_coming(choice) else {}))
    if person.id in talk.silenced:
        return instead(choice, view, f"@{ask.words}", "speak_silenced")
    if found.pledge.is_muted:
        return refused(person, "tell_muted", code=code, name=found.shown)
    if len(found.rest) > LONGEST_TOLD:
        return refused(person, "tell_too_long", code=code, length=len(found.rest), most=LONGEST_TOLD)
    at = goes_out_at(talk, person.id, found.rest, now)
    if at is None:
        return refused(person, "speak_later", code=code, minutes=int(A_WHILE.total_seconds() / 60))
    if may_wait(choice.action, now):
        at = max(at, view.opens.get(code, at))
    name = called(person, choice.pledge, view.handles.get(code))
    to = Text(found.person.id, say("to_you", name=name, code=code, words=found.rest), code=code, due=at)
    if at > now:
        when = at.astimezone(ZoneInfo(choice.action.zone))
        reply = answer(person, "told_later", code=code, name=found.shown, when=when)
    else:
        reply = answer(person, "told", code=code, name=found.shown)
    return Outcome(
        saves=(
            with_spoken(talk, person.id, f"@{found.person.id} {found.rest}", at, now),
            *noted_name(view.handles.get(code)),
        ),
        effects=(to, reply),
        code=code,
    )
