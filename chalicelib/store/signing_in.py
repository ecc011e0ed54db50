"""What decisions about signing in may look at."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from chalicelib.core.model import Me
from chalicelib.core.received import Received
from chalicelib.core.signing_in import CodeView
from chalicelib.runtime import Runtime
from chalicelib.settings import Settings
from chalicelib.store.kept_codec import sign_in_key
from chalicelib.store.values import get


def for_code(ask: Any, got: Received, who: Me, world: Runtime) -> CodeView:
    key, settings = sign_in_key(who.person.id), world.settings
    return CodeView(
        me=who,
        brand=settings.brand,
        mark=code_mark(settings, who.person.id, ask.code),
        code=get([key]).get(key),
        is_operator=who.person.phone in settings.operators,
    )


def code_mark(settings: Settings, person: str, code: str) -> str:
    """What is kept of a code: a million codes are soon tried, so it takes our key to know it by."""
    return hmac.digest(settings.number_key.encode(), f"code {person} {code}".encode(), sha256).hex()[:32]
