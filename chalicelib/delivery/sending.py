"""One text, once: claim, consent, carrier, settle. A crash anywhere loses nothing and doubles nothing.

A claimed text whose sender died may or may not have been taken by the carrier. The carrier's list tells: found there,
it is settled; not found after a minute, it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chalicelib.core.alerting import alert_say
from chalicelib.core.consent import may_text, quiet_until
from chalicelib.core.lifecycle import TAKES_PLEDGES
from chalicelib.core.model import Action, Answer, Person, Pledge
from chalicelib.core.outcome import Say
from chalicelib.delivery import carrier
from chalicelib.delivery.carrier import Meaning, Refused, Took, Unknown, Unreached
from chalicelib.delivery.receipts import record_opt_out
from chalicelib.languages import render
from chalicelib.log import log, warn
from chalicelib.runtime import Runtime
from chalicelib.store import outbox
from chalicelib.store.codec import keyword_of, person_in, wanted_key
from chalicelib.store.outbox import Sent
from chalicelib.store.plain import from_iso, from_plain, iso
from chalicelib.store.reading import row_at, rows
from chalicelib.store.tables import PersonRow, RoundRow, Row, TextRow, WantedRow, person_pk
from chalicelib.store.views import action_key, get, pledge_key


@cache
def pool() -> ThreadPoolExecutor:
    """At the carrier's latency the number of calls in flight decides how fast texts go out."""
    return ThreadPoolExecutor(carrier.SENDS_AT_ONCE)


def people(ids: Sequence[str], is_consistent: bool) -> dict[str, Person]:
    """Numbers and consent, looked up just before sending."""
    keys = [(person_pk(one), "you") for one in dict.fromkeys(ids)]
    found = Row.batch_get(keys, consistent_read=is_consistent)
    return {person.id: person for person in (person_in(row) for row in found if isinstance(row, PersonRow))}


def take(row: TextRow, claim: Callable[[TextRow, datetime], bool], world: Runtime) -> tuple[TextRow, bool] | None:
    """The row, and whether it is ours: claimed now, or before by somebody who may have died. None: it is settled."""
    if claim(row, world.now()):
        return row, True
    found = row_at(row.pk, row.sk)
    return (found, False) if isinstance(found, TextRow) and found.state == Sent.SENDING else None


# --- a text of its own -----------------------------------------------------------------------------


def deliver_text(pk: str, sk: str, world: Runtime) -> bool:
    """Sends the text of one row. False: not settled yet, bring it back."""
    taken = take(TextRow(pk, sk), outbox.claim, world)
    if taken is None:
        return True
    row, is_claimed = taken
    person = people([pk.removeprefix("person#")], is_consistent=True).get(pk.removeprefix("person#"))
    what = Say(row.say, from_plain(row.args or {}))
    if is_claimed and not is_still_true(what, row):
        outbox.settle(row, Sent.WITHHELD)
        return True
    return send_row(row, person, what, world, is_claimed)


def is_still_true(what: Say, row: TextRow) -> bool:
    """Who moved up and has said OUT since is not told afterwards that they are in: texts overtake each other."""
    if what.key != "moved_up":
        return True
    key = pledge_key(row.code, row.pk.removeprefix("person#"))
    pledge: Pledge | None = get([key]).get(key)
    return pledge is not None and pledge.answer is Answer.IN


def send_row(
    row: TextRow, person: Person | None, what: Say, world: Runtime, is_claimed: bool, validity: timedelta | None = None
) -> bool:
    """Sends a claimed row, or finds out what became of one that was claimed before. False: not settled yet."""
    if person is None or not may_text(person, row.keyword or "", bool(row.is_past_stop)):
        outbox.settle(row, Sent.WITHHELD)
        log("withheld", say=what.key)
        return True
    body = render(person.lang, what)
    if not is_claimed:
        found = settled_by_list(row, person, body, world)
        if found is not None:
            return found
    answer = carrier.send(world, person.phone, body, receipts_to(row, world), validity)
    return settle(row, answer, world)


def receipts_to(row: TextRow, world: Runtime) -> str:
    """Where the carrier tells what became of it. The key of the row is in the URL, whose signature covers it."""
    return f"{world.settings.public_url}/sms/status?{urlencode({'pk': row.pk, 'sk': row.sk})}"


def settle(row: TextRow, answer: carrier.Answer, world: Runtime) -> bool:
    """What the carrier's answer makes of the row. False: bring it back later."""
    if isinstance(answer, Took):
        outbox.settle(row, Sent.SENT, sid=answer.sid, segments=answer.segments)
        log("sent", sid=answer.sid, segments=answer.segments, say=row.say)
        return True
    if isinstance(answer, Unknown):
        warn("no answer from the carrier: its list will tell whether it took the text", say=row.say)
        return False
    if isinstance(answer, Unreached):
        warn("the carrier cannot be reached: trying again", say=row.say)
        outbox.put_back(row)
        return False
    return settle_refusal(row, answer, world)


