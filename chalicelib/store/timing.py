"""What decisions may look at that time and delivery ask for: no speaker, one action or one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core import commands as ask_for
from chalicelib.core.alerting import DraftView
from chalicelib.core.consent import ReachView
from chalicelib.core.model import Action, Group, LinePlace, Me, Person, State, Wanted
from chalicelib.core.notices import NoticeView
from chalicelib.core.outcome import Fill
from chalicelib.core.received import Received
from chalicelib.core.seats import LineView, ReleaseView
from chalicelib.core.times import TimeView
from chalicelib.core.waving import LearnView, NextWaveView
from chalicelib.runtime import Runtime
from chalicelib.store.asking import planning, story_of
from chalicelib.store.codec import keyword_of, member_key, value_of
from chalicelib.store.reading import rows
from chalicelib.store.tables import Row, action_pk
from chalicelib.store.values import (
    action_key,
    get,
    group_key,
    missing_of,
    person_key,
    pledge_key,
    spent_key,
    tasks_of,
    with_tally,
)
from chalicelib.store.views import actions_of, me

LINE_READ = 25


def for_draft(ask: Any, got: Received, who: Me, world: Runtime) -> DraftView:
    return DraftView(get([action_key(ask.code)]).get(action_key(ask.code)))


def for_time(ask: Any, got: Received, who: Me, world: Runtime) -> TimeView:
    found = get([action_key(ask.code), group_key(keyword_of(ask.code))])
    action = found.get(action_key(ask.code))
    group = found.get(group_key(keyword_of(ask.code)))
    hours = timedelta(hours=world.settings.dissolve_hours)
    if action is not None and isinstance(ask, ask_for.EndTime):
        return TimeView(with_tally(action), group, hours, missing=missing_of(ask.code))
    if action is not None and isinstance(ask, ask_for.Dissolve):
        spent_so_far = get([spent_key(ask.code)]).get(spent_key(ask.code))
        tasks = tasks_of(ask.code)
        return TimeView(with_tally(action), group, hours, tasks, spent_so_far, world.settings.segment_price)
    return TimeView(action, group, hours)


def for_line(ask: Any, got: Received, who: Me, world: Runtime) -> LineView:
    """The action before its line: who joins the line later meets a changed action, and decides again."""
    action = get([action_key(ask.code)]).get(action_key(ask.code))
    line_rows = rows(action_pk(ask.code), Row.sk.startswith("line#"), limit=LINE_READ)
    places: list[LinePlace] = [value_of(row) for row in line_rows]
    pledges = get(pledge_key(ask.code, place.person) for place in places)
    line = tuple((place, pledges.get(pledge_key(ask.code, place.person))) for place in places)
    return LineView(action, line, has_more=len(places) == LINE_READ)


def for_release(ask: Any, got: Received, who: Me, world: Runtime) -> ReleaseView:
    wanted: tuple[Wanted, ...] = me(replace(got, person=ask.person)).wanted
    view = actions_of(None, got.at, Me(Person(ask.person, ""), wanted), has_open=False)
    return ReleaseView(view.choices)


def for_next_wave(ask: Any, got: Received, who: Me, world: Runtime) -> NextWaveView:
    found = get([action_key(ask.code), group_key(keyword_of(ask.code))])
    action: Action | None = found.get(action_key(ask.code))
    group: Group | None = found.get(group_key(keyword_of(ask.code)))
    if action is None or group is None or action.state is not State.OPEN or ask.wave != action.wave:
        return NextWaveView(action, None)
    return NextWaveView(action, planning(action, group, got.at, world))


def for_learn(ask: Any, got: Received, who: Me, world: Runtime) -> LearnView:
    action: Action | None = get([action_key(ask.code)]).get(action_key(ask.code))
    return LearnView(action, story_of(action).past() if action else None)


def for_reach(ask: Any, got: Received, who: Me, world: Runtime) -> ReachView:
    key = person_key(ask.person)
    person: Person | None = get([key]).get(key)
    members = get(member_key(keyword, ask.person) for keyword in person.groups) if person else {}
    return ReachView(person, tuple(members.values()))


def for_notice(ask: Any, got: Received, who: Me, world: Runtime) -> NoticeView:
    """Whom it concerns: of an action whoever raised it, of a group its organizers."""
    keys = [action_key(ask.code)] if ask.code else [group_key(ask.keyword)] if ask.keyword else []
    found = get(keys)
    told: tuple[str, ...] = ()
    if keys and keys[0] in found:
        value = found[keys[0]]
        told = (value.raised_by,) if ask.code else value.organizers
    settings = world.settings
    fills: dict[str, Fill] = {"code": ask.code, "keyword": ask.keyword, "error": ask.error, "brand": settings.brand}
    if ask.since:
        fills["when"] = ask.since.astimezone(ZoneInfo(settings.zone))
    return NoticeView(told, tuple(world.person_id(one) for one in settings.operators), fills)
