"""What other people's programs make of an action's page: two oEmbed consumers from npm, given its address alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from tests.town import Town, is_there, number_in

NPM, NODE = shutil.which("npm"), shutil.which("node")
HOW = "no node and npm, which the oEmbed consumers run on: apt-get install nodejs npm"

pytestmark = [pytest.mark.town, pytest.mark.skipif(not (NPM and NODE), reason=HOW)]

CONSUMERS = Path(__file__).parent / "oembed_consumer"
ORGANIZER = "+15550104700"
WORDS = "10 shovels & <gloves> at 5th & Main"


@pytest.fixture(scope="module")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the consumers, just as the lock has them; none of their own scripts run."""
    folder = tmp_path_factory.mktemp("consumers") / "consumers"
    shutil.copytree(CONSUMERS, folder, ignore=shutil.ignore_patterns("node_modules"))
    command = [NPM or "", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=folder, check=True, timeout=300)  # noqa: S603 - as the lock has them
    return folder


@pytest.fixture(scope="module")
def address(town: Town) -> str:
    """Of the page of an action that was raised by text."""
    town.text(ORGANIZER, "NEW GROUP OEM Riverbank diggers")
    town.wait_for(ORGANIZER, "OEM is yours")
    town.text(ORGANIZER, f"ALERT OEM {WORDS} 6pm #flood")
    draft = town.wait_for(ORGANIZER, "Not sent yet")
    town.text(ORGANIZER, f"GO {number_in(draft)}")
    address = f"http://127.0.0.1:{town.port}/a/OEM1"
    town.wait_until(lambda: is_there(address))
    return address


def asked(address: str, form: str) -> bytes:
    """What the town publishes for this page."""
    base = address.partition("/a/")[0]
    with urlopen(f"{base}/oembed?{urlencode({'url': address, 'format': form})}") as answer:  # noqa: S310 - the same
        return bytes(answer.read())


@pytest.fixture(scope="module")
def consumed(consumers: Path, address: str) -> dict[str, Any]:
    command = [NODE or "", "consume.mjs", address]
    done = subprocess.run(command, cwd=consumers, capture_output=True, text=True, timeout=300)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def published(address: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(asked(address, "json"))
    return told


class Frames(HTMLParser):
    """The iframes in a piece of HTML, each by its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.found.append(dict(attrs))


def test_a_consumer_that_knows_only_the_address_finds_all_that_is_published(
    consumed: dict[str, Any], address: str
) -> None:
    assert consumed["is_known"] is False
    assert consumed["extractor"] == {**published(address), "method": "auto-discovery"}


def test_what_it_finds_is_the_card_as_html(consumed: dict[str, Any], address: str) -> None:
    found = consumed["extractor"]

    (frame,) = Frames(found["html"]).found
    assert (found["version"], found["type"], found["title"]) == ("1.0", "rich", f"{WORDS} 6pm #flood")
    assert frame == {
        "src": address.replace("/a/", "/embed/"),
        "title": f"Giddyup {address.rpartition('/')[2]}",
        "width": "480",
        "height": "480",
        "frameborder": "0",
        "loading": "lazy",
    }


def test_a_consumer_with_little_room_gets_a_card_that_fits(consumed: dict[str, Any]) -> None:
    narrow = consumed["narrow"]

    (frame,) = Frames(narrow["html"]).found
    assert (narrow["width"], narrow["height"]) == (300, 200)
    assert (frame["width"], frame["height"]) == ("300", "200")


def test_another_consumer_finds_the_same_by_the_json_link_and_by_the_xml_link(
    consumed: dict[str, Any], address: str
) -> None:
    by_json, by_xml = consumed["unfurl"], consumed["unfurl_xml"]

    assert by_json == as_unfurl_has_it(published(address))
    assert by_xml == {**by_json, "cache_age": str(by_json["cache_age"])}  # the one number that it leaves as text


def as_unfurl_has_it(told: dict[str, Any]) -> dict[str, Any]:
    """With thumbnails as a list, and what is escaped in the HTML laid open."""
    picture = {name: told.pop(f"thumbnail_{name}") for name in ("url", "width", "height")}
    return {**told, "html": unescape(told["html"]), "thumbnails": [picture]}


def test_xml_says_what_json_says(address: str) -> None:
    xml = ElementTree.fromstring(asked(address, "xml"))  # noqa: S314 - our own

    assert xml.tag == "oembed"
    assert {one.tag: one.text for one in xml} == {name: str(value) for name, value in published(address).items()}
