"""What a group has set holds: hours, a person's alerts a day, a day's cost, countries; and a deleted group is gone."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.model import Group
from chalicelib.runtime import runtime
from chalicelib.store.codec import member_key
from chalicelib.store.values import get, group_key, person_key
from chalicelib.store.views import left_today
from tests.browsing import Browsing
from tests.world import World, now

PLACES = {"nell": "+12125550101", "phil": "+16025550101", "cleo": "+14165550101"}  # New York, Phoenix, Toronto


def everyone(n: int) -> tuple[str, ...]:
    return tuple(f"m{one}" for one in range(n))


def alerted(world: World, code: str) -> list[str]:
    return [name for name, body in world.new_texts() if body.startswith(f"{code}: ")]


def draft_and_go(world: World, words: str) -> str:
    """An alert sent, without reading away what phones got; the draft as the organizer saw it."""
    world.text("olga", f"ALERT DIG {words}")
    draft = world.got("olga")[-1]
    world.new_texts()
    world.text("olga", draft[draft.rindex("GO ") :])
    return draft


def group_of(keyword: str = "DIG") -> Group:
    found: Group = get([group_key(keyword)])[group_key(keyword)]
    return found


# --- hours ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["everyone to the levee", "10 people to the levee 6pm"])
def test_an_alert_waits_for_its_groups_hours_on_each_readers_own_clock(world: World, words: str) -> None:
    world.numbers |= PLACES
    world.found_group(members=("nell", "phil"))
    world.text("olga", "SET DIG HOURS 13-20")

    draft = draft_and_go(world, words)  # at noon in New York, 10:00 in Phoenix
    at_once = alerted(world, "DIG1")
    world.until("2026-11-23T13:01")
    at_one = alerted(world, "DIG1")
    world.until("2026-11-23T15:01")
    in_phoenix = alerted(world, "DIG1")

    assert "too early or too late" in draft
    assert (at_once, "nell" in at_one, "phil" in at_one, in_phoenix) == ([], True, False, ["phil"])


def test_an_emergency_is_held_by_no_hours_of_its_group(world: World) -> None:
    world.numbers |= PLACES
    world.text("olga", "NEW EMERGENCY GROUP DIG Levee watch")
    world.text("nell", "JOIN DIG")
    world.text("olga", "SET DIG HOURS 13-20")

    draft_and_go(world, "everyone to the levee")

    assert "nell" in alerted(world, "DIG1")


def test_news_to_a_crew_does_not_wait_for_the_hours_of_alerts(world: World) -> None:
    world.numbers |= PLACES
    code = world.crew("2 people 6pm", "nell")
    world.text("olga", "SET DIG HOURS 13-20")
    world.new_texts()

    world.text("olga", f"UPDATE {code} bring water")

    assert alerted(world, code) == ["nell"]


# --- a person's day -------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["everyone to the levee", "9 people to the levee"])
def test_nobody_gets_more_of_a_groups_alerts_in_a_day_than_it_gives(world: World, words: str) -> None:
    world.found_group("DIG", members=("ann",))
    world.found_group("ELM", founder="otto", members=("ann",))
    world.text("olga", "SET DIG CAP 2")
    for n in range(3):
        world.raise_action(f"{words} {n} now", "DIG")
        world.raise_action(f"{words} {n} now", "ELM", "otto")

    got = [body for body in world.got("ann") if "to the levee" in body]

    assert [sum(body.startswith(word) for body in got) for word in ("DIG", "ELM")] == [2, 3]


# --- a day's cost ---------------------------------------------------------------------------------------


def test_a_groups_own_limit_stops_its_alerts_and_is_said_before(world: World) -> None:
    world.found_group(members=everyone(99))
    world.text("olga", "SET DIG LIMIT 1")  # 83 segments

    draft = draft_and_go(world, "everyone to the levee")

    assert "Today's spending limit leaves 83 of these texts." in draft
    assert len(alerted(world, "DIG1")) == 83
    assert left_today("DIG", now(), runtime()) == 0


# --- countries ------------------------------------------------------------------------------------------


def test_alerts_go_to_numbers_of_the_groups_countries_only_and_the_draft_counts_them(world: World) -> None:
    world.numbers |= PLACES
    world.found_group(members=("nell", "cleo"))
    world.text("olga", "SET DIG COUNTRIES US")

    draft = draft_and_go(world, "everyone to the levee")

    assert "To 2 people" in draft
    assert sorted(alerted(world, "DIG1")) == ["nell", "olga"]


def test_who_was_counted_in_before_is_withheld_at_the_moment_of_sending(world: World) -> None:
    world.numbers |= PLACES
    world.found_group(members=("nell", "cleo"))
    world.text("olga", "ALERT DIG everyone to the levee")
    draft = world.got("olga")[-1]
    world.text("olga", "SET DIG COUNTRIES US")
    world.new_texts()

    world.text("olga", draft[draft.rindex("GO ") :])

    assert sorted(alerted(world, "DIG1")) == ["nell", "olga"]


# --- who joins ------------------------------------------------------------------------------------------


def test_a_newcomer_is_welcomed_in_the_groups_words_and_language(world: World) -> None:
    world.found_group()
    world.text("olga", "SET DIG WELCOME Traigan botas!")
    world.text("olga", "SET DIG LANGUAGES ES EN")
    world.new_texts()

    world.text("ann", "dig")

    assert world.new_texts() == [
        (
            "ann",
            "Giddyup: ya eres de DIG. Traigan botas! Frecuencia variable; pueden aplicarse tarifas de mensajes y "
            "datos. HELP ayuda, STOP para parar.",
        )
    ]


# --- a group's end --------------------------------------------------------------------------------------


def deleted(world: World, members: tuple[str, ...]) -> None:
    """A group with an action that is over, deleted by its organizer on the dashboard's road."""
    from chalicelib.core.commands import DeleteGroup
    from chalicelib.core.model import Channel
    from chalicelib.core.received import Received
    from chalicelib.delivery import queues
    from chalicelib.handle import handle

    world.found_group(members=members)
    code = world.raise_action("everyone to the levee")
    world.text("olga", f"CALL OFF {code}")
    got = Received(DeleteGroup("DIG"), "desk-1", now(), Channel.DASHBOARD, world.person("olga"))
    queues.nudge(runtime(), handle(got, runtime()).nudges, now())
    world.work()


