"""What Chalice answers, made fit for API Gateway: text as text, bytes as base64, and no Accept is as good as any.

Pages name other pages by their paths alone. At an address that has a path of its own, as those that API Gateway gives
have (`https://….amazonaws.com/api`), these have to begin with it.

With `*/*` among the binary types Chalice would refuse every caller without an Accept header, and hand over everything
as base64, which API Gateway decodes or not by the caller's first accepted type. Text that is not base64 it leaves
alone, whoever asks: so only what is no text, a picture, depends on that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chalice.app import CaseInsensitiveMapping, Request, Response

from chalicelib.runtime import runtime

ANYTHING = "*/*"
# What somebody wrote is never an attribute of a page: its quotes are escaped.
NAMES_A_PATH = re.compile(r'((?:href|src|action|formaction|hx-get|hx-post)=")/(?!/)')


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
    if is_page(answer) or "Location" in answer.headers:
        text = beneath(urlsplit(runtime().settings.public_url).path, text, answer.headers)
    return answer if text is None else Plain(text, answer.headers, answer.status_code)


def is_page(answer: Response) -> bool:
    return str(answer.headers.get("Content-Type", "")).startswith("text/html")


def beneath(root: str, page: Any, headers: dict[str, Any]) -> Any:
    """The page, and where it sends somebody, with the paths that they name beneath `root`."""
    if not root:
        return page
    if str(headers.get("Location", "")).startswith("/"):
        headers["Location"] = root + headers["Location"]
    return NAMES_A_PATH.sub(rf"\1{root}/", page) if isinstance(page, str) else page


def as_text(body: Any) -> Any:
    """What can go as it is: UTF-8 as str, or what Chalice writes as JSON; None for other bytes."""
    if not isinstance(body, bytes):
        return body
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
