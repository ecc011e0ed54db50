"""What a group's earlier actions taught, packed: some ten bytes for each person asked, one row for each action.

Ids are cut to ten letters (50 bits: among a hundred thousand members two are alike once in ten thousand groups). Who
stayed silent is a bare id; who answered has two letters more: the answer, and how long it took.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log1p
from zoneinfo import ZoneInfo

from chalicelib.core.model import Answer
from chalicelib.core.outcome import Taught
from chalicelib.core.readiness import Past, Reply
from chalicelib.store.plain import from_iso, iso, since_iso
from chalicelib.store.tables import PastRow, group_pk

SHORT_ID = 10
LETTERS = {Answer.IN: "i", Answer.WAITING: "w", Answer.MAYBE: "m", Answer.OUT: "o"}
ANSWERS = {letter: answer for answer, letter in LETTERS.items()}
DELAYS = "abcdefghijklmnopqrstuvwxyz"  # a: at once; each letter a third longer, to some two days
STEP = 0.31


def short(person: str) -> str:
    return person[:SHORT_ID]


def delay_letter(minutes: float) -> str:
    return DELAYS[min(len(DELAYS) - 1, round(log1p(max(0.0, minutes)) / STEP))]


def minutes_of(letter: str) -> float:
    return exp(DELAYS.index(letter) * STEP) - 1


def taught_out(taught: Taught) -> PastRow:
    past = taught.past
    replies = (f"{who}{LETTERS[one.answer]}{delay_letter(one.minutes)}" for who, one in sorted(past.answers.items()))
    return PastRow(
        group_pk(taught.keyword),
        f"past#{iso(taught.ended_at)}#{past.code}",
        opened_at=iso(past.opened_at),
        starts_at=iso(past.starts_at) if past.starts_at else None,
        zone=str(past.opened_at.tzinfo),
        asked=None if past.asked is None else "".join(sorted(past.asked - past.answers.keys())) or " ",
        replies="".join(replies) or None,
    )


def past_in(row: PastRow) -> Past:
    zone = ZoneInfo(row.zone)
    starts_at = since_iso(row.starts_at)
    answers = {
        each[:SHORT_ID]: Reply(ANSWERS[each[SHORT_ID]], minutes_of(each[SHORT_ID + 1]))
        for each in cut(row.replies or "", SHORT_ID + 2)
    }
    silent = None if row.asked is None else frozenset(cut(row.asked.strip(), SHORT_ID))
    return Past(
        code=row.sk.rpartition("#")[2],
        opened_at=from_iso(row.opened_at).astimezone(zone),
        starts_at=starts_at.astimezone(zone) if starts_at else None,
        asked=None if silent is None else silent | answers.keys(),
        answers=answers,
    )


def cut(text: str, width: int) -> Iterable[str]:
    return (text[at : at + width] for at in range(0, len(text), width))
