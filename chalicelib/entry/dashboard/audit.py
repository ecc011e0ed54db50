"""A group's log: all that organizers, and time, have done to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from chalice.app import Blueprint, Response

from chalicelib.core.kept import Act
from chalicelib.entry import visiting
from chalicelib.entry.dashboard import door
from chalicelib.entry.pages import LOOK, known_code, known_word
from chalicelib.runtime import runtime
from chalicelib.store.dashboard.audit import audit_page
from chalicelib.web import desk_addresses
from chalicelib.web.acts import about, act_when, act_words

audit = Blueprint(__name__)

A_PAGE = 50
LONGEST_QUERY = 80


class Line(NamedTuple):
    """One act as it is read: when it was, as programs and as people write it, and what."""

    at: str
    when: str
    words: str


@audit.route("/dashboard/g/{keyword}/audit", methods=LOOK)
def log(keyword: str) -> Response:
    request, world = audit.current_request, runtime()
    word = known_word(keyword) or keyword
    who = door.looking(request, world, word)
    if isinstance(who, Response):
        return who
    sought = {name: visiting.query(request, name)[:LONGEST_QUERY] for name in ("code", "who", "after")}
    typed = sought["code"].strip()
    code = known_code(typed) or typed
    found = audit_page(word, code, sought["who"], sought["after"], A_PAGE, about)
    if found is None:
        return door.nothing(request, world, who)
    names = {one.id: visiting.who(one) for one in found.people.values()}
    lang = visiting.language_of(request)
    offered = dict.fromkeys((*found.group.organizers, sought["who"]))
    return door.show(
        "dashboard/audit.html",
        request,
        desk_addresses.audit(word),
        world,
        who,
        keyword=word,
        part="audit",
        lines=[line(act, names, found.group.zone, lang, world.now()) for act in found.acts],
        older=desk_addresses.audit(word, code=code, who=sought["who"], after=found.older) if found.older else "",
        code=code,
        chosen=sought["who"],
        is_later=bool(sought["after"]),
        organizers=[(one, names[one]) for one in offered if one in names],
    )


def line(act: Act, names: Mapping[str, str], zone: str, lang: str, now: datetime) -> Line:
    at = act.at.isoformat(timespec="seconds")
    return Line(at, act_when(act, zone, now, lang), act_words(act, names, lang))
