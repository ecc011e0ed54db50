"""One text of its own, once: claim, consent, carrier, settle. A crash anywhere loses nothing and doubles nothing.

A claimed text whose sender died may or may not have been taken by the carrier. The carrier's list tells: found there,
it is settled; not found after a minute, it is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from chalicelib import metrics
from chalicelib.core.consent import why_not
from chalicelib.core.model import Group, Person
from chalicelib.core.outcome import Say
from chalicelib.delivery import carrier, queues
from chalicelib.delivery.carrier import Lane, Letter, Meaning, Refused, Took, Unknown, Unreached
from chalicelib.delivery.refusals import count_failure, count_reply, follow, stand_still, stands_still, taken_again
from chalicelib.delivery.timely import outdated
from chalicelib.languages import render
from chalicelib.log import log, tracing, warn
from chalicelib.runtime import Runtime
from chalicelib.store import outbox, sender
from chalicelib.store.codec import keyword_of, person_in
from chalicelib.store.commit import Nudge
from chalicelib.store.outbox import Sent
from chalicelib.store.plain import from_iso, from_plain, iso
from chalicelib.store.reading import row_at, rows
from chalicelib.store.tables import PersonRow, Row, TextRow, WantedRow, person_pk
from chalicelib.store.values import get, group_key, organizer_reached, person_key

# All that sending asks of a person: reading the rest of thousands would take longer than texting them.
ASKED_OF_PEOPLE = ["pk", "sk", "kind", "phone", "lang", "groups", "place", "quiet", "stopped_at", "bad_at"]
FOR_ORGANIZERS = frozenset({"note_from_crew", "filled", "talk_costs", "task_dropped", "done_by_time", "expired"})
FOR_ORGANIZERS |= {"who_missed", "how_many_missed"}
ABOUT_HOLDING = frozenset({"sending_held", "sending_held_already"})
LOOKED_UP_WHILE_HELD = 1_000  # texts, each minute: STOP's confirmation is there only if it could not go out at once
COUNTED_BEFORE = frozenset({"confirm_list"})  # in the day's spending, as alerts are


def people(ids: Sequence[str], is_consistent: bool) -> dict[str, Person]:
    """Numbers and consent, looked up just before sending; a hundred in one request."""
    keys = [person_key(one) for one in dict.fromkeys(ids)]
    found = Row.batch_get(keys, consistent_read=is_consistent, attributes_to_get=ASKED_OF_PEOPLE)
    return {person.id: person for person in (person_in(row) for row in found if isinstance(row, PersonRow))}


def take(row: TextRow, claim: Callable[[TextRow, datetime], bool], world: Runtime) -> tuple[TextRow, bool] | None:
    """The row, and whether it is ours: claimed now, or before by somebody who may have died. None: it is settled."""
    if claim(row, world.now()):
        return row, True
    found = row_at(row.pk, row.sk)
    return (found, False) if isinstance(found, TextRow) and found.state == Sent.SENDING else None


def deliver_text(pk: str, sk: str, world: Runtime) -> bool:
    """Sends the text of one row. False: not settled yet, bring it back. While sending stands still it waits, due."""
    if stands_still(world, lambda: is_never_held(row_at(pk, sk))):
        return True
    taken = take(TextRow(pk, sk), outbox.claim, world)
    if taken is None:
        return True
    with tracing(taken[0].trace or ""):
        return deliver_row(*taken, world)


def deliver_row(row: TextRow, is_claimed: bool, world: Runtime) -> bool:
    if is_claimed and row.due:
        metrics.measure("QueueAge", seconds_since(from_iso(row.due), world), by="replies")
    whose = row.pk.removeprefix("person#")
    person = people([whose], is_consistent=True).get(whose)
    what = Say(row.say, from_plain(row.args or {}))
    if person is not None and not is_claimed:
        found = settled_by_list(row, person, render(person.lang, what).__eq__, world)
        if found is not None:
            return found
    late = outdated(what, row, person, world)
    if isinstance(late, datetime):
        outbox.put_back(row, late)
        log("waits for quiet hours to end", say=what.key, until=iso(late))
        return True
    if late:
        return withhold(row, late, world)
    if what.key in FOR_ORGANIZERS and (other := stand_in(row, person)):
        hand_on(row, other, world)
        return True
    return send_row(row, person, what, world)


def withhold(row: TextRow, why: str, world: Runtime) -> bool:
    outbox.settle(row, Sent.WITHHELD, world.now(), why=why)
    log("withheld", say=row.say, why=why)
    return True


def is_never_held(row: Row | None) -> bool:
    """Goes out though an operator holds all sending: what the law asks for, and that their own word was heard."""
    return isinstance(row, TextRow) and bool(row.is_past_stop or row.say in ABOUT_HOLDING)


def never_held(nudges: Sequence[Nudge]) -> list[Nudge]:
    """Of texts that are due, those that go out though sending is held: looked up among the latest."""
    latest = sorted(nudges, key=lambda one: one.due, reverse=True)[:LOOKED_UP_WHILE_HELD]
    found = Row.batch_get([(one.pk, one.sk) for one in latest], consistent_read=False)
    passing = {(row.pk, row.sk) for row in found if is_never_held(row)}
    return [one for one in latest if (one.pk, one.sk) in passing]


def stand_in(row: TextRow, person: Person | None) -> str:
    """Who gets what was meant for the organizer who raised an action and has stopped, or organizes no more."""
    about = group_key(keyword_of(row.code or ""))
    group: Group | None = get([about]).get(about)
    if group is None or (person is not None and not person.is_stopped and person.id in group.organizers):
        return ""
    return organizer_reached(group, "")


def hand_on(row: TextRow, other: str, world: Runtime) -> None:
    """The same text to somebody else: made once, and only then is the first one done."""
    facts = {"say": row.say, "args": row.args, "code": row.code, "expires": row.expires, "trace": row.trace}
    outbox.hold(TextRow(person_pk(other), row.sk, **facts), world.now(), "handed on")
    outbox.settle(row, Sent.WITHHELD, world.now(), why="handed on")
    queues.nudge(world, [Nudge(True, person_pk(other), row.sk, world.now())], world.now())


def send_row(row: TextRow, person: Person | None, what: Say, world: Runtime) -> bool:
    """Sends a claimed row. False: not settled yet."""
    why = why_not(person, world.settings.countries, row.keyword or "", bool(row.is_answer), bool(row.is_past_stop))
    if person is None or why:
        return withhold(row, why, world)
    body = render(person.lang, what)
    letter = Letter(person.phone, body, receipts_to(row.pk, row.sk, world, trace=row.trace or ""))
    began = time.monotonic()
    answer = carrier.wait_for(carrier.send(world, letter, Lane.REPLIES))
    metrics.measure("CarrierSeconds", time.monotonic() - began)
    return settle(row, answer, world)


def seconds_since(at: datetime, world: Runtime) -> float:
    """A message may come a little before its time."""
    return max(0.0, (world.now() - at).total_seconds())


def receipts_to(pk: str, sk: str, world: Runtime, count: int = 0, trace: str = "") -> str:
    """Where the carrier tells what became of it. The key of the row is in the URL, whose signature covers it.

    So is for how many recipients of an alert the receipt counts, and the trace (chalicelib/log.py) where the key tells
    none, or another.
    """
    asked = {"pk": pk, "sk": sk, **({"t": trace} if trace else {}), **({"n": count} if count else {})}
    return f"{world.settings.public_url}/sms/status?{urlencode(asked)}"


def settle(row: TextRow, answer: carrier.Answer, world: Runtime, count: int = 0) -> bool:
    """What the carrier's answer makes of the row. False: bring it back later. `count`: as in receipts_to."""
    now = world.now()
    if isinstance(answer, Took):
        outbox.settle(row, Sent.SENT, now, sid=answer.sid, segments=answer.segments)
        if not isinstance(row, WantedRow) and row.say not in COUNTED_BEFORE:
            count_reply(answer.segments, world)
        if row.code:
            sender.spend_on(row.code, 1, answer.segments, alerts=int(isinstance(row, WantedRow)))
        taken_again(world)
        metrics.count("Sends")
        log("sent", sid=answer.sid, segments=answer.segments, say=row.say, **reply_seconds(row, world))
        return True
    count_failure(answer)
    if isinstance(answer, Unknown):
        warn("no answer from the carrier: its list will tell whether it took the text", say=row.say)
        return False
    if isinstance(answer, Unreached):
        warn("the carrier cannot be reached: trying again", say=row.say)
        outbox.put_back(row)
        return False
    return settle_refusal(row, answer, world, count)


