"""A browser in this process: it keeps cookies, follows redirects, and sends the forms that pages show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse

import app

FORM = "application/x-www-form-urlencoded"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


@dataclass
class Form:
    """One form of a page: where it goes, its fields with their values, and what its buttons say."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    says: str = ""


class Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.is_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag in {"input", "select"} and self.found and given.get("name"):
            self.found[-1].fields[given["name"]] = given.get("value", "1" if tag == "select" else "")
        self.is_button = tag == "button"

    def handle_endtag(self, tag: str) -> None:
        self.is_button = self.is_button and tag != "button"

    def handle_data(self, data: str) -> None:
        if self.is_button and self.found:
            self.found[-1].says += data.strip()


@dataclass
class Browsing:
    """`headers` go with every request; `page` is what was answered last."""

    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": ANDROID})
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = ""
    status: int = 0
    page: str = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        """Without following a redirect."""
        return self.ask(method, path, b"", headers)

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with Client(app.app) as client:
            answer = client.http.request(method, path, headers=sent, body=body)
        self.keep(answer.headers)
        return answer

    def keep(self, headers: dict[str, Any]) -> None:
        set_cookies = headers.get("Set-Cookie") or []
        for written in [set_cookies] if isinstance(set_cookies, str) else set_cookies:
            name, _, value = written.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in written:
                del self.cookies[name]

    def open(self, path: str) -> str:
        """The page at a path, after redirects."""
        answer = self.get(path)
        while answer.status_code in {301, 302, 303}:
            path = answer.headers["Location"]
            answer = self.get(path)
        self.path, self.status, self.page = path, answer.status_code, answer.body.decode()
        return self.page

    def forms(self) -> list[Form]:
        parser = Forms()
        parser.feed(self.page)
        return [form for form in parser.found if form.method == "post"]

    def form(self, says: str) -> Form:
        """The form whose button says this."""
        found = [form for form in self.forms() if says in form.says]
        assert found, f"no button says {says!r}, but {[form.says for form in self.forms()]} do"
        return found[0]

    def press(self, says: str, **fields: str) -> str:
        """A button, with these fields filled in; answers the page that comes of it."""
        return self.send(self.form(says), **fields)

    def send(self, form: Form, **fields: str) -> str:
        body = urlencode({**form.fields, **fields}).encode()
        answer = self.ask("POST", form.action, body, {"Content-Type": FORM})
        if answer.status_code in {301, 302, 303}:
            return self.open(answer.headers["Location"])
        self.path, self.status, self.page = form.action, answer.status_code, answer.body.decode()
        return self.page
