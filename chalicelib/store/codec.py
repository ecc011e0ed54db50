"""From values to rows and back: the one place that knows how each thing is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.confirming import waits_for
from chalicelib.core.kept import Act, Draft, Failure, Founded, PeopleList, Sending, SignInCode, Unreached, Word
from chalicelib.core.model import (
    Action,
    Answer,
    Channel,
    Consent,
    Contribution,
    CrewName,
    Group,
    LinePlace,
    Listed,
    Listing,
    Member,
    Person,
    Pledge,
    Question,
    Record,
    Spent,
    State,
    Talk,
    Tally,
    Task,
    Unconfirmed,
    Wanted,
)
from chalicelib.core.outcome import Entity, Taught
from chalicelib.store import kept_codec as kept
from chalicelib.store.crew_codec import (
    name_in,
    name_out,
    spent_in,
    spent_out,
    talk_in,
    talk_out,
    task_in,
    task_out,
)
from chalicelib.store.outbox import NOT_HAD
from chalicelib.store.past import past_in, taught_out
from chalicelib.store.plain import from_iso, from_plain, iso, listed, since_iso, to_plain, unlisted, versioned
from chalicelib.store.tables import (
    CREW_SHARDS,
    MEMBER_SHARDS,
    OPEN,
    ActionRow,
    ActRow,
    ContributionRow,
    CrewNameRow,
    DraftRow,
    FailureRow,
    FoundedRow,
    GroupRow,
    LineRow,
    ListedRow,
    MemberRow,
    PastRow,
    PeopleListRow,
    PersonRow,
    PledgeRow,
    Row,
    SenderRow,
    SignInRow,
    SpentRow,
    TalkRow,
    TaskRow,
    UnreachedRow,
    WantedRow,
    WordRow,
    action_pk,
    crew_pk,
    group_pk,
    member_pk,
    newest_first,
    person_pk,
    shard,
    tag_pk,
)

WANTED_KEPT = timedelta(days=90)
LISTED_KEPT = timedelta(days=90)


def consents_out(consents: tuple[Consent, ...]) -> list[list[Any]] | None:
    return [[iso(one.at), one.words, one.channel, one.is_given] for one in consents] or None


def consents_in(plain: list[list[Any]] | None) -> tuple[Consent, ...]:
    return tuple(
        Consent(from_iso(at), words, Channel(channel), is_given) for at, words, channel, is_given in plain or ()
    )


# --- one pair for each kind of row -----------------------------------------------------------------


def person_out(person: Person) -> Row:
    question, listing, typed = person.question, person.listing, person.unconfirmed
    return PersonRow(
        person_pk(person.id),
        "you",
        phone=person.phone,
        lang=person.lang,
        name=person.name or None,
        zip=person.zip or None,
        quiet=list(person.quiet) if person.quiet else None,
        consents=consents_out(person.consents),
        stopped_at=iso(person.stopped_at) if person.stopped_at else None,
        groups=listed(person.groups),
        leads=listed(person.leads),
        draft=person.draft,
        question=question and [to_plain(question.command), list(question.codes), iso(question.asked_at)],
        listing=listing and [listing.code, listing.after, iso(listing.listed_at)],
        place=person.place or None,
        zone=person.zone or None,
        bad_at=iso(person.bad_at) if person.bad_at else None,
        unconfirmed=typed and unconfirmed_out(typed),
        browsers=listed(person.browsers),
        shows_name=person.shows_name or None,
        organizes=listed(person.organizes),
        sessions=listed(person.sessions),
        expires=int((typed.asked_at + waits_for(typed)).timestamp()) if typed and person.is_typed else None,
        **versioned(person.version),
    )


def person_in(row: PersonRow) -> Person:
    question, listing, typed = row.question, row.listing, row.unconfirmed
    return Person(
        id=row.pk.removeprefix("person#"),
        phone=row.phone,
        lang=row.lang,
        name=row.name or "",
        zip=row.zip or "",
        quiet=(row.quiet[0], row.quiet[1]) if row.quiet else None,
        consents=consents_in(row.consents),
        stopped_at=since_iso(row.stopped_at),
        groups=unlisted(row.groups),
        leads=unlisted(row.leads),
        draft=row.draft,
        question=Question(from_plain(question[0]), tuple(question[1]), from_iso(question[2])) if question else None,
        listing=Listing(listing[0], int(listing[1]), from_iso(listing[2])) if listing else None,
        place=row.place or "",
        zone=row.zone or "",
        bad_at=since_iso(row.bad_at),
        unconfirmed=unconfirmed_in(typed) if typed else None,
        browsers=unlisted(row.browsers),
        shows_name=bool(row.shows_name),
        organizes=unlisted(row.organizes),
        sessions=unlisted(row.sessions),
        version=row.version,
    )


def unconfirmed_out(typed: Unconfirmed) -> list[Any]:
    proof = consents_out((typed.proof,)) if typed.proof else None
    return [to_plain(typed.command), iso(typed.asked_at), typed.browser, *(proof or ()), *filter(None, (typed.name,))]


def unconfirmed_in(plain: list[Any]) -> Unconfirmed:
    command, asked_at, browser, *told = plain
    proof = consents_in(told[:1])[0] if told else None
    return Unconfirmed(from_plain(command), from_iso(asked_at), browser, proof, *told[1:])


def wanted_out(wanted: Wanted) -> WantedRow:
    """Without a receipt: nobody was texted, the person came by themselves."""
    return WantedRow(
        *wanted_key(wanted.person, wanted.code, wanted.opened_at),
        say="alert",
        state="came",
        code=wanted.code,
        until=iso(wanted.until),
        expires=int((wanted.until + WANTED_KEPT).timestamp()),
    )


def wanted_key(person: str, code: str, opened_at: datetime) -> tuple[str, str]:
    return person_pk(person), f"you#wanted#{newest_first(iso(opened_at))}#{code}"


def wanted_in(row: WantedRow) -> Wanted:
    person = row.pk.removeprefix("person#")
    opened_at = from_iso(newest_first(row.sk.split("#")[2]))
    asked_at = None if row.state in NOT_HAD else since_iso(row.claimed_at)
    return Wanted(person, row.code, opened_at, from_iso(row.until), asked_at)


def group_out(group: Group) -> Row:
    return GroupRow(
        group_pk(group.keyword),
        "group",
        name=group.name,
        zone=group.zone,
        organizers=" ".join(group.organizers),
        is_emergency=group.is_emergency,
        next_number=group.next_number,
        live=listed(group.live),
        alerted=listed(tuple(map(iso, group.alerted))),
        tells_asked=group.tells_asked or None,
        is_private=not group.is_public or None,
        has_webhook=group.has_webhook or None,
        welcome=group.welcome or None,
        hours=list(group.hours) if group.hours else None,
        texts_a_day=group.texts_a_day,
        daily_cents=group.daily_cents,
        langs=listed(group.langs),
        countries=listed(group.countries),
        ended_at=iso(group.ended_at) if group.ended_at else None,
        **versioned(group.version),
    )


def group_in(row: GroupRow) -> Group:
    return Group(
        keyword=row.pk.removeprefix("group#"),
        name=row.name,
        zone=row.zone,
        organizers=unlisted(row.organizers),
        is_emergency=row.is_emergency,
        next_number=int(row.next_number),
        live=unlisted(row.live),
        alerted=tuple(map(from_iso, unlisted(row.alerted))),
        tells_asked=bool(row.tells_asked),
        is_public=not row.is_private,
        has_webhook=bool(row.has_webhook),
        welcome=row.welcome or "",
        hours=(int(row.hours[0]), int(row.hours[1])) if row.hours else None,
        texts_a_day=None if row.texts_a_day is None else int(row.texts_a_day),
        daily_cents=None if row.daily_cents is None else int(row.daily_cents),
        langs=unlisted(row.langs),
        countries=unlisted(row.countries),
        ended_at=since_iso(row.ended_at),
        version=row.version,
    )


def member_key(keyword: str, person: str) -> tuple[str, str]:
    return member_pk(keyword, shard(person, MEMBER_SHARDS)), f"member#{person}"


def member_out(member: Member) -> Row:
    return MemberRow(
        *member_key(member.keyword, member.person),
        consents=consents_out(member.consents),
        is_in=member.is_in,
        out=member.out or None,
        place=member.place or None,
        since=since_when(member),
        **versioned(member.version),
    )


def since_when(member: Member) -> str | None:
    """A list's proof tells of before: a member they are since their own word."""
    own = (one for one in member.consents if one.channel is not Channel.IMPORT)
    first = next(own, None)
    return iso(first.at) if first else None


