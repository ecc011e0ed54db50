"""What a phone answers by itself: driving, in a meeting, out of office.

Passed on or answered it would be noise at best; two machines that answer each other go on until one is cut off.
"""

from __future__ import annotations

import re

from chalicelib.core.commands import AutoReply
from chalicelib.grammar.building import Heard
from chalicelib.grammar.vocabulary import Hinted, Pattern, any_of, phrases

HINTED = Hinted(str, hints=frozenset(phrases("auto_hint")))

_MARKED = re.compile(r"\s*[\[(<{*]\s*auto\b", re.IGNORECASE)  # "[Auto] ..."
_BEGINS = Pattern(lambda: rf"(?:{any_of('polite', 'lead_in')} )*+{any_of('auto_begins')}")
_HOLDS = Pattern(lambda: any_of("auto_holds"))
# "I'm driving right now, I'll text you when I get there": whatever comes after is the machine's, too.
_PROMISES = Pattern(
    lambda: (
        rf"(?:{any_of('polite', 'lead_in')} )*+{any_of('driving')}(?: (?:and|but|so|y|pero|{any_of('busy')}))*"
        rf" {any_of('auto_promise')}"
    )
)
# A person may have written these, if nothing else: "I'm driving, be there in 10" is theirs, and is for the organizer.
_PERHAPS = Pattern(
    lambda: (
        rf"(?:{any_of('polite', 'lead_in')} )*+{any_of('driving', 'busy')}"
        rf"(?: (?:and|so|but|y|pero|{any_of('driving', 'busy', 'busy_ends', 'auto_promise', 'polite')}))*$"
    )
)


def build_auto_reply(heard: Heard) -> AutoReply | None:
    """`is_sure` where only a machine writes so."""
    folded, body = heard.said.folded, heard.said.original
    if _MARKED.match(body) or _BEGINS.match(folded) or _HOLDS.search(folded) or _PROMISES.match(folded):
        return AutoReply(body)
    return AutoReply(body, is_sure=False) if _PERHAPS.match(folded) else None
