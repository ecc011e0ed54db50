"""Twilio's errors as its API and its callbacks report them (twilio.com/docs/api/errors, November 2026)."""

from __future__ import annotations

from typing import Any

# code: (HTTP status when the API refuses with it, what Twilio says). Any other code is a 400 without a text of ours.
ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service Unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid, message-capable Twilio phone number."),
    21608: (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21703: (400, "The Messaging Service does not have a phone number available to send a message"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    30001: (400, "Queue overflow"),
    30002: (400, "Account suspended"),
    30003: (400, "Unreachable destination handset"),
    30004: (400, "Message blocked"),
    30005: (400, "Unknown destination handset"),
    30006: (400, "Landline or unreachable carrier"),
    30007: (400, "Carrier violation"),
    30008: (400, "Unknown error"),
    30036: (400, "Validity Period Expired"),
}


class TwilioRefusal(Exception):
    """The API's answer is one of Twilio's errors; `detail` follows Twilio's own words."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def status(self) -> int:
        return ERRORS[self.code][0] if self.code in ERRORS else 400

    def as_json(self) -> dict[str, Any]:
        words = error_message(self.code) or f"Error {self.code}"
        return {
            "code": self.code,
            "message": f"{words}: {self.detail}" if self.detail else words,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def error_message(code: int | None) -> str | None:
    """What a failed message's `error_message` holds."""
    return ERRORS[code][1] if code in ERRORS else None
