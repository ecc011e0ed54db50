"""What every webhook passes first: is it really Twilio that speaks? Forged or unsigned: 403, and nothing is kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from chalice.app import ForbiddenError
from twilio.request_validator import RequestValidator

from chalicelib.settings import Settings

FORM = "application/x-www-form-urlencoded"


class Fields(dict[str, list[str]]):
    """A form's fields, each with all its values: blank and repeated ones are signed too."""

    def getlist(self, name: str) -> list[str]:
        """The name by which Twilio's validator asks for all values."""
        return self[name]

    def first(self, name: str) -> str:
        """The first value of a field; empty if it is missing."""
        return self.get(name, [""])[0]


def fields_of(body: bytes) -> Fields:
    """Never fails: what is not UTF-8 is replaced, and then no signature fits it."""
    fields = Fields()
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields


def signed_fields(request: Any, path: str, settings: Settings) -> Fields:
    """The form of a webhook that Twilio signed with one of our tokens, at our public address; else ForbiddenError."""
    fields = fields_of(request.raw_body)
    signature = request.headers.get("x-twilio-signature", "")
    address = settings.public_url + path
    tokens = settings.twilio_auth_token
    if not any(RequestValidator(token).validate(address, fields, signature) for token in tokens):
        raise ForbiddenError("This is for the carrier: the signature does not fit.")
    return fields
