"""How an action fills: who has answered, each once, and its seats against time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.choosing import ActionView, Choice
from chalicelib.core.commands import In, Maybe, Out
from chalicelib.core.counting import MOST_POINTS, STRETCHES, counted_up, curve_of, stretch_of, thinned, with_how
from chalicelib.core.model import Action, Channel, Me, Person, Pledge, Wanted
from chalicelib.core.outcome import Count, Outcome
from chalicelib.core.received import Received
from chalicelib.store.dashboard.crew_counts import answered_of, coming_of, curve_from
from chalicelib.store.reading import items
from chalicelib.store.tables import CREW_SHARDS, Row, crew_pk
from chalicelib.store.values import action_key, get, pledge_rows
from tests.laws.memory import DECIDE, START, OneAction, an_action
from tests.laws.scripts import SCRIPTS
from tests.world import World, a_world, now

PEOPLE = st.sampled_from([f"p{n}" for n in range(8)])
ASKS = st.one_of(st.builds(In, party=st.integers(1, 4)), st.just(Out()), st.just(Maybe()))
TEXTS = st.lists(st.tuples(PEOPLE, ASKS, st.integers(0, 4_000)), max_size=60)
NEEDS = st.one_of(st.none(), st.integers(1, 8))


@dataclass
class Counted(OneAction):
    """An action whose decisions are counted as handle() does it."""

    counts: list[Count] = field(default_factory=list)

    def say_after(self, seconds: int, person: str, ask: In | Maybe | Out) -> None:
        self.now += timedelta(seconds=seconds)
        self.say(person, ask)

    def keep(self, outcome: Outcome) -> None:
        counted = counted_up(outcome, self.now)
        self.counts += counted.counts
        kept = tuple(replace(one, version=1) if isinstance(one, Pledge) else one for one in counted.saves)
        super().keep(replace(counted, saves=kept))

    @property
    def answered(self) -> int:
        return self.action.answered + sum(count.answered for count in self.counts)


@given(NEEDS, TEXTS)
@settings(max_examples=300)
def test_the_curve_ends_where_the_seats_are_and_everybody_who_answered_counts_once(
    need: int | None, texts: list
) -> None:
    town = Counted(an_action(need))

    for person, ask, seconds in texts:
        town.say_after(seconds, person, ask)

        assert town.answered == len(town.pledges)
        assert last(curve_in_memory(town)) == town.action.tally.coming


def curve_in_memory(town: Counted) -> tuple[tuple[int, int], ...]:
    if town.action.need is not None:
        return town.action.curve
    taken: dict[int, float] = {}
    for count in town.counts:
        if count.stretch is not None:
            taken[count.stretch] = taken.get(count.stretch, 0) + count.n
    return curve_of(taken, int((town.now - START).total_seconds()))


def last(curve: tuple[tuple[int, int], ...]) -> int:
    return curve[-1][1] if curve else 0


@given(SCRIPTS, st.booleans())
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_so_it_is_in_any_conversation_with_a_need_and_without_one(script: list, has_need: bool) -> None:
    with a_world() as world:
        world.found_group(members=("ann", "bob", "cat"))
        code = world.raise_action("2 shovels, sort clothes" if has_need else "sort clothes")
        for name, words in script:
            world.text(name, words)
            world.advance(seconds=40)
        action, counted = as_counted(code)

        answered = sum(1 for _ in pledge_rows(code, ""))
        seats = sum(int(row.seats) for _, row in pledge_rows(code, "") if row.answer == "in")
        assert answered_of(action, counted) == answered
        assert coming_of(action, counted) == seats == last(curve_from(action, counted, now()))


def as_counted(code: str) -> tuple[Action, list]:
    action: Action = get([action_key(code)])[action_key(code)]
    parts = range(CREW_SHARDS)
    return action, [one for part in parts for one in items(crew_pk(code, part), Row.sk.startswith("t"), True, None)]


def test_a_maybe_to_an_action_with_a_need_is_counted_and_leaves_its_row_alone(world: World) -> None:
    world.found_group(members=("ann", "bob"))
    code = world.raise_action("4 shovels, sort clothes")
    before, _ = as_counted(code)

    world.text("ann", "MAYBE")
    world.text("bob", "NO")
    world.text("ann", "NO")

    after, counted = as_counted(code)
    assert (after, answered_of(after, counted)) == (before, 2)


def test_an_open_ended_yes_costs_no_item_more_than_its_seats(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("sort clothes")
    world.advance(minutes=12)

    world.text("ann", "IN +2")

    action, counted = as_counted(code)
    assert [(item["sk"]["S"], item["n"]["N"], item["answered"]["N"], item["t010"]["N"]) for item in counted] == [
        ("tally#coming", "3", "1", "3")
    ]
    assert curve_from(action, counted, now()) == ((0, 0), (720, 3))


def test_it_is_kept_when_somebody_was_asked_and_by_which_door_they_answered_first(world: World) -> None:
    world.found_group(members=("ann",))
    code = world.raise_action("4 shovels, sort clothes")
    asked_at = now()
    world.advance(minutes=5)

    world.text("ann", "IN")
    world.text("cat", f"IN {code}")
    world.text("ann", "OUT")

    kept = {row.sk.removeprefix("pledge#"): (row.asked_at, row.channel) for _, row in pledge_rows(code, "")}
    assert {name: kept[world.person(name)] for name in ("cat",)} == {"cat": (None, "text")}
    was_asked, door = kept[world.person("ann")]
    assert (door, datetime.fromisoformat(was_asked) - asked_at < timedelta(minutes=1)) == ("text", True)


def test_the_first_answer_stays_the_first_whatever_is_said_later() -> None:
    asked = Wanted("ann", "DIG1", START, START + timedelta(hours=8), asked_at=START)
    me = Me(Person("ann", "", version=1), (asked,))
    got = Received(Out(), "SM1", START, Channel.WEB, person="ann")
    first = DECIDE[In](In(), ActionView(me, (Choice(an_action(4), None),)), START)

    pledge = next(one for one in with_how(first, got, me).saves if isinstance(one, Pledge))
    later = replace(pledge, version=1, channel=Channel.TEXT)
    again = next(iter(with_how(Outcome(saves=(later,)), got, me).saves))

    assert (pledge.channel, pledge.asked_at, again) == (Channel.WEB, START, later)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 9)), min_size=1, max_size=200))
def test_a_long_curve_keeps_its_first_and_its_last_point_and_never_goes_back(steps: list) -> None:
    curve: tuple[tuple[int, int], ...] = ()
    at = 0
    for seconds, taken in steps:
        at += seconds
        curve = thinned((*curve, (at, taken)))

        assert curve[0] == (steps[0][0], steps[0][1])
        assert curve[-1] == (at, taken)
        assert list(curve) == sorted(curve)
        assert len(curve) <= MOST_POINTS


def test_the_points_that_go_are_those_that_lie_on_a_line() -> None:
    steady = tuple((n * 10, n) for n in range(MOST_POINTS))

    kept = thinned((*steady, (10_000, 5)))

    assert (kept[0], kept[-2], kept[-1], len(kept)) == ((0, 0), (590, 59), (10_000, 5), MOST_POINTS)


def test_stretches_of_time_are_few_and_the_first_are_the_finest() -> None:
    lengths = [later - earlier for earlier, later in pairwise(STRETCHES)]
    action = an_action(None)

    assert (len(STRETCHES) <= 60, lengths == sorted(lengths)) == (True, True)
    assert [stretch_of(action, START + timedelta(seconds=after)) for after in (0, 59, 60, 10**8)] == [0, 0, 1, 58]
    assert stretch_of(replace(action, opened_at=None), datetime(2026, 11, 23, tzinfo=UTC)) is None
