"""Every row, key and index of the one table.

A person's partition is laid out so that one query answers "who is this, and what is it about?": the texts of the
last minute, the person, and what they are wanted for lie side by side, in this order.

    person#…     did#<cause>              contribution: the ledger, and the marker that the cause was handled
                 text#<when>#<id>         a text to this person: the outbox row, then its receipt
                 signin                   the code that was texted to an organizer who signs in, for ten minutes
                 draft#<id>               what an organizer has begun to write for an alert, for 30 days
                 you                      the person; of a number that was only typed on a page or
                                          brought on a list, for a day or for two weeks
                 you#wanted#<newest>#<code>   an action they were asked for; the alert's own receipt
    group#DIG    group                    the group
                 webhook                  the address that is told what happens to its actions, and the secret
                 past#<ended>#<code>      what an action that ended taught: who was asked, who answered what, how fast
                 spent#<day>              segments given to the carrier for the group that day
                 listed#<newest>#<code>   an action of the group's, for 90 days
                 act#<newest>#<cause>     what was done to the group or an action of it, by whom, for two years
                 failed#<newest>#<person> a text that the carrier did not bring, for 90 days
                 failures#<day>           how many that were, by the carrier's code
                 unreached#<person>       a member whose number no text reaches
                 list#<id>                people whom an organizer brings, on their way in; its rows,
    group#DIG#list#<id>  part#<n>         numbers and all, until each is asked, or a day has passed without
                 refused#<n>              what is wrong with the other rows, without their numbers, for a day
    group#DIG#3  member#<person>          a member; spread over MEMBER_SHARDS partitions
                 grew#<day>               how many joined and left that day in this part
    groups       group#<keyword>          every group there is
    action#DIG4  action                   the action, with its seats; after dissolving, its record
                 task#<number>            a task, with those who have it
                 talk                     what the crew said lately (when and by whom), and who is silenced
                 line#<since>#<person>    a place in line
                 round#<id>               something to tell many people
                 timer#<name>             a command that time will give
                 hook#<id>                something that the group's webhook is to be told
                 purge                    that these records are to go
    open         listed#<newest>#<code>   an action that can still be answered
    tag#flood    listed#<newest>#<code>   an action with that tag, for 90 days
    count#…      <period>                 how often something was asked for: what keeps strangers from being texted
    sender       pace                     when the sender may give out its next text
                 state                    whether sending stands still, and why
                 spent#<day>              segments given to the carrier that day
    crew#DIG4#0  pledge#<person>          what somebody answered; spread over CREW_SHARDS when open-ended
                 spent                    (part 0) texts and segments about the action so far, and how many arrived
                 name#<key>               who is known by that name in this crew; spread by the name
                 tally#<what>             what this part of an open-ended crew adds up to: seats, here, done:hours
                 word#<newest>#<person>   (part 0) what one of the crew wrote to the organizers

A number is in its person's row only; a list on its way in is the exception, for as long as it is worked through.

Rows that have something left to do carry `due` and `due_shard`, and so are in the index `due`; a row that is done
loses them and leaves it.
"""

from __future__ import annotations

import os
from hashlib import blake2b

from botocore.config import Config
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.aws import USER_AGENT, session

MEMBER_SHARDS = 16
CREW_SHARDS = 4
DUE_SHARDS = 4
TTL_ATTRIBUTE = "expires"


