"""What a decision is remembered by: acts of organizers and of time, and how a group has grown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.core import commands as ask_for
from chalicelib.core.choosing import Choice
from chalicelib.core.kept import Act, Grown, PeopleList
from chalicelib.core.model import Action, Channel, Group, Member, Person, Pledge, State, Talk, Task
from chalicelib.core.outcome import Audience, Later, Outcome, Round, Text
from chalicelib.core.received import Received

LONGEST_NOTE = 120
FILLED, OPENED_AGAIN = "Filled", "OpenedAgain"
ON, OFF, WAVES = "on", "off", "waves"  # notes that say which of its sentences tells of an act
FACTS = {(State.OPEN, State.FILLED): FILLED, (State.FILLED, State.OPEN): OPENED_AGAIN}
NUMBER = re.compile(r"\+?\(?\d(?:[\s().-]{0,3}\d){6,}")

E = TypeVar("E")


class Came(NamedTuple):
    """What came of a command: about how many people, texts or rows it was, and a few words of it."""

    n: int = 0
    note: str = ""


class Done(NamedTuple):
    """A command, what was decided, and what the ledger knows of it."""

    ask: Any
    outcome: Outcome
    got: Received
    leads: tuple[str, ...]

    def saved(self, kind: type[E]) -> E | None:
        return next(iter(all_saved(kind, self.outcome)), None)

    def rounds(self, *audiences: Audience) -> list[Round]:
        return [one for one in self.outcome.effects if isinstance(one, Round) and one.audience in audiences]

    def texts(self, key: str) -> int:
        return sum(isinstance(one, Text) and one.say.key == key for one in self.outcome.effects)

    @property
    def is_led(self) -> bool:
        """By an organizer of the action's group, where the same is said by others too."""
        return keyword_of(self.outcome.code) in self.leads


def all_saved(kind: type[E], outcome: Outcome) -> list[E]:
    return [one for one in outcome.saves if isinstance(one, kind)]


def keyword_of(code: str) -> str:
    """The group's word in an action's code: words have letters only."""
    return code.rstrip("0123456789")


def in_short(words: str) -> str:
    """As much of somebody's words as an act keeps, in one line; of a phone's number only the last two digits."""
    hidden = NUMBER.sub(lambda found: f"…{found[0][-2:]}", " ".join(words.split()))
    return hidden if len(hidden) <= LONGEST_NOTE else hidden[: LONGEST_NOTE - 1].rstrip() + "…"


def with_acts(
    outcome: Outcome,
    got: Received,
    command: ask_for.Command,
    before: Mapping[str, State],
    leads: tuple[str, ...] = (),
) -> Outcome:
    """With what is kept of it for organizers to look at, where it was theirs or time's, and something came of it.

    `before` are the states in which the actions were that it decided upon, by code; `leads` the speaker's groups.
    """
    acts = (*of_command(Done(command, outcome, got, leads)), *of_actions(outcome, got, before))
    return replace(outcome, saves=(*outcome.saves, *acts)) if acts else outcome


def of_command(done: Done) -> Iterator[Act]:
    """One, if the command is of those that are kept. What is done to the whole installation is of no group."""
    look = CAME.get(type(done.ask))
    came = look(done) if look else None
    if came is None:
        return
    outcome, got = done.outcome, done.got
    keyword = outcome.keyword or keyword_of(outcome.code) or str(getattr(done.ask, "keyword", None) or "")
    if not keyword and not isinstance(done.ask, OF_ALL):
        return
    did = type(done.ask).__name__
    yield Act(keyword, got.at, got.cause, did, got.channel, got.person, outcome.code, came.n, came.note)


def of_actions(outcome: Outcome, got: Received, before: Mapping[str, State]) -> Iterator[Act]:
    """That an action has filled, or wants people again, whoever brought it about: it is nobody's own act."""
    for action in all_saved(Action, outcome):
        did = FACTS.get((before.get(action.code, action.state), action.state))
        if did:
            cause = f"{got.cause}#{did}#{action.code}"
            yield Act(action.keyword, got.at, cause, did, Channel.TIMER, code=action.code, n=action.tally.coming)


