"""Everything that is written down can be read again as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

import tests.world  # noqa: F401 - the environment that store/tables.py reads
from chalicelib.core.model import (
    Action,
    Answer,
    Channel,
    Consent,
    CrewName,
    Group,
    LinePlace,
    Listing,
    Member,
    Person,
    Pledge,
    Question,
    Record,
    Spent,
    Spoken,
    State,
    Taker,
    Talk,
    Tally,
    Task,
    Unconfirmed,
    Wanted,
)
from chalicelib.core.outcome import Taught
from chalicelib.core.waves import Past, Reply
from chalicelib.store.codec import keyword_of, row_of, value_of
from chalicelib.store.plain import from_plain, iso, to_plain
from chalicelib.store.tables import Row, newest_first, shard

NEW_YORK = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 23, 17, 0, 0, 123456, tzinfo=UTC)
CONSENTS = (Consent(AT, "join dig 👍", Channel.TEXT, True), Consent(AT, "STOP", Channel.TEXT, False))
ACTION = Action(
    code="DIG4",
    keyword="DIG",
    words="10 shovels\nat 5th & Main",
    raised_by="olga",
    zone="America/New_York",
    state=State.FILLED,
    ends_at=AT.astimezone(NEW_YORK),
    need=10,
    place="5th & Main",
    starts_at=AT.astimezone(NEW_YORK),
    tags=("flood", "dig"),
    is_emergency=True,
    confirm=7,
    recipients=30,
    wrong_tries=2,
    drafted_at=AT,
    opened_at=AT,
    ended_at=AT,
    tally=Tally(10, 3, {"hours": 7.5, "boxes": 12.0}),
    has_line=True,
    is_filled_told=True,
    is_all=True,
    first_wave=25,
    wave=3,
    asked=40,
    tasks=6,
    task_lines=("bring gloves x3", "coffee"),
    again_of="DIG3",
    filled_at=AT,
    no_shows=1,
    is_moved=True,
    zip="10001",
    is_public=False,
    ended_as=State.CALLED_OFF,
    record=Record(9, 1, 6, 5, 12, 64, 70, 77),
    has_webhook=True,
    version=5,
)
PERSON = Person(
    id="olga",
    phone="+15550100001",
    lang="es",
    name="Olga",
    zip="10001",
    quiet=(22, 7),
    consents=CONSENTS,
    stopped_at=AT,
    groups=("DIG", "TREE"),
    leads=("DIG4",),
    draft="DIG5",
    place="US HI Pacific/Honolulu",
    zone="Pacific/Honolulu",
    bad_at=AT,
    unconfirmed=Unconfirmed({"type": "In", "code": "DIG4", "party": 2}, AT, "a-mark"),
    browsers=("a-mark", "another"),
    shows_name=True,
    listing=Listing("DIG4", 6, AT),
    question=Question({"type": "In", "arrives": time(18, 15), "note": "w/ 2"}, ("DIG4", "TREE1"), AT),
    version=3,
)
ENTITIES = [
    pytest.param(PERSON, id="a person with all there is to know"),
    pytest.param(Person("ann", "+15550100002"), id="a person nobody knows yet"),
    pytest.param(
        replace(PERSON, unconfirmed=Unconfirmed({"type": "Join", "keyword": "DIG"}, AT, "", CONSENTS[0], "Olga Ortiz")),
        id="a person on a list that names them",
    ),
    pytest.param(replace(PERSON, unconfirmed=Unconfirmed({}, AT, proof=CONSENTS[0])), id="a person who said no to one"),
    pytest.param(
        Group("DIG", "Diggers", "America/New_York", ("olga", "ann"), True, 5, ("DIG4",), (AT,), True, False, True, 2),
        id="a group",
    ),
    pytest.param(Member("DIG", "ann", CONSENTS, "stopped", "US NY America/New_York", 1), id="a member"),
    pytest.param(ACTION, id="an action with all it can have"),
    pytest.param(Action("DIG1", "DIG", "dig", "olga", "UTC", State.DRAFT, AT), id="a bare draft"),
    pytest.param(
        Pledge(
            "DIG4",
            "ann",
            Answer.IN,
            "Ann2",
            3,
            "w/ spade",
            AT,
            True,
            True,
            True,
            True,
            True,
            (2, 5),
            {"hours": 2.0},
            AT,
            AT,
            Channel.TEXT,
            4,
        ),
        id="a pledge",
    ),
    pytest.param(
        Task("DIG4", 2, "bring gloves", 3, AT, (Taker("ann", "Ann2", True), Taker("bob", "…03")), True, 2), id="a task"
    ),
    pytest.param(Task("DIG4", 30, "coffee"), id="a task that nobody has"),
    pytest.param(CrewName("DIG4", "ann2", "Ann2", "ann", 1), id="a name in a crew"),
    pytest.param(
        Talk("DIG4", (Spoken("ann", AT, "0123"), Spoken("bob", AT, "4567")), ("bob",), ("olga",), True, 9), id="talk"
    ),
    pytest.param(Talk("DIG4"), id="a crew that has said nothing"),
    pytest.param(Spent("DIG4", 64, 70), id="what an action has cost so far"),
    pytest.param(LinePlace("DIG4", "ann", AT, 3), id="a place in line"),
    pytest.param(Wanted("ann", "DIG4", AT, AT + timedelta(hours=8)), id="that somebody is wanted"),
]


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_is_written_is_read_as_it_was(entity: object) -> None:
    item = row_of(entity).serialize()

    read = value_of(Row.from_raw_data(item))

    assert read == entity


def test_what_an_action_taught_is_kept_in_few_bytes_and_read_back() -> None:
    people = [str(n) * 26 for n in range(4)]
    answers = {
        people[0]: Reply(Answer.IN, 0.0),
        people[1]: Reply(Answer.OUT, 30.0),
        people[2]: Reply(Answer.MAYBE, 2.2),
    }
    short = {who[:10]: one for who, one in answers.items()}
    past = Past("DIG4", AT.astimezone(NEW_YORK), None, frozenset(one[:10] for one in people), short)

    item = row_of(Taught("DIG", AT, past)).serialize()
    read = value_of(Row.from_raw_data(item))

    assert (read.code, read.opened_at, read.asked) == ("DIG4", past.opened_at, past.asked)
    assert {who: one.answer for who, one in read.answers.items()} == {who: one.answer for who, one in short.items()}
    assert [one.minutes for one in read.answers.values()] == pytest.approx([0.0, 30.0, 2.2], rel=0.3)


def test_that_everybody_was_asked_takes_no_room_at_all() -> None:
    past = Past("DIG4", AT.astimezone(NEW_YORK), AT.astimezone(NEW_YORK), None, {})

    assert value_of(Row.from_raw_data(row_of(Taught("DIG", AT, past)).serialize())) == past


def test_moments_times_and_durations_in_commands_and_fills_come_back_as_they_were() -> None:
    said = {"at": AT, "arrives": time(18, 15), "soon": timedelta(minutes=20), "n": 3, "words": "a, b", "codes": ["A"]}

    assert from_plain(to_plain(said)) == said


def test_moments_sort_as_text_whatever_their_zone_and_fraction() -> None:
    moments = [AT.replace(microsecond=0), AT, AT.astimezone(NEW_YORK) + timedelta(seconds=1)]

    assert sorted(map(iso, moments)) == [iso(moment) for moment in moments]
    assert sorted(newest_first(iso(moment)) for moment in moments) == [newest_first(iso(m)) for m in moments[::-1]]


def test_a_key_stays_in_its_partition_for_ever() -> None:
    assert [shard(name, 16) for name in ("ann", "bob", "olga")] == [4, 2, 7]


def test_an_actions_code_names_its_group() -> None:
    assert keyword_of("DIG123") == "DIG"
