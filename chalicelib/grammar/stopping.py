"""Whether a text takes consent back: a carrier's word in any dress, or a plain sentence to the same end.

47 CFR 64.1200(a)(10): stop, quit, end, revoke, opt out, cancel and unsubscribe revoke, and so does any other reasonable
wording. What merely holds such a word ("Stop by at 6?") is for the organizer: silence nobody asked for is a loss, too.
"""

from __future__ import annotations

from chalicelib.grammar.fold import Said, clauses
from chalicelib.grammar.vocabulary import Pattern, any_of, phrases

STOP_WORDS = frozenset(phrases("stop"))
_STOP_TOKENS = frozenset(word for phrase in STOP_WORDS for word in phrase.split(" "))
_HINTS = frozenset(phrases("stop_hint"))

_DRESSED = Pattern(
    lambda: (
        rf"(?:(?:{any_of('polite', 'clause_begins')}) )*+"
        rf"(?:(?:{any_of('stop_plainly')})(?: (?:{any_of('stop', 'polite', 'stop_tail')}))*+"
        rf"|(?:{any_of('stop')})(?: (?:{any_of('stop', 'polite')}))*+)$"
    )
)
_SENTENCE = Pattern(lambda: rf"(?:^|(?<![^ ]){any_of('clause_begins', 'polite')} )(?:{any_of('stop_sentence')})")
_OF_A_GROUP = Pattern(lambda: r"(?:stop|unsubscribe|optout|opt out|alto|parar) (?:of |from )?(?P<keyword>[a-z]{2,12})$")


def is_stop(said: Said, *, reserved: frozenset[str]) -> bool:
    """Whether to fall silent. `reserved` words are no group's: "STOP DIG" is a stop, "STOP HERE" is none."""
    folded = said.folded
    if folded in STOP_WORDS:
        return True
    words = set(folded.split(" "))
    if not words.isdisjoint(_STOP_TOKENS) and _DRESSED.match(folded):
        return True
    if group := _OF_A_GROUP.match(folded):
        written = said.between(*group.span("keyword"))
        is_plain = folded.startswith(("unsub", "opt")) or (written.isupper() and written.isascii())
        return is_plain and written.upper() not in reserved
    # Most texts hold none of the words that such a sentence needs, and then nothing more is looked at.
    return not words.isdisjoint(_HINTS) and any(
        _SENTENCE.search(clause) for clause in (folded, *clauses(said.original))
    )