def states_of(view: Any) -> dict[str, State]:
    """In which states the actions are that a decision looks at, by code."""
    choices: tuple[Choice, ...] = getattr(view, "choices", ())
    one = getattr(view, "action", None)
    actions = [*(choice.action for choice in choices), *([one] if isinstance(one, Action) else [])]
    return {action.code: action.state for action in actions}


# --- what came of each -------------------------------------------------------------------------------


def switched(is_on: bool) -> str:
    return ON if is_on else OFF


def founded(done: Done) -> Came | None:
    group = done.saved(Group)
    return Came(note=in_short(group.name)) if group else None


def drafted(done: Done) -> Came | None:
    action = done.saved(Action)
    return Came(action.recipients, in_short(action.words)) if action else None


def repeated(done: Done) -> Came | None:
    action = done.saved(Action)
    return Came(action.recipients, action.again_of) if action else None


def sent(done: Done) -> Came | None:
    """The right number: a wrong one is saved too, but opens nothing."""
    action = done.saved(Action)
    if action is None or action.opened_at != done.got.at:
        return None
    is_in_waves = not done.rounds(Audience.MEMBERS) and action.first_wave < action.recipients
    return Came(action.recipients, WAVES if is_in_waves else "")


def asked(done: Done) -> Came | None:
    """A wave that asks some, or one that asks everybody who is left."""
    some = sum(len(one.people) for one in done.rounds(Audience.WAVE))
    action = done.saved(Action)
    if action is not None and done.rounds(Audience.MEMBERS):
        some = max(0, action.recipients - action.asked)
    return Came(some) if action is not None else None


def told_asked(done: Done) -> Came | None:
    return Came(note=switched(done.ask.is_on)) if done.saved(Group) else None


def shown_to_all(done: Done) -> Came | None:
    return Came(note=switched(done.ask.is_on)) if done.saved(Group) or done.saved(Action) else None


def news(done: Done) -> Came | None:
    return Came(note=in_short(done.ask.text)) if done.rounds(Audience.CREW_AND_LINE) else None


def moved_on(done: Done) -> Came | None:
    return Came() if done.saved(Action) else None


def ended(done: Done) -> Came | None:
    """By an organizer, with what they said to it; `n` came."""
    came = [int(one.say.fills.get("came", 0)) for one in done.rounds(Audience.CREW)]  # type: ignore[arg-type]
    return Came(sum(came), in_short(done.ask.note)) if done.saved(Action) else None


def ended_by_time(done: Done) -> Came | None:
    action = done.saved(Action)
    return Came(action.tally.here, str(action.state)) if action else None


def another_time(done: Done) -> Came | None:
    action = done.saved(Action)
    if action is None or action.starts_at is None:
        return None
    return Came(note=action.starts_at.astimezone(ZoneInfo(action.zone)).isoformat(timespec="minutes"))


def another_place(done: Done) -> Came | None:
    action = done.saved(Action)
    return Came(note=in_short(action.place)) if action else None


def task_changed(done: Done) -> Came | None:
    """Whose it is stays with the crew, which dissolves: an act tells its number."""
    task = done.saved(Task)
    return Came(note=str(task.number)) if task else None


def task_added(done: Done) -> Came | None:
    return task_changed(done) if done.is_led else None


def task_taken_away(done: Done) -> Came | None:
    is_others = any(one.say.key == "task_taken_away" for one in done.rounds(Audience.NAMED))
    return task_changed(done) if is_others else None


def missed(done: Done) -> Came | None:
    pledge = done.saved(Pledge)
    return Came(pledge.seats) if pledge else None


def all_came(done: Done) -> Came | None:
    return Came() if any(isinstance(one, Later) for one in done.outcome.effects) else None


def spoke(done: Done) -> Came | None:
    return Came() if done.is_led and done.rounds(Audience.TALK) else None


def answered(done: Done) -> Came | None:
    """An organizer's answer to one: its words are theirs alone."""
    return Came() if done.texts("from_organizer") else None


def silenced(done: Done) -> Came | None:
    return Came() if done.ask.name and done.saved(Talk) else None


