"""An organizer brings a list: it is read and explained first, and asks people only when they say so."""

from __future__ import annotations

import csv
import io

import pytest

from chalicelib.entry.dashboard.lists import MOST_BYTES
from chalicelib.entry.uploads import Upload, form_of
from tests.browsing import Browsing
from tests.desk import signed_in
from tests.world import World

LISTS = "/dashboard/g/DIG/lists"
HEAD = "number,name,source,time,words\n"
BOUNDARY = "----a-browsers-own"


@pytest.fixture
def desk(world: World) -> Browsing:
    world.found_group(members=("mia",))
    browser = signed_in(world, "olga", LISTS)
    world.new_texts()
    return browser


def multipart(fields: dict[str, str], name: str, content: bytes) -> bytes:
    """As browsers write it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    end = f"\r\n--{BOUNDARY}--\r\n"
    return b"".join([*parts, f"{head}Content-Type: text/csv\r\n\r\n".encode(), content, end.encode()])


def upload(browser: Browsing, content: str | bytes, name: str = "fair.csv", **fields: str) -> str:
    """The file, by the page's form; answers the page that comes of it."""
    form = browser.form("Check this list")
    raw = content.encode() if isinstance(content, str) else content
    body = multipart({**form.fields, **fields}, name, raw)
    answer = browser.ask("POST", form.action, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    if answer.status_code == 303:
        return browser.open(answer.headers["Location"])
    browser.path, browser.status, browser.page = form.action, answer.status_code, answer.body.decode()
    return browser.page


def row(world: World, name: str, source: str = "the fair", time: str = "2026-05-01", words: str = "I agree") -> str:
    return f"{world.number(name)},{name},{source},{time},{words}\n"


def test_a_dry_run_explains_each_row_refused_and_texts_nobody(world: World, desk: Browsing) -> None:
    rows = [
        row(world, "ann"),
        row(world, "ben", source=""),
        row(world, "mia"),
        row(world, "ann"),
        "=1+1,x,a,2026-05-01,b\n",
    ]

    page = upload(desk, HEAD + "".join(rows))

    assert (desk.status, "Ask this person" in page) == (200, True)
    for why in ("say where they agreed", "A member already", "The same number as in line 2", "A formula stands"):
        assert why in page
    assert world.number("ben") not in page
    world.advance(hours=2)
    assert world.new_texts() == []


def test_who_is_on_a_list_is_asked_once_it_is_said_and_the_page_tells_how_far_it_is(
    world: World, desk: Browsing
) -> None:
    upload(desk, HEAD + row(world, "ann") + row(world, "ben"))

    page = desk.press("Ask these 2 people")
    assert ("Being asked" in page, "2 people are asked for a YES" in page, "every 3s" in page) == (True, True, True)
    world.work()
    world.advance(minutes=1)

    assert sorted(name for name, _ in world.new_texts()) == ["ann", "ben"]
    path = desk.path.partition("?")[0]
    piece = desk.get(f"{path}/progress")
    assert ("Done" in piece.body.decode(), "every 3s" in piece.body.decode()) == (True, False)
    assert desk.get(f"{path}/progress", If_None_Match=piece.headers["ETag"]).status_code == 304
    assert "fair.csv" in desk.open(LISTS)


def test_the_same_form_again_is_the_same_list_and_the_same_press_asks_once(world: World, desk: Browsing) -> None:
    form = desk.page
    upload(desk, HEAD + row(world, "ann"))
    first = desk.path
    desk.page = form
    upload(desk, HEAD + row(world, "ann"))
    assert desk.path == first

    press = desk.form("Ask this person")
    desk.send(press)
    desk.send(press)
    world.advance(minutes=2)

    assert [name for name, _ in world.new_texts()] == ["ann"]


def test_a_list_that_is_dropped_can_be_asked_no_more(world: World, desk: Browsing) -> None:
    upload(desk, HEAD + row(world, "ann"))
    ask = desk.form("Ask this person")

    desk.press("Drop this list")
    desk.send(ask)
    world.advance(minutes=2)

    assert ("be asked or dropped any more" in desk.page, world.new_texts()) == (True, [])
    assert [one for one in world.rows() if one["kind"]["S"] == "listpart"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "The file is empty", id="nothing"),
        pytest.param(b"PK\x03\x04\xff", "no CSV file", id="an Excel file"),
        pytest.param(b"phone,source\n1,2\n", "missing: time, words", id="columns are missing"),
        pytest.param(b"5125550101,a,b,c\n", "must name the columns", id="no header"),
    ],
)
def test_a_file_that_is_no_list_is_explained_on_the_page(desk: Browsing, content: bytes, said: str) -> None:
    page = upload(desk, content)

    assert (desk.status, said in page, "Check this list" in page) == (422, True, True)


