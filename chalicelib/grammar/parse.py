"""From any text at all to one command."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from chalicelib.core.commands import (
    Again,
    AllHere,
    Begin,
    ByText,
    CallOff,
    Close,
    Done,
    Drop,
    Here,
    In,
    Late,
    Move,
    MoveTo,
    NoShow,
    Out,
    Take,
    Unclear,
    Words,
)  # fmt: skip
from chalicelib.grammar.building import Heard
from chalicelib.grammar.details import read_code
from chalicelib.grammar.fold import Said
from chalicelib.grammar.rules import RULES, Rule
from chalicelib.grammar.vocabulary import Pattern, any_of

# "close?", "done yet?", "no dogs?": what is asked is not said. (IN?, WHO? and HELP? are, all the same.)
NEVER_ASKED = (Close, CallOff, Begin, Done, Here, Late, Take, Drop, AllHere, NoShow, Move, MoveTo, Again)

# What may follow a greeting ("ok I'm in", "sure, I'll take 2") or a code ("DIG4 in").
AFTER_GREETING = frozenset(
    {"in", "yes", "on_my_way", "maybe", "out", "no", "here", "late", "late_by", "done", "take", "all_here", "drop_cant"}
)
OF_AN_ACTION = AFTER_GREETING | {"who", "more", "ask_all", "resend", "update", "begin", "close", "call_off"}
OF_AN_ACTION |= {"say", "mute", "unmute", "tasks", "add", "drop", "give", "noshow", "move", "place", "again"}

THUMBS: dict[str, ByText] = {"👍": In(), "👎": Out()}  # alone, they are the shortest answers there are

_FIRST_WORD = re.compile(r"[a-z']+")
_LEAD_IN = Pattern(lambda: rf"(?:(?:{any_of('lead_in')}) )++")


def _by_first_word() -> dict[str, tuple[Rule, ...]]:
    words = {word for rule in RULES for word in rule.first_words or ()}
    return {word: tuple(r for r in RULES if r.first_words is None or word in r.first_words) for word in words}


_RULES_FOR = _by_first_word()
_RULES_FOR_ANY = tuple(rule for rule in RULES if rule.first_words is None)


def parse(body: str) -> ByText:
    """The command that a text is. What is none is `Words`, with the text as it came; nothing raises."""
    said = Said.of(body)
    if not said.folded:
        return _in_pictures(body)
    command = _hear(said) or _after_code(said) or _after_greeting(said) or Words(body)
    return Words(body) if isinstance(command, NEVER_ASKED) and body.rstrip().endswith("?") else command


def _hear(said: Said, *, only: frozenset[str] | None = None, is_led: bool = False) -> ByText | None:
    first = _FIRST_WORD.match(said.folded)
    rules = _RULES_FOR.get(first[0].replace("'", ""), _RULES_FOR_ANY) if first else _RULES_FOR_ANY
    for rule in rules:
        if only and rule.name not in only:
            continue
        if match := rule.pattern.match(said.folded):
            command = rule.build(Heard(said, match, rule.name, is_led))
            if command is not None:
                return command
    return None


def _after_code(said: Said) -> ByText | None:
    """ "DIG4 in": the code first."""
    code, end = read_code(said, 0)
    if not code or not said.folded.startswith(" ", end):
        return None
    command = _hear(said.since(end + 1), only=OF_AN_ACTION)
    if command is None or isinstance(command, (Unclear, Words)):
        return None
    return cast(ByText, replace(cast(Any, command), code=code))  # they all have one


def _after_greeting(said: Said) -> ByText | None:
    """ "ok I'm in", "no problem, on my way": a pledge or the like, if it is a plain one."""
    lead = _LEAD_IN.match(said.folded)
    if not lead or lead.end() >= len(said.folded):
        return None
    return _hear(said.since(lead.end()), only=AFTER_GREETING, is_led=True)


def _in_pictures(body: str) -> ByText:
    said = [answer for thumb, answer in THUMBS.items() if thumb in body]
    return said[0] if len(said) == 1 else Words(body)
