"""A list of people is read whatever file it comes in, and each row that is refused says why."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.core.lists import (
    LONGEST_WORDS,
    MOST_ROWS,
    OLDEST,
    Dates,
    Entry,
    Reader,
    RowRefused,
    Sheet,
    Unreadable,
    moment_of,
    read_list,
)
from chalicelib.numbers import e164, is_textable

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
HEAD = "number,source,time,words\n"
GOOD = "(512) 555-0101,the fair,2026-05-01T10:00Z,I agree\n"
MAY_FIRST = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
SAM = Entry(2, "+15125550101", MAY_FIRST, "I agree", "the fair")


def reader(dates: Dates = Dates.AUTO, is_day_first: bool = False) -> Reader:
    return Reader(lambda text: e164(text, ("US", "CA", "MX")), is_textable, "UTC", NOW, dates, is_day_first)


def read(text: str | bytes, how: Reader | None = None) -> Sheet:
    found = read_list(text.encode() if isinstance(text, str) else text, how or reader())
    assert isinstance(found, Sheet), found
    return found


def reasons(*rows: str) -> list[RowRefused]:
    return list(read(HEAD + "".join(f"{row}\n" for row in rows)).refused)


# --- files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark", "told"),
    [
        pytest.param("utf-8", b"", "UTF-8", id="UTF-8"),
        pytest.param("utf-8", codecs.BOM_UTF8, "UTF-8", id="UTF-8 with its mark, as Excel writes it"),
        pytest.param("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16", id="UTF-16, as Excel calls Unicode text"),
        pytest.param("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16", id="UTF-16 from the other end"),
        pytest.param("utf-16-le", b"", "UTF-16", id="UTF-16 without its mark"),
        pytest.param("cp1252", b"", "Windows-1252", id="Windows' own"),
    ],
)
def test_a_list_is_read_in_any_encoding_and_it_is_told_in_which(encoding: str, mark: bytes, told: str) -> None:
    text = "Teléfono,Nombre,Fuente,Fecha,Palabras\n5125550101,José Núñez,Feria,2026-05-01T10:00Z,Sí\n"

    sheet = read(mark + text.encode(encoding))

    assert sheet.entries == (Entry(2, "+15125550101", MAY_FIRST, "Sí", "Feria", "José Núñez"),)
    assert sheet.encoding == told


def test_what_is_in_no_other_encoding_is_latin_1() -> None:
    sheet = read(HEAD.encode() + b"5125550101,caf\xe9 \x81,2026-05-01T10:00Z,ok\n")

    assert (sheet.encoding, sheet.entries[0].source) == ("Latin-1", "café")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cells_may_be_separated_and_lines_may_end_in_any_way(separator: str, line_end: str) -> None:
    text = (HEAD + GOOD).replace(",", separator).replace("\n", line_end)

    sheet = read(text)

    assert (sheet.entries, sheet.separator) == ((SAM,), separator)


def test_excels_own_first_line_names_the_separator() -> None:
    assert read("sep=;\r\n" + (HEAD + GOOD).replace(",", ";")).entries == (SAM,)


def test_a_cell_in_quotes_may_hold_separators_quotes_and_lines() -> None:
    text = HEAD + '5125550101,"fair, ""spring""","2026-05-01T10:00Z","I agree\nto get texts"\n512,a,b,c\n'

    sheet = read(text)

    assert (sheet.entries[0].source, sheet.entries[0].words) == ('fair, "spring"', "I agree to get texts")
    assert [one.line for one in sheet.refused] == [4], "counted as an editor counts lines"


@pytest.mark.parametrize(
    "header",
    [
        "phone number,Source,TIME,Words",
        "MOBILE,Consent_Source,Timestamp,Consent text",
        "número de teléfono,fuente,fecha y hora,palabras",
        "Celular,ORIGEN,Fecha,Consentimiento",
        "Teléfono móvil,procedencia,marca temporal,texto del consentimiento",
    ],
)
def test_columns_may_be_named_in_english_or_spanish(header: str) -> None:
    assert read(f"{header}\n{GOOD}").entries == (SAM,)