def reply_seconds(row: TextRow, world: Runtime) -> dict[str, float]:
    """Of an answer, how long whoever asked has waited: its key tells since when. Of other texts nothing."""
    if not row.is_answer:
        return {}
    seconds = seconds_since(from_iso(row.sk.split("#")[1]), world)
    metrics.measure("ReplySeconds", seconds)
    return {"seconds": round(seconds, 3)}


def settle_refusal(row: TextRow, answer: Refused, world: Runtime, count: int = 0) -> bool:
    """Waits where waiting helps (all of it in the due index, so that nothing is forgotten); else it has failed."""
    now = world.now()
    if answer.meaning is Meaning.LATER:
        warn(answer.meaning.value, error=answer.code, say=row.say)
        outbox.put_back(row)
        return False
    if answer.meaning is Meaning.OURS:
        outbox.put_back(row)
        stand_still(answer.code, world)
        return True
    outbox.settle(row, Sent.FAILED, now, error=answer.code)
    sender.spend_on(row.code or "", failed=count)
    follow(answer.code, row.pk, row.sk, row.code or "", world, row.keyword or "")
    return True


def settled_by_list(row: TextRow, person: Person, is_it: Callable[[str], bool], world: Runtime) -> bool | None:
    """Of a text that another sender had claimed: True if the carrier has it, False if it is too early to say.

    None: the carrier never took it, and it is ours now to send. `is_it` knows its words.
    """
    claimed_at = from_iso(row.claimed_at)
    known = [one.sid for one in texts_since(row.pk, claimed_at - timedelta(minutes=5)) if one.sid]
    found = carrier.wait_for(carrier.find(world, person.phone, is_it, claimed_at, known))
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