def member_in(row: MemberRow) -> Member:
    return Member(
        keyword=row.pk.split("#")[1],
        person=row.sk.removeprefix("member#"),
        consents=consents_in(row.consents),
        out=row.out or "",
        place=row.place or "",
        version=row.version,
    )


def action_out(action: Action) -> Row:
    def at(moment: datetime | None) -> str | None:
        return iso(moment) if moment else None

    return ActionRow(
        action_pk(action.code),
        "action",
        words=action.words,
        raised_by=action.raised_by,
        zone=action.zone,
        state=str(action.state),
        ends_at=iso(action.ends_at),
        need=action.need,
        place=action.place or None,
        starts_at=at(action.starts_at),
        tags=listed(action.tags),
        is_emergency=action.is_emergency,
        confirm=action.confirm,
        recipients=action.recipients,
        wrong_tries=action.wrong_tries or None,
        drafted_at=at(action.drafted_at),
        opened_at=at(action.opened_at),
        ended_at=at(action.ended_at),
        coming=action.tally.coming,
        here=action.tally.here,
        amounts=dict(action.tally.amounts) or None,
        has_line=action.has_line,
        is_filled_told=action.is_filled_told,
        is_all=action.is_all or None,
        first_wave=action.first_wave or None,
        wave=action.wave or None,
        asked=action.asked or None,
        tasks=action.tasks or None,
        task_lines=list(action.task_lines) or None,
        again_of=action.again_of or None,
        filled_at=at(action.filled_at),
        no_shows=action.no_shows or None,
        is_moved=action.is_moved or None,
        zip=action.zip or None,
        is_private=not action.is_public or None,
        ended_as=str(action.ended_as) if action.ended_as else None,
        record=asdict(action.record) if action.record else None,
        has_webhook=action.has_webhook or None,
        answered=action.answered or None,
        curve=[list(point) for point in action.curve] or None,
        **versioned(action.version),
    )


