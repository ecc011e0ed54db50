"""What follows when the carrier says no, at once or later: an opt-out, a bad number, an account set up wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib import metrics
from chalicelib.core.commands import ByTime, Notice, Stop, Suspend
from chalicelib.core.kept import Failure
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.delivery.carrier import CODES, DEFAULT, Answer, Meaning, Refused, Took
from chalicelib.handle import handle
from chalicelib.log import log, wake, warn
from chalicelib.runtime import Runtime, day_of
from chalicelib.store import failures, sender
from chalicelib.store.codec import keyword_of

# While sending stands still, one text tries whether it is mended. Twilio's codes from 30000 on come in callbacks: only
# a text that was delivered tells that such a cause is gone, and each try may be a text that fails.
TRIED_EACH, LATE_TRIED_EACH = timedelta(seconds=30), timedelta(minutes=10)
TOLD_LATE = 30000


def count_failure(answer: Answer) -> None:
    """By what it means (delivery/carrier.py); `unknown` and `unreached`: it did not answer."""
    if not isinstance(answer, Took):
        count_reason(answer.meaning.name if isinstance(answer, Refused) else type(answer).__name__)


def count_reason(reason: str) -> None:
    metrics.count("SendFailures", by=reason.lower())


def follow(error: int, pk: str, sk: str, code: str, world: Runtime, keyword: str = "") -> None:
    """`pk` and `sk` are the text's; `code` is of the action that it was about, `keyword` of the group, if any.

    Again: changes nothing more.
    """
    meaning, person = CODES.get(error, DEFAULT), pk.removeprefix("person#")
    log("the carrier said no", error=error, meaning=meaning.value, code=code or None)
    if group := keyword or (keyword_of(code) if code else ""):
        failures.note(Failure(group, world.now(), person, error, code))
    if meaning is Meaning.OPTED_OUT:
        record_opt_out(person, f"{pk}#{sk}", world)
    elif meaning is Meaning.BAD_NUMBER:
        bring(Suspend(person, error), f"bad-number#{pk}#{sk}", world)
    elif meaning is Meaning.CONTENT and code:
        bring(Notice("content", code=code, error=error), f"notice#content#{code}", world)
    elif meaning is Meaning.OURS:
        stand_still(error, world)
    elif meaning is Meaning.PLACE:
        warn(meaning.value, error=error)


def record_opt_out(person: str, told_by: str, world: Runtime) -> None:
    """The carrier knows of a STOP that we do not: it counts, and is not confirmed again. `told_by` is the text's."""
    got = Received(
        Stop(),
        cause=f"opted-out#{told_by}",
        at=world.now(),
        channel=Channel.TEXT,
        person=person,
        words="21610",
        is_told_by_carrier=True,
    )
    queues.nudge(world, handle(got, world).nudges, world.now())


def bring(command: ByTime, cause: str, world: Runtime) -> None:
    """A command of delivery's own: like any other, once for each cause."""
    got = Received(command, cause=cause, at=world.now(), channel=Channel.TIMER)
    queues.nudge(world, handle(got, world).nudges, world.now())


# --- sending stands still -----------------------------------------------------------------------------


def stand_still(error: int, world: Runtime) -> None:
    """Nothing can be sent until it is mended; the operator is told once, by whoever found out."""
    metrics.measure("SendingStill", 1)
    if sender.pause(error, world.now()):
        see = f"https://www.twilio.com/docs/api/errors/{error}"
        what = "SENDING STANDS STILL: mend it, then `make resume`; it is tried again by itself, too"
        wake(what, error=error, meaning=CODES.get(error, DEFAULT).value, see=see)


def never() -> bool:
    return False


def stands_still(world: Runtime, passes: Callable[[], bool] = never) -> bool:
    """Whether this text has to wait; now and then one may try whether it is mended.

    While an operator holds it, nothing tries; a text that `passes` all the same does not wait.
    """
    found = sender.paused()
    if found is None:
        return False
    if found.held_by:
        return not passes()
    each = LATE_TRIED_EACH if found.code >= TOLD_LATE else TRIED_EACH
    return not sender.may_try(found, each, world.now())


def is_held() -> bool:
    """Whether an operator holds all sending: what is under way stops, too."""
    found = sender.paused()
    return found is not None and bool(found.held_by)


def taken_again(world: Runtime) -> None:
    """The carrier took a text: sending goes on, unless it stood still for what is only told later."""
    found = sender.paused()
    if found and not found.held_by and found.code < TOLD_LATE:
        go_on(world, found)


def works_again(world: Runtime, claimed_at: datetime) -> None:
    """A text was delivered that was claimed then: sending goes on, if it stood still before that."""
    found = sender.paused()
    if found and not found.held_by and found.at < claimed_at:
        go_on(world, found)


def go_on(world: Runtime, found: sender.Pause | None = None) -> bool:
    """The carrier took a text, or an operator says so: sending goes on, and the operators get a text about it.

    Only the pause that was `found` is ended, where one was: an operator may hold sending meanwhile.
    """
    ended = sender.resume(found)
    if ended is None:
        return False
    wake("SENDING GOES ON", since=ended.at.isoformat(), error=ended.code)
    notice = Notice("held" if ended.held_by else "stood_still", error=ended.code, since=ended.at)
    bring(notice, f"notice#stood_still#{ended.at.isoformat()}", world)
    return True


# --- spending -----------------------------------------------------------------------------------------

WARNED_AT = 0.8


def spend(keyword: str, segments: int, world: Runtime, daily_cents: int | None = None) -> bool:
    """Counts a group's alert or news towards its day and the installation's; False: a limit is reached, send none.

    `daily_cents` are what its organizers let a day cost, if they said so.
    """
    now, settings = world.now(), world.settings
    today = day_of(now, world)
    for scope, limit in ((keyword, settings.limit_of(daily_cents)), ("", settings.daily_limit)):
        total = sender.spend(scope, today, segments, limit, now)
        part = 1.0 if total is None else total / limit
        if not scope:
            metrics.measure("SpentShare", part * 100)
        if part >= WARNED_AT:
            kind = ("group_" if scope else "") + ("spend_100" if total is None else "spend_80")
            bring(Notice(kind, keyword=keyword), f"notice#{kind}#{keyword}#{today.isoformat()}", world)
        if total is None:
            warn("a day's spending limit is reached: only replies go out", keyword=scope or None, limit=limit)
            return False
    return True


def count_reply(segments: int, world: Runtime) -> None:
    """Replies are never stopped by a limit, but they count."""
    now, limit = world.now(), world.settings.daily_limit
    total = sender.spend("", day_of(now, world), segments, None, now)
    if total is not None and limit:
        metrics.measure("SpentShare", total / limit * 100)
