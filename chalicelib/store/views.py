"""What each decision may look at, filled by strongly consistent reads: one `for_x` for each kind of command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core import commands as ask_for
from chalicelib.core.alerting import AlertView, DraftView, GoView, Reach
from chalicelib.core.choosing import ActionView, Choice
from chalicelib.core.consent import GUARDED_FOR, ConsentView, ReachView
from chalicelib.core.joining import FoundView, JoinView, OrganizerView
from chalicelib.core.leading import MOST_NAMES, LeadView, TimeView, is_led
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Answer, Group, LinePlace, Me, Member, Person, Pledge, State, Tally, Wanted
from chalicelib.core.notices import NoticeView
from chalicelib.core.outcome import Fill
from chalicelib.core.received import Received
from chalicelib.core.seats import LineView, ReleaseView
from chalicelib.core.settling_in import PersonView, PickView, PlaceView
from chalicelib.core.talking import is_involved
from chalicelib.core.waving import ASKING, LearnView, MoreView, NextWaveView
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.asking import planning, reach_of, readers, story_of
from chalicelib.store.codec import crew_part, keyword_of, member_key, value_of
from chalicelib.store.plain import iso
from chalicelib.store.reading import rows
from chalicelib.store.sender import spent
from chalicelib.store.tables import (
    CREW_SHARDS,
    PersonRow,
    Row,
    TextRow,
    WantedRow,
    action_pk,
    crew_pk,
    group_pk,
    person_pk,
)

LATELY_READ = 60  # rows in one read: texts of the last minute, the person, what they were last wanted for
MOST_REMEMBERED = 30  # of what somebody was ever wanted for, the newest
MOST_WANTED = 8
MOST_LISTED = 4  # what is open, said in one segment
LINE_READ = 25
Key = tuple[str, str]


# --- reading ---------------------------------------------------------------------------------------


def me(got: Received) -> Me:
    """Who speaks, in one query: their answers of the last minute, their row, and what they are wanted for."""
    answers, found, wanted = 0, None, []
    lately = Row.sk.between(f"text#{iso(got.at - GUARDED_FOR)}", "you#~")
    for row in rows(person_pk(got.person), lately, page=LATELY_READ):
        if isinstance(row, WantedRow):
            wanted.append(value_of(row))
            if len(wanted) == MOST_REMEMBERED:
                break
        elif isinstance(row, PersonRow):
            found = value_of(row)
        elif isinstance(row, TextRow):
            answers += bool(row.is_answer)
    return Me(found or Person(got.person, got.phone, got.lang, place=got.place), tuple(wanted), answers)


def get(keys: Iterable[Key]) -> dict[Key, Any]:
    """Values by key, strongly consistent, in one round trip (to 100 keys). What is not there is left out."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    return {(row.pk, row.sk): value_of(row) for row in Row.batch_get(wanted, consistent_read=True)}


def group_key(keyword: str) -> Key:
    return group_pk(keyword), "group"


def action_key(code: str) -> Key:
    return action_pk(code), "action"


def pledge_key(code: str, person: str) -> Key:
    return crew_part(code, person), f"pledge#{person}"


def in_parallel(read: Callable[[int], Any], parts: int) -> list[Any]:
    """The same read of each part of something spread over partitions, all at once."""
    return list(readers().map(read, range(parts)))


def tally_of(action: Action) -> Tally:
    """What an open-ended crew adds up to, over all its parts."""

    def part(number: int) -> list[Any]:
        return list(rows(crew_pk(action.code, number), Row.sk.startswith("tally#")))

    sums: dict[str, float] = {}
    for row in chain.from_iterable(in_parallel(part, CREW_SHARDS)):
        what = row.sk.removeprefix("tally#")
        sums[what] = sums.get(what, 0) + row.n
    amounts = {what.removeprefix("done:"): n for what, n in sums.items() if what.startswith("done:")}
    return Tally(int(sums.get("coming", 0)), int(sums.get("here", 0)), amounts)


def first_of_crew(code: str, most: int) -> tuple[Pledge, ...]:
    """Some who are in, in no particular order; their names are asked for."""

    def part(number: int) -> list[Any]:
        return list(rows(crew_pk(code, number), Row.sk.startswith("pledge#"), is_consistent=False, limit=most * 2))

    pledges = [value_of(row) for row in chain.from_iterable(in_parallel(part, CREW_SHARDS))]
    return tuple(sorted((one for one in pledges if one.answer is Answer.IN), key=lambda one: iso(one.since))[:most])


# --- views -----------------------------------------------------------------------------------------


def for_consent(ask: Any, got: Received, who: Me, world: Runtime) -> ConsentView:
    keys = [member_key(keyword, who.person.id) for keyword in who.person.groups]
    members: dict[Key, Member] = {} if isinstance(ask, ask_for.Help) else get(keys)
    return ConsentView(
        me=who,
        words=got.words,
        channel=got.channel,
        brand=world.settings.brand,
        contact=world.settings.contact,
        members=tuple(members.values()),
        is_told_by_carrier=got.is_told_by_carrier,
    )


