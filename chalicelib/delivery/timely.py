"""Whether a text that has waited is still to be said, and may be: others overtake it, and the carrier can be away."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.consent import may_hear_at
from chalicelib.core.kept import PeopleList, Progress
from chalicelib.core.lifecycle import TAKES_REPORTS
from chalicelib.core.model import Answer, Group, Person, Pledge
from chalicelib.core.outcome import Say
from chalicelib.core.signing_in import CODE_LASTS
from chalicelib.runtime import Runtime
from chalicelib.store.codec import member_key
from chalicelib.store.kept_codec import list_key
from chalicelib.store.members import place_of
from chalicelib.store.plain import from_iso
from chalicelib.store.tables import TextRow
from chalicelib.store.values import action_key, get, group_key, pledge_key

FOR_WHO_IS_IN = frozenset({"moved_up", "to_you", "task_given"})
GIVEN_UP_AFTER = timedelta(hours=24)  # an answer a day late answers nothing
GIVEN_UP_OF = {
    "sign_in_code": CODE_LASTS,
    **dict.fromkeys(("confirm_in", "confirm_join"), timedelta(hours=1)),  # who typed a number waits for it
    "confirm_list": timedelta(days=3),  # nobody waits for it, and a group's hours can leave a Sunday out
}
NOT_NEEDED = "not needed any more"


def outdated(what: Say, row: TextRow, person: Person | None, world: Runtime) -> str | datetime:
    """Why it need not be said any more, or the moment until which it may not be; nothing: it is said now."""
    if world.now() - from_iso(row.sk.split("#")[1]) >= GIVEN_UP_OF.get(what.key, GIVEN_UP_AFTER):
        return "too late"
    if what.key in FOR_WHO_IS_IN:
        return no_longer_true(what, row)
    return asked_at(what, person, world) if what.key == "confirm_list" and person is not None else ""


def no_longer_true(what: Say, row: TextRow) -> str:
    about, key = action_key(row.code), pledge_key(row.code, row.pk.removeprefix("person#"))
    found = get([about, key])
    pledge: Pledge | None = found.get(key)
    if about not in found or found[about].state not in TAKES_REPORTS:
        return "over"
    if pledge is None or pledge.answer is not Answer.IN:
        return "out since"
    return "muted" if pledge.is_muted and what.key == "to_you" else ""


def asked_at(what: Say, person: Person, world: Runtime) -> str | datetime:
    """Of somebody on a list: the group and the list must still want it, they have not joined meanwhile, and the hours
    of their day allow it now, for they were looked at when the text was put on its way.
    """
    keyword, name = str(what.fills["keyword"]), str(what.fills.get("list", ""))
    about, member, brought = group_key(keyword), member_key(keyword, person.id), list_key(keyword, name)
    found = get([about, member, brought])
    group: Group | None = found.get(about)
    people: PeopleList | None = found.get(brought)
    if group is None or group.ended_at or member in found or (name and is_dropped(people)):
        return NOT_NEEDED
    place, unknown = place_of(person.place), world.settings.unknown_states
    return may_hear_at(person, place, world.now(), group.zone, unknown, group.hours) or ""


def is_dropped(people: PeopleList | None) -> bool:
    return people is None or people.state is Progress.DROPPED
