"""Who is let in to the dashboard, what they press, and how its pages are shown.

A browser that is signed in carries a signed cookie with the person's id and a secret of its own; the person's row keeps
the secret's mark. So signing out ends it, here or everywhere, and so does organizing nothing any more. The cookie stays
and lets nobody in; it tells that this organizer has signed in here before.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalice.app import Response

from chalicelib.core import commands as ask_for
from chalicelib.core.model import Channel, Person
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.entry import visiting
from chalicelib.entry.answers import HTML, answered, page, see_other
from chalicelib.entry.guard import Fields, fields_of
from chalicelib.entry.pressing import is_within
from chalicelib.entry.visiting import path_of
from chalicelib.handle import Handled, handle
from chalicelib.languages import render as in_words
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.values import get, person_key
from chalicelib.web import desk_addresses, signing
from chalicelib.web import words as said_words
from chalicelib.web.views import Form, Site

COOKIE = "giddyup_desk"
SIGNED_IN_FOR = timedelta(days=30)
CODES_AN_HOUR, CODES_A_DAY = 5, 10  # to one number
MOST_BYTES = 65_536  # of a form; a list of people has a limit of its own
LONGEST_TOKEN = 1_000
MOST_KEPT = 16_000  # characters of what was typed, kept while somebody signs in again
CODE_FIELD = "code"
NOT_KEPT = {"token", CODE_FIELD}
NOT_TYPED = {"reach", "version", "draft", "alert", "waves", "form"}  # fields that pages fill in by themselves
WHERE, TOKEN = "/", "/token"  # beside what was typed: where it was for, and the form's own token
VARY = "Accept-Language, Cookie"


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who is signed in, the mark of their browser, and whether they run the whole installation."""

    person: Person
    mark: str
    is_operator: bool = False

    def leads(self, keyword: str) -> bool:
        return keyword in self.person.organizes


@dataclass(frozen=True, slots=True)
class Pressed:
    """A form of the dashboard that came back as it was given out."""

    who: Organizer
    fields: Fields
    verb: str
    nonce: str
    request: Any


# --- who is let in -----------------------------------------------------------------------------------


def signed_in(request: Any, world: Runtime, is_consistent: bool = True) -> Organizer | None:
    """None: nobody is, or not any more."""
    facts = cookie_of(request, world)
    if facts is None:
        return None
    since = datetime.fromtimestamp(int(facts["t"]), world.now().tzinfo)
    if world.now() - since >= SIGNED_IN_FOR:
        return None
    key = person_key(str(facts["p"]))
    person: Person | None = get([key], is_consistent).get(key)
    mark = signing.mark(str(facts["b"]))
    if person is None or not any(hmac.compare_digest(mark, one) for one in person.sessions):
        return None
    is_operator = person.phone in world.settings.operators
    return Organizer(person, mark, is_operator) if person.organizes or is_operator else None


def cookie_of(request: Any, world: Runtime) -> dict[str, Any] | None:
    return signing.read(world.settings, "desk", visiting.cookie(request, COOKIE))


def looking(request: Any, world: Runtime, keyword: str = "", is_consistent: bool = True) -> Organizer | Response:
    """Who may look at this group's pages (any of the dashboard's, without a keyword), or what is answered instead."""
    who = signed_in(request, world, is_consistent)
    if who is None:
        there = desk_addresses.sign_in(after=page_of(path_of(request)))
        return to_sign_in(there) if visiting.header(request, "hx-request") else see_other(there)
    return who if not keyword or who.leads(keyword) else nothing(request, world, who)


def to_sign_in(there: str) -> Response:
    """For a piece of a page that looks again by itself: the whole page goes there."""
    return answered("", HTML, 401, HX_Redirect=there)


def session_cookie(person: str, secret: str, world: Runtime) -> str:
    value = signing.sign(world.settings, "desk", {"p": person, "b": secret, "t": int(world.now().timestamp())})
    kept = f"Max-Age={visiting.KEPT_SECONDS}; HttpOnly; SameSite=Lax{visiting.secure(world.settings)}"
    return f"{COOKIE}={value}; Path=/; {kept}"


# --- what is pressed ---------------------------------------------------------------------------------


def form(who: Organizer, world: Runtime, path: str, verb: str, **bound: str) -> Form:
    """A form that counts once, for this organizer in this browser, and for what it is `bound` to."""
    mine = {"p": who.person.id, "b": who.mark, **bound}
    return Form(path, signing.form_token(world.settings, verb, world.secret(), world.now(), **mine))


