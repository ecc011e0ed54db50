"""A crew's talk has a pace: what is too fast goes out later, what would wait too long is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.model import Talk
from chalicelib.core.pace import goes_out_at, is_loud, is_repeated, with_spoken

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def after(*said: tuple[float, str, str]) -> Talk:
    """The talk after so many seconds, who and what each."""
    talk = Talk("DIG1")
    for at, who, words in said:
        goes = goes_out_at(talk, who, words, NOON + seconds(at))
        assert goes is not None
        talk = with_spoken(talk, who, words, goes, NOON + seconds(at))
    return talk


def test_what_is_said_now_and_then_goes_out_at_once() -> None:
    talk = after((0, "ann", "hello"), (40, "bob", "hi"), (90, "ann", "where?"))

    assert goes_out_at(talk, "ann", "found it", NOON + seconds(200)) == NOON + seconds(200)


def test_the_fifth_of_one_person_in_five_minutes_waits_until_the_first_is_five_minutes_old() -> None:
    talk = after(*((n * 50, "ann", f"word {n}") for n in range(4)))

    assert goes_out_at(talk, "ann", "one more", NOON + seconds(200)) == NOON + seconds(300)
    assert goes_out_at(talk, "bob", "one more", NOON + seconds(200)) == NOON + seconds(200)


def test_a_whole_crew_is_heard_twelve_times_in_five_minutes() -> None:
    talk = after(*((n * 10, f"p{n}", f"word {n}") for n in range(12)))

    assert goes_out_at(talk, "p99", "one more", NOON + seconds(120)) == NOON + seconds(300)


def test_what_would_wait_longer_than_five_minutes_is_refused() -> None:
    talk = after(*((n, f"p{n}", f"word {n}") for n in range(24)))

    assert goes_out_at(talk, "p99", "one more", NOON + seconds(30)) is None


def test_two_people_shouting_at_each_other_get_a_pause_and_others_do_not() -> None:
    talk = after(*((n * 20, "ann" if n % 2 else "bob", f"no {n}") for n in range(6)))

    assert goes_out_at(talk, "ann", "yes", NOON + seconds(110)) == NOON + seconds(160)
    assert goes_out_at(talk, "cat", "stop it", NOON + seconds(110)) == NOON + seconds(110)


def test_capitals_right_after_ones_own_words_wait_a_minute() -> None:
    talk = after((0, "ann", "where is everybody"))

    assert goes_out_at(talk, "ann", "WHERE IS EVERYBODY NOW", NOON + seconds(5)) == NOON + seconds(60)


@pytest.mark.parametrize(
    ("words", "is_so"),
    [
        pytest.param("WHERE IS EVERYBODY", True, id="capitals"),
        pytest.param("no no no no no no no no", True, id="one word over and over"),
        pytest.param("DIG4 AT GATE B", False, id="short capitals are names and codes"),
        pytest.param("Where is everybody?", False, id="a sentence"),
        pytest.param("👍👍👍👍👍", False, id="pictures"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_loud_is_capitals_throughout_or_one_word_over_and_over(words: str, is_so: bool) -> None:
    assert is_loud(words) is is_so


def test_the_same_words_of_one_person_are_known_however_they_are_written() -> None:
    talk = after((0, "ann", "Bring water!"))

    assert is_repeated(talk, "ann", "bring WATER", NOON + seconds(60))
    assert not is_repeated(talk, "bob", "bring water", NOON + seconds(60))
    assert not is_repeated(talk, "ann", "bring water", NOON + seconds(301))
