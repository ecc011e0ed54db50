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
    return Response(
        raw, headers={**SAFE, "Content-Type": content_type, "Cache-Control": keep, **more}, status_code=status
    )


def page(
    body: str, status: int = 200, keep: str = NEVER_KEPT, framed: str = NOWHERE, **headers: str | list[str]
) -> Response:
    """A page of HTML; `framed` says whether others may show it in a frame: only a card's may."""
    if framed == NOWHERE:
        headers["X_Frame_Options"] = "DENY"  # the same for browsers that know no frame-ancestors
    return answered(body, HTML, status, keep, Content_Security_Policy=POLICY + framed, **headers)


def with_tag(request: Any, body: str | bytes, content_type: str, keep: str, **headers: str | list[str]) -> Response:
    """With an ETag; 304 and nothing else to whoever has it already."""
    raw = body.encode() if isinstance(body, str) else body
    tag = f'"{blake2b(raw, digest_size=12).hexdigest()}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(
            b"", headers={**SAFE, "ETag": tag, "Cache-Control": keep, "Content-Type": content_type}, status_code=304
        )
    return answered(raw, content_type, 200, keep, ETag=tag, **headers)


def see_other(path: str, cookies: list[str] | None = None) -> Response:
    """After a POST: the page that shows what came of it. Only paths of our own."""
    assert re.match("/(?!/)", path), path
    headers: Mapping[str, str | list[str]] = {"Location": path, **({"Set-Cookie": cookies} if cookies else {})}
    return Response(
        b"", headers={**SAFE, "Content-Type": HTML, "Cache-Control": NEVER_KEPT, **headers}, status_code=303
    )
