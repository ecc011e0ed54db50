"""From a form's fields to the words of ALERT and back; what makes a text longer than it need be, and how to mend it.

An alert's words are one text, as by phone, and are read by the same rules (grammar/asking.py): so the fields are put
together until they read as they were meant, and where that can't be it is said beside the field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from chalicelib.core.alerting import LONGEST_WORDS, AlertView, alert_text, read_back, takes, with_tap
from chalicelib.core.commands import Ask
from chalicelib.core.filling import Askable, askable, asked_first, minutes_to_fill
from chalicelib.core.model import Action, Group, State
from chalicelib.core.rounds import deadline
from chalicelib.core.tasks import LONGEST_TASK, MOST_TASKS
from chalicelib.core.waves import WaveView
from chalicelib.grammar.asking import MOST_NEEDED, MOST_TAGS, find_place, read_ask
from chalicelib.grammar.fold import SEPARATORS, fold
from chalicelib.grammar.segments import A_PART, ALONE, GSM_ALL, Segments, graphemes, measure, plain
from chalicelib.grammar.speaking import language_of
from chalicelib.grammar.tasking import split_tasks, with_place, with_time
from chalicelib.grammar.times import read_time
from chalicelib.languages import LANGUAGES

NAMES = ("what", "need", "where", "when", "tags", "tasks")  # of the fields
MENDED = ("what", "need", "where", "when", "tags")  # those whose words are in the alert
NEEDS: Mapping[str, tuple[str, ...]] = {
    "en": ("Need {n}: {words}", "{n} people needed: {words}"),
    "es": ("Hacen falta {n}: {words}", "Se necesitan {n} personas: {words}"),
}
AT = ("", "at ", "a las ", "a la ")  # what may be left out before an hour in a field of its own
NOTHING_BUT_AT = frozenset({"", "at", "@", "en"})
_TAGS_LAST = re.compile(r"(?:\s*#\w+)+\s*$")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is to be said beside a field: `key` is its sentence (DESK_SAID). What `is_wrong` has to be mended first."""

    name: str
    key: str
    fills: Mapping[str, str | int | datetime] = field(default_factory=dict)
    is_wrong: bool = True


@dataclass(frozen=True, slots=True)
class Composed:
    """The alert's words without its tasks, the tasks, how the words are read, and what is to be said of the fields."""

    words: str
    lines: tuple[str, ...]
    asked: Ask
    troubles: tuple[Trouble, ...] = ()

    @property
    def is_wrong(self) -> bool:
        return any(one.is_wrong for one in self.troubles)

    @property
    def alert(self) -> str:
        """What Alert takes: the words, and each task on a line of its own."""
        return "\n".join((self.words, *(f"- {line}" for line in self.lines)))


# --- from fields to words -------------------------------------------------------------------------------


def composed(fields: Mapping[str, str], now: datetime, lang: str) -> Composed:
    """`now` is aware, in the group's zone. A field that is left empty is read out of the words themselves."""
    typed = {name: fields.get(name, "").strip() for name in NAMES}
    words, lines = split_tasks(typed["what"])
    lines += tuple(line for written in typed["tasks"].splitlines() if (line := written.strip(" \t-–—•*")))
    where, there, tags = " ".join(typed["where"].split()), "", tags_of(typed["tags"])
    when, at = time_of(typed["when"], now)
    need = need_of(typed["need"])
    if words and (where or when or tags) and words[-1:] == "." and words[-2:-1] != ".":
        words = words[:-1]
    if words:
        words = with_need(words, need, now, language_of(words) or lang) if need else words
        there = read_ask(words, now).place
        words = with_where(words, where, now) if where else words
        words = with_time(words, when, at, now) if at and read_ask(words, now).starts_at != at else words
        words = with_tags(words, tags, now)
    asked = read_ask(words, now)
    troubles = (
        *wrong_words(words, lines),
        *wrong_need(typed["need"], need, asked),
        *left_out(there if where else "", words),
        *wrong_where(place_in(where, now)[1] if where else "", asked),
        *wrong_when(typed["when"], at, asked),
        *wrong_tags(typed["tags"], tags, asked),
    )
    return Composed(words, lines, asked, troubles)


def fields_from(action: Action) -> dict[str, str]:
    """A draft that was written elsewhere, to be changed here: its words say all of it, but for its tasks."""
    return {"what": action.words, "tasks": "\n".join(action.task_lines)}


