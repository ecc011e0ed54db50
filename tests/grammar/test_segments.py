"""What texts cost: 3GPP TS 23.038's alphabet, and the carrier's ways of splitting."""

import pytest

from chalicelib.grammar.segments import Segments, measure, plain


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        pytest.param("", Segments("GSM-7", 0, 1), id="the empty text is one"),
        pytest.param("a" * 160, Segments("GSM-7", 160, 1), id="160 fit alone"),
        pytest.param("a" * 161, Segments("GSM-7", 161, 2), id="one more makes two"),
        pytest.param("a" * 306, Segments("GSM-7", 306, 2), id="twice 153 fit in two"),
        pytest.param("a" * 307, Segments("GSM-7", 307, 3), id="and one more makes three"),
        pytest.param("€" * 80, Segments("GSM-7", 160, 1), id="the euro costs two"),
        pytest.param("^{}\\[]~|€\f", Segments("GSM-7", 20, 1), id="all that is escaped costs two"),
        pytest.param("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3), id="no escape pair is split across parts"),
        pytest.param("ñéàÑü¿¡Ç", Segments("GSM-7", 8, 1), id="what of Spanish is in GSM-7"),
        pytest.param("á" * 70, Segments("UCS-2", 70, 1), id="one accent that is not in it halves what fits"),
        pytest.param("á" * 71, Segments("UCS-2", 71, 2), id="71 are two"),
        pytest.param("`", Segments("UCS-2", 1, 1), id="the backtick is not in GSM-7"),
        pytest.param("\t", Segments("UCS-2", 1, 1), id="nor is the tab"),
        pytest.param("ç", Segments("UCS-2", 1, 1), id="nor the small c with cedilla"),
        pytest.param("👍" * 35, Segments("UCS-2", 70, 1), id="an emoji costs two"),
        pytest.param("á" * 66 + "👍" + "a" * 66, Segments("UCS-2", 134, 3), id="no surrogate pair is split"),
        pytest.param("a" * 64 + "👍🏽" + "a" * 65, Segments("UCS-2", 133, 3), id="a skin tone stays with its hand"),
        pytest.param("a" * 66 + "🇲🇽" + "a" * 63, Segments("UCS-2", 133, 2), id="a flag stays whole"),
        pytest.param("a" * 66 + "e\u0301" + "a" * 66, Segments("UCS-2", 134, 3), id="a mark stays with its letter"),
        pytest.param("a" * 60 + "👩‍👩‍👧‍👦" + "a" * 60, Segments("UCS-2", 131, 3), id="a family stays together"),
        pytest.param("e" + "\u0301" * 200, Segments("UCS-2", 201, 3), id="what fits in no part is split all the same"),
        pytest.param("\ud800" * 3, Segments("UCS-2", 3, 1), id="lone surrogates count one each"),
    ],
)
def test_a_text_costs(text: str, segments: Segments) -> None:
    assert measure(text) == segments


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("José Núñez", "José Nuñez", id="only accents that GSM-7 lacks go"),
        pytest.param("Zoë’s “crew” – 1…", 'Zoë\'s "crew" - 1...', id="quotes, dashes and dots become plain"),
        pytest.param("a\u00a0b\tc\u200bd", "a b cd", id="odd spaces become plain"),
        pytest.param("e\u0301", "é", id="a combining accent is joined to its letter"),
        pytest.param("Ana 👍", "Ana 👍", id="what has no look-alike stays"),
    ],
)
def test_look_alikes_are_swapped(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_a_spanish_name_made_plain_keeps_a_sentence_in_gsm_7() -> None:
    assert measure(plain("Ángel Íñigo Muñóz – “Chuy”")).encoding == "GSM-7"
