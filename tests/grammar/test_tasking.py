"""The tasks of an alert, and its words with another time or place; on a Monday afternoon in New York."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.grammar.asking import read_ask
from chalicelib.grammar.fold import fold
from chalicelib.grammar.tasking import TaskAsk, read_task, split_tasks, with_place, with_task_time, with_time
from chalicelib.grammar.times import read_time

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=NEW_YORK)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


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
    ("words", "said", "meant", "then"),
    [
        # the clock alone, beside the day that is named
        ("10 shovels at 5th & Main 6pm #flood", "7pm", at(23, 19), "10 shovels at 5th & Main 7pm #flood"),
        ("dig at 6pm", "7pm", at(23, 19), "dig at 7pm"),
        ("dig at 6pm", "at 7pm", at(23, 19), "dig at 7pm"),
        ("dig tomorrow 6pm", "7pm", at(24, 19), "dig tomorrow 7pm"),
        ("dig tomorrow 9am", "9:30", at(24, 9, 30), "dig tomorrow 9:30"),
        ("dig tomorrow 9am", "at 10", at(24, 10), "dig tomorrow 10"),
        ("dig tomorrow #flood", "7pm", at(24, 19), "dig tomorrow 7pm #flood"),
        ("10 at the levee saturday 9am #flood", "10:00", at(28, 10), "10 at the levee saturday 10:00 #flood"),
        ("saturday at 6 p.m. bring water", "7pm", at(28, 19), "saturday at 7pm bring water"),
        ("10 palas en la plaza a las 6 #agua", "7pm", at(23, 19), "10 palas en la plaza a las 7pm #agua"),
        ("10 shovels\n6pm\n#flood", "7pm", at(23, 19), "10 shovels\n7pm\n#flood"),
        # what was said, where the day would be another
        ("dig at 6pm", "saturday 9am", at(28, 9), "dig saturday 9am"),
        ("dig tomorrow 6pm", "saturday 9am", at(28, 9), "dig saturday 9am"),
        ("dig tomorrow 6pm", "saturday", at(28, 9), "dig saturday"),
        ("tomorrow at the church, 6pm, rest", "saturday 9am", at(28, 9), "saturday 9am at the church, rest"),
        ("10 palas mañana a las 6", "sábado a las 9", at(28, 9), "10 palas sábado a las 9"),
        ("everyone to city hall now", "7pm", at(23, 19), "everyone to city hall 7pm"),
        ("10 shovels #flood", "7pm", at(23, 19), "10 shovels 7pm #flood"),
        ("10 shovels", "at 9", at(23, 21), "10 shovels at 9"),
        ("meet at pier 7", "saturday", at(28, 9), "meet at pier 7 saturday"),
        ("dig tomorrow 9am", "10pm", at(23, 22), "dig 10pm"),
        ("dig today 5pm", "11am", at(24, 11), "dig 11am"),
        ("dig tonight", "midnight tonight", at(24, 0), "dig midnight tonight"),
        # its time alone
        ("dig 6pm", "to the church at 7pm", at(23, 19), "dig 7pm"),
        ("dig 6pm", "saturday at the church 9am", at(28, 9), "dig saturday 9am"),
        # the date, where nothing else says it
        ("10 shovels", "10am", at(26, 10), "10 shovels Nov 26 10am"),
        ("10 palas en la plaza a las 6 #agua", "10:00", at(28, 10), "10 palas en la plaza 28 nov 10:00 #agua"),
        ("dig 9am", "today 11am", at(24, 11), "dig Nov 24 11am"),
        ("dig shovels 10", "10am", at(26, 10), "Nov 26 10am dig shovels 10"),
        ("dig 6pm", "banana", at(28, 9, 15), "dig Nov 28 9:15am"),
    ],
)
def test_words_with_another_time(words: str, said: str, meant: datetime, then: str) -> None:
    assert with_time(words, said, meant, NOW) == then
    assert read_ask(then, NOW).starts_at == meant


@pytest.mark.parametrize(
    ("text", "meant", "then"),
    [
        ("carry boxes 9am", at(28, 9, 30), "carry boxes 9:30am"),
        ("carry boxes at 9", at(28, 10), "carry boxes at 10am"),
        ("boxes 12:30", at(28, 13, 30), "boxes 1:30"),
        ("boxes 18:00", at(28, 19), "boxes 19:00"),
        ("gates at noon", at(28, 13), "gates at 1pm"),
        ("llevar agua a las 9", at(28, 9, 30), "llevar agua a las 9:30"),
        ("llevar agua 6:00", at(28, 6, 30), "llevar agua 06:30"),
        ("llevar agua a las 6pm", at(28, 19), "llevar agua a las 7pm"),
        ("llevar agua el sábado", at(28, 10), "llevar agua el sábado 10:00"),
        ("carry boxes saturday 9am", at(29, 10), "carry boxes Nov 29 10am"),
        ("carry boxes today 5pm", at(29, 17), "carry boxes Nov 29 5pm"),
        ("carry boxes 9am", datetime(2026, 12, 5, 9, tzinfo=NEW_YORK), "carry boxes Dec 5 9am"),
        ("llevar agua a las 9", datetime(2026, 12, 5, 9, tzinfo=NEW_YORK), "llevar agua 5 dic 09:00"),
        ("rest in 20 min, then dig 9am", at(28, 10), "rest in 20 min, then dig 10am"),
        ("carry boxes at 9", at(28, 9), "carry boxes at 9"),
    ],
)
def test_a_task_with_another_time(text: str, meant: datetime, then: str) -> None:
    assert with_task_time(text, meant, at(28, 0)) == then
    assert read_task(then, at(28, 0)).at == meant


@pytest.mark.parametrize("text", ["bring gloves", "sweep today", "sweep now", "rest in 20 min"])
def test_a_task_without_a_time_is_left(text: str) -> None:
    assert with_task_time(text, at(28, 10), at(28, 0)) == text


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
SAID = ["saturday 9am", "tomorrow at 7pm", "12/5 at 6pm", "mañana a las 9", "el viernes a las 6pm", "saturday", "7pm"]
SAID += ["at 8:30", "a las 7", "noon", "10:00", "today 11am", "in 2 hours", "to the church"]
TO_COME = st.integers(1, 300 * 288).map(lambda steps: (NOW.astimezone(UTC) + steps * FIVE_MINUTES).astimezone(NEW_YORK))
FIVE_MINUTES = timedelta(minutes=5)


@given(ALERTS, st.sampled_from(SAID))
def test_another_time_is_read_back_as_it_was_said(words: str, said: str) -> None:
    reading = read_time(fold(said), NOW)
    meant = reading.at if reading else at(26, 10)

    then = read_ask(with_time(words, said, meant, NOW), NOW)

    assert then.starts_at == meant
    assert then.tags == read_ask(words, NOW).tags


@given(ALERTS, st.sampled_from(SAID), TO_COME)
def test_whatever_was_said_the_moment_that_it_means_is_read_back(words: str, said: str, meant: datetime) -> None:
    then = with_time(words, said, meant, NOW)

    assert read_ask(then, NOW).starts_at == meant
    assert "today" not in then or meant.date() == NOW.date()


@given(ALERTS, TO_COME)
def test_a_tasks_other_time_is_read_back(words: str, meant: datetime) -> None:
    then = with_task_time(words, meant, NOW)

    assert read_task(then, NOW).at == (meant if read_task(words, NOW).at else None)


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
