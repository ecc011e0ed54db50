"""Every rule beside its examples, and both languages beside each other."""

import pytest

from chalicelib.core.commands import ByText
from chalicelib.grammar.parse import parse
from chalicelib.grammar.rules import RULES, Rule
from chalicelib.grammar.vocabulary import phrases
from chalicelib.languages import en, es

EXAMPLES = [pytest.param(text, command, id=f"{rule.name}: {text}") for rule in RULES for text, command in rule.examples]
SPOKEN = [rule for rule in RULES if rule.first_words is not None]


@pytest.mark.parametrize(("text", "command"), EXAMPLES)
def test_an_example_is_understood_as_it_says(text: str, command: ByText) -> None:
    assert parse(text) == command


def test_stop_is_the_first_rule() -> None:
    assert RULES[0].name == "stop"


def test_every_command_that_can_be_texted_has_a_rule() -> None:
    made = {type(command) for rule in RULES for _, command in rule.examples}
    made_elsewhere = {"Words", "Unclear"}

    assert {kind.__name__ for kind in made} == {kind.__name__ for kind in ByText.__args__} - made_elsewhere


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in SPOKEN])
def test_a_rule_has_an_example_in_each_language(rule: Rule) -> None:
    firsts = {text.lower().strip("¿¡ ").split()[0].strip(".,:!?") for text, _ in rule.examples}
    for words in (en.WORDS, es.WORDS):
        names = [rule.name] if rule.name in words else ["speak_english", "speak_spanish"]
        spoken = {phrase.split()[0] for name in names for phrase in words[name]}

        assert firsts & spoken


def test_both_languages_have_words_for_the_same_things() -> None:
    assert en.WORDS.keys() == es.WORDS.keys()


@pytest.mark.parametrize("word", [p for p in phrases("stop") if " " not in p])
def test_a_carriers_word_begins_no_other_command(word: str) -> None:
    assert not [rule.name for rule in SPOKEN if rule.first_words and word in rule.first_words]
