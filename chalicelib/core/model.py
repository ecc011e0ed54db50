"""The things Giddyup knows: people, groups, actions and what people said to them, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MOST_SEATS = 20  # that one person may pledge


class State(StrEnum):
    """Where an action is in its life; core/lifecycle.py says which state may follow which."""

    DRAFT = "draft"
    OPEN = "open"
    FILLED = "filled"
    UNDER_WAY = "under_way"
    DONE = "done"
    CALLED_OFF = "called_off"
    EXPIRED = "expired"
    DISSOLVED = "dissolved"


class Answer(StrEnum):
    """What a person last said to an action. WAITING is an IN that came when the crew was full."""

    IN = "in"
    WAITING = "waiting"
    MAYBE = "maybe"
    OUT = "out"


class Channel(StrEnum):
    """The door that something came through."""

    TEXT = "text"
    WEB = "web"
    API = "api"
    DASHBOARD = "dashboard"
    IMPORT = "import"  # a list that an organizer brought: a proof, never enough by itself
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Consent:
    """One moment at which a person gave or took back consent to be texted, in their own words."""

    at: datetime
    words: str
    channel: Channel
    is_given: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What we asked back: the command that waits (as plain data) and the codes that may answer it."""

    command: dict[str, object]
    codes: tuple[str, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """What we listed last to somebody who may text NEXT: an action's tasks, up to number `after`."""

    code: str
    after: int
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """What a number that somebody typed on a page waits for: a YES by text, which brings the command about.

    `browser` is the mark of the browser in which it was typed: it is remembered once YES has come; none, where it was
    typed in several. `proof` is what an organizer's list told of an earlier consent, if the number was on one, and
    `name` whom it named. Without a `command` NO has come: nothing waits, and the rest is forgotten in its time.
    """

    command: dict[str, object]
    asked_at: datetime
    browser: str = ""
    proof: Consent | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone number. `id` is the keyed hash of `phone`, which is kept nowhere else.

    `place` is where they may be (core/hours.py), as their number tells or their ZIP; `zone`, if they gave one, wins.
    `bad_at`: since then no text can reach the number, as the carrier says, until it texts us. `browsers` are the marks
    of those that this person has confirmed; `shows_name`: they agreed that pages show their first name. `organizes` are
    the groups that they are an organizer of, as those groups say too; `sessions` the marks of the browsers in which
    they are signed in to the dashboard: none, once they organize nothing.
    """

    id: str
    phone: str
    lang: str = "en"
    name: str = ""
    zip: str = ""
    quiet: tuple[int, int] | None = None
    consents: tuple[Consent, ...] = ()
    stopped_at: datetime | None = None
    groups: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    draft: str | None = None
    question: Question | None = None
    listing: Listing | None = None
    place: str = ""
    zone: str = ""
    bad_at: datetime | None = None
    unconfirmed: Unconfirmed | None = None
    browsers: tuple[str, ...] = ()
    shows_name: bool = False
    organizes: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    version: int | None = None

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None

    @property
    def is_typed(self) -> bool:
        """All that we know is that somebody typed this number on a page: it is forgotten, if no YES comes.

        In a day; in two weeks where an organizer's list had it.
        """
        return self.unconfirmed is not None and not self.consents and not self.groups


@dataclass(frozen=True, slots=True)
class Wanted:
    """That a person has to do with an action: they were asked for it (at `asked_at`), or came to it by themselves.

    Who waits for the morning to be asked, or was not to be asked after all, has no `asked_at` either.
    """

    person: str
    code: str
    opened_at: datetime
    until: datetime
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A text that has left for somebody: what it said, by its key, and when."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Me:
    """Who is speaking, and what about: all that one query of their partition tells.

    `told`: what has left for them since something waits for their YES, where they may be answering that.
    """

    person: Person
    wanted: tuple[Wanted, ...] = ()
    answers_lately: int = 0
    is_texted_lately: bool = False  # by us, just now: what they write may be their phone's own answer
    told: tuple[Told, ...] = ()

    @property
    def is_new(self) -> bool:
        """Has never texted us."""
        return self.person.version is None or self.person.is_typed


@dataclass(frozen=True, slots=True)
class Group:
    """A keyword with members. `live` are the codes of its actions that may still be answered.

    `alerted` are the moments of its alerts of the last day or so; `tells_asked`: when an action has filled, those who
    were just asked and have not answered are told so too. `is_public`: shown on the home page and to whoever searches;
    otherwise only to whoever has a link. `has_webhook`: a program of the group's is told what happens.

    What its organizers have set, within what the law and the installation allow: `welcome` stands in the reply to who
    joins; `hours` [start, end) of the reader's day are those of its alerts; a person gets `texts_a_day` of them;
    `daily_cents` that its texts may cost; `langs` that it speaks and `countries` whose numbers it texts (none: all).
    `ended_at`: it was deleted then, and its keyword is nobody's.
    """

    keyword: str
    name: str
    zone: str
    organizers: tuple[str, ...]
    is_emergency: bool = False
    next_number: int = 1
    live: tuple[str, ...] = ()
    alerted: tuple[datetime, ...] = ()
    tells_asked: bool = False
    is_public: bool = True
    has_webhook: bool = False
    welcome: str = ""
    hours: tuple[int, int] | None = None
    texts_a_day: int | None = None
    daily_cents: int | None = None
    langs: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    ended_at: datetime | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One person's membership of one group, with every consent given to it and taken back from it.

    `out` is why they are not asked though they are no stranger: `stopped`, `left` or `bad number`. `place` is the
    person's, written here too, so that whoever asks thousands need not read thousands of people.
    """

    keyword: str
    person: str
    consents: tuple[Consent, ...]
    out: str = ""
    place: str = ""
    version: int | None = None

    @property
    def is_consented(self) -> bool:
        return bool(self.consents) and self.consents[-1].is_given

    @property
    def is_in(self) -> bool:
        """Would get an alert."""
        return self.is_consented and not self.out


@dataclass(frozen=True, slots=True)
class Tally:
    """What an action's crew adds up to: seats taken, seats checked in, and amounts reported done, by unit."""

    coming: int = 0
    here: int = 0
    amounts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What stays of an action when its crew has dissolved, beside its need and its amounts: counts, and no person.

    `minutes_to_fill` is None if it never filled; `texts` and `segments` are all that went out about it.
    """

    came: int
    no_shows: int
    tasks: int
    tasks_done: int
    minutes_to_fill: int | None
    texts: int
    segments: int
    cents: int


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    `need` is how many people are wanted (None: open-ended). With a need, the `tally` is kept on the action's
    own row, so that a seat is taken by a condition; an open-ended action's is spread over its crew's partitions
    (and filled in here only where a decision needs it), so that a surge meets no hot row.
    `has_line` stays true once anybody has waited: it only says where to look.
    An action with a need is asked in waves: `wave` have gone out, to `asked` people in all; `is_all`: everybody is
    asked (GO 47 ALL, ALL, or an open-ended one). `first_wave` is how many the draft said would be asked first.
    It has had `tasks` tasks, of which the alert brought `task_lines`, in the organizer's words; `again_of` is the
    action that it repeats, whose crew is asked first. `no_shows` are seats of people who were in and did not come.
    `is_moved`: time or place are others than those that its first texts told. `zip` is where it is, or else where its
    organizer is. `is_public` as its group's, unless its organizer said otherwise. `ended_as` stays when it dissolves.
    `has_webhook` as its group: written here too, so that whoever answers reads no more for it.
    `answered` are people who have answered an action with a need by taking a seat (who answers otherwise is counted
    with the crew); `curve` is how its seats filled: (seconds since it opened, seats taken), thinned as it grows.
    """

    code: str
    keyword: str
    words: str
    raised_by: str
    zone: str
    state: State
    ends_at: datetime
    need: int | None = None
    place: str = ""
    starts_at: datetime | None = None
    tags: tuple[str, ...] = ()
    is_emergency: bool = False
    confirm: int | None = None
    recipients: int = 0
    wrong_tries: int = 0
    drafted_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    tally: Tally = Tally()
    has_line: bool = False
    is_filled_told: bool = False
    is_all: bool = False
    first_wave: int = 0
    wave: int = 0
    asked: int = 0
    tasks: int = 0
    task_lines: tuple[str, ...] = ()
    again_of: str = ""
    filled_at: datetime | None = None
    no_shows: int = 0
    is_moved: bool = False
    zip: str = ""
    is_public: bool = True
    ended_as: State | None = None
    record: Record | None = None
    has_webhook: bool = False
    answered: int = 0
    curve: tuple[tuple[int, int], ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """That an action can be found: among all that are open, or by its group's keyword, or by one of its tags."""

    code: str
    opened_at: datetime
    keyword: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A place in the line of a full action. The line is ordered by `since`, when the text reached us."""

    code: str
    person: str
    since: datetime
    seats: int


@dataclass(frozen=True, slots=True)
class Pledge:
    """One person's answer to one action, with what they said beside it.

    `name` is theirs alone in this crew (core/crew.py); `tasks` are the numbers of those that they have; `is_muted`: the
    crew's talk does not reach them; `is_gone`: they were here, and have left the group since: nothing does. `is_shown`:
    they agreed that pages show their first name. `asked_at` is when they were texted the alert, if they were; `channel`
    the door by which they answered first.
    """

    code: str
    person: str
    answer: Answer
    name: str = ""
    seats: int = 1
    note: str = ""
    arrives_at: datetime | None = None
    is_here: bool = False
    is_no_show: bool = False
    is_muted: bool = False
    is_gone: bool = False
    is_shown: bool = False
    tasks: tuple[int, ...] = ()
    amounts: dict[str, float] = field(default_factory=dict)
    since: datetime | None = None
    asked_at: datetime | None = None
    channel: Channel | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CrewName:
    """By which name somebody is known in one crew, and to nobody else: `key` as it is looked up, `shown` as written."""

    code: str
    key: str
    shown: str
    person: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Taker:
    """Who has a task, by the name that the crew knows, and whether they have finished it."""

    person: str
    name: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work inside an action, for `many` people; `is_done` when an organizer says so, or all of them have."""

    code: str
    number: int
    text: str
    many: int = 1
    at: datetime | None = None
    takers: tuple[Taker, ...] = ()
    is_done: bool = False
    version: int | None = None

    @property
    def free(self) -> int:
        return 0 if self.is_done else max(0, self.many - len(self.takers))


@dataclass(frozen=True, slots=True)
class Spoken:
    """That somebody said something to a crew, when it goes out, and a mark by which the same words are known."""

    person: str
    at: datetime
    mark: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Texts and segments about an action so far; of its alerts also how many were `delivered` and how many `failed`."""

    code: str
    texts: int = 0
    segments: int = 0
    alerts: int = 0
    delivered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A crew's talk of the last minutes; whom an organizer has silenced; which organizers do not want to hear it."""

    code: str
    spoken: tuple[Spoken, ...] = ()
    silenced: tuple[str, ...] = ()
    deaf: tuple[str, ...] = ()
    is_cost_told: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One entry in the ledger: who did what, when, by which door. No number, no text's body."""

    person: str
    cause: str
    kind: str
    at: datetime
    channel: Channel
    code: str = ""
    keyword: str = ""
    seats: int = 0
    amounts: dict[str, float] = field(default_factory=dict)
