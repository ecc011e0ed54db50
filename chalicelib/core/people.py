"""A group's people as its organizers see them: how ready each is, which texts were this group's, and why they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.core.acts import keyword_of
from chalicelib.core.hours import Place
from chalicelib.core.model import Answer, Channel, Consent, Member, Person
from chalicelib.core.readiness import COMES, NOTHING, Past, learn, occasion

# --- what somebody is to the group --------------------------------------------------------------------


class Standing(StrEnum):
    """What somebody is to a group that they are, or were, a member of."""

    IN = "in"
    STOPPED = "stopped"
    LEFT = "left"
    UNREACHED = "unreached"


OUT = {"stopped": Standing.STOPPED, "bad number": Standing.UNREACHED}


def standing(is_in: bool, out: str) -> Standing:
    """Of a membership that says whether an alert would reach them, and why not."""
    return Standing.IN if is_in else OUT.get(out, Standing.LEFT)


# --- how ready somebody is ------------------------------------------------------------------------------


class Ready(StrEnum):
    """How likely somebody says IN when they are asked, in five steps."""

    NEW = "new"
    RARELY = "rarely"
    SOMETIMES = "sometimes"
    OFTEN = "often"
    NEARLY_ALWAYS = "nearly_always"


STEPS = ((0.55, Ready.NEARLY_ALWAYS), (0.3, Ready.OFTEN), (0.12, Ready.SOMETIMES))


@dataclass(frozen=True, slots=True)
class History:
    """How ready somebody is by what they have answered: to so many askings so many INs; and when they were last asked.

    `code` is of the action that they were last asked for.
    """

    ready: Ready = Ready.NEW
    askings: int = 0
    ins: int = 0
    code: str = ""
    asked_at: datetime | None = None


def histories(past: Sequence[Past], since: Mapping[str, datetime], now: datetime) -> dict[str, History]:
    """By short id, of these members (`since`: when each joined), as waves see them; `past` is oldest first.

    Where an action asked everybody, those who are not among these are left out of account: who of them stayed silent
    is not known here, and those who answered alone would make the group look readier than it is.
    """
    known = [only(one, since) for one in past]
    readiness = learn(known, since, occasion(now, None))
    found = {}
    for who, joined in since.items():
        asked = [one for one in known if was_asked(one, who, joined)]
        ins = sum(who in one.answers and one.answers[who].answer in COMES for one in known)
        rate = readiness.usual(readiness.records.get(who, NOTHING))
        last = asked[-1] if asked else None
        found[who] = History(
            step(rate) if asked or ins else Ready.NEW,
            len(asked),
            ins,
            last.code if last else "",
            last.opened_at if last else None,
        )
    return found


def only(past: Past, since: Mapping[str, datetime]) -> Past:
    if past.asked is not None:
        return past
    return replace(past, answers={who: one for who, one in past.answers.items() if who in since})


def was_asked(past: Past, who: str, joined: datetime) -> bool:
    return joined <= past.opened_at if past.asked is None else who in past.asked


def step(rate: float) -> Ready:
    return next((ready for least, ready in STEPS if rate >= least), Ready.RARELY)


# --- where somebody is ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody may be, as far as is known: `told_by` is zone, zip or number; states and zones of all that fit."""

    told_by: str
    zip: str = ""
    states: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    country: str = ""


def whereabouts(person: Person) -> Whereabouts:
    place = Place.parse(person.place)
    told_by = "zone" if person.zone else "zip" if person.zip else "number"
    return Whereabouts(told_by, person.zip, place.states, place.zones, place.country)


# --- texts, and why they came ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextKept:
    """One text to one person, as it is kept for 90 days: never its words.

    `say` is its sentence's key. `did` is the command that it answers, and `channel` the door of that. `is_alert`: it
    asked them for `code`. `why` and `error`: what held it back, or why the carrier did not bring it.
    """

    at: datetime
    say: str
    state: str
    code: str = ""
    keyword: str = ""
    is_alert: bool = False
    did: str = ""
    channel: Channel | None = None
    about: str = ""  # the group that the command was about which it answers
    why: str = ""
    error: int = 0
    segments: int = 0
    sent_at: datetime | None = None
    told_at: datetime | None = None
    sid: str = ""


def is_of(text: TextKept, keyword: str) -> bool:
    """Whether a text is this group's: by its own word or its action's, or as the answer to a command about the group.

    What answers HELP, STOP or NAME is no group's, and nobody's business but the reader's.
    """
    named = text.keyword or keyword_of(text.code) or text.about
    return named == keyword


class Kind(StrEnum):
    """What kind of text it was."""

    ALERT = "alert"
    ANSWER = "answer"
    NEWS = "news"
    REMINDER = "reminder"
    RESULT = "result"
    PLACE = "place"
    TALK = "talk"
    TASK = "task"
    CONFIRM = "confirm"
    LEADS = "leads"
    GROUP = "group"


