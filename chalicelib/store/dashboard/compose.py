"""What the page on which an alert is written looks at: the group, whom it would reach, and the draft that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.alerting import DRAFT_LASTS, AlertView, Reach
from chalicelib.core.commands import Alert
from chalicelib.core.model import Action, Channel, Group, Me, Person, State, Task
from chalicelib.core.received import Received
from chalicelib.links import LINK_TAIL
from chalicelib.runtime import Runtime
from chalicelib.store.codec import keyword_of
from chalicelib.store.values import action_key, get, group_key, tasks_of
from chalicelib.store.views import for_alert


@dataclass(frozen=True, slots=True)
class Waiting:
    """The draft that this organizer's GO would send, and its group."""

    action: Action
    group: Group
    tasks: tuple[Task, ...] = ()

    def is_over(self, now: datetime) -> bool:
        """Its quarter of an hour is over, or it was tried with wrong numbers."""
        drafted_at = self.action.drafted_at
        return self.action.state is not State.DRAFT or drafted_at is None or now >= drafted_at + DRAFT_LASTS


def group_of(keyword: str) -> Group | None:
    found: Group | None = get([group_key(keyword)], is_consistent=False).get(group_key(keyword))
    return found if found and not found.ended_at else None


def waiting_for(person: Person) -> Waiting | None:
    """None: nothing was drafted since the last GO."""
    code = person.draft
    if code is None:
        return None
    found = get([action_key(code), group_key(keyword_of(code))])
    action: Action | None = found.get(action_key(code))
    group: Group | None = found.get(group_key(keyword_of(code)))
    if action is None or group is None or action.opened_at is not None:
        return None
    return Waiting(action, group, tasks_of(code) if action.tasks else ())


def raised_by(person: Person, code: str, keyword: str) -> Action | None:
    """An action of this group's that this organizer wrote."""
    action: Action | None = get([action_key(code)]).get(action_key(code))
    return action if action and action.raised_by == person.id and action.keyword == keyword else None


def alert_view(keyword: str, person: Person, now: datetime, world: Runtime) -> AlertView:
    """All that ALERT's own decision would look at: it reads the whole group."""
    ask = Alert(keyword, "")
    return for_alert(ask, Received(ask, "", now, Channel.DASHBOARD, person.id), Me(person), world)


def bare_view(group: Group, person: Person, world: Runtime) -> AlertView:
    """The same without the group's people: nothing is read for it."""
    settings = world.settings
    return AlertView(
        me=Me(person),
        group=group,
        reach=Reach(),
        confirm=0,
        segment_price=settings.segment_price,
        action_length=settings.action_length,
        a_second=settings.bulk_rate,
        links=settings.links,
        link_tail=LINK_TAIL,
    )
