"""How much a crew hears in a while: each speaker and the crew as a whole have a pace, and what goes over it waits.

What is said too fast goes out later, not never; only what would have to wait too long is refused, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from chalicelib.core.model import Spoken, Talk
from chalicelib.grammar.fold import fold

A_WHILE = timedelta(minutes=5)
BY_ONE = 4  # that one person says in a while
BY_ALL = 12  # that the crew hears in a while
MATCH, MATCH_LASTS = 6, timedelta(minutes=3)  # so many in a row, so fast, by two people: a shouting match
COOLS_OFF = timedelta(minutes=1)  # after a shouting match, or before somebody's next words in capitals
LONGEST_WAIT = timedelta(minutes=5)
LOUD_FROM = 12  # letters; shorter ones are names and codes


def mark_of(words: str) -> str:
    """The same for the same words, however they are written; nobody can read them from it."""
    return blake2b((fold(words) or words).encode(), digest_size=6).hexdigest()


def is_loud(words: str) -> bool:
    """Capitals throughout, or one word over and over."""
    letters = [letter for letter in words if letter.isalpha()]
    said = fold(words).split()
    is_one_word = len(said) >= 4 and len(set(said)) <= len(said) // 4
    return is_one_word or (len(letters) >= LOUD_FROM and sum(map(str.isupper, letters)) > 0.8 * len(letters))


def is_repeated(talk: Talk, person: str, words: str, now: datetime) -> bool:
    """Whether this person has said the same in the last while."""
    mark = mark_of(words)
    return any(one.person == person and one.mark == mark and now - one.at < A_WHILE for one in talk.spoken)


def goes_out_at(talk: Talk, person: str, words: str, now: datetime) -> datetime | None:
    """The moment at which these words may go out; None: not within LONGEST_WAIT."""
    mine = [one for one in talk.spoken if one.person == person]
    at = max(
        now,
        after_all(talk.spoken, BY_ALL),
        after_all(mine, BY_ONE),
        after_match(talk.spoken, person),
        mine[-1].at + COOLS_OFF if mine and is_loud(words) else now,
    )
    return at if at - now <= LONGEST_WAIT else None


def after_all(spoken: Sequence[Spoken], most: int) -> datetime:
    """When there have been fewer than `most` in the while before."""
    return spoken[-most].at + A_WHILE if len(spoken) >= most else LONG_AGO


def after_match(spoken: Sequence[Spoken], person: str) -> datetime:
    """Two people who answer each other fast get a pause; so has whoever talks to themselves."""
    last = spoken[-MATCH:]
    is_match = (
        len(last) == MATCH
        and len({*(one.person for one in last), person}) <= 2
        and last[-1].at - last[0].at < MATCH_LASTS
    )
    return last[-1].at + COOLS_OFF if is_match else LONG_AGO


def with_spoken(talk: Talk, person: str, words: str, at: datetime, now: datetime) -> Talk:
    """What counts afterwards: the while before `now`, and what waits."""
    kept = (*(one for one in talk.spoken if now - one.at < A_WHILE), Spoken(person, at, mark_of(words)))
    return replace(talk, spoken=tuple(sorted(kept, key=lambda one: one.at)))


LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
