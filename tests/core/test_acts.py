"""What is kept of what organizers and time do: only where something came of it, in a few words, and never a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import commands as ask_for
from chalicelib.core.acts import CAME, FILLED, OPENED_AGAIN, in_short, with_acts, with_growth
from chalicelib.core.kept import Act, Grown, Word
from chalicelib.core.model import Action, Channel, Consent, Group, Member, Person, Pledge, State, Talk, Tally, Task
from chalicelib.core.outcome import Audience, Later, Outcome, Round, Text, answer, refused, say
from chalicelib.core.received import Received
from chalicelib.core.talking import with_words
from chalicelib.languages import LANGUAGES
from chalicelib.web import acts

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
OLGA = Person("olga", "+15550100001", version=1)
GROUP = Group("DIG", "Diggers", "America/New_York", ("olga",), version=1)


def an_action(**facts: Any) -> Action:
    common: dict[str, Any] = {"state": State.OPEN, "ends_at": NOW + timedelta(hours=8), "opened_at": NOW}
    return Action("DIG4", "DIG", "2 shovels", "olga", "America/New_York", **{**common, **facts})


def of(command: Any, outcome: Outcome, before: dict[str, State] | None = None) -> list[Act]:
    """The acts that are kept of a command of Olga's, by text."""
    got = Received(command, "SM1", NOW, Channel.TEXT, "olga")
    kept = with_acts(outcome, got, command, before or {}, leads=("DIG",))
    return [one for one in kept.saves if isinstance(one, Act)]


def act(did: str, n: int = 0, note: str = "", code: str = "DIG4") -> Act:
    return Act("DIG", NOW, "SM1", did, Channel.TEXT, "olga", code, n, note)


def to_crew(key: str, audience: Audience, **more: Any) -> Round:
    return Round("DIG4", audience, say(key, code="DIG4", **more.pop("fills", {})), **more)


