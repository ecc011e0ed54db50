"""oEmbed: what sites get for an action's address, and which addresses are ours."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import XML

import pytest

from chalicelib.web.oembed import as_xml, code_of, oembed
from tests.web.shown_actions import ACTION, BASE, HARM, HARMLESS, an_action

Attributes = dict[str, str | None]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_site_gets_the_card_in_a_frame_with_what_it_needs_to_show_it() -> None:
    answer = oembed(ACTION, BASE)

    html = answer.pop("html")
    assert answer == {
        "version": "1.0",
        "type": "rich",
        "title": "10 shovels to the levee",
        "author_name": "Riverbank diggers",
        "author_url": "https://giddyup.example/g/DIG",
        "provider_name": "Giddyup",
        "provider_url": "https://giddyup.example/",
        "cache_age": 300,
        "thumbnail_url": "https://giddyup.example/a/DIG4/card.png",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
        "width": 480,
        "height": 480,
    }
    frame: Attributes = {
        "src": "https://giddyup.example/embed/DIG4",
        "title": "Giddyup DIG4",
        "width": "480",
        "height": "480",
        "frameborder": "0",
        "loading": "lazy",
    }
    assert Tags(html).found == [("iframe", frame)]
    assert html.endswith("></iframe>")


@pytest.mark.parametrize(
    ("most", "size"),
    [
        pytest.param((None, None), (480, 480), id="as it likes"),
        pytest.param((1000, 1000), (480, 480), id="room enough"),
        pytest.param((400, None), (400, 480), id="a little narrower"),
        pytest.param((300, None), (300, 520), id="so narrow that it grows"),
        pytest.param((300, 200), (300, 200), id="narrow and low"),
        pytest.param((0, -5), (1, 1), id="no room at all"),
    ],
)
def test_a_card_is_never_larger_than_the_site_has_room_for(
    most: tuple[int | None, int | None], size: tuple[int, int]
) -> None:
    answer = oembed(ACTION, BASE, *most)

    (_, frame), *_ = Tags(answer["html"]).found
    assert (answer["width"], answer["height"]) == size
    assert (frame["width"], frame["height"]) == tuple(map(str, size))


def test_the_same_as_xml() -> None:
    answer = oembed(an_action(words=HARM, group=HARM), BASE)

    read = XML(as_xml(answer).encode())

    assert read.tag == "oembed"
    assert {part.tag: part.text for part in read} == {name: str(value) for name, value in answer.items()}


def test_nobodys_words_are_in_the_frame_that_others_put_into_their_pages() -> None:
    answer = oembed(an_action(words=HARM, group=HARM), BASE)

    ((tag, frame),) = Tags(answer["html"]).found
    assert (tag, frame["title"]) == ("iframe", "Giddyup DIG4")
    assert (answer["title"], answer["author_name"]) == (HARMLESS, HARMLESS)


@pytest.mark.parametrize(
    "url",
    [
        "https://giddyup.example/a/DIG4",
        "https://giddyup.example/a/DIG4/",
        "https://giddyup.example/a/dig4",
        "https://giddyup.example/embed/DIG4",
        "https://giddyup.example/a/DIG4?lang=es",
        "https://giddyup.example/a/DIG4?#in",
        "https://GIDDYUP.example:443/a/DIG4",
        "http://giddyup.example/a/DIG4",
        " HTTPS://giddyup.example/a/DIG4\n",
    ],
)
def test_an_address_of_ours_is_known_however_it_is_written(url: str) -> None:
    assert code_of(url, BASE) == "DIG4"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/a/DIG4",
        "https://giddyup.example.evil.example/a/DIG4",
        "https://giddyup.example@evil.example/a/DIG4",
        "https://me@giddyup.example/a/DIG4",
        "https://giddyup.example:8443/a/DIG4",
        "https://giddyup.example:x/a/DIG4",
        "https://[giddyup.example/a/DIG4",
        "//giddyup.example/a/DIG4",
        "ftp://giddyup.example/a/DIG4",
        "javascript:alert(1)",
        "/a/DIG4",
        "https://giddyup.example/g/DIG",
        "https://giddyup.example/a/DIG4/share",
        "https://giddyup.example/a/",
        "https://giddyup.example/a/../p/x",
        "https://giddyup.example/a/DIG%34",
        f"https://giddyup.example/a/{'D' * 999}",
        "",
    ],
)
def test_an_address_that_shows_no_action_of_ours_is_none(url: str) -> None:
    assert code_of(url, BASE) is None


def test_where_we_live_under_a_path_and_a_port_they_count() -> None:
    base = "http://127.0.0.1:8000/giddyup"

    assert code_of("http://127.0.0.1:8000/giddyup/a/DIG4", base) == "DIG4"
    assert code_of("http://127.0.0.1:8001/giddyup/a/DIG4", base) is None
    assert code_of("http://127.0.0.1:8000/a/DIG4", base) is None
