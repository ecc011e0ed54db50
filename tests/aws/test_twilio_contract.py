"""What we say to Twilio, and what the carrier says in its place, is as Twilio's own description of its API has it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.delivery import carrier
from chalicelib.delivery.carrier import Lane, Letter, Took
from chalicelib.runtime import runtime
from infra.description import WrongContent, checked
from infra.local.carrier.contract import wrongs
from infra.local.carrier.courier import FAILS_BEFORE_LEAVING
from infra.local.carrier.messages import Message
from infra.local.carrier.twilio_errors import ERRORS, TwilioRefusal
from infra.local.carrier.webhooks import inbound_fields, receipt_fields
from infra.local.settings import ROOT
from tests.local.running_carrier import ACCOUNT, NUMBER, TOKEN, Carrier, running_carrier
from tests.twilio_contract import (
    CONTRACT,
    LINES,
    NEEDS_DESCRIPTION,
    WATCHED_BY,
    as_request,
    breaches_expected,
    error,
)
from tests.world import World

pytestmark = NEEDS_DESCRIPTION

SAM, SERVICE, MESSAGE = "+15550101234", "MG" + "b" * 32, "SM" + "c" * 32
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
NUMBERS = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers"
LOGIN = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
HEADERS = {"Authorization": LOGIN, "Content-Type": "application/x-www-form-urlencoded"}
WELL = {"To": SAM, "From": NUMBER, "Body": "DIG4 needs 10"}


def wrong(method: str, target: str, form: dict[str, str] | str = "", **headers: str) -> list[str]:
    """What is wrong with a request; `headers` are given instead of the usual ones."""
    body = form if isinstance(form, str) else urlencode(form)
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return CONTRACT.of_request(as_request(method, target, {**HEADERS, **changed}, body.encode()))


# --- what is let through, and what is not ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "form"),
    [
        ("POST", MESSAGES, WELL),
        ("POST", MESSAGES, {"To": SAM, "MessagingServiceSid": SERVICE, "Body": "x", "ValidityPeriod": "600"}),
        ("POST", MESSAGES, {**WELL, "StatusCallback": "https://giddyup.example/sms/status?pk=person%23a&sk=text"}),
        ("POST", MESSAGES, {**WELL, "SendAt": "2026-11-23T17:00:00Z", "ScheduleType": "fixed", "SmartEncoded": "true"}),
        ("POST", MESSAGES, urlencode(WELL) + "&MediaUrl=https://a.example/1&MediaUrl=https://a.example/2"),
        ("GET", f"{MESSAGES}?To=%2B15550101234&DateSent%3E=2026-11-23T17:00:00Z&PageSize=200", ""),
        ("GET", f"{MESSAGES}?DateSent=2026-11-23", ""),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json", ""),
        ("GET", f"{NUMBERS}.json?PhoneNumber=%2B15550100000", ""),
        ("GET", f"{NUMBERS}/TollFree.json", ""),
        ("POST", f"{NUMBERS}/PN{'d' * 32}.json", {"SmsUrl": "https://giddyup.example/sms#rc=2&rp=all"}),
        ("GET", f"/v1/Services/{SERVICE}", ""),
    ],
)
def test_what_twilio_describes_is_right(method: str, target: str, form: Any) -> None:
    assert wrong(method, target, form) == []


@pytest.mark.parametrize(
    ("method", "target", "form", "words"),
    [
        ("POST", MESSAGES, {**WELL, "StatusCalback": "https://giddyup.example"}, ["'StatusCalback' was unexpected"]),
        ("POST", MESSAGES, {"To": SAM, "From": NUMBER, "body": "x"}, ["'body' was unexpected"]),
        ("POST", MESSAGES, {"From": NUMBER, "Body": "x"}, ["'To' is a required property"]),
        ("POST", MESSAGES, {**WELL, "To": "sam at home, by the river"}, ["is not a 'phone-number'"]),
        ("POST", MESSAGES, urlencode(WELL) + "&Body=y", ["Body: more than once"]),
        ("POST", MESSAGES, {**WELL, "MessagingServiceSid": "MG1"}, ["does not match '^MG", "is too short"]),
        ("POST", MESSAGES, {**WELL, "ValidityPeriod": "60.0"}, ["is not of type 'integer'"]),
        ("POST", MESSAGES, {**WELL, "SmartEncoded": "yes"}, ["is not of type 'boolean'"]),
        ("POST", MESSAGES, {**WELL, "ScheduleType": "later"}, ["is not one of ['fixed']"]),
        ("POST", MESSAGES, {**WELL, "SendAt": "23.11.2026 17:00"}, ["is not a 'date-time'"]),
        ("POST", MESSAGES, {**WELL, "StatusCallback": "by mail"}, ["is not a 'uri'"]),
        ("POST", f"{MESSAGES}?Body=x", WELL, ["'Body' was unexpected"]),
        ("POST", MESSAGES.replace(ACCOUNT, "AC12"), WELL, ["is too short", "does not match '^AC"]),
        ("POST", MESSAGES.replace("Messages", "Message"), WELL, ["no path"]),
        ("PUT", MESSAGES, WELL, ["takes no PUT"]),
        ("GET", MESSAGES, WELL, ["there is a body"]),
        ("GET", f"{MESSAGES}?DateSent%3E%3D=2026-11-23", "", ["'DateSent>=' was unexpected"]),
        ("GET", f"{MESSAGES}?PageSize=2000", "", ["greater than the maximum of 1000"]),
        ("GET", f"{NUMBERS}.json?Number=%2B15550100000", "", ["'Number' was unexpected"]),
        ("POST", f"{NUMBERS}/PN{'d' * 32}.json", {"SmsFallbackMethod": "FETCH"}, ["is not one of", "'http-method'"]),
        ("GET", f"/v1/Service/{SERVICE}", "", ["no path"]),
    ],
)
def test_what_is_misspelt_or_unlike_its_kind_is_told(method: str, target: str, form: Any, words: list[str]) -> None:
    told = wrong(method, target, form)

    assert [any(word in one for one in told) for word in words] == [True] * len(words), told
    assert len(told) == len(words)


@pytest.mark.parametrize("login", ["", LOGIN.replace("Basic", "Bearer"), "Basic c2FtOnBhc3N3b3Jk", "Basic ???"])
def test_a_request_without_the_accounts_login_is_told(login: str) -> None:
    assert wrong("POST", MESSAGES, WELL, Authorization=login) == ["Authorization: not Basic with an account's SID"]


def test_a_form_that_calls_itself_something_else_is_told() -> None:
    assert wrong("POST", MESSAGES, WELL, Content_Type="application/json") == ["the content type is 'application/json'"]


def test_only_the_pinned_package_is_taken(tmp_path: Path) -> None:
    (tmp_path / "made-up.tgz").write_bytes(b"another package")

    with pytest.raises(WrongContent, match="not the package that was pinned"):
        checked(tmp_path / "made-up.tgz")


# --- a misspelt field is caught wherever it is sent ------------------------------------------------------


def test_the_app_sends_as_twilio_describes_with_all_the_fields_it_knows(world: World) -> None:
    receipts = "https://giddyup.example/sms/status?pk=a%23b&sk=c"
    letter = Letter(world.number("sam"), "¿Vienes? + & = ünd 👍", receipts, timedelta(hours=2))

    before = LINES.checked
    with breaches_expected() as breaches:
        answer = carrier.wait_for(carrier.send(runtime(), letter, Lane.BULK))

    assert isinstance(answer, Took)
    assert breaches == []
    assert LINES.checked - before == 2  # the request and its answer


def test_a_field_that_the_app_misspells_is_refused_and_written_down(world: World) -> None:
    misspelt = carrier.wait_for(carrier.line(runtime(), Lane.REPLIES))
    carrier.LINES[(id(runtime().settings), Lane.REPLIES)] = carrier.Line(
        misspelt.session, misspelt.messages, {"Form": "+15550100000"}
    )
    try:
        with breaches_expected() as breaches:
            world.text("sam", "HELP")
    finally:
        carrier.LINES[(id(runtime().settings), Lane.REPLIES)] = misspelt

    assert world.got("sam") == []
    assert ["'Form' was unexpected" in one["wrong"][0] for one in breaches] == [True]


A_TEST_THAT_LOOKS_AT_NOTHING = """
from urllib.request import Request, urlopen
from urllib.error import HTTPError
import base64
from tests.world import ACCOUNT, SCREENS

