"""The app's side of the carrier, driven by Twilio's own client."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from requests.exceptions import ConnectionError as LostConnection
from requests.exceptions import Timeout
from twilio.base.exceptions import TwilioRestException

from tests.local.running_carrier import ACCOUNT, NEXT_TOKEN, NUMBER, TOKEN, Carrier, FakeApp, running_carrier

MAY_BE_WRONG = {"CARRIER_CONTRACT_OF": "answers"}  # what is said to it is, on purpose
SAM, ANN = "+15550100001", "+15550100002"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture(scope="module")
def app() -> Iterator[FakeApp]:
    with FakeApp().up() as app:
        yield app


@pytest.fixture(scope="module")
def shared(app: FakeApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    with running_carrier(tmp_path_factory.mktemp("carrier"), app.url, **MAY_BE_WRONG) as carrier:
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


def give(carrier: Carrier, body: str = "x", to: str = SAM) -> tuple[int, Any]:
    """A text as any program may give it to the API."""
    return carrier.ask("POST", MESSAGES, {"To": to, "From": NUMBER, "Body": body}, basic_auth())


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline


def answers(carrier: Carrier) -> bool:
    try:
        return carrier.ask("GET", MESSAGES, headers=basic_auth())[0] == 200
    except RemoteDisconnected:
        return False


def test_a_garbled_answer_does_not_tell_whether_the_text_was_taken(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="garbage")
    taken = give(carrier, "taken")
    carrier.fault(SAM, mode="garbage_lost")
    lost = give(carrier, "lost")

    assert taken == lost
    assert (taken[0], taken[1].startswith("<!doctype html>")) == (200, True)
    assert [text["body"] for text in carrier.screen(SAM)] == ["taken"]
    carrier.fault(SAM, mode="garbage")
    with pytest.raises(ValueError, match="Expecting value"):
        carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x")


def test_a_server_error_does_not_tell_whether_the_text_was_taken(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="500_taken")
    taken = refusal(carrier, to=SAM, from_=NUMBER, body="taken")
    carrier.fault(SAM, mode="500")
    lost = refusal(carrier, to=SAM, from_=NUMBER, body="lost")

    assert taken == lost == (500, 20500)
    assert [text["body"] for text in carrier.screen(SAM)] == ["taken"]
    [listed] = carrier.twilio().messages.list(to=SAM, limit=1)
    assert listed.body == "taken"


def test_every_third_text_is_too_many_whoever_it_is_to(carrier: Carrier) -> None:
    pending = carrier.fault("*", mode="429", every="3", times="1000")

    statuses = [give(carrier, to=to)[0] for to in (SAM, ANN, SAM, ANN, SAM, ANN, SAM)]

    assert pending == [{"mode": "429", "code": 20429, "seconds": 0, "times": 1000, "every": 3}]
    assert statuses == [201, 201, 429, 201, 201, 429, 201]


def test_of_two_troubles_that_want_the_same_text_the_later_one_meets_the_next(carrier: Carrier) -> None:
    carrier.fault("*", mode="429", every="3", times="1000")
    carrier.fault("*", mode="500", every="3", times="1000")

    assert [give(carrier)[0] for _ in range(7)] == [201, 201, 429, 500, 201, 429, 500]


def test_while_the_carrier_is_down_nothing_is_answered_and_nothing_taken(carrier: Carrier) -> None:
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="before").sid
    [down] = carrier.fault("*", mode="down", seconds="600")

    for act in (
        lambda: carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="meanwhile"),
        lambda: carrier.twilio().messages.list(to=SAM),
        lambda: carrier.twilio().messages(sent).fetch(),
    ):
        with pytest.raises(LostConnection):
            act()

    ends_in = datetime.fromisoformat(down["ends_at"]) - datetime.fromisoformat(carrier.ask("GET", "/clock")[1]["now"])
    assert timedelta(seconds=570) < ends_in <= timedelta(seconds=600)
    assert [text["body"] for text in carrier.screen(SAM)] == ["before"]


def test_a_carrier_that_was_killed_while_down_is_still_down(tmp_path: Path) -> None:
    with running_carrier(tmp_path, "http://127.0.0.1:9") as carrier:
        carrier.fault("*", mode="down", seconds="600")
        carrier.kill()
        carrier.start()

        assert not answers(carrier)


def test_a_carrier_is_up_again_when_the_towns_clock_says_so(carrier: Carrier) -> None:
    carrier.fault("*", mode="down", seconds="600")

    carrier.ask("POST", "/clock", {"advance": "600"})

    assert answers(carrier)
    assert carrier.ask("GET", "/phones/*/faults")[1] == []


def test_a_carrier_is_up_again_after_as_many_real_seconds(carrier: Carrier) -> None:
    carrier.fault("*", mode="down", seconds="0.5")

    until(lambda: answers(carrier))


def test_a_carrier_is_up_again_when_nothing_is_to_go_wrong_any_more(carrier: Carrier) -> None:
    carrier.fault("*", mode="down")
    assert not answers(carrier)

    carrier.ask("DELETE", "/phones/*/faults")

    assert answers(carrier)


def test_a_slow_answer_comes_long_after_the_text(carrier: Carrier) -> None:
    carrier.fault(SAM, mode="slow", seconds="5")
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(give, carrier, "here already")

        [text] = carrier.wait_for_texts(0)
        assert not sending.done()
        status, answer = sending.result()

    assert (text["body"], status, answer["sid"]) == ("here already", 201, text["sid"])


def test_no_second_has_more_segments_than_the_carriers_rate(tmp_path: Path) -> None:
    with running_carrier(tmp_path, "http://127.0.0.1:9", CARRIER_RATE="10") as carrier:
        with ThreadPoolExecutor(max_workers=20) as pool:
            answered = list(pool.map(lambda n: give(carrier, ("x" * 200) if n % 4 == 0 else "x"), range(60)))
        until(lambda: give(carrier)[0] == 201)

        # a hair less than a second, since the carrier measures on a clock that nobody sets
        texts = carrier.wait_for_texts(0)
        moments = [(datetime.fromisoformat(text["at"]), text["segments"]) for text in texts]
        busiest = max(
            sum(segments for at, segments in moments if began <= at < began + timedelta(seconds=0.99))
            for began, _ in moments
        )
        assert busiest in (9, 10)
        refused = [answer for status, answer in answered if status == 429]
        assert {answer["code"] for answer in refused} == {20429}
        assert carrier.ask("GET", "/refusals")[1]["20429"] >= len(refused)


def test_a_text_longer_than_a_seconds_worth_is_taken_when_the_carrier_is_idle(tmp_path: Path) -> None:
    with running_carrier(tmp_path, "http://127.0.0.1:9", CARRIER_RATE="1") as carrier:
        assert [give(carrier, "x" * 400)[0], give(carrier)[0]] == [201, 429]


def test_scrambled_receipts_come_three_times_each_and_the_last_one_first(carrier: Carrier, app: FakeApp) -> None:
    carrier.fault(SAM, mode="scramble")
    sent = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="x", status_callback=f"{app.url}/sms/status")

    posts = [app.next_post() for _ in range(6)]

    assert {post.form["MessageSid"] for post in posts} == {sent.sid}
    assert [post.form["MessageStatus"] for post in posts] == ["delivered"] * 3 + ["sent"] * 3
    assert [text["body"] for text in carrier.screen(SAM)] == ["x"]


def test_of_a_silent_text_nothing_is_reported_though_it_arrives(carrier: Carrier, app: FakeApp) -> None:
    carrier.fault(SAM, mode="silent")
    say, callback = carrier.twilio().messages.create, f"{app.url}/sms/status"
    say(to=SAM, from_=NUMBER, body="silent", status_callback=callback)
    loud = say(to=SAM, from_=NUMBER, body="loud", status_callback=callback)

    assert [app.next_post().form["MessageSid"] for _ in range(2)] == [loud.sid, loud.sid]
    assert app.posts.empty()
    assert [text["body"] for text in carrier.screen(SAM)] == ["silent", "loud"]


def test_a_carrier_that_blocks_the_stopped_takes_nothing_for_them_until_they_start(tmp_path: Path) -> None:
    with FakeApp().up() as app, running_carrier(tmp_path, app.url, CARRIER_BLOCKS_STOPPED="1") as carrier:
        stop = carrier.text(SAM, " Stop\n")
        assert refusal(carrier, to=SAM, from_=NUMBER, body="x") == (400, 21610)
        assert give(carrier, to=ANN)[0] == 201

        carrier.text(SAM, "start over at 6?")
        assert give(carrier)[0] == 400
        carrier.text(SAM, "UNSTOP")
        carrier.ask("POST", f"/phones/{SAM}/texts/{stop}/resend")
        carrier.text(SAM, "Stop by at 6?")
        assert give(carrier)[0] == 201


def test_a_short_codes_carrier_leaves_the_stopped_to_the_app(carrier: Carrier) -> None:
    carrier.text(SAM, "STOP")

    assert give(carrier)[0] == 201


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
