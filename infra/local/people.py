"""People with phones: drives a running town by nothing but the carrier's own interface."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

LONGEST_WAIT_SECONDS = 60.0
TRIES = 3  # Twilio leaves an app 15 s for a text; a machine that has much to do may need longer
CLOCK_SECONDS = 600.0  # all that falls due on the way is done before the clock answers


class NoTown(Exception):
    """Nobody answers at the carrier's port."""


class NoText(Exception):
    """What was waited for didn't come; the message holds what came instead."""


@dataclass(frozen=True, slots=True)
class Text:
    phone: str
    body: str
    is_to_phone: bool


@dataclass(slots=True)
class People:
    """All phones of one town, with everything that was texted since they were made, or forgotten."""

    carrier_port: int
    texts: list[Text] = field(default_factory=list)
    counted_from: int = 0

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, seconds: float = 90.0) -> Any:
        """The carrier's answer. Raises NoTown when there is none, and NoText with its reason when it refuses."""
        connection = http.client.HTTPConnection("127.0.0.1", self.carrier_port, timeout=seconds)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        except OSError as error:
            raise NoTown(f"nobody answers at port {self.carrier_port}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise NoText(f"{method} {path}: {answer.status} {body}")
        return json.loads(body)

    def add(self, number: str, name: str) -> None:
        """A phone for the page of phones."""
        self.ask("POST", "/phones", {"name": name, "number": number})

    def names(self) -> dict[str, str]:
        return {phone["number"]: phone["name"] for phone in self.ask("GET", "/phones")}

    def text(self, number: str, body: str, sid: str = "", tries: int = TRIES) -> str:
        """Texts the town; answers the text's sid. With a sid that was used before it is Twilio's own retry.

        So is each further try, when the app didn't take the text: however often it came, it counts once.
        """
        form = {"Body": body, "MessageSid": sid or f"SM{uuid4().hex}"}
        try:
            return str(self.ask("POST", f"/phones/{quote(number)}/texts", form)["sid"])
        except NoText:
            if tries == 1:
                raise
        return self.text(number, body, form["MessageSid"], tries - 1)

    def skip(self) -> None:
        """Forgets, on this side only, what was texted so far."""
        self.look()
        self.counted_from += len(self.texts)
        self.texts.clear()

    def forget(self) -> None:
        """Clears every screen of the town."""
        self.ask("DELETE", "/texts")
        self.counted_from = 0
        self.texts.clear()

    def look(self, seconds: float = 0.0) -> None:
        """Reads the screens; with nothing new on them, waits that long for something."""
        after = self.counted_from + len(self.texts)
        told = self.ask("GET", f"/texts?after={after}&wait={max(0, round(seconds))}")
        self.texts += [Text(text["phone"], text["body"], text["direction"] == "in") for text in told]

    def got(self, number: str) -> list[str]:
        self.look()
        return self.known(number)

    def known(self, number: str) -> list[str]:
        """What that phone got, as far as was looked."""
        return [text.body for text in self.texts if text.phone == number and text.is_to_phone]

    def wait_for(self, number: str, words: str, seconds: float = LONGEST_WAIT_SECONDS) -> str:
        """The first text to that phone that holds these words, whatever their case."""
        found = self.wait_until(lambda: [t for t in self.known(number) if words.lower() in t.lower()], seconds)
        if not found:
            raise NoText(f"{number} got no text with {words!r}, but {self.known(number)}")
        return str(found[0])

    def wait_until(self, is_so: Callable[[], Any], seconds: float = LONGEST_WAIT_SECONDS) -> Any:
        """Looks at the screens until `is_so` answers something true, and answers that, or what it said at the end."""
        ends = time.monotonic() + seconds
        self.look()
        while not (answer := is_so()) and time.monotonic() < ends:
            self.look(1.0)
        return answer

    def now(self) -> datetime:
        """What the town's clock shows."""
        return datetime.fromisoformat(self.ask("GET", "/clock")["now"])

    def advance(self, seconds: int) -> str:
        """Moves the town's clock on; answers what it shows then."""
        return str(self.ask("POST", "/clock", {"advance": str(seconds)}, CLOCK_SECONDS)["now"])