def need_of(typed: str) -> int | None:
    number = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
    return number if 1 <= number <= MOST_NEEDED else None


def with_need(words: str, need: int, now: datetime, lang: str) -> str:
    """With this number where another stands, or before all else."""
    said = read_ask(words, now).need
    if said == need:
        return words
    standing = re.finditer(rf"(?<!\w){said}(?!\w)", words) if said else ()
    instead = [words[: one.start()] + str(need) + words[one.end() :] for one in standing]
    before = [form.format(n=need, words=words) for form in NEEDS.get(lang, NEEDS["en"])]
    return next((one for one in (*instead, *before) if read_ask(one, now).need == need), before[0])


def place_in(where: str, now: datetime) -> tuple[str, str]:
    """The word by which a place's field begins ("near"), if it has one, and the place itself."""
    found = find_place(where, now)
    if not found or not found[2]:
        return "", where.lstrip("@ ")
    return where[: found[0]].strip(), where[found[0] : found[1]]


def with_where(words: str, where: str, now: datetime) -> str:
    """At that place: AT is put before it, unless it begins with such a word itself."""
    lead, place = place_in(where, now)
    said = read_ask(words, now).place
    if alike(said, place):
        return words
    if said or fold(lead) in NOTHING_BUT_AT:
        return with_place(words, place)
    return before_tags(words, where)


def before_tags(words: str, more: str) -> str:
    tags = _TAGS_LAST.search(words)
    at = tags.start() if tags else len(words)
    return f"{words[:at].rstrip()} {more}{words[at:]}"


def time_of(typed: str, now: datetime) -> tuple[str, datetime | None]:
    """The time as it is to be written, and the moment that it means: "6" is at 6."""
    for before in AT if typed else ():
        if reading := read_time(fold(before + typed), now):
            return before + typed, reading.at
    return "", None


def tags_of(typed: str) -> tuple[str, ...]:
    """Each as it is written after a #: letters and digits alone."""
    bare = (re.sub(r"\W", "", one) for one in re.split(r"[\s,;#]+", typed))
    return tuple(dict.fromkeys(one for one in bare if re.search(r"[^\W\d_]", one)))


def with_tags(words: str, tags: tuple[str, ...], now: datetime) -> str:
    said = read_ask(words, now).tags
    more = [f"#{tag}" for tag in tags if fold(tag) not in said]
    return " ".join((words, *more))


def alike(one: str, other: str) -> bool:
    """The same words, whatever surrounds them."""
    return " ".join(one.split()).strip(SEPARATORS) == " ".join(other.split()).strip(SEPARATORS)


# --- what is not as it was typed --------------------------------------------------------------------------


def wrong_words(words: str, lines: tuple[str, ...]) -> Iterator[Trouble]:
    if not words:
        yield Trouble("what", "compose_what_missing")
    if len(words) > LONGEST_WORDS:
        yield Trouble("what", "compose_what_long", {"length": len(words), "most": LONGEST_WORDS})
    if len(lines) > MOST_TASKS:
        yield Trouble("tasks", "compose_tasks_many", {"length": len(lines), "most": MOST_TASKS})
    if long := next((line for line in lines if len(line) > LONGEST_TASK), None):
        yield Trouble("tasks", "compose_task_long", {"task": long[:30], "length": len(long), "most": LONGEST_TASK})


def wrong_need(typed: str, need: int | None, asked: Ask) -> Iterator[Trouble]:
    if typed and need is None:
        yield Trouble("need", "compose_need_wrong", {"most": MOST_NEEDED})
    elif need and asked.need is None:
        yield Trouble("need", "compose_need_unread", is_wrong=False)
    elif need and asked.need and asked.need != need:
        yield Trouble("need", "compose_need_read", {"need": asked.need}, is_wrong=False)


def left_out(there: str, words: str) -> Iterator[Trouble]:
    """A place among the words, where the place's own field says another: all that was read as it is not sent."""
    if there and there not in words:
        yield Trouble("what", "compose_place_left_out", {"there": there}, is_wrong=False)


def wrong_where(place: str, asked: Ask) -> Iterator[Trouble]:
    if place and not asked.place:
        yield Trouble("where", "compose_where_unread", is_wrong=False)
    elif place and not alike(asked.place, place):
        yield Trouble("where", "compose_where_read", {"where": asked.place}, is_wrong=False)


