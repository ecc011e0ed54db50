"""A list of people that an organizer brings as a file: read row by row, and of each row that is refused it says why.

Files come from every spreadsheet there is: in any encoding, with any separator, with headers in English or Spanish.
Nothing in a cell is ever evaluated: what looks like a formula is text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.core.settling_in import LONGEST_NAME
from chalicelib.grammar.naming import name_key

MOST_ROWS = 50_000
OLDEST_YEARS = 5  # of a consent: what was said before that, nobody remembers
OLDEST = timedelta(days=365 * OLDEST_YEARS + 1)
LONGEST_WORDS = 500
LONGEST_SOURCE = 200
LONGEST_ROW = 4_000  # characters
SHOWN = 24  # characters of what stands where a number should
SEPARATORS = (",", ";", "\t", "|")


class Dates(StrEnum):
    """How dates such as 03/04/2026 are to be read. AUTO: as the list itself shows, or else as its reader would."""

    AUTO = "auto"
    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that can be asked: its number in E.164, and the proof that its owner has agreed before."""

    line: int
    number: str
    at: datetime
    words: str
    source: str
    name: str = ""
    lang: str = ""
    zip: str = ""

    @property
    def proof(self) -> str:
        return f"{self.words} ({self.source})"


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that cannot: `reason` is its key in words, `shown` as much of its number as finds it, `n` another line."""

    line: int
    reason: str
    shown: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing came of the whole file: `problem` is its key in words, `missing` the columns that it lacks."""

    problem: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as it was read, and how: dates were `is_guessed` where the list did not show which way they are."""

    entries: tuple[Entry, ...]
    refused: tuple[RowRefused, ...]
    encoding: str
    separator: str
    is_day_first: bool = False
    is_guessed: bool = False

    @property
    def rows(self) -> int:
        return len(self.entries) + len(self.refused)


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading goes by: how a number is known and whether it may be a mobile's, the group's zone, the time.

    `is_day_first`: whoever brings the list would read 03/04 as the third of April.
    """

    number_of: Callable[[str], str | None]
    may_be_mobile: Callable[[str], bool]
    zone: str
    now: datetime
    dates: Dates = Dates.AUTO
    is_day_first: bool = False


def read_list(raw: bytes, how: Reader) -> Sheet | Unreadable:
    """Whatever the bytes are: a list, or why they are none."""
    if not raw.strip():
        return Unreadable("empty")
    if raw.startswith(NO_TEXT):
        return Unreadable("no_text")
    text, encoding = decoded(raw)
    if "\0" in text:
        return Unreadable("no_text")
    text, separator = separated(text)
    found = rows_of(text, separator)
    header = next(found, None)
    if header is None:
        return Unreadable("empty")
    columns = columns_of(header[1] or [])
    missing = tuple(name for name, ways in NEEDED.items() if not any(way in columns for way in ways))
    if missing:
        return Unreadable("some_columns" if columns else "no_header", missing)
    rows: list[Row] = []
    for row in found:
        if len(rows) == MOST_ROWS:
            return Unreadable("too_many")
        rows.append(row)
    if not rows:
        return Unreadable("no_rows")
    return checked(rows, columns, how, encoding, separator)


Row = tuple[int, list[str] | None]  # the line that it begins on, and its cells; None: they cannot be told apart


# --- bytes to rows -------------------------------------------------------------------------------------

NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")  # XLSX, XLS, …
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
LOOKED_AT = 400  # bytes, for every other being zero: UTF-16 without its mark