def organizer_changed(done: Done) -> Came | None:
    """The note is the id of who was made an organizer, or is one no more."""
    if done.saved(Group) is None:
        return None
    others = [one.id for one in all_saved(Person, done.outcome) if one.id != done.got.person]
    return Came(note=others[0] if others else done.got.person)


def left(done: Done) -> Came | None:
    """A member's own business, unless the group has one organizer less."""
    return Came() if done.saved(Group) else None


def set_to(done: Done) -> Came | None:
    return Came(note=in_short(f"{done.ask.what} {done.ask.value}")) if done.saved(Group) else None


def sent_again(done: Done) -> Came | None:
    people = [one for found in done.rounds(*Audience) for one in found.people]
    texts = [one for one in done.outcome.effects if isinstance(one, Text) and not one.is_answer]
    return Came(len(people) + len(texts)) if people or texts else None


def brought(done: Done) -> Came | None:
    one = done.saved(PeopleList)
    return Came(one.good, in_short(one.name)) if one else None


def number_shown(done: Done) -> Came | None:
    return Came(note=done.ask.person) if done.outcome.keyword else None


def exported(done: Done) -> Came | None:
    return Came() if done.outcome.keyword else None


def deleted(done: Done) -> Came | None:
    return Came() if done.saved(Group) else None


def installation_changed(done: Done) -> Came | None:
    others = [one for one in done.outcome.effects if not (isinstance(one, Text) and one.is_answer)]
    return Came() if done.outcome.saves or done.outcome.removes or others else None


def moved_up(done: Done) -> Came | None:
    people = done.texts("moved_up")
    return Came(people) if people else None


OF_ALL = (ask_for.HoldSending, ask_for.GoOnSending)
CAME: dict[type, Callable[[Done], Came | None]] = {
    ask_for.NewGroup: founded,
    ask_for.Alert: drafted,
    ask_for.Again: repeated,
    ask_for.Go: sent,
    ask_for.More: asked,
    ask_for.AskAll: asked,
    ask_for.TellAsked: told_asked,
    ask_for.SetPublic: shown_to_all,
    ask_for.Update: news,
    ask_for.Begin: moved_on,
    ask_for.Close: ended,
    ask_for.CallOff: ended,
    ask_for.Move: another_time,
    ask_for.MoveTo: another_place,
    ask_for.Give: task_changed,
    ask_for.Add: task_added,
    ask_for.Drop: task_taken_away,
    ask_for.NoShow: missed,
    ask_for.AllHere: all_came,
    ask_for.Speak: spoke,
    ask_for.Tell: answered,
    ask_for.Mute: silenced,
    ask_for.Unmute: silenced,
    ask_for.AddOrganizer: organizer_changed,
    ask_for.RemoveOrganizer: organizer_changed,
    ask_for.Leave: left,
    ask_for.SetGroup: set_to,
    ask_for.SendAgain: sent_again,
    ask_for.BringPeople: brought,
    ask_for.DropPeople: brought,
    ask_for.ShowNumber: number_shown,
    ask_for.ExportPeople: exported,
    ask_for.DeleteGroup: deleted,
    ask_for.HoldSending: installation_changed,
    ask_for.GoOnSending: installation_changed,
    # what time does
    ask_for.NextWave: asked,
    ask_for.StartTime: moved_on,
    ask_for.EndTime: ended_by_time,
    ask_for.SeatsOpen: moved_up,
    ask_for.Dissolve: moved_on,
}


# --- how a group grows -------------------------------------------------------------------------------


def with_growth(outcome: Outcome, at: datetime) -> Outcome:
    """With each who has joined a group, or left it, at this very moment, as the last of their consents says."""
    day = at.astimezone(UTC).date().isoformat()
    new = [one for one in all_saved(Member, outcome) if one.consents and one.consents[-1].at == at]
    grown = tuple(
        Grown(one.keyword, one.person, day, joined=int(one.is_consented), left=int(not one.is_consented)) for one in new
    )
    return replace(outcome, grown=(*outcome.grown, *grown)) if grown else outcome
