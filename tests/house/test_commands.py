"""Every command has a handler, a rule with examples in both languages, and sentences; and nothing is left over."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.core.commands import ByPage, ByText, ByTime, Unclear, Words
from chalicelib.core.grouping import SETTINGS
from chalicelib.core.notices import TO_OPERATORS, TO_ORGANIZERS
from chalicelib.grammar.fold import fold
from chalicelib.grammar.parse import parse
from chalicelib.grammar.reserved import KeywordProblem
from chalicelib.grammar.rules import RULES, Rule
from chalicelib.grammar.vocabulary import phrases
from chalicelib.handle import HANDLERS
from chalicelib.languages import LANGUAGES, en, es
from tests.house.source import at, files, tree

# --- handlers and rules ------------------------------------------------------------------------------


def test_every_command_has_a_line_in_handlers_and_nothing_else_has() -> None:
    commands = {*get_args(ByText), *get_args(ByPage), *get_args(ByTime)}

    assert set(HANDLERS) == commands


# What is no command, and what lacks something, is no example of any rule's own.
WITHOUT_RULE = {Words, Unclear}


def test_every_command_that_is_texted_is_an_example_of_some_rule_and_nothing_else_is() -> None:
    made = {type(command) for rule in RULES for _, command in rule.examples}

    assert made == {*get_args(ByText)} - WITHOUT_RULE


# What is the same in every language: a number, a code, a group's own word.
SAME_EVERYWHERE = {"yes_alone", "number", "code", "keyword"}


def is_only_in(lang: str, text: str, rule: Rule) -> bool:
    """Whether a text begins with the command's name in this language only, or has a word that no other has."""
    other = next(one for one in LANGUAGES if one != lang)
    said = fold(text)
    return any(said.startswith(name) for name in named(lang, rule) - named(other, rule)) or bool(
        set(said.split()) & (words_in(lang) - words_in(other))
    )


def named(lang: str, rule: Rule) -> set[str]:
    return {fold(phrase) for phrase in LANGUAGES[lang].WORDS.get(rule.name, ())}


@cache
def words_in(lang: str) -> set[str]:
    return {word for forms in LANGUAGES[lang].WORDS.values() for phrase in forms for word in fold(phrase).split()}


OF_A_LANGUAGE = [rule for rule in RULES if rule.name not in SAME_EVERYWHERE]


@pytest.mark.parametrize("rule", OF_A_LANGUAGE, ids=lambda rule: rule.name)
def test_every_rule_has_an_example_in_each_language(rule: Rule) -> None:
    without = [lang for lang in LANGUAGES if not any(is_only_in(lang, text, rule) for text, _ in rule.examples)]

    assert without == []


# --- sentences ---------------------------------------------------------------------------------------

# Where in a call the key of a sentence stands.
KEY_AT = {"say": 0, "Say": 0, "answer": 1, "refused": 1, "with_hint": 1, "instead": 3}


def either(*parts: tuple[str, ...]) -> frozenset[str]:
    """Every key that can be put together of these parts, one of each."""
    return frozenset("".join(chosen) for chosen in product(*parts))


# The rules that answer Unclear to a command that lacks something.
LACKING = ("join", "name", "zip", "lang", "quiet", "new_group", "new_emergency_group", "alert", "go", "update")
LACKING += (
    "organizer",
    "zone",
    "say",
    "tell",
    "add",
    "take",
    "drop",
    "give",
    "noshow",
    "move",
    "at",
    "public",
    "private",
    "remove_organizer",
    "set",
)

