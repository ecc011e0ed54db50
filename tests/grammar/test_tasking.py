"""The tasks of an alert, and its words with another time or place; on a Monday afternoon in New York."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.grammar.asking import read_ask
from chalicelib.grammar.fold import fold
from chalicelib.grammar.tasking import TaskAsk, read_task, split_tasks, with_place, with_time
from chalicelib.grammar.times import read_time

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=NEW_YORK)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("words", "split"),
    [
        pytest.param("10 shovels 6pm", ("10 shovels 6pm", ()), id="none"),
        pytest.param(
            "10 shovels\n- bring water\n– dig\n— carry\n•rest\n* sing\n#flood",
            ("10 shovels\n#flood", ("bring water", "dig", "carry", "rest", "sing")),
            id="each on its line",
        ),
        pytest.param("dig\n- 5 shovels\n-\n---", ("dig", ("5 shovels",)), id="empty ones are none"),
        pytest.param("dig\n-5 degrees\nwell - warm", ("dig\n-5 degrees\nwell - warm", ()), id="other dashes"),
        pytest.param("- 10 shovels\n- bring water", ("10 shovels", ("bring water",)), id="nothing but dashes"),
    ],
)
def test_the_lines_with_a_dash_are_tasks(words: str, split: tuple[str, tuple[str, ...]]) -> None:
    assert split_tasks(words) == split


@pytest.mark.parametrize(
    ("line", "task"),
    [
        pytest.param("bring gloves", TaskAsk("bring gloves", 1, None), id="for one, at no time"),
        pytest.param("Bring gloves x3", TaskAsk("Bring gloves", 3, None), id="for three"),
        pytest.param("carry boxes (3) 6pm", TaskAsk("carry boxes 6pm", 3, at(23, 18)), id="for three, at six"),
        pytest.param("2x llevar agua el sábado", TaskAsk("llevar agua el sábado", 2, at(28, 9)), id="on a day"),
        pytest.param("sweep now", TaskAsk("sweep now", 1, None), id="now is no time"),
        pytest.param("sweep today", TaskAsk("sweep today", 1, None), id="nor is today"),
        pytest.param("rest in 20 min", TaskAsk("rest in 20 min", 1, None), id="nor is in a while"),
    ],
)
def test_a_task_is_read(line: str, task: TaskAsk) -> None:
    assert read_task(line, NOW) == task


@pytest.mark.parametrize(
    ("words", "said", "then"),
    [
        ("10 shovels at 5th & Main 6pm #flood", "7pm", "10 shovels at 5th & Main 7pm #flood"),
        ("dig at 6pm", "7pm", "dig at 7pm"),
        ("dig at 6pm", "at 7pm", "dig at 7pm"),
        ("dig at 6pm", "saturday 9am", "dig saturday 9am"),
        ("dig tomorrow 6pm", "7pm", "dig tomorrow 7pm"),
        ("dig tomorrow 6pm", "saturday 9am", "dig saturday 9am"),
        ("dig tomorrow 6pm", "saturday", "dig saturday"),
        ("dig tomorrow #flood", "7pm", "dig tomorrow 7pm #flood"),
        ("tomorrow at the church, 6pm, bring water", "saturday 9am", "saturday 9am at the church, bring water"),
        ("saturday at 6 p.m. bring water", "7pm", "saturday at 7pm bring water"),
        ("10 palas en la plaza a las 6 #agua", "7pm", "10 palas en la plaza a las 7pm #agua"),
        ("10 palas mañana a las 6", "sábado a las 9", "10 palas sábado a las 9"),
        ("everyone to city hall now", "7pm", "everyone to city hall 7pm"),
        ("10 shovels\n6pm\n#flood", "7pm", "10 shovels\n7pm\n#flood"),
        ("10 shovels #flood", "7pm", "10 shovels 7pm #flood"),
        ("10 shovels", "7pm", "10 shovels 7pm"),
        ("meet at pier 7", "saturday", "meet at pier 7 saturday"),
        ("10 shovels 6pm", "banana", "10 shovels 6pm"),
    ],
)
def test_words_with_another_time(words: str, said: str, then: str) -> None:
    assert with_time(words, said) == then


PLACES = st.sampled_from(
    ["", "at 5th & Main", "at the church", "in the park", "12 Oak St", "en la iglesia", "at gate 4"]
)
TIMES = [
    "",
    "6pm",
    "at 6pm",
    "tomorrow 6pm",
    "saturday at 9",
    "a las 6",
    "mañana a las 9",
    "tonight",
    "noon",
    "now",
    "in 2 hours",
]
NEEDS = st.sampled_from(["", "10 shovels", "need 4 drivers", "10 palas", "everyone", "bring water"])
TAGS = st.sampled_from(["", "#flood", "#food #agua"])
ALERTS = st.builds(
    lambda needs, parts, join, tags: " ".join(filter(None, [needs, join.join(filter(None, parts)), tags])),
    NEEDS,
    st.tuples(PLACES, st.sampled_from(TIMES)).flatmap(st.permutations),
    st.sampled_from([" ", ", ", "\n"]),
    TAGS,
)
WHOLE_TIMES = st.sampled_from(
    ["saturday 9am", "tomorrow at 7pm", "12/5 at 6pm", "mañana a las 9", "el viernes a las 6pm", "saturday"]
)


@given(ALERTS, WHOLE_TIMES)
def test_another_time_is_read_back_as_it_was_said(words: str, said: str) -> None:
    then = with_time(words, said)

    meant = read_time(fold(said), NOW)
    assert meant is not None
    assert read_ask(then, NOW).starts_at == meant.at
    assert read_ask(then, NOW).tags == read_ask(words, NOW).tags


@given(ALERTS, st.sampled_from(["7pm", "at 8:30", "a las 7", "noon"]))
def test_another_hour_is_read_back_as_that_hour(words: str, said: str) -> None:
    then = read_ask(with_time(words, said), NOW).starts_at

    meant = read_time(fold(said), NOW)
    assert then is not None
    assert meant is not None
    assert then.time() == meant.at.time()


@pytest.mark.parametrize(
    ("words", "place", "then"),
    [
        ("10 shovels at 5th & Main 6pm", "the church", "10 shovels at the church 6pm"),
        ("12 Oak St 6pm sandbagging", "the church", "at the church 6pm sandbagging"),
        ("everyone to city hall now", "the  church", "everyone to the church now"),
        ("10 shovels at gate 4. Bring gloves", "12 Oak St", "10 shovels at 12 Oak St. Bring gloves"),
        ("10 shovels 6pm #flood", "the church", "10 shovels 6pm at the church #flood"),
        ("necesitamos palas a las 6 #agua", "la iglesia", "necesitamos palas a las 6 en la iglesia #agua"),
        ("10 palas en la plaza a las 6", "la iglesia", "10 palas en la iglesia a las 6"),
    ],
)
def test_words_with_another_place(words: str, place: str, then: str) -> None:
    assert with_place(words, place) == then
    assert read_ask(then, NOW).place == " ".join(place.split())


@given(ALERTS, st.sampled_from(["the church", "12 Oak St", "5th & Main", "la plaza"]))
def test_another_place_is_read_back_and_the_time_stays(words: str, place: str) -> None:
    then = read_ask(with_place(words, place), NOW)

    assert then.place == place
    assert then.starts_at == read_ask(words, NOW).starts_at
