"""As much of HTTP/1.1 as the carrier speaks, on asyncio: kept-alive connections, a table of routes, JSON."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Request:
    """`path` is as it came, still percent-encoded; header names are in lower case."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HangUp:
    """No answer at all: the connection is closed after so many seconds."""

    after_seconds: float = 0


class Refused(Exception):
    """What the caller has to put right, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Answer = Response | HangUp
Handler = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """The groups of `path` are given to the handler, percent-decoded."""

    method: str
    path: re.Pattern[str]
    handler: Handler


def route(method: str, path: str, handler: Handler) -> Route:
    """`{}` in a path stands for one of its parts."""
    return Route(method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")), handler)


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode(), status, headers=headers or {})


def integer(fields: Mapping[str, str], name: str, default: int | None, most: int = 10**9) -> int:
    """A whole number of a form or query, from 0 to `most`; raises Refused."""
    given = fields.get(name, "")
    if not given and default is not None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) <= 10 and int(given) <= most):
        raise Refused(400, f"{name} must be a whole number from 0 to {most}, not {given!r}")
    return int(given)


def seconds(fields: Mapping[str, str], name: str, default: float) -> float:
    """A duration of a form, to the millisecond; raises Refused."""
    given = fields.get(name, "")
    if not given:
        return default
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", given):
        raise Refused(400, f"{name} must be a number of seconds like 20 or 0.5, not {given!r}")
    return float(given)


async def answer(routes: list[Route], request: Request) -> Answer:
    """The outermost edge of one request: whatever goes wrong in it, the others go on."""
    try:
        _refuse_other_sites(request)
        known_path = False
        for each in routes:
            if match := each.path.fullmatch(request.path):
                known_path = True
                if each.method == request.method:
                    return await each.handler(request, *map(unquote, match.groups()))
        if known_path:
            raise Refused(405, f"{request.path} does not take {request.method}")
        raise Refused(404, f"There is nothing at {request.path}")
    except Refused as refused:
        return as_json({"error": str(refused)}, refused.status)
    except Exception as error:  # noqa: BLE001 - the outermost edge
        traceback.print_exc(file=sys.stderr)
        return as_json({"error": f"The carrier failed: {type(error).__name__}; its terminal says more"}, 500)


def _refuse_other_sites(request: Request) -> None:
    """A page of another site, open in the same browser, could otherwise send texts: a form needs no permission."""
    origin = request.headers.get("origin")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise Refused(403, f"{origin} is not this page")


async def serve(routes: list[Route], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, until either side has had enough."""
    try:
        while (request := await _read(reader)) is not None:
            reply = await answer(routes, request) if isinstance(request, Request) else request
            if isinstance(reply, HangUp):
                await asyncio.sleep(reply.after_seconds)
                return
            is_last = not isinstance(request, Request) or request.headers.get("connection", "").lower() == "close"
            writer.write(_as_bytes(reply, is_last))
            await writer.drain()
            if is_last:
                return
    except (ConnectionError, asyncio.CancelledError):
        return  # the caller has gone, or the carrier stops
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | Response | None:
    """The next request; None at the end of the connection; a Response to what can't be read any further."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        return as_json({"error": "That head is too long"}, 431)
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    try:
        method, target, version = first.split(" ")
        length = int(headers.get("content-length", "0"))
    except ValueError:
        return as_json({"error": "That is not HTTP"}, 400)
    if "transfer-encoding" in headers:
        return as_json({"error": "Send a Content-Length"}, 411)
    if not 0 <= length <= MOST_BYTES:
        return as_json({"error": f"More than {MOST_BYTES} bytes are not taken"}, 413)
    if version == "HTTP/1.0":
        headers["connection"] = "close"
    try:
        body = await reader.readexactly(length) if length else b""
    except asyncio.IncompleteReadError:
        return None
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


def _as_bytes(reply: Response, is_last: bool) -> bytes:
    head = [
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {len(reply.body)}",
        "Cache-Control: no-store",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    if is_last:
        head.append("Connection: close")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + reply.body