class DueIndex(GlobalSecondaryIndex["Row"]):  # type: ignore[no-untyped-call]  # PynamoDB types it half
    """What is due and not done, by time."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due = UnicodeAttribute(range_key=True)


class Row(Model):
    """What every row has. Moments are ISO 8601 in UTC, so that they sort as text."""

    class Meta:
        table_name = os.environ.get("TABLE_NAME", "giddyup")
        region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
        billing_mode = "PAY_PER_REQUEST"
        # PynamoDB's own are 15 and 30 s, longer than a text may wait; it retries by itself.
        connect_timeout_seconds = 1
        read_timeout_seconds = 3
        max_pool_connections = 64

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = NumberAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_index = DueIndex()


class PersonRow(Row, discriminator="person"):
    phone = UnicodeAttribute()
    lang = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    zip = UnicodeAttribute(null=True)
    quiet = JSONAttribute(null=True)
    consents = JSONAttribute(null=True)
    stopped_at = UnicodeAttribute(null=True)
    groups = UnicodeAttribute(null=True)
    leads = UnicodeAttribute(null=True)
    draft = UnicodeAttribute(null=True)
    question = JSONAttribute(null=True)
    listing = JSONAttribute(null=True)
    place = UnicodeAttribute(null=True)
    zone = UnicodeAttribute(null=True)
    bad_at = UnicodeAttribute(null=True)
    unconfirmed = JSONAttribute(null=True)
    browsers = UnicodeAttribute(null=True)
    shows_name = BooleanAttribute(null=True)
    organizes = UnicodeAttribute(null=True)
    sessions = UnicodeAttribute(null=True)
    version = VersionAttribute()


class GroupRow(Row, discriminator="group"):
    name = UnicodeAttribute()
    zone = UnicodeAttribute()
    organizers = UnicodeAttribute()
    is_emergency = BooleanAttribute()
    next_number = NumberAttribute()
    live = UnicodeAttribute(null=True)
    alerted = UnicodeAttribute(null=True)
    tells_asked = BooleanAttribute(null=True)
    is_private = BooleanAttribute(null=True)
    has_webhook = BooleanAttribute(null=True)
    welcome = UnicodeAttribute(null=True)
    hours = JSONAttribute(null=True)
    texts_a_day = NumberAttribute(null=True)
    daily_cents = NumberAttribute(null=True)
    langs = UnicodeAttribute(null=True)
    countries = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    version = VersionAttribute()


class WebhookRow(Row, discriminator="webhook"):
    """Beside the group, which is read and written far more often. After no answer it is left alone: `rests_until`."""

    url = UnicodeAttribute()
    secret = UnicodeAttribute()
    rests_until = UnicodeAttribute(null=True)


class MemberRow(Row, discriminator="member"):
    """`is_in`: would get an alert; `out`: why not; `place` and `since` are what asking them goes by."""

    consents = JSONAttribute()
    is_in = BooleanAttribute()
    out = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    since = UnicodeAttribute(null=True)
    version = VersionAttribute()


class PastRow(Row, discriminator="past"):
    """`asked` and `replies` are ids and answers packed without separators: see store/past.py."""

    opened_at = UnicodeAttribute()
    starts_at = UnicodeAttribute(null=True)
    zone = UnicodeAttribute()
    asked = UnicodeAttribute(null=True)
    replies = UnicodeAttribute(null=True)


class ActionRow(Row, discriminator="action"):
    words = UnicodeAttribute()
    raised_by = UnicodeAttribute()
    zone = UnicodeAttribute()
    state = UnicodeAttribute()
    ends_at = UnicodeAttribute()
    need = NumberAttribute(null=True)
    place = UnicodeAttribute(null=True)
    starts_at = UnicodeAttribute(null=True)
    tags = UnicodeAttribute(null=True)
    is_emergency = BooleanAttribute()
    confirm = NumberAttribute(null=True)
    recipients = NumberAttribute(null=True)
    wrong_tries = NumberAttribute(null=True)
    drafted_at = UnicodeAttribute(null=True)
    opened_at = UnicodeAttribute(null=True)
    ended_at = UnicodeAttribute(null=True)
    coming = NumberAttribute()
    here = NumberAttribute()
    amounts = JSONAttribute(null=True)
    has_line = BooleanAttribute()
    is_filled_told = BooleanAttribute()
    is_all = BooleanAttribute(null=True)
    first_wave = NumberAttribute(null=True)
    wave = NumberAttribute(null=True)
    asked = NumberAttribute(null=True)
    tasks = NumberAttribute(null=True)
    task_lines = JSONAttribute(null=True)
    again_of = UnicodeAttribute(null=True)
    filled_at = UnicodeAttribute(null=True)
    no_shows = NumberAttribute(null=True)
    is_moved = BooleanAttribute(null=True)
    zip = UnicodeAttribute(null=True)
    is_private = BooleanAttribute(null=True)
    ended_as = UnicodeAttribute(null=True)
    record = JSONAttribute(null=True)
    has_webhook = BooleanAttribute(null=True)
    answered = NumberAttribute(null=True)
    curve = JSONAttribute(null=True)
    version = VersionAttribute()


class TaskRow(Row, discriminator="task"):
    """`takers` are [person, name, whether done] each."""

    text = UnicodeAttribute()
    many = NumberAttribute()
    at = UnicodeAttribute(null=True)
    takers = JSONAttribute(null=True)
    is_done = BooleanAttribute(null=True)
    version = VersionAttribute()


class TalkRow(Row, discriminator="talk"):
    """`spoken` are [person, when, mark] each: what was said itself is in its round, until the crew dissolves."""

    spoken = JSONAttribute(null=True)
    silenced = UnicodeAttribute(null=True)
    deaf = UnicodeAttribute(null=True)
    is_cost_told = BooleanAttribute(null=True)
    version = VersionAttribute()


class CrewNameRow(Row, discriminator="name"):
    """Made once: of two who would have the same name at once, one decides again."""

    person = UnicodeAttribute()
    shown = UnicodeAttribute()
    version = VersionAttribute()


class ListedRow(Row, discriminator="listed"):
    """Its key says all; whoever reads it looks at the action itself."""


class CountRow(Row, discriminator="count"):
    """Only ever counted up with ADD."""

    n = NumberAttribute()


class LineRow(Row, discriminator="line"):
    seats = NumberAttribute()


class PledgeRow(Row, discriminator="pledge"):
    answer = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    seats = NumberAttribute()
    note = UnicodeAttribute(null=True)
    arrives_at = UnicodeAttribute(null=True)
    is_here = BooleanAttribute()
    is_no_show = BooleanAttribute(null=True)
    is_muted = BooleanAttribute(null=True)
    is_gone = BooleanAttribute(null=True)
    is_shown = BooleanAttribute(null=True)
    tasks = JSONAttribute(null=True)
    amounts = JSONAttribute(null=True)
    since = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(null=True)
    version = VersionAttribute()


class TallyRow(Row, discriminator="tally"):
    """One sum over this part of a crew, only ever counted up or down with ADD, so it needs no version.

    That of seats coming also holds how many people `answered` (of an action with a need: who took no seat), and of an
    open-ended action the seats taken in each stretch of time since it opened, in attributes such as `t012`.
    """

    n = NumberAttribute()
    answered = NumberAttribute(null=True)


class ContributionRow(Row, discriminator="did"):
    did = UnicodeAttribute()
    at = UnicodeAttribute()
    channel = UnicodeAttribute()
    code = UnicodeAttribute(null=True)
    keyword = UnicodeAttribute(null=True)
    seats = NumberAttribute(null=True)
    amounts = JSONAttribute(null=True)


class TextRow(Row, discriminator="text"):
    """One text to one person: what to say until it is said, then only what became of it."""

    say = UnicodeAttribute()
    args = JSONAttribute(null=True)
    code = UnicodeAttribute(null=True)
    keyword = UnicodeAttribute(null=True)
    is_past_stop = BooleanAttribute(null=True)
    is_answer = BooleanAttribute(null=True)
    state = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    claimed_at = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)
    told_at = UnicodeAttribute(null=True)
    sid = UnicodeAttribute(null=True)
    segments = NumberAttribute(null=True)
    error = NumberAttribute(null=True)
    sid_before = UnicodeAttribute(null=True)  # of an alert that failed and is sent again
    round = UnicodeAttribute(null=True)  # the round that it is of, where that waits for the end of quiet hours
    trace = UnicodeAttribute(null=True)  # where its key tells another (chalicelib/log.py)


class WantedRow(TextRow, discriminator="wanted"):
    """That a person was asked for an action; the receipt of the alert that asked them."""

    until = UnicodeAttribute()


class RoundRow(Row, discriminator="round"):
    """Something to tell many: unfolded into messages of some recipients each, a while's worth at a time.

    `people` are the ids of a wave's, in order, without separators; `but` is who need not be told; `may_wait`: news that
    the hours of each hold back. `after` is how far it is unfolded; `opened` are the
    moments at which it was unfolded to those whose hours had opened since the one before, and `opens` is the next.
    """

    say = UnicodeAttribute()
    args = JSONAttribute(null=True)
    audience = UnicodeAttribute()
    at = UnicodeAttribute()
    until = UnicodeAttribute(null=True)
    people = UnicodeAttribute(null=True)
    but = UnicodeAttribute(null=True)
    may_wait = BooleanAttribute(null=True)
    after = UnicodeAttribute(null=True)
    opened = UnicodeAttribute(null=True)
    opens = UnicodeAttribute(null=True)
    trace = UnicodeAttribute(null=True)  # where its key tells another


class PaceRow(Row, discriminator="pace"):
    """`next` is when the sender may give out its next text: microseconds since 1970."""

    next = NumberAttribute()


class SenderRow(Row, discriminator="sender"):
    """Sending stands still since `paused_at` because of `code`, and was tried again at `tried_at`; or none of these.

    `held_by` is the operator who has said so, if it was one: then `code` is 0, and nothing is tried.
    """

    paused_at = UnicodeAttribute(null=True)
    code = NumberAttribute(null=True)
    tried_at = UnicodeAttribute(null=True)
    held_by = UnicodeAttribute(null=True)


class SpentRow(Row, discriminator="spent"):
    """Segments given to the carrier in a day, or about an action, only ever counted up with ADD.

    About an action also all `texts`, and of its `alerts` how many were `delivered` and how many `failed`.
    """

    segments = NumberAttribute()
    texts = NumberAttribute(null=True)
    alerts = NumberAttribute(null=True)
    delivered = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)


class PurgeRow(Row, discriminator="purge"):
    """That an action has dissolved and its records are to go."""


class TimerRow(Row, discriminator="timer"):
    """A command that time will give."""

    command = JSONAttribute()
    trace = UnicodeAttribute(null=True)  # of the command that set it (chalicelib/log.py)


class WordRow(Row, discriminator="word"):
    """What somebody wrote to the organizers; it goes with its crew."""

    name = UnicodeAttribute()
    text = UnicodeAttribute()
    answered_at = UnicodeAttribute(null=True)
    answered_by = UnicodeAttribute(null=True)
    version = VersionAttribute()


class ActRow(Row, discriminator="act"):
    """What was done to a group or its actions, by whom and through which door."""

    did = UnicodeAttribute()
    channel = UnicodeAttribute()
    person = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)
    n = NumberAttribute(null=True)
    note = UnicodeAttribute(null=True)


class FailureRow(Row, discriminator="failure"):
    error = NumberAttribute()
    code = UnicodeAttribute(null=True)


class FailuresRow(Row, discriminator="failures"):
    """How many texts of a group failed on a day, by the carrier's code: attributes `e30003`, only ever counted up."""


