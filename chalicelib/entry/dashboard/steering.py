"""What is pressed on an action's page, as the command that a text would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.core import commands as ask_for
from chalicelib.core.watching import Verb
from chalicelib.entry.guard import Fields
from chalicelib.grammar.naming import name_key

MOST_KEPT = 2_000  # characters of a field
MOST_FOR_TASK = 99


def command_of(verb: Verb, fields: Fields, code: str) -> ask_for.Command | None:
    """What a text would have said. None: a word that it takes is missing."""
    return OF_THE_ACTION[verb](code) if verb in OF_THE_ACTION else OF_WORDS[verb](fields, code)


def typed_in(fields: Fields, name: str) -> str:
    return fields.first(name).strip()[:MOST_KEPT]


def words_of(fields: Fields) -> str:
    return next((text for name in ("text", "words", "place", "note") if (text := typed_in(fields, name))), "")


def number_in(fields: Fields, name: str, most: int = MOST_FOR_TASK) -> int | None:
    written = typed_in(fields, name)
    return int(written) if written.isdecimal() and len(written) < 6 and 1 <= int(written) <= most else None


def tell(fields: Fields, code: str) -> ask_for.Command | None:
    """To the one whose word it answers, and to nobody whose name that would be with the answer's first words.

    Names may be of three words (grammar/naming.py): the two strokes, which are letters of none, stand for the others.
    """
    name, text = name_key(typed_in(fields, "name")), typed_in(fields, "text")
    return ask_for.Tell(f"{name} / / {text}", code) if name and text else None


def update(fields: Fields, code: str) -> ask_for.Command | None:
    text = typed_in(fields, "text")
    return ask_for.Update(text, code) if text else None


def move(fields: Fields, code: str) -> ask_for.Command | None:
    words = typed_in(fields, "words")
    return ask_for.Move(words, code) if words else None


def place(fields: Fields, code: str) -> ask_for.Command | None:
    where = typed_in(fields, "place")
    return ask_for.MoveTo(where, code) if where else None


def no_show(fields: Fields, code: str) -> ask_for.Command | None:
    name = name_key(typed_in(fields, "name"))
    return ask_for.NoShow(name, code) if name else None


def add(fields: Fields, code: str) -> ask_for.Command | None:
    text = typed_in(fields, "text")
    return ask_for.Add(text, number_in(fields, "many") or 1, code) if text else None


def give(fields: Fields, code: str) -> ask_for.Command | None:
    number, name = number_in(fields, "number"), name_key(typed_in(fields, "name"))
    return ask_for.Give(number, name, code) if number and name else None


def drop(fields: Fields, code: str) -> ask_for.Command | None:
    number, name = number_in(fields, "number"), name_key(typed_in(fields, "name"))
    return ask_for.Drop(number, name, code) if number and name else None


def task_done(fields: Fields, code: str) -> ask_for.Command | None:
    number = number_in(fields, "number")
    return ask_for.Done(code, task=number) if number else None


OF_WORDS: Mapping[Verb, Callable[[Fields, str], ask_for.Command | None]] = {
    Verb.UPDATE: update,
    Verb.MOVE: move,
    Verb.PLACE: place,
    Verb.NO_SHOW: no_show,
    Verb.CLOSE: lambda fields, code: ask_for.Close(code, typed_in(fields, "note")),
    Verb.CALL_OFF: lambda fields, code: ask_for.CallOff(code, typed_in(fields, "note")),
    Verb.CALL_OFF_SURE: lambda fields, code: ask_for.CallOff(code, typed_in(fields, "note")),
    Verb.AGAIN: lambda fields, code: ask_for.Again(typed_in(fields, "words"), code),
    Verb.TELL: tell,
    Verb.ADD: add,
    Verb.GIVE: give,
    Verb.DROP: drop,
    Verb.TASK_DONE: task_done,
}
OF_THE_ACTION: Mapping[Verb, Callable[[str], ask_for.Command]] = {
    Verb.MORE: ask_for.More,
    Verb.ALL: ask_for.AskAll,
    Verb.BEGIN: ask_for.Begin,
    Verb.ALL_HERE: ask_for.AllHere,
}
