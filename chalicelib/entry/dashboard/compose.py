"""Writing an alert: what it looks like, costs and reaches as it is typed; the draft that is kept; and its GO.

Nothing goes out from here but by ALERT and GO, as by phone: the page fills in the number that GO needs, since who is
signed in has proved who they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Blueprint, Response

from chalicelib.core import commands as ask_for
from chalicelib.core.alerting import DRAFT_LASTS, AlertView, Reach, planned, takes, tasks_read
from chalicelib.core.composing import (
    MENDED,
    NAMES,
    Composed,
    Counted,
    Preview,
    Trouble,
    as_draft,
    composed,
    counted,
    fields_from,
    mended,
    previewed,
    shown_as_drafted,
)
from chalicelib.core.drafting import DRAFT_ID, kept_as
from chalicelib.core.filling import Askable, Block
from chalicelib.core.kept import Draft
from chalicelib.core.model import Group
from chalicelib.core.outcome import in_dollars
from chalicelib.entry import visiting
from chalicelib.entry.answers import see_other
from chalicelib.entry.dashboard import door
from chalicelib.entry.dashboard.door import Organizer, Pressed
from chalicelib.entry.guard import FORM, fields_of
from chalicelib.entry.pages import LOOK
from chalicelib.runtime import Runtime, runtime
from chalicelib.store import drafts
from chalicelib.store.dashboard.compose import Waiting, alert_view, bare_view, group_of, raised_by, waiting_for
from chalicelib.web import desk_addresses, signing, words

compose = Blueprint(__name__)

KEYWORD = re.compile(r"[A-Z]{2,12}")
ID = re.compile(rf"[0-9a-f]{{{DRAFT_ID}}}")
ALL = "all"  # of what is to be mended
FIRST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form, and which draft it is kept in."""

    fields: Mapping[str, str]
    draft: str
    version: int | None = None
    saved_at: datetime | None = None


# --- the page ------------------------------------------------------------------------------------------


@compose.route("/dashboard/g/{keyword}/compose", methods=LOOK)
def new(keyword: str) -> Response:
    """An empty form, or one with the words of a draft that was written by phone."""
    request, world = compose.current_request, runtime()
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    before = raised_by(who.person, visiting.query(request, "words"), keyword) if has_words(request) else None
    written = Written(fields_from(before) if before else {}, new_id(world))
    return show_form(request, world, who, keyword, written)


@compose.route("/dashboard/g/{keyword}/compose/{draft}", methods=LOOK)
def kept(keyword: str, draft: str) -> Response:
    request, world = compose.current_request, runtime()
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    found = drafts.draft_of(who.person.id, draft) if ID.fullmatch(draft) else None
    if found is None or found.keyword != keyword:
        return door.nothing(request, world, who)
    return show_form(request, world, who, keyword, as_written(found))


@compose.route("/dashboard/g/{keyword}/compose/preview", methods=["POST"], content_types=[FORM])
def preview(keyword: str) -> Response:
    """What would go out, or the form with what was to be mended mended, or for another group: nothing is written."""
    request, world = compose.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    written, there = written_in(sent), sent.fields.first("to")
    if KEYWORD.fullmatch(there) and there != keyword:
        if not sent.who.leads(there):
            return door.nothing(request, world, sent.who)
        return show_form(request, world, sent.who, there, written, is_looked_at=True)
    if what := sent.fields.first("mend"):
        fields = mend(written.fields, what, keyword, sent, world)
        return show_form(request, world, sent.who, keyword, replace(written, fields=fields), is_looked_at=True)
    if not is_piece(request):
        return show_form(request, world, sent.who, keyword, written, is_looked_at=True)
    group = group_of(keyword)
    if group is None:
        return door.nothing(request, world, sent.who)
    lang, now = visiting.language_of(request), world.now()
    said = composed(written.fields, now.astimezone(ZoneInfo(group.zone)), lang)
    known = counted_from(sent.fields.first("reach"), keyword, sent.who, world)
    seen = previewed_for(group, sent.who, said, known, now, lang, world)
    return show_piece(
        "_preview.html", request, world, sent.who, keyword, preview=seen, troubles=troubles_of(said, lang)
    )