def test_columns_may_stand_in_any_order_among_others() -> None:
    text = "zip,words,Shoe size,idioma,time,date,name,source,phone\n"
    text += "10001-1234,I agree,43,Español,10:00Z,2026-05-01,Sam,the fair,512-555-0101\n"

    assert read(text).entries == (Entry(2, "+15125550101", MAY_FIRST, "I agree", "the fair", "Sam", "es", "10001"),)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param(b"", Unreadable("empty"), id="nothing"),
        pytest.param(b" \r\n ", Unreadable("empty"), id="blank lines"),
        pytest.param(b"PK\x03\x04...", Unreadable("no_text"), id="an Excel file"),
        pytest.param(b"number\0source", Unreadable("no_text"), id="no text"),
        pytest.param(HEAD.encode(), Unreadable("no_rows"), id="a header alone"),
        pytest.param(GOOD.encode(), Unreadable("no_header", ("number", "source", "time", "words")), id="no header"),
        pytest.param(b"phone,source\n1,2", Unreadable("some_columns", ("time", "words")), id="columns are missing"),
    ],
)
def test_a_file_that_is_no_list_says_why(raw: bytes, problem: Unreadable) -> None:
    assert read_list(raw, reader()) == problem


def test_fifty_thousand_rows_are_read_and_not_one_more() -> None:
    def how_fast() -> Reader:
        return Reader(lambda text: f"+{text}", lambda _: True, "UTC", NOW)

    rows = [f"{15120000000 + n},the fair,2026-05-01,I agree" for n in range(MOST_ROWS)]

    most = read("\n".join([HEAD.strip(), *rows]), how_fast())
    more = read_list("\n".join([HEAD.strip(), *rows, "1,a,2026-05-01,c"]).encode(), how_fast())

    assert (len(most.entries), most.refused, more) == (MOST_ROWS, (), Unreadable("too_many"))


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: (HEAD + text).encode("utf-16"))))
@example(b'number,source,time,words\n"')
@example(HEAD.encode() + b"5125550101,a,99/99/9999 99:99,b")
@example(HEAD.encode() + b"5125550101,a,0001-01-01T00:00+14:00,b")
@example(HEAD.encode() + b"5125550101,a,2026-01-01 10:00 +99:99,b")
@example(HEAD.encode() + b"+" * 200_000)
def test_no_bytes_are_an_error_of_ours(raw: bytes) -> None:
    found = read_list(raw, reader())

    assert isinstance(found, Sheet | Unreadable)


# --- rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(",a,2026-05-01,b", "no_number", id="no number"),
        pytest.param("=1+1,a,2026-05-01,b", "formula", id="a formula"),
        pytest.param("+SUM(A1),a,2026-05-01,b", "formula", id="a formula with a plus"),
        pytest.param("@cmd,a,2026-05-01,b", "formula", id="a formula of old"),
        pytest.param("1.51256E+10,a,2026-05-01,b", "shortened", id="what Excel made of it"),
        pytest.param("+442079460000,a,2026-05-01,b", "not_ours", id="another country"),
        pytest.param("call Sam,a,2026-05-01,b", "not_ours", id="words"),
        pytest.param("800 555 0199,a,2026-05-01,b", "no_mobile", id="a toll-free number"),
        pytest.param("5125550101,,2026-05-01,b", "no_source", id="no source"),
        pytest.param("5125550101,a,,b", "no_time", id="no time"),
        pytest.param("5125550101,a,last week,b", "time_unread", id="no time that can be read"),
        pytest.param("5125550101,a,2026-13-01,b", "time_unread", id="a thirteenth month"),
        pytest.param("5125550101,a,2026-11-23T17:01Z,b", "future", id="in a minute"),
        pytest.param("5125550101,a,2015-05-01,b", "too_old", id="years ago"),
        pytest.param("5125550101,a,2026-05-01,", "no_words", id="no words"),
        pytest.param(f"5125550101,a,2026-05-01,{'w' * (LONGEST_WORDS + 1)}", "too_long", id="too many words"),
        pytest.param(f"5125550101,{'a' * 200_000},2026-05-01,b", "too_long", id="more than a cell can hold"),
    ],
)
def test_a_row_is_refused_for_what_it_lacks(row: str, reason: str) -> None:
    assert [(one.line, one.reason) for one in reasons(row)] == [(2, reason)]


def test_the_second_of_two_with_the_same_number_names_the_line_of_the_first() -> None:
    found = reasons("5125550101,a,2026-05-01,b", "+1 (512) 555-0101,a,2026-05-01,b")

    assert found == [RowRefused(3, "twice", "…01", 2)]


def test_of_two_with_the_same_number_the_one_that_has_its_proof_counts() -> None:
    sheet = read(HEAD + "5125550101,,2026-05-01,b\n" + GOOD)

    assert ([one.line for one in sheet.entries], [one.reason for one in sheet.refused]) == ([3], ["no_source"])


