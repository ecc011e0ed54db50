"""Groups: found one, join, leave, share its organizing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.alerting import as_sentence
from chalicelib.core.choosing import ActionView
from chalicelib.core.commands import AddOrganizer, Join, Leave, NewGroup, Release, SetPublic, TellAsked, Words
from chalicelib.core.consent import consented, reached
from chalicelib.core.hours import Place
from chalicelib.core.kept import Founded
from chalicelib.core.model import Action, Channel, Consent, Group, Me, Member, Person, Wanted
from chalicelib.core.outcome import Later, Outcome, Say, Text, answer, refused, say
from chalicelib.core.talking import decide_words
from chalicelib.grammar.reserved import keyword_problem
from chalicelib.grammar.speaking import language_of

MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class JoinView:
    """The group that a word may name, the speaker's membership of it, its live actions, and whom to ask otherwise."""

    me: Me
    words: str
    channel: Channel
    brand: str
    group: Group | None
    member: Member | None
    live: tuple[Action, ...] = ()
    otherwise: ActionView | None = None


@dataclass(frozen=True, slots=True)
class FoundView:
    """What founding a group looks at: the word's present owner, and whether this person may found groups."""

    me: Me
    words: str
    channel: Channel
    brand: str
    zone: str
    may_found: bool
    taken: Group | None
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class OrganizerView:
    """The groups that the speaker organizes, and the person to be added."""

    me: Me
    groups: tuple[Group, ...]
    other: Person | None


def membership(person: Person, keyword: str, member: Member | None, consent: Consent) -> tuple[Person, Member]:
    """The person and the member row with one more consent for this group. Joining by text is consent for the number."""
    joined = replace(
        person,
        groups=tuple(dict.fromkeys((*person.groups, keyword))),
        consents=person.consents or (consent,),
    )
    return joined, replace(consented(member or Member(keyword, person.id, ()), consent), place=person.place)


def decide_join(ask: Join, view: JoinView, now: datetime) -> Outcome:
    """A person who texts the keyword has consented; the reply carries the wording that carriers require."""
    person, group = view.me.person, view.group
    if group is None:
        if ask.is_sure or view.otherwise is None:
            return refused(person, "no_such_group", keyword=ask.keyword)
        return decide_words(Words(ask.words), view.otherwise, now)
    if view.member and view.member.is_in and ask.keyword in person.groups:
        return refused(person, "member_already", keyword=group.keyword)
    if len(person.groups) >= MOST_GROUPS:
        return refused(person, "too_many_groups", most=MOST_GROUPS)
    country = Place.parse(person.place).country
    if country and group.countries and country not in group.countries:
        return refused(person, "joined_not_from", keyword=group.keyword)
    consent = Consent(now, view.words, view.channel, is_given=True)
    joined, member = membership(spoken_to(group, view), group.keyword, view.member, consent)
    if view.live:
        joined = replace(joined, unconfirmed=None)  # the reply asks for what is open, and a YES answers that
    wanted = tuple(
        Wanted(person.id, action.code, action.opened_at, action.ends_at) for action in view.live if action.opened_at
    )
    replies = [Text(person.id, joined_say(group, view.brand), is_answer=True)]
    replies += [
        answer(person, "open_for_joiner", code=action.code, words=as_sentence(action.words)) for action in view.live[:1]
    ]
    return Outcome(saves=(joined, member, *wanted), effects=tuple(replies), keyword=group.keyword)


def joined_say(group: Group, brand: str) -> Say:
    """The reply to who joins: the carriers' wording, and between it what the group's organizers say."""
    key = "joined_emergency" if group.is_emergency else "joined"
    if group.welcome:
        return Say(f"{key}_welcome", {"keyword": group.keyword, "brand": brand, "welcome": group.welcome})
    return Say(key, {"keyword": group.keyword, "name": group.name, "brand": brand})


def spoken_to(group: Group, view: JoinView) -> Person:
    """Somebody new whose text tells no language of the group's is spoken to in its first one; LANG changes that."""
    person = view.me.person
    if not view.me.is_new or not group.langs:
        return person
    is_told = person.is_typed or language_of(view.words) is not None
    return person if is_told and person.lang in group.langs else replace(person, lang=group.langs[0])


def organizing_no_more(person: Person, keyword: str) -> Person:
    """Without this group among those that they organize; who organizes nothing any more is signed out everywhere."""
    left = tuple(word for word in person.organizes if word != keyword)
    return replace(person, organizes=left, sessions=person.sessions if left else ())


def decide_leave(ask: Leave, view: JoinView, now: datetime) -> Outcome:
    """That group only; seats held in its live actions are free again."""
    person = view.me.person
    if ask.keyword is None and view.group is None:
        if not person.groups:
            return refused(person, "in_no_group")
        return refused(person, "leave_which", listed=", ".join(person.groups))
    keyword = view.group.keyword if view.group else ask.keyword or ""
    if keyword not in person.groups or view.member is None:
        return refused(person, "not_a_member", keyword=keyword)
    taken_back = Consent(now, view.words, view.channel, is_given=False)
    left = organizing_no_more(person, keyword)
    left = replace(left, groups=tuple(word for word in person.groups if word != keyword))
    saves: list[Person | Member | Group] = [left, consented(view.member, taken_back, out="left")]
    if view.group and person.id in view.group.organizers and len(view.group.organizers) > 1:
        others = tuple(other for other in view.group.organizers if other != person.id)
        saves.append(replace(view.group, organizers=others))
    elif view.group and person.id in view.group.organizers:
        return refused(person, "last_organizer", keyword=keyword)
    return Outcome(
        saves=tuple(saves),
        removes=reached(person, keyword),
        effects=(
            answer(person, "left", keyword=keyword),
            Later(Release(person.id, keyword), now, f"release#{keyword}#{now.isoformat()}"),
        ),
        keyword=keyword,
    )