@compose.route("/dashboard/g/{keyword}/compose/reach", methods=["POST"], content_types=[FORM])
def reach(keyword: str) -> Response:
    """Whom it would reach, which takes reading the whole group: once, and its few numbers come along from then on."""
    request, world = compose.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    now, lang = world.now(), visiting.language_of(request)
    view = alert_view(keyword, sent.who.person, now, world)
    if view.group is None:
        return door.nothing(request, world, sent.who)
    said = composed(written_in(sent).fields, now.astimezone(ZoneInfo(view.group.zone)), lang)
    token = reach_token(counted_for(said, view, now), keyword, sent.who, world)
    shown = show_piece(
        "_reach.html", request, world, sent.who, keyword, reach=reached(view.reach, view.group, lang), reach_token=token
    )
    shown.headers["HX-Trigger"] = "reached"
    return shown


@compose.route("/dashboard/g/{keyword}/compose", methods=["POST"], content_types=[FORM])
def look(keyword: str) -> Response:
    """ALERT: nothing goes out yet. What was typed is kept, until it has gone out."""
    request, world = compose.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    there = sent.fields.first("to") or keyword
    written, lang = written_in(sent), visiting.language_of(request)
    group = group_of(there) if KEYWORD.fullmatch(there) and sent.who.leads(there) else None
    if group is None:
        return door.nothing(request, world, sent.who)
    said = composed(written.fields, world.now().astimezone(ZoneInfo(group.zone)), lang)
    if said.is_wrong:
        return show_form(request, world, sent.who, there, written, is_looked_at=True, status=422)
    kept_in, _ = save(sent, there, written, world)
    done = door.bring(ask_for.Alert(there, said.alert), sent, world)
    if done.refusals:
        left = as_written(kept_in) if kept_in else written
        wrong = door.said_of(done, lang)
        return show_form(request, world, sent.who, there, left, is_looked_at=True, status=422, said=wrong)
    return see_other(desk_addresses.confirm(there, kept_in.id if kept_in else ""))


# --- drafts --------------------------------------------------------------------------------------------


@compose.route("/dashboard/g/{keyword}/compose/save", methods=["POST"], content_types=[FORM])
def save_draft(keyword: str) -> Response:
    """By its button, or by itself while somebody writes."""
    request, world = compose.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    lang = visiting.language_of(request)
    kept_in, said = save(sent, keyword, written_in(sent), world)
    if is_piece(request):
        written = as_written(kept_in) if kept_in else written_in(sent)
        return show_piece("_draft.html", request, world, sent.who, keyword, written=written, kept_said=said)
    if kept_in is None:
        return door.back(desk_addresses.compose(keyword), in_words(lang, "compose_nothing_to_keep"), world)
    return door.back(desk_addresses.compose(keyword, kept_in.id), said or in_words(lang, "compose_kept"), world)


@compose.route("/dashboard/g/{keyword}/compose/drop", methods=["POST"], content_types=[FORM])
def drop(keyword: str) -> Response:
    request, world = compose.current_request, runtime()
    sent = door.pressed(request, world, keyword, g=keyword)
    if isinstance(sent, Response):
        return sent
    draft, lang = sent.fields.first("dropped"), visiting.language_of(request)
    if ID.fullmatch(draft):
        door.bring(ask_for.DropDraft(draft), sent, world)
    return door.back(desk_addresses.compose(keyword), in_words(lang, "compose_dropped"), world)


def save(sent: Pressed, keyword: str, written: Written, world: Runtime) -> tuple[Draft | None, str]:
    """The draft that now holds what was typed (None: nothing was typed), and what is to be said of it.

    A form saves often: each time what was typed, and the version it was typed upon, make another cause.
    """
    fields = {name: text for name, text in written.fields.items() if text.strip()}
    if not fields:
        return None, ""
    ask = ask_for.SaveDraft(written.draft, keyword, fields, written.version)
    typed = signing.mark(repr((keyword, sorted(fields.items()))))
    cause = replace(sent, nonce=f"{sent.nonce}-{written.draft}-{written.version}-{typed}")
    done = door.bring(ask, cause, world)
    kept_in = kept_as(ask, drafts.named_in(ask, sent.who.person.id))
    return kept_in, door.said_of(done, visiting.language_of(sent.request))


# --- GO ------------------------------------------------------------------------------------------------