def pressed(
    request: Any,
    world: Runtime,
    keyword: str = "",
    fields: Fields | None = None,
    most_bytes: int = MOST_BYTES,
    **bound: str,
) -> Pressed | Response:
    """What came back, or what is answered instead: nothing that was typed is lost because a session has ended."""
    if len(request.raw_body) > most_bytes:
        return sorry("too_much", request, world, 413)
    if visiting.header(request, "sec-fetch-site") == "cross-site":
        return sorry("not_from_here", request, world, 403)
    who = signed_in(request, world)
    sent = fields if fields is not None else fields_of(bytes(request.raw_body))
    if who is None:
        from chalicelib.entry.signin import show_sign_in

        return show_sign_in(request, world, kept=kept_of(request, sent), status=401)
    if keyword and not who.leads(keyword):
        return nothing(request, world, who)
    mine = {"p": who.person.id, "b": who.mark, **bound}
    form_sent = signing.read_form(world.settings, sent.first("token"), world.now(), **mine)
    if form_sent is None:
        return show_kept(request, world, who, kept_of(request, sent), 409)
    return Pressed(who, sent, form_sent.verb, form_sent.nonce, request)


def kept_of(request: Any, fields: Fields) -> dict[str, str]:
    """What somebody typed in a form that can't count, and where it was for."""
    where = {WHERE: path_of(request), TOKEN: fields.first("token")[:LONGEST_TOKEN]}
    typed = {name: values[0] for name, values in fields.items() if name not in NOT_KEPT and values[0].strip()}
    return {**typed, **where} if sum(map(len, typed.values())) <= MOST_KEPT else where


def show_kept(
    request: Any,
    world: Runtime,
    who: Organizer,
    kept: Mapping[str, str],
    status: int = 200,
    cookies: list[str] | None = None,
) -> Response:
    """What was typed before, to be sent now by one press; nothing is sent by itself."""
    there = kept.get(WHERE, "")
    typed = {name: text for name, text in kept.items() if name not in {WHERE, TOKEN} | NOT_TYPED}
    hidden = {name: text for name, text in kept.items() if name in NOT_TYPED}
    context = {"typed": typed, "hidden": hidden, "form": form_again(kept, who, world), "on": page_of(there)}
    shown = show("dashboard/kept.html", request, path_of(request), world, who, status, **context)
    if cookies:
        shown.headers["Set-Cookie"] = cookies
    return shown


def form_again(kept: Mapping[str, str], who: Organizer, world: Runtime) -> Form | None:
    """The same form anew for who filled it in, signed in again since. None: it was never ours, or somebody else's."""
    facts = signing.read(world.settings, "form", kept.get(TOKEN, ""))
    if facts is None or facts.get("p") != who.person.id:
        return None
    bound = {name: str(value) for name, value in facts.items() if name not in {"n", "t", "v", "p", "b"}}
    return form(who, world, kept[WHERE], str(facts["v"]), **bound)


def page_of(path: str) -> str:
    """The page that a form is on: its own path, or the one that it lies below."""
    below = ("/do", "/preview", "/save", "/go", "/drop", "/live", "/crew", "/next", "/timeline", "/inbox", "/tasks")
    return next((path.removesuffix(one) for one in below if path.endswith(one)), path) or desk_addresses.home()


def bring(command: ask_for.Command, sent: Pressed, world: Runtime, words: str = "") -> Handled:
    """The command brought about, once for each form."""
    return brought(command, f"desk-{sent.nonce}", sent.who.person.id, world, words)


def brought(command: ask_for.Command, cause: str, person: str, world: Runtime, words: str = "") -> Handled:
    got = Received(command, cause, world.now(), Channel.DASHBOARD, person, words=words)
    done = handle(got, world)
    queues.nudge(world, done.nudges, world.now())
    return done


def said_of(done: Handled, lang: str) -> str:
    """What handle says of a command, in the language of the page."""
    return " ".join(in_words(lang, one) for one in (*done.refusals, *done.answers))


# --- what cannot be undone ---------------------------------------------------------------------------


def code_first(sent: Pressed, world: Runtime) -> Response | None:
    """None: the code that was typed is right, and is used up. Otherwise the page that asks for one.

    The form is shown again with all that it held and a new token of the same verb; a code is texted where none was
    typed.
    """
    typed = "".join(letter for letter in sent.fields.first(CODE_FIELD) if letter.isdigit())
    person, lang = sent.who.person.id, visiting.language_of(sent.request)
    if typed:
        done = try_code(ask_for.SignIn(typed), person, world)
        wrong = said_of(done, lang) or said_words.say(lang, "sign_in_not")
        return None if is_right(done) else ask_for_code(sent, world, wrong, 422)
    if limit := no_more_codes(sent.request, person, world):
        return ask_for_code(sent, world, limit, 429)
    text_code(person, f"ask-{sent.nonce}", world)
    return ask_for_code(sent, world)