def wrong_when(typed: str, at: datetime | None, asked: Ask) -> Iterator[Trouble]:
    if typed and at is None:
        yield Trouble("when", "compose_when_wrong")
    elif at and asked.starts_at != at:
        yield (
            Trouble("when", "compose_when_read", {"when": asked.starts_at}, is_wrong=False)
            if asked.starts_at
            else Trouble("when", "compose_when_unread", is_wrong=False)
        )


def wrong_tags(typed: str, tags: tuple[str, ...], asked: Ask) -> Iterator[Trouble]:
    if typed.strip("#, ") and not tags:
        yield Trouble("tags", "compose_tags_wrong")
    elif missing := [tag for tag in tags if fold(tag) not in asked.tags]:
        yield Trouble(
            "tags", "compose_tags_left", {"tags": " ".join(f"#{one}" for one in missing), "most": MOST_TAGS}, False
        )


# --- what would go out ------------------------------------------------------------------------------------


def as_draft(said: Composed, group: Group, raised_by: str, now: datetime, length: timedelta) -> Action:
    """The action that these words would draft now."""
    asked = said.asked
    return Action(
        code=f"{group.keyword}{group.next_number}",
        keyword=group.keyword,
        words=said.words,
        raised_by=raised_by,
        zone=group.zone,
        state=State.DRAFT,
        ends_at=(asked.starts_at or now) + length,
        need=asked.need,
        place=asked.place,
        starts_at=asked.starts_at,
        tags=asked.tags,
        is_emergency=group.is_emergency,
    )


def longest_text(action: Action) -> str:
    """As those get it in whose language it is longest: that is what it costs."""
    texts = (alert_text(action, lang) for lang in LANGUAGES)
    return max(texts, key=lambda text: (measure(text).count, measure(text).units))


def left_in(segments: Segments) -> int:
    """Units that still fit without one segment more."""
    most = ALONE[segments.encoding] if segments.count == 1 else segments.count * A_PART[segments.encoding]
    return max(0, most - segments.units)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of whom a group's alert would reach, what a preview goes by: how many, what today's limit leaves, how ready."""

    people: int
    left_today: int
    who: Askable


def counted(action: Action, view: AlertView, now: datetime) -> Counted:
    """From the whole group as it was read for this alert."""
    segments = measure(longest_text(action)).count
    plan_from = WaveView(
        need=action.need or 1,
        taken=0,
        wave=0,
        opened_at=now.astimezone(ZoneInfo(action.zone)),
        deadline=deadline(action, now),
        candidates=view.reach.candidates,
        asked=(),
        past=view.reach.past,
        seats_a_second=view.a_second / segments,
    )
    return Counted(view.reach.recipients, view.left_today, askable(plan_from, now))


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs at worst and how long it takes: to send, and to fill (None: hardly in time, or open-ended).

    `first`: about how many are asked at first; `over`: more than today's limit leaves, which is `left` texts.
    """

    cents: int
    sending: str
    first: int = 0
    filling: float | None = None
    filling_all: float | None = None
    left: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an organizer sees while they write."""

    text: str
    read: str
    segments: Segments
    left: int
    causes: tuple[Cause, ...]
    mended: int
    price: Price | None = None


def previewed(action: Action, view: AlertView, counted: Counted | None, now: datetime, lang: str) -> Preview:
    """As the draft would show it; the price is there once the group has been `counted`."""
    segments = measure(longest_text(action))

    def count(words: str) -> int:
        return measure(longest_text(replace(action, words=words))).count

    found = causes(action.words, count)
    return Preview(
        text=with_tap(alert_text(action, lang), action, view, lang),
        read=read_back(action, lang),
        segments=segments,
        left=left_in(segments),
        causes=found,
        mended=count(mended(action.words, {one.found for one in found})),
        price=priced(action, view, counted, segments.count, now) if counted else None,
    )


def shown_as_drafted(action: Action, view: AlertView, now: datetime, lang: str) -> Preview:
    """A draft as the text about it shows it: to as many as it said, however many there are by now."""
    known = replace(counted(action, view, now), people=action.recipients)
    shown = previewed(action, view, known, now, lang)
    return replace(shown, price=replace(shown.price, first=action.first_wave)) if shown.price else shown


def priced(action: Action, view: AlertView, counted: Counted, segments: int, now: datetime) -> Price:
    texts = counted.people * segments
    price = Price(
        cents=ceil(texts * view.segment_price),
        sending=takes(texts / view.a_second),
        left=counted.left_today // segments,
        is_over=texts > counted.left_today,
    )
    if action.need is None:
        return price
    left = (deadline(action, now) - now).total_seconds() / 60
    a_minute = view.a_second / segments * 60
    return replace(
        price,
        first=asked_first(counted.who, action.need, left, a_minute),
        filling=minutes_to_fill(counted.who, action.need, left, a_minute),
        filling_all=minutes_to_fill(counted.who, action.need, left, a_minute, is_all=True),
    )


def local(now: datetime, group: Group) -> datetime:
    return now.astimezone(ZoneInfo(group.zone))


# --- what makes it longer -----------------------------------------------------------------------------------

KINDS: Mapping[str, str] = {
    **dict.fromkeys("‘’‚‛′`´ʼ“”„‟″«»", "quote"),
    **dict.fromkeys("‐‑‒–—―−", "dash"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\u200b\ufeff\u00ad", "space"),
    "…": "dots",
}
CHEAPER: Mapping[str, str] = {
    "[": "(", "]": ")", "{": "(", "}": ")", "~": "-", "|": "/", "\\": "/", "^": "'", "€": "EUR ", "\f": " ",
}  # fmt: skip
WIDE = "  "  # spaces that say nothing: two beside each other, or empty lines
_WIDE = re.compile(r"[ \t]{2,}|[ \t]*\n\s*\n[ \t]*|[ \t]+\n")


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes the text longer: the character, how often it is there, and what would do instead (None: nothing).

    `kind` is quote, dash, dots, space, accent, emoji, letter, or, of what costs more though any phone knows it, double
    or wide. `without` is how many segments the text would have if this alone were mended.
    """

    found: str
    kind: str
    n: int
    instead: str | None
    without: int


