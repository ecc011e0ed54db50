"""People on a list get one text each, in their day's hours and within its limits; only a YES makes a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.commands import BringPeople, CheckPeople, Command, DeleteGroup, DropPeople, SetGroup
from chalicelib.core.kept import PeopleList, Progress
from chalicelib.core.lists import Entry
from chalicelib.core.model import Channel, Consent, Member, Person
from chalicelib.core.received import Received
from chalicelib.delivery import lists as working
from chalicelib.delivery import queues
from chalicelib.handle import Handled, handle
from chalicelib.runtime import runtime
from chalicelib.store import lists, sender
from chalicelib.store.codec import member_key
from chalicelib.store.commit import Nudge
from chalicelib.store.kept_codec import list_key
from chalicelib.store.reading import row_at
from chalicelib.store.tables import PeopleListRow
from chalicelib.store.values import get, person_key
from tests.world import NOON, SCREENS, World, at, now, set_clock

AGREED = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
LIST = "0123456789abcdef"
PROOF = Consent(AGREED, "I agree (the fair)", Channel.IMPORT, is_given=True)
ASKS = "Giddyup: DIG asks if you want its texts. Reply YES to join"


def entries(world: World, names: Sequence[str], **more: str) -> list[Entry]:
    return [
        Entry(line, world.number(name), AGREED, "I agree", "the fair", **more)
        for line, name in enumerate(names, start=2)
    ]


def bring(world: World, command: Command, cause: str, name: str = "olga") -> Handled:
    return handle(Received(command, cause, now(), Channel.DASHBOARD, world.person(name)), runtime())


def checked(world: World, names: Sequence[str], list_id: str = LIST, **more: str) -> None:
    lists.keep_rows("DIG", list_id, entries(world, names, **more), [], now())
    bring(world, CheckPeople("DIG", list_id, "fair.csv", len(names), len(names)), f"check-{list_id}")


def asked(world: World, names: Sequence[str], list_id: str = LIST, **more: str) -> None:
    """A list is checked and asked; all that follows at once has happened on return."""
    checked(world, names, list_id, **more)
    bring(world, BringPeople("DIG", list_id), f"bring-{list_id}")
    queues.nudge(runtime(), [Nudge(False, *list_key("DIG", list_id), now())], now())
    world.work()


def the_list(name: str = LIST) -> PeopleList:
    found = lists.list_at("DIG", name)
    assert found is not None
    return found


def counts(name: str = LIST) -> tuple[Progress, int, int, dict[str, int]]:
    found = the_list(name)
    return found.state, found.asked, found.skipped, dict(found.why)


def who_was_asked(world: World) -> list[str]:
    return sorted(name for name, body in world.new_texts() if body.startswith(ASKS))


def rows_with_numbers(world: World) -> list[str]:
    return [row["kind"]["S"] for row in world.rows() if row["pk"]["S"].startswith("group#DIG#list#")]


@pytest.fixture(autouse=True)
def group(world: World) -> None:
    world.found_group()


# --- one text, and only YES ----------------------------------------------------------------------------


def test_each_gets_one_text_and_nobody_is_a_member(world: World) -> None:
    asked(world, ["ann", "ben", "cat"])
    world.advance(minutes=5)

    assert who_was_asked(world) == ["ann", "ben", "cat"]
    assert counts() == (Progress.DONE, 3, 0, {})
    world.advance(days=3)
    world.raise_action("everyone to the levee")
    assert [len(world.got(name)) for name in ("ann", "ben", "cat")] == [1, 1, 1]
    assert [row for row in world.rows() if row["kind"]["S"] == "member"] == [
        row for row in world.rows() if row["sk"]["S"] == f"member#{world.person('olga')}"
    ]


def test_a_list_that_was_only_checked_asks_nobody(world: World) -> None:
    checked(world, ["ann"])

    world.advance(hours=3)

    assert (world.new_texts(), the_list().state) == ([], Progress.CHECKED)


def test_yes_makes_a_member_whose_consents_begin_with_the_lists_proof(world: World) -> None:
    asked(world, ["ann"], name="Ann", zip="10001", lang="es")
    world.advance(days=13)

    world.text("ann", "SÍ")

    person, member = about(world, "ann")
    assert isinstance(member, Member)
    assert (member.is_in, member.consents[0], [one.words for one in member.consents]) == (
        True,
        PROOF,
        ["I agree (the fair)", "SÍ"],
    )
    assert (person.name, person.zip, person.lang, person.groups) == ("Ann", "10001", "es", ("DIG",))
    assert (person.unconfirmed, [one.words for one in person.consents]) == (None, ["SÍ"])
    member_row = next(row for row in world.rows() if row["sk"]["S"] == f"member#{person.id}")
    assert member_row["since"]["S"] > "2026-11", "since their own word"
    world.raise_action("everyone to the levee")
    assert len(world.got("ann")) == 3


def about(world: World, name: str) -> tuple[Person, Member | None]:
    keys = person_key(world.person(name)), member_key("DIG", world.person(name))
    found = get(keys)
    return found[keys[0]], found.get(keys[1])


@pytest.mark.parametrize("answer", ["NO", "no gracias", "OUT"])
def test_no_is_answered_by_silence_and_that_is_the_last_of_it(world: World, answer: str) -> None:
    asked(world, ["ann"])
    world.new_texts()

    world.text("ann", answer)
    asked(world, ["ann"], list_id="fedcba9876543210")
    world.advance(minutes=5)

    assert (world.new_texts(), about(world, "ann")[1]) == ([], None)
    assert counts("fedcba9876543210") == (Progress.DONE, 0, 1, {"waiting": 1})


@pytest.mark.parametrize("answer", ["NO", "no gracias"])
def test_no_of_who_is_in_another_groups_action_is_to_the_list_and_they_stay_in(world: World, answer: str) -> None:
    world.found_group("FUD", "fay", members=("ann",))
    world.raise_action("3 people to pack boxes", "FUD", "fay")
    world.text("ann", "IN")
    world.advance(hours=1)
    asked(world, ["ann"])
    world.new_texts()

    world.text("ann", answer)

    assert world.new_texts() == [("ann", "OK, not DIG. Nothing else has changed.")]
    world.text("ann", "yes")
    world.text("fay", "WHO")
    assert (about(world, "ann")[1], world.got("fay")[-1]) == (None, "FUD1: 1 of 3 in.")


def test_a_later_yes_of_somebody_new_who_said_no_makes_no_member(world: World) -> None:
    asked(world, ["ann"], name="Ann")
    world.text("ann", "NO")
    assert about(world, "ann")[0].is_typed, "and forgotten, as if they had said nothing"

    world.text("ann", "YES")

    person, member = about(world, "ann")
    assert (member, person.name, person.groups) == (None, "", ())


def test_yes_after_stop_and_start_makes_no_member(world: World) -> None:
    asked(world, ["ann"])
    world.text("ann", "STOP")
    world.advance(days=3)
    world.text("ann", "START")

    world.text("ann", "Yes")

    assert (about(world, "ann")[1], about(world, "ann")[0].groups) == (None, ())


@pytest.mark.parametrize("known", [True, False])
def test_a_list_names_nobody_before_their_yes(world: World, known: bool) -> None:
    world.found_group("FUD", "fay", members=("ann",) if known else ())
    asked(world, ["ann"], name="Ann Jones")
    if not known:
        world.text("ann", "JOIN FUD")
    assert about(world, "ann")[0].name == ""

    world.text("ann", "YES")

    assert (about(world, "ann")[0].name, about(world, "ann")[0].groups) == ("Ann Jones", ("FUD", "DIG"))


def test_who_has_a_name_keeps_it_whatever_a_list_calls_them(world: World) -> None:
    asked(world, ["ann"], name="Ann Jones")
    world.text("ann", "NAME Annie")

    world.text("ann", "YES")

    assert about(world, "ann")[0].name == "Annie"


def test_a_yes_after_two_weeks_makes_no_member(world: World) -> None:
    asked(world, ["ann"])
    world.advance(days=14, minutes=1)

    world.text("ann", "YES")

    assert about(world, "ann")[1] is None


def test_silence_is_forgotten_after_two_weeks_and_never_asked_again(world: World) -> None:
    asked(world, ["ann"])
    row = next(row for row in world.rows() if row["sk"]["S"] == "you" and row["pk"]["S"].endswith(world.person("ann")))
    assert int(row["expires"]["N"]) == int((NOON + timedelta(days=14)).timestamp())
    world.new_texts()
    world.advance(days=15)

    asked(world, ["ann"], list_id="fedcba9876543210")
    world.advance(minutes=5)

    assert world.new_texts() == []
    assert counts("fedcba9876543210") == (Progress.DONE, 0, 1, {"asked_before": 1})


# --- who is not asked ----------------------------------------------------------------------------------


def test_who_is_known_is_skipped_and_it_is_told_why(world: World) -> None:
    for name in ("mia", "stan", "lou"):
        world.text(name, "JOIN DIG")
    world.text("stan", "STOP")
    world.text("lou", "LEAVE DIG")
    world.text("zoe", "STOP")
    world.new_texts()

    asked(world, ["mia", "stan", "lou", "zoe", "ann"])
    world.advance(minutes=5)

    assert {name for name, _ in world.new_texts()} == {"ann"}
    assert counts() == (Progress.DONE, 1, 4, {"member": 1, "stopped": 2, "left": 1})


def test_who_says_stop_after_the_list_was_checked_is_not_texted(world: World) -> None:
    checked(world, ["ann", "ben"])
    world.text("ann", "STOP")
    world.new_texts()

    bring(world, BringPeople("DIG", LIST), "bring")
    world.advance(minutes=5)

    assert {name for name, _ in world.new_texts()} == {"ben"}


def test_a_list_is_asked_by_organizers_of_its_group_once_and_on_the_day_it_was_checked(world: World) -> None:
    world.text("sam", "JOIN DIG")
    checked(world, ["ann"])

    strangers = bring(world, BringPeople("DIG", LIST), "strangers", "sam")
    assert [one.key for one in strangers.refusals] == ["not_organizer_of"]
    world.advance(hours=24, seconds=1)
    late = bring(world, BringPeople("DIG", LIST), "late")

    assert [one.key for one in late.refusals] == ["list_over"]


def test_a_list_that_is_dropped_midway_asks_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(working, "AHEAD", timedelta(seconds=-1))
    checked(world, [f"p{n}" for n in range(7)])
    bring(world, BringPeople("DIG", LIST), "bring")
    working.go_on(the_row(), runtime())
    world.work_once("replies")

    bring(world, DropPeople("DIG", LIST), "drop")
    world.advance(minutes=5)

    assert (the_list().state, who_was_asked(world)) == (Progress.DROPPED, ["p0", "p1", "p2"])


def the_row() -> PeopleListRow:
    row = row_at(*list_key("DIG", LIST))
    assert isinstance(row, PeopleListRow)
    return row


# --- when ----------------------------------------------------------------------------------------------


def test_each_is_asked_in_the_hours_of_their_own_day(world: World) -> None:
    world.numbers |= {"nell": "+12125550101", "hana": "+18085550101"}  # New York, Honolulu
    set_clock(at("2026-11-24T07:00"))

    asked(world, ["nell", "hana"])
    world.advance(minutes=59)
    assert (who_was_asked(world), the_list().held) == ([], "hours")
    world.advance(minutes=2)
    assert who_was_asked(world) == ["nell"]
    world.advance(hours=5)

    assert who_was_asked(world) == ["hana"], "at 8 in Honolulu, 1 pm in New York"
    assert counts() == (Progress.DONE, 2, 0, {})


def test_a_days_limit_leaves_the_rest_for_tomorrow(world: World) -> None:
    spent(7)
    names = [f"p{n:02}" for n in range(12)]

    asked(world, names)
    world.advance(minutes=5)
    assert (len(who_was_asked(world)), the_list().held) == (7, "limit")
    world.advance(hours=11)
    assert who_was_asked(world) == []
    world.advance(hours=12)

    assert (len(who_was_asked(world)), counts()) == (5, (Progress.DONE, 12, 0, {}))


def spent(left: int) -> None:
    """The group has so many texts left today."""
    limit = runtime().settings.group_daily_limit
    sender.spend("DIG", now().date(), limit - left, None, now())


def test_a_list_waits_while_sending_stands_still(world: World) -> None:
    sender.pause(30034, now())

    asked(world, ["ann"])
    world.advance(minutes=3)
    held = (who_was_asked(world), the_list().held)
    sender.resume()
    world.advance(minutes=3)

    assert (held, who_was_asked(world)) == (([], "still"), ["ann"])


# --- when the carrier was away ---------------------------------------------------------------------------


def on_its_way(world: World, names: Sequence[str], moment: str = "2026-11-24T20:50") -> None:
    """A list is asked while the carrier takes nothing."""
    world.numbers |= {name: f"+1212555{n:04}" for n, name in enumerate(names, start=101)}  # New York
    set_clock(at(moment))
    SCREENS.faults.extend({"mode": "refuse", "code": 20003} for _ in range(50))
    asked(world, names)
    assert the_list().asked == len(names)
    assert who_was_asked(world) == []


def back_at(world: World, moment: str) -> None:
    """The carrier takes texts by then, and five minutes pass."""
    set_clock(at(moment))
    SCREENS.faults.clear()
    world.advance(minutes=5)


def test_who_could_not_be_asked_in_the_evening_is_not_asked_at_night_but_in_the_morning(world: World) -> None:
    on_its_way(world, ["nell", "ned"])

    back_at(world, "2026-11-25T01:59")
    at_night = who_was_asked(world)
    back_at(world, "2026-11-25T07:54")
    before_eight = who_was_asked(world)
    back_at(world, "2026-11-25T08:00")

    assert (at_night, before_eight, who_was_asked(world)) == ([], [], ["ned", "nell"])


def test_a_text_whose_sender_died_in_the_evening_waits_for_the_morning_too(world: World) -> None:
    world.numbers["nell"] = "+12125550101"
    set_clock(at("2026-11-24T20:59:30"))
    SCREENS.faults.append({"mode": "vanish"})

    asked(world, ["nell"])
    back_at(world, "2026-11-24T21:01")
    at_night = who_was_asked(world)
    back_at(world, "2026-11-25T08:00")

    assert (at_night, who_was_asked(world)) == ([], ["nell"])


def test_who_is_to_be_asked_late_on_saturday_is_asked_when_their_day_allows_it_again(world: World) -> None:
    bring(world, SetGroup("hours", "8-10", "DIG"), "hours")
    world.numbers["tess"] = "+12145550101"  # Texas: on Sundays from noon
    set_clock(at("2026-11-28T10:58"))  # 9:58 there, a Saturday
    SCREENS.faults.extend({"mode": "refuse", "code": 20003} for _ in range(50))

    asked(world, ["tess"])
    back_at(world, "2026-11-28T12:00")
    back_at(world, "2026-11-30T09:54")
    before = who_was_asked(world)
    back_at(world, "2026-11-30T10:00")

    assert (before, who_was_asked(world)) == ([], ["tess"])


def test_who_is_still_on_the_way_is_not_asked_once_the_list_is_dropped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(working, "AHEAD", timedelta(seconds=-1))
    checked(world, ["ann", "ben", "cat"])
    bring(world, BringPeople("DIG", LIST), "bring")
    working.go_on(the_row(), runtime())

    bring(world, DropPeople("DIG", LIST), "drop")
    world.advance(minutes=5)

    assert (the_list().state, who_was_asked(world)) == (Progress.DROPPED, [])


def test_a_group_that_is_deleted_asks_nobody_any_more(world: World) -> None:
    on_its_way(world, ["nell"], "2026-11-24T12:00")

    bring(world, DeleteGroup("DIG"), "delete")
    back_at(world, "2026-11-24T12:10")

    assert who_was_asked(world) == []


@pytest.mark.parametrize("then", [("JOIN DIG",), ("JOIN DIG", "LEAVE DIG")], ids=["joined", "left again"])
def test_who_has_joined_by_themselves_meanwhile_is_not_asked(world: World, then: tuple[str, ...]) -> None:
    on_its_way(world, ["nell"], "2026-11-24T12:00")

    for words in then:
        world.text("nell", words)
    back_at(world, "2026-11-24T12:10")

    assert who_was_asked(world) == []


# --- crashes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dies_at", [1, 3, 7])
def test_killed_halfway_nobody_is_asked_twice_and_nobody_is_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    names = [f"p{n}" for n in range(7)]
    calls: list[str] = []

    def dying(got: Received, where: Any) -> Handled:
        done = handle(got, where)
        calls.append(got.cause)
        if len(calls) == dies_at:
            raise KeyboardInterrupt
        return done

    checked(world, names)
    bring(world, BringPeople("DIG", LIST), "bring")
    monkeypatch.setattr(working, "handle", dying)
    with pytest.raises(KeyboardInterrupt):
        world.tick()
    monkeypatch.setattr(working, "handle", handle)
    world.advance(minutes=5)

    assert who_was_asked(world) == sorted(names)
    assert counts() == (Progress.DONE, 7, 0, {})


def test_killed_before_its_turn_was_written_the_turn_is_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object) -> bool:
        raise KeyboardInterrupt

    world.text("mia", "JOIN DIG")
    world.new_texts()
    checked(world, ["ann", "mia", "ben"])
    bring(world, BringPeople("DIG", LIST), "bring")
    monkeypatch.setattr(lists, "turned", dying)
    with pytest.raises(KeyboardInterrupt):
        world.tick()
    monkeypatch.undo()
    world.advance(minutes=5)

    assert who_was_asked(world) == ["ann", "ben"]
    assert counts() == (Progress.DONE, 2, 1, {"member": 1})


# --- what is kept --------------------------------------------------------------------------------------


def test_when_a_list_is_through_its_numbers_are_gone_from_it(world: World) -> None:
    checked(world, ["ann", "ben"])
    assert rows_with_numbers(world) == ["listpart"]

    bring(world, BringPeople("DIG", LIST), "bring")
    world.advance(minutes=5)

    assert rows_with_numbers(world) == []


def test_a_list_that_nobody_comes_for_is_gone_in_a_day(world: World) -> None:
    checked(world, ["ann"])

    kept = [int(row["expires"]["N"]) for row in world.rows() if row["kind"]["S"] == "listpart"]

    assert kept == [int((NOON + timedelta(days=1)).timestamp())]


def test_what_is_packed_comes_back_in_parts_that_fit_the_table(world: World) -> None:
    many = [replace(entries(world, ["ann"])[0], line=line, words=f"{line} " * 60) for line in range(2, 1002)]

    lists.keep_rows("DIG", LIST, many, [], now())

    parts = [row for row in world.rows() if row["kind"]["S"] == "listpart"]
    assert len(parts) > 1
    assert max(len(row["packed"]["B"]) for row in parts) < 300_000
    read: list[Entry] = []
    while (part := lists.next_part("DIG", LIST, now())[0]) is not None:
        read += lists.entries_in(part)
        part.delete()
    assert read == many
