"""A pledge through the open API: by the token of an alert's link, and taken back by the token that it answered with."""

from __future__ import annotations

import json
import re
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core import commands as ask_for
from chalicelib.core.model import MOST_SEATS, Answer, Channel, Person
from chalicelib.core.outcome import Say, say
from chalicelib.core.received import Received
from chalicelib.entry import visiting
from chalicelib.entry.answers import JSON, answered
from chalicelib.entry.api_answers import ANY_TYPE, CORS, Wrong, in_json, written
from chalicelib.entry.bringing import bring_about
from chalicelib.entry.pages import by_personal_link, known_code
from chalicelib.languages import render
from chalicelib.log import log
from chalicelib.runtime import Runtime
from chalicelib.store import queries
from chalicelib.store.limits import counted
from chalicelib.web import openapi, shapes, signing

api_pledging = Blueprint(__name__)

PLEDGES_AN_HOUR = 120  # by network, those with a wrong token too: nobody guesses one
MOST_BYTES = 16_384  # a body of ours has some twenty
IS_OVER = frozenset({"over", "over_but_open"})


@api_pledging.route("/api/actions/{code}/pledge", methods=["POST"], content_types=ANY_TYPE, cors=CORS)
@in_json(api_pledging)
def pledge(request: Any, world: Runtime, code: str) -> Response:
    """By the token of an alert's link, which is bound to its person, its action and IN."""
    if len(request.raw_body) > MOST_BYTES:
        raise Wrong("TooLong", f"Send {MOST_BYTES} bytes at most.")
    seen = by_personal_link(bearer(request, world), world)
    if seen is None or seen.visitor is None or seen.action.code != known_code(code):
        raise no_token("That is the token of no alert for this action. It is what follows /p/ in the alert's link.")
    person, command = seen.visitor.person, ask_for.In(seen.action.code, party_in(request), is_exact=True)
    return pledged(command, f"api-{key_of(request, command, world)}", person, request, world)


@api_pledging.route("/api/actions/{code}/pledge", methods=["DELETE"], content_types=ANY_TYPE, cors=CORS)
@in_json(api_pledging)
def take_back(request: Any, world: Runtime, code: str) -> Response:
    """By the token that a pledge was answered with; it counts once."""
    token, known = bearer(request, world), known_code(code)
    person = str((signing.read(world.settings, "form", token) or {}).get("p", ""))
    sent = signing.read_form(world.settings, token, world.now(), **bound_to_undo(known, person))
    seen = queries.action_page(known, person) if sent and sent.verb == "out" else None
    if sent is None or seen is None or seen.visitor is None:
        raise no_token(
            "That is no token to take this pledge back, or older than 12 hours. A new pledge gives a new one."
        )
    return pledged(ask_for.Out(known), f"api-{sent.nonce}", seen.visitor.person, request, world)


def bound_to_undo(code: str, person: str) -> dict[str, str]:
    """To the API, too: what a page's form holds takes nothing back here."""
    return {"c": code, "p": person, "d": Channel.API.value}


def pledged(command: ask_for.In | ask_for.Out, cause: str, person: Person, request: Any, world: Runtime) -> Response:
    """The pledge as it then is. Where nothing came of the command: the sentence that would have been texted."""
    lang, code = visiting.language_of(request), str(command.code)
    if person.is_stopped:
        raise turned_down(lang, (say("stopped", brand=world.settings.brand),))
    refusals = bring_about(Received(command, cause, world.now(), Channel.API, person.id), world)
    seen = queries.action_page(code, person.id)
    answer = seen.visitor.pledge if seen and seen.visitor else None
    is_so = isinstance(command, ask_for.Out) and answer is not None and answer.answer is Answer.OUT
    if seen is None or (refusals and not (is_so and seen.action.is_open)):
        raise turned_down(lang, refusals)
    undo = signing.form_token(world.settings, "out", world.secret(), world.now(), **bound_to_undo(code, person.id))
    return answered(written(shapes.of_pledge(answer, undo, seen.action, world.settings.public_url)), JSON)


def turned_down(lang: str, why: tuple[Say, ...]) -> Wrong:
    name = "Over" if any(one.key in IS_OVER for one in why) else "Refused"
    return Wrong(name, " ".join(render(lang, one) for one in why), {"Content-Language": lang})


def bearer(request: Any, world: Runtime) -> str:
    """The token that was sent; each counts against its network's limit, whether or not it is true."""
    scheme, _, token = visiting.header(request, "authorization").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise no_token("Send the token as Authorization: Bearer.", is_missing=True)
    now = world.now()
    n = counted(f"api#{world.person_id(visiting.network(request))}", f"{now:%Y-%m-%dT%H}", now)
    if n > PLEDGES_AN_HOUR:
        log("no more pledges of a network this hour: a limit", n=n)
        wait = 3600 - now.minute * 60 - now.second
        raise Wrong("TooMany", f"That was too much for an hour. Ask again in {wait} s.", {"Retry-After": str(wait)})
    return token.strip()


def no_token(detail: str, is_missing: bool = False) -> Wrong:
    """RFC 6750, 3: no error is named to who sent no token at all."""
    challenge = 'Bearer realm="giddyup"' + ("" if is_missing else ', error="invalid_token"')
    return Wrong("NoToken", detail, {"WWW-Authenticate": challenge})


def key_of(request: Any, command: ask_for.In, world: Runtime) -> str:
    """What makes this pledge the same as another: the caller's key, if there is one, for this action."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return world.secret()
    if not re.fullmatch(openapi.A_KEY, key):
        raise Wrong("Unreadable", "Idempotency-Key is 1 to 64 letters, digits or signs, without spaces.")
    return signing.mark(f"{command.code} {key}")


def party_in(request: Any) -> int:
    """The body's: one, if there is none."""
    raw = bytes(request.raw_body)
    if not raw:
        return 1
    if visiting.header(request, "content-type").partition(";")[0].strip().lower() != JSON:
        raise Wrong("NoJson", f"Send the body as {JSON}.")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise Wrong("Unreadable", 'The body is no JSON. {"party": 2} is.') from None
    if not isinstance(told, dict) or told.keys() - {"party"}:
        raise Wrong("Unfit", 'The body is an object with nothing but a party: {"party": 2}.')
    party = told.get("party", 1)
    is_number = isinstance(party, int | float) and not isinstance(party, bool) and party == party // 1
    if not is_number or not 1 <= party <= MOST_SEATS:
        raise Wrong("Unfit", f"party is a whole number from 1 to {MOST_SEATS}.")
    return int(party)
