"""Status callbacks come in: what became of each text that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.delivery.receipts import record_receipt
from chalicelib.entry.guard import FORM, signed_fields
from chalicelib.log import trace_in, tracing, warn
from chalicelib.runtime import runtime

receipts = Blueprint(__name__)


@receipts.route("/sms/status", methods=["POST"], content_types=[FORM])
def status() -> Response:
    """The key of the text's row is in the address, and the signature covers the address.

    So is the trace that it belongs to, where the key does not tell it.
    """
    world = runtime()
    query: Mapping[str, str] = receipts.current_request.query_params or {}
    key = {"pk": query.get("pk", ""), "sk": query.get("sk", "")}
    more = {name: query[name] for name in ("t", "n") if query.get(name)}
    asked, count = {**key, **more}, more.get("n", "")
    fields = signed_fields(receipts.current_request, f"/sms/status?{urlencode(asked)}", world.settings)
    if not key["pk"].startswith("person#") or not key["sk"].startswith(("text#", "you#wanted#")):
        warn("a receipt for no text of ours: left alone", sid=fields.first("MessageSid"))
        return Response("", status_code=204)
    error = fields.first("ErrorCode")
    with tracing(more.get("t") or trace_in(key["sk"])):
        record_receipt(
            key["pk"],
            key["sk"],
            fields.first("MessageStatus"),
            fields.first("MessageSid"),
            int(error) if error.isdecimal() else 0,
            world,
            int(count) if count.isdecimal() and key["sk"].startswith("you#wanted#") else 0,
        )
    return Response("", status_code=204)
