"""How the open API answers: as JSON, within a rate, and with what is wrong as a problem detail (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, CORSConfig, Response

from chalicelib.entry import visiting
from chalicelib.entry.answers import JSON, answered, with_tag
from chalicelib.entry.buckets import Buckets
from chalicelib.runtime import Runtime, runtime
from chalicelib.web import problems

REQUESTS = Buckets(most=60, a_second=2)
KEPT = "public, max-age=10"
CORS = CORSConfig(
    allow_headers=["Idempotency-Key", "If-None-Match"],
    expose_headers=["ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"],
    max_age=86400,
)
ANY_TYPE = ["*/*"]  # Chalice would refuse others in words of its own


View = Callable[..., Response]  # given the request, the world and what the path names


class Wrong(Exception):
    """Why a request is not answered as it was meant, and what to do next. Only `in_json` catches it."""

    def __init__(self, name: str, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> None:
        """`name` is one of problems.KINDS; `more` is told beside what every problem tells."""
        super().__init__(name)
        self.name, self.detail, self.headers, self.more = name, detail, dict(headers or {}), more


def in_json(routes: Blueprint) -> Callable[[View], Callable[..., Response]]:
    """For a route of the API: within the rate, and with what is wrong told as a problem."""

    def routed(view: View) -> Callable[..., Response]:
        @wraps(view)
        def answer(**named: str) -> Response:
            return within_rate(view, routes.current_request, runtime(), named)

        return answer

    return routed


def within_rate(view: View, request: Any, world: Runtime, named: Mapping[str, str]) -> Response:
    left = REQUESTS.take(visiting.network(request), world.now())
    try:
        if left.wait:
            raise Wrong("TooMany", f"Ask again in {left.wait} s.", {"Retry-After": str(left.wait)})
        told = view(request, world, **named)
    except Wrong as wrong:
        told = problem(wrong, request, world)
    told.headers["RateLimit-Policy"] = f'"at-once";q={REQUESTS.most};w={REQUESTS.window}'
    told.headers["RateLimit"] = f'"at-once";r={left.n};t={left.whole_in}'
    return told


def problem(wrong: Wrong, request: Any, world: Runtime) -> Response:
    told = problems.problem(wrong.name, wrong.detail, asked_path(request), world.settings.public_url)
    shown = answered(written(told | wrong.more), problems.PROBLEM_JSON, told["status"])
    shown.headers |= wrong.headers
    return shown


def asked_path(request: Any) -> str:
    """As asked for, but without an API Gateway's stage in front of it."""
    path = str(request.path)
    for name, value in (request.uri_params or {}).items():
        path = path.replace(f"{{{name}}}", quote(value)).replace(f"{{{name}+}}", quote(value))
    return path


def written(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def kept(request: Any, told: object) -> Response:
    return with_tag(request, written(told), JSON, KEPT)
