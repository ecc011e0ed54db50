"""What ALERT's words ask for, told on a Monday at three in the afternoon in New York."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core.commands import Ask
from chalicelib.grammar.asking import read_ask

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=NEW_YORK)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("words", "ask"),
    [
        pytest.param(
            "10 shovels at 5th & Main 6pm #flood", Ask(10, "5th & Main", at(23, 18), ("flood",)), id="all of it"
        ),
        pytest.param(
            "need 4 drivers tomorrow 9am at the church #food",
            Ask(4, "the church", at(24, 9), ("food",)),
            id="in another order",
        ),
        pytest.param(
            "10 palas en 5th y Main a las 6pm #inundación",
            Ask(10, "5th y Main", at(23, 18), ("inundacion",)),
            id="in Spanish",
        ),
        pytest.param(
            "Necesitamos 4 choferes mañana a las 9 en la iglesia",
            Ask(4, "la iglesia", at(24, 9)),
            id="in Spanish in another order",
        ),
        pytest.param("everyone to city hall now", Ask(None, "city hall", NOW), id="everyone, now"),
        pytest.param("todos a la plaza a las 6", Ask(None, "la plaza", at(23, 18)), id="everyone in Spanish"),
        pytest.param("sandbagging at 12 Oak St 6pm", Ask(None, "12 Oak St", at(23, 18)), id="an address is no need"),
        pytest.param("12 Oak St 6pm sandbagging", Ask(None, "12 Oak St", at(23, 18)), id="not even at the beginning"),
        pytest.param("5th st cleanup", Ask(), id="nor is a street's number"),
        pytest.param("move 40 boxes at 6pm", Ask(None, "", at(23, 18)), id="nor is a number of things to move"),
        pytest.param("2 hours of digging", Ask(), id="nor is a length of time"),
        pytest.param("10 people", Ask(10), id="people"),
        pytest.param("10 needed", Ask(10), id="needed"),
        pytest.param("x10", Ask(10), id="times ten"),
        pytest.param("need two drivers", Ask(2), id="a number in words"),
        pytest.param("0 shovels", Ask(), id="none is open-ended"),
        pytest.param("100000 people", Ask(), id="too many are open-ended"),
        pytest.param(
            "at St. Mary's church. Bring gloves", Ask(None, "St. Mary's church"), id="a place that holds a dot"
        ),
        pytest.param("dig at the pier, bring shovels", Ask(None, "the pier"), id="what to bring is no place"),
        pytest.param(
            "10 shovels\nat 5th & Main\n6pm\n#flood",
            Ask(10, "5th & Main", at(23, 18), ("flood",)),
            id="on several lines",
        ),
        pytest.param(
            "#a1 #B2 #b2 #c3 #d4 #e5 #f6", Ask(tags=("a1", "b2", "c3", "d4", "e5")), id="five tags, each once"
        ),
        pytest.param("pier #5", Ask(), id="a number is no tag"),
        pytest.param("🎉", Ask(), id="nothing that can be read"),
    ],
)
def test_words_ask_for(words: str, ask: Ask) -> None:
    assert read_ask(words, NOW) == ask
