"""What is seen of a running Giddyup: a line for each thing that happened, one trace from text to text, metrics."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client

import app
from chalicelib.log import LOGGER, trace_in, trace_of
from chalicelib.metrics import METRICS
from chalicelib.store.tables import Row
from tests.aws.cloudwatch import from_log
from tests.browsing import Browsing
from tests.world import SCREENS, World, now, set_clock

SERVICE = ("service", "giddyup")


@dataclass
class Written:
    """All that a town's functions write to their logs."""

    printed: pytest.CaptureFixture[str]
    log: io.StringIO = field(default_factory=io.StringIO)
    kept: str = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    @property
    def emf(self) -> str:
        """What was printed besides."""
        out = self.printed.readouterr().out.splitlines(keepends=True)
        self.kept += "".join(line for line in out if line.startswith('{"_aws"'))
        return self.kept

    def of(self, trace: str) -> list[tuple[str, str]]:
        """What belongs to a trace: each line's message, and of whom or what it is."""
        return [(line["message"], told(line)) for line in self.lines if line.get("trace") == trace]

    def metrics(self) -> dict[tuple[str, str], list[float]]:
        """Values by the metric's name and its own dimension's value."""
        found: dict[tuple[str, str], list[float]] = {}
        for one in from_log(self.emf.splitlines(), now()):
            own = [value for name, value in one.dimensions if (name, value) != SERVICE]
            assert one.namespace == "Giddyup"
            assert SERVICE in one.dimensions
            found.setdefault((one.name, *own) if own else (one.name, ""), []).append(one.value)
        return found

    def start_anew(self) -> None:
        self.log.truncate(0)
        self.log.seek(0)
        self.kept = self.emf[:0]


def told(line: dict[str, Any]) -> str:
    return str(line.get("command") or line.get("say") or line.get("status") or "")


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """As on Lambda, where metrics are asked for."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "giddyup-dev-any")
    found, logger = Written(capsys), logging.getLogger("giddyup")
    handler = logging.StreamHandler(found.log)
    handler.setFormatter(LOGGER.registered_formatter)
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def go(world: World) -> str:
    """An alert is sent; answers the GO's own id."""
    world.text("olga", "ALERT DIG 2 shovels at 5th & Main 6pm")
    draft = world.got("olga")[-1]
    return world.text("olga", draft[draft.rindex("GO ") :])


# --- one trace from text to text -------------------------------------------------------------------------


def test_a_text_can_be_followed_to_its_answer_and_to_what_became_of_that(world: World, written: Written) -> None:
    world.found_group(members=("ann",))

    sid = world.text("ann", "ME")
    world.receipt(SCREENS.sent[-1], "sent")
    world.receipt(SCREENS.sent[-1], "delivered")

    assert written.of(trace_of(sid)) == [
        ("handled", "Me"),
        ("sent", "me_groups"),
        ("receipt", "sent"),
        ("receipt", "delivered"),
    ]
    handled = next(line for line in written.lines if line.get("cause") == sid)
    assert handled["trace"] == trace_of(sid)


def test_an_alert_can_be_followed_from_the_organizers_go_to_the_last_receipt(world: World, written: Written) -> None:
    world.found_group(members=("ann", "bob"))

    sid = go(world)
    alerts = [one for one in SCREENS.sent if "wanted" in one["callback"]]
    for one in alerts:
        world.receipt(one, "delivered")

    assert sorted(written.of(trace_of(sid))) == sorted(
        [("handled", "Go"), ("sent", "sent"), ("handled", "NextWave"), ("round unfolded", "alert"), ("chunk", "alert")]
        + [("receipt", "delivered")] * len(alerts)
    )


def test_what_time_brings_about_belongs_to_the_text_that_it_came_of(world: World, written: Written) -> None:
    code = world.crew("1 shovel at 5th & Main 6pm", "ann", "bob")

    sid = world.text("ann", f"OUT {code}")

    moved_up = next(one for one in reversed(SCREENS.sent) if one["to"] == world.number("bob"))
    world.receipt(moved_up, "delivered")
    assert sorted(written.of(trace_of(sid))) == sorted(
        [
            ("handled", "Out"),
            ("sent", "out_again"),
            ("handled", "SeatsOpen"),
            ("sent", "moved_up"),
            ("receipt", "delivered"),
        ]
    )


def test_what_follows_from_a_receipt_belongs_to_the_text_that_its_own_was_an_answer_to(
    world: World, written: Written
) -> None:
    world.found_group(members=("ann",))
    sid = world.text("ann", "ME")

    world.receipt(SCREENS.sent[-1], "failed", ErrorCode="30005")

    assert ("handled", "Suspend") in written.of(trace_of(sid))


