"""Whoever is told every change, in whatever order, knows how it is in the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.core.commands import In, Maybe, Out
from chalicelib.core.model import Action, Pledge
from chalicelib.core.outcome import Hook, Outcome
from chalicelib.core.telling import mark, said
from tests.laws.memory import OneAction, an_action

PEOPLE = st.sampled_from([f"p{n}" for n in range(6)])
ASKS = st.one_of(st.builds(In, party=st.integers(1, 4)), st.just(Out()), st.just(Maybe()))
TEXTS = st.lists(st.tuples(PEOPLE, ASKS), max_size=40)
NEEDS = st.integers(1, 6)


@dataclass
class Told(OneAction):
    """One action whose rows have versions, and what its webhook was told."""

    hooks: list[Hook] = field(default_factory=list)

    def keep(self, outcome: Outcome) -> None:
        self.hooks += [effect for effect in outcome.effects if isinstance(effect, Hook)]
        super().keep(replace(outcome, saves=tuple(saved(entity) for entity in outcome.saves)))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [dict(hook.facts) for hook in self.hooks if hook.event == event]


def saved(entity: Any) -> Any:
    """With the version that the store would give it."""
    return replace(entity, version=(entity.version or 0) + 1) if isinstance(entity, Action | Pledge) else entity


def an_action_told(need: int | None) -> Told:
    return Told(replace(an_action(need), has_webhook=True))


@given(NEEDS, TEXTS, st.randoms())
@settings(max_examples=300)
def test_by_the_counts_the_newest_of_each_person_is_what_they_last_said(need: int, texts: list, chance: Any) -> None:
    town = an_action_told(need)

    for person, ask in texts:
        town.say(person, ask)

    told = town.of("pledge")
    chance.shuffle(told)
    newest = {one["person"]: one for one in sorted(told, key=lambda one: one["person_count"])}
    known = {person: (one["answer"], one["seats"]) for person, one in newest.items()}
    assert known == {mark(pledge): said(pledge) for pledge in town.pledges.values()}
    assert len({(one["person"], one["person_count"]) for one in told}) == len(told)


@given(NEEDS, TEXTS)
@example(2, [("p1", In(party=2)), ("p2", In()), ("p0", In()), ("p1", Out())])  # two move up at once
@settings(max_examples=300)
def test_by_the_counts_the_newest_of_all_has_the_seats_that_are_taken(need: int, texts: list) -> None:
    town = an_action_told(need)

    for person, ask in texts:
        town.say(person, ask)

        told = town.of("pledge")
        if not told:
            continue  # a party that was too big
        newest = max(told, key=lambda one: one["count"])
        assert (newest["coming"], newest["state"]) == (town.action.tally.coming, town.action.state)


@given(NEEDS, TEXTS)
@settings(max_examples=300)
def test_that_it_has_filled_is_told_each_time_the_last_seat_goes(need: int, texts: list) -> None:
    town, times = an_action_told(need), 0

    for person, ask in texts:
        before = town.action.tally.coming
        town.say(person, ask)
        filled = town.of("filled")

        times += before < need == town.action.tally.coming
        assert len(filled) >= times  # a seat that is freed may go at once to whoever is next
        assert all((one["coming"], one["state"]) == (need, "filled") for one in filled)


@given(st.one_of(st.none(), NEEDS), TEXTS)
@settings(max_examples=100)
def test_without_a_webhook_nothing_is_told(need: int | None, texts: list) -> None:
    town = Told(an_action(need))

    for person, ask in texts:
        town.say(person, ask)

    assert town.hooks == []
