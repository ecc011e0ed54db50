"""The operator's corner: all groups, spending, whether texts go out, dead letters, queues. Others find nothing."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.commands import GoOnSending, HoldSending
from chalicelib.core.kept import Sending
from chalicelib.core.outcome import in_dollars
from chalicelib.delivery import dead_letters
from chalicelib.entry import visiting
from chalicelib.entry.answers import HTML, with_tag
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer, Pressed
from chalicelib.entry.dashboard.home import spoken_moment
from chalicelib.entry.guard import FORM
from chalicelib.entry.pages import KEYWORD, LOOK
from chalicelib.languages import LANGUAGES
from chalicelib.runtime import VERSION, Runtime, runtime
from chalicelib.settings import Settings
from chalicelib.store.dashboard.operator import Run, run
from chalicelib.web import desk_addresses
from chalicelib.web.render import whose
from chalicelib.web.words import accented, desk_say

operator = Blueprint(__name__)

MOST_LOOKED_AT = 10  # dead letters of each queue that are shown
MOST_REDRIVEN = 100  # of each queue, by one press: a request must end
STARTED = time.monotonic()


@operator.route("/dashboard/operator", methods=LOOK)
def corner() -> Response:
    request, world = operator.current_request, runtime()
    who = operating(request, world)
    return who if isinstance(who, Response) else show(request, who, world)


@operator.route("/dashboard/operator/now", methods=LOOK)
def now() -> Response:
    """Whether texts go out and what waits, looked at again and again."""
    request, world = operator.current_request, runtime()
    who = operating(request, world, is_consistent=False)
    if isinstance(who, Response):
        return who
    site = door.site_of(request, desk_addresses.operator(), world)
    context = health(run(world), site.lang, world)
    html = door.piece("dashboard/_operator.html", site, world, who, **context)
    return with_tag(request, html, HTML, "private, no-cache", Vary=door.VARY)


@operator.route("/dashboard/operator/do", methods=["POST"], content_types=[FORM])
def do() -> Response:
    request, world = operator.current_request, runtime()
    who = door.signed_in(request, world)
    if who is not None and not who.is_operator:
        return door.nothing(request, world, who)
    sent = door.pressed(request, world, o="operator")
    return sent if isinstance(sent, Response) else done(request, sent, world)


def done(request: Any, sent: Pressed, world: Runtime) -> Response:
    lang = visiting.language_of(request)
    if sent.verb == "look":
        return show(request, sent.who, world, letters=dead_letters.look(world, MOST_LOOKED_AT))
    if sent.verb == "redrive":
        n = dead_letters.redrive(world, MOST_REDRIVEN)
        words = desk_say(lang, "operator_redriven_one" if n == 1 else "operator_redriven_many", n=n)
    else:
        command = HoldSending() if sent.verb == "hold" else GoOnSending()
        words = door.said_of(door.bring(command, sent, world), lang)
    return door.back(desk_addresses.operator(), words, world)


def operating(request: Any, world: Runtime, is_consistent: bool = True) -> Organizer | Response:
    """An operator; anybody else is shown that there is nothing here."""
    who = door.looking(request, world, is_consistent=is_consistent)
    if isinstance(who, Organizer) and not who.is_operator:
        return door.nothing(request, world, who)
    return who


# --- the page ----------------------------------------------------------------------------------------


def show(request: Any, who: Organizer, world: Runtime, letters: list[dead_letters.Letter] | None = None) -> Response:
    after = visiting.query(request, "after").upper()
    found = run(world, after if KEYWORD.fullmatch(after) else "")
    path = desk_addresses.operator()
    lang = door.site_of(request, path, world).lang
    settings = world.settings
    context = {
        **health(found, lang, world),
        "found": found,
        "is_first": not after,
        "groups": [(one, cents(one.spent, settings), part_of(one.spent, one.limit)) for one in found.groups],
        "days": [
            (spoken_day(one.day, lang), one.segments, cents(one.segments, settings),
             part_of(one.segments, settings.daily_limit))
            for one in found.days
        ],
        "letters": None if letters is None else [letter_words(one, lang) for one in letters],
        "most_letters": MOST_LOOKED_AT,
        "settings": settings_that_matter(settings),
        "version": VERSION,
        "running_since": running_since(lang, world),
        "forms": {
            verb: door.form(who, world, desk_addresses.operator_do(), verb, o="operator")
            for verb in ("hold", "go_on", "look", "redrive")
        },
    }  # fmt: skip
    return door.show("dashboard/operator.html", request, path, world, who, part="operator", **context)


def health(found: Run, lang: str, world: Runtime) -> dict[str, Any]:
    """What changes by itself: the same on the page and in the piece of it that is looked at again."""
    waiting, zone = dead_letters.waiting(world), world.settings.zone
    oldest = found.overdue.oldest
    return {
        "sending": found.sending,
        "why": why_still(found, lang, world),
        "overdue": found.overdue,
        "oldest": spoken_moment(oldest, zone, lang) if oldest else "",
        "waiting": waiting,
        "dead": sum(one.dead for one in waiting),
        "limit": world.settings.daily_limit,
        "limit_money": cents(world.settings.daily_limit, world.settings),
        "today": found.days[0].segments,
        "today_money": cents(found.days[0].segments, world.settings),
        "today_part": part_of(found.days[0].segments, world.settings.daily_limit),
    }


def running_since(lang: str, world: Runtime) -> str:
    """Of this process, one of those that answer pages."""
    since = world.now() - timedelta(seconds=time.monotonic() - STARTED)
    return spoken_moment(since, world.settings.zone, lang)


def why_still(found: Run, lang: str, world: Runtime) -> str:
    """Nothing, if texts go out."""
    still: Sending = found.sending
    if still.stopped_at is None:
        return ""
    when = spoken_moment(still.stopped_at, world.settings.zone, lang)
    if still.held_by:
        name = whose(found.holder) if found.holder else "…"
        return desk_say(lang, "operator_held", when=when, name=name)
    return desk_say(lang, "operator_error", when=when, error=still.code)


def letter_words(letter: dead_letters.Letter, lang: str) -> tuple[str, str, int]:
    """Its queue, what it is, how often it was looked at: no words of a text, no number, no person's id."""
    about = letter.about.removeprefix("action#").removeprefix("group#")
    about = "" if about.startswith("person#") else about.removeprefix("crew#")
    what = desk_say(lang, f"operator_letter_{letter.kind}", what=what_of(letter), about=about or "–", n=letter.people)
    return letter.queue, what, letter.tries


