"""Signing in and out: a number, then the six digits that its phone was texted, if it is an organizer's.

The page says the same of every number. How many codes go out is limited by number and by network, and how often one may
be tried by core/signing_in.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core import commands as ask_for
from chalicelib.core.model import Person
from chalicelib.entry import visiting
from chalicelib.entry.answers import see_other
from chalicelib.entry.dashboard import door
from chalicelib.entry.guard import FORM, Fields, fields_of
from chalicelib.entry.pressing import is_within, sent_body
from chalicelib.log import log
from chalicelib.numbers import e164
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.values import get, person_key
from chalicelib.web import desk_addresses, signing
from chalicelib.web import words as said_words

signin = Blueprint(__name__)

CODES_A_NETWORK_AN_HOUR = 30
TRIES_A_NETWORK_AN_HOUR = 60
LONGEST_TYPED = 40
OURS = re.compile(r"/dashboard(/[\w.~-]+)*")


@signin.route("/signin", methods=["GET", "HEAD"])
def look() -> Response:
    request, world = signin.current_request, runtime()
    if door.signed_in(request, world):
        return see_other(desk_addresses.home())
    return show_sign_in(request, world, after=visiting.query(request, "after"))


@signin.route("/signin", methods=["POST"], content_types=[FORM])
def number() -> Response:
    """A code by text, to an organizer; the page that asks for it, to everybody."""
    request, world = signin.current_request, runtime()
    sent = sent_form(request, world, "number")
    if isinstance(sent, Response):
        return sent
    fields, nonce = sent
    kept, after = kept_in(fields, world), fields.first("after")
    typed = e164(fields.first("number"), world.settings.countries)
    if typed is None:
        wrong = said(request, "sign_in_no_number")
        written = fields.first("number")[:LONGEST_TYPED]
        return show_sign_in(request, world, kept=kept, after=after, wrong=wrong, typed=written, status=422)
    person, hour = world.person_id(typed), f"{world.now():%Y-%m-%dT%H}"
    if not is_within("code-net", visiting.network(request), CODES_A_NETWORK_AN_HOUR, hour, world):
        return door.sorry("too_many", request, world, 429)
    if limit := door.no_more_codes(request, person, world):
        return show_code(request, world, person, kept, after, limit, 429)
    key = person_key(person)
    found: Person | None = get([key]).get(key)
    if found and is_let_in(found, world):
        door.text_code(person, f"ask-{nonce}", world)
    return show_code(request, world, person, kept, after)


def is_let_in(person: Person, world: Runtime) -> bool:
    return bool(person.organizes) or person.phone in world.settings.operators


@signin.route("/signin/code", methods=["POST"], content_types=[FORM])
def code() -> Response:
    """Signed in with a new secret, whatever cookie there was before."""
    request, world = signin.current_request, runtime()
    fields = fields_of(sent_body(request))
    facts = signing.read(world.settings, "signing-in", fields.first("who"))
    sent = sent_form(request, world, "code", p=str(facts["p"]) if facts else "")
    if isinstance(sent, Response):
        return sent
    fields, _ = sent
    if facts is None:
        return see_other(desk_addresses.sign_in())
    person, kept, after = str(facts["p"]), kept_in(fields, world), fields.first("after")
    hour = f"{world.now():%Y-%m-%dT%H}"
    if not is_within("code-try", visiting.network(request), TRIES_A_NETWORK_AN_HOUR, hour, world):
        return door.sorry("too_many", request, world, 429)
    secret = world.secret()
    digits = "".join(letter for letter in fields.first("digits") if letter.isdigit())
    key = person_key(person)
    found: Person | None = get([key]).get(key)
    mark = signing.mark(secret)
    tried = ask_for.SignIn(digits, mark)
    if found is None or not is_let_in(found, world) or not door.is_right(door.try_code(tried, person, world)):
        return show_code(request, world, person, kept, after, said(request, "sign_in_not"), 422)
    log("signed in", person=person)
    cookie = door.session_cookie(person, secret, world)
    if kept:
        who = door.Organizer(found, mark, found.phone in world.settings.operators)
        return door.show_kept(request, world, who, kept, cookies=[cookie])
    return see_other(after if OURS.fullmatch(after) else desk_addresses.home(), [cookie])


@signin.route("/dashboard/signout", methods=["POST"], content_types=[FORM])
def out() -> Response:
    """Here, or on all devices."""
    request, world = signin.current_request, runtime()
    sent = door.pressed(request, world)
    if isinstance(sent, Response):
        return sent
    is_everywhere = bool(sent.fields.first("everywhere"))
    door.bring(ask_for.SignOut("" if is_everywhere else sent.who.mark), sent, world)
    words = said(request, "signed_out_everywhere" if is_everywhere else "signed_out")
    return see_other(visiting.saying(desk_addresses.sign_in(), words, world))


# --- the pages ----------------------------------------------------------------------------------------


def show_sign_in(
    request: Any,
    world: Runtime,
    kept: Mapping[str, str] | None = None,
    after: str = "",
    wrong: str = "",
    typed: str = "",
    status: int = 200,
) -> Response:
    """`kept` is what somebody had typed when their session had ended: it comes along."""
    form = visiting.form(world, desk_addresses.sign_in(), "number")
    more = {"form": form, "kept": keep(kept, world), "after": after, "wrong": wrong, "typed": typed}
    return door.show("dashboard/signin.html", request, "/signin", world, None, status, is_kept=bool(kept), **more)


def show_code(
    request: Any, world: Runtime, person: str, kept: Mapping[str, str], after: str, wrong: str = "", status: int = 200
) -> Response:
    form = visiting.form(world, desk_addresses.sign_in_code(), "code", p=person)
    who = signing.sign(world.settings, "signing-in", {"p": person})
    context = {"form": form, "whose_code": who, "kept": keep(kept, world), "after": after, "wrong": wrong}
    context["is_texted"] = status != 429
    return door.show("dashboard/signin_code.html", request, "/signin", world, None, status, **context)


def keep(kept: Mapping[str, str] | None, world: Runtime) -> str:
    """As a hidden field, signed: nobody can put words into somebody's form."""
    return signing.sign(world.settings, "kept", kept) if kept else ""


def kept_in(fields: Fields, world: Runtime) -> dict[str, str]:
    facts = signing.read(world.settings, "kept", fields.first("kept"))
    return {str(name): str(text) for name, text in facts.items()} if facts else {}


def sent_form(request: Any, world: Runtime, verb: str, **bound: str) -> tuple[Fields, str] | Response:
    if len(request.raw_body) > door.MOST_BYTES:
        return door.sorry("too_much", request, world, 413)
    if visiting.header(request, "sec-fetch-site") == "cross-site":
        return door.sorry("not_from_here", request, world, 403)
    fields = fields_of(sent_body(request))
    sent = signing.read_form(world.settings, fields.first("token"), world.now(), **bound)
    if sent is None or sent.verb != verb:
        return see_other(desk_addresses.sign_in())
    return fields, sent.nonce


def said(request: Any, key: str) -> str:
    return said_words.say(visiting.language_of(request), key)