def test_a_refused_row_shows_two_digits_of_its_number_and_no_more() -> None:
    assert [one.shown for one in reasons("5125550187,,2026-05-01,b", "call Sam,a,2026-05-01,b")] == ["…87", "call Sam"]


@pytest.mark.parametrize(
    "written", ["'5125550101", '"=""5125550101"""', "+1 512 555 0101", "1-512-555-0101", "5125550101.0"]
)
def test_a_number_counts_however_a_spreadsheet_has_kept_it_as_text(written: str) -> None:
    assert [one.number for one in read(f"{HEAD}{written},a,2026-05-01,b\n").entries] == ["+15125550101"]


def test_a_formula_in_any_other_cell_is_only_text() -> None:
    sheet = read("number,name,source,time,words\n5125550101,=Sam,=1+1,2026-05-01T10:00Z,@all agree\n")

    assert sheet.entries == (Entry(2, "+15125550101", MAY_FIRST, "@all agree", "=1+1", "Sam"),)


# --- times ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-05-01T10:00:00.123+02:00", datetime(2026, 5, 1, 8, 0, tzinfo=UTC)),
        ("2026-05-01 10:00:05 UTC", datetime(2026, 5, 1, 10, 0, 5, tzinfo=UTC)),
        ("2026/5/1", datetime(2026, 5, 1, tzinfo=UTC)),
        ("5/1/26 3:05 PM", datetime(2026, 5, 1, 15, 5, tzinfo=UTC)),
        ("5/1/2026, 12:05 a. m.", datetime(2026, 5, 1, 0, 5, tzinfo=UTC)),
        ("1.5.2026", datetime(2026, 5, 1, tzinfo=UTC)),
        ("May 1st, 2026", datetime(2026, 5, 1, tzinfo=UTC)),
        ("Fri, 1 May 2026 10:00:00 +0000", datetime(2026, 5, 1, 10, 0, tzinfo=UTC)),
        ("sábado, 2 de mayo de 2026", datetime(2026, 5, 2, tzinfo=UTC)),
        ("3 ene 2026", datetime(2026, 1, 3, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_people_and_spreadsheets_write_it(written: str, at: datetime) -> None:
    assert moment_of(written, False, "UTC") == at


def test_a_time_without_a_zone_is_on_the_groups_clock() -> None:
    found = moment_of("2026-05-01 10:00", False, "America/New_York")

    assert isinstance(found, datetime)
    assert found.astimezone(UTC) == datetime(2026, 5, 1, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("others", "dates", "is_day_first", "read_as"),
    [
        pytest.param("", Dates.AUTO, False, (4, 3, True), id="an English reader's guess"),
        pytest.param("", Dates.AUTO, True, (3, 4, True), id="a Spanish reader's guess"),
        pytest.param("25/12/2025", Dates.AUTO, False, (3, 4, False), id="another row shows that days stand first"),
        pytest.param("12/25/2025", Dates.AUTO, True, (4, 3, False), id="another row shows that months do"),
        pytest.param("", Dates.DAY_FIRST, False, (3, 4, False), id="said so: days"),
        pytest.param("", Dates.MONTH_FIRST, True, (4, 3, False), id="said so: months"),
    ],
)
def test_whether_days_or_months_stand_first(
    others: str, dates: Dates, is_day_first: bool, read_as: tuple[int, int, bool]
) -> None:
    rows = "5125550101,a,04/03/2026,b\n" + (f"5125550102,a,{others},b\n" if others else "")

    sheet = read(HEAD + rows, reader(dates, is_day_first))

    assert (sheet.entries[0].at.month, sheet.entries[0].at.day, sheet.is_guessed) == read_as


def test_where_a_list_has_dates_both_ways_what_could_be_either_is_refused() -> None:
    found = reasons("5125550101,a,25/12/2025,b", "5125550102,a,12/25/2025,b", "5125550103,a,04/03/2026,b")

    assert found == [RowRefused(4, "which_day", "…03")]


def test_a_consent_counts_for_so_many_years() -> None:
    at = NOW - OLDEST

    found = [reasons(f"5125550101,a,{(at + by).isoformat()},b") for by in (timedelta(seconds=1), -timedelta(seconds=1))]

    assert [[one.reason for one in some] for some in found] == [[], ["too_old"]]