@compose.route("/dashboard/g/{keyword}/compose/confirm", methods=LOOK)
def confirm(keyword: str) -> Response:
    """The organizer's draft that waits for its GO, wherever it was written: as the text about it shows it."""
    request, world = compose.current_request, runtime()
    who = door.looking(request, world, keyword)
    if isinstance(who, Response):
        return who
    return show_waiting(request, world, who, keyword, visiting.query(request, "draft"))


@compose.route("/dashboard/g/{keyword}/compose/confirm", methods=["POST"], content_types=[FORM])
def go(keyword: str) -> Response:
    """GO, of the very draft that was looked at."""
    request, world = compose.current_request, runtime()
    fields = fields_of(body_of(request))
    code, draft = fields.first("alert"), fields.first("draft")
    sent = door.pressed(request, world, keyword, fields, g=keyword, c=code)
    if isinstance(sent, Response):
        return sent
    lang, there = visiting.language_of(request), desk_addresses.action(code)
    waiting = waiting_for(sent.who.person)
    if waiting is None or waiting.action.code != code:
        if is_out(code, keyword, sent):
            return door.back(there, in_words(lang, "compose_sent_before", code=code), world)
        return door.back(desk_addresses.confirm(keyword), in_words(lang, "compose_another_waits"), world)
    if waiting.is_over(world.now()) or waiting.action.confirm is None:
        return see_other(desk_addresses.confirm(keyword, draft))
    is_all = bool(fields.first("all"))
    done = door.bring(ask_for.Go(waiting.action.confirm, is_all=is_all), sent, world)
    if done.refusals and is_out(code, keyword, sent):  # another window was quicker by a moment
        return door.back(there, in_words(lang, "compose_sent_before", code=code), world)
    if done.refusals:
        return door.back(desk_addresses.confirm(keyword, draft), door.said_of(done, lang), world)
    if ID.fullmatch(draft):
        door.bring(ask_for.DropDraft(draft), replace(sent, nonce=f"{sent.nonce}-drop"), world)
    return door.back(there, door.said_of(done, lang), world)


def is_out(code: str, keyword: str, sent: Pressed) -> bool:
    before = raised_by(sent.who.person, code, keyword)
    return before is not None and before.opened_at is not None


def show_waiting(request: Any, world: Runtime, who: Organizer, keyword: str, draft: str) -> Response:
    now, lang, path = world.now(), visiting.language_of(request), desk_addresses.confirm(keyword)
    waiting, draft = waiting_for(who.person), draft if ID.fullmatch(draft) else ""
    kept_in = drafts.draft_of(who.person.id, draft) if draft else None
    change = desk_addresses.compose(keyword, draft) if kept_in and kept_in.keyword == keyword else ""
    context: dict[str, Any] = {"keyword": keyword, "part": "compose", "waiting": None, "elsewhere": ""}
    if waiting and waiting.group.keyword != keyword:
        context["elsewhere"] = waiting.group.keyword if who.leads(waiting.group.keyword) else ""
    elif waiting:
        action, is_over = waiting.action, waiting.is_over(now)
        context |= {
            "waiting": waiting,
            "is_over": is_over,
            "words": words.line(action.words),
            "change": change or desk_addresses.compose_again(keyword, action.code),
            "draft": draft,
        }
        if not is_over:
            context |= shown_waiting(waiting, alert_view(keyword, who.person, now, world), now, lang)
            context["form"] = door.form(who, world, path, "go", g=keyword, c=action.code)
    return door.show("dashboard/confirm.html", request, path, world, who, **context)


def shown_waiting(waiting: Waiting, view: AlertView, now: datetime, lang: str) -> dict[str, object]:
    """The same text and the same numbers as the text about it has."""
    action, zone = waiting.action, ZoneInfo(waiting.group.zone)
    shown = shown_as_drafted(action, view, now, lang)
    numbers = replace(view, confirm=action.confirm or 0)
    ends_at = (action.drafted_at or now) + DRAFT_LASTS
    return {
        "shown": shown,
        "dollars": in_dollars(shown.price.cents) if shown.price else "",
        "read": accented(shown.read, lang),
        **filling_said(shown),
        "plan": [accented(one, lang) for one in planned(action, numbers, shown.segments.count, lang).splitlines()],
        "tasks": tasks_read(waiting.tasks, lang).strip(),
        "is_in_waves": action.need is not None and action.first_wave < action.recipients,
        "until": moment(ends_at.astimezone(zone), lang),
        "minutes_left": max(1, round((ends_at - now).total_seconds() / 60)),
    }


