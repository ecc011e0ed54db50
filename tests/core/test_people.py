"""What organizers see of their people: how ready each is, and why a text came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.model import Answer, Channel, Consent, Member
from chalicelib.core.people import (
    Asking,
    Because,
    ConsentKept,
    History,
    Kind,
    Ready,
    Standing,
    TextKept,
    because,
    consents_kept,
    histories,
    is_of,
    kind_of,
    standing,
)
from chalicelib.core.readiness import Past, Reply

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
JOINED = NOON - timedelta(days=100)
JOIN = Consent(JOINED, "DIG", Channel.TEXT, is_given=True)
ANN = Member("DIG", "ann", (JOIN,))


def action(n: int, answers: dict[str, Answer], asked: frozenset[str] | None = frozenset({"ann", "ben"})) -> Past:
    """DIG1 is the oldest; each a day after the one before."""
    opened_at = NOON - timedelta(days=60 - n)
    return Past(f"DIG{n}", opened_at, None, asked, {who: Reply(answer, 3.0) for who, answer in answers.items()})


def text(say: str, **facts: object) -> TextKept:
    return TextKept(NOON, say, "sent", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("is_in", "out", "shown"),
    [
        (True, "", Standing.IN),
        (False, "stopped", Standing.STOPPED),
        (False, "left", Standing.LEFT),
        (False, "bad number", Standing.UNREACHED),
        (False, "", Standing.LEFT),
    ],
)
def test_what_a_membership_says_is_one_of_four_standings(is_in: bool, out: str, shown: Standing) -> None:
    assert standing(is_in, out) is shown


def test_who_always_comes_is_readier_than_who_never_does_and_who_was_never_asked_is_new() -> None:
    past = [action(n, {"ann": Answer.IN}) for n in range(1, 13)]

    found = histories(past, {"ann": JOINED, "ben": JOINED, "cat": JOINED}, NOON)

    last = past[-1].opened_at
    assert found == {
        "ann": History(Ready.NEARLY_ALWAYS, 12, 12, "DIG12", last),
        "ben": History(Ready.RARELY, 12, 0, "DIG12", last),
        "cat": History(Ready.NEW, 0, 0, "", None),
    }


def test_an_action_that_asked_everybody_asked_whoever_was_a_member_then() -> None:
    late = NOON - timedelta(days=10)

    found = histories([action(1, {}, None)], {"ann": JOINED, "ben": late}, NOON)

    assert (found["ann"].askings, found["ben"].askings) == (1, 0)


def test_a_place_in_line_counts_as_an_in_and_a_maybe_does_not() -> None:
    past = [action(1, {"ann": Answer.WAITING, "ben": Answer.MAYBE})]

    found = histories(past, {"ann": JOINED, "ben": JOINED}, NOON)

    assert (found["ann"].ins, found["ben"].ins) == (1, 0)


def test_answers_of_others_to_an_action_that_asked_everybody_make_nobody_here_readier() -> None:
    crowd = {f"x{n}": Answer.IN for n in range(200)}
    alone = histories([action(1, {}, None)], {"ann": JOINED}, NOON)

    among_many = histories([action(1, crowd, None)], {"ann": JOINED}, NOON)

    assert among_many == alone


@pytest.mark.parametrize(
    ("kept", "is_ours"),
    [
        pytest.param(text("update", code="DIG4"), True, id="by its action"),
        pytest.param(text("organizer_now", keyword="DIG"), True, id="by its group"),
        pytest.param(text("joined", did="Join", about="DIG"), True, id="the answer to JOIN"),
        pytest.param(text("joined", did="Join", about="COOK"), False, id="the answer to another's JOIN"),
        pytest.param(text("update", code="COOK4"), False, id="of another's action"),
        pytest.param(text("update", code="DIGGER4"), False, id="of a group whose word begins alike"),
        pytest.param(text("help", did="Help"), False, id="of no group"),
    ],
)
def test_a_text_is_the_groups_that_it_is_about(kept: TextKept, is_ours: bool) -> None:
    assert is_of(kept, "DIG") is is_ours


def test_an_alert_came_for_a_consent_and_in_a_wave() -> None:
    member = Because("member", {"since": JOINED, "words": "DIG", "door": Channel.TEXT})
    alert = text("alert", code="DIG4", is_alert=True)

    assert because(alert, ANN, Asking(wave=1)) == (member, Because("asked_wave", {"wave": 1}))
    assert because(alert, ANN, Asking(is_all=True)) == (member, Because("asked_all"))
    assert because(alert, ANN, Asking()) == (member, Because("asked_some"))
    assert because(alert, ANN, None) == (member,)


def test_an_alert_at_night_says_that_its_group_is_for_emergencies() -> None:
    alert = text("alert", code="DIG4", is_alert=True, why="emergency")

    assert because(alert, ANN, None)[-1] == Because("emergency")


def test_an_alert_rests_on_the_last_consent_before_it() -> None:
    again = Consent(NOON - timedelta(days=2), "START", Channel.TEXT, is_given=True)
    later = Consent(NOON + timedelta(days=2), "DIG again", Channel.TEXT, is_given=True)
    stop = Consent(NOON - timedelta(days=3), "STOP", Channel.TEXT, is_given=False)
    alert = text("alert", code="DIG4", is_alert=True)

    rests_on = [
        because(alert, Member("DIG", "ann", consents), None)[0]
        for consents in ((JOIN, stop, again, later), (JOIN, stop), ())
    ]

    assert rests_on == [
        Because("member", {"since": again.at, "words": "START", "door": Channel.TEXT}),
        Because("no_consent"),
        Because("no_consent"),
    ]


def test_what_a_list_tells_of_a_consent_is_never_what_an_alert_rests_on() -> None:
    proof = Consent(JOINED, "signed at the fair", Channel.IMPORT, is_given=True)

    assert because(text("alert", is_alert=True), Member("DIG", "ann", (proof,)), None) == (Because("no_consent"),)


def test_an_answer_names_what_it_answers() -> None:
    answer = text("in", code="DIG4", did="In", channel=Channel.WEB)

    assert (kind_of(answer), because(answer, ANN, None)) == (
        Kind.ANSWER,
        (Because("answers", {"did": "In", "door": Channel.WEB}),),
    )


@pytest.mark.parametrize(
    ("say", "did", "kind", "why"),
    [
        ("update", "", Kind.NEWS, "in_or_line"),
        ("called_off_note", "", Kind.NEWS, "had_answered"),
        ("thanks_done", "", Kind.RESULT, "were_in"),
        ("reminder_place", "", Kind.REMINDER, "were_in"),
        ("moved_up", "", Kind.PLACE, "in_line"),
        ("said", "", Kind.TALK, "talk"),
        ("task_given", "", Kind.TASK, "task_given"),
        ("confirm_join", "SignUp", Kind.CONFIRM, "number_typed"),
        ("filled", "", Kind.LEADS, "organizes"),
    ],
)
def test_what_is_sent_unasked_says_why_they_of_all_people(say: str, did: str, kind: Kind, why: str) -> None:
    kept = text(say, code="DIG4", did=did)

    assert (kind_of(kept), because(kept, ANN, None)) == (kind, (Because(why, {"code": "DIG4"}),))


def test_a_consent_is_shown_with_the_text_that_answered_it() -> None:
    joined = TextKept(JOINED, "joined_welcome", "delivered", did="Join", about="DIG")
    other = TextKept(NOON, "joined", "sent")

    assert consents_kept(ANN, [other, joined]) == (ConsentKept(JOIN, joined),)
