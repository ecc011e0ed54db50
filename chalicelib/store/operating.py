"""What decisions about the whole installation may look at."""

from __future__ import annotations

from typing import Any

from chalicelib.core.commands import Words
from chalicelib.core.kept import Sending
from chalicelib.core.model import Channel, Me
from chalicelib.core.operating import OperatorView
from chalicelib.core.received import Received
from chalicelib.runtime import Runtime
from chalicelib.store import sender
from chalicelib.store.kept_codec import sending_key
from chalicelib.store.values import get
from chalicelib.store.views import for_words


def for_operator(ask: Any, got: Received, who: Me, world: Runtime) -> OperatorView:
    settings = world.settings
    if who.person.phone not in settings.operators:
        is_texted = got.channel is Channel.TEXT
        otherwise = for_words(Words(got.words), got, who, world) if is_texted else None
        return OperatorView(who, False, words=got.words, otherwise=otherwise)
    found: Sending = get([sending_key()]).get(sending_key()) or Sending()
    sender.look_again()
    operators = tuple(world.person_id(one) for one in settings.operators)
    return OperatorView(who, True, found, operators, settings.brand, settings.zone)
