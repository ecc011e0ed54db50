"""Giddyup on Chalice: the routes' blueprints, and a handler for each queue and for the clock."""

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Rate, Response, SQSEvent

from chalicelib.entry import clock as clock_entry
from chalicelib.entry import sending
from chalicelib.entry.answers import JSON, answered
from chalicelib.entry.api import api
from chalicelib.entry.api_pledging import api_pledging
from chalicelib.entry.dashboard.action import action
from chalicelib.entry.dashboard.audit import audit
from chalicelib.entry.dashboard.compose import compose
from chalicelib.entry.dashboard.delivery import delivery
from chalicelib.entry.dashboard.group import group
from chalicelib.entry.dashboard.home import home
from chalicelib.entry.dashboard.lists import lists
from chalicelib.entry.dashboard.operator import operator
from chalicelib.entry.dashboard.people import people
from chalicelib.entry.pages import pages
from chalicelib.entry.plain import ANYTHING, fit_for_gateway
from chalicelib.entry.pressing import pressing
from chalicelib.entry.receipts import receipts
from chalicelib.entry.signin import signin
from chalicelib.entry.texting import take_batch, texting
from chalicelib.entry.widgets import widgets
from chalicelib.runtime import runtime

app = Chalice(app_name="giddyup")
app.api.binary_types = [ANYTHING]  # so that API Gateway decodes a picture whatever its caller says to accept
app.register_middleware(fit_for_gateway, "http")
app.register_blueprint(texting)
app.register_blueprint(receipts)
app.register_blueprint(widgets)
app.register_blueprint(pressing)
app.register_blueprint(api_pledging)
app.register_blueprint(api)
app.register_blueprint(signin)
for desk in (home, action, compose, group, people, lists, delivery, audit, operator):
    app.register_blueprint(desk)
app.register_blueprint(pages)

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
    take_batch(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "replies", batch_size=1)
def replies(event: SQSEvent) -> None:
    sending.send_replies(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "bulk", batch_size=1)
def bulk(event: SQSEvent) -> None:
    sending.send_bulk(event.to_dict()["Records"], runtime())


@app.on_sqs_message(queue_arn=ANY_QUEUE + "due", batch_size=1)
def due(event: SQSEvent) -> Any:
    return sending.bring_due(event.to_dict()["Records"], runtime())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def clock(event: CloudWatchEvent) -> None:  # noqa: ARG001 - Chalice gives it
    clock_entry.queue_due(runtime())
