"""The log of a stage, read by an operator: a line for each thing, from text to text, in the order of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.logs import Wanted, in_town, is_wanted, on_aws, read_wanted, readable
from infra.operate import Wrong
from tests.aws.a_stage import STAGE, account, make_functions, ministack, say_in_log

__all__ = ["account", "ministack"]
TRACE, OTHER = "0123456789abcdef", "fedcba9876543210"


def ours(message: str, **facts: object) -> str:
    usual = {"level": "INFO", "timestamp": "2026-11-26 11:40:58,123+0000", "service": "giddyup", "message": message}
    return json.dumps(usual | facts)


@pytest.fixture
def stage(account: dict[str, str]) -> datetime:  # noqa: ARG001 - it is made in this account
    """A stage with some lines; answers the moment of the first."""
    make_functions()
    at = datetime.now(UTC) - timedelta(minutes=10)
    say_in_log("inbound", "a", "START RequestId: 1", ours("handled", trace=TRACE, command="In"), at=at)
    say_in_log("replies", "b", ours("sent", trace=TRACE, sid="SM1"), at=at + timedelta(seconds=2))
    say_in_log("replies", "c", ours("sent", trace=OTHER), '{"_aws": {}, "Sends": 1}', at=at + timedelta(seconds=1))
    say_in_log("api", "d", ours("receipt", trace=TRACE, status="delivered"), at=at + timedelta(seconds=5))
    say_in_log("bulk", "e", ours("no way", level="ERROR", error=30003), "Task timed out", at=at + timedelta(seconds=6))
    say_in_log("bulk", "f", ours("long ago"), at=at - timedelta(hours=3))
    return at


def read(**environment: str) -> list[str]:
    """Without the time."""
    wanted = read_wanted(environment)
    lines = on_aws(STAGE, wanted, datetime.now(UTC) - wanted.since)
    return [readable(line)[20:] for line in lines if is_wanted(line, wanted)]


def test_lines_of_all_functions_come_in_the_order_of_time_without_lambdas_own(stage: datetime) -> None:
    assert read() == [
        f"inbound     handled  trace={TRACE}  command=In",
        f"replies     sent  trace={OTHER}",
        f"replies     sent  trace={TRACE}  sid=SM1",
        f"api         receipt  trace={TRACE}  status=delivered",
        "bulk        ERROR  no way  error=30003",
        "bulk        Task timed out",
    ]
    first = next(on_aws(STAGE, Wanted(functions=("replies",)), stage))
    assert readable(first).startswith(f"{stage + timedelta(seconds=1):%m-%d %H:%M:%S}.")


@pytest.mark.usefixtures("stage")
def test_a_trace_leads_from_the_text_that_came_to_the_receipt_of_what_went_out() -> None:
    assert [line.split()[:2] for line in read(TRACE=TRACE)] == [
        ["inbound", "handled"],
        ["replies", "sent"],
        ["api", "receipt"],
    ]


@pytest.mark.usefixtures("stage")
def test_some_functions_a_longer_time_and_only_errors_can_be_asked_for() -> None:
    assert read(FN="api,inbound") == [
        f"inbound     handled  trace={TRACE}  command=In",
        f"api         receipt  trace={TRACE}  status=delivered",
    ]
    assert read(FN="bulk", SINCE="4h")[0] == "bulk        long ago"
    assert read(FN="bulk", LEVEL="error") == ["bulk        ERROR  no way  error=30003", "bulk        Task timed out"]


@pytest.mark.usefixtures("account")
def test_a_function_that_has_no_log_is_said_to_have_none() -> None:
    with pytest.raises(Wrong, match="There is no log of api"):
        read(FN="api")


@pytest.mark.parametrize(("name", "value"), [("FN", "outbound"), ("SINCE", "yesterday"), ("LEVEL", "loud")])
def test_what_cannot_be_asked_for_is_said_with_what_can(name: str, value: str) -> None:
    with pytest.raises(Wrong, match=name):
        read_wanted({name: value})


def test_what_a_function_was_doing_when_it_failed_is_below_its_line(tmp_path: Path) -> None:
    said = ours("failed", level="ERROR", exception="Traceback\n  here") + "\nnot ours\n"
    (tmp_path / "workers-in.log").write_text(said)

    [line] = in_town(tmp_path, datetime(2026, 11, 26, 11, 0, tzinfo=UTC))

    assert readable(line) == "11-26 11:40:58.123  workers-in  ERROR  failed\n    Traceback\n      here"


def test_a_towns_files_are_read_together_and_those_before_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "gateway.log").write_text(ours("second", timestamp="2026-11-26 12:00:01,000+0000") + "\n")
    (tmp_path / "carrier.log").write_text("listening\n")
    (tmp_path / "clock.log").write_text(
        ours("before", timestamp="2026-11-26 10:00:00,000+0000")
        + "\n"
        + ours("first", timestamp="2026-11-26 12:00:00,000+0000")
        + "\n"
    )

    lines = in_town(tmp_path, datetime(2026, 11, 26, 11, 0, tzinfo=UTC))

    assert [json.loads(line.text)["message"] for line in lines] == ["first", "second"]


def test_without_a_town_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="make dev"):
        list(in_town(tmp_path / "none", datetime.now(UTC)))
