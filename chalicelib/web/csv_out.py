"""Tables as CSV that spreadsheets open safely: UTF-8 with its mark, RFC 4180, and no cell that is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

MARK = "\ufeff"  # by which spreadsheets know UTF-8
# What a cell may not begin with (OWASP, CSV injection), in wide letters too. A program that splits at semicolons or
# tabs sees cells begin within ours, after quotes or spaces as well: there it is the same.
FORMULA = re.compile(r"(^|[;\t\r\n])((?:(?![;\t\r\n])[\"\s])*)([=+\-@＝＋－＠])")
BEGINS_BADLY = ("\t", "\r", "\n")


def safe(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula: it is shown, and nothing is computed."""
    written = FORMULA.sub(r"\1'\2\3", cell)
    return f"'{written}" if written.startswith(BEGINS_BADLY) else written


def csv_file(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A whole file, its header first; lines end as RFC 4180 wants them."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return (MARK + written.getvalue()).encode()
