"""What is said of an action on pages, in feeds and on pictures, in each language."""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.model import State
from chalicelib.core.showing import SEEN
from chalicelib.languages import LANGUAGES
from chalicelib.web.words import count, line, numbers, result, state, when, where
from tests.web.shown_actions import DONE, ENDS_AT, HARM, HARMLESS, an_action


def fills(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_published_has_the_same_sentences_with_the_same_fills_in_every_language(lang: str) -> None:
    english = {key: fills(sentence) for key, sentence in LANGUAGES["en"].PUBLISHED.items()}

    theirs = {key: fills(sentence) for key, sentence in LANGUAGES[lang].PUBLISHED.items()}

    assert theirs == english


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("of", sorted(SEEN - {State.DISSOLVED}))
def test_every_state_that_is_shown_has_a_word(of: State, lang: str) -> None:
    assert state(an_action(state=of), lang)


@pytest.mark.parametrize(
    ("changes", "english", "spanish"),
    [
        pytest.param({}, "7 of 10 in, 3 more wanted", "Hay 7 de 10, faltan 3", id="some"),
        pytest.param({"coming": 9}, "9 of 10 in, 1 more wanted", "Hay 9 de 10, falta 1", id="all but one"),
        pytest.param({"coming": 10}, "10 of 10 in, full", "Hay 10 de 10, completo", id="all"),
        pytest.param({"coming": 0}, "10 wanted", "Hacen falta 10", id="nobody"),
        pytest.param({"coming": 0, "need": 1}, "1 wanted", "Hace falta 1", id="nobody where one is wanted"),
        pytest.param({"need": None}, "7 in, everyone welcome", "Hay 7, puede venir quien quiera", id="open-ended"),
        pytest.param(
            {"need": None, "coming": 0}, "Everyone welcome", "Puede venir quien quiera", id="open-ended, nobody"
        ),
    ],
)
def test_how_many_are_in_and_wanted(changes: dict[str, Any], english: str, spanish: str) -> None:
    action = an_action(**changes)

    assert (count(action, "en"), count(action, "es")) == (english, spanish)


@pytest.mark.parametrize(
    ("changes", "english", "spanish"),
    [
        pytest.param(
            {"came": 9, "amounts": {"hours": 12.5, "boxes": 40.0}},
            "Done: 9 came, 40 boxes, 12.5 hours",
            "Hecha: vinieron 9, 40 cajas, 12.5 horas",
            id="with what was done",
        ),
        pytest.param(
            {"came": 1, "amounts": {"trees": 1.0}}, "Done: 1 came, 1 tree", "Hecha: vino 1, 1 árbol", id="one of each"
        ),
        pytest.param(
            {"came": 2, "amounts": {"trees": 1_000_000.0, "wheelbarrows": 3.0}},
            "Done: 2 came, 1000000 trees, 3 wheelbarrows",
            "Hecha: vinieron 2, 1000000 árboles, 3 wheelbarrows",
            id="very many, and a unit that we do not know",
        ),
        pytest.param({"came": 0}, "Done", "Hecha", id="nobody was counted"),
        pytest.param({"state": State.CALLED_OFF, "came": 7}, "Called off", "Suspendida", id="called off"),
        pytest.param({"state": State.EXPIRED, "came": 0}, "Over", "Terminada", id="expired"),
        pytest.param({"state": State.OPEN}, "", "", id="still open"),
    ],
)
def test_what_came_of_it(changes: dict[str, Any], english: str, spanish: str) -> None:
    action = an_action(**{"state": State.DONE, **changes})

    assert (result(action, "en"), result(action, "es")) == (english, spanish)


def test_how_it_stands_is_its_count_while_it_is_open_and_then_its_result() -> None:
    assert numbers(an_action(), "en") == "7 of 10 in, 3 more wanted"
    assert numbers(DONE, "en") == "Done: 9 came, 40 boxes, 12 hours"


@pytest.mark.parametrize(
    ("changes", "english", "spanish"),
    [
        pytest.param({}, "Mon Nov 23 6:15pm EST", "lun 23 nov 18:15 EST", id="its start"),
        pytest.param(
            {"starts_at": None}, "Until Tue Nov 24 2:15am EST", "Hasta el mar 24 nov 02:15 EST", id="no start: its end"
        ),
        pytest.param(
            {"starts_at": None, "state": State.DONE, "ended_at": ENDS_AT},
            "Tue Nov 24 2:15am EST",
            "mar 24 nov 02:15 EST",
            id="no start, and over",
        ),
        pytest.param(
            {"starts_at": datetime(2026, 11, 28, 9, tzinfo=ZoneInfo("America/Sao_Paulo"))},
            "Sat Nov 28 9am UTC-03",
            "sáb 28 nov 09:00 UTC-03",
            id="a zone without a name, and a day with an accent",
        ),
        pytest.param(
            {"starts_at": datetime(2026, 11, 28, 9, tzinfo=UTC)}, "Sat Nov 28 9am UTC", "sáb 28 nov 09:00 UTC", id="UTC"
        ),
    ],
)
def test_when_it_is(changes: dict[str, Any], english: str, spanish: str) -> None:
    action = an_action(**changes)

    assert (when(action, "en"), when(action, "es")) == (english, spanish)


@pytest.mark.parametrize(
    ("place", "zip_code", "shown"),
    [
        ("5th & Main", "10001", "5th & Main 10001"),
        ("5th & Main, 10001", "10001", "5th & Main, 10001"),
        ("", "10001", "10001"),
        ("the church", "", "the church"),
        ("", "", ""),
    ],
)
def test_where_it_is_as_far_as_that_is_known(place: str, zip_code: str, shown: str) -> None:
    assert where(an_action(place=place, zip=zip_code)) == shown


def test_full_is_said_as_soon_as_the_last_seat_is_taken() -> None:
    assert state(an_action(coming=10), "en") == "Full"


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert state(an_action(coming=10), "tlh") == "Full"


def test_what_somebody_wrote_is_shown_in_one_line_without_what_cannot_be_shown() -> None:
    assert line(HARM) == HARMLESS


def test_emoji_of_several_parts_stay_whole() -> None:
    assert line(" 👩\u200d🚒  ¡ya! ") == "👩\u200d🚒 ¡ya!"
