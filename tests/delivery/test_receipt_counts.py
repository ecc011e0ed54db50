"""Of an action's alerts it is counted how many went out, arrived and failed; each failure is kept with its reason."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.counting import MOST_RECEIPTS, weight
from chalicelib.core.model import Spent
from chalicelib.delivery.sending import receipts_to
from chalicelib.runtime import runtime
from chalicelib.store.codec import value_of
from chalicelib.store.dashboard.delivery import FailedDay, failed_days
from chalicelib.store.reading import rows
from chalicelib.store.tables import Row, group_pk
from chalicelib.store.values import get, spent_key
from tests.world import NOON, SCREENS, World


def spent(code: str) -> Spent:
    return get([spent_key(code)])[spent_key(code)]


def alert_to(world: World, name: str) -> dict[str, str]:
    return next(
        one for one in reversed(SCREENS.sent) if one["to"] == world.number(name) and "wanted" in one["callback"]
    )


def counts(code: str) -> tuple[int, int, int]:
    found = spent(code)
    return found.alerts, found.delivered, found.failed


def test_what_the_carrier_took_and_what_it_says_became_of_it_is_counted_once(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("sort clothes")

    assert counts(code) == (3, 0, 0)

    for _ in range(2):
        world.receipt(alert_to(world, "ann"), "delivered")
        world.receipt(alert_to(world, "bob"), "undelivered", ErrorCode="30003")
    world.receipt(alert_to(world, "olga"), "sent")

    assert counts(code) == (3, 1, 1)


def test_a_receipt_of_news_or_of_an_answer_is_none_of_an_alert(world: World) -> None:
    code = world.crew("sort clothes", "ann")

    world.text("olga", f"UPDATE {code} bring gloves")
    world.receipt(SCREENS.sent[-1], "delivered")
    world.receipt(SCREENS.sent[-2], "failed", ErrorCode="30008")

    assert counts(code) == (2, 0, 0)


def test_what_the_carrier_refuses_at_once_counts_as_failed(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", "ALERT DIG sort clothes")
    draft = world.got("olga")[-1]
    SCREENS.faults += [{"mode": "refuse", "code": 30008}] * 3  # two alerts, and the answer to GO

    world.text("olga", draft[draft.rindex("GO ") :])

    assert counts("DIG1") == (0, 0, 2)


def test_a_receipt_that_says_for_how_many_it_counts_is_only_believed_as_the_carrier_signed_it(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("sort clothes")
    message = alert_to(world, "ann")
    path = message["callback"].removeprefix("https://giddyup.example")

    forged = world.post(path.replace("n=1", "n=1000"), {"MessageSid": "SM1", "MessageStatus": "delivered"}, "forged")

    assert (forged, path.endswith("&n=1"), counts(code)) == (403, True, (2, 0, 0))


def test_a_receipt_of_an_alert_that_was_sent_before_these_were_counted_is_noted_and_counts_nothing(
    world: World,
) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("sort clothes")
    message = alert_to(world, "ann")

    status = world.receipt({**message, "callback": message["callback"].removesuffix("&n=1")}, "delivered")

    assert (status, counts(code)) == (204, (2, 0, 0))


@given(st.integers(0, 300_000))
def test_of_a_very_large_alert_at_most_about_a_thousand_receipts_count_for_all(recipients: int) -> None:
    each = {weight(f"p{n}", recipients) for n in range(1_000)} - {0}

    assert len(each) <= 1
    for one in each:
        assert one & (one - 1) == 0
        assert recipients <= one * MOST_RECEIPTS
        assert one == 1 or recipients > one // 2 * MOST_RECEIPTS


def test_those_that_count_stand_for_the_others() -> None:
    everybody = [f"person{n}" for n in range(20_000)]

    found = Counter(weight(one, len(everybody)) for one in everybody)

    assert set(found) == {0, 32}
    assert found[32] * 32 == pytest.approx(len(everybody), rel=0.1)


def test_who_counts_for_nobody_has_no_count_in_the_address() -> None:
    address = receipts_to("person#x", "you#wanted#x#DIG1", runtime(), 0)

    assert address == "https://giddyup.example/sms/status?pk=person%23x&sk=you%23wanted%23x%23DIG1"


# --- why -------------------------------------------------------------------------------------------------


def failed(keyword: str) -> list[tuple[str, int, str]]:
    found = map(value_of, rows(group_pk(keyword), Row.sk.startswith("failed#")))
    return [(one.person, one.error, one.code) for one in found]


def test_each_text_that_fails_is_kept_with_its_reason_and_counted_with_its_day(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("sort clothes")

    for _ in range(2):
        world.receipt(alert_to(world, "ann"), "undelivered", ErrorCode="30003")
        world.receipt(alert_to(world, "bob"), "failed")

    assert sorted(failed("DIG")) == sorted([(world.person("ann"), 30003, code), (world.person("bob"), 0, code)])
    assert failed_days("DIG") == (FailedDay(NOON.date().isoformat(), Counter({30003: 1, 0: 1})),)


def test_a_number_that_no_text_reaches_is_noted_with_each_of_its_groups_until_it_texts_us(world: World) -> None:
    world.found_group(members=("ann",))
    world.text("olga", "NEW GROUP LEVEE Levee watch")
    world.text("ann", "JOIN LEVEE")
    world.raise_action("sort clothes")

    world.receipt(alert_to(world, "ann"), "undelivered", ErrorCode="30006")

    assert unreached("DIG") == unreached("LEVEE") == [(world.person("ann"), 30006)]

    world.text("ann", "WHO")

    assert unreached("DIG") == unreached("LEVEE") == []


@pytest.mark.parametrize("words", ["STOP", "LEAVE DIG"])
def test_who_leaves_or_says_stop_is_nobody_that_no_text_reaches(world: World, words: str) -> None:
    world.found_group(members=("ann",))
    world.raise_action("sort clothes")
    world.receipt(alert_to(world, "ann"), "undelivered", ErrorCode="30005")

    world.text("ann", words)

    assert unreached("DIG") == []


def unreached(keyword: str) -> list[tuple[str, int]]:
    found = map(value_of, rows(group_pk(keyword), Row.sk.startswith("unreached#")))
    return [(one.person, one.error) for one in found]