def decide_new_group(ask: NewGroup, view: FoundView, now: datetime) -> Outcome:
    """The founder is its first member and organizer."""
    person = view.me.person
    if not view.may_found:
        return refused(person, "may_not_found")
    problem = keyword_problem(ask.keyword)
    if problem:
        return refused(person, f"keyword_{problem}", keyword=ask.keyword[:20])
    if view.taken:
        return refused(person, "keyword_ended" if view.taken.ended_at else "keyword_taken", keyword=ask.keyword)
    if len(person.groups) >= MOST_GROUPS:
        return refused(person, "too_many_groups", most=MOST_GROUPS)
    consent = Consent(now, view.words, view.channel, is_given=True)
    founder, member = membership(person, ask.keyword, None, consent)
    group = Group(
        keyword=ask.keyword,
        name=ask.name or ask.keyword,
        zone=view.zone,
        organizers=(person.id,),
        is_emergency=ask.is_emergency,
        is_public=view.is_public,
    )
    key = "founded_emergency" if ask.is_emergency else "founded"
    return Outcome(
        saves=(replace(founder, organizes=(*founder.organizes, ask.keyword)), member, group, Founded(ask.keyword, now)),
        effects=(answer(person, key, keyword=group.keyword, brand=view.brand),),
        keyword=group.keyword,
    )


def organized(view: OrganizerView, keyword: str | None) -> Group | Outcome:
    """The group of theirs that an organizer means, or the outcome that says why there is none."""
    person = view.me.person
    groups = [group for group in view.groups if person.id in group.organizers]
    if keyword:
        groups = [group for group in groups if group.keyword == keyword]
    if not groups:
        return refused(person, "not_an_organizer")
    return groups[0] if len(groups) == 1 else refused(person, "organizer_which", keyword=groups[0].keyword)


def decide_add_organizer(ask: AddOrganizer, view: OrganizerView, now: datetime) -> Outcome:
    """Only a member can become an organizer: nobody is texted who has not joined."""
    person = view.me.person
    group = organized(view, ask.keyword)
    if isinstance(group, Outcome):
        return group
    other = view.other
    if other is None or group.keyword not in other.groups or other.is_stopped:
        return refused(person, "organizer_not_member", keyword=group.keyword)
    if other.id in group.organizers:
        return refused(person, "organizer_already", keyword=group.keyword)
    shared = replace(group, organizers=(*group.organizers, other.id))
    organizer = replace(other, organizes=(*other.organizes, group.keyword))
    return Outcome(
        saves=(shared, organizer),
        effects=(
            answer(person, "organizer_added", keyword=group.keyword),
            Text(other.id, say("organizer_now", keyword=group.keyword), keyword=group.keyword),
        ),
        keyword=group.keyword,
    )


@dataclass(frozen=True, slots=True)
class PublicView:
    """The group that is meant, or whose action is, and the action if it is one."""

    me: Me
    group: Group | None
    action: Action | None = None


def decide_set_public(ask: SetPublic, view: PublicView, now: datetime) -> Outcome:
    """What is public is on the home page and found by whoever searches; the rest is for those who have its link."""
    person, group, action = view.me.person, view.group, view.action
    is_code = ask.what[-1:].isdigit()
    if group is None or (is_code and action is None):
        key, fill = ("no_such_action", "code") if is_code else ("no_such_group", "keyword")
        return refused(person, key, **{fill: ask.what})
    if person.id not in group.organizers:
        return refused(person, "not_organizer_of", keyword=group.keyword)
    if action is not None and ask.is_on and not group.is_public:
        return refused(person, "public_group_first", code=action.code, keyword=group.keyword)
    before: Action | Group = action or group
    after = replace(before, is_public=ask.is_on)
    told = answer(person, "made_public" if ask.is_on else "made_private", what=ask.what)
    return Outcome(
        saves=(after,) if after != before else (),
        effects=(told,),
        code=action.code if action else "",
        keyword=group.keyword,
    )


def decide_tell_asked(ask: TellAsked, view: OrganizerView, now: datetime) -> Outcome:
    """Whether those who were just asked and have not answered are told that an action has filled."""
    group = organized(view, ask.keyword)
    if isinstance(group, Outcome):
        return group
    key = "tells_all" if ask.is_on else "tells_few"
    saves = (replace(group, tells_asked=ask.is_on),) if group.tells_asked != ask.is_on else ()
    return Outcome(saves=saves, effects=(answer(view.me.person, key, keyword=group.keyword),), keyword=group.keyword)
