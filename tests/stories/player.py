"""Plays a story: who texts what, and every text that each phone gets, in order and no other.

    # a line of comment
    olga   NEW GROUP DIG Riverbank diggers
           < Giddyup: DIG is yours. …           what the same phone gets
    ann    GO ##                                ## is the number that the phone was last shown
    bob    < …                                  what another phone gets
    ---    26 hours later                       the clock moves on

A line break within a text is written ⏎. In what is expected, ## stands for any two digits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.world import World, without_link

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
LINE = re.compile(r"(?P<name>\S*)\s+(?P<got><\s)?(?P<text>.*)")
LATER = re.compile(r"(?P<n>\d+) (?P<unit>minutes|hours|days) later")


@dataclass
class Step:
    """One text (or a move of the clock), and what is to arrive because of it."""

    line: int
    name: str
    text: str
    expected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_story(path: Path) -> list[Step]:
    steps: list[Step] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        assert found, f"{path.name}:{number} is no line of a story: {line!r}"
        text = found["text"].replace(" ⏎ ", "\n")
        if found["got"]:
            steps[-1].expected[found["name"] or steps[-1].name].append(text)
        else:
            steps.append(Step(number, found["name"], text))
    return steps


def as_shown(text: str) -> str:
    """The number of a draft is another each time, and so is a reader's own link, of which stories say nothing."""
    return re.sub(r"\bGO \d\d\b", "GO ##", without_link(text))


def play(path: Path, world: World) -> None:
    for step in read_story(path):
        later = LATER.fullmatch(step.text)
        if step.name == "---" and later:
            world.advance(**{later["unit"]: float(later["n"])})
        else:
            world.text(step.name, with_number(step.text, world.got(step.name)))
        arrived: dict[str, list[str]] = defaultdict(list)
        for name, body in world.new_texts():
            arrived[name].append(as_shown(body))
        where = f"{path.name}:{step.line} {step.name} {step.text}"
        assert dict(arrived) == dict(step.expected), where


def with_number(text: str, got: list[str]) -> str:
    shown = [found for body in got for found in re.findall(r"\bGO (\d\d)\b", body)]
    return text.replace("##", shown[-1]) if shown else text
