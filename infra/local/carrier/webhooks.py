"""Calling the app as Twilio does: which fields, signed how, and when to try again."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag

from infra.local.carrier.http_client import Client, Reply, Unreachable
from infra.local.carrier.messages import Message
from infra.local.carrier.settings import Settings

API_VERSION = "2010-04-01"
PATIENCE_SECONDS = 15.0  # Twilio's own limit for an answer


class NotTaken(Exception):
    """The app did not take it; the message says what it answered last."""


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature (twilio.com/docs/usage/security): each name once, sorted, followed by its value."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def inbound_fields(message: Message, account_sid: str) -> dict[str, str]:
    """What Twilio posts about a text that somebody sent to the app's number."""
    places = {f"{side}{part}": "" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")}
    countries = {
        side: "US"
        for side, number in (("FromCountry", message.sender), ("ToCountry", message.recipient))
        if number.startswith("+1")
    }
    fields = places | countries
    for name in ("MessageSid", "SmsSid", "SmsMessageSid"):
        fields[name] = message.sid
    for n, address in enumerate(message.media):
        fields |= {f"MediaUrl{n}": address, f"MediaContentType{n}": "image/jpeg"}
    if message.service:
        fields["MessagingServiceSid"] = message.service
    return fields | {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "Body": message.body,
        "From": message.sender,
        "NumMedia": str(len(message.media)),
        "NumSegments": str(message.segments),
        "SmsStatus": "received",
        "To": message.recipient,
    }


def receipt_fields(message: Message, account_sid: str, status: str, done_at: float) -> dict[str, str]:
    """What Twilio posts to StatusCallback when a message has become `status`."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.recipient,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if status == "delivered":
        fields["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime(done_at))
    if status in ("failed", "undelivered") and message.error:
        fields["ErrorCode"] = str(message.error)
    return fields


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Texts and receipts have a client each, so that a text never waits behind an alert's thousand receipts."""

    settings: Settings
    client: Client

    async def post_once(self, url: str, fields: Mapping[str, str], timeout: float = PATIENCE_SECONDS) -> Reply:
        """Raises Unreachable. What follows # in the URL is for Twilio alone and not signed."""
        url = urldefrag(url).url
        signature = sign(self.settings.auth_tokens[0], url, fields)
        return await self.client.post(url, fields, {"X-Twilio-Signature": signature}, timeout)

    async def post_until_taken(self, url: str, fields: Mapping[str, str], pauses: Iterator[float]) -> None:
        """Raises NotTaken when the pauses, in seconds, are used up, or at once when the app says it is our fault."""
        while True:
            try:
                reply = await self.post_once(url, fields)
                said = f"{url} answered {reply.status}"
                if reply.status < 300:
                    return
                if reply.status < 500:
                    raise NotTaken(said)
            except Unreachable as error:
                said = f"{url} can't be reached: {error}"
            pause = next(pauses, None)
            if pause is None:
                raise NotTaken(said)
            await asyncio.sleep(pause)


def pauses(first: float, longest: float, total: float) -> Iterator[float]:
    """Doubling waits in seconds, until so much time has passed since the first try."""
    began, pause = time.monotonic(), first
    while time.monotonic() - began + pause < total:
        yield pause
        pause = min(pause * 2, longest)