# What is sent without being an answer: its kind, and why somebody gets it (a key of what pages say, people_why_...).
UNASKED: Mapping[str, tuple[Kind, str]] = {
    "update": (Kind.NEWS, "in_or_line"),
    **dict.fromkeys(("moved", "moved_to"), (Kind.NEWS, "had_answered")),
    **dict.fromkeys(("called_off", "called_off_note"), (Kind.NEWS, "had_answered")),
    "filled_maybe": (Kind.NEWS, "said_maybe"),
    "filled_asked": (Kind.NEWS, "asked_lately"),
    "closed_waiting": (Kind.RESULT, "in_line"),
    **dict.fromkeys(("thanks", "thanks_done", "thanks_note", "thanks_done_note"), (Kind.RESULT, "were_in")),
    **dict.fromkeys(("reminder", "reminder_place"), (Kind.REMINDER, "were_in")),
    "moved_up": (Kind.PLACE, "in_line"),
    "said": (Kind.TALK, "talk"),
    "to_you": (Kind.TALK, "written_to"),
    **dict.fromkeys(("from_organizer", "silenced", "heard_again"), (Kind.TALK, "organizer_wrote")),
    "name_taken": (Kind.TALK, "name_taken"),
    "tasks_free": (Kind.TASK, "were_in"),
    **dict.fromkeys(("task_given", "task_taken_away"), (Kind.TASK, "task_given")),
    "task_reminder": (Kind.TASK, "has_task"),
    **dict.fromkeys(("confirm_in", "confirm_join"), (Kind.CONFIRM, "number_typed")),
    "organizer_now": (Kind.GROUP, "made_organizer"),
}
CONFIRMS = "confirm_"  # what asks a number for a YES
LED = (Kind.LEADS, "organizes")  # whatever else is sent unasked: only organizers get it


def kind_of(text: TextKept) -> Kind:
    if text.is_alert:
        return Kind.ALERT
    return Kind.ANSWER if is_answer(text) else unasked(text)[0]


def is_answer(text: TextKept) -> bool:
    """To what its reader asked; what we ask of a number that they typed themselves is none."""
    return bool(text.did) and text.say not in UNASKED and not text.say.startswith(CONFIRMS)


def unasked(text: TextKept) -> tuple[Kind, str]:
    if text.say in UNASKED:
        return UNASKED[text.say]
    return (Kind.CONFIRM, "on_list") if text.say.startswith(CONFIRMS) else LED


@dataclass(frozen=True, slots=True)
class Asking:
    """How somebody came to be asked for an action: in its `wave` (the first is 1), or `is_all` with everybody else.

    Neither: a wave asked them, and which is not kept any more.
    """

    wave: int = 0
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Because:
    """One reason, by its key among what pages say, and its fills."""

    key: str
    fills: Mapping[str, str | int | datetime] = field(default_factory=dict)


def because(text: TextKept, member: Member, asking: Asking | None) -> tuple[Because, ...]:
    """Why this text was sent to this member, in the order in which one would tell it."""
    if text.is_alert:
        return (*consent_then(member, text.at), *how_asked(text, asking))
    if is_answer(text):
        return (Because("answers", {"did": text.did, "door": text.channel or Channel.TEXT}),)
    return (Because(unasked(text)[1], {"code": text.code}),)


def consent_then(member: Member, at: datetime) -> tuple[Because, ...]:
    """The consent that a text rests on: the last one given before it."""
    given = [one for one in member.consents if one.at <= at and one.channel is not Channel.IMPORT]
    last = given[-1] if given else None
    if last is None or not last.is_given:
        return (Because("no_consent"),)
    return (Because("member", {"since": last.at, "words": last.words, "door": last.channel}),)


def how_asked(text: TextKept, asking: Asking | None) -> tuple[Because, ...]:
    urgent = (Because("emergency"),) if text.why == "emergency" else ()
    if asking is None:
        return urgent
    if asking.is_all:
        return (Because("asked_all"), *urgent)
    return (Because("asked_wave", {"wave": asking.wave}) if asking.wave else Because("asked_some"), *urgent)


# --- actions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody had to do with one action of the group.

    `is_asked`: a text asked them; otherwise they came to it by themselves. `is_here` None: nobody knows any more.
    """

    code: str
    opened_at: datetime
    words: str = ""
    is_asked: bool = False
    answer: Answer | None = None
    answered_at: datetime | None = None
    seats: int = 0
    is_here: bool | None = None
    is_no_show: bool = False


# --- consent -----------------------------------------------------------------------------------------------

JOINED = ("joined", "founded", "started")  # the sentences that begin so carry what carriers ask for


@dataclass(frozen=True, slots=True)
class ConsentKept:
    """One consent that was given or taken back, and the text that answered it, if that is still kept.

    `is_proof`: what an organizer's list told of an earlier one, which is never enough by itself.
    """

    consent: Consent
    answered: TextKept | None = None

    @property
    def is_proof(self) -> bool:
        return self.consent.channel is Channel.IMPORT


def consents_kept(member: Member, texts: Iterable[TextKept]) -> tuple[ConsentKept, ...]:
    """In the order in which they came: what answers a command has its moment."""
    replies = {text.at: text for text in texts if text.say.startswith((*JOINED, "left", "stopped"))}
    return tuple(ConsentKept(one, replies.get(one.at)) for one in member.consents)
