"""An action's page on the dashboard: watched while it fills, and steered. Each press is a command, and counts once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core import watching
from chalicelib.core.kept import Act
from chalicelib.core.model import Action
from chalicelib.core.names import called
from chalicelib.core.outcome import in_dollars
from chalicelib.core.watching import Verb, Watched
from chalicelib.entry import visiting
from chalicelib.entry.answers import HTML, see_other, with_tag
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer, Pressed
from chalicelib.entry.dashboard.steering import command_of, typed_in, words_of
from chalicelib.entry.guard import FORM
from chalicelib.entry.pages import LOOK, known_code
from chalicelib.grammar.naming import name_key
from chalicelib.runtime import Runtime, runtime
from chalicelib.store.codec import keyword_of
from chalicelib.store.dashboard import action as reads
from chalicelib.store.dashboard.audit import acts_of
from chalicelib.store.values import get, person_key
from chalicelib.web import desk_addresses, watched
from chalicelib.web.acts import about, act_words

action = Blueprint(__name__)

WAVES = frozenset({"NextWave", "More", "AskAll"})  # acts by which an alert went out to some
MOST_ACTS = 60
LONGEST_CURSOR = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks at which action, and when."""

    who: Organizer
    action: Action
    world: Runtime
    request: Any
    now: datetime

    @property
    def code(self) -> str:
        return self.action.code

    @property
    def lang(self) -> str:
        return visiting.language_of(self.request)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed in a form of which nothing came: it is shown again. `form` says in which."""

    form: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False  # its form is not on the page any more

    def typed(self, form: str, name: str) -> str:
        return self.fields.get(name, "") if form == self.form else ""


# --- what is looked at ----------------------------------------------------------------------------------


@action.route("/dashboard/a/{code}", methods=LOOK)
def watch(code: str) -> Response:
    request, world = action.current_request, runtime()
    who = let_in(code, request, world)
    if isinstance(who, Response):
        return who
    return page(known_code(code), request, world, who)


def page(
    code: str,
    request: Any,
    world: Runtime,
    who: Organizer,
    status: int = 200,
    kept: Kept = Kept(),
    **more: object,
) -> Response:
    """The whole page; every piece of it can be looked at again by itself."""
    now = world.now()
    found = reads.watched(code, now, is_consistent=True)
    if found is None:
        return door.nothing(request, world, who)
    seen = Seen(who, found.action, world, request, now)
    acts = acts_of(seen.action.keyword, code=code, limit=MOST_ACTS).acts
    waves = waves_of(acts)
    after = visiting.query(request, "crew")
    context: dict[str, object] = {
        **common(seen, kept),
        **live_of(found, waves, seen),
        **crew_context(seen, after),
        **inbox_context(seen, visiting.query(request, "inbox")),
        **tasks_context(seen),
        **timeline_context(seen, acts),
        "sure": "",
        "is_sure": False,
        "refused": "",
        "keyword": seen.action.keyword,
        "part": "",
        **more,
    }
    return door.show("dashboard/action.html", request, desk_addresses.action(code), world, who, status, **context)


@action.route("/dashboard/a/{code}/live", methods=LOOK)
def look_again(code: str) -> Response:
    """The numbers and the curve: two round trips, whoever has answered; 304 while they are as they were."""
    request, world = action.current_request, runtime()
    who = let_in(code, request, world, is_consistent=False)
    if isinstance(who, Response):
        return who
    now = world.now()
    found = reads.watched(known_code(code), now)
    if found is None:
        return door.nothing(request, world, who)
    seen = Seen(who, found.action, world, request, now)
    waves = watched.waves_in(seen.action, visiting.query(request, "waves"))
    context = {**common(seen), **live_of(found, waves, seen)}
    return piece("_live.html", seen, context)


@action.route("/dashboard/a/{code}/buttons", methods=LOOK)
def buttons(code: str) -> Response:
    return part(code, "_buttons.html", lambda _: {"sure": "", "is_sure": False})


@action.route("/dashboard/a/{code}/crew", methods=LOOK)
def crew(code: str) -> Response:
    return part(code, "_crew.html", lambda seen: crew_context(seen, visiting.query(seen.request, "after")))


@action.route("/dashboard/a/{code}/inbox", methods=LOOK)
def inbox(code: str) -> Response:
    return part(code, "_inbox.html", lambda seen: inbox_context(seen, visiting.query(seen.request, "after")))


@action.route("/dashboard/a/{code}/tasks", methods=LOOK)
def tasks(code: str) -> Response:
    return part(code, "_tasks.html", tasks_context)


@action.route("/dashboard/a/{code}/timeline", methods=LOOK)
def timeline(code: str) -> Response:
    def context(seen: Seen) -> dict[str, object]:
        return timeline_context(seen, acts_of(seen.action.keyword, code=seen.code, limit=MOST_ACTS).acts)

    return part(code, "_timeline.html", context)


@action.route("/dashboard/a/{code}/next", methods=LOOK)
def asked_next(code: str) -> Response:
    """Reads the group as a wave does: only when it is asked for. Without JavaScript it is a page of its own."""
    request, world = action.current_request, runtime()
    seen = seen_by(code, request, world)
    if isinstance(seen, Response):
        return seen
    turns = reads.next_wave(seen.action, seen.now, world)
    context = {**common(seen), "turns": turns}
    if visiting.header(request, "hx-request"):
        return piece("_next.html", seen, context)
    path = desk_addresses.action_part(seen.code, "next")
    return door.show(
        "dashboard/action_next.html", request, path, world, seen.who, 200, keyword=seen.action.keyword, **context
    )


def part(code: str, template: str, context: Callable[[Seen], dict[str, object]]) -> Response:
    """A piece of the page by itself."""
    request, world = action.current_request, runtime()
    seen = seen_by(code, request, world)
    if isinstance(seen, Response):
        return seen
    return piece(template, seen, {**common(seen), **context(seen)})


def piece(template: str, seen: Seen, context: Mapping[str, object]) -> Response:
    site = door.site_of(seen.request, desk_addresses.action(seen.code), seen.world)
    html = door.piece(f"dashboard/{template}", site, seen.world, seen.who, **context)
    return with_tag(seen.request, html, HTML, "private, no-cache", Vary=door.VARY)


def let_in(code: str, request: Any, world: Runtime, is_consistent: bool = True) -> Organizer | Response:
    """Who organizes the group that the code is of: nobody else learns whether there is such an action."""
    written = known_code(code)
    who = door.looking(request, world, keyword_of(written), is_consistent)
    return door.nothing(request, world, who) if isinstance(who, Organizer) and not written else who


def seen_by(code: str, request: Any, world: Runtime) -> Seen | Response:
    who = let_in(code, request, world)
    if isinstance(who, Response):
        return who
    found = reads.action_of(known_code(code))
    if found is None:
        return door.nothing(request, world, who)
    return Seen(who, found, world, request, world.now())


# --- what each piece is given ----------------------------------------------------------------------------


def common(seen: Seen, kept: Kept = Kept()) -> dict[str, object]:
    """`token` makes a form's hidden field: each form has one of its own, so that each counts by itself."""
    path = desk_addresses.action_part(seen.code, "do")

    def token(verb: str) -> str:
        return door.form(seen.who, seen.world, path, verb, c=seen.code).token

    return {
        "action": seen.action,
        "shown": watched.as_shown(seen.action),
        "token": token,
        "post": path,
        "may": watching.allowed(seen.action),
        "at": watched.clock(seen.action.zone, seen.now, seen.lang),
        "kept": kept,
        "key": name_key,
        "amounts_of": lambda amounts: watched.amounts(seen.action, amounts, seen.lang),
    }


