"""AWS on this machine: ministack on loopback, saving what it holds as it goes instead of only at a clean stop."""

from __future__ import annotations

import asyncio
import copy
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from infra.local.whole_file import write_whole

SAVE_SECONDS = 0.5
# Saving a large town takes longer; then it may use a quarter of a core at most.
REST_FOR_EACH_SECOND_SAVED = 3.0
LONGEST_SAVE_SECONDS = 60
AsgiCall = Callable[..., Coroutine[Any, Any, Any]]
READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet", "Receive")


def start_ministack(port: int, state: Path) -> Any:
    """Imports ministack, which reads its environment at import."""
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        PERSIST_STATE="1",
        STATE_DIR=str(state),
        LOG_LEVEL="WARNING",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )
    import ministack.app

    return ministack.app


class Saver:
    """Keeps the files in `state` no more than about a second behind what ministack holds.

    The files are written by a forked child, as Redis does: it sees one moment of the whole memory, so what the
    queues and the table hold fits together, and no request waits for it.
    """

    def __init__(self, ministack: Any, state: Path) -> None:
        self.ministack = ministack
        self.state = state
        self.is_changed = False

    async def asgi(self, scope: Any, receive: AsgiCall, send: AsgiCall) -> None:
        """ministack, with a note taken of each request that may change something."""
        if scope["type"] != "http":
            await self.ministack.app(scope, receive, send)
        elif operation(scope["headers"]) == "ReceiveMessage":
            await while_listened_to(self.ministack.app, scope, receive, send)
        else:
            await self.ministack.app(scope, receive, send)
            self.is_changed |= not operation(scope["headers"]).startswith(READS)

    async def save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            if self.is_changed:
                self.is_changed = False
                began = time.monotonic()
                self.is_changed |= not await self.save_in_child()
                await asyncio.sleep(REST_FOR_EACH_SECOND_SAVED * (time.monotonic() - began))

    async def save_in_child(self) -> bool:
        child = os.fork()
        if child == 0:
            self.save_and_exit()
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        return status == 0

    def save_and_exit(self) -> None:
        """In the child. Its copies of the sockets are closed first: they would keep the port and every caller."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.alarm(LONGEST_SAVE_SECONDS)  # whatever else happens here, the next save gets its turn
            os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65536))
            # ministack copies deeply before it saves; this process is a copy already.
            copy.deepcopy = lambda value, *_: value
            self.save(self.ministack._build_persistence_save_dict())
            status = 0
        finally:
            os._exit(status)

    def save(self, services: dict[str, Callable[[], Any]]) -> None:
        """Every service's state, the queues last.

        Killed between two files, a message may then be delivered again, which changes nothing; the other way
        round it would be gone from the queue before what it did was kept.
        """
        with locked(self.state / "saving.lock"):
            for name in sorted(services, key=lambda name: name == "sqs"):
                payload = services[name]()
                if payload is not None:
                    self.write(name, payload)

    def write(self, name: str, payload: Any) -> None:
        """As ministack's own save_state, which takes five times as long."""
        from ministack.core import persistence

        wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": payload}
        write_whole(self.state / f"{name}.json", json.dumps(wrapped, default=persistence._json_default))

    def load(self) -> None:
        """As ministack's own loading, which begins empty when a file cannot be read; this one lets the error rise."""
        from ministack.core import persistence

        with locked(self.state / "saving.lock"):
            for key, module in self.ministack._state_map.items():
                if data := persistence.load_state(key):
                    self.ministack._get_module(module).load_persisted_state(data)


class locked:  # noqa: N801 - read as a word: `with locked(path):`
    """The state to oneself. One that was killed may have a child that still saves, or may not be quite gone itself."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w")

    def __enter__(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def operation(headers: list[tuple[bytes, bytes]]) -> str:
    """AWS's JSON protocols name the operation in a header."""
    return dict(headers).get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]


async def while_listened_to(app: AsgiCall, scope: Any, receive: AsgiCall, send: AsgiCall) -> None:
    """Ends a long poll whose caller is gone: ministack would take a message for nobody, and hide it for its lease."""
    parts = [await receive()]
    while parts[-1].get("more_body"):
        parts.append(await receive())
    unread = iter(parts)
    polling = asyncio.create_task(app(scope, lambda: answer_at_once(next(unread)), send))
    leaving = asyncio.create_task(receive())
    await asyncio.wait((polling, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    polling.cancel()  # nothing to cancel when it has answered
    await asyncio.wait((polling,))


async def answer_at_once(part: Any) -> Any:
    return part


def only_real_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """At the end hypercorn cancels each open connection, and Python 3.11 writes a traceback for every one."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


async def serve(port: int, state: Path) -> None:
    """Until SIGTERM, which saves once more."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    ministack = start_ministack(port, state)
    saver = Saver(ministack, state)
    ministack.save_all = saver.save
    ministack._load_persisted_state = saver.load

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.set_exception_handler(only_real_errors)
    saving = asyncio.create_task(saver.save_for_ever())
    app: Any = saver.asgi  # hypercorn spells each ASGI message out in its types
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait)
    saving.cancel()


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    with locked(folder / "in-use.lock"):
        asyncio.run(serve(int(sys.argv[1]), folder))
