"""What is pressed on a page, in a card or behind a personal link: each press is a command, and counts once.

A number that is typed gets one text that asks for a YES; nothing else follows from it. How many such texts go out is
limited by number, by network and by country, and the page says the same whether or not we know the number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core import commands as ask_for
from chalicelib.core.model import MOST_SEATS, Channel
from chalicelib.core.received import Received
from chalicelib.entry import visiting
from chalicelib.entry.answers import see_other
from chalicelib.entry.bringing import bring_about
from chalicelib.entry.guard import FORM, Fields, fields_of
from chalicelib.entry.pages import (
    by_personal_link,
    known_code,
    known_word,
    nothing_at,
    published,
    seen_by,
    show_action,
    show_group,
    sorry,
)
from chalicelib.entry.visiting import Browser, Place
from chalicelib.entry.widgets import framed
from chalicelib.languages import render
from chalicelib.log import log
from chalicelib.numbers import e164, is_textable, place_of, region
from chalicelib.runtime import Runtime, day_of, runtime
from chalicelib.store import queries
from chalicelib.store.limits import counted
from chalicelib.web import signing

pressing = Blueprint(__name__)

MOST_BYTES = 16_384  # a form of ours has some hundred
LONGEST_TYPED = 40
A_NUMBER_A_DAY = 3
A_NETWORK_AN_HOUR = 20
VERBS = {"in": ask_for.In, "maybe": ask_for.Maybe, "out": ask_for.Out}


@pressing.route("/a/{code}/pledge", methods=["POST"], content_types=[FORM])
def pledge(code: str) -> Response:
    return press(visiting.on_page(known_code(code)))


@pressing.route("/embed/{code}/pledge", methods=["POST"], content_types=[FORM])
def pledge_on_card(code: str) -> Response:
    return press(visiting.on_card(known_code(code)))


def press(place: Place) -> Response:
    code = place.what
    request, world = pressing.current_request, runtime()
    if (refused := not_a_form(request, world)) is not None:
        return refused
    seen = seen_by(request, place, world, is_bare=True)
    if seen is None:
        return nothing_at(code, request, world)
    fields = fields_of(sent_body(request))
    browser = visiting.browser_of(request, place.cookie, world.settings)
    token, now = fields.first("token"), world.now()
    sent = signing.read_form(world.settings, token, now, c=code)
    if sent and sent.verb == "number":
        waits = ask_for.In(code, party_of(fields), is_exact=True)
        return sign_up(request, fields, sent.nonce, waits, place, world)
    if sent and sent.verb == "forget":
        return forget(browser, place, sent.nonce, world)
    is_known = browser is not None and seen.visitor is not None and browser.is_known(seen.visitor.person)
    if browser is None or not is_known:
        return back(place, "said_unknown" if sent is None and token else "said_old", request, world)
    sent = signing.read_form(world.settings, token, now, c=code, p=browser.person, b=browser.mark)
    if sent is None or sent.verb not in VERBS:
        return back(place, "said_old", request, world)
    return pledged(sent, browser.person, code, fields, place, request, world)


@pressing.route("/p/{token}", methods=["POST"], content_types=[FORM])
def press_personal(token: str) -> Response:
    """The link and the form must both be theirs."""
    request, world = pressing.current_request, runtime()
    if (refused := not_a_form(request, world)) is not None:
        return refused
    seen = by_personal_link(token, world, is_bare=True)
    if seen is None or seen.visitor is None:
        return nothing_at("", request, world)
    place, fields, code, person = (
        visiting.by_link(seen.action.code, token),
        fields_of(sent_body(request)),
        seen.action.code,
        seen.visitor.person.id,
    )
    sent = signing.read_form(world.settings, fields.first("token"), world.now(), c=code, p=person)
    if sent is None or sent.verb not in VERBS:
        return back(place, "said_old", request, world)
    return pledged(sent, person, code, fields, place, request, world)


def pledged(
    sent: signing.Sent, person: str, code: str, fields: Fields, place: Place, request: Any, world: Runtime
) -> Response:
    """IN, MAYBE or OUT. Where nothing comes of it the page says why; otherwise what it shows says enough."""
    build = VERBS[sent.verb]
    command = build(code, party_of(fields), is_exact=True) if build is ask_for.In else build(code)
    refusals = bring_about(as_received(command, sent.nonce, person, world), world)
    lang = visiting.language_of(request)
    words = " ".join(render(lang, one) for one in refusals)
    return see_other(visiting.saying(place.back, words, world))


def party_of(fields: Fields) -> int:
    written = fields.first("party")
    return int(written) if written.isdecimal() and 1 <= int(written) <= MOST_SEATS else 1


def as_received(command: ask_for.Command, nonce: str, person: str, world: Runtime) -> Received:
    """The same press again has the same cause."""
    return Received(command, f"web-{nonce}", world.now(), Channel.WEB, person)


# --- by number -----------------------------------------------------------------------------------------


@pressing.route("/g/{keyword}/join", methods=["POST"], content_types=[FORM])
def join(keyword: str) -> Response:
    request, world = pressing.current_request, runtime()
    if (refused := not_a_form(request, world)) is not None:
        return refused
    word = known_word(keyword)
    if not word or queries.group_page(word) is None:
        return nothing_at(keyword, request, world)
    place = visiting.on_group(word)
    fields = fields_of(sent_body(request))
    sent = signing.read_form(world.settings, fields.first("token"), world.now(), g=word)
    if sent is None or sent.verb != "join":
        return back(place, "said_old", request, world)
    return sign_up(request, fields, sent.nonce, ask_for.Join(word), place, world)


def sign_up(
    request: Any,
    fields: Fields,
    nonce: str,
    waits: ask_for.In | ask_for.Join,
    place: Place,
    world: Runtime,
) -> Response:
    """One text to the number, if that may be; what the browser is told is the same whether or not it went out."""
    settings = world.settings
    number = e164(fields.first("number"), settings.countries)
    if number is None or not is_textable(number):
        return no_number(fields, place, request)
    if not is_within("net", visiting.network(request), A_NETWORK_AN_HOUR, f"{world.now():%Y-%m-%dT%H}", world):
        return sorry("too_many", request, world, 429)
    person = world.person_id(number)
    before = visiting.browser_of(request, place.cookie, settings)
    mark_before = before.mark if before and before.person == person else ""
    browser = Browser(person, world.secret(), place.what, world.now())  # a new secret: the old one may be copied
    today = str(day_of(world.now(), world))
    if is_within("number", person, A_NUMBER_A_DAY, today, world) and is_within(
        "country", region(number), settings.confirmations_a_day, today, world
    ):
        got = as_received(ask_for.SignUp(waits, browser.mark, mark_before), nonce, person, world)
        lang, there = visiting.language_of(request), str(place_of(number))
        bring_about(replace(got, phone=number, lang=lang, place=there), world)
    said = "said_asked" if isinstance(waits, ask_for.Join) else ""
    cookies = [visiting.browser_cookie(place.cookie, browser, settings)]
    return back(place, said, request, world, cookies)


def no_number(fields: Fields, place: Place, request: Any) -> Response:
    """The page again, with what was typed: it may be one digit short."""
    lang = visiting.language_of(request)
    more = {"typed": fields.first("number")[:LONGEST_TYPED], "said": published(lang, "said_no_number")}
    if place.cookie == visiting.CARD_COOKIE:
        shown = framed(show_action("embed.html", place, **more))
    elif place == visiting.on_group(place.what):
        shown = show_group(place.what, **more)
    else:
        shown = show_action("action.html", place, **more)
    shown.status_code = 422
    return shown


def is_within(what: str, whose: str, most: int, period: str, world: Runtime) -> bool:
    """Counts one more; `whose` is kept as a keyed hash, for an address in a network is somebody's too."""
    n = counted(f"{what}#{world.person_id(whose)}", period, world.now())
    if n > most:
        log("no text goes out: a limit", limit=what, n=n)
    return n <= most


def forget(browser: Browser | None, place: Place, nonce: str, world: Runtime) -> Response:
    """A stranger's browser again, here and in what we keep."""
    if browser:
        bring_about(as_received(ask_for.ForgetBrowser(browser.mark), nonce, browser.person, world), world)
    return see_other(place.back, [visiting.no_cookie(place.cookie, world.settings)])


# --- what is no form of ours ---------------------------------------------------------------------------


def sent_body(request: Any) -> bytes:
    return bytes(request.raw_body)


def not_a_form(request: Any, world: Runtime) -> Response | None:
    """Too much, or sent by another site's page: browsers say so themselves, and the form's token is the other lock."""
    if len(request.raw_body) > MOST_BYTES:
        return sorry("too_much", request, world, 413)
    if visiting.header(request, "sec-fetch-site") == "cross-site":
        return sorry("not_from_here", request, world, 403)
    return None


def back(place: Place, key: str, request: Any, world: Runtime, cookies: list[str] | None = None) -> Response:
    """To the page that was pressed on, which says this."""
    words = published(visiting.language_of(request), key) if key else ""
    return see_other(visiting.saying(place.back, words, world), cookies)