def causes(words: str, count: Callable[[str], int]) -> tuple[Cause, ...]:
    """In the order of the words; `count` tells how many segments an alert of some words has.

    One character that GSM-7 lacks makes the whole text one of 70 characters a segment, not 160. What costs double or
    says nothing is a cause only where the text would have fewer segments without.
    """
    seen: dict[str, int] = {}
    for one in graphemes(words):
        if not GSM_ALL.issuperset(one):
            seen[one] = seen.get(one, 0) + 1
    now = count(words)
    found = [Cause(one, kind_of(one), n, instead_of(one), count(mended(words, {one}))) for one, n in seen.items()]
    costly = [Cause(one, "double", words.count(one), CHEAPER[one], count(mended(words, {one}))) for one in CHEAPER]
    wide = Cause(WIDE, "wide", len(_WIDE.findall(words)), " ", count(mended(words, {WIDE})))
    found += [one for one in (*costly, wide) if one.n and one.without < now]
    return tuple(found)


def kind_of(grapheme: str) -> str:
    if grapheme[0] in KINDS:
        return KINDS[grapheme[0]]
    if is_emoji(grapheme):
        return "emoji"
    return "accent" if instead_of(grapheme) else "letter"


def is_emoji(grapheme: str) -> bool:
    is_picture = unicodedata.category(grapheme[0]) in {"So", "Sk", "Cs"}
    return is_picture or "\ufe0f" in grapheme or "\u20e3" in grapheme or "\U0001f000" <= grapheme[0] <= "\U0001faff"


def instead_of(grapheme: str) -> str | None:
    """What says the same in GSM-7: nothing, for an emoji. None: there is no such thing, as for another script."""
    if GSM_ALL.issuperset(said := plain(grapheme)):
        return said
    if is_emoji(grapheme):
        return ""
    bare = "".join(part for part in unicodedata.normalize("NFKD", grapheme) if not unicodedata.combining(part))
    bare = plain(bare)
    return bare if bare and GSM_ALL.issuperset(bare) else None


def mended(words: str, found: Collection[str]) -> str:
    """The words with something cheaper for each of these; an emoji goes without its space."""
    text = "".join(
        instead if one in found and (instead := cheaper(one)) is not None else one for one in graphemes(words)
    )
    is_gap = any(one == WIDE or cheaper(one) in {"", " "} for one in found)
    return narrowed(text) if is_gap else text


def cheaper(grapheme: str) -> str | None:
    """What costs less and says the same. None: nothing does."""
    return CHEAPER[grapheme] if grapheme in CHEAPER else instead_of(grapheme)


def narrowed(text: str) -> str:
    """One space where there are more, and no empty lines."""
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()
