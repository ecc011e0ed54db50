"""What browsers are answered: always bytes, with the headers that each kind of answer has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from chalice.app import Response

HTML = "text/html; charset=utf-8"
JSON = "application/json"
NOWHERE = "frame-ancestors 'none'"
ANYWHERE = "frame-ancestors *"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; "
)
SAFE = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
UNFRAMED = {
    "Content-Security-Policy": POLICY + NOWHERE,
    "X-Frame-Options": "DENY",  # the same for browsers that know no frame-ancestors
}
NEVER_KEPT = "no-store"
LOOKED_AT_AGAIN = "private, no-cache"


def answered(
    body: str | bytes,
    content_type: str,
    status: int = 200,
    keep: str = NEVER_KEPT,
    **headers: str | list[str],
) -> Response:
    """`keep` is what caches may do; `headers` are written with _ for -."""
    raw = body.encode() if isinstance(body, str) else body
    more = {name.replace("_", "-"): value for name, value in headers.items() if value}
    own = {"Content-Type": content_type, "Cache-Control": keep, **more}
    return Response(raw, headers={**safe(content_type), **own}, status_code=status)


def safe(content_type: str) -> Mapping[str, str]:
    """What every answer of this type has. Nobody frames HTML, not even a piece of a page: a card alone undoes that."""
    return SAFE | UNFRAMED if content_type == HTML else SAFE


def page(body: str, status: int = 200, keep: str = NEVER_KEPT, **headers: str | list[str]) -> Response:
    return answered(body, HTML, status, keep, **headers)


def with_tag(request: Any, body: str | bytes, content_type: str, keep: str, **headers: str | list[str]) -> Response:
    """With an ETag; 304 and nothing else to whoever has it already."""
    raw = body.encode() if isinstance(body, str) else body
    tag = f'"{blake2b(raw, digest_size=12).hexdigest()}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        own = {"ETag": tag, "Cache-Control": keep, "Content-Type": content_type}
        return Response(b"", headers={**safe(content_type), **own}, status_code=304)
    return answered(raw, content_type, 200, keep, ETag=tag, **headers)


def see_other(path: str, cookies: list[str] | None = None) -> Response:
    """After a POST: the page that shows what came of it. Only paths of our own. A card goes on in its frame, so this
    says nothing of frames."""
    assert re.match("/(?!/)", path), path
    headers: Mapping[str, str | list[str]] = {"Location": path, **({"Set-Cookie": cookies} if cookies else {})}
    return Response(
        b"", headers={**SAFE, "Content-Type": HTML, "Cache-Control": NEVER_KEPT, **headers}, status_code=303
    )