def for_person(ask: Any, got: Received, who: Me, world: Runtime) -> PersonView:
    return PersonView(who)


def for_action(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """The action named, or all live ones that the person has to do with: all in one round trip."""
    return actions_of(ask.code, got.at, who)


def for_report(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """What was done may be told until the crew dissolves, after the action's end too."""
    return actions_of(ask.code, got.at - timedelta(hours=world.settings.dissolve_hours), who)


def for_words(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """A crew's words find the organizer until it dissolves, after the action's end too."""
    since = got.at - timedelta(hours=world.settings.dissolve_hours)
    view = actions_of(getattr(ask, "code", None), since, who, has_groups=True, has_open=False)
    return replace(view, hearers=hearers_of(view.choices))


def hearers_of(choices: Iterable[Choice]) -> dict[str, str]:
    """Who hears what the crew writes: whoever raised the action, or its group's next organizer who has not stopped."""
    involved = [choice for choice in choices if is_involved(choice)]
    asked = {
        choice.action.code: (choice.action.raised_by, *(choice.group.organizers if choice.group else ()))
        for choice in involved
    }
    people = get((person_pk(one), "you") for ones in asked.values() for one in ones)
    reached = {person.id for person in people.values() if not person.is_stopped}
    firsts = {code: next((one for one in ones if one in reached), None) for code, ones in asked.items()}
    return {code: one for code, one in firsts.items() if one}


def for_mine(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """What the person has to do with, and nothing else."""
    return actions_of(None, got.at, who, has_open=False)


def for_pick(ask: Any, got: Received, who: Me, world: Runtime) -> PickView:
    named = get([action_key(ask.code)]).get(action_key(ask.code)) if ask.code else None
    return PickView(who, named, for_words(ask_for.Words(ask.words), got, who, world))


def actions_of(code: str | None, at: datetime, who: Me, has_groups: bool = False, has_open: bool = True) -> ActionView:
    person = who.person
    named = [code] if code else []
    codes = named or [one.code for one in who.wanted if one.until > at][:MOST_WANTED]
    if not named and has_groups:
        codes = list(dict.fromkeys((*codes, *person.leads)))[: 2 * MOST_WANTED]
    keys: list[Key] = [action_key(one) for one in codes] + [pledge_key(one, person.id) for one in codes]
    if has_groups:
        keys += [group_key(keyword_of(one)) for one in codes]
    found = get(keys)
    choices = [
        Choice(found[action_key(one)], found.get(pledge_key(one, person.id)), found.get(group_key(keyword_of(one))))
        for one in codes
        if action_key(one) in found
    ]
    if not named:
        choices = [choice for choice in choices if choice.action.state in LIVE or choice.pledge]
        choices = [choice for choice in choices if is_still_about(choice, person)]
    is_dead = not any(choice.action.state in LIVE for choice in choices)
    open_now = live_codes(person) if is_dead and has_open else ()
    return ActionView(who, tuple(choices), code, open_now)


def is_still_about(choice: Choice, person: Person) -> bool:
    """Not what somebody was asked for by a group that they have left since."""
    is_out = choice.pledge is None or choice.pledge.answer is Answer.OUT
    return choice.action.keyword in person.groups or not is_out


def live_codes(person: Person) -> tuple[str, ...]:
    """What is open in the person's groups: read only when a word has died."""
    groups = get(group_key(keyword) for keyword in person.groups)
    return tuple(code for group in groups.values() for code in group.live)[:MOST_LISTED]


def for_lead(ask: Any, got: Received, who: Me, world: Runtime) -> LeadView:
    view = actions_of(ask.code, got.at, who, has_groups=True)
    return lead_view(view, world, has_tally=isinstance(ask, ask_for.Close))


def for_who(ask: Any, got: Received, who: Me, world: Runtime) -> LeadView:
    view = actions_of(ask.code, got.at, who, has_groups=True)
    live = [choice for choice in view.choices if choice.action.state in LIVE]
    crew = first_of_crew(live[0].action.code, MOST_NAMES) if len(live) == 1 else ()
    return replace(lead_view(view, world, has_tally=len(live) == 1), crew=crew)


def lead_view(view: ActionView, world: Runtime, has_tally: bool) -> LeadView:
    choices = view.choices
    if has_tally:
        choices = tuple(replace(choice, action=with_tally(choice.action)) for choice in choices)
    hours = timedelta(hours=world.settings.dissolve_hours)
    return LeadView(view.me, choices, view.named, view.open_now, dissolves_after=hours)


def with_tally(action: Action) -> Action:
    return action if action.need is not None else replace(action, tally=tally_of(action))


def for_join(ask: Any, got: Received, who: Me, world: Runtime) -> JoinView:
    keyword = ask.keyword or (who.person.groups[0] if len(who.person.groups) == 1 else None)
    found = get([group_key(keyword), member_key(keyword, who.person.id)] if keyword else [])
    group: Group | None = found.get(group_key(keyword)) if keyword else None
    member: Member | None = found.get(member_key(keyword, who.person.id)) if keyword else None
    live: tuple[Action, ...] = ()
    if group and group.live and isinstance(ask, ask_for.Join):
        live = tuple(action for action in get(map(action_key, group.live)).values() if action.state in LIVE)
    is_word = group is None and isinstance(ask, ask_for.Join)
    otherwise = for_words(ask_for.Words(ask.words), got, who, world) if is_word else None
    return JoinView(who, got.words, got.channel, world.settings.brand, group, member, live, otherwise)


def for_new_group(ask: Any, got: Received, who: Me, world: Runtime) -> FoundView:
    from chalicelib.numbers import zone_of  # phonenumbers is only for the few texts that need it

    settings = world.settings
    may_found = "anyone" in settings.founders or who.person.phone in settings.founders
    zone = zone_of(who.person.phone) or settings.zone
    taken = get([group_key(ask.keyword)]).get(group_key(ask.keyword))
    return FoundView(who, got.words, got.channel, settings.brand, zone, may_found, taken)


def for_organizer(ask: Any, got: Received, who: Me, world: Runtime) -> OrganizerView:
    from chalicelib.numbers import e164

    number = e164(ask.phone, world.settings.countries)
    other = (person_pk(world.person_id(number)), "you") if number else None
    found = get([*map(group_key, who.person.groups), *([other] if other else [])])
    return OrganizerView(
        who, tuple(one for one in found.values() if isinstance(one, Group)), found.get(other) if other else None
    )


def for_alert(ask: Any, got: Received, who: Me, world: Runtime) -> AlertView:
    """The group and whom it reaches: only organizers may ask for so many reads."""
    group: Group | None = get([group_key(ask.keyword)]).get(group_key(ask.keyword))
    is_led = group is not None and who.person.id in group.organizers
    settings = world.settings
    return AlertView(
        me=who,
        group=group,
        reach=reach_of(group, got.at, world) if group and is_led else Reach(),
        confirm=world.chance.randrange(10, 100),
        segment_price=settings.segment_price,
        action_length=settings.action_length,
        a_second=settings.bulk_rate,
        left_today=left_today(ask.keyword, got.at, world) if is_led else 0,
    )


def left_today(keyword: str, now: datetime, world: Runtime) -> int:
    """Segments that today's limits leave to this group's alerts."""
    settings, today = world.settings, day_of(now, world)
    return max(0, min(settings.group_daily_limit - spent(keyword, today), settings.daily_limit - spent("", today)))


def for_go(ask: Any, got: Received, who: Me, world: Runtime) -> GoView:
    code = who.person.draft
    if code is None:
        return GoView(who, None, None)
    found = get([action_key(code), group_key(keyword_of(code))])
    return GoView(who, found.get(action_key(code)), found.get(group_key(keyword_of(code))))


def for_more(ask: Any, got: Received, who: Me, world: Runtime) -> MoreView:
    """The organizer's actions; of the one that can only be meant, also whom to ask."""
    lead = for_lead(ask, got, who, world)
    led = [one for one in lead.choices if one.action.state in ASKING and is_led(lead, one)]
    if len(led) != 1 or led[0].group is None:
        return MoreView(lead, None)
    return MoreView(lead, planning(led[0].action, led[0].group, got.at, world))


def for_place(ask: Any, got: Received, who: Me, world: Runtime) -> PlaceView:
    members = get(member_key(keyword, who.person.id) for keyword in who.person.groups)
    return PlaceView(who, tuple(members.values()))


def for_tell(ask: Any, got: Received, who: Me, world: Runtime) -> OrganizerView:
    found = get(map(group_key, who.person.groups))
    return OrganizerView(who, tuple(found.values()), None)


# --- views for what time and delivery say ----------------------------------------------------------------------


def for_draft(ask: Any, got: Received, who: Me, world: Runtime) -> DraftView:
    return DraftView(get([action_key(ask.code)]).get(action_key(ask.code)))


def for_time(ask: Any, got: Received, who: Me, world: Runtime) -> TimeView:
    found = get([action_key(ask.code), group_key(keyword_of(ask.code))])
    action = found.get(action_key(ask.code))
    if action is not None and isinstance(ask, ask_for.EndTime):
        action = with_tally(action)
    hours = timedelta(hours=world.settings.dissolve_hours)
    return TimeView(action, found.get(group_key(keyword_of(ask.code))), hours)


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
    key = (person_pk(ask.person), "you")
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
