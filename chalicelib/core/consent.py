"""Who may be texted, and when: STOP, START, HELP, and the gate that every command and every text passes.

STOP wins over everything: 47 CFR 64.1200(a)(10)-(12), and the carriers' own rules. One confirmation may follow it,
then silence until START.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.commands import Command, Help, In, Release, Restore, Start, Stop, Suspend
from chalicelib.core.hours import Place, local_zone, opens_at
from chalicelib.core.kept import Unreached
from chalicelib.core.model import Channel, Consent, Group, Me, Member, Person
from chalicelib.core.outcome import Later, Outcome, Text, answer, say

MOST_ANSWERS = 10  # to one number in a minute: carriers cut off at 30 in 30 s (Twilio 14107)
GUARDED_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The speaker, their memberships, the words they said, and what our texts must name."""

    me: Me
    words: str
    channel: Channel
    brand: str
    contact: str
    members: tuple[Member, ...] = ()
    is_told_by_carrier: bool = False


def heard(command: Command, person: Person, does_yes_start: bool) -> Command | None:
    """The command as it counts for this person: of someone who stopped, only START, and STOP again, are heard.

    On a long code the carrier takes YES as consent again (Twilio's default words), so it is START and no pledge.
    """
    if not person.is_stopped or isinstance(command, Start | Stop):
        return command
    if does_yes_start and isinstance(command, In) and command.is_yes:
        return Start()
    return None


def answers_left(me: Me) -> int:
    """How many more answers stay under the guard against auto-responders."""
    return MOST_ANSWERS - me.answers_lately


def why_not(
    person: Person | None,
    countries: tuple[str, ...],
    keyword: str = "",
    is_answer: bool = False,
    is_past_stop: bool = False,
) -> str:
    """Why this text may not go to this person, asked at the moment of sending; nothing if it may.

    `keyword`: of the group that the text is from, if only its members may get it. Whoever has just texted us can be
    answered, whatever the carrier said of their number before.
    """
    if person is None:
        return "nobody"
    if is_past_stop:
        return ""
    if person.is_stopped:
        return "stopped"
    if keyword and keyword not in person.groups:
        return "left"
    if person.bad_at and not is_answer:
        return "bad number"
    country = Place.parse(person.place).country
    return "country" if country and country not in countries else ""


def countries_of(group: Group | None, all_of_them: tuple[str, ...]) -> tuple[str, ...]:
    """Whose numbers a group's alerts go to: those that its organizers named, of the installation's."""
    named = group.countries if group else ()
    return tuple(one for one in all_of_them if one in named) if named else all_of_them


# --- numbers that no text reaches ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReachView:
    """A person whom texts do not reach, or do again, with their memberships."""

    person: Person | None
    members: tuple[Member, ...]


def decide_suspend(ask: Suspend, view: ReachView, now: datetime) -> Outcome:
    """The carrier says that no text can reach this number: it is asked no more.

    That is no STOP, and no OUT either: who has said IN may well come, and their seat is nobody else's.
    """
    if view.person is None or view.person.bad_at or view.person.is_stopped:
        return Outcome()
    person = view.person
    members = tuple(replace(member, out="bad number") for member in view.members if member.is_in)
    unreached = tuple(Unreached(keyword, person.id, now, ask.error) for keyword in person.groups)
    return Outcome(saves=(replace(person, bad_at=now), *members, *unreached))


def reached(person: Person, *keywords: str) -> tuple[Unreached, ...]:
    """What is to be removed of a person whom no text reached: all groups' note of it, or that of these."""
    return tuple(Unreached(keyword, person.id, person.bad_at) for keyword in keywords or person.groups if person.bad_at)


def decide_restore(ask: Restore, view: ReachView, now: datetime) -> Outcome:
    """The number has texted us: texts reach it again."""
    if view.person is None:
        return Outcome()
    members = tuple(replace(member, out="") for member in view.members if member.out == "bad number")
    person = (replace(view.person, bad_at=None),) if view.person.bad_at else ()
    return Outcome(saves=(*person, *members), removes=reached(view.person))


def consented(member: Member, consent: Consent, out: str = "") -> Member:
    return replace(member, consents=(*member.consents, consent), out=out)


def decide_stop(ask: Stop, view: ConsentView, now: datetime) -> Outcome:
    """Recorded first, for the number and for each of its groups, then confirmed once; again: silence."""
    person = view.me.person
    if person.is_stopped:
        return Outcome()
    taken_back = Consent(now, view.words, view.channel, is_given=False)
    consents = (*person.consents, taken_back)
    stopped = replace(person, stopped_at=now, consents=consents, question=None, unconfirmed=None, sessions=())
    members = tuple(consented(member, taken_back, out="stopped") for member in view.members if member.is_consented)
    confirmation = Text(person.id, say("stopped", brand=view.brand), is_past_stop=True)
    release = Later(Release(person.id), now, f"release#{now.isoformat()}")
    return Outcome(
        saves=(stopped, *members),
        removes=reached(person),
        effects=(release,) if view.is_told_by_carrier else (confirmation, release),
    )


def decide_start(ask: Start, view: ConsentView, now: datetime) -> Outcome:
    """Consent again, for the number and for the groups it was in when it stopped."""
    person = view.me.person
    given = Consent(now, view.words, view.channel, is_given=True)
    if not person.is_stopped:
        saves = () if person.consents else (replace(person, consents=(given,)),)
        return told_by_us(view, Outcome(saves, (answer(person, "started_already", brand=view.brand),)))
    back = replace(person, stopped_at=None, consents=(*person.consents, given))
    members = tuple(consented(member, given) for member in view.members if not member.is_consented)
    listed = ", ".join(person.groups)
    reply = (
        answer(person, "started", brand=view.brand, groups=listed)
        if listed
        else answer(person, "started_without_group", brand=view.brand)
    )
    return told_by_us(view, Outcome(saves=(back, *members), effects=(reply,)))


def decide_help(ask: Help, view: ConsentView, now: datetime) -> Outcome:
    """The wording that carriers ask for: brand, a contact, rates, STOP."""
    reply = answer(view.me.person, "help", brand=view.brand, contact=view.contact)
    return told_by_us(view, Outcome(effects=(reply,)))


def told_by_us(view: ConsentView, outcome: Outcome) -> Outcome:
    """With Advanced Opt-Out the carrier has answered already: record, and answer nothing."""
    return replace(outcome, effects=()) if view.is_told_by_carrier else outcome


def may_hear_at(
    person: Person,
    place: Place,
    now: datetime,
    zone: str,
    unknown: tuple[str, ...],
    hours: tuple[int, int] | None = None,
) -> datetime | None:
    """When this person's hours allow what may wait: the law's at their `place`, and their own. None: now.

    `zone` is the group's, for whom no place is known; `unknown` are the states that somebody without a place may be in.
    `hours` are those that the group's alerts keep to, on the same clock.
    """
    ends = opens_at(place, now, unknown, hours)
    if person.quiet:
        own = quiet_until(person, now.astimezone(ZoneInfo(local_zone(place, zone))))
        ends = max(ends, own) if ends and own else ends or own
    return ends


def quiet_until(person: Person, local_now: datetime) -> datetime | None:
    """The end of the person's own quiet hours, if `local_now` is in them: [start, end), over midnight too."""
    if person.quiet is None:
        return None
    start, end = person.quiet
    hour = local_now.hour
    is_quiet = start <= hour < end if start <= end else hour >= start or hour < end
    if not is_quiet:
        return None
    ends = local_now.replace(hour=end % 24, minute=0, second=0, microsecond=0)
    return ends if ends > local_now else ends + timedelta(days=1)