SOMETHING_CAME = [
    (
        "a group",
        ask_for.NewGroup("DIG", "Diggers"),
        Outcome(saves=(GROUP,), keyword="DIG"),
        act("NewGroup", 0, "Diggers", ""),
    ),
    (
        "a draft",
        ask_for.Alert("DIG", "2 shovels"),
        Outcome(saves=(an_action(recipients=9),), code="DIG4"),
        act("Alert", 9, "2 shovels"),
    ),
    (
        "GO to all",
        ask_for.Go(47, is_all=True),
        Outcome(saves=(an_action(recipients=120),), effects=(to_crew("alert", Audience.MEMBERS),), code="DIG4"),
        act("Go", 120),
    ),
    (
        "GO in waves",
        ask_for.Go(47),
        Outcome(saves=(an_action(recipients=120, first_wave=20),), code="DIG4"),
        act("Go", 120, "waves"),
    ),
    (
        "MORE",
        ask_for.More(),
        Outcome(saves=(an_action(),), effects=(to_crew("alert", Audience.WAVE, people=("a", "b")),), code="DIG4"),
        act("More", 2),
    ),
    (
        "ALL",
        ask_for.AskAll(),
        Outcome(saves=(an_action(recipients=9, asked=4),), effects=(to_crew("alert", Audience.MEMBERS),), code="DIG4"),
        act("AskAll", 5),
    ),
    ("TELL ALL", ask_for.TellAsked(True), Outcome(saves=(GROUP,), keyword="DIG"), act("TellAsked", 0, "on", "")),
    (
        "PRIVATE",
        ask_for.SetPublic(False, "DIG4"),
        Outcome(saves=(an_action(),), code="DIG4", keyword="DIG"),
        act("SetPublic", 0, "off"),
    ),
    (
        "news",
        ask_for.Update("Park behind the church"),
        Outcome(effects=(to_crew("update", Audience.CREW_AND_LINE),), code="DIG4"),
        act("Update", 0, "Park behind the church"),
    ),
    ("BEGIN", ask_for.Begin(), Outcome(saves=(an_action(state=State.UNDER_WAY),), code="DIG4"), act("Begin")),
    (
        "CLOSE",
        ask_for.Close(note="Thanks!"),
        Outcome(
            saves=(an_action(state=State.DONE),),
            effects=(to_crew("thanks", Audience.CREW, fills={"came": 7}),),
            code="DIG4",
        ),
        act("Close", 7, "Thanks!"),
    ),
    (
        "CALL OFF",
        ask_for.CallOff(note="storm"),
        Outcome(saves=(an_action(state=State.CALLED_OFF),), code="DIG4"),
        act("CallOff", 0, "storm"),
    ),
    (
        "another time",
        ask_for.Move("7pm"),
        Outcome(saves=(an_action(starts_at=NOW + timedelta(hours=7)),), code="DIG4"),
        act("Move", 0, "2026-11-23T19:00-05:00"),
    ),
    (
        "another place",
        ask_for.MoveTo("the dam"),
        Outcome(saves=(an_action(place="the dam"),), code="DIG4"),
        act("MoveTo", 0, "the dam"),
    ),
    (
        "AGAIN",
        ask_for.Again("7pm"),
        Outcome(saves=(an_action(again_of="DIG2", recipients=9),), code="DIG4"),
        act("Again", 9, "DIG2"),
    ),
    (
        "a task given",
        ask_for.Give(2, "sam"),
        Outcome(saves=(Task("DIG4", 2, "shovels"),), code="DIG4"),
        act("Give", 0, "2"),
    ),
    (
        "a task taken away",
        ask_for.Drop(2, "sam"),
        Outcome(
            saves=(Task("DIG4", 2, "shovels"),), effects=(to_crew("task_taken_away", Audience.NAMED),), code="DIG4"
        ),
        act("Drop", 0, "2"),
    ),
    (
        "a no-show",
        ask_for.NoShow("sam"),
        Outcome(saves=(Pledge("DIG4", "sam", "in", seats=3),), code="DIG4"),
        act("NoShow", 3),
    ),
    (
        "ALL HERE",
        ask_for.AllHere(),
        Outcome(effects=(Later(ask_for.RestHere("DIG4", ""), NOW, "here"),), code="DIG4"),
        act("AllHere"),
    ),
    (
        "an answer",
        ask_for.Tell("sam on our way"),
        Outcome(effects=(Text("sam", say("from_organizer", code="DIG4")),), code="DIG4"),
        act("Tell"),
    ),
    ("a silenced one", ask_for.Mute("sam"), Outcome(saves=(Talk("DIG4"),), code="DIG4"), act("Mute")),
    (
        "a new organizer",
        ask_for.AddOrganizer("+15550100002"),
        Outcome(saves=(GROUP, Person("sam", "+15550100002")), keyword="DIG"),
        act("AddOrganizer", 0, "sam", ""),
    ),
    (
        "a setting",
        ask_for.SetGroup("zone", "Europe/Madrid"),
        Outcome(saves=(GROUP,), keyword="DIG"),
        act("SetGroup", 0, "zone Europe/Madrid", ""),
    ),
    ("a number shown", ask_for.ShowNumber("DIG", "sam"), Outcome(keyword="DIG"), act("ShowNumber", 0, "sam", "")),
]


@pytest.mark.parametrize(
    ("command", "outcome", "kept"), [one[1:] for one in SOMETHING_CAME], ids=[one[0] for one in SOMETHING_CAME]
)
def test_what_an_organizer_does_is_kept_with_how_many_and_a_few_words(
    command: Any, outcome: Outcome, kept: Act
) -> None:
    assert of(command, outcome) == [kept]


