"""Whatever people say in whatever order: seats are exact, parties stay together, and the line moves in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.commands import In, Maybe, Out
from chalicelib.core.model import Answer, State
from tests.laws.memory import OneAction, an_action

PEOPLE = st.sampled_from([f"p{n}" for n in range(8)])
ASKS = st.one_of(st.builds(In, party=st.integers(1, 4)), st.just(Out()), st.just(Maybe()))
TEXTS = st.lists(st.tuples(PEOPLE, ASKS), max_size=60)
NEEDS = st.integers(1, 8)


@given(NEEDS, TEXTS)
@settings(max_examples=400)
def test_seats_taken_are_seats_pledged_and_never_exceed_the_need(need: int, texts: list) -> None:
    town = OneAction(an_action(need))

    for person, ask in texts:
        town.say(person, ask)

        assert town.action.tally.coming == sum(town.seats(Answer.IN).values()) <= need
        assert (town.action.state is State.FILLED) == (town.action.tally.coming == need)


@given(NEEDS, TEXTS)
@settings(max_examples=400)
def test_the_line_holds_exactly_those_who_wait_and_nobody_who_would_fit(need: int, texts: list) -> None:
    town = OneAction(an_action(need))

    for person, ask in texts:
        town.say(person, ask)

        assert {place.person: place.seats for place in town.line.values()} == town.seats(Answer.WAITING)
        free = need - town.action.tally.coming
        first_four = [town.line[key] for key in sorted(town.line)][:4]
        assert all(place.seats > free for place in first_four)


@given(st.integers(1, 4), st.lists(st.sampled_from(["in", "out"]), min_size=1, max_size=40))
@settings(max_examples=200)
def test_people_of_one_seat_each_move_up_in_the_order_in_which_they_came(need: int, steps: list[str]) -> None:
    town = OneAction(an_action(need))
    came: list[str] = []
    seated: list[str] = []

    for n, step in enumerate(steps):
        if step == "in":
            came.append(f"p{n}")
            town.say(f"p{n}", In())
        elif town.seats(Answer.IN):
            town.say(next(iter(town.seats(Answer.IN))), Out())
        seated += [one for one in came if one in town.seats(Answer.IN) and one not in seated]

    assert seated == came[: len(seated)]


@given(TEXTS)
@settings(max_examples=200)
def test_an_open_ended_action_counts_everyone_and_nobody_waits(texts: list) -> None:
    town = OneAction(an_action(None))

    for person, ask in texts:
        town.say(person, ask)

        assert town.action.tally.coming == sum(town.seats(Answer.IN).values())
        assert not town.line


@given(NEEDS, TEXTS)
@settings(max_examples=200)
def test_everyone_who_moves_up_is_told_once(need: int, texts: list) -> None:
    town = OneAction(an_action(need))

    for person, ask in texts:
        waited = set(town.seats(Answer.WAITING))
        before = len(town.texts)
        town.say(person, ask)
        moved = waited & set(town.seats(Answer.IN)) - {person}

        told = sorted(text.to for text in town.texts[before:] if text.say.key == "moved_up")
        assert told == sorted(moved)