def live_of(found: Watched, waves: tuple[datetime, ...], seen: Seen) -> dict[str, object]:
    price = seen.world.settings.segment_price
    known = tuple(one for one in waves if one <= seen.now)
    return {
        "watched": found,
        "steps": watching.funnel(found),
        "bars": watched.funnel(found, seen.lang),
        "curve": watched.curve(found, known, seen.now, seen.lang),
        "countdown": watched.countdown(seen.action, seen.now, seen.lang),
        "dollars": in_dollars(watching.cents(found, price)),
        "mark": watching.mark(found),
        "mark_of_words": watching.mark_of_words(found),
        "status_line": watched.status(found, seen.lang),
    }


def crew_context(seen: Seen, after: str) -> dict[str, object]:
    """Of a dissolved one nobody is shown: nobody is kept."""
    cursor = after if after.isalnum() and len(after) <= LONGEST_CURSOR else ""
    crew = watching.CrewShown() if seen.action.record else reads.crew_of(seen.action, cursor)
    return {"crew": crew, "crew_after": cursor}


def inbox_context(seen: Seen, after: str) -> dict[str, object]:
    cursor = after if len(after) <= LONGEST_CURSOR and after.isascii() else ""
    inbox = watching.InboxShown() if seen.action.record else reads.inbox_of(seen.code, cursor)
    names = names_of(one.answered_by for one in inbox.words if one.answered_by)
    return {"inbox": inbox, "names": names, "inbox_after": cursor}


