"""What can be asked of Giddyup, as frozen values: one class for each thing that a person, or time, may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

# --- what anybody may text -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """Silence, in one of the carriers' words or in a plain sentence to the same end."""


@dataclass(frozen=True, slots=True)
class Start:
    """Consent again."""


@dataclass(frozen=True, slots=True)
class Help:
    """Who this is, what it costs, how to stop."""


@dataclass(frozen=True, slots=True)
class Join:
    """Join a group. A lone word that might be a group's keyword is `is_sure=False`, with the `words` as written."""

    keyword: str
    is_sure: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave one group; without a keyword, the only one that the person is in."""

    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class In:
    """A pledge. `party` counts the speaker too; `arrives` is a local clock time or a time from now.

    Whoever has a party already and texts IN again keeps it, unless the number `is_exact`, as a page's form says it.
    """

    code: str | None = None
    party: int = 1
    arrives: time | timedelta | None = None
    note: str = ""
    is_yes: bool = False  # the carriers' own YES, which on a long code is consent again
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Maybe:
    """Neither in nor out."""

    code: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Out:
    """Not, or not any more."""

    code: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """Arrived."""

    code: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Late:
    """In, but later than the start; `arrives` as for In, where it is said."""

    code: str | None = None
    arrives: time | timedelta | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: amounts by unit (grammar/units.py), the number of a task that is finished, or neither."""

    code: str | None = None
    amounts: Mapping[str, float] = field(default_factory=dict)
    task: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who is in, how many are wanted, when, where."""

    code: str | None = None


# --- the crew among itself -------------------------------------------------------------------------
# `name` is as written after the @: grammar/naming.py says whom it may mean.


@dataclass(frozen=True, slots=True)
class Speak:
    """SAY: to everybody in the crew."""

    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """To one of the crew, or to somebody who wrote to the organizers. `words` begin with the name: "ana on our way"."""

    words: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Mute:
    """No more of the crew's talk to me; or, by an organizer, no more talk from whoever has that `name`."""

    name: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unmute:
    """MUTE taken back."""

    name: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Tasks:
    """The action's tasks, from the first after number `after`."""

    code: str | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class NextPage:
    """The rest of what was just listed."""


@dataclass(frozen=True, slots=True)
class Add:
    """A new task, for `many` people; a time in its words is when it is to be done."""

    text: str
    many: int = 1
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """That task is mine."""

    number: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """That task is mine no more; by an organizer, nobody's or not that `name`'s."""

    number: int
    name: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AutoReply:
    """What a phone answers by itself. `is_sure` is false where a person may have written the same: "I'm driving"."""

    text: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class SetName:
    """The name that others see."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowName:
    """Whether pages may show my first name among those who come."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class SetZip:
    """Five digits that say roughly where a person is."""

    zip: str


@dataclass(frozen=True, slots=True)
class SetZone:
    """The zone a person lives in, by its name in the zone database, or their words in small letters if it is none."""

    zone: str
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class SetLang:
    """The language of our answers: `en`, `es`, or what they wrote when we do not speak it."""

    lang: str


@dataclass(frozen=True, slots=True)
class SetQuiet:
    """Hours of the person's day without alerts, [start, end); both None: none."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Me:
    """My name, groups and pledges."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The answer to "which one?": its place in our list, or a code; `words` as written, if it answers nothing."""

    number: int | None = None
    code: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Anything else: for the organizer, if the person is in a crew."""

    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """A command that lacks something: `command` is its name in WORDS, for the sentence that shows how it is used."""

    command: str
    text: str


# --- what organizers text --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewGroup:
    """Found a group."""

    keyword: str
    name: str
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Draft an action, in the organizer's own words (without ALERT and the keyword)."""

    keyword: str
    words: str


@dataclass(frozen=True, slots=True)
class Go:
    """Send the draft whose number this is: in waves, or with ALL to everybody at once."""

    number: int
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """Ask the next wave now."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class AskAll:
    """Ask everybody who was not asked yet."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class TellAsked:
    """When an action has filled: whether those who were just asked and have not answered are told so too."""

    is_on: bool
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class SetPublic:
    """Whether a group (`what` is its keyword) or one action (its code) is shown to all, or to whoever has its link."""

    is_on: bool
    what: str


@dataclass(frozen=True, slots=True)
class Update:
    """News for the crew."""

    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """It starts now."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """It is done; `note` goes out with the thanks."""

    code: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CallOff:
    """It will not happen; `note` goes out with the news."""

    code: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Give:
    """A task to somebody in the crew."""

    number: int
    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class NoShow:
    """Somebody who was in did not come."""

    name: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AllHere:
    """Everybody who was in came."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Another time, in the organizer's own words: "saturday 7pm"."""

    words: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class MoveTo:
    """AT: another place."""

    place: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Draft the same action anew, at the time that `words` say; its last crew is asked first."""

    words: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AddOrganizer:
    """Make a member an organizer too. `phone` is as written."""

    phone: str
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveOrganizer:
    """Somebody is an organizer no more, and stays a member. `phone` is as written; a page says who by their id."""

    phone: str = ""
    keyword: str | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class SetGroup:
    """One of a group's settings (core/grouping.py SETTINGS): `what` it is and its `value`, as written."""

    what: str
    value: str
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class SendAgain:
    """An alert once more, to those whom it did not reach though their number is good."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class HoldSending:
    """By an operator: nothing goes out but what STOP asks for, until they let it go on."""


@dataclass(frozen=True, slots=True)
class GoOnSending:
    """By an operator: what was held goes out."""


# --- what pages ask --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignUp:
    """A number was typed on a page: its owner is asked, and YES brings about what `waits`.

    `browser` is the mark of the browser, which is then known as theirs; `before` is the one that it had, if the number
    was typed there before.
    """

    waits: In | Join
    browser: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class ForgetBrowser:
    """The browser with this mark is to be a stranger's again."""

    browser: str


