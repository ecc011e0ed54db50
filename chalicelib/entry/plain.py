"""What Chalice answers, made fit for API Gateway: text as text, bytes as base64, and no Accept is as good as any.

With `*/*` among the binary types Chalice would refuse every caller without an Accept header, and hand over everything
as base64, which API Gateway decodes or not by the caller's first accepted type. Text that is not base64 it leaves
alone, whoever asks: so only what is no text, a picture, depends on that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import CaseInsensitiveMapping, Request, Response

ANYTHING = "*/*"


class Plain(Response):
    """An answer of text, handed over as it is."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - none is binary here
        return super().to_dict()


def fit_for_gateway(request: Request, answer_to: Callable[[Request], Response]) -> Response:
    """Middleware for all routes; the errors that Chalice answers by itself pass it too."""
    if not request.headers.get("accept"):
        request.headers = CaseInsensitiveMapping({**request.headers, "accept": ANYTHING})
    answer = answer_to(request)
    text = as_text(answer.body)
    return answer if text is None else Plain(text, answer.headers, answer.status_code)


def as_text(body: Any) -> Any:
    """What can go as it is: UTF-8 as str, or what Chalice writes as JSON; None for other bytes."""
    if not isinstance(body, bytes):
        return body
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
