"""A conversation as a story file for tests/stories."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from infra.local.carrier.screens import Text

NAME_WIDTH = 7
# The number that confirms a draft is drawn anew each time: what is played back must not depend on it
CONFIRMATION = re.compile(r"\b(GO) \d{2}\b", re.IGNORECASE)


def story(texts: Collection[Text], names: Mapping[str, str]) -> str:
    """`names` by number; a phone without one goes by the end of its number.

    What a phone got is indented under what it texted, and begins with the phone's name wherever that could be misread.
    """
    lines = []
    spoke = named = ""
    for text in texts:
        body = CONFIRMATION.sub(r"\1 ##", " ⏎ ".join(text.body.splitlines()))
        name = _one_word(names.get(text.phone, "")) or f"p{text.phone[-4:]}"
        if text.direction == "out":
            spoke = named = text.phone
            lines.append(f"{name:<{NAME_WIDTH}}{' ' if len(name) >= NAME_WIDTH else ''}{body}")
        elif spoke == named == text.phone:
            lines.append(f"{'':<{NAME_WIDTH}}< {body}")
        else:
            named = text.phone
            lines.append(f"{name:<{NAME_WIDTH}}{' ' if len(name) >= NAME_WIDTH else ''}< {body}")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _one_word(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")
