"""What an operator asks: reports in words, the dead letters, and sending them on their way again."""

from __future__ import annotations

import json

import boto3
import pytest

from infra import operate
from infra.resources import QUEUES
from tests.world import World


def put_dead(queue: str, body: dict[str, object]) -> None:
    sqs = boto3.client("sqs")
    one = next(each for each in QUEUES if each.name == queue)
    url = sqs.get_queue_url(QueueName=one.full_name("giddyup", "-dlq"))["QueueUrl"]
    order = {"MessageGroupId": "a", "MessageDeduplicationId": "a"} if one.is_fifo else {}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **order)


def test_dead_letters_are_read_in_words_and_stay(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels")
    rounds = [row for row in world.rows() if row["sk"]["S"].startswith("round#")]
    text = next(row for row in world.rows() if row["sk"]["S"].startswith("text#"))
    put_dead("bulk", {"pk": rounds[0]["pk"]["S"], "sk": rounds[0]["sk"]["S"], "to": ["a", "b"]})
    put_dead("replies", {"pk": text["pk"]["S"], "sk": text["sk"]["S"]})
    put_dead("due", {"pk": "action#GONE1", "sk": "timer#end"})
    put_dead("inbound", {"from": "+15550100077", "sid": "SM1", "at": "2026-11-23T17:00:00+00:00", "body": "secret"})

    operate.dead_letters()

    said = capsys.readouterr().out
    assert f"'alert' of {code} to 2 people" in said
    assert "which is no more: nothing is lost" in said
    assert "a text from …77" in said
    assert "4 dead letters." in said
    assert "secret" not in said
    assert "5550100077" not in said


def test_redriving_sends_them_on_their_way(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.found_group(members=("ann",))
    put_dead(
        "inbound",
        {"from": world.number("ann"), "sid": "SM77", "at": "2026-11-23T17:00:00+00:00", "body": "ME", "opt_out": ""},
    )

    operate.redrive()
    world.work()

    assert "1 dead letters are on their way again." in capsys.readouterr().out
    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_a_consent_report_tells_what_was_agreed_to_and_every_text(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("3 shovels")
    world.text("ann", "LEAVE DIG")
    world.text("ann", "STOP please")

    operate.consent_report(world.number("ann"))

    said = capsys.readouterr().out
    assert "STOPPED since" in said
    assert "given by text: 'JOIN DIG'" in said
    assert "TAKEN BACK by text: 'LEAVE DIG'" in said
    assert [line.split()[1:3] for line in said.splitlines() if "alert" in line] == [["alert", code]]


@pytest.mark.usefixtures("world")
def test_who_never_texted_us_is_said_to_be_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    operate.consent_report("+1 555 010 0099")

    assert "has never texted us" in capsys.readouterr().out


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("phone", ["", "soup", "+34600000000"])
def test_a_number_that_is_none_of_ours_is_told_how_to_ask(phone: str) -> None:
    with pytest.raises(operate.Wrong, match="PHONE="):
        operate.consent_report(phone)


def test_an_alerts_texts_are_counted_by_what_became_of_them(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.world import SCREENS

    world.found_group(members=("ann", "bob", "cat"))
    world.text("cat", "QUIET 11-14")
    code = world.raise_action("everyone to the levee")
    world.receipt(
        next(one for one in SCREENS.sent if one["body"].startswith(f"{code}: ")), "undelivered", ErrorCode="30003"
    )

    operate.alert_report(code)

    counts = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[1:]]
    assert counts == [["1", "pending: quiet hours"], ["2", "sent"], ["1", "undelivered: 30003"], ["4", "in all"]]
    with pytest.raises(operate.Wrong, match="CODE="):
        operate.alert_report("DIG99")


def test_of_an_action_that_has_dissolved_it_is_told_what_it_came_to(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.found_group(members=("ann", "bob"))
    world.raise_action("2 shovels at the levee\n- coffee")
    for name in ("ann", "bob"):
        world.text(name, "IN")
    world.text("ann", "TAKE 1")
    world.text("ann", "DONE 1 3 boxes 2h")
    world.text("olga", "CLOSE")
    world.text("olga", "ALL HERE")
    world.advance(hours=25)

    operate.alert_report("DIG1")

    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("came 2 (did not: 0) of 2; done: 3 boxes, 2 hours; tasks 1 of 1; filled in 0 min; ")
