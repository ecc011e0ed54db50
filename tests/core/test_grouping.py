"""What organizers may set, who organizes, and how a group ends: as decided, without a town."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.commands import DeleteGroup, ExportPeople, GroupEnds, Join, RemoveOrganizer, SetGroup, ShowNumber
from chalicelib.core.grouping import (
    Bounds,
    DeleteView,
    EndView,
    GroupView,
    OtherView,
    decide_delete_group,
    decide_export_people,
    decide_group_ends,
    decide_remove_organizer,
    decide_set_group,
    decide_show_number,
)
from chalicelib.core.hours import Place, opens_at
from chalicelib.core.joining import JoinView, decide_join
from chalicelib.core.kept import Founded
from chalicelib.core.model import Channel, Consent, Group, Me, Member, Person
from chalicelib.core.outcome import Later, Outcome, Text
from chalicelib.grammar.segments import measure
from chalicelib.languages import LANGUAGES, render

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
YES = Consent(NOW, "dig", Channel.TEXT, is_given=True)
OLGA = Person("olga", "+1555", groups=("DIG",), organizes=("DIG",), sessions=("a-browser",), version=1)
OTTO = Person("otto", "+1556", groups=("DIG", "ELM"), organizes=("DIG", "ELM"), sessions=("another",), version=1)
DIG = Group("DIG", "Riverbank diggers", "America/New_York", ("olga", "otto"), version=1)
BOUNDS = Bounds("America/New_York", True, 6, 10_000, ("US", "CA"))


def said(outcome: Outcome) -> list[str]:
    return [render("en", one.say) for one in outcome.effects if isinstance(one, Text) and one.is_answer]


def set_to(what: str, value: str, group: Group = DIG) -> Outcome:
    return decide_set_group(SetGroup(what, value, "DIG"), GroupView(Me(OLGA), (group,), BOUNDS), NOW)


# --- settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "value", "changed"),
    [
        ("name", " The  diggers ", {"name": "The diggers"}),
        ("name", "", {"name": "DIG"}),
        ("welcome", "Bring boots", {"welcome": "Bring boots."}),
        ("welcome", "It’s “muddy”!", {"welcome": 'It\'s "muddy"!'}),
        ("zone", "Central", {"zone": "America/Chicago"}),
        ("zone", "del pacífico", {"zone": "America/Los_Angeles"}),
        ("hours", "9-20", {"hours": (9, 20)}),
        ("hours", "9am to 8pm", {"hours": (9, 20)}),
        ("hours", "8 a 21", {"hours": (8, 21)}),
        ("cap", "2", {"texts_a_day": 2}),
        ("cap", "6", {"texts_a_day": 6}),
        ("limit", "$20", {"daily_cents": 2000}),
        ("limit", "12.50", {"daily_cents": 1250}),
        ("limit", "100 dollars", {"daily_cents": 10_000}),
        ("public", "no", {"is_public": False}),
        ("public", "off", {"is_public": False}),
        ("languages", "ES, EN", {"langs": ("es", "en")}),
        ("languages", "español", {"langs": ("es",)}),
        ("countries", "us", {"countries": ("US",)}),
        ("countries", "CA and US", {"countries": ("CA", "US")}),
        ("tells", "all", {"tells_asked": True}),
        ("tells", "todos", {"tells_asked": True}),
    ],
)
def test_a_setting_is_read_as_people_write_it(what: str, value: str, changed: dict[str, Any]) -> None:
    outcome = set_to(what, value)

    assert outcome.saves == (replace(DIG, **changed),)
    assert len(said(outcome)) == 1


SET = replace(
    DIG,
    welcome="Bring boots.",
    hours=(9, 20),
    texts_a_day=2,
    daily_cents=2000,
    langs=("es",),
    countries=("US",),
    zone="America/Chicago",
    is_public=False,
    tells_asked=True,
)


@pytest.mark.parametrize(
    ("what", "value", "changed"),
    [
        ("welcome", "off", {"welcome": ""}),
        ("zone", "", {"zone": "America/New_York"}),
        ("hours", "off", {"hours": None}),
        ("cap", "none", {"texts_a_day": None}),
        ("limit", "off", {"daily_cents": None}),
        ("public", "", {"is_public": True}),
        ("languages", "off", {"langs": ()}),
        ("countries", "", {"countries": ()}),
        ("tells", "off", {"tells_asked": False}),
    ],
)
def test_off_or_nothing_gives_back_what_the_installation_has(what: str, value: str, changed: dict[str, Any]) -> None:
    assert set_to(what, value, SET).saves == (replace(SET, **changed),)


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("hours", "7-20", "Hours are within 8-21, as the law has it, the first before the last. SET DIG HOURS 9-20"),
        ("hours", "9-22", "Hours are within 8-21, as the law has it, the first before the last. SET DIG HOURS 9-20"),
        ("hours", "20-9", "Hours are within 8-21, as the law has it, the first before the last. SET DIG HOURS 9-20"),
        ("hours", "soon", "Hours are within 8-21, as the law has it, the first before the last. SET DIG HOURS 9-20"),
        ("cap", "7", "A whole number from 1 to 6. SET DIG CAP 2"),
        ("cap", "0", "A whole number from 1 to 6. SET DIG CAP 2"),
        ("limit", "100.01", "Dollars a day, 1 to 100.00 at most. SET DIG LIMIT 5"),
        ("limit", "0.99", "Dollars a day, 1 to 100.00 at most. SET DIG LIMIT 5"),
        ("zone", "Atlantis", "We know no such time zone. SET DIG ZONE CENTRAL, or a city: SET DIG ZONE Phoenix"),
        ("countries", "US MX", "Two letters for each country, of these: US, CA. SET DIG COUNTRIES US"),
        ("countries", "Mexico", "Two letters for each country, of these: US, CA. SET DIG COUNTRIES US"),
        ("languages", "fr", "English, Spanish, or both with the first one first. SET DIG LANGUAGES ES EN"),
        ("public", "perhaps", "Yes or no. SET DIG PUBLIC YES"),
        ("tells", "nobody", "All or few: who is told when it fills. SET DIG TELLS FEW"),
        ("name", "n" * 61, "A name has 1 to 60 letters. SET DIG NAME Riverbank diggers"),
        (
            "welcome",
            "w" * 140,
            "Welcome words have 140 plain letters at most, without emoji. SET DIG WELCOME Bring boots on Saturdays!",
        ),
        (
            "welcome",
            "Hi 👋",
            "Welcome words have 140 plain letters at most, without emoji. SET DIG WELCOME Bring boots on Saturdays!",
        ),
        (
            "colour",
            "red",
            "Settings are NAME, WELCOME, ZONE, HOURS, CAP, LIMIT, PUBLIC, LANGUAGES, COUNTRIES and TELLS, "
            "like SET DIG HOURS 9-20",
        ),
    ],
)
def test_what_cannot_be_set_is_told_with_an_example(what: str, value: str, words: str) -> None:
    outcome = set_to(what, value)

    assert (outcome.saves, said(outcome)) == ((), [words])


def test_an_emergency_group_keeps_the_hours_that_its_members_were_told_of() -> None:
    outcome = set_to("hours", "9-20", replace(DIG, is_emergency=True))

    assert outcome.saves == ()
    assert said(outcome) == ["DIG is an emergency group: its alerts may come at any hour, as whoever joined was told."]


def test_only_an_organizer_sets_anything() -> None:
    ann = Person("ann", "+1557", groups=("DIG",), version=1)

    outcome = decide_set_group(SetGroup("cap", "2", "DIG"), GroupView(Me(ann), (DIG,), BOUNDS), NOW)

    assert (outcome.saves, said(outcome)) == ((), ["That's for DIG's organizers."])


def test_who_organizes_several_is_asked_which() -> None:
    elm = replace(DIG, keyword="ELM")

    outcome = decide_set_group(SetGroup("cap", "2"), GroupView(Me(OTTO), (DIG, elm), BOUNDS), NOW)

    assert said(outcome) == ["Which group? Put its word in: SET DIG HOURS 9-20, REMOVE ORGANIZER DIG and the number."]


# --- the reply to who joins -----------------------------------------------------------------------------


def joining(group: Group, person: Person, words: str) -> Outcome:
    view = JoinView(Me(person), words, Channel.TEXT, "Giddyup", group, None)
    return decide_join(Join("DIG"), view, NOW)


NEW = Person("ann", "+1557", place="US")


def test_the_reply_to_who_joins_holds_the_welcome_and_all_that_carriers_require() -> None:
    welcoming = replace(DIG, welcome="Bring boots on Saturdays!")

    outcome = joining(welcoming, NEW, "JOIN DIG")

    assert said(outcome) == [
        "Giddyup: you're in DIG. Bring boots on Saturdays! Msg frequency varies, msg & data rates may apply. "
        "HELP for help, STOP to stop."
    ]


@pytest.mark.parametrize("is_emergency", [False, True])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_longest_welcome_stays_in_two_segments(lang: str, is_emergency: bool) -> None:
    group = replace(DIG, keyword="M" * 12, is_emergency=is_emergency)
    outcome = decide_set_group(SetGroup("welcome", "w" * 139, "M" * 12), GroupView(Me(OLGA), (group,), BOUNDS), NOW)
    (welcoming,) = [one for one in outcome.saves if isinstance(one, Group)]

    answer = next(one for one in joining(welcoming, NEW, "x").effects if isinstance(one, Text))

    assert measure(render(lang, answer.say)).count == 2


@pytest.mark.parametrize(
    ("langs", "words", "spoken", "lang"),
    [
        pytest.param((), "dig", "en", "en", id="usually English, where a word tells nothing"),
        pytest.param(("es", "en"), "dig", "en", "es", id="the group's first, where a word tells nothing"),
        pytest.param(("es", "en"), "please join dig", "en", "en", id="their own, where the group has it too"),
        pytest.param(("es",), "please join dig", "en", "es", id="the group's, where it has no other"),
    ],
)
def test_somebody_new_is_spoken_to_in_a_language_of_the_groups(
    langs: tuple[str, ...], words: str, spoken: str, lang: str
) -> None:
    outcome = joining(replace(DIG, langs=langs), replace(NEW, lang=spoken), words)

    assert [one.lang for one in outcome.saves if isinstance(one, Person)] == [lang]


def test_whoever_we_know_keeps_their_language() -> None:
    known = replace(NEW, version=3)

    outcome = joining(replace(DIG, langs=("es",)), known, "dig")

    assert [one.lang for one in outcome.saves if isinstance(one, Person)] == ["en"]


def test_nobody_joins_from_a_country_that_the_group_does_not_text() -> None:
    outcome = joining(replace(DIG, countries=("US",)), replace(NEW, place="CA"), "dig")

    assert outcome.saves == ()
    assert said(outcome) == ["DIG asks nobody in your number's country, so you can't join it."]


# --- hours ----------------------------------------------------------------------------------------------

NEW_YORK, ANYWHERE = Place("US", ("America/New_York",), ("NY",)), Place("US")


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("place", "hours", "now", "opens"),
    [
        pytest.param(NEW_YORK, (9, 20), "2026-11-23T08:59", "2026-11-23T09:00", id="before them"),
        pytest.param(NEW_YORK, (9, 20), "2026-11-23T09:00", None, id="when they begin"),
        pytest.param(NEW_YORK, (9, 20), "2026-11-23T20:00", "2026-11-24T09:00", id="when they end"),
        pytest.param(ANYWHERE, (9, 20), "2026-11-23T11:59", "2026-11-23T12:00", id="in the last of several zones"),
        pytest.param(ANYWHERE, (9, 11), "2026-11-23T13:00", None, id="never in all zones at once: the law's alone"),
        pytest.param(ANYWHERE, (9, 11), "2026-11-23T09:30", "2026-11-23T11:00", id="and the law's still hold there"),
    ],
)
def test_a_groups_hours_are_on_its_readers_clock(
    place: Place, hours: tuple[int, int], now: str, opens: str | None
) -> None:
    assert opens_at(place, on(now), hours=hours) == (on(opens) if opens else None)


# --- organizers -----------------------------------------------------------------------------------------


def removing(other: Person | None, group: Group = DIG, by: Person = OLGA) -> Outcome:
    return decide_remove_organizer(RemoveOrganizer("+1556", "DIG"), OtherView(Me(by), (group,), other), NOW)


def test_an_organizer_is_one_no_more_everywhere_at_once_and_is_told() -> None:
    outcome = removing(OTTO)

    assert outcome.saves == (replace(DIG, organizers=("olga",)), replace(OTTO, organizes=("ELM",)))
    assert [(one.to, one.say.key) for one in outcome.effects if isinstance(one, Text)] == [
        ("olga", "organizer_removed"),
        ("otto", "organizer_no_more"),
    ]


def test_who_organizes_nothing_any_more_is_signed_out() -> None:
    outcome = removing(OLGA, by=OTTO)

    assert outcome.saves == (replace(DIG, organizers=("otto",)), replace(OLGA, organizes=(), sessions=()))


def test_an_organizer_may_step_down_and_is_told_once() -> None:
    outcome = removing(OLGA)

    assert outcome.saves == (replace(DIG, organizers=("otto",)), replace(OLGA, organizes=(), sessions=()))
    assert said(outcome) == ["Done: you organize DIG no more. You're still a member."]
    assert len(outcome.effects) == 1


@pytest.mark.parametrize(
    ("other", "group", "words"),
    [
        pytest.param(
            OLGA,
            replace(DIG, organizers=("olga",)),
            "You're DIG's only organizer. Make another first: ORGANIZER and their number.",
            id="the last one stays",
        ),
        pytest.param(Person("ann", "+1"), DIG, "That number is no organizer of DIG.", id="a member is none"),
        pytest.param(None, DIG, "That number is no organizer of DIG.", id="nobody is none"),
    ],
)
def test_who_cannot_be_removed(other: Person | None, group: Group, words: str) -> None:
    outcome = removing(other, group)

    assert (outcome.saves, said(outcome)) == ((), [words])


# --- what is kept ---------------------------------------------------------------------------------------


def test_a_number_is_shown_to_an_organizer_of_a_member_only() -> None:
    member, stranger = Person("ann", "+1557", groups=("DIG",)), Person("bob", "+1558", groups=("ELM",))

    shown = [
        decide_show_number(ShowNumber("DIG", who.id), OtherView(Me(by), (DIG,), who), NOW)
        for by, who in ((OLGA, member), (OLGA, stranger), (member, member))
    ]

    assert shown[0] == Outcome(keyword="DIG")
    assert [(one.saves, one.keyword, said(one)) for one in shown[1:]] == [
        ((), "", ["There's no such member of DIG."]),
        ((), "", ["That's for DIG's organizers."]),
    ]


def test_people_are_exported_by_an_organizer_only() -> None:
    ann = Person("ann", "+1557", groups=("DIG",))

    by_olga, by_ann = (
        decide_export_people(ExportPeople("DIG"), GroupView(Me(who), (DIG,), BOUNDS), NOW) for who in (OLGA, ann)
    )

    assert by_olga == Outcome(keyword="DIG")
    assert (by_ann.keyword, said(by_ann)) == ("", ["That's for DIG's organizers."])


# --- a group's end --------------------------------------------------------------------------------------


def test_a_group_ends_for_its_organizers_in_the_same_moment() -> None:
    outcome = decide_delete_group(DeleteGroup("DIG"), DeleteView(Me(OLGA), (DIG,), (OLGA, OTTO)), NOW)

    assert outcome.saves == (
        replace(DIG, ended_at=NOW, organizers=(), is_public=False),
        replace(OLGA, organizes=(), sessions=()),
        replace(OTTO, organizes=("ELM",)),
    )
    assert outcome.removes == (Founded("DIG", NOW),)
    assert [(one.to, one.say.key) for one in outcome.effects if isinstance(one, Text)] == [
        ("olga", "group_deleted"),
        ("olga", "group_deleted_told"),
        ("otto", "group_deleted_told"),
    ]
    assert [one.command for one in outcome.effects if isinstance(one, Later)] == [GroupEnds("DIG")]


def test_a_group_with_something_going_on_does_not_end() -> None:
    busy = replace(DIG, live=("DIG4", "DIG5"))

    outcome = decide_delete_group(DeleteGroup("DIG"), DeleteView(Me(OLGA), (busy,), (OLGA, OTTO)), NOW)

    assert outcome.saves == ()
    assert said(outcome) == ["DIG has something going on: DIG4, DIG5. CLOSE or CALL OFF that first."]


def test_its_members_are_let_go_and_their_history_stays() -> None:
    ended = replace(DIG, ended_at=NOW, organizers=())
    ann = Person("ann", "+1557", groups=("ELM", "DIG"), consents=(YES,))
    member = Member("DIG", "ann", (YES,))

    outcome = decide_group_ends(GroupEnds("DIG"), EndView(ended, ((member, ann),), "3#ann"), NOW)

    taken_back = Consent(NOW, "group deleted", Channel.TIMER, is_given=False)
    assert outcome.saves == (
        replace(member, consents=(YES, taken_back), out="left"),
        replace(ann, groups=("ELM",)),
    )
    assert outcome.effects == (Later(GroupEnds("DIG", "3#ann"), NOW, "ends#DIG#3#ann"),)


def test_nobody_is_let_go_from_a_group_that_was_not_deleted() -> None:
    assert decide_group_ends(GroupEnds("DIG"), EndView(DIG, ((Member("DIG", "a", (YES,)), None),)), NOW) == Outcome()