def test_a_deleted_groups_members_are_let_go_a_few_at_a_time_and_are_not_texted(world: World) -> None:
    names = everyone(45)
    deleted(world, names)
    world.new_texts()

    world.advance(minutes=1)

    people = get(person_key(world.person(name)) for name in ("olga", *names))
    members = get(member_key("DIG", world.person(name)) for name in ("olga", *names))
    assert {one.groups for one in people.values()} == {()}
    assert {(one.out, one.is_in, one.consents[-1].words) for one in members.values()} == {
        ("left", False, "group deleted")
    }
    assert {len(one.consents) for one in members.values()} == {2}
    assert world.new_texts() == []


def test_nobody_joins_finds_or_alerts_a_deleted_group_and_its_word_stays_taken(world: World) -> None:
    deleted(world, ("ann",))
    told = [body for body in world.got("olga") if "is deleted" in body]
    world.advance(minutes=1)
    world.new_texts()
    browser: Any = Browsing()

    for name, body in (
        ("ann", "JOIN DIG"),
        ("olga", "ALERT DIG everyone to the levee"),
        ("otto", "NEW GROUP DIG Other diggers"),
        ("olga", "SET DIG CAP 2"),
        ("olga", "PUBLIC DIG"),
    ):
        world.text(name, body)

    assert told == [
        "DIG is deleted by one of its organizers. Nobody is in it any more, and members aren't texted about that."
    ]
    assert world.new_texts() == [
        ("ann", "There's no group DIG. Check the word, or found it: NEW GROUP DIG and a name."),
        ("olga", "There's no group DIG. Check the word, or found it: NEW GROUP DIG and a name."),
        ("otto", "DIG was another group's word. Try another word for yours."),
        ("olga", "That's for DIG's organizers."),
        ("olga", "There's no group DIG. Check the word, or found it: NEW GROUP DIG and a name."),
    ]
    gone = ("/g/DIG", "/g/DIG/feed.atom", "/g/DIG/calendar.ics", "/a/DIG1", "/api/groups/DIG", "/api/actions/DIG1")
    assert [browser.get(path).status_code for path in gone] == [404] * 6
    assert group_of().ended_at is not None
