"""Links and QR codes that open the texting app with the words written, and numbers as people write them."""

from __future__ import annotations

import re
from io import BytesIO
from xml.etree.ElementTree import XML

import pytest
import segno
import zxingcpp
from PIL import Image, ImageDraw

from chalicelib.numbers import pretty
from chalicelib.web.texting import qr_svg, sms_link

NUMBER = "+15550100000"

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari"
IPHONE_CHROME = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/131.0 Mobile Safari"
IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "link"),
    [
        pytest.param(IPHONE, "sms:+15550100000&body=IN%20DIG4", id="iPhone"),
        pytest.param(IPHONE_CHROME, "sms:+15550100000&body=IN%20DIG4", id="Chrome on an iPhone"),
        pytest.param(IPAD, "sms:+15550100000&body=IN%20DIG4", id="an iPad, which says it is a Mac"),
        pytest.param(ANDROID, "sms:+15550100000?body=IN%20DIG4", id="Android"),
        pytest.param(WINDOWS, "sms:+15550100000?body=IN%20DIG4", id="Windows"),
        pytest.param("", "sms:+15550100000?body=IN%20DIG4", id="who does not say"),
    ],
)
def test_a_link_opens_the_texting_app_of_each_phone_with_the_words_written(user_agent: str, link: str) -> None:
    assert sms_link(NUMBER, "IN DIG4", user_agent) == link


def test_words_of_a_link_cannot_leave_it() -> None:
    link = sms_link(NUMBER, 'SÍ +2 & "más"?\n#/', ANDROID)

    assert link == "sms:+15550100000?body=S%C3%8D%20%2B2%20%26%20%22m%C3%A1s%22%3F%0A%23%2F"


def test_a_camera_reads_the_code_as_a_text_to_our_number() -> None:
    file = BytesIO()
    segno.make(f"SMSTO:{NUMBER}:IN DIG4", error="m", micro=False).save(file, kind="png", scale=8)

    (as_segno_draws,) = zxingcpp.read_barcodes(Image.open(file).convert("L"))
    (as_a_page_draws,) = zxingcpp.read_barcodes(painted(qr_svg(NUMBER, "IN DIG4", "Text IN DIG4")))

    assert as_segno_draws.text == as_a_page_draws.text == "SMSTO:+15550100000:IN DIG4"


def painted(svg: str) -> Image.Image:
    """The drawing on the black ground of a dark page: moves (M, m) and strokes one high that run to the right (h)."""
    root, scale, around = XML(svg), 8, 10
    size = int((root.get("viewBox") or "").split()[2])
    image = Image.new("L", ((size + 2 * around) * scale,) * 2)
    draw = ImageDraw.Draw(image)

    def paint(left: float, top: float, wide: float, high: float, shade: int) -> None:
        x, y = (left + around) * scale, (top + around) * scale
        draw.rectangle((x, y, x + wide * scale - 1, y + high * scale - 1), shade)

    paint(0, 0, size, size, 255)
    x = y = 0.0
    for kind, by, down in re.findall(r"([Mmh])(-?[\d.]+) ?(-?[\d.]+)?", dark_path(svg)):
        if kind == "h":
            paint(x, y - 0.5, float(by), 1, 0)
        x, y = (0.0, 0.0) if kind == "M" else (x, y)
        x, y = x + float(by), y + float(down or 0)
    return image


def dark_path(svg: str) -> str:
    return next(part.get("d") or "" for part in XML(svg) if part.get("stroke") == "#000")


def test_the_code_is_an_image_with_a_label_for_who_cannot_see_it_and_no_inline_style() -> None:
    svg = qr_svg(NUMBER, "IN DIG4", 'Text "IN <DIG4>" & go')

    root = XML(svg)
    assert (root.tag, root.get("role")) == ("svg", "img")
    assert root.get("aria-label") == 'Text "IN <DIG4>" & go'
    assert "style" not in svg


def test_the_code_keeps_the_quiet_zone_that_cameras_need() -> None:
    svg = qr_svg(NUMBER, "IN DIG4", "x")

    grounds = [part.get("d") for part in XML(svg) if part.get("fill") == "#fff"]
    assert grounds == ["M0 0h33v33h-33z"]
    assert dark_path(svg).startswith("M4 4.5")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        pytest.param("+15550100000", "(555) 010-0000", id="ours on this machine"),
        pytest.param("+14165550123", "(416) 555-0123", id="Canada"),
        pytest.param("+442079460000", "+44 20 7946 0000", id="elsewhere"),
        pytest.param("40404", "40404", id="a short code"),
        pytest.param("", "", id="none"),
    ],
)
def test_a_number_is_shown_as_people_write_it(number: str, written: str) -> None:
    assert pretty(number) == written