NOTHING_CAME = [
    ("a refusal", ask_for.Update("news", "DIG4"), refused(OLGA, "over", code="DIG4")),
    ("a question of ours", ask_for.Close(), Outcome(saves=(OLGA,), effects=(answer(OLGA, "which", listed="1 DIG4"),))),
    (
        "a wrong number",
        ask_for.Go(11),
        Outcome(saves=(an_action(state=State.DRAFT, opened_at=None, wrong_tries=1),), code="DIG4"),
    ),
    ("what is set already", ask_for.TellAsked(True), Outcome(effects=(answer(OLGA, "tells_all"),), keyword="DIG")),
    ("a member's word to another", ask_for.Tell("sam hi"), Outcome(effects=(Text("sam", say("to_you")),), code="DIG4")),
    ("one's own quiet", ask_for.Mute(), Outcome(saves=(Talk("DIG4"),), code="DIG4")),
    ("one's own task", ask_for.Drop(2), Outcome(saves=(Task("DIG4", 2, "shovels"),), code="DIG4")),
    ("a member who leaves", ask_for.Leave("DIG"), Outcome(saves=(OLGA,), keyword="DIG")),
    ("a number that is not shown", ask_for.ShowNumber("DIG", "sam"), refused(OLGA, "not_organizer_of", keyword="DIG")),
    ("a look that asks nobody", ask_for.NextWave("DIG4"), Outcome(unchanged=(an_action(),), code="DIG4")),
]


@pytest.mark.parametrize(
    ("command", "outcome"), [one[1:] for one in NOTHING_CAME], ids=[one[0] for one in NOTHING_CAME]
)
def test_nothing_is_kept_of_what_came_to_nothing_or_is_a_members_own_business(command: Any, outcome: Outcome) -> None:
    assert of(command, outcome) == []


def test_of_somebody_who_leads_another_group_a_task_or_talk_is_no_act() -> None:
    added = Outcome(saves=(Task("DIG4", 3, "water"),), code="DIG4")
    got = Received(ask_for.Add("water"), "SM1", NOW, Channel.TEXT, "sam")

    theirs = with_acts(added, got, got.command, {}, leads=("COOK",))
    organizers = with_acts(added, got, got.command, {}, leads=("COOK", "DIG"))

    assert theirs == added
    assert [one.did for one in organizers.saves if isinstance(one, Act)] == ["Add"]


def test_that_an_action_fills_and_wants_people_again_is_nobodys_act() -> None:
    full = an_action(state=State.FILLED, need=2, tally=Tally(coming=2))
    short = an_action(need=2, tally=Tally(coming=1))
    last, first = Outcome(saves=(full,), code="DIG4"), Outcome(saves=(short,), code="DIG4")

    filled = of(ask_for.In(), last, before={"DIG4": State.OPEN})
    opened = of(ask_for.Out(), first, before={"DIG4": State.FILLED})

    assert filled == [Act("DIG", NOW, "SM1#Filled#DIG4", FILLED, Channel.TIMER, code="DIG4", n=2)]
    assert opened == [Act("DIG", NOW, "SM1#OpenedAgain#DIG4", OPENED_AGAIN, Channel.TIMER, code="DIG4", n=1)]
    assert of(ask_for.In(), last, before={"DIG4": State.FILLED}) == []  # one more in line


def test_what_is_done_to_the_whole_installation_is_of_no_group() -> None:
    held = Outcome(saves=(OLGA,), effects=(answer(OLGA, "held"),))

    assert [(one.keyword, one.did) for one in of(ask_for.HoldSending(), held)] == [("", "HoldSending")]
    assert of(ask_for.HoldSending(), refused(OLGA, "not_an_operator")) == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Call 555-010-7777 at 6pm", "Call …77 at 6pm"),
        ("Call +1 (555) 010 7777.", "Call …77."),
        ("600 bags, 12 pallets, 4pm", "600 bags, 12 pallets, 4pm"),
        ("two\nlines", "two lines"),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_an_acts_words_are_one_short_line_without_any_number_of_a_phone(words: str, kept: str) -> None:
    assert in_short(words) == kept


def consent(at: datetime, is_given: bool = True) -> Consent:
    return Consent(at, "JOIN DIG", Channel.TEXT, is_given)


