"""The picture of an action: a PNG of the right size, with what it should show, in letters that the font has."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops

from chalicelib.core.model import State
from chalicelib.web.lettering import Type, balanced, cut, face, has_letter, width, wrapped, writable, write
from chalicelib.web.picture import BAR_HEIGHT, BAR_TOP, JALAPENO, MARGIN, ROOM, STONE, card_png
from tests.web.shown_actions import ACTION, DONE, HARM, an_action

KIND = Type(40, 1.0)
LONG = "Bring a truck or anything that carries sandbags to the levee behind the old mill, the water is rising " * 15

Colour = tuple[int, ...]


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGB")


def colour(name: str) -> Colour:
    return tuple(bytes.fromhex(name.removeprefix("#")))


def is_like(a: Colour, b: Colour) -> bool:
    """A picture of few colours has each about as it was."""
    return all(abs(one - other) < 12 for one, other in zip(a, b, strict=True))


def green_part(picture: Image.Image) -> float:
    """Of the bar, how much is full."""
    row = [picture.getpixel((x, BAR_TOP + BAR_HEIGHT // 2)) for x in range(MARGIN, MARGIN + ROOM)]
    return round(sum(is_like(one, colour(JALAPENO)) for one in row if isinstance(one, tuple)) / ROOM, 2)


def drawn(text: str) -> Image.Image:
    image = Image.new("RGB", (400, 120))
    write(image, 20, 80, writable(text), KIND, "white")
    return image


def is_same(a: Image.Image, b: Image.Image) -> bool:
    return ImageChops.difference(a, b).getbbox() is None


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="open"),
        pytest.param({"need": None, "starts_at": None, "place": "", "zip": ""}, id="open-ended, nowhere, any time"),
        pytest.param({"state": State.FILLED, "coming": 10}, id="full"),
        pytest.param({"state": State.UNDER_WAY}, id="under way"),
        pytest.param({"state": State.CALLED_OFF}, id="called off"),
        pytest.param({"state": State.EXPIRED}, id="expired"),
        pytest.param({"state": State.DONE, "came": 9, "amounts": {"boxes": 40.0}}, id="done"),
        pytest.param({"words": LONG, "place": LONG, "group": LONG}, id="far too long"),
        pytest.param({"words": "W" * 1600, "group": "W" * 900}, id="one long word"),
        pytest.param({"words": "🚧 中文 🚧", "group": "🚧", "place": "🚧"}, id="nothing that can be drawn"),
        pytest.param({"words": HARM, "group": HARM, "place": HARM}, id="harmful words"),
    ],
)
def test_any_action_has_a_picture_as_previews_want_it(changes: dict[str, Any], lang: str) -> None:
    png = card_png(an_action(**changes), lang, "Giddyup")

    picture = Image.open(BytesIO(png))
    assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(png) < 60_000


def test_the_same_action_has_the_same_picture() -> None:
    assert card_png(ACTION, "en") == card_png(ACTION, "en")


@pytest.mark.parametrize(("coming", "part"), [(0, 0.0), (1, 0.1), (7, 0.7), (10, 1.0), (12, 1.0)])
def test_the_bar_is_as_full_as_the_crew(coming: int, part: float) -> None:
    assert green_part(opened(card_png(an_action(coming=coming)))) == pytest.approx(part, abs=0.01)


def test_what_is_open_ended_or_over_has_no_bar() -> None:
    assert green_part(opened(card_png(an_action(need=None)))) == 0
    assert green_part(opened(card_png(DONE))) < 0.2  # its brand stands there


@pytest.mark.parametrize(
    ("state", "ground"), [(State.OPEN, JALAPENO), (State.DONE, JALAPENO), (State.CALLED_OFF, STONE)]
)
def test_what_was_called_off_has_lost_its_colour(state: State, ground: str) -> None:
    picked = opened(card_png(an_action(state=state))).getpixel((20, 20))

    assert isinstance(picked, tuple)
    assert is_like(picked, colour(ground))


def test_accents_of_spanish_are_drawn_and_each_is_another_letter() -> None:
    pairs = ["áa", "éé", "íi", "óo", "úu", "ñn", "üu", "ÁA", "ÉE", "ÍI", "ÓO", "ÚU", "ÑN", "ÜU", "¿?", "¡!"]

    same = [pair for pair in pairs if pair[0] != pair[1] and is_same(drawn(pair[0]), drawn(pair[1]))]

    assert same == []
    assert all(writable(pair[0]) == pair[0] for pair in pairs)


def test_an_accent_makes_no_word_wider() -> None:
    assert width("pingüinos de Íñigo", KIND) == width("pinguinos de Inigo", KIND)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("10 palas 🚧 ¡ya!", "10 palas ¡ya!", id="emoji"),
        pytest.param("👩\u200d🚒👍🏽 in", "in", id="emoji of several parts"),
        pytest.param("man\u0303ana", "mañana", id="an accent written apart"),
        pytest.param("5–7 pm • ½ day", "5-7 pm · 1⁄2 day", id="what has something like it"),
        pytest.param("中文 дом", "", id="other alphabets"),
        pytest.param("𝐟ine  lines\nof\x00 text", "fine lines of text", id="fancy dress, lines, control characters"),
    ],
)
def test_what_the_font_cannot_draw_is_left_out_and_never_a_box(text: str, kept: str) -> None:
    assert writable(text) == kept
    assert all(has_letter(one) for one in kept if one.isascii())


def test_a_text_is_wrapped_within_its_room_and_cut_with_an_ellipsis() -> None:
    lines, is_all = wrapped(LONG.strip(), KIND, 600, 3)

    assert (len(lines), is_all) == (3, False)
    assert max(width(line, KIND) for line in lines) <= 600
    assert lines[-1].endswith("…")
    assert LONG.startswith(" ".join(lines).removesuffix("…"))


def test_a_word_that_is_wider_than_a_line_is_broken() -> None:
    lines, is_all = wrapped(f"to {'W' * 30} go", KIND, 600, 9)

    assert is_all
    assert "".join(lines).replace(" ", "") == f"to{'W' * 30}go"
    assert max(width(line, KIND) for line in lines) <= 600


def test_no_word_is_left_alone_on_the_last_line() -> None:
    lines, _ = wrapped("10 shovels at 5th & Main 6pm", KIND, 470, 3)

    assert lines == ["10 shovels at 5th & Main", "6pm"]
    assert balanced(lines, KIND, 470) == ["10 shovels at", "5th & Main 6pm"]


def test_where_nothing_fits_there_is_only_the_ellipsis() -> None:
    assert cut("Wide", KIND, 1) == "…"
    assert face(40).getlength("…") > 1