@dataclass(frozen=True, slots=True)
class AskCode:
    """A code to sign in with, or to confirm what cannot be undone, by text to an organizer's own phone."""

    code: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """The code as it was typed, and the mark of the browser that is to be signed in ("": only the code is asked)."""

    code: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class SignOut:
    """The browser with this mark is signed out; without one, all are."""

    session: str = ""


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """What is being written for an alert. `version` is that of the draft it was written upon."""

    id: str
    keyword: str
    fields: Mapping[str, str]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Not to be written any further."""

    id: str


@dataclass(frozen=True, slots=True)
class CheckPeople:
    """A list that was read: it is kept for a while, and nobody is asked yet."""

    keyword: str
    id: str
    name: str
    rows: int
    good: int
    reasons: Mapping[str, int] = field(default_factory=dict, hash=False)
    read_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BringPeople:
    """A list that was checked: each good row's number gets one text that asks for a YES."""

    keyword: str
    id: str


@dataclass(frozen=True, slots=True)
class DropPeople:
    """A list is let go: whoever was not asked yet is not."""

    keyword: str
    id: str


@dataclass(frozen=True, slots=True)
class ShowNumber:
    """A member's number, shown to an organizer: that it was is kept."""

    keyword: str
    person: str


@dataclass(frozen=True, slots=True)
class ExportPeople:
    """The people of a group as a file: that it was made is kept."""

    keyword: str


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """A group ends: nobody is in it any more, and nobody can join."""

    keyword: str


# --- what time says --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftEnds:
    """Fifteen minutes have passed without GO."""

    code: str


@dataclass(frozen=True, slots=True)
class StartTime:
    """The action's time has come."""

    code: str


@dataclass(frozen=True, slots=True)
class EndTime:
    """The action's end has passed."""

    code: str


@dataclass(frozen=True, slots=True)
class Remind:
    """So many minutes are left until the start that this was set for."""

    code: str
    minutes: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class TaskDue:
    """A task's time is near: the one that this was set for."""

    code: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TasksFree:
    """Somebody who had these tasks comes no more."""

    code: str
    who: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StillWanted:
    """An action has moved to later: whoever has answered is wanted until then; on another day nobody `is_here` yet."""

    code: str
    after: str
    is_another_day: bool = False


@dataclass(frozen=True, slots=True)
class RestHere:
    """ALL HERE, for those of the crew after this one."""

    code: str
    after: str


@dataclass(frozen=True, slots=True)
class NextWave:
    """Time to look whether more people are to be asked. `wave`: how many had gone out when this was set."""

    code: str
    wave: int = 0


@dataclass(frozen=True, slots=True)
class Learn:
    """An action has ended: what it taught about who answers is kept."""

    code: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """The carrier says that no text can reach this person's number; `error` is its code."""

    person: str
    error: int = 0


@dataclass(frozen=True, slots=True)
class Restore:
    """Somebody whom no text reached has texted us."""

    person: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What delivery has to tell people, once: `kind` is its sentence; whom it is about is a group, an action or all."""

    kind: str
    code: str = ""
    keyword: str = ""
    error: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeatsOpen:
    """Seats may be free while people wait in line."""

    code: str


@dataclass(frozen=True, slots=True)
class Release:
    """Somebody said STOP, or left a group: their seats in its live actions are free again."""

    person: str
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A day after its end: the crew's channel ends and its records go."""

    code: str


@dataclass(frozen=True, slots=True)
class Invite:
    """One row of a list that an organizer brought: its number is asked for a YES, which is what makes a member."""

    keyword: str
    proof_at: datetime
    proof_words: str
    name: str = ""
    zip: str = ""
    at: datetime | None = None  # when the sender has room for its text
    list_id: str = ""


@dataclass(frozen=True, slots=True)
class GroupEnds:
    """A group was deleted: its members after this one are let go."""

    keyword: str
    after: str = ""


ByText = (
    Stop | Start | Help | Join | Leave | In | Maybe | Out | Here | Late | Done | Who | SetName | SetZip | SetZone
    | SetLang | SetQuiet | Me | Pick | Words | Unclear | AutoReply | Speak | Tell | Mute | Unmute | Tasks | NextPage
    | Add | Take | Drop | NewGroup | Alert | Go | More | AskAll | TellAsked | Update | Begin | Close | CallOff
    | Give | NoShow | AllHere | Move | MoveTo | Again | AddOrganizer | ShowName | SetPublic | RemoveOrganizer | SetGroup
    | SendAgain | HoldSending | GoOnSending
)  # fmt: skip
ByPage = (
    SignUp | ForgetBrowser | AskCode | SignIn | SignOut | SaveDraft | DropDraft | CheckPeople | BringPeople
    | DropPeople | ShowNumber
    | ExportPeople | DeleteGroup | Invite
)  # fmt: skip
OfPerson = Release | Suspend | Restore
ByTime = (
    DraftEnds | NextWave | StartTime | EndTime | SeatsOpen | Learn | Dissolve | Notice | Remind | TaskDue | TasksFree
    | RestHere | StillWanted | OfPerson | GroupEnds
)  # fmt: skip
Command = ByText | ByPage | ByTime


@dataclass(frozen=True, slots=True)
class Ask:
    """What ALERT's words ask for, as grammar/asking.py reads them. `starts_at` is aware, in the group's zone."""

    need: int | None = None
    place: str = ""
    starts_at: datetime | None = None
    tags: tuple[str, ...] = ()
