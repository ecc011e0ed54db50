"""API Gateway on this machine: HTTP on loopback in front of the real app, one thread a connection."""

from __future__ import annotations

import base64
import gzip
import importlib
import json
import logging
import signal
import socketserver
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

from infra.local.events import Context, Event, Request, rest_event
from infra.local.routing import Routes, rests_by_method, serves
from infra.local.settings import ROOT

log = logging.getLogger("gateway")

MOST_BYTES_IN = 10 * 1024 * 1024  # API Gateway's limit for a request
MOST_BYTES_OUT = 6 * 1024 * 1024  # Lambda's limit for an answer
APP_SECONDS = 29.0  # API Gateway's patience
IDLE_SECONDS = 30.0  # for a connection that sends nothing, or half a request
NO_BODY = frozenset({204, 304})  # such an answer ends with its headers, whatever the app put in
GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def says(status: int, message: str) -> Answer:
    """What API Gateway answers by itself, in its words."""
    return Answer(status, (("Content-Type", "application/json"),), json.dumps({"message": message}).encode())


NO_ROUTE = says(403, "Missing Authentication Token")  # what API Gateway says where there is nothing
BAD_REQUEST = says(400, "Bad Request")
TOO_LONG = says(413, "Request Too Long")
BROKEN = says(502, "Internal server error")


class Gateway:
    """From a request to an answer; all of API Gateway but the sockets."""

    def __init__(self, app: Any, minimum_compression: int | None) -> None:
        """`minimum_compression` is in bytes; None: no answer is compressed."""
        self.app = app
        self.minimum_compression = minimum_compression
        self.routes = Routes(app.routes)
        self.rests = rests_by_method(app.routes)
        one_request_for_each_thread(app)

    def answer(self, request: Request) -> Answer:
        found = self.route(request)
        if found is None:
            return NO_ROUTE
        pattern, captured = found
        methods = self.app.routes[pattern]
        if request.method not in methods:
            return preflight(methods)
        answer = self.ask_app(request, pattern, captured)
        return compressed(answer, request, self.minimum_compression)

    def route(self, request: Request) -> tuple[str, dict[str, str]] | None:
        """A route that has not the method leaves the request to a `{rest+}` that has it, as on API Gateway."""
        found = self.routes.match(request.path)
        if found is not None and serves(self.app.routes[found[0]], request.method):
            return found
        rests = self.rests.get(request.method)
        return rests.match(request.path) if rests else None

    def ask_app(self, request: Request, pattern: str, captured: dict[str, str]) -> Answer:
        content_type = request.header("content-type").partition(";")[0].strip()
        is_binary = bool(request.body) and matches(content_type, self.app.api.binary_types)
        event = rest_event(request, pattern, captured, is_binary)
        try:
            # Through JSON both ways, as on AWS: what doesn't survive that must not work here either.
            told = json.dumps(self.app(json.loads(json.dumps(event)), Context("api", APP_SECONDS)))
        except Exception:
            log.exception("%s %s", request.method, pattern)
            return BROKEN
        return (
            from_lambda(json.loads(told), self.app.api.binary_types, request) if len(told) < MOST_BYTES_OUT else BROKEN
        )


def from_lambda(told: Event, binary_types: Sequence[str], request: Request) -> Answer:
    several = {name: values for name, values in told.get("multiValueHeaders", {}).items() if values}
    taken = {name.lower() for name in several}
    single = {name: value for name, value in told.get("headers", {}).items() if name.lower() not in taken}
    headers = [(name, str(value)) for name, value in single.items()]
    headers += [(name, str(value)) for name, values in several.items() for value in values]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = (told.get("body") or "").encode()
    # API Gateway decodes only for those whose first accepted type is a binary one; others get the base64.
    accepted = request.header("accept").partition(",")[0].partition(";")[0].strip()
    if told.get("isBase64Encoded") and matches(accepted, binary_types):
        body = base64.b64decode(body)
    return Answer(told["statusCode"], tuple(headers), b"" if told["statusCode"] in NO_BODY else body)