def test_every_row_that_a_command_leaves_to_be_done_has_its_trace_in_it(world: World, written: Written) -> None:  # noqa: ARG001
    world.found_group(members=("ann",))
    sid = go(world)

    rows = [row for row in world.rows() if row["kind"]["S"] in {"text", "round", "timer"}]
    of_go = [row for row in rows if row.get("trace", {"S": trace_in(row["sk"]["S"])})["S"] == trace_of(sid)]
    assert {row["kind"]["S"] for row in of_go} == {"text", "round", "timer"}
    others = [row["sk"]["S"] for row in rows if row["kind"]["S"] != "text" and row not in of_go]
    assert others == ["timer#draft"]  # which the ALERT before it has set


def test_nobody_can_put_a_trace_of_their_own_on_a_receipt(world: World, written: Written) -> None:
    world.found_group(members=("ann",))
    go(world)
    alert = next(one for one in SCREENS.sent if "wanted" in one["callback"])
    path = alert["callback"].removeprefix("https://giddyup.example")
    written.start_anew()

    forged = world.post(re.sub(r"t=[0-9a-f]{16}", "t=0123456789abcdef", path), {}, signature="stolen")

    assert ("&t=" in path, forged, written.lines) == (True, 403, [])


def test_a_receipt_of_an_alert_that_was_sent_before_there_were_traces_still_counts(
    world: World, written: Written
) -> None:
    world.found_group(members=("ann",))
    go(world)
    alert = next(one for one in SCREENS.sent if "wanted" in one["callback"])

    status = world.receipt({**alert, "callback": re.sub(r"&t=[0-9a-f]{16}", "", alert["callback"])}, "delivered")

    assert status == 204
    assert [line["status"] for line in written.lines if line["message"] == "receipt"] == ["delivered"]


# --- what is in the log, and how much of it ---------------------------------------------------------------


def test_a_whole_conversation_leaves_no_number_no_name_and_no_words_in_any_log(world: World, written: Written) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("ann", "NAME Annabella")
    go(world)
    code = world.got("ann")[-1].split(":")[0]
    for name, body in [("ann", f"IN {code} bringing Zwieback"), ("bob", "IN"), ("bob", "where is the Zwieback?")]:
        world.text(name, body)
    browser = Browsing()
    browser.open(f"/a/{code}")
    browser.press("Text me", number="212 555 0187", name="Zebedee")
    for one in list(SCREENS.sent):
        world.receipt(one, "delivered")
    SCREENS.faults.append({"mode": "refuse", "code": 21211})
    world.text("olga", "UPDATE Park behind the Zikkurat")
    world.advance(hours=30)

    all_of_it = written.log.getvalue() + written.emf
    numbers = [number[-7:] for number in world.numbers.values()] + ["5550187"]
    assert len(written.lines) > 40
    assert [
        one for one in (*numbers, "Annabella", "Zebedee", "Zwieback", "Zikkurat", "shovels") if one in all_of_it
    ] == []


def test_an_alert_writes_a_line_for_a_hundred_of_its_recipients_and_not_one_for_each(
    world: World, written: Written
) -> None:
    world.found_group(members=tuple(f"m{n}" for n in range(29)))
    written.start_anew()

    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.text("olga", draft[draft.rindex("GO ") :])

    chunks = [line for line in written.lines if line["message"] == "chunk"]
    assert sum(line["sent"] for line in chunks) == 30
    assert (len(chunks), len(written.lines)) == (1, 6)


def test_a_line_is_written_once_whichever_was_there_first_chalice_or_our_log() -> None:
    ours = logging.getLogger("giddyup").handlers

    assert app.app.log is logging.getLogger("giddyup")
    assert [type(one.formatter).__name__ for one in ours] == ["LambdaPowertoolsFormatter"]


@pytest.mark.usefixtures("world")
def test_an_error_in_a_page_is_a_line_that_says_error(written: Written) -> None:
    Row.delete_table()

    with Client(app.app) as client:
        status = client.http.get("/g/DIG").status_code

    assert (status, [line["level"] for line in written.lines]) == (500, ["ERROR"])
    assert "Traceback" in written.lines[0]["exception"]


