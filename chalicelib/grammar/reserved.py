"""The words that no group may have as its keyword, and what is wrong with a keyword."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from chalicelib.grammar.vocabulary import phrases

KeywordProblem = Literal["not_letters", "too_short", "too_long", "reserved"]

SHORTEST, LONGEST = 2, 12

# Everything that is, or will be, a command; and what people say so often that it would join them unawares.
NAMES = (
    *("stop", "stop_plainly", "start", "help", "join", "leave", "in", "yes", "on_my_way", "maybe", "out", "no", "here"),
    *("done", "who", "name", "zip", "lang", "quiet", "me", "new_emergency_group", "new_group", "alert", "go", "update"),
    *("more", "ask_all", "resend", "tell_all", "tell_few", "zone"),
    *("say", "mute", "unmute", "tasks", "next_page", "add", "take", "drop", "give", "noshow", "all_here", "late"),
    *("public", "private", "show_name", "hide_name"),
    *("move", "move_said", "at", "place", "again"),
    *("begin", "close", "call_off", "hold_sending", "go_on_sending", "organizer", "remove_organizer", "set"),
    *("speak_english", "speak_spanish", "polite", "later", "courtesy"),
)


def _words() -> Iterator[str]:
    for name in NAMES:
        for phrase in phrases(name):
            plain = phrase.replace("'", "")
            yield plain.split(" ")[0]
            yield plain.replace(" ", "")
    yield from phrases("not_keyword")


RESERVED: frozenset[str] = frozenset(word.upper() for word in _words())


def keyword_problem(keyword: str) -> KeywordProblem | None:
    """Why this may not be a group's keyword; None when it may. Case does not matter; letters are A to Z."""
    if not (keyword.isascii() and keyword.isalpha()):
        return "not_letters"
    if len(keyword) < SHORTEST:
        return "too_short"
    if len(keyword) > LONGEST:
        return "too_long"
    return "reserved" if keyword.upper() in RESERVED else None
