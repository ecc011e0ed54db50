"""A group's webhook is told what happened: signed as Standard Webhooks has it, again and again until it has heard.

It may hear something twice (the same webhook-id) and out of order (the counts in it say so), never nothing.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic

from chalicelib.delivery import carrier, queues
from chalicelib.log import log, warn
from chalicelib.runtime import Runtime
from chalicelib.store import hooks, outbox
from chalicelib.store.codec import keyword_of
from chalicelib.store.commit import Nudge
from chalicelib.store.tables import HookRow, WebhookRow

LEASED = timedelta(seconds=15)  # longer than an answer is waited for
AGAIN = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
SPREAD = 1.1  # by which these may be longer, so that what failed at once does not come back at once
SLOW_SECONDS = 1.0
RESTS = 6  # times as long as it made us wait
GONE = 410
PREFIX = "whsec_"


def new_secret(chance: bytes) -> str:
    """As it is shown to whoever receives; `chance` are 24 to 64 random bytes, as the standard wants."""
    return PREFIX + b64encode(chance).decode()


def is_town(world: Runtime) -> bool:
    """Pages over plain http: everything runs on one machine, and so may who is told."""
    return world.settings.public_url.startswith("http://")


def tell(row: HookRow, world: Runtime) -> None:
    """One try. Whoever has the row's lease makes it; who follows a dead one says it under the same webhook-id."""
    code = row.pk.removeprefix("action#")
    if not outbox.lease(row, world.now() + LEASED):
        return
    webhook = hooks.webhook_of(keyword_of(code))
    if webhook is None:
        hooks.told(row)
        return
    if not hooks.may_try(webhook, world.now(), world.now() + LEASED):
        later(row, None, world)
        return
    status = call(webhook, row, world)
    if status == GONE:
        hooks.remove_webhook(keyword_of(code), webhook)
        hooks.told(row)
        warn("a webhook said that it is gone, and was removed: `make webhook` sets another", code=code)
    elif status is not None and 200 <= status < 300:
        hooks.told(row)
        log("webhook told", code=code, event=row.event, tries=int(row.tries or 0) + 1)
    else:
        later(row, status, world)


def later(row: HookRow, status: int | None, world: Runtime) -> None:
    """Not heard. Something that was not even tried, because the webhook is left alone, counts as tried."""
    now, tries, code = world.now(), int(row.tries or 0) + 1, row.pk.removeprefix("action#")
    if tries > len(AGAIN):
        hooks.give_up(row, tries, now)
        warn("webhook given up: ask its owner why it does not answer", code=code, event=row.event, status=status)
        return
    due = now + AGAIN[tries - 1] * world.chance.uniform(1, SPREAD)
    hooks.again(row, tries, due)
    queues.nudge(world, [Nudge(False, row.pk, row.sk, due)], now)
    log("webhook not told", code=code, event=row.event, tries=tries, status=status)


def call(webhook: WebhookRow, row: HookRow, world: Runtime) -> int | None:
    """The status; None: no answer. One that is slow is left alone for a while: timers wait for the same workers."""
    from chalicelib.delivery import outward  # with aiohttp: 0.2 s of a cold start that only this needs

    body, began = body_of(row), monotonic()
    headers = signed(message_id(row), world.now(), body, webhook.secret)
    status = carrier.wait_for(outward.post(webhook.url, body, headers, is_town(world)))
    took = timedelta(seconds=monotonic() - began)
    if took.total_seconds() > SLOW_SECONDS:
        hooks.rest(webhook, world.now() + took * RESTS)
    else:
        hooks.go_on(webhook)
    return status


def message_id(row: HookRow) -> str:
    """The same for each try: the action, and what the row's key has of its cause."""
    return f"{row.pk.removeprefix('action#')}_{row.sk.removeprefix('hook#').replace('#', '_')}"


def body_of(row: HookRow) -> bytes:
    return json.dumps({"type": row.event, "timestamp": row.at, "data": row.facts}).encode()


def signed(name: str, now: datetime, body: bytes, secret: str) -> dict[str, str]:
    """The headers of https://www.standardwebhooks.com: the time is that of this try, so that none can be replayed."""
    stamp = str(int(now.timestamp()))
    mac = hmac.digest(b64decode(secret.removeprefix(PREFIX)), f"{name}.{stamp}.".encode() + body, sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Giddyup",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }
