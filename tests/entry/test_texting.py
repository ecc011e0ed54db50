"""Texts as they come, good and bad: each has a defined answer or a defined silence, and nothing is lost."""

from __future__ import annotations

import base64
import hmac
from urllib.parse import quote

import boto3
import pytest
from chalice.test import Client
from twilio.request_validator import RequestValidator

import app
from infra.resources import QUEUES
from tests.world import ACCOUNT, OURS, TOKEN, World

SOMEBODY = "+15550100042"
FIELDS = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "From": SOMEBODY, "To": OURS, "Body": "HELP"}


def queued() -> int:
    """Messages on all queues."""
    sqs = boto3.client("sqs")
    urls = [sqs.get_queue_url(QueueName=queue.full_name("giddyup"))["QueueUrl"] for queue in QUEUES]
    names = ["ApproximateNumberOfMessages"]
    found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
    return sum(int(one["ApproximateNumberOfMessages"]) for one in found)


# --- is it really the carrier ------------------------------------------------------------------------


@pytest.mark.parametrize("signature", ["", "forged", "é"])
def test_what_the_carrier_did_not_sign_is_refused_and_nothing_is_kept(world: World, signature: str) -> None:
    assert world.post("/sms", FIELDS, signature=signature) == 403

    assert (queued(), world.rows()) == (0, [])


def test_while_a_token_is_being_changed_both_are_good(world: World) -> None:
    signature = RequestValidator("an-older-token").compute_signature("https://giddyup.example/sms", FIELDS)

    assert world.post("/sms", FIELDS, signature=signature) == 200
    assert queued() == 1


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"FromCity": "", "FromZip": ""}, id="blank ones"),
        pytest.param({"ChannelMetadata": "{}", "Nobody": "knows"}, id="new ones"),
        pytest.param({"Body": "a&b=c%20é 👍 +"}, id="with every kind of character"),
    ],
)
def test_parameters_of_any_kind_are_signed_and_taken(world: World, extra: dict[str, str]) -> None:
    assert world.post("/sms", {**FIELDS, **extra}) == 200
    assert queued() == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({**FIELDS, "From": ""}, id="from nobody"),
        pytest.param({**FIELDS, "MessageSid": ""}, id="without a sid"),
        pytest.param({name: value for name, value in FIELDS.items() if name != "To"}, id="to nobody"),
        pytest.param({**FIELDS, "To": "+15559999999"}, id="to a number that is not ours"),
        pytest.param({**FIELDS, "AccountSid": "AC" + "f" * 32}, id="of another account"),
        pytest.param({}, id="with nothing at all"),
    ],
)
def test_a_text_that_is_not_for_us_is_left_alone(world: World, fields: dict[str, str]) -> None:
    assert world.post("/sms", fields) == 200

    assert (queued(), world.rows()) == (0, [])


def signed_by_hand(body: str, values: str) -> tuple[bytes, str]:
    """A form as Twilio sends it, and its signature over `values`: each name and value, sorted, without a gap."""
    digest = hmac.digest(TOKEN.encode(), f"https://giddyup.example/sms{values}".encode(), "sha1")
    return body.encode(), base64.b64encode(digest).decode()


def post_raw(body: bytes, signature: str) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    with Client(app.app) as client:
        return client.http.post("/sms", headers=headers, body=body).status_code


@pytest.mark.parametrize("raw", [pytest.param("%ED%A0%BD", id="half an emoji"), pytest.param("%FF", id="no UTF-8")])
def test_what_is_no_text_but_signed_is_answered_like_any_words(world: World, raw: str) -> None:
    world.number("sam")
    read = "\ufffd" * raw.count("%")
    form = f"AccountSid={ACCOUNT}&Body={raw}&From={quote(world.number('sam'))}&MessageSid=SM1&To={quote(OURS)}"
    values = f"AccountSid{ACCOUNT}Body{read}From{world.number('sam')}MessageSidSM1To{OURS}"

    status = post_raw(*signed_by_hand(form, values))
    world.work()

    assert status == 200
    assert world.new_texts() == [("sam", "Giddyup: text a group's word to join it. HELP for help, STOP to stop.")]


def test_a_text_without_its_body_is_answered_like_an_empty_one(world: World) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != "Body"} | {"From": world.number("sam")}

    assert world.post("/sms", fields) == 200
    world.work()

    assert world.new_texts() == [("sam", "Giddyup: text a group's word to join it. HELP for help, STOP to stop.")]


def test_a_text_longer_than_any_carriers_is_no_error(world: World) -> None:
    assert world.post("/sms", {**FIELDS, "Body": "👍" * 100_000}) == 200


# --- from whom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("40404", id="a short code"),
        pytest.param("+999123456789", id="a country that does not exist"),
        pytest.param("+18765550123", id="a country that the operator did not name"),
        pytest.param("Pizza", id="a word"),
        pytest.param("+1", id="hardly a number"),
        pytest.param("whatsapp:+15550100042", id="another channel"),
        pytest.param("1800FLOWERS", id="letters for digits"),
        pytest.param("+15550142", id="a number without its area"),
    ],
)
def test_a_sender_whom_we_may_not_text_gets_no_answer_and_no_row(world: World, number: str) -> None:
    world.webhook(number, "DIG")
    world.work()

    assert (world.rows(), world.new_texts()) == ([], [])


# --- once --------------------------------------------------------------------------------------------


def test_the_same_text_ten_times_has_one_effect_and_one_answer(world: World) -> None:
    world.found_group()

    sid = world.text("ann", "JOIN DIG")
    for _ in range(9):
        world.text("ann", "JOIN DIG", sid)

    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_the_same_text_an_hour_later_has_no_second_effect(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    sid = world.text("ann", "IN +1")
    world.text("ann", "OUT")
    world.new_texts()
    before = crew_rows(world)

    world.advance(hours=1)
    world.text("ann", "IN +1", sid)

    assert world.new_texts() == []
    assert crew_rows(world) == before


def crew_rows(world: World) -> list[dict[str, object]]:
    """The action and who has answered it."""
    return [row for row in world.rows() if row["sk"]["S"].startswith(("action", "pledge#", "line#"))]


# --- what it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("   \n ", id="only spaces"),
        pytest.param("🎉🎉🎉", id="only emoji"),
        pytest.param("\x00\x01", id="control characters"),
        pytest.param("x" * 1600, id="as long as a text can be"),
        pytest.param("<script>alert(1)</script> {code} %s {0}", id="markup and braces"),
    ],
)
def test_whatever_a_stranger_writes_is_answered_with_what_would_work(world: World, body: str) -> None:
    world.text("sam", body)

    assert world.new_texts() == [
        ("sam", "Giddyup: text a group's word to join it. HELP for help, STOP to stop."),
    ]


def test_a_picture_without_words_from_somebody_in_a_crew_is_answered(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("ann", "IN")
    world.new_texts()

    world.webhook(world.number("ann"), "", NumMedia="1", MediaUrl0="https://example.org/cat.jpg")
    world.work()

    assert [name for name, _ in world.new_texts()] == ["ann"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("where do we park? " * 80, id="long"),
        pytest.param("¿dónde están? 👷🏽‍♀️ {name} %s", id="with marks, emoji and braces"),
        pytest.param("first line\nsecond line", id="of two lines"),
    ],
)
def test_what_somebody_in_a_crew_writes_reaches_the_organizer_whole(world: World, words: str) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("ann", "NAME Ann")
    world.text("ann", "IN")
    world.new_texts()

    world.text("ann", words)

    assert ("olga", f"Ann (DIG1): {words}") in world.new_texts()


def test_bytes_that_are_no_text_are_refused_for_their_signature_and_break_nothing(world: World) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
    with Client(app.app) as client:
        answer = client.http.post("/sms", headers=headers, body=b"Body=%ff%fe%00&From=\xff")

    assert (answer.status_code, world.rows()) == (403, [])


def test_a_word_that_has_died_is_answered_with_what_is_open(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    world.text("olga", "CLOSE DIG1")
    world.new_texts()

    world.text("ann", "IN")
    assert world.new_texts()[-1][1] == "Nothing is open for you just now. You'll get a text when something is."
    world.raise_action("2 drivers")
    world.text("ann", "IN DIG1")

    assert world.new_texts() == [("ann", "DIG1 is over. Open now: DIG2. Reply IN and the code.")]


# --- the carrier has answered already ----------------------------------------------------------------


def test_what_the_carriers_own_opt_out_has_answered_is_recorded_and_not_answered_again(world: World) -> None:
    world.found_group(members=("ann",))
    ann = world.number("ann")

    for kind in ("HELP", "STOP"):
        world.webhook(ann, kind, OptOutType=kind)
        world.work()
    world.text("ann", "ME")
    assert world.new_texts() == []

    world.webhook(ann, "START", OptOutType="START")
    world.work()
    assert world.new_texts() == []
    world.text("ann", "ME")
    assert [name for name, _ in world.new_texts()] == ["ann"]


# --- the guard against auto-responders ---------------------------------------------------------------


def test_fifteen_texts_in_a_minute_get_ten_answers_and_a_stop_among_them_is_confirmed(world: World) -> None:
    for _ in range(15):
        world.text("bot", "hello there")
    answers = len(world.new_texts())

    world.text("bot", "STOP")

    assert answers == 10
    assert [body.startswith("Giddyup: you're unsubscribed") for _, body in world.new_texts()] == [True]


def test_a_stop_among_many_texts_is_confirmed_and_answers_come_again_after_a_start(world: World) -> None:
    for n in range(15):
        world.text("bot", "STOP" if n == 11 else "hello there")
    texts = [body for _, body in world.new_texts()]
    world.advance(minutes=2)

    world.text("bot", "START")
    world.text("bot", "hello there")

    assert [body.startswith("Giddyup: you're unsubscribed") for body in texts] == [False] * 10 + [True]
    assert [body for _, body in world.new_texts()] == [
        "Giddyup: texts are on again. Text a group's word to join it. HELP for help, STOP to stop.",
        "Giddyup: text a group's word to join it. HELP for help, STOP to stop.",
    ]


def test_the_guard_holds_back_answers_and_never_what_was_decided(world: World) -> None:
    world.found_group(members=("ann",))
    world.raise_action("5 shovels")
    for _ in range(12):
        world.text("ann", "ME")
    world.new_texts()

    world.text("ann", "IN")

    assert world.new_texts() == []
    world.advance(minutes=2)
    world.text("ann", "WHO")
    assert world.new_texts()[0][1].startswith("DIG1: 1 of 5 in")
