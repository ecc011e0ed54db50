"""What each decision may look at, filled by strongly consistent reads: one `for_x` for each kind of command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import commands as ask_for
from chalicelib.core.alerting import AgainView, AlertView, GoView, Reach
from chalicelib.core.choosing import ActionView, Choice, is_led, organizes
from chalicelib.core.confirming import is_waiting
from chalicelib.core.consent import GUARDED_FOR, ConsentView
from chalicelib.core.joining import FoundView, JoinView, OrganizerView, PublicView
from chalicelib.core.leading import MOST_NAMES, LeadView
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import (
    Action,
    Answer,
    CrewName,
    Group,
    Me,
    Member,
    Person,
    Told,
)
from chalicelib.core.names import called, digits
from chalicelib.core.received import Received
from chalicelib.core.settling_in import PersonView, PickView, PlaceView
from chalicelib.core.signing_up import SignUpView
from chalicelib.core.talking import is_involved
from chalicelib.core.waving import ASKING, MoreView
from chalicelib.grammar.naming import name_key
from chalicelib.links import LINK_TAIL
from chalicelib.runtime import Runtime, day_of
from chalicelib.store.asking import last_crew, planning, reach_of
from chalicelib.store.codec import keyword_of, member_key, value_of
from chalicelib.store.crew_codec import name_key_of
from chalicelib.store.outbox import NOT_HAD
from chalicelib.store.plain import from_iso, iso
from chalicelib.store.reading import rows
from chalicelib.store.sender import spent
from chalicelib.store.tables import (
    PersonRow,
    Row,
    TextRow,
    WantedRow,
    person_pk,
)
from chalicelib.store.values import (
    Key,
    action_key,
    first_of_crew,
    get,
    group_key,
    missing_of,
    person_key,
    pledge_key,
    raiser_first,
    standing,
    tasks_of,
    with_tally,
)

LATELY_READ = 60  # rows in one read: texts of the last minute, the person, what they were last wanted for
MOST_REMEMBERED = 30  # of what somebody was ever wanted for, the newest
MOST_WANTED = 8
MOST_LISTED = 4  # what is open, said in one segment
PHONES_ANSWER = timedelta(seconds=30)  # by which a phone that answers by itself has done so
MOST_HEARERS = 5  # organizers who get what a crew writes
NAMES_READ, MOST_ALIKE = 8, 400


# --- reading ---------------------------------------------------------------------------------------


def me(got: Received) -> Me:
    """Who speaks, in one query: their answers of the last minute, their row, and what they are wanted for."""
    answers, is_texted, found, wanted = 0, False, None, []
    lately = Row.sk.between(f"text#{iso(got.at - GUARDED_FOR)}", "you#~")
    for row in rows(person_pk(got.person), lately, page=LATELY_READ):
        if isinstance(row, WantedRow):
            wanted.append(value_of(row))
            is_texted = is_texted or is_just_sent(row, got.at)
            if len(wanted) == MOST_REMEMBERED:
                break
        elif isinstance(row, PersonRow):
            found = value_of(row)
        elif isinstance(row, TextRow):
            answers += bool(row.is_answer)
            is_texted = is_texted or is_just_sent(row, got.at)
    person = found or Person(got.person, got.phone, got.lang, place=got.place)
    return Me(person, tuple(wanted), answers, is_texted, told_since_asked(person, got))


def told_since_asked(person: Person, got: Received) -> tuple[Told, ...]:
    """Read only where a bare YES or NO may be for what waits. A text that waits, or was refused, has asked nobody."""
    typed, said = person.unconfirmed, got.command
    if typed is None or not isinstance(said, ask_for.In | ask_for.Out) or said.code or not is_waiting(typed, got.at):
        return ()
    since = Row.sk.between(f"text#{iso(typed.asked_at)}", "text#~")
    texts = [row for row in rows(person_pk(person.id), since) if isinstance(row, TextRow)]
    had = [row for row in texts if row.claimed_at and row.state not in NOT_HAD]
    return tuple(Told(row.say, from_iso(str(row.claimed_at))) for row in had)


def is_just_sent(row: TextRow, now: datetime) -> bool:
    return bool(row.claimed_at and from_iso(row.claimed_at) > now - PHONES_ANSWER)


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


def for_pledge(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """As for_action, with the name that the person is to have in each crew that may be meant."""
    view = actions_of(ask.code, got.at, who, name=who.person.name)
    is_shown = ask.note and not name_key(who.person.name)  # to the organizer, who may answer @05
    return with_handles(view, who.person) if is_shown else view


def for_action(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """The action named, or all live ones that the person has to do with: all in one round trip."""
    return actions_of(ask.code, got.at, who)


def for_words(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """A crew's words find the organizer until it dissolves, after the action's end too."""
    since = got.at - timedelta(hours=world.settings.dissolve_hours)
    view = actions_of(getattr(ask, "code", None), since, who, has_groups=True, has_open=False)
    return with_hearers(view, who.person)[0]


def with_hearers(view: ActionView, person: Person, also: Iterable[Key] = ()) -> tuple[ActionView, dict[Key, Any]]:
    """With who hears what the person writes, and, if anybody does, under which name.

    Those are the group's organizers who can be texted, whoever raised the action first. `also` is read with them.
    """
    asked = {
        choice.action.code: raiser_first(choice.group.organizers, choice.action.raised_by)[:MOST_HEARERS]
        for choice in view.choices
        if is_involved(choice) and choice.group
    }
    keys = [person_key(one) for ones in asked.values() for one in ones]
    found = get([*keys, *also])
    people: list[Person] = [found[key] for key in dict.fromkeys(keys) if key in found]
    reached = {one.id: name_key(one.name) for one in people if not one.is_stopped}
    hearers = {code: tuple(one for one in ones if one in reached) for code, ones in asked.items()}
    heard = {code: ones for code, ones in hearers.items() if ones}
    view = replace(view, hearers=heard, hearer_names=frozenset(filter(None, reached.values())))
    return (with_handles(view, person) if heard and not name_key(person.name) else view), found


# --- the names of a crew ------------------------------------------------------------------------------------


def with_handles(view: ActionView, person: Person) -> ActionView:
    """With the name that the person has, or is to have, in each crew that the text may be about."""
    codes = [choice.action.code for choice in view.choices]
    return replace(view, handles={code: handle_of(code, person) for code in codes})


def handle_of(code: str, person: Person) -> CrewName:
    """The first name like theirs that nobody else has in this crew: Sam, or else Sam2, Sam3 …; …05, or else …05-2."""
    key, shown, joint = name_key(person.name), person.name, ""
    if not key:
        key, shown, joint = digits(person), called(person), "-"
    for start in range(1, MOST_ALIKE, NAMES_READ):
        tails = [f"{joint}{n}" if n > 1 else "" for n in range(start, start + NAMES_READ)]
        found = get(name_key_of(code, key + tail) for tail in tails)
        for tail in tails:
            name: CrewName | None = found.get(name_key_of(code, key + tail))
            if name is None:
                return CrewName(code, key + tail, shown + tail, person.id)
            if name.person == person.id:
                return name
    raise AssertionError("a crew with so many of one name")


def handle_from(code: str, person: Person, plain: CrewName | None) -> CrewName:
    """The same, where it has been read who has the plain name: most often nobody."""
    if plain is None:
        return CrewName(code, name_key(person.name), person.name, person.id)
    return plain if plain.person == person.id else handle_of(code, person)


def for_name(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """What the person has to do with, and the name that they are to have in each of those crews."""
    renamed = replace(who.person, name=" ".join(ask.name.split()))
    return with_handles(for_pledged(ask, got, who, world), renamed)


def for_pledged(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """The actions that the person has answered, until they dissolve."""
    view = actions_of(None, got.at - timedelta(hours=world.settings.dissolve_hours), who, has_open=False)
    return replace(view, choices=tuple(choice for choice in view.choices if choice.pledge))


def for_mine(ask: Any, got: Received, who: Me, world: Runtime) -> ActionView:
    """What the person has to do with, and nothing else."""
    return actions_of(None, got.at, who, has_open=False)


def for_pick(ask: Any, got: Received, who: Me, world: Runtime) -> PickView:
    named = get([action_key(ask.code)]).get(action_key(ask.code)) if ask.code else None
    return PickView(who, named, for_words(ask_for.Words(ask.words), got, who, world))


def actions_of(
    code: str | None, at: datetime, who: Me, has_groups: bool = False, has_open: bool = True, name: str = ""
) -> ActionView:
    """`name`: it is also looked up who has it in each crew."""
    person = who.person
    named = [code] if code else []
    codes = named or [one.code for one in who.wanted if one.until > at][:MOST_WANTED]
    if not named and has_groups:
        codes = list(dict.fromkeys((*codes, *person.leads)))[: 2 * MOST_WANTED]
    keys: list[Key] = [action_key(one) for one in codes] + [pledge_key(one, person.id) for one in codes]
    if has_groups:
        keys += [group_key(keyword_of(one)) for one in codes]
    names = {one: name_key_of(one, name_key(name)) for one in codes} if name_key(name) else {}
    found = get([*keys, *names.values()])
    choices = [
        Choice(found[action_key(one)], found.get(pledge_key(one, person.id)), found.get(group_key(keyword_of(one))))
        for one in codes
        if action_key(one) in found
    ]
    if not named:
        choices = [one for one in choices if one.action.state in LIVE or one.pledge or organizes(person, one.group)]
        choices = [choice for choice in choices if is_still_about(choice, person)]
    is_dead = not any(choice.action.state in LIVE for choice in choices)
    open_now = live_codes(person) if is_dead and has_open else ()
    unnamed = [one.action.code for one in choices if names and not (one.pledge and one.pledge.name)]
    handles = {one: handle_from(one, person, found.get(names[one])) for one in unnamed}
    return ActionView(who, tuple(choices), code, open_now, handles=handles)


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
    is_end = isinstance(ask, ask_for.Close)
    lead = lead_view(view, world, has_tally=is_end)
    led = [choice for choice in view.choices if choice.action.state in LIVE and is_led(view, choice)]
    return replace(lead, missing=missing_of(led[0].action.code)) if is_end and len(led) == 1 else lead


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


def for_join(ask: Any, got: Received, who: Me, world: Runtime) -> JoinView:
    keyword = ask.keyword or (who.person.groups[0] if len(who.person.groups) == 1 else None)
    found = get([group_key(keyword), member_key(keyword, who.person.id)] if keyword else [])
    group = standing(found.get(group_key(keyword))) if keyword else None
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
    is_public = settings.groups_are == "public"
    return FoundView(who, got.words, got.channel, settings.brand, zone, may_found, taken, is_public)


def for_organizer(ask: Any, got: Received, who: Me, world: Runtime) -> OrganizerView:
    from chalicelib.numbers import e164

    number = e164(ask.phone, world.settings.countries)
    other = person_key(world.person_id(number)) if number else None
    found = get([*map(group_key, who.person.groups), *([other] if other else [])])
    return OrganizerView(
        who, tuple(one for one in found.values() if isinstance(one, Group)), found.get(other) if other else None
    )


def for_alert(ask: Any, got: Received, who: Me, world: Runtime) -> AlertView:
    """The group and whom it reaches: only organizers may ask for so many reads."""
    group = standing(get([group_key(ask.keyword)]).get(group_key(ask.keyword)))
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
        left_today=left_today(ask.keyword, got.at, world, group) if is_led else 0,
        links=settings.links,
        link_tail=LINK_TAIL,
    )


def left_today(keyword: str, now: datetime, world: Runtime, group: Group | None = None) -> int:
    """Segments that today's limits leave to this group's alerts, its own among them. It is read if it is not given."""
    settings, today = world.settings, day_of(now, world)
    group = group or get([group_key(keyword)]).get(group_key(keyword))
    limit = settings.limit_of(group.daily_cents if group else None)
    return max(0, min(limit - spent(keyword, today), settings.daily_limit - spent("", today)))


def for_go(ask: Any, got: Received, who: Me, world: Runtime) -> GoView:
    code = who.person.draft
    if code is None:
        return GoView(who, None, None)
    found = get([action_key(code), group_key(keyword_of(code))])
    draft: Action | None = found.get(action_key(code))
    tasks = tasks_of(code) if draft and draft.tasks else ()
    return GoView(who, draft, found.get(group_key(keyword_of(code))), tasks, world.settings.reminders)


def for_again(ask: Any, got: Received, who: Me, world: Runtime) -> AgainView:
    """The action that is to be repeated (without a code, the one that this organizer raised last)."""
    code = ask.code or (who.person.leads[-1] if who.person.leads else "")
    before: Action | None = get([action_key(code)]).get(action_key(code)) if code else None
    alert = for_alert(ask_for.Alert(keyword_of(code), ""), got, who, world)
    if before is None or alert.group is None or who.person.id not in alert.group.organizers:
        return AgainView(alert, before)
    return AgainView(alert, before, len(last_crew(before, alert.reach.candidates)))


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


def for_public(ask: Any, got: Received, who: Me, world: Runtime) -> PublicView:
    group, action = group_key(keyword_of(ask.what)), action_key(ask.what)
    found = get([group, action])
    return PublicView(who, standing(found.get(group)), found.get(action))


def for_sign_up(ask: Any, got: Received, who: Me, world: Runtime) -> SignUpView:
    """The action that somebody would be in, or the group that they would join."""
    is_in = isinstance(ask.waits, ask_for.In)
    key = action_key(ask.waits.code) if is_in else group_key(ask.waits.keyword)
    found = get([key]).get(key)
    return SignUpView(who, world.settings.brand, *((found, None) if is_in else (None, standing(found))))


def for_tell(ask: Any, got: Received, who: Me, world: Runtime) -> OrganizerView:
    found = get(map(group_key, who.person.groups))
    return OrganizerView(who, tuple(found.values()), None)