# --- what is shown ---------------------------------------------------------------------------------------


def show_form(
    request: Any,
    world: Runtime,
    who: Organizer,
    keyword: str,
    written: Written,
    is_looked_at: bool = False,
    status: int = 200,
    **more: Any,
) -> Response:
    """`is_looked_at`: with whom it reaches, which takes reading the group; otherwise that comes after the page."""
    now, lang = world.now(), visiting.language_of(request)
    view = alert_view(keyword, who.person, now, world) if is_looked_at else None
    group = view.group if view else group_of(keyword)
    if group is None:
        return door.nothing(request, world, who)
    said = composed(written.fields, now.astimezone(ZoneInfo(group.zone)), lang)
    known = counted_for(said, view, now) if view else None
    mine = drafts.drafts_of(who.person.id)
    path = desk_addresses.compose(keyword)
    context: dict[str, Any] = {
        "keyword": keyword,
        "part": "compose",
        "group": group,
        "written": written,
        "form": door.form(who, world, path, "compose", g=keyword),
        "drop": door.form(who, world, desk_addresses.compose_drop(keyword), "drop", g=keyword),
        "fields": {name: written.fields.get(name, "") for name in NAMES},
        "troubles": troubles_of(said, lang) if is_looked_at or written.fields else {},
        "preview": previewed_for(group, who, said, known, now, lang, world) if written.fields else None,
        "reach": reached(view.reach, group, lang) if view else None,
        "reach_token": reach_token(known, keyword, who, world) if known else "",
        "groups": who.person.organizes,
        "drafts": [listed(one, group, lang) for one in mine if one.id != written.draft and one.keyword == keyword],
        "kept_said": "",
        "is_waiting": waits(who, keyword, now),
    }
    return door.show("dashboard/compose.html", request, path, world, who, status, **(context | more))


def waits(who: Organizer, keyword: str, now: datetime) -> bool:
    waiting = waiting_for(who.person)
    return waiting is not None and waiting.group.keyword == keyword and not waiting.is_over(now)


def show_piece(name: str, request: Any, world: Runtime, who: Organizer, keyword: str, **context: Any) -> Response:
    return door.show(
        f"dashboard/{name}", request, desk_addresses.compose(keyword), world, who, keyword=keyword, **context
    )


def previewed_for(
    group: Group, who: Organizer, said: Composed, known: Counted | None, now: datetime, lang: str, world: Runtime
) -> dict[str, object] | None:
    """None: there is nothing to look at yet."""
    if not said.words:
        return None
    view = bare_view(group, who.person, world)
    shown = previewed(as_draft(said, group, who.person.id, now, view.action_length), view, known, now, lang)
    return {
        "shown": shown,
        "dollars": in_dollars(shown.price.cents) if shown.price else "",
        "read": accented(shown.read, lang),
        "causes": [cause_said(shown, n, lang) for n in range(len(shown.causes))],
        "can_mend": sum(one.instead is not None for one in shown.causes),
        "need": said.asked.need,
        **filling_said(shown),
    }


def filling_said(shown: Preview) -> dict[str, str]:
    """How long filling should take, in waves and by asking everybody; "" where it hardly fills in time."""
    price = shown.price
    each = {"filling": price.filling, "filling_all": price.filling_all} if price else {}
    return {"filling": "", "filling_all": "", **{name: lasts(n) for name, n in each.items() if n is not None}}


def lasts(minutes: float) -> str:
    """In whole minutes: it is an estimate."""
    return takes(60 * max(1, ceil(minutes)))


def cause_said(shown: Preview, n: int, lang: str) -> dict[str, object]:
    """One thing that makes it longer, in words: "that curly quote makes it 2"."""
    cause, now = shown.causes[n], shown.segments.count
    key = "compose_cause" if cause.without < now else "compose_cause_too"
    effect = in_words(lang, key, now=now, without=cause.without)
    seen = "" if cause.kind in {"space", "wide"} else cause.found
    return {
        "what": in_words(lang, f"compose_kind_{cause.kind}"),
        "seen": seen,
        "n": cause.n,
        "effect": effect,
        "found": cause.found,
        "instead": cause.instead,
    }


