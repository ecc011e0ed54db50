"""Who looks at a page and in which language, and the forms by which they can press something.

A browser that confirmed a number carries a signed cookie with the person's id and a secret of its own; the person's row
keeps the secret's mark. So a person can make us forget a browser, and a cookie alone proves nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from chalicelib.core.confirming import CONFIRM_WITHIN
from chalicelib.core.model import Answer, Person
from chalicelib.core.names import called
from chalicelib.languages import LANGUAGES
from chalicelib.runtime import Runtime, runtime
from chalicelib.settings import Settings
from chalicelib.store.queries import ActionPage, Visitor
from chalicelib.web import addresses, signing
from chalicelib.web.views import Form, Part, Site, Ways

PAGE_COOKIE, CARD_COOKIE, LANGUAGE_COOKIE = "giddyup", "giddyup_card", "giddyup_lang"
KEPT_SECONDS = 180 * 24 * 60 * 60
FIRST_LANGUAGE = "en"
NORTH_AMERICAN = re.compile(r"\+1([2-9]\d\d)(\d{3})(\d{4})")


# --- the language ------------------------------------------------------------------------------------


def language_of(request: Any) -> str:
    """What was asked for in the address, or before, or what the browser prefers, of those that we speak."""
    asked = query(request, "lang") or cookie(request, LANGUAGE_COOKIE)
    if asked in LANGUAGES:
        return asked
    preferred = (one.partition(";")[0].strip()[:2].lower() for one in header(request, "accept-language").split(","))
    return next((one for one in preferred if one in LANGUAGES), FIRST_LANGUAGE)


def site_of(request: Any, path: str, world: Runtime) -> Site:
    """`path` is the page's own: the request's has an API Gateway's stage in front of it, where there is one."""
    settings, lang = world.settings, language_of(request)
    other = next(one for one in LANGUAGES if one != lang)
    number = as_people_write_it(settings.number_to_text) if settings.number_to_text else ""
    base = settings.public_url
    return Site(settings.brand, base, settings.contact, number, lang, other, path, f"{path}?lang={other}")


def as_people_write_it(number: str) -> str:
    """The number that people text, as numbers.pretty has it."""
    if found := NORTH_AMERICAN.fullmatch(number):
        return f"({found[1]}) {found[2]}-{found[3]}"
    from chalicelib.numbers import pretty  # with phonenumbers: 15 ms of a cold start, for who texts us from elsewhere

    return pretty(number)


def language_cookie(request: Any, settings: Settings) -> list[str]:
    """Kept once somebody has chosen one."""
    asked = query(request, "lang")
    if asked not in LANGUAGES:
        return []
    return [f"{LANGUAGE_COOKIE}={asked}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax{secure(settings)}"]


# --- the request -------------------------------------------------------------------------------------


def header(request: Any, name: str) -> str:
    return str(request.headers.get(name, ""))


def query(request: Any, name: str) -> str:
    return str((request.query_params or {}).get(name, ""))


def path_of(request: Any) -> str:
    """The page's own path, without an API Gateway's stage."""
    names: dict[str, str] = request.uri_params or {}
    return re.sub(r"\{(\w+)\+?\}", lambda found: quote(names.get(found[1], "")), str(request.context["resourcePath"]))


