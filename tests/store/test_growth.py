"""What is kept beside what is decided: acts, how a group grows day by day, and words for organizers to answer."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import commands as ask_for
from chalicelib.core.kept import Act, Grown, Word
from chalicelib.core.model import Channel, Contribution, LinePlace
from chalicelib.core.outcome import Outcome
from chalicelib.core.received import Received
from chalicelib.handle import handle
from chalicelib.runtime import runtime
from chalicelib.store.codec import value_of
from chalicelib.store.commit import AlreadyHandled, Raced, commit
from chalicelib.store.dashboard.audit import Acts, acts_of
from chalicelib.store.reading import rows
from chalicelib.store.tables import MEMBER_SHARDS, Row, crew_pk, member_pk, shard
from chalicelib.store.values import action_key, get
from tests.world import World, now


def growth(keyword: str = "DIG") -> dict[str, tuple[int, int]]:
    """How many joined and left, by day, over all parts of a group."""
    found: dict[str, tuple[int, int]] = {}
    for part in range(MEMBER_SHARDS):
        for row in rows(member_pk(keyword, part), Row.sk.startswith("grew#")):
            day, (joined, left) = row.sk.removeprefix("grew#"), found.get(row.sk.removeprefix("grew#"), (0, 0))
            found[day] = (joined + int(row.joined or 0), left + int(row.left or 0))  # type: ignore[attr-defined]
    return found


def words(code: str) -> list[Word]:
    return [value_of(row) for row in rows(crew_pk(code, 0), Row.sk.startswith("word#"))]


def said(code: str) -> list[tuple[str, str, bool]]:
    """The newest first: name, text, whether it is answered."""
    return [(one.name, one.text, one.answered_at is not None) for one in words(code)]


def dids(found: Acts) -> list[str]:
    return [one.did for one in found.acts]


# --- growth --------------------------------------------------------------------------------------------


def test_a_group_grows_by_who_joins_and_shrinks_by_who_leaves_or_stops(world: World) -> None:
    world.found_group(members=("ann", "bob", "cat"))
    world.text("ann", "JOIN DIG")  # is in already

    world.advance(hours=24)
    world.text("ann", "LEAVE DIG")
    world.text("bob", "STOP")
    world.text("bob", "START")
    world.text("cat", "STOP")

    assert growth() == {"2026-11-23": (4, 0), "2026-11-24": (1, 3)}


@pytest.mark.usefixtures("world")
def test_several_who_join_by_one_command_are_summed_where_they_share_a_row() -> None:
    alike = [one for one in (f"p{n}" for n in range(200)) if shard(one, MEMBER_SHARDS) == 3][:4]
    grown = tuple(Grown("DIG", one, "2026-11-23", joined=1) for one in alike[:3])
    grown += (Grown("DIG", alike[3], "2026-11-23", left=1),)

    commit(a_contribution("SM1"), Outcome(grown=grown))

    assert growth() == {"2026-11-23": (3, 1)}


def a_contribution(cause: str) -> Contribution:
    return Contribution("olga", cause, "Join", now(), Channel.TEXT)


def test_what_was_handled_before_is_known_as_such_beside_deletes_checks_acts_and_growth(world: World) -> None:
    code = world.crew("2 shovels", "ann", "bob")
    world.text("cat", "JOIN DIG")
    world.text("cat", "IN")
    action = get([action_key(code)])[action_key(code)]
    act = Act("DIG", now(), "SM1", "Begin", Channel.TEXT, "olga", code)
    outcome = Outcome(
        saves=(act,),
        unchanged=(action,),
        removes=(LinePlace(code, "zoe", now(), 1),),
        grown=(Grown("DIG", "zoe", "2026-11-23", joined=1),),
    )
    before = growth()

    commit(a_contribution("SM1"), outcome)
    with pytest.raises(AlreadyHandled):
        commit(a_contribution("SM1"), outcome)
    world.text("olga", "BEGIN")
    with pytest.raises(Raced):
        commit(a_contribution("SM2"), outcome)

    joined, left = before["2026-11-23"]
    assert growth() == {"2026-11-23": (joined + 1, left)}


# --- acts ----------------------------------------------------------------------------------------------


def test_all_that_is_done_to_an_action_is_kept_in_order(world: World) -> None:
    code = world.crew("2 shovels at 5th & Main 6pm", "ann", "bob")
    for body in ("UPDATE Park behind the church, or call 555-010-7777", "MOVE 7pm", "CLOSE"):
        world.text("olga", body)

    found = acts_of("DIG")

    assert dids(found) == ["Close", "Move", "Update", "Filled", "NextWave", "Go", "Alert", "NewGroup"]
    assert [one.note for one in found.acts][2] == "Park behind the church, or call …77"
    assert {one.person for one in found.acts} == {world.person("olga"), ""}
    assert dids(acts_of("DIG", code=code)) == dids(found)[:-1]


def test_the_same_text_twice_is_one_act(world: World) -> None:
    code = world.crew("2 shovels", "ann")
    sid = world.text("olga", "UPDATE Bring gloves")
    world.text("olga", "UPDATE Bring gloves", sid=sid)

    assert dids(acts_of("DIG", code=code)).count("Update") == 1


def test_acts_are_read_page_after_page_and_each_once(world: World) -> None:
    world.crew("2 shovels", "ann", "bob")
    for n in range(7):
        world.text("olga", f"UPDATE News {n}")
    every = acts_of("DIG").acts

    pages, after = [], ""
    while True:
        page = acts_of("DIG", limit=5, after=after)
        pages.append(page.acts)
        after = page.older
        if not after:
            break

    assert [one for page in pages for one in page] == list(every)
    assert [len(page) for page in pages[:-1]] == [5] * (len(pages) - 1)
    assert acts_of("DIG", after="not a cursor").acts == every
    assert dids(acts_of("DIG", limit=3, person=world.person("olga"))) == ["Update"] * 3


# --- words for organizers ------------------------------------------------------------------------------


def test_what_a_crew_writes_waits_until_an_organizer_answers(world: World) -> None:
    code = world.crew("3 shovels", "ann", "bob")
    for name, body in [("ann", "Where do we park?"), ("bob", "Is there water?"), ("ann", "And is there shade?")]:
        world.text(name, body)
    before = said(code)

    world.text("olga", "@ann Behind the church, and yes")

    assert before == [
        ("Ann", "And is there shade?", False),
        ("Bob", "Is there water?", False),
        ("Ann", "Where do we park?", False),
    ]
    assert said(code) == [
        ("Ann", "And is there shade?", True),
        ("Bob", "Is there water?", False),
        ("Ann", "Where do we park?", True),
    ]
    assert {one.answered_by for one in words(code)} == {world.person("olga"), ""}


def test_an_answer_from_the_dashboard_answers_as_one_by_text_does(world: World) -> None:
    code = world.crew("3 shovels", "ann", "bob")
    world.text("ann", "Where do we park?")
    typed = ask_for.Tell("ann Behind the church", code)

    done = handle(Received(typed, "desk-1", now(), Channel.DASHBOARD, world.person("olga")), runtime())
    world.advance(seconds=1)

    assert [one.key for one in done.answers] == ["told"]
    assert said(code) == [("Ann", "Where do we park?", True)]
    assert any("Behind the church" in text for text in world.got("ann"))
    assert acts_of("DIG", limit=1).acts[0].channel is Channel.DASHBOARD


def test_one_of_the_crew_who_writes_to_another_answers_nothing(world: World) -> None:
    code = world.crew("3 shovels", "ann", "bob")
    world.text("ann", "Where do we park?")

    world.text("bob", "@ann By the dam")

    assert said(code) == [("Ann", "Where do we park?", False)]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("MAYBE my truck broke", "MAYBE my truck broke"),
        ("OUT my kid is ill", "OUT my kid is ill"),
        ("LATE 20 flat tyre", "flat tyre"),
        ("@zoe can you bring water", "@zoe can you bring water"),
    ],
)
def test_what_goes_to_an_organizer_beside_an_answer_or_instead_is_kept_too(world: World, body: str, kept: str) -> None:
    code = world.crew("3 shovels at 5th & Main 6pm", "ann", "bob")

    world.text("ann", body)

    assert [one.text.endswith(kept) for one in words(code)] == [True]


def test_an_answer_without_a_note_is_no_word(world: World) -> None:
    code = world.crew("3 shovels at 5th & Main 6pm", "ann", "bob")
    for body in ("LATE", "HERE", "WHO", "MAYBE"):
        world.text("ann", body)

    assert words(code) == []


def test_words_go_with_the_crew(world: World) -> None:
    code = world.crew("2 shovels", "ann", "bob")
    world.text("ann", "Where do we park?")
    world.text("olga", "CLOSE")
    before = len(words(code))

    world.advance(hours=26)

    left: list[Any] = words(code)
    assert (before, left) == (1, [])