def keyword_of(code: str) -> str:
    """The group's word in an action's code: words have letters only."""
    return code.rstrip("0123456789")


def action_in(row: ActionRow) -> Action:
    code = row.pk.removeprefix("action#")
    zone = ZoneInfo(row.zone)

    def local(text: str | None) -> datetime | None:
        return from_iso(text).astimezone(zone) if text else None

    return Action(
        code=code,
        keyword=keyword_of(code),
        words=row.words,
        raised_by=row.raised_by,
        zone=row.zone,
        state=State(row.state),
        ends_at=from_iso(row.ends_at).astimezone(zone),
        need=None if row.need is None else int(row.need),
        place=row.place or "",
        starts_at=local(row.starts_at),
        tags=unlisted(row.tags),
        is_emergency=row.is_emergency,
        confirm=None if row.confirm is None else int(row.confirm),
        recipients=int(row.recipients or 0),
        wrong_tries=int(row.wrong_tries or 0),
        drafted_at=since_iso(row.drafted_at),
        opened_at=since_iso(row.opened_at),
        ended_at=since_iso(row.ended_at),
        tally=Tally(int(row.coming), int(row.here), row.amounts or {}),
        has_line=row.has_line,
        is_filled_told=row.is_filled_told,
        is_all=bool(row.is_all),
        first_wave=int(row.first_wave or 0),
        wave=int(row.wave or 0),
        asked=int(row.asked or 0),
        tasks=int(row.tasks or 0),
        task_lines=tuple(row.task_lines or ()),
        again_of=row.again_of or "",
        filled_at=since_iso(row.filled_at),
        no_shows=int(row.no_shows or 0),
        is_moved=bool(row.is_moved),
        zip=row.zip or "",
        is_public=not row.is_private,
        ended_as=State(row.ended_as) if row.ended_as else None,
        record=Record(**row.record) if row.record else None,
        has_webhook=bool(row.has_webhook),
        answered=int(row.answered or 0),
        curve=tuple((int(at), int(taken)) for at, taken in row.curve or ()),
        version=row.version,
    )


def crew_part(code: str, person: str) -> str:
    return crew_pk(code, shard(person, CREW_SHARDS))


