"""A store in memory for one action, so that laws can run thousands of decisions: saves kept, timers given at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chalicelib.core.choosing import ActionView, Choice
from chalicelib.core.commands import In, Maybe, Out, SeatsOpen
from chalicelib.core.lifecycle import LIVE
from chalicelib.core.model import Action, Answer, LinePlace, Me, Person, Pledge, State
from chalicelib.core.outcome import Later, Outcome, Text
from chalicelib.core.pledging import decide_in, decide_maybe, decide_out
from chalicelib.core.seats import LineView, decide_seats_open

START = datetime(2026, 11, 23, 17, tzinfo=UTC)
DECIDE = {In: decide_in, Maybe: decide_maybe, Out: decide_out}


def an_action(need: int | None) -> Action:
    return Action(
        code="DIG1",
        keyword="DIG",
        words="dig",
        raised_by="olga",
        zone="America/New_York",
        state=State.OPEN,
        ends_at=START + timedelta(hours=8),
        need=need,
        opened_at=START,
    )


@dataclass
class OneAction:
    """An action, its pledges and its line, with every text that was sent."""

    action: Action
    pledges: dict[str, Pledge] = field(default_factory=dict)
    line: dict[tuple[datetime, str], LinePlace] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    now: datetime = START

    def say(self, person: str, ask: In | Maybe | Out) -> None:
        self.now += timedelta(seconds=1)
        view = ActionView(Me(Person(person, "", version=1)), (Choice(self.action, self.pledges.get(person)),))
        assert self.action.state in LIVE
        self.keep(DECIDE[type(ask)](ask, view, self.now))

    def keep(self, outcome: Outcome) -> None:
        for place in outcome.removes:
            del self.line[place.since, place.person]
        for entity in outcome.saves:
            if isinstance(entity, Action):
                self.action = entity
            elif isinstance(entity, Pledge):
                self.pledges[entity.person] = entity
            elif isinstance(entity, LinePlace):
                self.line[entity.since, entity.person] = entity
        for count in outcome.counts:
            tally = self.action.tally
            self.action = replace(self.action, tally=replace(tally, coming=tally.coming + int(count.n)))
        for effect in outcome.effects:
            if isinstance(effect, Text):
                self.texts.append(effect)
        for effect in outcome.effects:
            if isinstance(effect, Later) and isinstance(effect.command, SeatsOpen):
                self.keep(decide_seats_open(effect.command, self.line_view(), self.now))

    def line_view(self, most: int = 4) -> LineView:
        """As few places as make the line go on in a second turn."""
        places = [self.line[key] for key in sorted(self.line)]
        first = places[:most]
        pairs = tuple((place, self.pledges.get(place.person)) for place in first)
        return LineView(self.action, pairs, has_more=len(places) > most)

    def seats(self, answer: Answer) -> dict[str, int]:
        return {one.person: one.seats for one in self.pledges.values() if one.answer is answer}
