"""Signing in to the dashboard: a code by text to a phone that is an organizer's already, and to no other.

The same code, asked for again, stands before what cannot be undone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.core.commands import AskCode, SignIn, SignOut
from chalicelib.core.kept import SignInCode
from chalicelib.core.model import Me
from chalicelib.core.outcome import Outcome, Text, answer, refused, say
from chalicelib.core.settling_in import PersonView

CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_SESSIONS = 8  # browsers in which one person is signed in; the oldest is signed out for a new one


@dataclass(frozen=True, slots=True)
class CodeView:
    """Who would sign in, the code that they were texted if it is still there, and whether they run the installation.

    `mark` is that of the code which is to be texted, or was typed: codes themselves are kept nowhere.
    """

    me: Me
    brand: str
    mark: str
    code: SignInCode | None = None
    is_operator: bool = False

    @property
    def may_sign_in(self) -> bool:
        person = self.me.person
        return bool(person.organizes or self.is_operator) and not person.is_stopped and not person.bad_at


def decide_ask_code(ask: AskCode, view: CodeView, now: datetime) -> Outcome:
    """A new code takes the old one's place, whose tries are used up with it."""
    person = view.me.person
    if not view.may_sign_in:
        return Outcome()
    version = view.code.version if view.code else None
    asked = SignInCode(person.id, view.mark, now, version=version)
    told = Text(person.id, say("sign_in_code", brand=view.brand, digits=ask.code))
    return Outcome(saves=(asked,), effects=(told,))


def decide_sign_in(ask: SignIn, view: CodeView, now: datetime) -> Outcome:
    """A code is good once, for ten minutes, and for five tries. Only who is told so is let in."""
    person, code = view.me.person, view.code
    if code is None or not view.may_sign_in or now - code.asked_at >= CODE_LASTS or code.tries >= MOST_TRIES:
        return refused(person, "sign_in_over")
    if not hmac.compare_digest(code.mark, view.mark):
        tried = replace(code, tries=code.tries + 1)
        left = MOST_TRIES - tried.tries
        key = "sign_in_wrong" if left else "sign_in_over"
        return Outcome(saves=(tried,), effects=(answer(person, key, left=left) if left else answer(person, key),))
    spent, right = replace(code, tries=MOST_TRIES), answer(person, "sign_in_right")
    if not ask.session:
        return Outcome(saves=(spent,), effects=(right,))
    others = tuple(one for one in person.sessions if one != ask.session)
    signed_in = replace(person, sessions=(*others, ask.session)[-MOST_SESSIONS:])
    return Outcome(saves=(spent, signed_in), effects=(right,))


def decide_sign_out(ask: SignOut, view: PersonView, now: datetime) -> Outcome:
    """One browser, or all of them."""
    person = view.me.person
    left = tuple(one for one in person.sessions if ask.session and one != ask.session)
    return Outcome(saves=(replace(person, sessions=left),)) if left != person.sessions else Outcome()