def compressed(answer: Answer, request: Request, minimum: int | None) -> Answer:
    """As API Gateway does: for callers who name gzip, from that size on, whatever it is, if it isn't compressed yet."""
    is_encoded = any(name.lower() == "content-encoding" for name, _ in answer.headers)
    if minimum is None or len(answer.body) < minimum or is_encoded or not takes_gzip(request):
        return answer
    headers = (*answer.headers, ("Content-Encoding", "gzip"))
    return replace(answer, headers=headers, body=gzip.compress(answer.body, GZIP_LEVEL, mtime=0))


def takes_gzip(request: Request) -> bool:
    """Only if it says so by name: to `*`, or without the header, API Gateway sends all as it is."""
    for one in request.header("accept-encoding").split(","):
        name, _, quality = one.replace(" ", "").lower().partition(";q=")
        if name == "gzip":
            return quality.strip("0.") != "" or not quality
    return False


def matches(content_type: str, binary_types: Sequence[str]) -> bool:
    return "*/*" in binary_types or content_type in binary_types


def preflight(methods: dict[str, Any]) -> Answer:
    """Chalice has API Gateway answer OPTIONS for routes with CORS, without asking the app."""
    cors = next(iter(methods.values())).cors
    allowed = {"Access-Control-Allow-Methods": ",".join([*methods, "OPTIONS"]), **cors.get_access_control_headers()}
    return Answer(200, tuple(allowed.items()), b"")


def one_request_for_each_thread(app: Any) -> None:
    """Chalice keeps the request on the app, since a Lambda has one at a time; here it is kept by thread."""
    current = threading.local()

    class Threaded(type(app)):  # type: ignore[misc]  # the class is only known here
        @property
        def current_request(self) -> Any:
            return getattr(current, "request", None)

        @current_request.setter
        def current_request(self, request: Any) -> None:
            current.request = request

    app.__class__ = Threaded


class Connection(BaseHTTPRequestHandler):
    """One browser's or carrier's connection, kept alive."""

    gateway: ClassVar[Gateway]
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # of an unreadable first line; 0.9 would get an answer without a status
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = -1  # an answer leaves in one piece

    def handle_any(self) -> None:
        began = time.monotonic()
        answer = self.refusal() or self.gateway.answer(self.request_with_body())
        self.send(answer)
        # No path: it may hold a personal link's token.
        log.info("%s %s %.0f ms", self.command, answer.status, (time.monotonic() - began) * 1000)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815 - http.server's names

    def refusal(self) -> Answer | None:
        """Why the body can't be read. The connection then ends, since what follows on it can't be told apart."""
        length = self.headers.get("Content-Length", "0")
        is_plain = length.isascii() and length.isdigit() and "Transfer-Encoding" not in self.headers
        refusal = BAD_REQUEST if not is_plain else TOO_LONG if int(length) > MOST_BYTES_IN else None
        self.close_connection = self.close_connection or refusal is not None
        return refusal

    def request_with_body(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = tuple((name, str(value)) for name, value in self.headers.items())
        return Request(self.command, self.path, headers, body, str(self.client_address[0]))

    def send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in NO_BODY:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself finds wrong with a request, before there is one."""
        self.close_connection = True
        self.command = self.command or ""
        self.send(BAD_REQUEST if code != 501 else NO_ROUTE)  # 501: a method that nobody knows
        log.info("unreadable request: %s %s", code, (message or explain or "")[:40])

    def log_message(self, *_: object) -> None:
        """http.server's own log carries the path."""


class Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        if not isinstance(sys.exception(), ConnectionError):  # a caller who hung up is no error of ours
            log.exception("a connection broke")


def configured_compression() -> int | None:
    """From how many bytes on the deployed API compresses its answers."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    size: int | None = config.get("minimum_compression_size")
    return size


def serve(app: Any, port: int) -> Server:
    """A listening server; `serve_forever` is the caller's."""
    handler = type("GatewayConnection", (Connection,), {"gateway": Gateway(app, configured_compression())})
    return Server(("127.0.0.1", port), handler)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(importlib.import_module("app").app, int(sys.argv[1])).serve_forever()


if __name__ == "__main__":
    main()
