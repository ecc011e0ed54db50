"""Texts come in: the webhook that only queues, and the worker that reads them and has them handled."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.commands import Command, Help, Start, Stop
from chalicelib.core.model import Channel
from chalicelib.core.received import Received
from chalicelib.delivery import queues
from chalicelib.entry.bringing import bring_about
from chalicelib.entry.guard import FORM, Fields, signed_fields
from chalicelib.grammar.parse import parse
from chalicelib.grammar.speaking import language_of
from chalicelib.log import log, warn
from chalicelib.numbers import e164, place_of
from chalicelib.runtime import Runtime, runtime

texting = Blueprint(__name__)

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
LONGEST_TEXT = 1600  # Twilio's most
NUMBER = re.compile(r"\+[0-9]{8,15}")  # no short code, no name, no other channel's prefix
SID = re.compile(r"[A-Za-z0-9]{1,64}")
OPT_OUT: Mapping[str, Command] = {"STOP": Stop(), "START": Start(), "HELP": Help()}


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


def take(text: Mapping[str, Any], world: Runtime) -> None:
    """One text from the queue, handled; what follows from it is nudged on."""
    is_number = NUMBER.fullmatch(text["from"])
    number = e164(text["from"], world.settings.countries) if is_number else None
    if number is None:
        log("a sender whom we do not text: left alone", sid=text["sid"])
        return
    got = Received(
        command=OPT_OUT.get(text["opt_out"]) or parse(text["body"][:LONGEST_TEXT]),
        cause=text["sid"],
        at=datetime.fromisoformat(text["at"]),
        channel=Channel.TEXT,
        person=world.person_id(number),
        phone=number,
        lang=language_of(text["body"]) or "en",
        place=str(place_of(number)),
        words=text["body"][:LONGEST_TEXT],
        is_told_by_carrier=bool(text["opt_out"]),
    )
    bring_about(got, world)


def take_batch(records: list[dict[str, Any]], world: Runtime) -> None:
    """Texts in the order in which they came; an error rises, and the queue brings back what is left."""
    for record in records:
        take(json.loads(record["body"]), world)
