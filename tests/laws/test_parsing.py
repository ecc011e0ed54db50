"""What holds of every text: it is understood as something, and dress changes nothing."""

import unicodedata
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core.commands import Add, Ask, ByText, SetGroup, Stop, Words
from chalicelib.grammar import group_settings
from chalicelib.grammar.asking import read_ask
from chalicelib.grammar.fold import fold
from chalicelib.grammar.parse import parse
from chalicelib.grammar.rules import RULES
from chalicelib.grammar.segments import A_PART, ALONE, GSM_ALL, GSM_ESCAPED, graphemes, measure, plain
from chalicelib.grammar.times import NOW, read_time
from chalicelib.languages import en, es

ANY_TEXT = st.text(st.characters(), max_size=200)
OUR_WORDS = sorted(
    {word for words in (en.WORDS, es.WORDS) for row in words.values() for p in row for word in p.split()}
)
OUR_SENTENCES = st.lists(
    st.sampled_from([*OUR_WORDS, "dig4", "+2", "6:15", "6pm", "12", "#flood", "5th", "&", "\n", "👍"]), max_size=12
).map(" ".join)
EXAMPLES = st.sampled_from([text for rule in RULES for text, _ in rule.examples])
ZONES = st.sampled_from(["America/New_York", "America/Los_Angeles", "America/Phoenix", "Europe/Madrid", "UTC"])
MOMENTS = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(1_767_225_600 + seconds, ZoneInfo(zone)),
    st.integers(0, 9 * 365 * 86_400),
    ZONES,
)

CARRIERS = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"]


@given(st.one_of(ANY_TEXT, OUR_SENTENCES))
def test_any_text_is_a_command(body: str) -> None:
    assert isinstance(parse(body), ByText)


@given(st.one_of(ANY_TEXT, OUR_SENTENCES))
def test_what_is_not_understood_is_handed_on_as_it_came(body: str) -> None:
    command = parse(body)

    assert not isinstance(command, Words) or command.text == body


@given(st.one_of(ANY_TEXT, OUR_SENTENCES), EXAMPLES)
def test_notes_and_words_are_the_persons_own(body: str, example: str) -> None:
    text = f"{example}, {body}"

    command = parse(text)

    for name in {field.name for field in fields(command)} & {"note", "words", "text"}:
        kept = getattr(command, name)
        assert kept in text or (isinstance(command, Add) and is_text_without_a_piece(kept, text))


def is_text_without_a_piece(kept: str, text: str) -> bool:
    """ADD leaves out for how many it is: "bring gloves x3 at 6"."""
    return any(kept[:n].strip() in text and kept[n:].strip() in text for n in range(len(kept)))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(unit * (1600 // len(unit)), id=f"{unit!r} over and over")
        for unit in (
            "stop all ",
            "ever again ",
            "please ",
            "a",
            "1",
            "in ",
            "no more texts ",
            "+1 ",
            "6:",
            "stop ",
            " ",
        )
    ],
)
def test_no_text_takes_long(body: str) -> None:
    begun = datetime.now(UTC)

    parse(body)
    read_ask(body, begun)

    assert datetime.now(UTC) - begun < timedelta(milliseconds=500)


DRESS = st.sampled_from(["", " ", "  ", "\n", "!", "...", " 👍", "🙏🏽", "\u200b", "\ufe0f", "¡", '"', "“", "*"])


SETTINGS_READ: dict[str, Callable[[str], object]] = {
    "hours": group_settings.hours_of,
    "cap": group_settings.number_of,
    "limit": group_settings.cents_of,
    "welcome": bool,
}


@given(EXAMPLES, DRESS, DRESS, st.sampled_from([str.upper, str.lower, str.title]))
def test_dress_around_a_command_changes_nothing(example: str, before: str, after: str, case: type[str]) -> None:
    bare, dressed = parse(example), parse(before + case(example) + after)

    assert meaning(dressed) == meaning(bare)


def meaning(command: ByText) -> tuple[object, ...]:
    """The command without what people wrote in their own words, which keeps its dress; of a setting, what it is read
    as."""
    if isinstance(command, SetGroup):
        return SetGroup, command.what, command.keyword, SETTINGS_READ[command.what](command.value)
    own = {"note", "words", "text", "name", "place"}
    return type(command), *(getattr(command, field.name) for field in fields(command) if field.name not in own)


@given(EXAMPLES)
def test_decomposed_accents_change_nothing(example: str) -> None:
    assert fold(unicodedata.normalize("NFD", example)) == fold(example)


@given(st.sampled_from(CARRIERS), DRESS, DRESS, st.data())
def test_a_carriers_word_in_any_dress_is_a_stop(word: str, before: str, after: str, data: st.DataObject) -> None:
    mixed = "".join(data.draw(st.sampled_from([letter, letter.lower()])) for letter in word)

    assert parse(before + mixed + after) == Stop()


@given(st.text(st.sampled_from("a€é^á👍🏽🇲🇽e\u0301\u200d👩\n"), max_size=330))
def test_a_text_is_split_as_by_hand(text: str) -> None:
    segments = measure(text)

    assert segments.count == len(split_by_hand(text))
    assert segments.encoding == ("GSM-7" if set(text) <= GSM_ALL else "UCS-2")


def split_by_hand(text: str) -> list[str]:
    """The parts themselves: as much as fits into each, cluster by cluster."""
    is_gsm = set(text) <= GSM_ALL
    encoding = "GSM-7" if is_gsm else "UCS-2"

    def size(piece: str) -> int:
        return sum(1 + (c in GSM_ESCAPED) for c in piece) if is_gsm else len(piece.encode("utf-16-le")) // 2

    if size(text) <= ALONE[encoding]:
        return [text]
    clusters = list(text) if is_gsm else list(graphemes(text))
    assume(all(size(cluster) <= A_PART[encoding] for cluster in clusters))
    parts = [""]
    for cluster in clusters:
        if size(parts[-1] + cluster) > A_PART[encoding]:
            parts.append("")
        parts[-1] += cluster
    return parts


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_clusters_are_the_whole_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(st.text(st.sampled_from("áíóúçÁÍÓÚ‘’“”–—…\u00a0\t`abc ñé")))
def test_what_was_made_plain_is_gsm_7(text: str) -> None:
    assert measure(plain(text)).encoding == "GSM-7"


@given(OUR_SENTENCES, MOMENTS)
def test_a_time_that_is_read_is_still_to_come(words: str, now: datetime) -> None:
    folded = fold(words)

    reading = read_time(folded, now)

    if reading:
        is_now = NOW.search(folded) and reading.at == now
        assert is_now or reading.at.astimezone(UTC) > now.astimezone(UTC)
        assert reading.at.tzinfo is now.tzinfo
        assert all(0 <= begin < end <= len(folded) for begin, end in reading.spans)


@given(st.one_of(ANY_TEXT, OUR_SENTENCES), MOMENTS)
def test_any_words_ask_for_something(words: str, now: datetime) -> None:
    ask = read_ask(words, now)

    assert isinstance(ask, Ask)
    assert ask.place in words
    assert ask.need is None or 1 <= ask.need <= 999
    assert len(set(ask.tags)) == len(ask.tags) <= 5
