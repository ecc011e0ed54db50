"""An organizer at a desk: signs in to a running town's dashboard by the code that their phone gets, and presses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from infra.local.people import NoText, NoTown, People

CODE = re.compile(r"\b\d{6}\b")
BOUNDARY = "a-desk-in-the-town"
LONGEST_WAIT_SECONDS = 60.0


class Forms(HTMLParser):
    """The forms of a page: where each goes, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif tag == "input" and given.get("type") == "hidden" and self.found:
            self.found[-1][1][given.get("name", "")] = given.get("value", "")


@dataclass(slots=True)
class Desk:
    """A browser that keeps its cookies. `path` and `page` are what it shows now."""

    port: int
    path: str = ""
    page: str = ""
    browser: OpenerDirector = field(default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar())))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, people: People, number: str) -> None:
        people.look()
        heard = len(people.known(number))
        self.open("/signin")
        self.send("/signin", {"number": number})
        code = people.wait_until(lambda: CODE.findall(" ".join(people.known(number)[heard:])))
        if not code:
            raise NoText(f"{number} was texted no code to sign in with")
        self.send("/signin/code", {"digits": code[-1]})
        if self.path != "/dashboard":
            raise NoText(f"{number} was not signed in, but is at {self.path}")

    def open(self, path: str) -> str:
        return self.ask(path)

    def send(self, action: str, typed: Mapping[str, str], having: Mapping[str, str] | None = None, to: str = "") -> str:
        """The page's form that goes there and has these hidden fields, with what was typed in it.

        `to`: where a button of it sends it instead.
        """
        fields = {**self.form(action, having or {}), **typed}
        return self.ask(to or action, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def upload(self, action: str, name: str, content: str, **typed: str) -> str:
        """The same, with a file."""
        fields = {**self.form(action, {}), **typed}
        parts = [(f'name="{key}"', value) for key, value in fields.items()]
        parts.append((f'name="file"; filename="{name}"', content))
        said = "".join(
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {what}\r\n\r\n{value}\r\n" for what, value in parts
        )
        return self.ask(action, f"{said}--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}")

    def form(self, action: str, having: Mapping[str, str]) -> dict[str, str]:
        forms = Forms()
        forms.feed(self.page)
        for there, hidden in forms.found:
            if there == action and having.items() <= hidden.items():
                return hidden
        raise NoText(f"{self.path} has no form for {action} with {dict(having)}")

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> str:
        """The page there, after redirects. Raises NoText when it is refused, and NoTown when nobody answers."""
        request = Request(urljoin(self.address, path), body, {"Content-Type": kind} if kind else {})  # noqa: S310 - ours
        try:
            with self.browser.open(request, timeout=LONGEST_WAIT_SECONDS) as answer:
                self.path, self.page = urlsplit(answer.url).path, answer.read().decode()
        except HTTPError as error:
            raise NoText(f"{path}: {error.code} {error.read().decode(errors='replace')[:500]}") from error
        except (OSError, HTTPException) as error:
            raise NoTown(f"nobody answers at port {self.port}") from error
        return self.page