# Keys that are put together where they are said, by the function that says them; a test fails for one not listed.
NOTICES = tuple(sorted(TO_ORGANIZERS | TO_OPERATORS))
COMPUTED: dict[str, frozenset[str]] = {
    "decide_sign_in": either(("sign_in_",), ("wrong", "over")),
    "choose": frozenset({"nothing_open", "not_in_any", "not_an_organizer"}),
    "joined_say": either(("joined", "joined_emergency"), ("", "_welcome")),
    "wrong_say": either(("wrong_",), tuple(SETTINGS)),
    "set_say": either(("set_",), ("cap", "limit", "countries"), ("", "_off"))
    | either(("set_",), ("welcome_off", "hours_off", "languages_off", "languages_en", "languages_es"))
    | either(("tells_all", "tells_few", "made_public", "made_private")),
    "decide_new_group": either(("founded", "founded_emergency"))
    | either(("keyword_",), get_args(KeywordProblem)),
    "decide_who": either(("who", "who_open"), ("", "_when"), ("", "_place")),
    "result_say": either(("thanks",), ("", "_done"), ("", "_note")),
    "decide_close": either(("closed",), ("", "_done")),
    "decide_call_off": frozenset({"called_off", "called_off_note"}),
    "decide_in": either(("in", "in_open"), ("", "_nameless", "_party")),
    "wait_in_line": frozenset({"waiting", "waiting_first", "waiting_party", "waiting_still"}),
    "decide_set_public": frozenset({"no_such_action", "no_such_group", "made_public", "made_private"}),
    "decide_show_name": frozenset({"name_shown", "name_shown_nameless", "name_hidden"}),
    "decide_invite": either(
        ("list_skipped_",),
        ("stopped", "member", "left", "bad_number", "waiting", "asked_before", "no_group"),
    ),
    "decide_send_again": either(("sending_again",), ("", "_more")),
    "give_up": frozenset({"maybe", "out", "out_again"}),
    "decide_me": either(("me",), ("", "_groups"), ("", "_pledges")),
    # one for each rule that answers Unclear
    "decide_unclear": either(("use_",), LACKING),
    # what a row says was put there by one of the above
    "deliver_row": frozenset(),
    "as_written": frozenset(),
    "decide_tell_asked": either(("tells_all", "tells_few")),
    "decide_late": either(("late",), ("", "_until")) | {"waiting_still", "not_in"},
    "decide_done": frozenset({"task_finished", "task_finished_amount"}),
    "task_done_by_organizer": frozenset({"task_finished", "task_finished_amount"}),
    "asked_who_missed": frozenset({"who_missed", "how_many_missed"}),
    "choose_ended": frozenset({"not_begun", "over"}),
    "muted": frozenset({"muted", "unmuted"}),
    "silenced": frozenset({"silenced_by_you", "heard_again_by_you"}),
    "told_one": frozenset({"speak_not_in", "tell_not_in"}),
    "decide_add": either(("task_added",), ("", "_many")),
    "decide_tasks": either(("tasks",), ("", "_more")),
    "described": either(("task_line",), ("", "_many")),
    "taken_by_others": either(("task_full",), ("", "_others")),
    # one for each kind of notice that delivery gives
    "decide_notice": either(("notice_",), NOTICES),
}  # fmt: skip
GIVEN = {"instead": {"code", "tail"}, "with_hint": {"code", "hint"}}  # fills that these give themselves
PASSED_ON = {"say", "answer", "refused", "with_hint", "instead"}  # these say what they are given


def calls() -> Iterator[tuple[Path, str, ast.Call]]:
    """Every call that says something, with the function that it is in."""
    for file in files("chalicelib"):
        if file.parent.name == "web":
            continue  # its `say` is of what is published, not of texts: tests/web/test_words.py
        for function in ast.walk(tree(file)):
            if isinstance(function, ast.FunctionDef) and function.name not in PASSED_ON:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEY_AT:
                        yield file, function.name, node


def keys_of(call: ast.Call) -> list[str] | None:
    """The keys that a call can say, as written: a constant, or one of two. None where they are put together."""
    assert isinstance(call.func, ast.Name)
    key = call.args[KEY_AT[call.func.id]]
    written = [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
    if all(isinstance(one, ast.Constant) for one in written):
        return [str(one.value) for one in written if isinstance(one, ast.Constant)]
    return None


def said() -> dict[str, str]:
    """Every key that can be said, with a place that says it."""
    found: dict[str, str] = {}
    for file, function, call in calls():
        for key in keys_of(call) or COMPUTED.get(function, ()):
            found.setdefault(key, at(file, call))
    return found


def fills(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_key_that_is_put_together_is_listed_here() -> None:
    unlisted = [
        f"{at(file, call)} in {function}"
        for file, function, call in calls()
        if keys_of(call) is None and function not in COMPUTED
    ]
    gone = COMPUTED.keys() - {function for _, function, call in calls() if keys_of(call) is None}

    assert (unlisted, gone) == ([], set())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_that_can_be_said_has_a_sentence(lang: str) -> None:
    missing = [f"{place} says {key}" for key, place in said().items() if key not in LANGUAGES[lang].SENTENCES]

    assert missing == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_left_that_nothing_says(lang: str) -> None:
    unused = LANGUAGES[lang].SENTENCES.keys() - said().keys()

    assert unused == set()


def test_a_sentence_has_the_same_fills_in_every_language() -> None:
    shared = en.SENTENCES.keys() & es.SENTENCES.keys()

    different = {
        key: (fills(en.SENTENCES[key]), fills(es.SENTENCES[key]))
        for key in shared
        if fills(en.SENTENCES[key]) != fills(es.SENTENCES[key])
    }

    assert different == {}


def test_whoever_says_a_sentence_gives_it_all_its_fills() -> None:
    lacking = []
    for file, _, call in calls():
        given = {one.arg for one in call.keywords if one.arg} | GIVEN.get(call.func.id, set())
        is_whole = all(one.arg for one in call.keywords) and len(call.args) == KEY_AT[call.func.id] + 1
        for key in (keys_of(call) or []) if is_whole else []:
            wanted = fills(en.SENTENCES.get(key, "")) - given
            lacking += [f"{at(file, call)} says {key} without {sorted(wanted)}"] if wanted else []

    assert lacking == []


def test_every_command_that_lacks_something_is_told_how_it_is_used() -> None:
    begun = [phrase for name in en.WORDS for phrase in phrases(name) if not set("(?{|[") & set(phrase)]

    answers = {
        parsed.command
        for phrase in begun
        for tail in ("", " xyzzy", " 12", " +", " dig")
        if isinstance(parsed := parse(phrase + tail), Unclear)
    }

    assert {f"use_{name}" for name in answers} == COMPUTED["decide_unclear"]
