"""Files for spreadsheets: what was written comes back, and nothing in them is computed."""

from __future__ import annotations

import csv
import io

import pytest

from chalicelib.web.csv_out import csv_file, safe


def read(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+15550100001", "'+15550100001", id="a number in E.164"),
        pytest.param("-2", "'-2", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t'=1", id="a tab, and what comes after it"),
        pytest.param("\rx", "'\rx", id="a carriage return"),
        pytest.param(" =1", "' =1", id="a space first"),
        pytest.param("＝1", "'＝1", id="a wide equals"),
        pytest.param("Ann;=1+1", "Ann;'=1+1", id="where semicolons part cells"),
        pytest.param('Ann;"=1+1"', 'Ann;\'"=1+1"', id="quoted, where semicolons part cells"),
        pytest.param("Ann\n=1+1", "Ann\n'=1+1", id="on a line of its own"),
    ],
)
def test_a_formula_gets_an_apostrophe_before_it(cell: str, written: str) -> None:
    assert safe(cell) == written


@pytest.mark.parametrize("cell", ["", "Ann", "O'Neil", "(555) 010-0001", "a-b", "1+1", "José 🌧️", "me@example.org"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert safe(cell) == cell


def test_quotes_commas_newlines_and_emoji_come_back_as_they_were() -> None:
    rows = [['Ann "the pump" Lee', "a, b"], ["two\nlines", "José 🌧️"], ["", "x\r\ny"]]

    file = csv_file(["Name", "Words"], rows)

    assert read(file) == [["Name", "Words"], *rows]


def test_a_file_begins_with_the_mark_of_utf_8_and_its_lines_end_as_rfc_4180_wants() -> None:
    file = csv_file(["Name"], [["Ann"], ["Ben"]])

    assert file == b"\xef\xbb\xbfName\r\nAnn\r\nBen\r\n"


def test_a_header_is_made_safe_too() -> None:
    assert read(csv_file(["=Name"], [])) == [["'=Name"]]
