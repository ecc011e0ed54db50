"""From a form's fields to an alert's words and back; what makes a text longer; how long it takes to fill."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.composing import Cause, causes, composed, mended
from chalicelib.core.filling import Askable, Block, askable, asked_first, minutes_to_fill
from chalicelib.core.waves import Candidate, WaveView, first_wave_size
from chalicelib.grammar.asking import read_ask
from chalicelib.grammar.segments import measure

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/New_York"))  # a Monday


def said(lang: str = "en", **fields: str) -> str:
    return composed(fields, NOON, lang).alert


# --- fields to words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"what": "10 shovels at 5th & Main 6pm #flood"}, "10 shovels at 5th & Main 6pm #flood"),
        (
            {"what": "Fill sandbags.", "need": "10", "where": "5th & Main", "when": "6pm", "tags": "flood, hi-water"},
            "Need 10: Fill sandbags at 5th & Main 6pm #flood #hiwater",
        ),
        (
            {"what": "shovels", "need": "4", "where": "near the levee", "when": "6"},
            "Need 4: shovels near the levee at 6",
        ),
        (
            {"what": "10 shovels at 5th & Main 6pm #flood", "need": "12", "where": "the mill", "when": "tomorrow 9am"},
            "12 shovels at the mill tomorrow 9am #flood",
        ),
        (
            {"what": "Dig\n- salt", "where": "at 12 Oak St", "tasks": "- rakes x2\nfood"},
            "Dig at 12 Oak St\n- salt\n- rakes x2\n- food",
        ),
        ({"what": "Llenar sacos", "need": "3", "where": "en la plaza"}, "Hacen falta 3: Llenar sacos en la plaza"),
    ],
)
def test_the_fields_become_one_text_as_somebody_would_write_it_by_phone(fields: dict[str, str], words: str) -> None:
    lang = "es" if "Llenar" in fields["what"] else "en"

    assert said(lang, **fields) == words


def test_what_is_left_blank_is_read_out_of_the_words() -> None:
    found = composed({"what": "10 shovels at 5th & Main 6pm #flood"}, NOON, "en")

    assert (found.asked.need, found.asked.place, found.asked.tags) == (10, "5th & Main", ("flood",))
    assert found.troubles == ()


WHATS = ("Fill sandbags", "Dig out cars", "Serve dinner.", "shovels and rakes", "Hand out water!", "Clean the park")
PLACES = ("5th & Main", "the old mill", "12 Oak St", "Central Park, north gate", "Lincoln School", "the levee")
TIMES = ("6pm", "tomorrow 9am", "Saturday 10am", "in 2 hours", "18:30", "noon", "Nov 28 10am")


@given(
    what=st.sampled_from(WHATS),
    need=st.integers(1, 999),
    place=st.sampled_from(PLACES),
    time=st.sampled_from(TIMES),
    tags=st.lists(st.sampled_from(["flood", "food", "Heat", "río"]), unique=True, max_size=4),
)
def test_need_time_place_and_tags_are_read_as_they_were_typed(
    what: str, need: int, place: str, time: str, tags: list[str]
) -> None:
    fields = {"what": what, "need": str(need), "where": place, "when": time, "tags": " ".join(tags)}

    found = composed(fields, NOON, "en")

    assert found.troubles == ()
    assert found.asked == read_ask(found.words, NOON)
    assert (found.asked.need, found.asked.place, len(found.asked.tags)) == (need, place, len(tags))
    assert found.asked.starts_at == read_ask(f"dig {time}", NOON).starts_at


@given(st.dictionaries(st.sampled_from(["what", "need", "where", "when", "tags", "tasks"]), st.text(max_size=60)))
def test_whatever_is_typed_is_read_by_phones_rules_and_never_fails(fields: dict[str, str]) -> None:
    found = composed(fields, NOON, "en")

    assert found.asked == read_ask(found.words, NOON)


@pytest.mark.parametrize(
    ("fields", "name", "key"),
    [
        ({}, "what", "compose_what_missing"),
        ({"what": "x" * 481}, "what", "compose_what_long"),
        ({"what": "Dig", "need": "1000"}, "need", "compose_need_wrong"),
        ({"what": "Dig", "need": "a few"}, "need", "compose_need_wrong"),
        ({"what": "Dig", "when": "soonish"}, "when", "compose_when_wrong"),
        ({"what": "Dig", "tags": "1 2"}, "tags", "compose_tags_wrong"),
        ({"what": "Dig", "tasks": "x" * 61}, "tasks", "compose_task_long"),
        ({"what": "Dig", "tasks": "sweep\n" * 31}, "tasks", "compose_tasks_many"),
    ],
)
def test_what_cannot_go_out_is_said_beside_its_field(fields: dict[str, str], name: str, key: str) -> None:
    wrong = composed(fields, NOON, "en").troubles

    assert [(one.name, one.key, one.is_wrong) for one in wrong] == [(name, key, True)]


def test_what_another_place_leaves_out_of_the_words_is_said() -> None:
    found = composed({"what": "Dig sand at the old mill and carry bags", "where": "5th & Main"}, NOON, "en")

    assert found.words == "Dig sand at 5th & Main"
    assert [(one.name, one.key, dict(one.fills)) for one in found.troubles] == [
        ("what", "compose_place_left_out", {"there": "the old mill and carry bags"})
    ]


def test_a_field_that_is_read_otherwise_than_typed_is_said_but_may_go_out() -> None:
    found = composed({"what": "Dig", "where": "Town hall at 6pm", "tags": "a b c d e f"}, NOON, "en")

    assert [(one.name, one.key, one.is_wrong) for one in found.troubles] == [
        ("where", "compose_where_read", False),
        ("tags", "compose_tags_left", False),
    ]


# --- what makes it longer ------------------------------------------------------------------------------


def segments(words: str) -> int:
    return measure(words).count


def test_a_curly_quote_makes_it_two_segments_and_a_straight_one_mends_it() -> None:
    words = "We need you" + "r" * 60 + " at Ann’s"

    assert causes(words, segments) == (Cause("’", "quote", 1, "'", 1),)
    assert segments(words) == 2
    assert mended(words, {"’"}) == words.replace("’", "'")


@pytest.mark.parametrize(
    ("found", "kind", "instead"),
    [
        ("“", "quote", '"'), ("—", "dash", "-"), ("…", "dots", "..."), ("\u00a0", "space", " "), ("á", "accent", "a"),
        ("ő", "accent", "o"), ("👍🏽", "emoji", ""), ("❤️", "emoji", ""), ("水", "letter", None),
    ],
)  # fmt: skip
def test_each_character_that_plain_texts_lack_is_named_with_what_would_do_instead(
    found: str, kind: str, instead: str | None
) -> None:
    cause = causes(f"Bring {found} too", segments)[0]

    assert (cause.found, cause.kind, cause.n, cause.instead) == (found, kind, 1, instead)


def test_double_spaces_and_brackets_are_causes_only_where_they_cost_a_segment() -> None:
    close = "x" * 155 + " [a]"  # two brackets that count double: 161
    wide = "x" * 158 + "  b"

    assert causes("dig  [a]", segments) == ()
    assert causes(close, segments) == (Cause("[", "double", 1, "(", 1), Cause("]", "double", 1, ")", 1))
    assert [(one.kind, one.without) for one in causes(wide, segments)] == [("wide", 1)]


@given(st.text(alphabet="ab ’—…á👍[]\n", max_size=80))
def test_mended_words_have_no_cause_left_that_could_be_mended(words: str) -> None:
    found = causes(words, segments)

    better = mended(words, {one.found for one in found})

    assert segments(better) <= segments(words)
    assert not [one for one in causes(better, segments) if one.kind not in {"double", "wide"}]


# --- how long it takes to fill ---------------------------------------------------------------------------

BLOCKS = st.lists(
    st.builds(Block, st.integers(1, 400), st.floats(0, 0.97), st.floats(0, 3.5), st.sampled_from([0.0, 0.0, 45.0])),
    max_size=30,
)


@given(blocks=BLOCKS, need=st.integers(1, 200), left=st.floats(1, 600), pace=st.floats(1, 5000), is_all=st.booleans())
def test_more_wanted_never_takes_less(blocks: list[Block], need: int, left: float, pace: float, is_all: bool) -> None:
    who = Askable(tuple(blocks))

    fewer, more = (minutes_to_fill(who, n, left, pace, is_all) for n in (need, need + 1))

    assert more is None or (fewer is not None and fewer <= more + 1e-6 and more <= left)


@given(blocks=BLOCKS, need=st.integers(1, 200), left=st.floats(1, 600), pace=st.floats(1, 5000))
def test_asking_everybody_at_once_never_takes_longer(blocks: list[Block], need: int, left: float, pace: float) -> None:
    who = Askable(tuple(blocks))

    waves, everybody = (minutes_to_fill(who, need, left, pace, is_all) for is_all in (False, True))

    assert waves is None or (everybody is not None and everybody <= waves + 1e-6)


def view_of(people: int, need: int) -> WaveView:
    candidates = [Candidate(f"member{n}", NOON - timedelta(days=90)) for n in range(people)]
    return WaveView(need, 0, 0, NOON, NOON + timedelta(hours=6), candidates, (), (), 50.0)


@pytest.mark.parametrize(("people", "need"), [(10, 3), (100, 5), (1000, 20), (5000, 100)])
def test_about_as_many_are_asked_first_as_the_waves_themselves_would_ask(people: int, need: int) -> None:
    view = view_of(people, need)
    who = askable(view, NOON)

    guess = asked_first(who, need, 360, 3000)

    assert sum(one.people for one in who.blocks) == people
    assert guess == pytest.approx(first_wave_size(view, NOON), rel=0.05, abs=2)


def test_a_group_too_small_is_unlikely_to_fill_in_time() -> None:
    who = askable(view_of(10, 5), NOON)

    assert minutes_to_fill(who, 5, 360, 3000) is None
    assert minutes_to_fill(askable(view_of(1000, 5), NOON), 5, 360, 3000) == pytest.approx(25, abs=15)