def settle_refusal(row: TextRow, answer: Refused, world: Runtime) -> bool:
    if answer.meaning in {Meaning.LATER, Meaning.OURS}:
        warn(answer.meaning.value, error=answer.code, say=row.say)
        outbox.put_back(row)
        return False
    log("refused by the carrier", error=answer.code, meaning=answer.meaning.value, say=row.say)
    outbox.settle(row, Sent.FAILED, error=answer.code)
    if answer.meaning is Meaning.OPTED_OUT:
        record_opt_out(row.pk.removeprefix("person#"), f"{row.pk}#{row.sk}", world)
    return True


def settled_by_list(row: TextRow, person: Person, body: str, world: Runtime) -> bool | None:
    """Of a text that another sender had claimed: True if the carrier has it, False if it is too early to say.

    None: the carrier never took it, and it is ours now to send.
    """
    claimed_at = from_iso(row.claimed_at)
    known = [one.sid for one in texts_since(row.pk, claimed_at - timedelta(minutes=5)) if one.sid]
    found = carrier.find(world, person.phone, body, claimed_at, known)
    if isinstance(found, Unknown):
        return False
    if found:
        return settle(row, found, world)
    now = world.now()
    if now - claimed_at < outbox.UNKNOWN_AFTER:
        return False
    return None if outbox.claim_again(row, now) else False


def texts_since(pk: str, since: datetime) -> list[Any]:
    """All that went to one person lately."""
    texts = rows(pk, Row.sk.between(f"text#{iso(since)}", "text#~"))
    alerts = rows(pk, Row.sk.startswith("you#wanted#"), limit=20)
    return [*texts, *alerts]


# --- recipients of a round -------------------------------------------------------------------------


def deliver_chunk(round_pk: str, round_sk: str, recipients: Sequence[str], world: Runtime) -> bool:
    """Sends a round to some of its recipients. False: at least one is not settled, bring all back."""
    what = row_at(round_pk, round_sk)
    if not isinstance(what, RoundRow):
        return True
    code = round_pk.removeprefix("action#")
    action: Action | None = get([action_key(code)]).get(action_key(code)) if what.say == "alert" else None
    if what.say == "alert" and (action is None or action.state not in TAKES_PLEDGES):
        log("alert not needed any more", code=code)
        return True
    found = people(recipients, is_consistent=False)

    def one(person: str) -> bool:
        return deliver_to(found.get(person), person, what, action, world)

    return all(list(pool().map(one, recipients)))


def recipient_row(person: str, what: RoundRow, code: str) -> TextRow:
    """The row that a recipient's claim makes: an alert's also tells what the person is wanted for."""
    kept: dict[str, Any] = {"say": what.say, "code": code, "expires": what.expires}
    if what.say == "alert":
        key = wanted_key(person, code, from_iso(what.at))
        return WantedRow(*key, until=what.until, keyword=keyword_of(code), **kept)
    return TextRow(person_pk(person), f"text#{what.at}#{what.sk}", **kept)


def deliver_to(found: Person | None, person: str, what: RoundRow, action: Action | None, world: Runtime) -> bool:
    now = world.now()
    row = recipient_row(person, what, what.pk.removeprefix("action#"))
    if action and found and not action.is_emergency:
        held_until = quiet_until(found, now.astimezone(ZoneInfo(action.zone)))
        if held_until:
            outbox.hold(row, held_until)
            return True
    taken = take(row, outbox.claim_new, world)
    if taken is None:
        return True
    row, is_claimed = taken
    validity = action.ends_at - now if action else None
    return send_row(row, found, Say(what.say, from_plain(what.args or {})), world, is_claimed, validity)


def deliver_held(pk: str, sk: str, world: Runtime) -> bool:
    """An alert that waited for the end of somebody's quiet hours, if the action still wants people."""
    taken = take(WantedRow(pk, sk), outbox.claim, world)
    if taken is None:
        return True
    row, is_claimed = taken
    action: Action | None = get([action_key(row.code)]).get(action_key(row.code))
    if action is None or action.state not in TAKES_PLEDGES:
        outbox.settle(row, Sent.WITHHELD)
        return True
    person = people([pk.removeprefix("person#")], is_consistent=True).get(pk.removeprefix("person#"))
    return send_row(row, person, alert_say(action), world, is_claimed, action.ends_at - world.now())