def test_who_consents_at_this_moment_has_joined_and_who_takes_it_back_has_left() -> None:
    before = NOW - timedelta(days=9)
    members = (
        Member("DIG", "new", (consent(NOW),)),
        Member("DIG", "back", (consent(before), consent(before, False), consent(NOW))),
        Member("DIG", "gone", (consent(before), consent(NOW, False)), out="left"),
        Member("DIG", "moved", (consent(before),), place="US-NY"),
    )

    grown = with_growth(Outcome(saves=members), NOW).grown

    assert grown == (
        Grown("DIG", "new", "2026-11-23", joined=1),
        Grown("DIG", "back", "2026-11-23", joined=1),
        Grown("DIG", "gone", "2026-11-23", left=1),
    )


def test_what_goes_to_several_organizers_in_parts_is_kept_once_and_whole() -> None:
    parts = [say("from_crew", code="DIG4", name="Ann", words=part) for part in ("a" * 1500, "bc")]
    told = tuple(Text(to, part, code="DIG4") for to in ("olga", "otto") for part in parts)

    kept = with_words(Outcome(effects=told, code="DIG4"), ask_for.Words("…"), "ann", NOW)

    assert kept.saves == (Word("DIG4", "ann", NOW, "Ann", "a" * 1500 + "bc"),)


def test_late_alone_is_no_word_to_answer_but_late_with_a_note_is() -> None:
    told = Outcome(effects=(Text("olga", say("note_from_crew", code="DIG4", name="Ann", words="LATE 19:30"), "DIG4"),))

    assert with_words(told, ask_for.Late(), "ann", NOW) == told
    assert with_words(told, ask_for.Late(note="flat tyre"), "ann", NOW).saves != ()


# --- their words ---------------------------------------------------------------------------------------

ONE_OF = {
    "Go": ("", "waves"), "SetPublic": ("on", "off"), "TellAsked": ("on", "off"), "EndTime": ("done", "expired"),
}  # fmt: skip
DIDS = [*(kind.__name__ for kind in CAME), FILLED, OPENED_AGAIN]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("did", DIDS)
def test_every_act_has_words_in_every_language(did: str, lang: str) -> None:
    notes = ONE_OF.get(did, ("", "2026-11-23T19:00-05:00"))

    keys = {acts.key_of(act(did, note=note), lang) for note in notes}
    said = [acts.act_words(act(did, 2, note), {"olga": "Olga"}, lang) for note in notes]

    assert "act_other" not in keys
    assert all(text.startswith("Olga") for text in said)


def test_an_act_is_told_by_who_did_it_and_through_which_door() -> None:
    names = {"olga": "Ruth", "sam": "Sam, …05"}

    assert acts.act_words(act("Go", 120), names, "en") == "Ruth, by text: GO: DIG4 to 120 people"
    assert acts.act_words(act("More", 1), names, "es") == "Ruth, por texto: MÁS: DIG4 a 1 persona más"
    assert acts.act_words(act("Move", 0, "2026-11-23T19:00-05:00"), names, "es").endswith(
        "DIG4 es ahora lun 23 nov 19:00"
    )
    assert (
        acts.act_words(act("ShowNumber", 0, "sam", ""), names, "en")
        == "Ruth, by text: Looked at the number of Sam, …05"
    )
    assert acts.act_words(act("Close"), {}, "en") == "Somebody, by text: CLOSE: DIG4 is done"
    by_itself = Act("DIG", NOW, "t", "NextWave", Channel.TIMER, code="DIG4", n=20)
    assert acts.act_words(by_itself, names, "en") == "DIG4: the next wave asked 20 people"


def test_an_act_of_another_year_says_so() -> None:
    at = act("Begin")

    assert acts.act_when(at, "America/New_York", NOW, "en") == "Mon Nov 23 12pm"
    assert acts.act_when(at, "America/New_York", NOW + timedelta(days=60), "en") == "Mon Nov 23 12pm, 2026"
    assert acts.act_when(at, "America/New_York", NOW + timedelta(days=60), "es") == "lun 23 nov 12:00 de 2026"
