"""Which files of routes there are, and what each Lambda function imports while it starts.

Python spends most of a cold start on imports, and Lambda gives a function a whole processor only while it starts. So
each function imports then what it will need, and nothing else; what is seldom asked for waits until it is. Wherever
Lambda does not name the function's handler, all of it is imported at once: when packaging, in tests, on one machine.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any

from chalice.app import Chalice

from chalicelib.runtime import runtime

ENTRY = "chalicelib.entry"

# Files of routes, in the order in which they are opened: what anybody looks at and the carrier's webhook first. What is
# pressed needs every decision that there is, and the dashboard some ten files more.
DOORS: tuple[tuple[str, ...], ...] = (
    ("texting", "pages", "widgets", "api"),
    ("receipts",),
    ("pressing", "api_pledging"),
    (
        "signin",
        "dashboard.home",
        "dashboard.action",
        "dashboard.compose",
        "dashboard.group",
        "dashboard.people",
        "dashboard.lists",
        "dashboard.delivery",
        "dashboard.audit",
        "dashboard.operator",
    ),
)

# What Lambda calls a handler, and what that needs: with aiohttp where texts are sent.
NEEDS = {
    "app.app": ("chalicelib.store.queries", "chalicelib.web.render"),
    "app.inbound": (f"{ENTRY}.taking",),
    "app.replies": (f"{ENTRY}.sending", "aiohttp"),
    "app.bulk": (f"{ENTRY}.sending", "aiohttp"),
    "app.due": (f"{ENTRY}.sending",),
    "app.clock": (f"{ENTRY}.clock",),
}
API = "app.app"


class Doors(Chalice):
    """Chalice, with routes whose file is imported when one of them is first asked for."""

    opened = 0

    def start(self, handler: str) -> None:
        """`handler`: as Lambda calls it; empty elsewhere. Raises SettingsWrong and SecretsWrong on Lambda."""
        if handler not in NEEDS:
            self.open_all()
            return
        gc.disable()  # what is imported stays: to look through it for what does not takes a twentieth of a start
        for module in NEEDS[handler]:
            import_module(module)
        if handler == API:
            self.open_next()
            connect()
        runtime()
        gc.enable()

    def __call__(self, event: Any, context: Any) -> Any:
        path, method = event["requestContext"]["resourcePath"], event["requestContext"]["httpMethod"]
        while self.opened < len(DOORS) and method not in self.routes.get(path, {}):
            self.open_next()
        return super().__call__(event, context)

    def open_all(self) -> None:
        while self.opened < len(DOORS):
            self.open_next()

    def open_next(self) -> None:
        """A file's blueprint has the file's name."""
        for name in DOORS[self.opened]:
            self.register_blueprint(getattr(import_module(f"{ENTRY}.{name}"), name.rpartition(".")[2]))
        self.opened += 1


def connect() -> None:
    """The client that the webhook needs at once; the table's is made when its module is imported."""
    from chalicelib.delivery import queues  # with botocore: not before start() has begun

    queues.sqs()
