"""Whatever comes in at the carrier's doors: never an error of ours, once, and no word of it in the log."""

from __future__ import annotations

import base64
import hmac
import json
from collections import defaultdict
from urllib.parse import urlencode

import boto3
import pytest
from chalice.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app
from infra.resources import QUEUES
from tests.house.spy import spying
from tests.world import ACCOUNT, OURS, TOKEN, World, a_world

Pairs = list[tuple[str, str]]

SOMEBODY = "+15550100042"
TEXT: Pairs = [("MessageSid", "SM1"), ("AccountSid", ACCOUNT), ("From", SOMEBODY), ("To", OURS), ("Body", "HELP")]


def signature(path: str, fields: Pairs) -> str:
    """As Twilio writes it down: the address, then each name in order with its distinct values in order."""
    values: dict[str, set[str]] = defaultdict(set)
    for name, value in fields:
        values[name].add(value)
    signed = "https://giddyup.example" + path
    signed += "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()


def post(path: str, fields: Pairs) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature(path, fields)}
    with Client(app.app) as client:
        return client.http.post(path, headers=headers, body=urlencode(fields).encode()).status_code


def inbound() -> list[dict[str, str]]:
    """What waits on the inbound queue."""
    sqs = boto3.client("sqs")
    queue = next(one for one in QUEUES if one.name == "inbound")
    url = sqs.get_queue_url(QueueName=queue.full_name("giddyup"))["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    return [json.loads(one["Body"]) for one in found]


# --- repeated parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        pytest.param([("Body", "HELP")], id="the same value again"),
        pytest.param([("Body", "STOP")], id="another value"),
        pytest.param([("MediaUrl0", "b"), ("MediaUrl0", "a"), ("MediaUrl0", "")], id="one of which we know nothing"),
    ],
)
def test_a_parameter_that_is_repeated_is_signed_with_all_its_values_and_read_by_its_first(
    world: World, more: Pairs
) -> None:
    assert post("/sms", [*TEXT, *more]) == 200

    assert [text["body"] for text in inbound()] == ["HELP"]
    world.work()
    assert [body.startswith("Giddyup: groups that get things done") for _, body in world.new_texts()] == [True]


def test_another_value_slipped_in_beside_a_signed_one_is_refused(world: World) -> None:
    forged = [*TEXT, ("Body", "STOP")]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature("/sms", TEXT)}

    with Client(app.app) as client:
        status = client.http.post("/sms", headers=headers, body=urlencode(forged).encode()).status_code

    assert (status, inbound(), world.rows()) == (403, [], [])


# --- once, however it is delivered -------------------------------------------------------------------


def test_a_text_that_the_queue_delivers_ten_times_in_a_batch_is_answered_once(world: World) -> None:
    world.webhook(SOMEBODY, "HELP")
    [text] = inbound()
    records = [{"messageId": str(n), "body": json.dumps(text)} for n in range(10)]

    for _ in range(2):
        app.inbound({"Records": records}, None)
    world.work()

    assert [to for to, _ in world.new_texts()] == [SOMEBODY]


def test_the_same_text_six_days_later_is_still_the_same_text(world: World) -> None:
    world.found_group()
    world.webhook(SOMEBODY, "DIG")
    [text] = inbound()
    world.work()
    world.new_texts()
    before = world.rows()

    for _ in range(3):
        world.advance(hours=50)
        app.inbound({"Records": [{"messageId": "1", "body": json.dumps(text)}]}, None)
        world.work()

    assert (world.new_texts(), world.rows()) == ([], before)


# --- the log -----------------------------------------------------------------------------------------

SECRET = "my address is 12 Elm Street"
ODD = [
    pytest.param({"From": "40404"}, id="a short code"),
    pytest.param({"From": "+999123456789"}, id="a country that does not exist"),
    pytest.param({"From": "+18765550123"}, id="a country that the operator did not name"),
    pytest.param({"To": "+15559999999"}, id="to a number that is not ours"),
    pytest.param({"AccountSid": "AC" + "f" * 32}, id="of another account"),
    pytest.param({"MessageSid": ""}, id="without a sid"),
    pytest.param({"MessageSid": "soup # soup"}, id="with a sid that is none"),
    pytest.param({"Body": "x" * 1573 + SECRET}, id="as long as a text can be"),
    pytest.param({"NumMedia": "1", "MediaUrl0": "https://example.org/cat.jpg", "FromZip": "10001"}, id="a picture"),
    pytest.param({"OptOutType": "HELP"}, id="one that the carrier has answered"),
    pytest.param({"OptOutType": "WHAT"}, id="one that the carrier has answered in a way of its own"),
    pytest.param({"ProfileName": SECRET}, id="a parameter that nobody knows"),
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_text_leaves_a_line_in_the_log_and_nothing_of_itself_in_it(world: World, odd: dict[str, str]) -> None:
    fields = {**dict(TEXT), "Body": SECRET, **odd}

    with spying() as spy:
        assert post("/sms", list(fields.items())) == 200
        world.work()

    assert spy.logged != []
    written = "\n".join(spy.logged)
    personal = [SECRET, fields["Body"], fields["From"].lstrip("+"), "5559999999", "cat.jpg", "10001"]
    assert [one for one in personal if one in written] == []


# --- anything at all ---------------------------------------------------------------------------------

VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.sampled_from(
        [SOMEBODY, OURS, "STOP", "START", "HELP", "DIG", "IN", "delivered", "failed", "21610", "\x00", "-1"]
    ),
)
NAMES = st.sampled_from(
    ["MessageSid", "From", "To", "Body", "OptOutType", "NumMedia", "AccountSid", "MessageStatus", "ErrorCode", "é", ""]
)
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["/sms", "/sms/status"]), FORMS), min_size=10, max_size=30))
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
def test_no_form_that_the_carrier_signs_is_an_error_of_ours(forms: list[tuple[str, Pairs]]) -> None:
    with a_world() as world:
        for n, (path, fields) in enumerate(forms):
            is_whole = path == "/sms" and not dict(fields).keys() & {"MessageSid", "From"}
            if is_whole:
                fields = [("MessageSid", f"SM{n}"), *TEXT[1:], *fields]
            address = path if path == "/sms" else f"{path}?{urlencode({'pk': 'person#x', 'sk': 'text#x'})}"
            assert post(address, fields) in {200, 204}
        world.work()

        world.text("ann", "HELP")
        assert world.got("ann")[-1].startswith("Giddyup: groups that get things done")


@given(st.binary(max_size=300), st.sampled_from(["/sms", "/sms/status", "/sms/status?pk=person%23x&sk=text%23x"]))
@settings(max_examples=100)
def test_no_bytes_are_an_error_of_ours(body: bytes, path: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "Zm9yZ2Vk"}

    with Client(app.app) as client:
        assert client.http.post(path, headers=headers, body=body).status_code == 403
