"""The app's side of the carrier, driven by Twilio's own client."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from requests.exceptions import ConnectionError as LostConnection
from requests.exceptions import Timeout
from twilio.base.exceptions import TwilioRestException

from tests.local.running_carrier import ACCOUNT, NEXT_TOKEN, NUMBER, TOKEN, Carrier, FakeApp, running_carrier

SAM, ANN = "+15550100001", "+15550100002"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture(scope="module")
def app() -> Iterator[FakeApp]:
    with FakeApp().up() as app:
        yield app


@pytest.fixture(scope="module")
def shared(app: FakeApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    with running_carrier(tmp_path_factory.mktemp("carrier"), app.url) as carrier:
        yield carrier


@pytest.fixture
def carrier(shared: Carrier) -> Carrier:
    shared.ask("DELETE", "/texts")
    return shared


def refusal(carrier: Carrier, **fields: str) -> tuple[int, int]:
    """HTTP status and code of the error."""
    with pytest.raises(TwilioRestException) as caught:
        carrier.twilio().messages.create(**fields)
    return caught.value.status, caught.value.code


def test_twilios_own_client_sends_a_text_and_it_shows_on_the_phone(carrier: Carrier) -> None:
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="DIG4 needs 10")

    [text] = carrier.screen(SAM)
    assert (sent.status, sent.num_segments, sent.direction, sent.date_sent) == ("queued", "1", "outbound-api", None)
    assert (text["direction"], text["body"], text["sid"], text["segments"]) == ("in", "DIG4 needs 10", sent.sid, 1)
    assert carrier.twilio(NEXT_TOKEN).messages(sent.sid).fetch().status == "delivered"


def test_the_list_is_newest_first_and_goes_on_over_pages(carrier: Carrier) -> None:
    phone = "+15550100777"
    sids = [carrier.twilio().messages.create(to=phone, from_=NUMBER, body=f"{n}").sid for n in range(7)]

    listed = carrier.twilio().messages.list(to=phone, page_size=3)

    assert [message.sid for message in listed] == sids[::-1]
    assert carrier.twilio().messages.list(to=phone, limit=2)[0].body == "6"
    assert [message.body for message in carrier.twilio().messages.list(from_=phone)] == []


def test_the_list_can_be_bounded_by_when_a_text_was_sent(carrier: Carrier) -> None:
    phone, now, hour = "+15550100778", datetime.now(UTC), timedelta(hours=1)
    carrier.twilio().messages.create(to=phone, from_=NUMBER, body="now")

    messages = carrier.twilio().messages

    assert len(messages.list(to=phone, date_sent_after=now - hour)) == 1
    assert len(messages.list(to=phone, date_sent_before=now + hour, date_sent_after=now - hour)) == 1
    assert messages.list(to=phone, date_sent_after=now + hour) == []
    assert messages.list(to=phone, date_sent_before=now - hour) == []
    today = f"{now:%Y-%m-%d}"
    _, by_day = carrier.ask("GET", f"{MESSAGES}?To=%2B15550100778&DateSent={today}", headers=basic_auth())
    assert [message["body"] for message in by_day["messages"]] == ["now"]


def basic_auth() -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"to": "", "from_": NUMBER, "body": "x"}, 21604, id="nobody to send it to"),
        pytest.param({"to": SAM, "from_": NUMBER, "body": ""}, 21602, id="nothing to say"),
        pytest.param({"to": "12", "from_": NUMBER, "body": "x"}, 21211, id="a number that is none"),
        pytest.param({"to": SAM, "body": "x"}, 21603, id="from nobody"),
        pytest.param({"to": SAM, "from_": ANN, "body": "x"}, 21606, id="from a number that isn't ours"),
        pytest.param({"to": SAM, "from_": NUMBER, "body": "x" * 1601}, 21617, id="longer than 1,600"),
        pytest.param(
            {"to": SAM, "from_": NUMBER, "body": "x", "status_callback": "/sms"}, 21609, id="a callback to nowhere"
        ),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(carrier: Carrier, fields: dict[str, str], code: int) -> None:
    assert refusal(carrier, **fields) == (400, code)
    assert carrier.screen(SAM) == []


def test_a_wrong_token_is_refused(carrier: Carrier) -> None:
    with pytest.raises(TwilioRestException) as caught:
        carrier.twilio("three").messages.create(to=SAM, from_=NUMBER, body="x")

    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_a_message_that_never_was_is_not_found(carrier: Carrier) -> None:
    with pytest.raises(TwilioRestException) as caught:
        carrier.twilio().messages("SM" + "0" * 32).fetch()

    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_messaging_service_may_send_in_the_numbers_place(carrier: Carrier) -> None:
    sent = carrier.twilio().messages.create(to=SAM, messaging_service_sid="MG" + "0" * 32, body="hello")

    assert (sent.status, sent.from_, sent.messaging_service_sid) == ("accepted", None, "MG" + "0" * 32)
    assert [text["body"] for text in carrier.screen(SAM)] == ["hello"]


def test_a_delivered_text_has_two_signed_receipts_at_the_whole_address(carrier: Carrier, app: FakeApp) -> None:
    callback = f"{app.url}/sms/status?lane=bulk"
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="hello", status_callback=callback)

    first, second = app.next_post(), app.next_post()

    assert [first.form["MessageStatus"], second.form["MessageStatus"]] == ["sent", "delivered"]
    assert first.path == second.path == "/sms/status?lane=bulk"
    assert first.is_signed
    assert second.is_signed
    assert (second.form["MessageSid"], second.form["To"]) == (sent.sid, SAM)
    assert "ErrorCode" not in second.form
    assert len(second.form["RawDlrDoneDate"]) == 10


def test_a_receipt_is_posted_again_until_the_app_takes_it(carrier: Carrier, app: FakeApp) -> None:
    app.answers[:] = [503, 0, 200]
    carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x", status_callback=f"{app.url}/sms/status")

    statuses = [app.next_post().form["MessageStatus"] for _ in range(4)]

    assert statuses == ["sent", "sent", "sent", "delivered"]


def test_a_refused_text_never_arrives_and_the_next_one_does(carrier: Carrier) -> None:
    pending = carrier.fault(SAM, mode="refuse", code="21610")

    assert pending == [{"mode": "refuse", "code": 21610, "seconds": 0, "times": 1}]
    assert refusal(carrier, to=SAM, from_=NUMBER, body="lost") == (400, 21610)
    carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="found")
    assert [text["body"] for text in carrier.screen(SAM)] == ["found"]


def test_too_many_requests_is_answered_as_often_as_asked_for(carrier: Carrier) -> None:
    carrier.fault("*", mode="429", times="2")

    assert refusal(carrier, to=SAM, from_=NUMBER, body="x") == (429, 20429)
    assert refusal(carrier, to=ANN, from_=NUMBER, body="x") == (429, 20429)
    assert carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x").status == "queued"


@pytest.mark.parametrize(
    ("code", "statuses"),
    [
        pytest.param("30003", ["sent", "undelivered"], id="found out by the carrier"),
        pytest.param("30001", ["failed"], id="found out before it left"),
    ],
)
def test_a_text_that_fails_is_reported_and_never_shown(
    carrier: Carrier, app: FakeApp, code: str, statuses: list[str]
) -> None:
    carrier.fault(SAM, mode="fail", code=code)
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x", status_callback=f"{app.url}/sms/status")

    posts = [app.next_post() for _ in statuses]

    assert [post.form["MessageStatus"] for post in posts] == statuses
    assert posts[-1].form["ErrorCode"] == code
    assert carrier.screen(SAM) == []
    found = carrier.twilio().messages(sent.sid).fetch()
    assert (found.status, found.error_code) == (statuses[-1], int(code))


def test_when_the_answer_is_lost_the_text_has_arrived_all_the_same(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="timeout", seconds="1")

    with pytest.raises((LostConnection, Timeout)):
        carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="once")

    [text] = carrier.screen(SAM)
    [listed] = carrier.twilio().messages.list(to=SAM, limit=1)
    assert (listed.sid, listed.body) == (text["sid"], "once")


def test_when_the_connection_is_lost_nothing_was_accepted(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="lost")

    with pytest.raises(LostConnection):
        carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="never")

    assert carrier.screen(SAM) == []


def test_a_delayed_text_arrives_when_the_towns_clock_says_so(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="delay", seconds="3600")
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="later")
    assert (carrier.screen(SAM), carrier.twilio().messages(sent.sid).fetch().status) == ([], "sent")

    carrier.ask("POST", "/clock", {"advance": "3600"})

    [text] = carrier.wait_for_texts(0)
    assert (text["phone"], text["body"]) == (SAM, "later")
    assert carrier.twilio().messages(sent.sid).fetch().status == "delivered"


def test_a_text_that_would_come_after_its_validity_expires(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="delay", seconds="600")

    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x", validity_period=60)

    assert carrier.twilio().messages(sent.sid).fetch().error_code == 30036


def test_what_was_accepted_outlives_a_kill_and_its_receipts_are_still_posted(tmp_path: Path) -> None:
    app = FakeApp()
    with running_carrier(tmp_path, app.url) as carrier:
        sids = [
            carrier.twilio().messages.create(to=SAM, from_=NUMBER, body=f"{n}", status_callback=f"{app.url}/s").sid
            for n in range(20)
        ]
        carrier.kill()
        carrier.start()

        with app.up():
            receipts = [app.next_post() for _ in range(40)]

        assert [text["sid"] for text in carrier.screen(SAM)] == sids
        assert {(post.form["MessageSid"], post.form["MessageStatus"]) for post in receipts} == {
            (sid, status) for sid in sids for status in ("sent", "delivered")
        }
