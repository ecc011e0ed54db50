"""Giddyup on Chalice: its doors, and a handler for each queue and for the clock."""

import os
from typing import Any

from chalice.app import CloudWatchEvent, Rate, Response, SQSEvent

from chalicelib.entry.answers import JSON, answered
from chalicelib.entry.counting import counted
from chalicelib.entry.doors import Doors
from chalicelib.entry.plain import ANYTHING, fit_for_gateway
from chalicelib.runtime import runtime

app = Doors(app_name="giddyup", configure_logs=False)  # chalicelib/log.py does: Chalice would say all of it again
app.api.binary_types = [ANYTHING]  # so that API Gateway decodes a picture whatever its caller says to accept
app.register_middleware(counted, "all")
app.register_middleware(fit_for_gateway, "http")

# The queues are made in the same template: packaging replaces these names by theirs (infra/package.py).
# One message at a time: one that cannot be handled holds back nobody else's.
ANY_QUEUE = "arn:aws:sqs:us-east-1:000000000000:"


@app.route("/healthz", methods=["GET"])
def healthz() -> Response:
    """Says that the app runs and its settings are whole."""
    runtime()
    return answered('{"ok": true}', JSON)


@app.on_sqs_message(queue_arn=ANY_QUEUE + "inbound", batch_size=1)
def inbound(event: SQSEvent) -> None:
    from chalicelib.entry.taking import take_batch  # as below: each function loads its own work alone (entry/doors.py)

    take_batch(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "replies", batch_size=1)
def replies(event: SQSEvent) -> None:
    from chalicelib.entry import sending

    sending.send_replies(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "bulk", batch_size=1)
def bulk(event: SQSEvent) -> None:
    from chalicelib.entry import sending

    sending.send_bulk(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "due", batch_size=1)
def due(event: SQSEvent) -> Any:
    from chalicelib.entry import sending

    return sending.bring_due(event.to_dict()["Records"], runtime())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:  # noqa: ARG001 - Chalice gives it
    from chalicelib.entry.clock import queue_due

    queue_due(runtime())


app.start(os.environ.get("_HANDLER", ""))