def test_without_a_file_the_page_asks_for_one(desk: Browsing) -> None:
    page = upload(desk, b"", name="")

    assert (desk.status, "Choose a file first" in page) == (422, True)


def test_a_file_that_is_too_large_is_refused(desk: Browsing) -> None:
    upload(desk, b"x" * MOST_BYTES)

    assert desk.status == 413


def test_dates_are_read_as_the_form_says_and_a_guess_is_told(world: World, desk: Browsing) -> None:
    content = HEAD + row(world, "ann", time="04/13/2026").replace("13", "03")

    assert "month first: 03/04 is March 4" in upload(desk, content)
    desk.open(LISTS)
    page = upload(desk, HEAD + row(world, "ben", time="04/13/2026"), dates="dmy")

    assert "The time can&#39;t be read" in page


def test_a_list_in_windows_letters_is_read_and_that_it_was_a_guess_is_told(world: World, desk: Browsing) -> None:
    content = f"Teléfono;Fuente;Fecha;Palabras\n{world.number('ann')};Feria;01/05/2026;Sí\n".encode("cp1252")

    page = upload(desk, content)

    assert ("Windows-1252" in page, "semicolons" in page, "accents" in page) == (True, True, True)


def test_refused_rows_are_a_file_that_opens_safely_and_has_no_numbers(world: World, desk: Browsing) -> None:
    upload(desk, HEAD + row(world, "ann", words="") + "=HYPERLINK(1),x,a,2026-05-01,b\n")

    answer = desk.get(desk.path.partition("?")[0] + "/refused")

    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows == [
        ["line", "number", "why it was refused"],
        ["2", f"…{world.number('ann')[-2:]}", "It doesn't say what they agreed to"],
        ["3", "'=HYPERLINK(1)", "A formula stands where the number should be"],
    ]
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_list_to_fill_in_is_one_that_we_would_take(desk: Browsing, lang: str) -> None:
    sample = desk.get(f"/dashboard/g/DIG/lists-sample?lang={lang}")

    page = upload(desk, sample.body)

    assert "Ask this person" in page


def test_lists_are_there_in_spanish(world: World, desk: Browsing) -> None:
    upload(desk, HEAD + row(world, "ann") + row(world, "ben", source=""))

    page = desk.open(desk.path.partition("?")[0] + "?lang=es")

    assert ("Preguntar a esta persona" in page, "No dice dónde aceptó" in page, "Responde SI" in page) == (
        True,
        True,
        True,
    )


def test_another_groups_lists_are_not_there(world: World, desk: Browsing) -> None:
    world.text("otto", "NEW GROUP TREE Tree people")
    upload(desk, HEAD + row(world, "ann"))
    path, ask = desk.path.partition("?")[0], desk.form("Ask this person")
    other = signed_in(world, "otto", "/dashboard/g/TREE/lists")
    world.new_texts()

    looks = [LISTS, path, f"{path}/progress", f"{path}/refused", path.replace("DIG", "TREE"), f"{LISTS}/x"]
    assert [other.get(one).status_code for one in looks] == [404] * len(looks)
    other.send(ask)
    assert other.status == 404

    world.advance(minutes=2)
    assert world.new_texts() == []


def test_without_a_session_nothing_is_shown_and_nothing_is_taken(world: World, desk: Browsing) -> None:
    upload(desk, HEAD + row(world, "ann"))
    ask = desk.form("Ask this person")
    stranger = Browsing()

    assert stranger.get(desk.path.partition("?")[0]).status_code == 303
    stranger.send(ask)
    assert stranger.status == 401
    world.advance(minutes=2)
    assert world.new_texts() == []


def test_what_was_done_with_a_list_is_in_the_groups_log(world: World, desk: Browsing) -> None:
    upload(desk, HEAD + row(world, "ann"))
    desk.press("Ask this person")

    acts = [one for one in world.rows() if one["kind"]["S"] == "act" and one["did"]["S"] == "BringPeople"]

    assert [(one["n"]["N"], one["note"]["S"]) for one in acts] == [("1", "fair.csv")]


# --- forms with files ----------------------------------------------------------------------------------


def test_a_file_comes_out_byte_for_byte() -> None:
    content = bytes(range(256)) * 3 + b"\r\n--not-the-boundary\r\n\r\n"
    body = multipart({"token": "t", "dates": "dmy"}, "my %22list%22.csv", content)

    fields, files = form_of(f'multipart/form-data; boundary="{BOUNDARY}"', body)

    assert (dict(fields), files) == (
        {"token": ["t"], "dates": ["dmy"]},
        {"file": Upload('my "list".csv', content)},
    )


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=other", "text/plain", "multipart/form-data; boundary="],
)
def test_what_is_no_form_has_no_fields(kind: str) -> None:
    assert form_of(kind, multipart({"token": "t"}, "a", b"b")) == ({}, {})