class UnreachedRow(Row, discriminator="unreached"):
    since = UnicodeAttribute()
    error = NumberAttribute(null=True)


class GrownRow(Row, discriminator="grown"):
    """How many joined and left on a day in this part of a group, only ever counted up."""

    joined = NumberAttribute(null=True)
    left = NumberAttribute(null=True)


class SignInRow(Row, discriminator="signin"):
    mark = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    tries = NumberAttribute(null=True)
    version = VersionAttribute()


class DraftRow(Row, discriminator="draft"):
    keyword = UnicodeAttribute()
    fields = JSONAttribute(null=True)
    saved_at = UnicodeAttribute()
    version = VersionAttribute()


class PeopleListRow(Row, discriminator="list"):
    """A list on its way in. Its rows, numbers and all, lie beside it until each is asked, or a day has passed."""

    brought_by = UnicodeAttribute()
    at = UnicodeAttribute()
    name = UnicodeAttribute()
    rows = NumberAttribute()
    good = NumberAttribute()
    state = UnicodeAttribute()
    done = NumberAttribute(null=True)
    asked = NumberAttribute(null=True)
    skipped = NumberAttribute(null=True)
    read_as = JSONAttribute(null=True)
    reasons = JSONAttribute(null=True)
    why = JSONAttribute(null=True)
    held = UnicodeAttribute(null=True)
    version = VersionAttribute()


