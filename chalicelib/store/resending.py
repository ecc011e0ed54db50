"""Whom an alert did not reach, and who of them may be asked once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from chalicelib.core.choosing import is_led
from chalicelib.core.consent import countries_of, why_not
from chalicelib.core.kept import Failure
from chalicelib.core.model import Action, Group, Me
from chalicelib.core.received import Received
from chalicelib.core.resending import MOST_AGAIN, Missed, ResendView
from chalicelib.core.waving import ASKING
from chalicelib.runtime import Runtime
from chalicelib.store.codec import value_of, wanted_key
from chalicelib.store.outbox import Sent
from chalicelib.store.plain import in_parts, iso
from chalicelib.store.reading import rows
from chalicelib.store.tables import Row, WantedRow, group_pk, newest_first
from chalicelib.store.values import get, person_key, pledges_of
from chalicelib.store.views import for_lead

MOST_LOOKED_AT = 2_000  # failures of a group since its action opened, the newest
AT_ONCE = 100


def for_send_again(ask: Any, got: Received, who: Me, world: Runtime) -> ResendView:
    lead = for_lead(ask, got, who, world)
    led = [one for one in lead.choices if one.action.state in ASKING and is_led(lead, one)]
    if len(led) != 1:
        return ResendView(lead)
    missed = missed_of(led[0].action, led[0].group, world)
    return ResendView(lead, tuple(islice(missed, MOST_AGAIN + 1)))


def failures_since(action: Action) -> Iterator[Failure]:
    """Of the action's group, the newest first."""
    if action.opened_at is None:
        return
    since = Row.sk.between("failed#", f"failed#{newest_first(iso(action.opened_at))}#~")
    for row in rows(group_pk(action.keyword), since, limit=MOST_LOOKED_AT):
        yield value_of(row)


def people_missed(action: Action) -> list[str]:
    """Whom a text about it failed to reach, each once."""
    return list(dict.fromkeys(one.person for one in failures_since(action) if one.code == action.code))


def missed_of(action: Action, group: Group | None, world: Runtime) -> Iterator[Missed]:
    """Those whose alert still counts as failed and who may be asked still, looked up as they are asked for.

    A bad number and a STOP that the carrier told of are the person's own since then (delivery/refusals.py): such people
    may be asked again as soon as they have texted us, and not before.
    """
    countries = countries_of(group, world.settings.countries)
    for some in in_parts(people_missed(action), AT_ONCE):
        receipts = receipts_of(action, some)
        failed = [one for one in some if one in receipts]
        people, pledges = get(map(person_key, failed)), pledges_of(action.code, failed)
        for one in failed:
            if one not in pledges and not why_not(people.get(person_key(one)), countries, action.keyword):
                yield Missed(one, receipts[one].sid or "")


def receipts_of(action: Action, people: Iterable[str]) -> dict[str, WantedRow]:
    """By person, the receipt of an alert that failed."""
    assert action.opened_at is not None
    keys = [wanted_key(one, action.code, action.opened_at) for one in people]
    found = Row.batch_get(keys, consistent_read=True) if keys else ()
    failed = (row for row in found if isinstance(row, WantedRow) and row.state in {Sent.FAILED, Sent.UNDELIVERED})
    return {row.pk.removeprefix("person#"): row for row in failed}
