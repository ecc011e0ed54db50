"""A number typed on a page: its owner is asked by text, and nothing is done before they answer YES.

A web sign-up is consent only once the phone's owner has confirmed it by text (CTIA Messaging Principles, 5.1.2).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from chalicelib.core import commands
from chalicelib.core.acts import keyword_of
from chalicelib.core.choosing import ActionView
from chalicelib.core.commands import Command, ForgetBrowser, In, Join, Out, ShowName, SignUp
from chalicelib.core.confirming import ASK_AS_WELL, QUESTIONS, is_waiting
from chalicelib.core.lifecycle import TAKES_PLEDGES
from chalicelib.core.model import Action, Consent, Group, Me, Member, Person, Pledge, Unconfirmed
from chalicelib.core.outcome import Entity, Outcome, Say, Text, answer, say
from chalicelib.core.settling_in import PersonView
from chalicelib.core.tasks import short
from chalicelib.grammar.fold import fold
from chalicelib.grammar.vocabulary import phrases

MOST_BROWSERS = 5
WORDS_SHOWN = 30  # characters of the action's words: the text stays one segment


@dataclass(frozen=True, slots=True)
class SignUpView:
    """Whose number was typed, and the action or the group that it was typed for."""

    me: Me
    brand: str
    action: Action | None = None
    group: Group | None = None


def decide_sign_up(ask: SignUp, view: SignUpView, now: datetime) -> Outcome:
    """One text that asks for a YES; none to whoever said STOP, and the page shows the same either way.

    Where it was typed in another browser too, the YES will not tell whose it is: neither is remembered.
    """
    person = view.me.person
    what = asks_for(ask.waits, view)
    if what is None or person.is_stopped or person.bad_at:
        return Outcome()
    waiting = {"type": type(ask.waits).__name__, **asdict(ask.waits)}
    before = person.unconfirmed
    is_waited_for = before is not None and is_waiting(before, now) and before.proof is None
    is_typed_elsewhere = before is not None and is_waited_for and (not before.browser or before.browser != ask.before)
    typed = replace(person, unconfirmed=Unconfirmed(waiting, now, "" if is_typed_elsewhere else ask.browser))
    code = ask.waits.code or "" if isinstance(ask.waits, In) else ""
    return Outcome(saves=(typed,), effects=(Text(person.id, what, code=code),), code=code)


def asks_for(waits: In | Join, view: SignUpView) -> Say | None:
    """None: there is nothing any more that somebody could be in."""
    action, group = view.action, view.group
    if isinstance(waits, Join):
        return say("confirm_join", brand=view.brand, keyword=group.keyword) if group else None
    if action is None or action.state not in TAKES_PLEDGES:
        return None
    return say("confirm_in", brand=view.brand, code=action.code, task=short(action.words, WORDS_SHOWN))


def confirmed(ask: Command, me: Me, words: str, now: datetime) -> Command:
    """A YES brings about what somebody typed their number for, if that is the last thing that we asked them.

    Nothing else does: whoever answers an alert with IN may never have been near a page, and somebody else's browser,
    where their number was typed, must not be taken for theirs.
    """
    typed = me.person.unconfirmed
    if typed is None or not isinstance(ask, In | Out) or ask.code or not is_last_asked(me, now):
        return ask
    code = str(typed.command.get("code") or "")
    if isinstance(ask, Out):  # of an action that they were asked for by an alert as well
        return replace(ask, code=code) if code in {one.code for one in me.wanted} else ask
    return what_waits(typed) if ask.is_yes or fold(words) in phrases("yes") else ask


def is_last_asked(me: Me, now: datetime) -> bool:
    """It still waits, its text has left, and no alert or reminder that left since is what they may be answering."""
    typed = me.person.unconfirmed
    asked = max((one.at for one in me.told if one.key in QUESTIONS), default=None)
    if typed is None or asked is None or not is_waiting(typed, now):
        return False
    others = [one.asked_at for one in me.wanted] + [one.at for one in me.told if one.key in ASK_AS_WELL]
    return all(at is None or at < asked for at in others)


def is_no_to_question(ask: Command, me: Me, words: str, now: datetime) -> bool:
    """Whether this NO answers what waits for a YES. OUT is for an action, where there is one to be out of."""
    is_no = isinstance(ask, Out) and not ask.code and (not me.wanted or fold(words) in phrases("no"))
    return is_no and is_last_asked(me, now)


def decide_no(ask: Out, view: PersonView, now: datetime) -> Outcome:
    """What waited for a YES is over, and nothing else is changed. Whom we do not know never hears of it again."""
    person, typed = view.me.person, view.me.person.unconfirmed
    if typed is None:
        return Outcome()
    what = str(typed.command.get("code") or typed.command.get("keyword"))
    told = () if view.me.is_new else (answer(person, "not_this", what=what),)
    return Outcome(saves=(asked_no_more(person, typed),), effects=told)


def asked_no_more(person: Person, typed: Unconfirmed) -> Person:
    """Nothing waits for their YES; that they were asked is known until it is forgotten, so that nobody asks anew."""
    return replace(person, unconfirmed=Unconfirmed({}, typed.asked_at, proof=typed.proof))


def what_waits(typed: Unconfirmed) -> In | Join:
    waiting = dict(typed.command)
    build = getattr(commands, str(waiting.pop("type")))
    command: In | Join = build(**waiting)
    return command


def with_confirmed(outcome: Outcome, person: Person, consent: Consent) -> Outcome:
    """The number is theirs: consent is noted, the browser in which it was typed is known from now on.

    What a list told of an earlier consent stands before their YES; whom it named is called so who has no name.
    """
    saved = next((one for one in outcome.saves if isinstance(one, Person) and one.id == person.id), person)
    browser, name = (person.unconfirmed.browser, person.unconfirmed.name) if person.unconfirmed else ("", "")
    browsers = tuple(one for one in saved.browsers if one != browser)
    known = replace(
        saved,
        unconfirmed=None,
        name=saved.name or name,
        consents=saved.consents or (consent,),
        browsers=(*browsers, *((browser,) if browser else ()))[-MOST_BROWSERS:],
    )
    proof = person.unconfirmed.proof if person.unconfirmed else None
    others: tuple[Entity, ...] = tuple(entity for entity in outcome.saves if entity is not saved)
    return replace(outcome, saves=(*(with_proof(one, proof) for one in others), known))


def with_proof(entity: Entity, proof: Consent | None) -> Entity:
    if proof is None or not isinstance(entity, Member):
        return entity
    return replace(entity, consents=(*entity.consents[:-1], proof, *entity.consents[-1:]))


def with_question_over(outcome: Outcome, person: Person) -> Outcome:
    """What waits for a YES is over too once they have joined or left that group, or said what they do about that."""
    saved = next((one for one in outcome.saves if isinstance(one, Person) and one.id == person.id), person)
    if saved.unconfirmed is None or not any(is_about(saved.unconfirmed, one, person) for one in outcome.saves):
        return outcome
    others = tuple(entity for entity in outcome.saves if entity is not saved)
    return replace(outcome, saves=(*others, replace(saved, unconfirmed=None)))


def is_about(typed: Unconfirmed, entity: Entity, person: Person) -> bool:
    """Whether this is what the person is in the group, or in the action, that their YES was asked for."""
    if not isinstance(entity, Member | Pledge) or entity.person != person.id:
        return False
    code = str(typed.command.get("code") or "")
    if isinstance(entity, Pledge):
        return entity.code == code
    is_that_group = entity.keyword == (typed.command.get("keyword") or keyword_of(code))
    return is_that_group and bool(entity.consents) and entity.consents[-1].at >= typed.asked_at


def decide_forget_browser(ask: ForgetBrowser, view: PersonView, now: datetime) -> Outcome:
    """The browser is a stranger's again; what was typed there and waits is over: it was another number's."""
    person, typed = view.me.person, view.me.person.unconfirmed
    if typed and typed.browser == ask.browser:
        return Outcome(saves=(asked_no_more(person, typed),))
    if ask.browser not in person.browsers:
        return Outcome()
    return Outcome(saves=(replace(person, browsers=tuple(one for one in person.browsers if one != ask.browser)),))


def decide_show_name(ask: ShowName, view: ActionView, now: datetime) -> Outcome:
    """Whether pages show the person's first name, from now on and on the actions that they are in."""
    person = view.me.person
    pledges = [choice.pledge for choice in view.choices if choice.pledge and choice.pledge.is_shown != ask.is_on]
    changed = tuple(replace(one, is_shown=ask.is_on) for one in pledges)
    key = ("name_shown" if person.name else "name_shown_nameless") if ask.is_on else "name_hidden"
    told = answer(person, key, name=person.name.split(" ")[0]) if person.name and ask.is_on else answer(person, key)
    return Outcome(saves=(replace(person, shows_name=ask.is_on), *changed), effects=(told,))
