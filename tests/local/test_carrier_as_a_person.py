"""The phones' side of the carrier: texting the app, reading screens, moving the clock."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.local.people import People
from tests.local.running_carrier import ACCOUNT, NUMBER, Carrier, FakeApp, running_carrier

SAM, ANN = "+15550100001", "+15550100002"


@pytest.fixture(scope="module")
def shared_app() -> Iterator[FakeApp]:
    with FakeApp().up() as app:
        yield app


@pytest.fixture(scope="module")
def shared(shared_app: FakeApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carrier]:
    with running_carrier(tmp_path_factory.mktemp("carrier"), shared_app.url) as carrier:
        yield carrier


@pytest.fixture
def app(shared_app: FakeApp) -> FakeApp:
    shared_app.answers.clear()
    while not shared_app.posts.empty():
        shared_app.posts.get()
    return shared_app


@pytest.fixture
def carrier(shared: Carrier) -> Carrier:
    shared.ask("DELETE", "/texts")
    shared.ask("DELETE", "/phones")
    return shared


def test_a_text_reaches_the_app_signed_and_with_all_of_twilios_fields(carrier: Carrier, app: FakeApp) -> None:
    sid = carrier.text(SAM, "¿Qué tal? 👍 & more+")

    post = app.next_post()
    assert (post.path, post.is_signed) == ("/sms", True)
    assert post.form == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": "¿Qué tal? 👍 & more+",
        "From": SAM,
        "FromCity": "",
        "FromCountry": "US",
        "FromState": "",
        "FromZip": "",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": NUMBER,
        "ToCity": "",
        "ToCountry": "US",
        "ToState": "",
        "ToZip": "",
    }


def test_a_phone_shows_what_it_sent_and_got_oldest_first(carrier: Carrier) -> None:
    first = carrier.text(SAM, "DIG")
    second = carrier.twilio().messages.create(to=SAM, from_=NUMBER, body="You're in DIG").sid
    carrier.text(ANN, "somebody else's")

    texts = carrier.screen(SAM)

    moments = [datetime.fromisoformat(text.pop("at")) for text in texts]
    assert moments == sorted(moments)
    assert texts == [
        {"direction": "out", "body": "DIG", "sid": first, "segments": 1},
        {"direction": "in", "body": "You're in DIG", "sid": second, "segments": 1},
    ]


def test_a_number_in_a_path_may_have_its_plus_as_it_is(carrier: Carrier) -> None:
    carrier.ask("POST", "/phones/+15550100001/texts", {"Body": "DIG"})

    assert [text["body"] for text in carrier.screen(SAM)] == ["DIG"]


def test_a_picture_without_words_a_short_code_and_another_recipient_get_through(carrier: Carrier, app: FakeApp) -> None:
    carrier.text("24273", "", MediaUrl0="https://example.org/a.jpg", To="+15550100099")

    form = app.next_post().form
    assert (form["From"], form["To"], form["Body"], form["NumMedia"]) == ("24273", "+15550100099", "", "1")
    assert (form["MediaUrl0"], form["FromCountry"]) == ("https://example.org/a.jpg", "")


def test_a_text_sent_again_is_the_same_text(carrier: Carrier, app: FakeApp) -> None:
    sid = carrier.text(SAM, "IN")

    status, answer = carrier.ask("POST", f"/phones/{SAM}/texts/{sid}/resend")
    carrier.text(SAM, "IN", MessageSid=sid)

    posts = [app.next_post() for _ in range(3)]
    assert (status, answer) == (200, {"sid": sid})
    assert posts[0] == posts[1] == posts[2]
    assert len(carrier.screen(SAM)) == 1
    assert carrier.ask("POST", f"/phones/{ANN}/texts/{sid}/resend")[0] == 404


def test_a_text_is_tried_again_while_the_app_is_failing(carrier: Carrier, app: FakeApp) -> None:
    app.answers[:] = [500, 0, 200]

    sid = carrier.text(SAM, "IN")

    assert {app.next_post().form["MessageSid"] for _ in range(3)} == {sid}


def test_a_text_that_the_app_turns_down_is_answered_with_what_the_app_said(carrier: Carrier, app: FakeApp) -> None:
    app.answers[:] = [403]

    status, answer = carrier.ask("POST", f"/phones/{SAM}/texts", {"Body": "IN"})

    assert (status, answer) == (502, {"error": f"The app did not take the text: {app.url}/sms answered 403"})


def test_a_text_that_was_not_taken_is_sent_again_as_the_same_text(carrier: Carrier, app: FakeApp) -> None:
    app.answers[:] = [403, 403]

    sid = People(carrier.port).text(SAM, "IN")

    assert {app.next_post().form["MessageSid"] for _ in range(3)} == {sid}
    assert app.posts.empty()


def test_a_text_sent_while_the_app_is_down_arrives_when_it_is_up_again(tmp_path: Path) -> None:
    app = FakeApp()
    with running_carrier(tmp_path, app.url) as carrier:
        sending = threading.Thread(target=carrier.text, args=(SAM, "IN"))
        sending.start()
        carrier.wait_for_texts(0)

        with app.up():
            post = app.next_post()
            sending.join()

        assert post.form["Body"] == "IN"


def test_a_surge_of_phones_reaches_the_app_once_each(carrier: Carrier, app: FakeApp) -> None:
    phones = [f"+1555011{n:04}" for n in range(200)]

    with ThreadPoolExecutor(max_workers=50) as pool:
        sids = set(pool.map(lambda phone: carrier.text(phone, "IN"), phones))

    posts = [app.next_post().form for _ in phones]
    assert app.posts.empty()
    assert {post["MessageSid"] for post in posts} == sids == {text["sid"] for text in carrier.wait_for_texts(0)}
    assert sorted(post["From"] for post in posts) == phones


def test_texts_are_counted_over_all_phones_and_can_be_waited_for(carrier: Carrier) -> None:
    carrier.text(SAM, "one")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(carrier.wait_for_texts, 1)
        carrier.text(ANN, "two")
        found = waiting.result()

    assert [(text["n"], text["phone"], text["body"]) for text in found] == [(1, ANN, "two")]
    assert carrier.ask("GET", "/texts?after=2&wait=0")[1] == []
    assert len(carrier.ask("GET", "/texts")[1]) == 2


def test_forgetting_clears_screens_and_faults_and_keeps_the_phones(carrier: Carrier) -> None:
    carrier.ask("POST", "/phones", {"name": "Sam", "number": SAM})
    carrier.fault(SAM, mode="fail")
    carrier.text(SAM, "one")

    carrier.ask("DELETE", "/texts")

    assert carrier.ask("GET", "/texts?after=0")[1] == []
    assert carrier.ask("GET", f"/phones/{SAM}/faults")[1] == []
    assert carrier.ask("GET", "/phones")[1] == [{"name": "Sam", "number": SAM}]
    carrier.text(SAM, "again")
    assert [text["n"] for text in carrier.wait_for_texts(0)] == [0]


def test_who_waits_is_told_when_all_is_forgotten(carrier: Carrier) -> None:
    carrier.text(SAM, "one")
    so_far = carrier.times_forgotten()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(carrier.ask, "GET", f"/texts?after=1&wait=20&forgotten={so_far}")
        carrier.ask("DELETE", "/texts")

        assert waiting.result(timeout=60) == (200, [])


def test_a_texts_moment_is_told_to_the_millisecond(carrier: Carrier) -> None:
    carrier.text(SAM, "one")

    [text] = carrier.wait_for_texts(0)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text["at"])


def test_phones_are_named_and_numbered_and_dropped(carrier: Carrier) -> None:
    carrier.ask("POST", "/phones", {"name": "Sam", "number": SAM})
    carrier.ask("POST", "/phones", {"name": "Ann"})
    _, phones = carrier.ask("POST", "/phones", {"name": "Samuel", "number": SAM})

    assert phones == [{"name": "Samuel", "number": SAM}, {"name": "Ann", "number": ANN}]
    assert carrier.ask("DELETE", f"/phones/{SAM}")[1] == [{"name": "Ann", "number": ANN}]


def test_the_clock_only_goes_forward(carrier: Carrier) -> None:
    before = datetime.fromisoformat(carrier.ask("GET", "/clock")[1]["now"])

    _, answer = carrier.ask("POST", "/clock", {"advance": "86400"})

    assert answer["now"].endswith("Z")
    assert timedelta() <= datetime.fromisoformat(answer["now"]) - before - timedelta(days=1) < timedelta(minutes=1)
    for wrong in ("-1", "soon", "1.5", "", "9" * 30):
        status, refused = carrier.ask("POST", "/clock", {"advance": wrong})
        assert (status, list(refused)) == (400, ["error"])


def test_the_towns_clock_is_moved_by_whoever_runs_the_town(tmp_path: Path) -> None:
    with FakeApp().up() as town, running_carrier(tmp_path, town.url, TOWN_CLOCK_URL=town.url) as carrier:
        answer = carrier.ask("POST", "/clock", {"advance": "900"})

        assert answer == (200, {"now": "2026-11-05T18:00:00Z"})
        assert (town.next_post().form) == {"advance": "900"}


def test_a_town_clock_that_is_not_there_is_named(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    with running_carrier(tmp_path, nobody, TOWN_CLOCK_URL=nobody) as carrier:
        status, answer = carrier.ask("POST", "/clock", {"advance": "900"})

        assert status == 502
        assert f"{nobody}/advance" in answer["error"]


def test_a_conversation_is_told_as_a_story(carrier: Carrier) -> None:
    carrier.ask("POST", "/phones", {"name": "Sam", "number": SAM})
    carrier.ask("POST", "/phones", {"name": "Ann Lee", "number": ANN})
    carrier.text(SAM, "before the recording")
    say = carrier.twilio().messages.create
    carrier.text(SAM, "ALERT DIG 10 shovels")
    say(to=SAM, from_=NUMBER, body="To 12 members.\nReply GO 47 to send.")
    carrier.text(SAM, "GO 47")
    say(to=ANN, from_=NUMBER, body="DIG1 needs 10")
    say(to=SAM, from_=NUMBER, body="Sent to 12")
    carrier.text(ANN, "IN")
    say(to=ANN, from_=NUMBER, body="You're in")
    say(to="+15550109999", from_=NUMBER, body="not recorded")

    _, told = carrier.ask("GET", f"/story?phones={SAM},%2B15550100002&after=1")

    assert told == (
        "sam    ALERT DIG 10 shovels\n"
        "       < To 12 members. ⏎ Reply GO ## to send.\n"
        "sam    GO ##\n"
        "ann_lee < DIG1 needs 10\n"
        "sam    < Sent to 12\n"
        "ann_lee IN\n"
        "       < You're in\n"
    )


@pytest.mark.parametrize(
    ("method", "path", "form", "status"),
    [
        pytest.param("GET", "/nowhere", None, 404, id="an unknown path"),
        pytest.param("PUT", "/texts", {}, 405, id="a method that means nothing here"),
        pytest.param("GET", "/texts?after=x", None, 400, id="a count that is none"),
        pytest.param("POST", "/phones/%2B1;drop/texts", {"Body": "x"}, 400, id="a number that is none"),
        pytest.param("POST", f"/phones/{SAM}/faults", {"mode": "explode"}, 400, id="an unknown fault"),
        pytest.param("POST", f"/phones/{SAM}/faults", {"mode": "slow", "seconds": "-1"}, 400, id="a time that is none"),
        pytest.param("POST", f"/phones/{SAM}/faults", {"mode": "down"}, 400, id="a carrier that is down for one phone"),
        pytest.param("POST", f"/phones/{SAM}/texts", {"Body": "x" * 70_000}, 413, id="a novel"),
        pytest.param("GET", "/page/..%2Fcarrier%2F__main__.py", None, 404, id="a way out of the page's folder"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    carrier: Carrier, method: str, path: str, form: dict[str, str] | None, status: int
) -> None:
    answered, answer = carrier.ask(method, path, form)

    assert (answered, list(answer)) == (status, ["error"])


def test_another_sites_page_cannot_text(carrier: Carrier) -> None:
    status, _ = carrier.ask("POST", f"/phones/{SAM}/texts", {"Body": "x"}, {"Origin": "https://example.org"})

    assert status == 403
    assert carrier.screen(SAM) == []