def cookie(request: Any, name: str) -> str:
    """Nothing, if it is not there or cannot be read."""
    try:
        found = SimpleCookie(header(request, "cookie")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def network(request: Any) -> str:
    """Where a request comes from, as far as a limit goes by it: a neighbourhood of addresses."""
    address = asker(request, runtime().settings.proxies)
    is_newer = ":" in address
    return ":".join(address.split(":")[:3]) if is_newer else ".".join(address.split(".")[:3])


def asker(request: Any, proxies: int) -> str:
    """The address of who asks. Each proxy, and API Gateway, adds to a header by whom it was asked itself."""
    passed = [one.strip() for one in header(request, "x-forwarded-for").split(",")]
    if proxies and len(passed) > proxies:
        return passed[-1 - proxies]
    return str(request.context.get("identity", {}).get("sourceIp", ""))


# --- the browser -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser's cookie says: whose it would be, its secret, and for what and when a number was typed in it."""

    person: str
    secret: str
    what: str = ""
    asked_at: datetime | None = None

    @property
    def mark(self) -> str:
        return signing.mark(self.secret)

    def is_known(self, person: Person) -> bool:
        return any(hmac.compare_digest(self.mark, one) for one in person.browsers)

    def is_asked(self, what: str, now: datetime) -> bool:
        """A YES may still come. Nothing here tells whether the number is one that we know."""
        return self.what == what and self.asked_at is not None and now - self.asked_at < CONFIRM_WITHIN


def browser_of(request: Any, name: str, settings: Settings) -> Browser | None:
    facts = signing.read(settings, "browser", cookie(request, name))
    if facts is None:
        return None
    asked_at = datetime.fromisoformat(facts["t"]) if facts.get("t") else None
    return Browser(facts["p"], facts["b"], facts.get("c", ""), asked_at)


def browser_cookie(name: str, browser: Browser, settings: Settings) -> str:
    facts = {"p": browser.person, "b": browser.secret, "c": browser.what}
    if browser.asked_at:
        facts["t"] = browser.asked_at.isoformat()
    value = signing.sign(settings, "browser", facts)
    return f"{name}={value}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly{where_kept(name, settings)}"


def no_cookie(name: str, settings: Settings) -> str:
    return f"{name}=; Path=/; Max-Age=0; HttpOnly{where_kept(name, settings)}"


def where_kept(name: str, settings: Settings) -> str:
    """A card's stays with the site that shows it (CHIPS): so it works where other third-party cookies are blocked."""
    if name == CARD_COOKIE:
        return "; SameSite=None; Secure; Partitioned"
    return f"; SameSite=Lax{secure(settings)}"


def secure(settings: Settings) -> str:
    return "; Secure" if settings.public_url.startswith("https:") else ""


# --- what they can press -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Which action or group a page is about, where its forms go, and where one is afterwards.

    `cookie` tells who presses: a page's, a card's, or none for a personal link.
    """

    what: str
    post: str
    back: str
    cookie: str = ""


def on_page(code: str) -> Place:
    return Place(code, addresses.pledge(code), addresses.action(code), PAGE_COOKIE)


def on_card(code: str) -> Place:
    return Place(code, addresses.pledge_card(code), addresses.embed(code), CARD_COOKIE)


def by_link(code: str, token: str) -> Place:
    return Place(code, addresses.personal(token), addresses.personal(token))


def on_group(keyword: str) -> Place:
    return Place(keyword, addresses.join(keyword), addresses.group(keyword), PAGE_COOKIE)


def form(world: Runtime, place: str, verb: str, **bound: str) -> Form:
    return Form(place, signing.form_token(world.settings, verb, world.secret(), world.now(), **bound))


def part_of(page: ActionPage, place: Place, browser: Browser | None, world: Runtime) -> Part:
    """What the visitor has to do with the action. A cookie without its mark on the person's row is a stranger's."""
    code, visitor = page.action.code, page.visitor
    if visitor and (browser is None or browser.is_known(visitor.person)):
        return known_part(page, visitor, place, browser, world)
    if browser and browser.is_asked(code, world.now()):
        forms = {"forget": form(world, place.post, "forget", c=code)}
        return Part(is_asked=True, forms=forms)
    can_be_texted = page.action.is_open
    return Part(forms={"number": form(world, place.post, "number", c=code)} if can_be_texted else {})


def known_part(page: ActionPage, visitor: Visitor, place: Place, browser: Browser | None, world: Runtime) -> Part:
    """`browser` is none for a personal link's page."""
    person, pledge, code = visitor.person, visitor.pledge, page.action.code
    verbs = verbs_for(pledge.answer if pledge else None) if page.action.is_open and not person.is_stopped else ()
    bound = {"c": code, "p": person.id, "b": browser.mark if browser else ""}
    forms = {verb: form(world, place.post, verb, **bound) for verb in verbs}
    if browser:
        forms["forget"] = form(world, place.post, "forget", c=code)
    return Part(
        who=who(person),
        answer=pledge.answer if pledge else None,
        seats=pledge.seats if pledge else 0,
        is_stopped=person.is_stopped,
        forms=forms,
    )


def verbs_for(answer: Answer | None) -> Iterable[str]:
    if answer in {Answer.IN, Answer.WAITING}:
        return ("in", "out")
    return ("in", "maybe", "out") if answer is None else ("in", "out") if answer is Answer.MAYBE else ("in",)


def who(person: Person) -> str:
    """As much as they need to know themselves by, and nobody else could use: a first name, the last two digits."""
    digits = f"…{person.phone[-2:]}"
    return f"{person.name.split()[0]}, {digits}" if person.name else called(person)


def ways(request: Any, words: str, site: Site, settings: Settings) -> Ways:
    from chalicelib.web import texting  # segno is for few pages
    from chalicelib.web import words as published

    number = settings.number_to_text
    if not number:
        return Ways(words)
    label = published.say(site.lang, "qr", number=site.number, words=words)
    link = texting.sms_link(number, words, header(request, "user-agent"))
    return Ways(words, link, texting.qr_svg(number, words, label))


# --- what is said after a press --------------------------------------------------------------------------

SAID_LASTS = timedelta(minutes=10)


def saying(address: str, words: str, world: Runtime) -> str:
    """The address of a page of ours that is to say this when it is shown again.

    Signed with the page's path: nobody can put words on our pages, nor take those of one page to another.
    """
    if not words:
        return address
    path, _, _ = address.partition("?")
    facts = {"s": words, "t": int(world.now().timestamp()), "p": path}
    return f"{address}{'&' if '?' in address else '?'}said={signing.sign(world.settings, 'said', facts)}"


def said(request: Any, world: Runtime) -> str:
    """What the page that is asked for is to say."""
    facts = signing.read(world.settings, "said", query(request, "said"))
    if facts is None or facts.get("p") != path_of(request):
        return ""
    age = world.now() - datetime.fromtimestamp(facts["t"], world.now().tzinfo)
    return str(facts["s"]) if age < SAID_LASTS else ""