def troubles_of(said: Composed, lang: str) -> dict[str, list[Trouble]]:
    """By field, each as a sentence."""
    found: dict[str, list[Trouble]] = {}
    for one in said.troubles:
        found.setdefault(one.name, []).append(replace(one, key=in_words(lang, one.key, **one.fills)))
    return found


def reached(found: Reach, group: Group, lang: str) -> dict[str, object]:
    zone = ZoneInfo(group.zone)
    held = [(moment(at.astimezone(zone), lang), people) for at, people in found.held]
    return {
        "now": found.now,
        "held": held[:3],
        "later": sum(people for _, people in held[3:]),
        "stopped": found.stopped,
        "bad": found.bad_numbers,
        "people": found.recipients,
    }


def listed(draft: Draft, group: Group, lang: str) -> dict[str, str]:
    text = words.line(draft.fields.get("what", "") or " ".join(draft.fields.values()))
    at = draft.saved_at.astimezone(ZoneInfo(group.zone)) if draft.saved_at else None
    return {"id": draft.id, "words": text[:FIRST_WORDS], "when": moment(at, lang) if at else ""}


# --- what comes and goes with the form -----------------------------------------------------------------------


def written_in(sent: Pressed) -> Written:
    fields = {name: sent.fields.first(name).replace("\r\n", "\n") for name in NAMES}
    draft, version = sent.fields.first("draft"), sent.fields.first("version")
    is_number = version.isdecimal() and len(version) < 10
    draft = draft if ID.fullmatch(draft) else signing.mark(sent.nonce)[:DRAFT_ID]
    return Written({name: text for name, text in fields.items() if text}, draft, int(version) if is_number else None)


def as_written(draft: Draft) -> Written:
    return Written(draft.fields, draft.id, draft.version, draft.saved_at)


def mend(fields: Mapping[str, str], what: str, keyword: str, sent: Pressed, world: Runtime) -> dict[str, str]:
    """The fields with this one thing mended, or with all of them."""
    found = {what}
    if what == ALL:
        group, lang = group_of(keyword), visiting.language_of(sent.request)
        if group is None:
            return dict(fields)
        said = composed(fields, world.now().astimezone(ZoneInfo(group.zone)), lang)
        view = bare_view(group, sent.who.person, world)
        action = as_draft(said, group, sent.who.person.id, world.now(), view.action_length)
        found = {one.found for one in previewed(action, view, None, world.now(), lang).causes}
    return {name: mended(text, found) if name in MENDED else text for name, text in fields.items()}


def counted_for(said: Composed, view: AlertView, now: datetime) -> Counted:
    assert view.group is not None
    return counted(as_draft(said, view.group, view.me.person.id, now, view.action_length), view, now)


def reach_token(known: Counted, keyword: str, who: Organizer, world: Runtime) -> str:
    blocks = [[one.people, one.ready, one.delay, one.asleep] for one in known.who.blocks]
    facts = {"k": keyword, "p": who.person.id, "n": known.people, "l": known.left_today, "b": blocks}
    return signing.sign(world.settings, "reach", facts | {"d": known.who.delay, "s": known.who.sigma})


def counted_from(token: str, keyword: str, who: Organizer, world: Runtime) -> Counted | None:
    """None: the group has not been counted yet, or that is not our token for it."""
    facts = signing.read(world.settings, "reach", token)
    if facts is None or facts["k"] != keyword or facts["p"] != who.person.id:
        return None
    return Counted(facts["n"], facts["l"], Askable(tuple(Block(*one) for one in facts["b"]), facts["d"], facts["s"]))


def has_words(request: Any) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2,12}[1-9]\d{0,4}", visiting.query(request, "words")))


def new_id(world: Runtime) -> str:
    return world.secret()[:DRAFT_ID]


def body_of(request: Any) -> bytes:
    return bytes(request.raw_body)


def is_piece(request: Any) -> bool:
    return visiting.header(request, "hx-request") == "true"


# --- words ---------------------------------------------------------------------------------------------------


def in_words(lang: str, key: str, **fills: str | int | datetime) -> str:
    """One of DESK_SAID, its moments in the language's own words."""
    shown = {name: moment(fill, lang) if isinstance(fill, datetime) else fill for name, fill in fills.items()}
    return words.desk_say(lang, key, **shown)


def moment(at: datetime, lang: str) -> str:
    return accented(words.speaking(lang).moment(at), lang)


def accented(text: str, lang: str) -> str:
    return words.accented(words.speaking(lang), text)
