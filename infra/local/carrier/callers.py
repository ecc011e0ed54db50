"""Who may ask the carrier what Twilio's customers ask."""

from __future__ import annotations

import base64

from infra.local.carrier.http_server import Request
from infra.local.carrier.settings import Settings
from infra.local.carrier.twilio_errors import TwilioRefusal


def check_login(request: Request, settings: Settings) -> None:
    """Both tokens are good while the operator changes from one to the other. Raises TwilioRefusal."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    known = (base64.b64encode(f"{settings.account_sid}:{each}".encode()) for each in settings.auth_tokens)
    if kind.lower() != "basic" or given.encode() not in known:
        raise TwilioRefusal(20003)


def check_caller(request: Request, settings: Settings, account_sid: str) -> None:
    """Where the address names an account it is the caller's own. Raises TwilioRefusal."""
    check_login(request, settings)
    if account_sid != settings.account_sid:
        raise TwilioRefusal(20404, request.path)