def tasks_context(seen: Seen) -> dict[str, object]:
    return {"todo": reads.task_list(seen.action)}


def timeline_context(seen: Seen, acts: tuple[Act, ...]) -> dict[str, object]:
    """What was done to it, the newest first; and from its own row what no act tells."""
    names = names_of(one for act in acts for one in about(act))
    happened = [(act.at, act_words(act, names, seen.lang)) for act in acts]
    told = {act.did for act in acts}
    happened += [(at, words) for kinds, at, words in watched.moments(seen.action, seen.lang) if not kinds & told]
    happened.sort(key=lambda one: one[0], reverse=True)
    return {"happened": happened, "waves_known": watched.waves_out(seen.action, waves_of(acts))}


def waves_of(acts: tuple[Act, ...]) -> tuple[datetime, ...]:
    return tuple(sorted(act.at for act in acts if act.did in WAVES and act.n))[-watched.MOST_WAVES :]


def names_of(people: Any) -> dict[str, str]:
    """What organizers are called, by id."""
    found = get((person_key(one) for one in people), is_consistent=False)
    return {person.id: called(person) for person in found.values()}


# --- what is pressed --------------------------------------------------------------------------------------


@action.route("/dashboard/a/{code}/do", methods=["POST"], content_types=[FORM])
def do(code: str) -> Response:
    """One command. What is refused is said where it was typed, and nothing typed is lost."""
    request, world = action.current_request, runtime()
    written = known_code(code)
    sent = door.pressed(request, world, keyword_of(written) or "-", c=written)
    if isinstance(sent, Response):
        return sent
    found = reads.action_of(written)
    if found is None or sent.verb not in set(Verb):
        return door.nothing(request, world, sent.who)
    verb, lang = Verb(sent.verb), visiting.language_of(request)
    if verb is Verb.CALL_OFF and verb in watching.allowed(found):
        return page(written, request, world, sent.who, sure=typed_in(sent.fields, "note"), is_sure=True)
    command = command_of(verb, sent.fields, written)
    if command is None:
        return kept_page(found, sent, watched.say(lang, "nothing_typed"), 422, world)
    done = door.bring(command, sent, world, words=words_of(sent.fields))
    if done.refusals:
        return kept_page(found, sent, door.said_of(done, lang), 409, world)
    if verb is Verb.AGAIN and done.code:
        return see_other(desk_addresses.confirm(found.keyword))
    return door.back(desk_addresses.action(written), door.said_of(done, lang), world)


def kept_page(found: Action, sent: Pressed, why: str, status: int, world: Runtime) -> Response:
    """The page as it is now, which says why nothing came of it, with what was typed."""
    names = [name for name in sent.fields if name not in {"token", "form"}]
    fields = {name: typed_in(sent.fields, name) for name in names}
    now = reads.action_of(found.code) or found
    verb = Verb(sent.verb)
    kept = Kept(typed_in(sent.fields, "form"), fields, is_lost=verb not in watching.allowed(now))
    return page(found.code, sent.request, world, sent.who, status, kept, refused=why)
