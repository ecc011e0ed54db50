"""Names as they are matched: how somebody who is addressed is found, however their name is written."""

from __future__ import annotations

import re

from chalicelib.grammar.fold import SEPARATORS, Said, fold

MOST_WORDS = 3  # of a name that is addressed

# The hyphen of "05-2" tells two people apart who have no name; that of "Ana-Maria" does not.
_NO_PART_OF_NAMES = re.compile(r"[^\w-]|_|-(?!\d)")


def name_key(name: str) -> str:
    """The name in small letters and digits alone: "Ana María" is "anamaria". Empty where it holds neither."""
    return _NO_PART_OF_NAMES.sub("", fold(name))


def addressed(words: str) -> tuple[tuple[str, str], ...]:
    """Whom words may begin with, the longest name first, each with the rest as it was written.

    "ana maria on our way" may be to "anamariaon", "anamaria" or "ana".
    """
    said = Said.of(words)
    ends = [match.end() for match in re.finditer(r"[^ ]+", said.folded)][:MOST_WORDS]
    found = ((name_key(said.between(0, end)), words[said.places[end - 1] + 1 :]) for end in reversed(ends))
    return tuple((key, rest.lstrip(SEPARATORS).rstrip()) for key, rest in found if key)
