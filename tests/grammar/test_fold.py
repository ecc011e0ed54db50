"""Texts made alike for matching, and the way back."""

import pytest

from chalicelib.grammar.fold import Said, fold


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        pytest.param("Yep 👍", "yep", id="an emoji is dropped"),
        pytest.param("¡Sí!", "si", id="accents and surrounding punctuation are dropped"),
        pytest.param("si\u0301", "si", id="a combining accent is dropped, too"),
        pytest.param("MAÑANA", "manana", id="n with tilde counts as n"),
        pytest.param("don’t", "don't", id="a smart apostrophe is a plain one"),
        pytest.param("ST\u200bOP", "stop", id="what has no width is not there"),
        pytest.param("  in\n\n dig4\t", "in dig4", id="all space is one space"),
        pytest.param("In,DIG4.", "in dig4", id="a comma without a space parts words"),
        pytest.param("yes—see you", "yes see you", id="a long dash parts words"),
        pytest.param("QUIET 22–7", "quiet 22-7", id="a dash between numbers stays"),
        pytest.param("IN 6:15, 2.5h", "in 6:15 2.5h", id="what makes a time or a decimal stays"),
        pytest.param("in+2", "in +2", id="a plus begins a word"),
        pytest.param("w/ #flood @ 5th & Main", "w/ #flood @ 5th & main", id="signs that mean something stay"),
        pytest.param("1️⃣", "1", id="a keycap is its digit"),
        pytest.param("½ h", "h", id="a fraction is no two digits"),
        pytest.param("👍🏽🎉", "", id="emoji alone fold to nothing"),
        pytest.param("\x00\udc00", "", id="control characters and lone surrogates fold to nothing"),
    ],
)
def test_texts_are_made_alike(written: str, matched: str) -> None:
    assert fold(written) == matched


@pytest.mark.parametrize(
    ("written", "command", "note"),
    [
        pytest.param("Yes, see you (there)!! 😀", "yes", "see you (there)!! 😀", id="the note keeps its own look"),
        pytest.param("IN   — bring\nAna", "in", "bring\nAna", id="line breaks in a note stay"),
        pytest.param("sí, MAÑANA", "si", "MAÑANA", id="accents and case in a note stay"),
        pytest.param("Yep 👍", "yep", "", id="an emoji alone is no note"),
    ],
)
def test_what_follows_a_command_is_found_as_it_was_written(written: str, command: str, note: str) -> None:
    said = Said.of(written)

    assert said.folded.startswith(command)
    assert said.after(len(command)) == note
