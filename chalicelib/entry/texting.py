"""Texts come in: the webhook, which only queues. What reads them is entry/taking.py."""

from __future__ import annotations

import re

from chalice.app import Blueprint, Response

from chalicelib.delivery import queues
from chalicelib.entry.guard import FORM, Fields, signed_fields
from chalicelib.log import warn
from chalicelib.runtime import Runtime, runtime

texting = Blueprint(__name__)

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
LONGEST_TEXT = 1600  # Twilio's most
SID = re.compile(r"[A-Za-z0-9]{1,64}")


@texting.route("/sms", methods=["POST"], content_types=[FORM])
def sms() -> Response:
    """The webhook: signature, queue, an empty answer. All answers go the one way that texts are sent."""
    world = runtime()
    fields = signed_fields(texting.current_request, "/sms", world.settings)
    if is_for_us(fields, world):
        number, sid = fields.first("From"), fields.first("MessageSid")
        text = {
            "from": number,
            "sid": sid,
            "body": fields.first("Body")[:LONGEST_TEXT],
            "opt_out": fields.first("OptOutType"),
            "at": world.now().isoformat(),
        }
        whose = world.person_id(number)
        queues.put(world, queues.INBOUND, text, MessageGroupId=whose, MessageDeduplicationId=sid)
    return Response(NO_ANSWER, headers={"Content-Type": "text/xml"})


def is_for_us(fields: Fields, world: Runtime) -> bool:
    """A text of our account, to our number, that says who it is from and which one it is. Others are left alone."""
    settings = world.settings
    missing = [name for name in ("MessageSid", "From", "To") if not fields.first(name)]
    if not missing and not SID.fullmatch(fields.first("MessageSid")):
        missing = ["a MessageSid that is one"]
    if missing:
        warn("a text without what makes it one: left alone", missing=" ".join(missing))
        return False
    is_ours = (
        fields.first("To") == settings.twilio_from
        or fields.first("MessagingServiceSid") == settings.twilio_messaging_service_sid != ""
    )
    if not is_ours or fields.first("AccountSid") not in {"", settings.twilio_account_sid}:
        warn(
            "a text to a number that is not ours: check the webhook's number and account",
            sid=fields.first("MessageSid"),
        )
        return False
    return True