def no_more_codes(request: Any, person: str, world: Runtime) -> str:
    """Why no code is texted now, in words; nothing: it may be, and counts.

    A stranger who knows an organizer's number can use up its day. So a browser in which that organizer has signed in
    before counts for itself.
    """
    facts, now = cookie_of(request, world), world.now()
    is_known = facts is not None and facts["p"] == person
    whose = f"{person} {signing.mark(str(facts['b']))}" if facts and is_known else person
    limits = (
        (CODES_AN_HOUR, f"{now:%Y-%m-%dT%H}", "sign_in_hour"),
        (CODES_A_DAY, str(day_of(now, world)), "sign_in_day"),
    )
    over = (key for most, period, key in limits if not is_within("code-number", whose, most, period, world))
    key = next(over, "")
    return said_words.say(visiting.language_of(request), key) if key else ""


def text_code(person: str, cause: str, world: Runtime) -> None:
    """Six digits to a phone that is an organizer's; to anybody else's nothing goes out."""
    brought(ask_for.AskCode(f"{world.chance.randrange(1_000_000):06}"), cause, person, world)


def try_code(command: ask_for.SignIn, person: str, world: Runtime) -> Handled:
    """Each is a try of its own, whatever form it came in: the same again must not count as the first one did."""
    return brought(command, f"try-{world.secret()}", person, world)


def is_right(done: Handled) -> bool:
    """Only what says so: of somebody who has said STOP nothing is heard, and nothing said."""
    return any(one.key == "sign_in_right" for one in done.answers)


def ask_for_code(sent: Pressed, world: Runtime, wrong: str = "", status: int = 200) -> Response:
    path = path_of(sent.request)
    facts = signing.read(world.settings, "form", sent.fields.first("token")) or {}
    bound = {name: str(value) for name, value in facts.items() if name not in {"n", "t", "v", "p", "b"}}
    again = form(sent.who, world, path, sent.verb, **bound)
    kept = {name: values[0] for name, values in sent.fields.items() if name not in NOT_KEPT}
    context = {"form": again, "kept": kept, "wrong": wrong, "is_texted": status != 429, "on": page_of(path)}
    return show("dashboard/code.html", sent.request, path, world, sent.who, status, **context)


# --- what is shown -----------------------------------------------------------------------------------


def show(
    template: str, request: Any, path: str, world: Runtime, who: Organizer | None, status: int = 200, **context: object
) -> Response:
    """A page of the dashboard, in the language of its reader, kept by nobody."""
    site = site_of(request, path, world)
    html = piece(template, site, world, who, said=visiting.said(request, world), **context)
    cookies = visiting.language_cookie(request, world.settings)
    return page(html, status, "no-store", Set_Cookie=cookies, Vary=VARY, Referrer_Policy="same-origin")


def piece(template: str, site: Site, world: Runtime, who: Organizer | None, **context: object) -> str:
    """HTML alone: of a page, or of a part that is looked at again and again."""
    from chalicelib.web import render

    out = Form("", "")
    if who is not None and not template.rpartition("/")[2].startswith("_"):
        out = form(who, world, desk_addresses.sign_out(), "out")
    return render.page(template, site, **{"who": who, "sign_out": out, "keyword": "", "part": "", **context})


def site_of(request: Any, path: str, world: Runtime) -> Site:
    return visiting.site_of(request, path, world)


def back(path: str, words: str, world: Runtime, cookies: list[str] | None = None) -> Response:
    """To a page of the dashboard that says this."""
    return see_other(visiting.saying(path, words, world), cookies)


def nothing(request: Any, world: Runtime, who: Organizer | None) -> Response:
    """404: there is no such thing, or it is not theirs: which of the two is nobody's business."""
    return show("dashboard/missing.html", request, path_of(request), world, who, 404)


def sorry(key: str, request: Any, world: Runtime, status: int) -> Response:
    """What went wrong, in words, and a way on."""
    lang = visiting.language_of(request)
    said = {"title": said_words.say(lang, f"{key}_title"), "words": said_words.say(lang, key)}
    return show("dashboard/sorry.html", request, path_of(request), world, signed_in(request, world), status, **said)
