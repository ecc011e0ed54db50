"""Starts the carrier: `python -m infra.local.carrier`; its settings are in settings.py."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
from functools import partial

from infra.local.carrier.account import Account
from infra.local.carrier.account_api import AccountApi
from infra.local.carrier.contract import watched
from infra.local.carrier.courier import Courier
from infra.local.carrier.database import Database
from infra.local.carrier.http_client import Client
from infra.local.carrier.http_server import MOST_BYTES, serve
from infra.local.carrier.page import page_routes
from infra.local.carrier.person_api import PersonApi
from infra.local.carrier.rate import Rate
from infra.local.carrier.settings import CannotStart, Settings, read_settings
from infra.local.carrier.town_clock import TownClock
from infra.local.carrier.twilio_api import TwilioApi
from infra.local.carrier.webhooks import Webhooks

HOST = "127.0.0.1"
TEXTS_AT_ONCE, RECEIPTS_AT_ONCE = 32, 8


async def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises CannotStart."""
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(each) is not signal.SIG_IGN:  # whoever runs the town may keep Ctrl-C to itself
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    db = Database(settings.data)
    clock = _clock(settings)
    account = Account(settings, db)
    courier = Courier(db, clock, Webhooks(settings, Client(RECEIPTS_AT_ONCE)))
    routes = [
        *TwilioApi(settings, db, clock, courier, Rate(settings.rate)).routes(),
        *AccountApi(settings, db, clock, account).routes(),
        *PersonApi(settings, db, clock, Webhooks(settings, Client(TEXTS_AT_ONCE)), account).routes(),
        *page_routes(settings.number),
    ]
    routes = watched(routes, os.environ)
    try:
        server = await asyncio.start_server(
            partial(serve, routes), HOST, settings.port, limit=MOST_BYTES, backlog=512, reuse_address=True
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CannotStart(
            f"Port {settings.port} is in use: stop what listens there, or set CARRIER_PORT to another."
        ) from error
    print(f"The carrier listens on http://{HOST}:{settings.port}", flush=True)
    delivering = asyncio.create_task(courier.run())
    stopping = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([delivering, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.close()
    if delivering in done:
        delivering.result()  # a bug in it ends the program loudly; whoever started the carrier starts it again
    db.close()
    # what still hangs (a long poll, an answer that never comes) is of no use to anybody
    sys.stdout.flush()
    os._exit(0)


def _clock(settings: Settings) -> TownClock:
    clock = TownClock(settings.clock_file)
    try:
        clock.now()
    except (ValueError, OSError) as error:
        raise CannotStart(f"The clock's file {settings.clock_file} can't be read ({error}): delete it.") from error
    return clock


if __name__ == "__main__":
    try:
        asyncio.run(run(read_settings(os.environ)))
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        sys.exit(2)