def pledge_out(pledge: Pledge) -> Row:
    return PledgeRow(
        crew_part(pledge.code, pledge.person),
        f"pledge#{pledge.person}",
        answer=str(pledge.answer),
        name=pledge.name or None,
        seats=pledge.seats,
        note=pledge.note or None,
        arrives_at=pledge.arrives_at.isoformat() if pledge.arrives_at else None,
        is_here=pledge.is_here,
        is_no_show=pledge.is_no_show or None,
        is_muted=pledge.is_muted or None,
        is_gone=pledge.is_gone or None,
        is_shown=pledge.is_shown or None,
        tasks=list(pledge.tasks) or None,
        amounts=dict(pledge.amounts) or None,
        since=iso(pledge.since) if pledge.since else None,
        asked_at=iso(pledge.asked_at) if pledge.asked_at else None,
        channel=str(pledge.channel) if pledge.channel else None,
        **versioned(pledge.version),
    )


def pledge_in(row: PledgeRow) -> Pledge:
    return Pledge(
        code=row.pk.split("#")[1],
        person=row.sk.removeprefix("pledge#"),
        answer=Answer(row.answer),
        name=row.name or "",
        seats=int(row.seats),
        note=row.note or "",
        arrives_at=since_iso(row.arrives_at),
        is_here=row.is_here,
        is_no_show=bool(row.is_no_show),
        is_muted=bool(row.is_muted),
        is_gone=bool(row.is_gone),
        is_shown=bool(row.is_shown),
        tasks=tuple(row.tasks or ()),
        amounts=row.amounts or {},
        since=since_iso(row.since),
        asked_at=since_iso(row.asked_at),
        channel=Channel(row.channel) if row.channel else None,
        version=row.version,
    )


def line_out(place: LinePlace) -> Row:
    return LineRow(action_pk(place.code), f"line#{iso(place.since)}#{place.person}", seats=place.seats)


def listed_out(one: Listed) -> ListedRow:
    pk = tag_pk(one.tag) if one.tag else group_pk(one.keyword) if one.keyword else OPEN
    kept = None if pk == OPEN else int((one.opened_at + LISTED_KEPT).timestamp())
    return ListedRow(pk, f"listed#{newest_first(iso(one.opened_at))}#{one.code}", expires=kept)


def line_in(row: LineRow) -> LinePlace:
    _, since, person = row.sk.split("#")
    return LinePlace(row.pk.removeprefix("action#"), person, from_iso(since), int(row.seats))


def contribution_out(contribution: Contribution) -> Row:
    where = person_pk(contribution.person) if contribution.person else action_pk(contribution.code)
    return ContributionRow(
        where,
        f"did#{contribution.cause}",
        did=contribution.kind,
        at=iso(contribution.at),
        channel=str(contribution.channel),
        code=contribution.code or None,
        keyword=contribution.keyword or None,
        seats=contribution.seats or None,
        amounts=dict(contribution.amounts) or None,
    )


OUT: Mapping[type, Callable[[Any], Row]] = {
    Person: person_out,
    Wanted: wanted_out,
    Group: group_out,
    Member: member_out,
    Action: action_out,
    Pledge: pledge_out,
    LinePlace: line_out,
    Listed: listed_out,
    Taught: taught_out,
    CrewName: name_out,
    Task: task_out,
    Talk: talk_out,
    Spent: spent_out,
    Word: kept.word_out,
    Act: kept.act_out,
    Failure: kept.failure_out,
    Unreached: kept.unreached_out,
    SignInCode: kept.sign_in_out,
    Draft: kept.draft_out,
    PeopleList: kept.list_out,
    Founded: kept.founded_out,
    Sending: kept.sending_out,
}
IN: Mapping[type[Row], Callable[[Any], Any]] = {
    PersonRow: person_in,
    WantedRow: wanted_in,
    GroupRow: group_in,
    MemberRow: member_in,
    ActionRow: action_in,
    PledgeRow: pledge_in,
    LineRow: line_in,
    PastRow: past_in,
    CrewNameRow: name_in,
    TaskRow: task_in,
    TalkRow: talk_in,
    SpentRow: spent_in,
    WordRow: kept.word_in,
    ActRow: kept.act_in,
    FailureRow: kept.failure_in,
    UnreachedRow: kept.unreached_in,
    SignInRow: kept.sign_in_in,
    DraftRow: kept.draft_in,
    PeopleListRow: kept.list_in,
    FoundedRow: kept.founded_in,
    SenderRow: kept.sending_in,
}


def row_of(entity: Entity) -> Row:
    return OUT[type(entity)](entity)


def value_of(row: Row) -> Any:
    return IN[type(row)](row)
