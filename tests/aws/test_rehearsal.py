"""Everything deployed into an account on this machine, and driven through its API Gateway with signed webhooks.

The account is ministack with `AUTH=true`: each function runs from the package alone, as its role, and is refused what
the role does not allow. What ministack lacks of AWS, and what stays different, is written in tests/aws/emulator.py.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.aws.rehearsed import SECRETS, Rehearsal, link_in, signed_in
from tests.e2e.test_main_job import EXPECTED, Mischief, play_the_main_job, shapes
from tests.town import number_in, wait_until

pytestmark = pytest.mark.town

FUNCTIONS = ("api", "inbound", "replies", "bulk", "due", "clock")


def raised(rehearsal: Rehearsal, organizer: str, word: str, members: list[str], wanted: str) -> None:
    """A group with these members, all of whom have been asked for it, whatever the hour is."""
    rehearsal.text(organizer, f"NEW EMERGENCY GROUP {word} The {word.lower()} people")
    rehearsal.wait_for(organizer, f"{word} is yours")
    for member in members:
        rehearsal.text(member, word.lower())
    for member in members:
        rehearsal.wait_for(member, f"you're in {word}")
    rehearsal.text(organizer, f"ALERT {word} {wanted}")
    rehearsal.text(organizer, f"GO {number_in(rehearsal.wait_for(organizer, 'Not sent yet'))}")
    rehearsal.wait_for(organizer, "is on its way")
    for member in members:
        rehearsal.wait_for(member, wanted)


def test_the_main_job_goes_through_what_was_deployed(rehearsal: Rehearsal) -> None:
    before = len(rehearsal.account.refusals())

    got = play_the_main_job(rehearsal, Mischief(rehearsal), {})  # type: ignore[arg-type]  # as good as a town

    assert shapes(got) == EXPECTED
    assert rehearsal.wait_until(lambda: not any(rehearsal.waiting().values()), 150), rehearsal.waiting()
    assert rehearsal.account.refusals()[before:] == []


def test_the_doctor_finds_what_was_deployed_as_it_should_be(rehearsal: Rehearsal) -> None:
    rehearsal.minute_passes()

    done = rehearsal.stage.said_to("infra.doctor", rehearsal.stage.name, "--fix")

    found = re.findall(r"(?m)^(WRONG|WARNING|LOOK|mended|ok) +((?:AWS|Twilio): .+?|PUBLIC_URL)  ", done.stdout)
    assert [what for state, what in found if state in {"WRONG", "WARNING"}] == ["AWS: who hears alarms"], done.stdout
    # Its stage names no alarm_email. What is mended the emulator's CloudFormation does not set.
    assert {what for state, what in found if state == "mended"} <= {
        "AWS: what is to be forgotten",
        "AWS: point-in-time recovery",
    }
    assert [what for state, what in found if state == "LOOK"] == ["Twilio: Advanced Opt-Out"]
    assert len(found) == 25, done.stdout


def test_the_operators_other_commands_find_what_was_deployed(rehearsal: Rehearsal) -> None:
    rehearsal.text("+15550104000", "HELP")
    rehearsal.wait_for("+15550104000", "STOP")

    logs = rehearsal.stage.said_to("infra.logs", rehearsal.stage.name, SINCE="1h", FN="inbound")
    migrated = rehearsal.stage.said_to("infra.migrate", rehearsal.stage.name)

    assert re.search(r"(?m)^\d\d-\d\d [\d:.]+  inbound +handled  trace=[0-9a-f]{16}  .*command=Help", logs.stdout), logs
    assert (migrated.returncode, migrated.stderr) == (0, ""), migrated
    assert "Nothing to do" in migrated.stdout


def test_stop_silences_and_start_brings_back(rehearsal: Rehearsal) -> None:
    organizer, stopped, other = "+15550102000", "+15550102001", "+15550102002"
    raised(rehearsal, organizer, "OAK", [stopped, other], "2 to plant oaks")

    rehearsal.text(stopped, "STOP")
    rehearsal.wait_for(stopped, "unsubscribed")
    before = rehearsal.got(stopped)
    rehearsal.text(stopped, "IN OAK1")
    rehearsal.text(other, "IN")
    rehearsal.wait_for(other, "You're in for OAK1")
    rehearsal.text(organizer, "UPDATE bring water")
    rehearsal.wait_for(other, "bring water")

    assert rehearsal.got(stopped) == before
    rehearsal.text(stopped, "START")
    rehearsal.wait_for(stopped, "texts are on again")


def test_the_carriers_receipts_are_kept(rehearsal: Rehearsal) -> None:
    organizer, member = "+15550103000", "+15550103001"
    raised(rehearsal, organizer, "ASH", [member], "1 to fell an ash")

    def alerts() -> list[str]:
        pages = rehearsal.account.client("dynamodb").get_paginator("scan").paginate(TableName=rehearsal.stage.stack)
        rows = [
            row for page in pages for row in page["Items"] if row.get("code", {}).get("S") == "ASH1" and "sid" in row
        ]
        return [row["state"]["S"] for row in rows if row["say"]["S"] == "alert"]

    assert rehearsal.wait_until(lambda: alerts() == ["delivered", "delivered"]), alerts()


def test_a_page_is_opened_and_in_is_pressed(rehearsal: Rehearsal) -> None:
    organizer, member = "+15550104000", "+15550104001"
    raised(rehearsal, organizer, "ELM", [member], "1 to water elms")
    browser = rehearsal.browser()

    browser.open(rehearsal.at("/a/ELM1"))
    assert (browser.status, "1 to water elms" in browser.page) == (200, True)
    browser.open(link_in(rehearsal.wait_for(member, "1 to water elms")))
    browser.press("in")

    assert browser.status == 200
    rehearsal.text(organizer, "WHO")
    rehearsal.wait_for(organizer, "1 of 1 in")


def test_an_organizer_signs_in_and_sees_the_group(rehearsal: Rehearsal) -> None:
    organizer = "+15550105000"
    raised(rehearsal, organizer, "FIR", ["+15550105001"], "1 to trim firs")
    browser = rehearsal.browser()

    signed_in(rehearsal, browser, organizer)
    browser.open(rehearsal.at("/dashboard/g/FIR"))

    assert (browser.status, "The fir people" in browser.page) == (200, True)
    browser.open(rehearsal.at("/dashboard/a/FIR1"))
    assert (browser.status, "1 to trim firs" in browser.page) == (200, True)


def test_a_picture_comes_as_it_is(rehearsal: Rehearsal) -> None:
    raised(rehearsal, "+15550106000", "YEW", [], "1 to draw yews")

    answer = rehearsal.browser().get(rehearsal.at("/a/YEW1/card.png"), Accept="image/png")

    assert (answer.status_code, answer.headers["Content-Type"], answer.body[:4]) == (200, "image/png", b"\x89PNG")


def test_what_the_carrier_has_not_signed_is_refused(rehearsal: Rehearsal) -> None:
    browser = rehearsal.browser()

    form = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "Zm9yZ2Vk"}
    answer = browser.ask("POST", rehearsal.at("/sms"), b"From=%2B15550106001&Body=STOP&MessageSid=SM1", form)

    assert answer.status_code == 403


def test_the_clock_is_called_each_minute_by_itself(rehearsal: Rehearsal) -> None:
    called = rehearsal.called_clock

    def starts() -> int:
        return sum(line.startswith("START") for line in rehearsal.log_lines("clock"))

    wait_until(lambda: starts() > called, 80)


def test_nothing_that_is_logged_tells_a_number_or_a_secret(rehearsal: Rehearsal) -> None:
    raised(rehearsal, "+15550107000", "BAY", ["+15550107001"], "1 to pick bay leaves")

    lines = [line for one in FUNCTIONS for line in rehearsal.log_lines(one)]
    stack = json.dumps(rehearsal.account.client("cloudformation").get_template(StackName=rehearsal.stage.stack))

    assert len(lines) > 100
    assert [line for line in lines if re.search(r"\+1555010\d{4}|%2B1555010|bay leaves", line)] == []
    assert [name for name, value in SECRETS.items() if value in stack or any(value in line for line in lines)] == []
