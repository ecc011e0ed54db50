"""Which action a text is about: the one it names, the only one there is, or the one we ask back for."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.core import commands
from chalicelib.core.commands import ByText, Pick
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, CrewName, Group, Me, Person, Pledge, Question, State
from chalicelib.core.outcome import Outcome, answer, refused

QUESTION_LASTS = timedelta(minutes=30)
MOST_CHOICES = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """An action that a text may be about, with what the speaker has said to it and the group it belongs to."""

    action: Action
    pledge: Pledge | None = None
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class ActionView:
    """What a decision about one action may look at.

    `named` is the code that the text named; `choices` is that action alone, or else all live ones the speaker has
    to do with. `open_now` are live actions of the speaker's groups, read only when `choices` is empty or over.
    `hearers` are, by code, who is to hear what people write in their own words: its group's organizers who can be
    texted, first the one who raised it, and `hearer_names` what those are called. `handles` are, by code, the name that
    the speaker has (or is to have) there, where a decision may need it.
    """

    me: Me
    choices: tuple[Choice, ...] = ()
    named: str | None = None
    open_now: tuple[str, ...] = ()
    hearers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hearer_names: frozenset[str] = frozenset()
    handles: Mapping[str, CrewName] = field(default_factory=dict)


def any_choice(_: Choice) -> bool:
    return True


def choose(
    ask: ByText,
    view: ActionView,
    now: datetime,
    fits: Callable[[Choice], bool] = any_choice,
    none: str = "nothing_open",
    states: Container[State] = LIVE,
) -> Choice | Outcome:
    """The one action meant, or the outcome that asks or says why there is none. Never a guess among several."""
    person = view.me.person
    if view.named:
        if not view.choices:
            return refused(person, "no_such_action", code=view.named)
        return view.choices[0]
    live = [choice for choice in view.choices if choice.action.state in states]
    choices = [choice for choice in live if fits(choice)]
    if len(choices) == 1:
        return choices[0]
    if not choices:
        return refused(person, none) if live else nothing_open(view)
    by_age = sorted(choices, key=lambda choice: choice.action.opened_at or now)
    codes = tuple(choice.action.code for choice in by_age[-MOST_CHOICES:])
    waiting = {"type": type(ask).__name__, **asdict(ask)}
    asking = replace(person, question=Question(waiting, codes, now))
    return Outcome(saves=(asking,), effects=(answer(person, "which", listed=numbered(codes)),))


def numbered(codes: tuple[str, ...]) -> str:
    return ", ".join(f"{number} {code}" for number, code in enumerate(codes, start=1))


def nothing_open(view: ActionView, ended: str = "") -> Outcome:
    """The word has died: say what is open now."""
    if ended and view.open_now:
        return refused(view.me.person, "over_but_open", code=ended, listed=", ".join(view.open_now))
    if ended:
        return refused(view.me.person, "over", code=ended)
    if view.open_now:
        return refused(view.me.person, "open_now", listed=", ".join(view.open_now))
    return refused(view.me.person, "nothing_open" if view.me.person.groups else "hint_stranger")


def picked(ask: ByText, me: Me, now: datetime) -> ByText:
    """`1`, `2` or a code said after we asked back becomes the command that was waiting, about that action."""
    question = me.person.question
    if not isinstance(ask, Pick) or question is None or now - question.asked_at > QUESTION_LASTS:
        return ask
    code = ask.code
    if ask.number is not None and 1 <= ask.number <= len(question.codes):
        code = question.codes[ask.number - 1]
    if code not in question.codes:
        return ask
    waiting = dict(question.command)
    build = getattr(commands, str(waiting.pop("type")))
    command: ByText = build(**waiting | {"code": code})
    return command


def organizes(person: Person, group: Group | None) -> bool:
    return group is not None and person.id in group.organizers


def is_led(view: ActionView, choice: Choice) -> bool:
    return organizes(view.me.person, choice.group)
