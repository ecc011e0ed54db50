"""Feeds as a feed reader reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree.ElementTree import XML

import feedparser

from chalicelib.core.model import State
from chalicelib.web import addresses
from chalicelib.web.feeds import ATOM, atom, json_feed
from tests.web.shown_actions import ACTION, BASE, DONE, HARM, HARMLESS, SCRIPT, an_action

PAGE = addresses.group("DIG", BASE)
AS_ATOM = addresses.feed("DIG", "atom", BASE)
AS_JSON = addresses.feed("DIG", "json", BASE)


def test_a_reader_finds_who_asks_for_what_when_and_where_and_how_it_stands() -> None:
    read = feedparser.parse(atom("Riverbank diggers", PAGE, AS_ATOM, [ACTION], BASE).encode())

    entry = read.entries[0]
    assert (read.bozo, read.version) == (False, "atom10")
    assert (read.feed.title, read.feed.link, read.feed.id) == ("Riverbank diggers", PAGE, AS_ATOM)
    assert (entry.id, entry.link) == ("https://giddyup.example/a/DIG4", "https://giddyup.example/a/DIG4")
    assert (entry.title, entry.author) == ("10 shovels to the levee", "Riverbank diggers")
    assert (entry.published, entry.updated) == ("2026-11-23T17:00:30Z", "2026-11-23T17:00:30Z")
    assert [tag.term for tag in entry.tags] == ["flood", "río"]
    told = [paragraph.strip() for paragraph in entry.content[0].value.replace("</p>", "").split("<p>")[1:]]
    assert told[:3] == ["10 shovels to the levee", "Mon Nov 23 6:15pm EST", "5th &amp; Main 10001"]
    assert told[3].startswith("7 of 10 in, 3 more wanted")


def test_the_newest_comes_first_and_what_has_ended_tells_its_result() -> None:
    read = feedparser.parse(atom("Riverbank diggers", PAGE, AS_ATOM, [ACTION, DONE], BASE, "es").encode())

    assert [entry.id[-4:] for entry in read.entries] == ["DIG3", "DIG4"]
    assert read.feed.updated == read.entries[0].updated == "2026-11-24T02:00:00Z"
    assert "Hecha: vinieron 9, 40 cajas, 12 horas" in read.entries[0].content[0].value
    assert read.feed.language == "es"


def test_the_same_actions_in_any_order_make_the_same_feed() -> None:
    at_once = replace(ACTION, code="DIG5")

    assert atom("T", PAGE, AS_ATOM, [ACTION, at_once, DONE], BASE) == atom(
        "T", PAGE, AS_ATOM, [DONE, at_once, ACTION], BASE
    )
    assert json_feed("T", PAGE, AS_JSON, [ACTION, at_once], BASE) == json_feed(
        "T", PAGE, AS_JSON, [at_once, ACTION], BASE
    )


def test_who_comes_in_changes_the_feed_but_not_when_an_entry_was_updated() -> None:
    before, after = (atom("T", PAGE, AS_ATOM, [an_action(coming=n)], BASE) for n in (7, 8))

    assert before != after
    assert feedparser.parse(before).entries[0].updated == feedparser.parse(after).entries[0].updated


def test_a_feed_of_nothing_is_a_feed() -> None:
    read = feedparser.parse(atom("#flood", PAGE, AS_ATOM, [], BASE).encode())

    assert (read.bozo, read.entries, read.feed.updated) == (False, [], "2026-01-01T00:00:00Z")
    assert json.loads(json_feed("#flood", PAGE, AS_JSON, [], BASE))["items"] == []


def test_what_rfc_4287_asks_of_a_feed_and_of_every_entry_is_there() -> None:
    feed = XML(atom("T", PAGE, AS_ATOM, [ACTION, DONE, an_action(code="DIG9", opened_at=None)], BASE))

    for part in (feed, *feed.findall(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated", "author"):
            assert len(part.findall(f"{{{ATOM}}}{name}")) == 1
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{{{ATOM}}}link")}
    assert links == {"self": AS_ATOM, "alternate": PAGE}


def test_a_script_quotes_emoji_lines_and_control_characters_stay_words_in_atom() -> None:
    harmful = an_action(words=HARM, group=HARM, place=HARM, zip="", tags=(f"#{HARM}",), amounts={HARM: 1.0}, came=2)

    text = atom(HARM, PAGE, AS_ATOM, [replace(harmful, state=State.DONE)], BASE)

    feed = XML(text.encode())
    entry = feed.find(f"{{{ATOM}}}entry")
    assert SCRIPT not in text
    assert entry is not None
    assert feed.findtext(f"{{{ATOM}}}title") == entry.findtext(f"{{{ATOM}}}title") == HARMLESS
    assert entry.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name") == HARMLESS
    assert [category.get("term") for category in entry.findall(f"{{{ATOM}}}category")] == [HARMLESS]
    assert not [part for part in feed.iter() if part.tag.endswith("script")]


def test_a_json_feed_says_the_same() -> None:
    read = json.loads(json_feed("Riverbank diggers", PAGE, AS_JSON, [ACTION], BASE).encode())

    assert read == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Riverbank diggers",
        "home_page_url": PAGE,
        "feed_url": AS_JSON,
        "language": "en",
        "authors": [{"name": "Riverbank diggers"}],
        "items": [
            {
                "id": "https://giddyup.example/a/DIG4",
                "url": "https://giddyup.example/a/DIG4",
                "title": "10 shovels to the levee",
                "content_text": "10 shovels to the levee\nMon Nov 23 6:15pm EST\n5th & Main 10001\n"
                "7 of 10 in, 3 more wanted",
                "image": "https://giddyup.example/a/DIG4/card.png",
                "date_published": "2026-11-23T17:00:30Z",
                "date_modified": "2026-11-23T17:00:30Z",
                "authors": [{"name": "Riverbank diggers", "url": "https://giddyup.example/g/DIG"}],
                "tags": ["flood", "río"],
            }
        ],
    }


def test_harmful_words_stay_words_in_json() -> None:
    read = json.loads(json_feed(HARM, PAGE, AS_JSON, [an_action(words=HARM, group=HARM)], BASE).encode())

    assert (read["title"], read["items"][0]["title"]) == (HARMLESS, HARMLESS)
