"""Each statement of each function's policy is needed: without it, something that the function has to do is refused.

One statement is taken from the deployed role, then happens what needs it, and the account says what it refused; then it
is put back. Of `Traces` only as much is shown as the emulator knows: that Lambda asks for it where tracing is on.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from infra.local.people import NoText
from infra.resources import FUNCTIONS
from tests.aws.rehearsed import (
    OPERATOR,
    PHONE_LINE,
    SCHEDULED,
    SECRETS,
    Browser,
    Rehearsal,
    signed_in,
)
from tests.town import number_in, wait_until

pytestmark = pytest.mark.town

Statement = dict[str, Any]
NUMBERS = (f"+1555020{n:04}" for n in itertools.count())
WORDS = ("".join(letters) for letters in itertools.product("BDFGKLMNPT", "AEIOU", "BDFGKLMNPT", "AEIOU", "BDFGKLMNPT"))


class Events:
    """What happens. Each makes ready first, with all that is allowed, and answers what then lets it happen."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.operator: Browser | None = None

    def a_text(self) -> Callable[[], None]:
        return lambda: self.try_text(next(NUMBERS), "HELP")

    def a_webhook(self) -> Callable[[], None]:
        """The carrier itself would try again and again."""
        url, form = self.rehearsal.at("/sms"), {"From": next(NUMBERS), "Body": "HELP", "MessageSid": "SM" + "5" * 32}
        form |= {"To": PHONE_LINE, "AccountSid": SECRETS["TWILIO_ACCOUNT_SID"], "NumMedia": "0"}
        signature = RequestValidator(SECRETS["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        return lambda: self.only_ask(url, urlencode(form).encode(), headers)

    def a_text_while_the_carrier_is_busy(self) -> Callable[[], None]:
        number = next(NUMBERS)

        def happens() -> None:
            self.rehearsal.carrier.fault(number, mode="429", times="3")
            self.try_text(number, "HELP")

        return happens

    def an_alert(self) -> Callable[[], None]:
        organizer, go = self.drafted()
        return lambda: self.try_text(organizer, go)

    def an_alert_while_the_carrier_is_busy(self) -> Callable[[], None]:
        organizer, go = self.drafted()

        def happens() -> None:
            self.rehearsal.carrier.fault(organizer, mode="429", times="9")
            self.try_text(organizer, go)

        return happens

    def a_minute(self) -> Callable[[], None]:
        return lambda: self.only_try("clock", SCHEDULED)

    def a_minute_when_something_is_due(self) -> Callable[[], None]:
        organizer, go = self.drafted()
        self.rehearsal.text(organizer, go)
        self.rehearsal.wait_for(organizer, "is on its way")

        def happens() -> None:
            self.rehearsal.people.advance(24 * 3600)  # its end has passed
            self.only_try("clock", SCHEDULED)

        return happens

    def a_page(self) -> Callable[[], None]:
        return lambda: self.only_open("/g/NOSUCH")

    def the_operators_corner(self) -> Callable[[], None]:
        operator = self.signed_in_operator()
        return lambda: self.only_open("/dashboard/operator", operator)

    def a_look_at_the_dead_letters(self) -> Callable[[], None]:
        operator = self.signed_in_operator()
        sqs = self.rehearsal.account.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{self.rehearsal.stage.stack}-replies-dlq")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"pk": "action#NO1", "sk": "nothing"}))
        operator.open(self.rehearsal.at("/dashboard/operator"))
        return lambda: self.only_send(operator, "Look at them")

    # --- how ---------------------------------------------------------------------------------------

    def drafted(self) -> tuple[str, str]:
        """An organizer, and what sends their alert off."""
        organizer, word = next(NUMBERS), next(WORDS)
        self.rehearsal.text(organizer, f"NEW EMERGENCY GROUP {word} Those of {word.lower()}")
        self.rehearsal.wait_for(organizer, f"{word} is yours")
        self.rehearsal.text(organizer, f"ALERT {word} 2 to look")
        return organizer, f"GO {number_in(self.rehearsal.wait_for(organizer, 'Not sent yet'))}"

    def signed_in_operator(self) -> Browser:
        if self.operator is None:
            self.rehearsal.text(OPERATOR, "NEW EMERGENCY GROUP OPS Who operates")
            self.rehearsal.wait_for(OPERATOR, "OPS is yours")
            self.operator = self.rehearsal.browser()
            signed_in(self.rehearsal, self.operator, OPERATOR)
        return self.operator

    def try_text(self, number: str, body: str) -> None:
        with suppress(NoText):  # the webhook may be what fails
            self.rehearsal.people.text(number, body, tries=1)

    def only_try(self, function: str, event: dict[str, Any]) -> None:
        self.rehearsal.invoke(function, event)

    def only_ask(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        self.rehearsal.browser().ask("POST", url, body, headers)

    def only_open(self, path: str, browser: Browser | None = None) -> None:
        (browser or self.rehearsal.browser()).open(self.rehearsal.at(path))

    def only_send(self, browser: Browser, button: str) -> None:
        browser.press(button)


Event = Callable[[Events], Callable[[], None]]
ALERT, TEXT, MINUTE = Events.an_alert, Events.a_text, Events.a_minute

# What needs each statement.
NEEDED: dict[tuple[str, str], Event] = {
    ("api", "WritesLog"): Events.a_page,
    ("api", "ReadsSecrets"): Events.a_page,
    ("api", "Table"): Events.a_page,
    ("api", "DueIndex"): Events.the_operators_corner,
    ("api", "SendsToQueues"): Events.a_webhook,
    ("api", "CountsWaiting"): Events.the_operators_corner,
    ("api", "TakesDeadLetters"): Events.a_look_at_the_dead_letters,
    ("api", "Traces"): Events.a_page,
    ("inbound", "WritesLog"): TEXT,
    ("inbound", "ReadsSecrets"): TEXT,
    ("inbound", "Table"): TEXT,
    ("inbound", "TakesFromQueue"): TEXT,
    ("inbound", "SendsToQueues"): TEXT,
    ("inbound", "Traces"): TEXT,
    ("replies", "WritesLog"): TEXT,
    ("replies", "ReadsSecrets"): TEXT,
    ("replies", "Table"): TEXT,
    ("replies", "TakesFromQueue"): TEXT,
    ("replies", "SendsToQueues"): Events.a_text_while_the_carrier_is_busy,
    ("replies", "Traces"): TEXT,
    ("bulk", "WritesLog"): ALERT,
    ("bulk", "ReadsSecrets"): ALERT,
    ("bulk", "Table"): ALERT,
    ("bulk", "TakesFromQueue"): ALERT,
    ("bulk", "SendsToQueues"): Events.an_alert_while_the_carrier_is_busy,
    ("bulk", "Traces"): ALERT,
    ("due", "WritesLog"): ALERT,
    ("due", "ReadsSecrets"): ALERT,
    ("due", "Table"): ALERT,
    ("due", "TakesFromQueue"): ALERT,
    ("due", "SendsToQueues"): ALERT,
    ("due", "Traces"): ALERT,
    ("clock", "WritesLog"): MINUTE,
    ("clock", "ReadsSecrets"): MINUTE,
    ("clock", "Table"): MINUTE,
    ("clock", "DueIndex"): MINUTE,
    ("clock", "SendsToQueues"): Events.a_minute_when_something_is_due,
}


class Role:
    """A deployed function's role."""

    def __init__(self, rehearsal: Rehearsal, function: str) -> None:
        self.iam, self.functions = rehearsal.account.client("iam"), rehearsal.account.client("lambda")
        self.function = f"{rehearsal.stage.stack}-{function}"
        arn = self.functions.get_function_configuration(FunctionName=self.function)["Role"]
        self.name = arn.rsplit("/", 1)[-1]
        [self.policy] = self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        assert self.iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"] == []

    def statements(self) -> list[Statement]:
        told = self.iam.get_role_policy(RoleName=self.name, PolicyName=self.policy)["PolicyDocument"]
        found: list[Statement] = told["Statement"]
        return found

    def put(self, statements: list[Statement]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_role_policy(RoleName=self.name, PolicyName=self.policy, PolicyDocument=document)

    @contextmanager
    def without(self, sid: str) -> Iterator[Statement]:
        whole = self.statements()
        [taken] = [one for one in whole if one["Sid"] == sid]
        self.put([one for one in whole if one["Sid"] != sid])
        try:
            yield taken
        finally:
            self.put(whole)

    def start_anew(self) -> None:
        """As after a deployment: its next call reads the secrets again."""
        told = self.functions.get_function_configuration(FunctionName=self.function)
        variables = told["Environment"]["Variables"]
        started = int(variables.get("STARTED", "0")) + 1
        self.functions.update_function_configuration(
            FunctionName=self.function, Environment={"Variables": {**variables, "STARTED": str(started)}}
        )


@pytest.fixture(scope="module")
def events(rehearsal: Rehearsal) -> Iterator[Events]:
    yield Events(rehearsal)
    sqs = rehearsal.account.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{rehearsal.stage.stack}-replies-dlq")["QueueUrl"])


def test_what_needs_it_is_known_of_every_statement(rehearsal: Rehearsal) -> None:
    deployed = {
        (function.name, one["Sid"]) for function in FUNCTIONS for one in Role(rehearsal, function.name).statements()
    }

    assert deployed == NEEDED.keys()


@pytest.mark.parametrize(("function", "sid"), NEEDED, ids=lambda one: one)
def test_without_it_something_is_refused(function: str, sid: str, events: Events) -> None:
    rehearsal, role = events.rehearsal, Role(events.rehearsal, function)
    happens = NEEDED[function, sid](events)

    with role.without(sid) as statement:
        before = len(rehearsal.account.refusals())
        if sid == "ReadsSecrets":
            role.start_anew()
        happens()
        wait_until(
            lambda: any(
                (role.function, action) in rehearsal.account.refusals()[before:] for action in statement["Action"]
            ),
            180,
        )


def test_with_all_of_them_nothing_is(events: Events) -> None:
    rehearsal = events.rehearsal
    happens = [events.an_alert(), events.a_minute(), events.the_operators_corner(), events.a_look_at_the_dead_letters()]
    before = len(rehearsal.account.refusals())
    number = next(NUMBERS)

    for one in happens:
        one()
    rehearsal.text(number, "HELP")
    rehearsal.wait_for(number, "HELP", 120)

    assert rehearsal.account.refusals()[before:] == []


def test_the_api_and_the_schedule_are_let_in_by_name(events: Events) -> None:
    rehearsal = events.rehearsal
    functions = rehearsal.account.client("lambda")

    for function, caller in (("api", "apigateway.amazonaws.com"), ("clock", "events.amazonaws.com")):
        told = json.loads(functions.get_policy(FunctionName=f"{rehearsal.stage.stack}-{function}")["Policy"])
        assert [(one["Principal"], one["Action"]) for one in told["Statement"]] == [
            ({"Service": caller}, "lambda:InvokeFunction")
        ]
        assert all(one["Condition"]["ArnLike"]["AWS:SourceArn"].count(":") == 5 for one in told["Statement"])
