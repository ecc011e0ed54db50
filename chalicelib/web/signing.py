"""What is signed on pages: forms, the cookie of a browser that has been confirmed, and what is said after a redirect.

Each is bound to what it is for, compared in constant time, and signed with the first of LINK_KEYS; all of them count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from chalicelib.settings import Settings

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
    try:
        facts = signer(settings, what).loads(token)
    except BadData:
        return None
    return facts if isinstance(facts, dict) else None


def signer(settings: Settings, what: str) -> URLSafeSerializer:
    newest_last = list(reversed(settings.link_keys))
    return URLSafeSerializer(newest_last, salt=f"giddyup {what}", signer_kwargs={"digest_method": sha256})


def form_token(settings: Settings, nonce: str, now: datetime, **bound: str) -> str:
    """A form that can be sent once, for the verb, action and person it is `bound` to. Empty values are left out."""
    facts = {name: value for name, value in bound.items() if value}
    return sign(settings, "form", {"n": nonce, "t": int(now.timestamp()), **facts})


def read_form(settings: Settings, token: str, now: datetime, **bound: str) -> str | None:
    """The form's nonce, which is the cause of its command; None: not ours, too old, or made for something else."""
    facts = read(settings, "form", token)
    if facts is None:
        return None
    wanted = {name: value for name, value in bound.items() if value}
    is_for_this = {name: value for name, value in facts.items() if name not in {"n", "t"}} == wanted
    age = now - datetime.fromtimestamp(facts.get("t", 0), now.tzinfo)
    return str(facts["n"]) if is_for_this and -CLOCKS_APART < age < FORM_LASTS else None
