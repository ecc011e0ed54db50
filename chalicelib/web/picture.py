"""The picture of an action that goes with a link to it: what is wanted, how it stands, when, where, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from chalicelib.core.model import State
from chalicelib.core.showing import ActionShown
from chalicelib.web.lettering import Type, balanced, cut, width, wrapped, writable, write
from chalicelib.web.words import PICTURE_SIZE, numbers, state, when, where

WIDTH, HEIGHT = PICTURE_SIZE

JALAPENO = "#1f7030"  # as the stylesheet has it; white on it has a contrast of 6.1
LEAF = "#2b7f41"  # the same, lit
STONE = "#4b504a"  # what will not be, or has been in vain
STONE_LIT = "#5a6058"
CREAM = "#f7f4e9"
TRACK = "#d9e2d0"
INK = "#1c2a1f"
PALE = "#dcebdc"

MARGIN = 72
ROOM = WIDTH - 2 * MARGIN
PANEL_TOP = 452
SIZES = (92, 80, 70, 62)  # of the words: the largest in which they fit
LINES = {92: 2, 80: 3, 70: 3, 62: 3}
WORDS_MIDDLE = 240
SMALL, MEDIUM, LARGE = Type(34, 0.3), Type(38, 0.6), Type(46, 1.2)
BAR_TOP, BAR_HEIGHT = 556, 26
FINE = 2  # shapes are drawn that much larger, and then made smaller: Pillow does not smooth them
COLOURS = 64

Point = tuple[float, float]


def card_png(action: ActionShown, lang: str = "en", brand: str = "Giddyup") -> bytes:
    """1200 x 630 pixels, a PNG of at most some 40 kB."""
    image = _ground(action)
    _heading(image, action)
    _words(image, action, lang)
    _panel(image, action, lang, brand)
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def is_off(action: ActionShown) -> bool:
    return action.state in {State.CALLED_OFF, State.EXPIRED}


def _ground(action: ActionShown) -> Image.Image:
    """All that is no letter."""
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), STONE if is_off(action) else JALAPENO)
    draw = ImageDraw.Draw(image)
    _pepper(draw, 742, 92, 400, STONE_LIT if is_off(action) else LEAF)
    draw.rectangle(_fine(0, PANEL_TOP, WIDTH, HEIGHT), CREAM)
    if action.need and action.is_open:
        _bar(draw, action)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def _bar(draw: ImageDraw.ImageDraw, action: ActionShown) -> None:
    assert action.need
    part, bottom = min(1.0, action.coming / action.need), BAR_TOP + BAR_HEIGHT
    radius = BAR_HEIGHT * FINE / 2
    draw.rounded_rectangle(_fine(MARGIN, BAR_TOP, WIDTH - MARGIN, bottom), radius, TRACK)
    if part:
        full = max(BAR_HEIGHT, ROOM * part)
        draw.rounded_rectangle(_fine(MARGIN, BAR_TOP, MARGIN + full, bottom), radius, JALAPENO)


def _fine(*places: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = (place * FINE for place in places)
    return left, top, right - 1, bottom - 1


def _pepper(draw: ImageDraw.ImageDraw, left: float, top: float, size: float, fill: str) -> None:
    """A jalapeño, its tip down to the left."""

    def placed(points: Sequence[Point]) -> list[Point]:
        return [((left + x * size) * FINE, (top + y * size) * FINE) for x, y in points]

    outer = _curve((0.93, 0.22), (1.0, 0.62), (0.62, 0.98), (0.06, 0.93))
    inner = _curve((0.06, 0.93), (0.40, 0.86), (0.52, 0.62), (0.60, 0.26))
    shoulder = _curve((0.60, 0.26), (0.64, 0.08), (0.88, 0.06), (0.93, 0.22))
    stem = _curve((0.74, 0.12), (0.76, 0.02), (0.78, -0.04), (0.87, -0.10))
    back = _curve((0.92, -0.05), (0.85, 0.0), (0.83, 0.04), (0.83, 0.13))
    draw.polygon(placed([*outer, *inner, *shoulder]), fill)
    draw.polygon(placed([*stem, *back]), fill)


def _curve(a: Point, b: Point, c: Point, d: Point, steps: int = 24) -> Iterator[Point]:
    """A cubic Bézier curve from a to d."""
    for step in range(steps + 1):
        t = step / steps
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (sum(w * point[axis] for w, point in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
        yield x, y


def _heading(image: Image.Image, action: ActionShown) -> None:
    write(image, MARGIN, 94, cut(writable(action.group), SMALL, ROOM), SMALL, PALE)


def _words(image: Image.Image, action: ActionShown, lang: str) -> None:
    """What is wanted, in the middle between the heading and the panel; below it when and where."""
    lines, kind = _fitting(writable(action.words) or action.code)
    step = kind.size * 1.12
    baseline = WORDS_MIDDLE - step * len(lines) / 2 + kind.size * 0.86
    for text in lines:
        write(image, MARGIN, baseline, text, kind, "white")
        baseline += step
    facts = writable(" · ".join(text for text in (when(action, lang), where(action)) if text))
    write(image, MARGIN, PANEL_TOP - 44, cut(facts, MEDIUM, ROOM), MEDIUM, PALE)


def _fitting(words: str) -> tuple[list[str], Type]:
    for size in SIZES:
        kind = Type(size, size / 42)
        lines, is_all = wrapped(words, kind, ROOM, LINES[size])
        if is_all:
            return balanced(lines, kind, ROOM), kind
    return lines, kind


def _panel(image: Image.Image, action: ActionShown, lang: str, brand: str) -> None:
    has_bar = bool(action.need and action.is_open)
    baseline = ((PANEL_TOP + BAR_TOP) / 2 if has_bar else (PANEL_TOP + HEIGHT) / 2) + LARGE.size * 0.4
    named = cut(writable(brand), MEDIUM, ROOM / 3)
    left = WIDTH - MARGIN - width(named, MEDIUM)
    write(image, left, baseline, named, MEDIUM, JALAPENO)
    told = [state(action, lang)] if action.state is State.UNDER_WAY else []
    text = writable(" · ".join([*told, numbers(action, lang)]))
    write(image, MARGIN, baseline, cut(text, LARGE, left - 1.5 * MARGIN), LARGE, INK)