def what_of(letter: dead_letters.Letter) -> str:
    """A sentence's or a command's name; of a row that is no more the kind that its key tells."""
    return letter.what.partition("#")[0]


def cents(segments: int, settings: Settings) -> str:
    """What so many segments cost, in dollars."""
    return "$" + in_dollars(round(segments * settings.segment_price))


def part_of(n: int, limit: int) -> int:
    """In percent, of a bar that ends at a hundred."""
    return 100 if n >= limit else int(100 * n / limit)


def spoken_day(day: date, lang: str) -> str:
    """A day as a moment is written ("Mon Nov 23"), without the hour."""
    language = LANGUAGES[lang]
    written = language.moment(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001 - a day has no zone
    return accented(language, written.rpartition(" ")[0])


def settings_that_matter(settings: Settings) -> list[tuple[str, str]]:
    """No secret, no number and no address of a service."""
    founders = "anyone" if "anyone" in settings.founders else str(len(settings.founders))
    shown = (
        ("SENDER_TYPE", settings.sender_type),
        ("SENDER_RATE", f"{settings.bulk_rate / settings.bulk_share:g}"),
        ("BULK_SHARE", f"{settings.bulk_share:g}"),
        ("SEGMENT_PRICE", f"{settings.segment_price:g} ¢"),
        ("DAILY_CENTS", in_dollars(settings.daily_cents)),
        ("DAILY_SEGMENTS", f"{settings.daily_segments:,}"),
        ("GROUP_DAILY_CENTS", in_dollars(settings.group_daily_cents)),
        ("GROUP_DAILY_SEGMENTS", f"{settings.group_daily_segments:,}"),
        ("TEXTS_A_DAY", str(settings.texts_a_day)),
        ("CONFIRMATIONS_A_DAY", str(settings.confirmations_a_day)),
        ("COUNTRIES", ", ".join(settings.countries)),
        ("FOUNDERS", founders),
        ("GROUPS_ARE", settings.groups_are),
        ("ZONE", settings.zone),
        ("ACTION_HOURS", f"{settings.action_hours:g}"),
        ("DISSOLVE_HOURS", f"{settings.dissolve_hours:g}"),
        ("OPERATORS", str(len(settings.operators))),
    )
    return list(shown)
