"""The dashboard's part: what became of a group's texts, what waits and why, and an alert sent again."""

from __future__ import annotations

from collections import Counter

from chalice.app import Blueprint, Response

from chalicelib.core.commands import SendAgain
from chalicelib.core.outcome import in_dollars
from chalicelib.delivery.carrier import CODES, DEFAULT
from chalicelib.entry import visiting
from chalicelib.entry.dashboard import door
from chalicelib.entry.guard import FORM, fields_of
from chalicelib.entry.pages import LOOK
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.codec import keyword_of
from chalicelib.store.dashboard.delivery import DeliverySeen, FailedDay, delivery_of
from chalicelib.web import desk_addresses
from chalicelib.web.carrier_words import day_words, moment_words, reason_words
from chalicelib.web.words import desk_say

delivery = Blueprint(__name__)

NEAR = 0.8  # of a day's limit, from which it is shown as near


@delivery.route("/dashboard/g/{keyword}/delivery", methods=LOOK)
def look(keyword: str) -> Response:
    world, request = runtime(), delivery.current_request
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    seen = delivery_of(keyword, world.now(), world)
    if seen is None:
        return door.nothing(request, world, who)
    path, lang = desk_addresses.delivery(keyword), visiting.language_of(request)
    forms = {
        one.action.code: door.form(who, world, path, "send_again", g=keyword, a=one.action.code) for one in seen.to_send
    }
    context = {"keyword": keyword, "part": "delivery", "seen": seen, "forms": forms, **in_words(seen, lang, world)}
    return door.show("dashboard/delivery.html", request, path, world, who, 200, **context)


@delivery.route("/dashboard/g/{keyword}/delivery", methods=["POST"], content_types=[FORM])
def send_again(keyword: str) -> Response:
    world, request = runtime(), delivery.current_request
    fields = fields_of(bytes(request.raw_body))  # type: ignore[arg-type]  # bytes of a form
    code = fields.first("action")
    sent = door.pressed(request, world, keyword, fields, g=keyword, a=code)
    if isinstance(sent, Response):
        return sent
    if keyword_of(code) != keyword:
        return door.nothing(request, world, sent.who)
    done = door.bring(SendAgain(code), sent, world)
    said = door.said_of(done, visiting.language_of(request))
    return door.back(desk_addresses.delivery(keyword), said, world)


# --- in words ----------------------------------------------------------------------------------------


def reason(error: int, lang: str) -> str:
    return reason_words(error, CODES.get(error, DEFAULT).name, lang)


def by_reason(errors: Counter[int], lang: str) -> list[tuple[str, int]]:
    """What the carriers said and how often, the commonest first: codes that say the same are one."""
    found: Counter[str] = Counter()
    for error, n in errors.items():
        found[reason(error, lang)] += n
    return found.most_common()


def total(days: tuple[FailedDay, ...]) -> Counter[int]:
    return sum((one.errors for one in days), Counter[int]())


def in_words(seen: DeliverySeen, lang: str, world: Runtime) -> dict[str, object]:
    zone = seen.group.zone
    unreached = [
        (person, moment_words(one.since, zone, lang), reason(one.error, lang), one) for one, person in seen.unreached
    ]
    return {
        "reasons": by_reason(total(seen.days), lang),
        "days": [(day_words(one.day, lang), one.errors.total(), by_reason(one.errors, lang)) for one in seen.days],
        "unreached": unreached,
        "waits": waits(seen, lang),
        "spent": in_dollars(round(seen.spent * world.settings.segment_price)),
        "limit": in_dollars(round(seen.limit * world.settings.segment_price)),
    }


def waits(seen: DeliverySeen, lang: str) -> list[str]:
    """What does not go out now, why, and what brings it."""
    zone, found = seen.group.zone, []
    if seen.pause:
        since = moment_words(seen.pause.at, zone, lang)
        key = "delivery_held" if seen.pause.held_by else "delivery_stands_still"
        fills = {} if seen.pause.held_by else {"why": reason(seen.pause.code, lang)}
        found.append(desk_say(lang, key, since=since, **fills))
    if not seen.left and seen.spent < seen.limit:
        found.append(desk_say(lang, "delivery_limit_of_all"))
    elif not seen.left:
        found.append(desk_say(lang, "delivery_limit_reached", spent=seen.spent, limit=seen.limit))
    elif seen.spent >= NEAR * seen.limit:
        found.append(desk_say(lang, "delivery_limit_near", spent=seen.spent, limit=seen.limit))
    for one in seen.waiting:
        found.append(desk_say(lang, "delivery_round", code=one.code, when=moment_words(one.opens, zone, lang)))
    if seen.webhook_rests_until:
        until = moment_words(seen.webhook_rests_until, zone, lang)
        found.append(desk_say(lang, "delivery_webhook", when=until))
    return found