def test_says_it_well_or_not():
    login = base64.b64encode(f"{ACCOUNT}:x".encode()).decode()
    headers = {"Authorization": "Basic " + login, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{SCREENS.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    try:
        urlopen(Request(url, b"To=%2B15550101234&From=%2B15550100000&Body=x&FIELD", headers))
    except HTTPError as error:
        assert error.code == 400
"""


@pytest.mark.parametrize(("field", "outcome"), [("ValidityPeriod=60", "1 passed"), ("Validity=60", "1 error")])
def test_a_test_in_which_a_field_is_misspelt_fails_though_it_looks_at_nothing(
    tmp_path: Path, field: str, outcome: str
) -> None:
    (tmp_path / "test_said.py").write_text(A_TEST_THAT_LOOKS_AT_NOTHING.replace("FIELD", field))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir"]
    known = {name: value for name, value in os.environ.items() if name not in WATCHED_BY}

    ran = subprocess.run(  # noqa: S603 - our own modules
        [*command, str(tmp_path), str(tmp_path / "test_said.py")],
        cwd=ROOT, env=known, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert outcome in ran.stdout
    assert ("'Validity' was unexpected" in ran.stdout) == (outcome == "1 error")
    assert "1 requests and answers" not in ran.stdout


# --- the carrier in its own process ----------------------------------------------------------------------


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Carrier]:
    """As the app's tests have it: what is said to it is held against the description too."""
    with running_carrier(tmp_path, "http://127.0.0.1:9", CARRIER_CONTRACT_OF="all") as watched:
        yield watched


def test_the_carrier_refuses_a_misspelt_field_and_writes_it_down(watched: Carrier) -> None:
    with breaches_expected() as breaches:
        said = watched.ask("POST", MESSAGES, {**WELL, "StatusCalback": "https://giddyup.example"}, HEADERS)
        lost = watched.ask("GET", MESSAGES.replace("Messages", "Message"), None, {"Authorization": LOGIN})

    assert (said[0], said[1]["code"], lost[0]) == (400, 20001, 400)
    assert watched.screen(SAM) == []
    assert ["StatusCalback" in breaches[0]["wrong"][0], "no path" in breaches[1]["wrong"][0]] == [True, True]
    assert len(breaches) == 2


def test_the_carrier_answers_as_twilio_describes_and_leaves_nothing_out(watched: Carrier) -> None:
    found = CONTRACT.find("POST", MESSAGES)
    assert not isinstance(found, str)
    shown = {name for example in found.operation.examples for name in example}

    status, message = watched.ask("POST", MESSAGES, {**WELL, "ValidityPeriod": "60"}, HEADERS)
    listed = watched.ask("GET", f"{MESSAGES}?PageSize=1", None, {"Authorization": LOGIN})
    one = watched.ask("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}.json", None, HEADERS)

    assert (status, listed[0], one[0]) == (201, 200, 200)
    assert set(message) == shown
    assert set(listed[1]["messages"][0]) == set(one[1]) == shown
    every_page = {"first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "start", "end", "uri"}
    assert set(listed[1]) == {"messages", *every_page}


def test_the_carriers_errors_are_twilios(watched: Carrier) -> None:
    login = "Basic " + base64.b64encode(f"{ACCOUNT}:guessed".encode()).decode()

    answers = [
        watched.ask("POST", MESSAGES, {"To": SAM, "From": "+15550109999", "Body": "x"}, HEADERS),
        watched.ask("POST", MESSAGES, {"To": SAM, "From": NUMBER}, HEADERS),
        watched.ask("POST", MESSAGES, WELL, {**HEADERS, "Authorization": login}),
        watched.ask("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json", None, HEADERS),
    ]

    assert [(status, told["code"]) for status, told in answers] == [
        (400, 21606),
        (400, 21602),
        (401, 20003),
        (404, 20404),
    ]
    assert [set(told) for _, told in answers] == [{"code", "message", "more_info", "status"}] * 4


@pytest.mark.parametrize("code", sorted({*ERRORS, 21265, 30034}))
def test_each_error_that_the_carrier_knows_has_the_form_of_twilios(code: int) -> None:
    refusal = TwilioRefusal(code, "why")
    told = refusal.as_json()

    assert CONTRACT.of_answer("POST", MESSAGES, refusal.status, json.dumps(told).encode()) == []
    assert set(told) == set(error(code, "why", refusal.status))


# --- what the carrier posts to us ------------------------------------------------------------------------

# Twilio describes no webhooks, but most of their fields are a message's: by the names that both have.
AS_IN_A_MESSAGE = {
    "AccountSid": "account_sid",
    "ApiVersion": "api_version",
    "Body": "body",
    "From": "from",
    "MessageSid": "sid",
    "MessageStatus": "status",
    "MessagingServiceSid": "messaging_service_sid",
    "NumMedia": "num_media",
    "NumSegments": "num_segments",
    "SmsMessageSid": "sid",
    "SmsSid": "sid",
    "SmsStatus": "status",
    "To": "to",
}
# And the others: twilio.com/docs/messaging/guides/webhook-request, …/guides/track-outbound-message-status
PLACES = {f"{side}{part}" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")}
ONLY_POSTED = {*PLACES, "MediaUrl0", "MediaContentType0", "RawDlrDoneDate", "ErrorCode"}


def a_message(**changed: Any) -> Message:
    usual = {"sid": MESSAGE, "sender": SAM, "recipient": NUMBER, "body": "IN", "created_at": 1.0, "service": SERVICE}
    return Message(**{**usual, "direction": "inbound", "status": "received", **changed})


@pytest.mark.parametrize(
    "posted",
    [
        inbound_fields(a_message(), ACCOUNT),
        inbound_fields(a_message(service="", media=("https://a.example/1",), sid="MM" + "c" * 32), ACCOUNT),
        *(receipt_fields(a_message(), ACCOUNT, status, 1.0) for status in ("queued", "sent", "delivered")),
        *(receipt_fields(a_message(error=one), ACCOUNT, "failed", 1.0) for one in sorted(FAILS_BEFORE_LEAVING)),
    ],
)
def test_what_the_carrier_posts_to_us_is_as_a_message_is_described(posted: dict[str, str]) -> None:
    found = CONTRACT.find("POST", MESSAGES)
    assert not isinstance(found, str)
    described = found.operation.answers[201]
    assert described is not None

    told = [wrongs(described, {AS_IN_A_MESSAGE[name]: posted[name]}) for name in posted if name in AS_IN_A_MESSAGE]

    assert [one for one in told if one] == []
    assert set(posted) <= {*AS_IN_A_MESSAGE, *ONLY_POSTED}
    assert posted.get("ErrorCode", "30001").isdigit()