def decoded(raw: bytes) -> tuple[str, str]:
    """The text, and in which encoding it was taken to be. Any bytes are Latin-1 in the end."""
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace"), encoding_name(encoding)
    for encoding in (*unmarked_utf16(raw), "utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding_name(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), encoding_name("latin-1")


def unmarked_utf16(raw: bytes) -> tuple[str, ...]:
    begins = raw[:LOOKED_AT]
    half = len(begins) // 2
    if half and begins[1::2].count(0) > 0.4 * half:
        return ("utf-16-le",)
    return ("utf-16-be",) if half and begins[0::2].count(0) > 0.4 * half else ()


def encoding_name(encoding: str) -> str:
    return NAMES.get(encoding) or encoding.rpartition("-")[0].upper()


def separated(text: str) -> tuple[str, str]:
    """The text without Excel's own first line ("sep=;"), and what separates its cells: what finds the most columns."""
    said = re.match(r"\s*sep=([,;\t|])[^\S\r\n]*(?:\r\n|\r|\n|$)", text)
    if said:
        return text[said.end() :], said[1]

    def found(separator: str) -> tuple[int, int]:
        cells = next((cells for _, cells in rows_of(text, separator)), None) or []
        return len(columns_of(cells)), len(cells)

    return text, max(SEPARATORS, key=found)


def rows_of(text: str, separator: str) -> Iterator[Row]:
    """Each row that is not blank, with the line that it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t")
    before = 0
    while True:
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        line, before = before + 1, reader.line_num
        if cells is None or any(cell.strip() for cell in cells):
            yield line, cells


# --- columns -------------------------------------------------------------------------------------------

HEADERS: Mapping[str, str] = {
    "number": "number, phone, phone number, mobile, mobile number, mobile phone, cell, cell number, cell phone, "
    "cellphone, telephone, telephone number, tel, sms, numero, numero de telefono, numero de celular, "
    "numero celular, numero movil, telefono, telefono movil, telefono celular, celular, movil",
    "name": "name, first name, firstname, full name, given name, nombre, nombre completo, nombre de pila, nombres",
    "source": "source, origin, where, form, consent source, source of consent, opt in source, fuente, origen, "
    "procedencia, donde, formulario, fuente del consentimiento, origen del consentimiento",
    "date": "date, consent date, date of consent, opt in date, signed on, joined on, fecha, "
    "fecha de consentimiento, fecha del consentimiento, fecha de alta, dia",
    "time": "time, when, timestamp, date time, datetime, date and time, consent time, time of consent, opt in time, "
    "opted in at, signed at, signed up at, submitted at, consented at, created at, hora, cuando, fecha y hora, "
    "fecha hora, marca temporal, marca de tiempo, hora de consentimiento, hora del consentimiento",
    "words": "words, consent, consent words, consent text, words of consent, consent language, wording, statement, "
    "text, opt in text, opt in language, palabras, consentimiento, texto, texto del consentimiento, "
    "palabras del consentimiento, texto de consentimiento, palabras de consentimiento, frase",
    "lang": "language, lang, preferred language, idioma, lengua, idioma preferido",
    "zip": "zip, zip code, zipcode, postal code, postcode, codigo postal, cp",
}
FIELDS = {header: name for name, headers in HEADERS.items() for header in headers.split(", ")}
# What proof needs, by the name that is said of a column, and the columns that give it.
NEEDED = {"number": ("number",), "source": ("source",), "time": ("time", "date"), "words": ("words",)}


def plainly(text: str) -> str:
    """In small letters without accents, words with a space between: "Fecha_y_Hora: " is "fecha y hora"."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char if char.isalnum() else " " for char in bare if not unicodedata.combining(char))
    return " ".join(letters.split())


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    """Where each column is that we know; of two with the same name, the first."""
    columns: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = FIELDS.get(plainly(cell[:80]))
        if name:
            columns.setdefault(name, at)
    return columns


def cell_of(cells: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    """One line of text. A spreadsheet's marks that it is text, '512… and ="512…", are not part of it."""
    at = columns.get(name)
    if at is None or at >= len(cells):
        return ""
    text = " ".join(UNSHOWN.sub(" ", cells[at]).split())
    quoted = re.fullmatch(r'="([^"]*)"', text)
    return (quoted[1] if quoted else text.removeprefix("'")).strip()


UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+")


# --- rows to entries -----------------------------------------------------------------------------------


def checked(rows: Sequence[Row], columns: Mapping[str, int], how: Reader, encoding: str, separator: str) -> Sheet:
    """Each row is good, or refused for the first reason that there is."""
    written = [time_of(cells, columns) for _, cells in rows if cells]
    order, is_guessed = order_of(written, how)
    check = Check(how, columns, order)
    entries, refused = list[Entry](), list[RowRefused]()
    for line, cells in rows:
        found = check.row(line, cells)
        if isinstance(found, Entry):
            entries.append(found)
        else:
            refused.append(found)
    is_day_first = how.is_day_first if order is None else order
    return Sheet(tuple(entries), tuple(refused), encoding, separator, is_day_first, is_guessed)


def time_of(cells: Sequence[str], columns: Mapping[str, int]) -> str:
    """The moment as it is written: in one column, or its day in one and its time in another."""
    return " ".join(filter(None, (cell_of(cells, columns, "date"), cell_of(cells, columns, "time"))))


@dataclass(slots=True)
class Check:
    """The rows of one list, one after the other. `order` is whether days stand first; None: rows contradict."""

    how: Reader
    columns: Mapping[str, int]
    order: bool | None
    first_at: dict[str, int] = field(default_factory=dict)  # the line on which each number stands first

    def row(self, line: int, cells: list[str] | None) -> Entry | RowRefused:
        if cells is None or sum(map(len, cells)) > LONGEST_ROW:
            return RowRefused(line, "too_long")
        written = cell_of(cells, self.columns, "number")
        shown = hidden(written)
        number = self.number(written)
        if not number.startswith("+"):
            return RowRefused(line, number, shown)
        if number in self.first_at:
            return RowRefused(line, "twice", shown, self.first_at[number])
        source, words = cell_of(cells, self.columns, "source"), cell_of(cells, self.columns, "words")
        at = self.moment(time_of(cells, self.columns))
        reasons = (
            ("no_source", not source),
            (at if isinstance(at, str) else "", isinstance(at, str)),
            ("no_words", not words),
            ("too_long", len(source) > LONGEST_SOURCE or len(words) > LONGEST_WORDS),
        )
        reason = next((key for key, is_so in reasons if is_so), "")
        if reason or isinstance(at, str):
            return RowRefused(line, reason, shown)
        self.first_at[number] = line
        others = {name: cell_of(cells, self.columns, name) for name in ("name", "lang", "zip")}
        name, lang, zip_code = name_of(others["name"]), language_of(others["lang"]), zip_of(others["zip"])
        return Entry(line, number, at, words, source, name, lang, zip_code)

    def number(self, written: str) -> str:
        """In E.164, or why not."""
        if not written:
            return "no_number"
        if written[0] in "=@-" or re.match(r"\+\s*[^\d\s(]", written):
            return "formula"
        if re.fullmatch(r"\d(?:[.,]\d+)?E\+?\d+", written, re.IGNORECASE):
            return "shortened"
        number = self.how.number_of(re.sub(r"(?<=\d)[.,]0$", "", written))
        if number is None:
            return "not_ours"
        return number if self.how.may_be_mobile(number) else "no_mobile"

    def moment(self, written: str) -> datetime | str:
        """When they agreed, or why that does not count."""
        if not written:
            return "no_time"
        found = moment_of(written, self.order, self.how.zone)
        if isinstance(found, str):
            return found
        if found > self.how.now:
            return "future"
        return "too_old" if found < self.how.now - OLDEST else found


def hidden(written: str) -> str:
    """As much of what stands where a number should as finds its row: the last two digits of a number."""
    digits = [char for char in written if char.isdigit()]
    return "…" + "".join(digits[-2:]) if len(digits) > 4 else written[:SHOWN]


def name_of(written: str) -> str:
    """As many of its words as a name may have letters; no formula, and nothing that is no name."""
    name, plain = "", " ".join(written.lstrip("=+-@ ").split())
    for word in plain.split():
        longer = f"{name} {word}".strip()
        if len(longer) > LONGEST_NAME:
            break
        name = longer
    return name if name_key(name) else ""


LANGUAGES = {
    "en": {"en", "eng", "english", "ingles", "en us"},
    "es": {"es", "spa", "esp", "spanish", "espanol", "castellano", "es mx", "es us"},
}


def language_of(written: str) -> str:
    said = plainly(written)
    return next((lang for lang, names in LANGUAGES.items() if said in names), "")


def zip_of(written: str) -> str:
    found = re.fullmatch(r"(\d{5})(?:-\d{4})?", written, re.ASCII)
    return found[1] if found else ""


# --- when ----------------------------------------------------------------------------------------------

CLOCK = (
    r"(?:(?:,? +|T)(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r" ?(?P<half>[ap]\.? ?m\.?)?(?: ?(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + CLOCK, re.I | re.A)
SLASHED = re.compile(
    r"(?P<one>\d{1,2})(?P<joint>[-/.])(?P<two>\d{1,2})(?P=joint)(?P<year>\d{4}|\d{2})" + CLOCK, re.I | re.A
)
WEEKDAY, NAME = r"(?:[a-z]{3,9},? )?", r"(?P<name>[a-z]{3,10})"
DAY_NAMED = re.compile(
    WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -](?:de )?" + NAME + r"\.?(?:,| del?)?[ -](?P<year>\d{4})" + CLOCK,
    re.I | re.A,
)
MONTH_NAMED = re.compile(
    WEEKDAY + NAME + r"\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})" + CLOCK, re.I | re.A
)
SHORT_MONTHS = (  # in English, then in Spanish
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    *("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
)
MONTHS = {name: 1 + number % 12 for number, name in enumerate(SHORT_MONTHS)}


def order_of(written: Sequence[str], how: Reader) -> tuple[bool | None, bool]:
    """Whether days stand first in dates such as 03/04/2026, and whether that is a guess. None: rows contradict."""
    if how.dates is not Dates.AUTO:
        return how.dates is Dates.DAY_FIRST, False
    slashed = [found for one in written if (found := SLASHED.fullmatch(one)) and found["joint"] != "."]
    says_day = any(int(one["one"]) > 12 for one in slashed)
    says_month = any(int(one["two"]) > 12 for one in slashed)
    if says_day and says_month:
        return None, False
    return (says_day, False) if says_day or says_month else (how.is_day_first, bool(slashed))


def moment_of(written: str, is_day_first: bool | None, zone: str) -> datetime | str:
    """Aware, in the group's zone where none is written; or the reason why it cannot be told."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", written) if not unicodedata.combining(char))
    text = " ".join(bare.split())
    for pattern in (YEAR_FIRST, SLASHED, DAY_NAMED, MONTH_NAMED):
        found = pattern.fullmatch(text)
        if found:
            break
    else:
        return "time_unread"
    parts = found.groupdict()
    if "one" in parts:
        one, two = int(parts["one"]), int(parts["two"])
        is_first = True if parts["joint"] == "." else is_day_first
        if is_first is None:
            if one <= 12 and two <= 12 and one != two:
                return "which_day"
            is_first = one > 12
        day, month = (one, two) if is_first else (two, one)
    else:
        day, month = int(parts["day"]), int(parts.get("month") or MONTHS.get((parts.get("name") or "")[:3].lower(), 0))
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    try:
        return datetime(year, month, day, *clock_of(parts), tzinfo=zone_of(parts["offset"], zone))
    except (ValueError, OverflowError):
        return "time_unread"


def clock_of(parts: Mapping[str, str | None]) -> tuple[int, int, int]:
    hour, half = int(parts["hour"] or 0), (parts["half"] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a half day")
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(parts["minute"] or 0), int(parts["second"] or 0)


def zone_of(offset: str | None, zone: str) -> ZoneInfo | timezone:
    if not offset:
        return ZoneInfo(zone)
    if offset[0] not in "+-":
        return UTC
    digits = offset[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if offset[0] == "-" else away)
