"""What is signed on pages: forms, the cookie of a browser that has been confirmed, and what is said after a redirect.

Each is bound to what it is for, compared in constant time, and signed with the first of LINK_KEYS; all of them count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.settings import Settings

if TYPE_CHECKING:
    from itsdangerous import URLSafeSerializer

FORM_LASTS = timedelta(hours=12)
CLOCKS_APART = timedelta(minutes=10)


def mark(secret: str) -> str:
    """What is kept of a browser's secret: enough to know it again, and nothing that could be used."""
    return blake2b(secret.encode(), digest_size=12).hexdigest()


def sign(settings: Settings, what: str, facts: Mapping[str, Any]) -> str:
    """`what` it is for keeps one kind of token from being taken for another."""
    return str(signer(settings, what).dumps(dict(facts)))


def read(settings: Settings, what: str, token: str) -> dict[str, Any] | None:
    """None: forged, cut short, or made for something else."""
    from itsdangerous import BadData  # late, as below: webhooks sign nothing

    try:
        facts = signer(settings, what).loads(token)
    except BadData:
        return None
    return facts if isinstance(facts, dict) else None


def signer(settings: Settings, what: str) -> URLSafeSerializer:
    from itsdangerous import URLSafeSerializer

    newest_last = list(reversed(settings.link_keys))
    return URLSafeSerializer(newest_last, salt=f"giddyup {what}", signer_kwargs={"digest_method": sha256})


class Sent(NamedTuple):
    """A form that came back as we gave it out: `nonce` is the cause of its command, `verb` what it is for."""

    nonce: str
    verb: str


def form_token(settings: Settings, verb: str, nonce: str, now: datetime, **bound: str) -> str:
    """For a form that counts once, for this verb, and whatever else it is `bound` to: its action, who may send it."""
    return sign(settings, "form", {"n": nonce, "t": int(now.timestamp()), "v": verb, **present(bound)})


def read_form(settings: Settings, token: str, now: datetime, **bound: str) -> Sent | None:
    """None: not ours, too old, or made for something or somebody else."""
    facts = read(settings, "form", token)
    if facts is None:
        return None
    nonce, at, verb = (facts.pop(name, "") for name in ("n", "t", "v"))
    age = now - datetime.fromtimestamp(int(at or 0), now.tzinfo)
    is_for_this = facts == present(bound) and -CLOCKS_APART < age < FORM_LASTS
    return Sent(str(nonce), str(verb)) if is_for_this else None


def present(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}
