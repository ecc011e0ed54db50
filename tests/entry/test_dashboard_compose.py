"""Writing an alert on the dashboard: what it looks like, costs and reaches; drafts that are kept; one GO, one alert."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from tests.browsing import FORM, Browsing, Form
from tests.desk import signed_in
from tests.world import SCREENS, World

COMPOSE = "/dashboard/g/DIG/compose"
DIG = {"what": "Fill sandbags", "need": "2", "where": "5th & Main", "when": "6pm", "tags": "flood"}
WORDS = "Need 2: Fill sandbags at 5th & Main 6pm #flood"


def text_of(page: str) -> str:
    """What a page says, without its markup."""
    main = page[page.index("<main") :] if "<main" in page else page
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def form_to(browser: Browsing, path: str, below: str = "") -> Form:
    """The form of a page that is posted there, by its button for something below."""
    form = next(one for one in browser.forms() if one.action == path)
    return Form(form.action + below, "post", dict(form.fields))


def send(browser: Browsing, below: str = "", **fields: str) -> str:
    """What is typed into the compose form, sent by one of its buttons."""
    return browser.send(form_to(browser, COMPOSE, below), **fields)


def piece(browser: Browsing, below: str, **fields: str) -> str:
    """The same as a page that is open asks for it while one types."""
    form = form_to(browser, COMPOSE, below)
    body = urlencode({**form.fields, **fields}).encode()
    answer = browser.ask("POST", form.action, body, {"Content-Type": FORM, "HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.body.decode())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def alerts(world: World, name: str) -> list[str]:
    return [text for text in world.got(name) if "Reply IN" in text and not text.startswith("Not sent yet")]


def drafts(world: World) -> list[dict[str, str]]:
    return [{"pk": row["pk"]["S"], "sk": row["sk"]["S"]} for row in world.rows() if row["sk"]["S"].startswith("draft#")]


@pytest.fixture
def olga(world: World) -> Browsing:
    """The organizer of a group with three members, at the page on which an alert is written."""
    world.found_group(members=("ann", "ben", "cy"))
    return signed_in(world, "olga", COMPOSE)


# --- while one types ---------------------------------------------------------------------------------------


def test_the_preview_shows_the_text_its_segments_and_how_it_is_read_and_writes_nothing(
    world: World, olga: Browsing
) -> None:
    before = world.rows()

    shown = text_of(piece(olga, "/preview", **DIG))

    assert f"DIG1: {WORDS}. Reply IN, MAYBE or OUT." in shown
    assert "1 segment" in shown
    assert "Read as: 2 wanted, Mon Nov 23 6pm, at 5th & Main, #flood." in shown
    assert world.rows() == before


def test_price_and_time_follow_once_the_group_has_been_counted(world: World, olga: Browsing) -> None:
    world.text("cy", "STOP")

    counted = piece(olga, "/reach", **DIG)
    shown = text_of(piece(olga, "/preview", reach=hidden(counted, "reach"), **DIG))

    assert "get it now 3" in text_of(counted)
    assert "said STOP 1" in text_of(counted)
    assert "at most $0.0" in shown
    assert "It will hardly fill in time" in shown
    assert "at most" not in text_of(piece(olga, "/preview", reach="forged", **DIG))


@pytest.mark.usefixtures("world")
def test_a_curly_quote_is_named_and_one_press_mends_it_and_keeps_the_rest(olga: Browsing) -> None:
    typed = {**DIG, "what": "Bring what’s needed to fill sandbags and wear your oldest and warmest clothes"}

    seen = send(olga, "/preview", **typed)

    assert "Curly quote ’ : it makes this" in text_of(seen)

    mended = send(olga, "/preview", mend="’", **typed)

    assert "Bring what&#39;s needed" in mended
    assert "Curly quote" not in mended
    assert 'value="5th &amp; Main"' in mended


@pytest.mark.usefixtures("world")
def test_without_javascript_one_press_shows_the_text_whom_it_reaches_and_the_price(olga: Browsing) -> None:
    page = text_of(send(olga, "/preview", **DIG))

    assert f"DIG1: {WORDS}." in page
    assert "get it now 4" in page
    assert "$0.0" in page


@pytest.mark.usefixtures("world")
def test_markup_is_shown_as_it_was_typed_and_what_is_wrong_stands_beside_its_field(olga: Browsing) -> None:
    page = send(olga, "", what="<b>Dig</b> & “more” 👍", need="many", when="soonish")

    assert olga.status == 422
    assert "<b>Dig" not in page
    assert "&lt;b&gt;Dig&lt;/b&gt; &amp; “more” 👍" in page
    assert 'value="many"' in page
    assert "A number from 1 to 999" in text_of(page)
    assert "be read as a time" in text_of(page)


@pytest.mark.usefixtures("world")
def test_an_alert_that_is_too_long_or_empty_is_said_and_nothing_is_lost(olga: Browsing) -> None:
    page = send(olga, "", what="x" * 500, where="5th & Main")

    assert olga.status == 422
    assert "480 is the most" in text_of(page)
    assert "x" * 500 in page

    assert "Say what is to be done." in text_of(send(olga, "", what=" "))


# --- GO ----------------------------------------------------------------------------------------------------


def test_the_confirmation_shows_what_the_text_about_it_would_and_go_sends_it(world: World, olga: Browsing) -> None:
    world.new_texts()

    page = text_of(send(olga, "", **DIG))
    world.work()

    assert olga.path.startswith("/dashboard/g/DIG/compose/confirm")
    assert f"DIG1: {WORDS}. Reply IN, MAYBE or OUT." in page
    assert "Read as: 2 wanted, Mon Nov 23 6pm, at 5th & Main, #flood." in page
    assert world.new_texts() == []

    olga.send(form_to(olga, f"{COMPOSE}/confirm"), all="1")
    world.work()

    assert [alerts(world, name) for name in ("ann", "ben", "cy")] == [[f"DIG1: {WORDS}. Reply IN, MAYBE or OUT."]] * 3
    assert olga.path.startswith("/dashboard/a/DIG1")
    assert drafts(world) == []


def test_a_draft_begun_by_phone_is_confirmed_here_with_the_numbers_of_its_text(world: World, olga: Browsing) -> None:
    world.text("olga", "ALERT DIG 2 shovels at the mill 5pm\n- bring soup x2")
    told = world.got("olga")[-1]

    page = text_of(olga.open(f"{COMPOSE}/confirm"))

    for line in told.split("\n")[1:-1]:
        assert line.split(" GO ")[0] in page
    assert "people at most 4" in page
    assert 'compose?words=DIG1"' in olga.page
    assert "2 shovels at the mill 5pm</textarea>" in olga.open(f"{COMPOSE}?words=DIG1")


def test_the_same_form_sent_twice_or_go_in_two_tabs_sends_one_alert(world: World, olga: Browsing) -> None:
    form = form_to(olga, COMPOSE)
    olga.send(form, **DIG)
    olga.send(form, **DIG)
    first = form_to(olga, f"{COMPOSE}/confirm")
    olga.open(f"{COMPOSE}/confirm")
    second = form_to(olga, f"{COMPOSE}/confirm")

    for form in (first, first, second):
        olga.send(form, all="1")
        assert olga.path.startswith("/dashboard/a/DIG1")
    world.work()

    assert len(alerts(world, "ann")) == 1


def test_two_organizers_write_at_once_and_neither_sends_or_sees_the_others_words(world: World, olga: Browsing) -> None:
    world.text("olga", f"ORGANIZER {world.number('ann')}")
    ann = signed_in(world, "ann", COMPOSE)
    send(ann, "", what="Cook dinner", need="1")
    send(olga, "", **DIG)

    assert "Cook dinner" not in olga.open(f"{COMPOSE}/confirm")
    olga.send(form_to(olga, f"{COMPOSE}/confirm"), all="1")
    stolen = form_to(ann, f"{COMPOSE}/confirm")
    status = olga.ask("POST", stolen.action, urlencode(stolen.fields).encode(), {"Content-Type": FORM}).status_code
    world.work()

    assert status == 409
    assert len(alerts(world, "ben")) == 1
    assert WORDS in alerts(world, "ben")[0]
    assert "Cook dinner" in ann.open(f"{COMPOSE}/confirm")


def test_after_a_quarter_of_an_hour_the_draft_is_over_and_its_words_are_not_lost(world: World, olga: Browsing) -> None:
    send(olga, "", **DIG)
    form = form_to(olga, f"{COMPOSE}/confirm")
    world.advance(minutes=16)

    page = olga.send(form)

    assert "more than 15 minutes" in text_of(page)
    assert alerts(world, "ann") == []
    again = re.search(r'href="(/dashboard/g/DIG/compose/[0-9a-f]{16})"', page)
    assert again is not None
    assert "Fill sandbags</textarea>" in olga.open(again[1])


def test_another_draft_than_the_one_looked_at_is_not_sent(world: World, olga: Browsing) -> None:
    send(olga, "", **DIG)
    form = form_to(olga, f"{COMPOSE}/confirm")
    world.text("olga", "ALERT DIG 3 rakes")

    page = olga.send(form, all="1")

    assert "Nothing was sent" in text_of(page)
    assert "3 rakes" in text_of(page)
    assert alerts(world, "ann") == []


# --- drafts ------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_by_itself_and_found_again_by_its_writer_alone(world: World, olga: Browsing) -> None:
    kept = piece(olga, "/save", **DIG)
    draft, version = hidden(kept, "draft"), hidden(kept, "version")
    later = piece(olga, "/save", **{**DIG, "draft": draft, "version": version, "what": "Fill 200 sandbags"})
    world.text("olga", f"ORGANIZER {world.number('ann')}")
    ann = signed_in(world, "ann", COMPOSE)

    assert hidden(later, "version") != version
    assert len(drafts(world)) == 1
    assert "Fill 200 sandbags</textarea>" in olga.open(f"{COMPOSE}/{draft}")
    assert "Fill 200 sandbags" in olga.open(COMPOSE)
    assert "sandbags" not in ann.page
    ann.open(f"{COMPOSE}/{draft}")
    assert ann.status == 404


def test_words_saved_upon_an_older_version_are_kept_beside_it(world: World, olga: Browsing) -> None:
    kept = piece(olga, "/save", **DIG)
    old = {"draft": hidden(kept, "draft"), "version": hidden(kept, "version")}
    piece(olga, "/save", **{**DIG, **old, "what": "Fill 200 sandbags"})

    said = piece(olga, "/save", **{**DIG, **old, "what": "Fill 300 sandbags"})
    again = piece(olga, "/save", **{**DIG, **old, "what": "Fill 300 sandbags"})

    assert "Nothing is lost" in text_of(said)
    assert hidden(said, "draft") == hidden(again, "draft") != old["draft"]
    assert len(drafts(world)) == 2
    assert "Fill 200 sandbags</textarea>" in olga.open(f"{COMPOSE}/{old['draft']}")
    assert "Fill 300 sandbags</textarea>" in olga.open(f"{COMPOSE}/{hidden(said, 'draft')}")


def test_a_draft_is_thrown_away_by_one_press(world: World, olga: Browsing) -> None:
    send(olga, "/save", **DIG)
    olga.open(COMPOSE)

    page = olga.send(form_to(olga, f"{COMPOSE}/drop"), dropped=hidden_draft(world))

    assert "Thrown away." in text_of(page)
    assert drafts(world) == []


def hidden_draft(world: World) -> str:
    return drafts(world)[0]["sk"].removeprefix("draft#")


# --- whose group -------------------------------------------------------------------------------------------


def test_another_groups_page_is_nowhere_to_be_found(world: World, olga: Browsing) -> None:
    world.text("zed", "NEW GROUP SAND Sandbaggers")
    zed = signed_in(world, "zed", "/dashboard/g/SAND/compose")
    form = Form(f"{COMPOSE}/preview", "post", dict(zed.forms()[-1].fields))

    assert [zed.get(path).status_code for path in (COMPOSE, f"{COMPOSE}/confirm", f"{COMPOSE}/{'0' * 16}")] == [404] * 3
    zed.send(form, what="Dig")
    assert zed.status == 404
    send(olga, "/preview", to="SAND", **DIG)
    assert olga.status == 404


def test_nobody_is_texted_by_looking(world: World, olga: Browsing) -> None:
    sent, rows = len(SCREENS.sent), world.rows()

    for path in (COMPOSE, f"{COMPOSE}/confirm"):
        olga.open(path)

    assert (len(SCREENS.sent), world.rows()) == (sent, rows)