def test_a_line_has_the_id_of_awss_own_trace_beside_ours(
    world: World, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")

    sid = world.text("ann", "HELP")

    traces = {(line["trace"], line["xray_trace_id"]) for line in written.lines}
    assert traces == {(trace_of(sid), "1-5759e988-bd862e3fe1be46a994272793")}


# --- metrics --------------------------------------------------------------------------------------------------


def test_one_text_is_counted_and_timed_from_the_webhook_to_the_carrier(world: World, written: Written) -> None:
    world.text("ann", "HELP")

    found = written.metrics()

    assert {key: values for key, values in found.items() if key[0] in {"Commands", "Sends"}} == {
        ("Commands", "Help"): [1],
        ("Sends", ""): [1],
    }
    assert found.keys() == {("Commands", "Help"), ("Sends", ""), ("QueueAge", "inbound"), ("QueueAge", "replies"),
                            ("ReplySeconds", ""), ("CarrierSeconds", ""), ("SpentShare", "")}  # fmt: skip
    assert 0 < found["CarrierSeconds", ""][0] < found["ReplySeconds", ""][0] < 60


def test_who_waits_longer_is_seen_to_have_waited_longer(world: World, written: Written) -> None:
    world.webhook(world.number("ann"), "HELP")
    set_clock(now() + timedelta(seconds=40))
    world.work()

    found = written.metrics()

    assert [int(found[key][0]) for key in (("ReplySeconds", ""), ("QueueAge", "inbound"))] == [40, 40]


def test_an_alert_is_timed_from_go_to_the_last_of_its_texts(world: World, written: Written) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    SCREENS.faults += [{}, {"mode": "vanish"}]  # after GO's answer, one of the three: it comes again when it is known
    world.text("olga", draft[draft.rindex("GO ") :])

    world.advance(minutes=3)

    first, last = written.metrics()["AlertSeconds", ""]
    assert sum("levee" in one["body"] and "wanted" in one["callback"] for one in SCREENS.sent) == 3
    assert first < 20 < 60 <= last < 200


def test_an_alert_that_waits_for_its_readers_quiet_hours_is_not_slow(world: World, written: Written) -> None:
    world.found_group(members=("ann", "bob"))
    world.text("bob", "QUIET 11-15")
    world.text("olga", "ALERT DIG everyone to the levee until 8pm")
    draft = world.got("olga")[-1]
    world.text("olga", draft[draft.rindex("GO ") :])

    world.advance(hours=4)

    assert any("levee" in body for body in world.got("bob"))
    assert max(written.metrics()["AlertSeconds", ""]) < 20


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param({"mode": "refuse", "code": 21211}, "bad_number", id="a number that cannot be reached"),
        pytest.param({"mode": "refuse", "code": 21610}, "opted_out", id="whoever told the carrier STOP"),
        pytest.param({"mode": "refuse", "code": 20003}, "ours", id="a wrong token"),
        pytest.param({"mode": "refuse", "code": 20429}, "later", id="too many at once"),
        pytest.param({"mode": "vanish"}, "unknown", id="no answer"),
    ],
)
def test_a_text_that_the_carrier_does_not_take_is_counted_by_the_reason(
    world: World, written: Written, fault: dict[str, Any], reason: str
) -> None:
    SCREENS.faults.append(fault)

    world.text("ann", "HELP")

    failures = {key: values for key, values in written.metrics().items() if key[0] == "SendFailures"}
    assert failures == {("SendFailures", reason): [1]}


def test_a_text_that_is_not_delivered_is_counted_by_the_reason_once(world: World, written: Written) -> None:
    world.text("ann", "HELP")

    for _ in range(2):
        world.receipt(SCREENS.sent[-1], "undelivered", ErrorCode="30003")

    assert written.metrics()["SendFailures", "count"] == [1]


def test_the_clock_beats_and_tells_whether_sending_stands_still(world: World, written: Written) -> None:
    world.tick()
    SCREENS.faults.append({"mode": "refuse", "code": 20003})
    world.text("ann", "HELP")
    world.tick()

    found = written.metrics()

    assert (found["ClockBeat", ""], found["SendingStill", ""]) == ([1, 1], [1, 1])


def test_what_was_done_before_a_handler_failed_is_counted(world: World, written: Written) -> None:
    with pytest.raises(KeyError):
        app.inbound(
            {"Records": [{"messageId": "1", "body": json.dumps({"sid": "SM1", "at": now().isoformat()})}]}, None
        )

    assert written.metrics().keys() == {("QueueAge", "inbound")}
    world.text("ann", "HELP")
    assert written.metrics()["Commands", "Help"] == [1]


def test_no_metric_has_a_dimension_that_grows_with_people_or_actions(world: World, written: Written) -> None:
    world.crew("2 shovels at 5th & Main 6pm", "ann", "bob")

    values = {key[1] for key in written.metrics()}

    assert {name for name, _ in written.metrics()} <= METRICS.keys()
    assert [value for value in values if re.search(r"\d|DIG|#", value)] == []


def test_metrics_are_switched_off_where_powertools_are(
    world: World, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")

    world.text("ann", "HELP")

    assert written.emf == ""


def test_the_webhook_of_a_text_writes_nothing_of_it(world: World, written: Written) -> None:
    world.webhook(world.number("ann"), urlencode({"a": "secret"}))

    assert (written.log.getvalue(), written.emf) == ("", "")