class ListPartRow(Row, discriminator="listpart"):
    """Rows of a list, packed: those still to be asked (none of them before `opens`), or those that were refused."""

    packed = BinaryAttribute(legacy_encoding=False)
    opens = UnicodeAttribute(null=True)


class FoundedRow(Row, discriminator="founded"):
    at = UnicodeAttribute()


class HookRow(Row, discriminator="hook"):
    """Deleted once the webhook has taken it; one that was given up (`failed_at`) stays until its crew dissolves."""

    event = UnicodeAttribute()
    at = UnicodeAttribute()
    facts = JSONAttribute()
    tries = NumberAttribute(null=True)
    failed_at = UnicodeAttribute(null=True)
    trace = UnicodeAttribute(null=True)  # where its key tells another


# PynamoDB builds a botocore client (100-180 ms) for each class that is used before its base is: ours is built here,
# once, from the descriptions that our other clients are made of, too.
CONNECTION = Row._get_connection().connection
CONNECTION.session.register_component("data_loader", session().get_component("data_loader"))
CONNECTION.session.set_default_client_config(Config(user_agent=USER_AGENT))
CONNECTION.client  # noqa: B018 - asking for it builds it


def shard(key: str, count: int) -> int:
    """Which of `count` partitions a key belongs to; the same for ever."""
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest(), "big") % count


SENDER = "sender"
GROUPS = "groups"


def person_pk(person: str) -> str:
    return f"person#{person}"


def group_pk(keyword: str) -> str:
    return f"group#{keyword}"


def member_pk(keyword: str, part: int) -> str:
    return f"group#{keyword}#{part}"


def action_pk(code: str) -> str:
    return f"action#{code}"


OPEN = "open"


def tag_pk(tag: str) -> str:
    return f"tag#{tag}"


def crew_pk(code: str, part: int) -> str:
    return f"crew#{code}#{part}"


def newest_first(moment: str) -> str:
    """A sort key under which later moments come first: each digit of the ISO moment replaced by its complement."""
    return moment.translate(str.maketrans("0123456789", "9876543210"))
