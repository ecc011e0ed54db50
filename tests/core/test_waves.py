"""Whom a wave asks, and how many: readiness learnt, burden shared, silence counted, the end hurried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import mean

import pytest

from chalicelib.core.model import Answer
from chalicelib.core.waves import Asked, Candidate, Past, Reply, WaveView, first_wave_size, plan

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)
IN, WAITING, OUT = (Reply(answer, 4.0) for answer in (Answer.IN, Answer.WAITING, Answer.OUT))


def people(n: int, name: str = "p", free_at: datetime | None = None) -> list[Candidate]:
    return [Candidate(f"{name}{k}", LONG_AGO, free_at) for k in range(n)]


def view(
    need: int,
    candidates: Iterable[Candidate],
    *,
    taken: int = 0,
    hours: float = 2,
    asked: Iterable[Asked] = (),
    past: Iterable[Past] = (),
    pace: float = 100,
) -> WaveView:
    return WaveView(
        need, taken, 1, NOON, NOON + timedelta(hours=hours), tuple(candidates), tuple(asked), tuple(past), pace
    )


def past(days_ago: int, answers: Mapping[str, Reply], asked: Iterable[str] | None = None, hour: int = 12) -> Past:
    at = NOON - timedelta(days=days_ago, hours=12 - hour)
    return Past(f"A{days_ago}", at, at + timedelta(hours=2), None if asked is None else frozenset(asked), answers)


def ids(candidates: Iterable[Candidate]) -> set[str]:
    return {one.id for one in candidates}


def silent(names: Iterable[str], minutes: float) -> list[Asked]:
    return [Asked(name, NOON - timedelta(minutes=minutes)) for name in names]


# --- how many --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "need"),
    [(3, 1), (5, 3), (10, 1), (12, 10)],
    ids=["three friends", "a few friends", "ten strangers", "most of a dozen"],
)
def test_a_small_group_without_history_is_asked_all_at_once(members: int, need: int) -> None:
    everybody = people(members)

    assert set(plan(view(need, everybody), NOON).ask) == ids(everybody)


def test_a_large_group_is_asked_only_as_far_as_the_seats_should_need() -> None:
    wave = plan(view(20, people(2000)), NOON)

    assert 150 < len(wave.ask) < 400
    assert 20 <= wave.expected < 21


def test_the_draft_says_how_many_the_first_wave_asks() -> None:
    one = view(20, people(2000))

    assert first_wave_size(one, NOON) == len(plan(one, NOON).ask)


@pytest.mark.parametrize("taken", [5, 7], ids=["just filled", "more than filled"])
def test_nobody_is_asked_after_it_is_filled(taken: int) -> None:
    wave = plan(view(5, people(100), taken=taken), NOON, is_forced=True)

    assert (wave.ask, wave.look_at) == ((), None)


def test_nobody_is_asked_after_the_deadline() -> None:
    wave = plan(view(5, people(100), hours=0), NOON, is_forced=True)

    assert (wave.ask, wave.look_at) == ((), None)


def test_when_somebody_drops_out_more_are_asked_at_once() -> None:
    answered = [Asked(f"q{n}", NOON - timedelta(hours=1), IN) for n in range(4)]
    dropped = Asked("dan", NOON - timedelta(hours=1), OUT)

    assert plan(view(5, people(500), taken=5, asked=[*answered, Asked("dan", dropped.at, IN)]), NOON).ask == ()
    assert plan(view(5, people(500), taken=4, asked=[*answered, dropped]), NOON).ask != ()


def test_a_group_that_answers_is_asked_less_and_one_that_does_not_is_asked_more() -> None:
    everybody = people(300)
    some = [one.id for one in everybody[:100]]
    eager = [past(n, dict.fromkeys(some[:60], IN), some) for n in (9, 6, 3)]
    tired = [past(n, {}, some) for n in (9, 6, 3)]

    asked = [len(plan(view(5, everybody, past=history), NOON).ask) for history in (eager, [], tired)]

    assert asked == sorted(asked)
    assert len(set(asked)) == 3


# --- what the silent may still answer --------------------------------------------------------------


def test_while_answers_may_still_come_the_next_wave_waits() -> None:
    assert plan(view(5, people(500), asked=silent(map(str, range(80)), 1)), NOON).ask == ()


def test_each_minute_of_silence_lessens_what_is_expected() -> None:
    expected = [plan(view(5, [], asked=silent(map(str, range(80)), after)), NOON).expected for after in (1, 5, 20, 60)]

    assert expected == sorted(expected, reverse=True)
    assert expected[0] > 4
    assert expected[-1] < 0.5


def test_when_answers_come_too_slowly_more_are_asked() -> None:
    assert plan(view(5, people(500), asked=silent(map(str, range(80)), 30)), NOON).ask != ()


def test_refusals_bring_the_next_wave_sooner_than_silence() -> None:
    refused = [Asked(str(n), NOON - timedelta(minutes=2), OUT) for n in range(80)]

    assert plan(view(5, people(500), asked=silent(map(str, range(80)), 2)), NOON).ask == ()
    assert plan(view(5, people(500), asked=refused), NOON).ask != ()


def test_who_always_answers_is_still_expected_after_a_few_minutes_of_silence() -> None:
    history = [past(n, {"ann": IN}, ["ann"]) for n in range(60, 0, -3)]

    assert plan(view(1, [], asked=silent(["ann"], 4), past=history), NOON).expected > 0.6


def test_when_more_come_today_than_usual_fewer_are_asked_for_what_is_missing() -> None:
    answered = [
        [Asked(f"q{n}", NOON - timedelta(hours=1), IN if n < ins else OUT) for n in range(80)] for ins in (2, 6, 18)
    ]

    asked = [len(plan(view(20, people(2000), taken=10, asked=those), NOON).ask) for those in answered]

    assert asked == sorted(asked, reverse=True)
    assert asked[0] > 2 * asked[-1]


def test_a_group_known_to_answer_slowly_is_given_longer() -> None:
    everybody = people(500)
    some = [one.id for one in everybody[:100]]
    slow = [past(n, dict.fromkeys(some[:8], Reply(Answer.IN, 90.0)), some) for n in range(60, 0, -3)]
    waiting = silent((f"q{n}" for n in range(80)), 20)

    of_the_slow, of_the_usual = (
        plan(view(5, everybody, hours=24, asked=waiting, past=history), NOON) for history in (slow, [])
    )

    assert of_the_slow.ask == ()
    assert of_the_usual.ask != ()


# --- hurry -----------------------------------------------------------------------------------------


def test_as_the_start_comes_near_more_are_asked_for_the_same_seats() -> None:
    asked = [len(plan(view(5, people(2000), hours=hours), NOON).ask) for hours in (8, 1 / 2, 1 / 10)]

    assert asked == sorted(asked)
    assert asked[-1] > 2 * asked[0]


def test_when_that_is_what_it_takes_everyone_left_is_asked() -> None:
    everybody = people(300)

    assert set(plan(view(20, everybody, hours=1 / 10), NOON).ask) == ids(everybody)


def test_an_alert_raised_a_minute_before_its_start_asks_everyone_at_once() -> None:
    everybody = people(100)

    assert set(plan(view(5, everybody, hours=1 / 60), NOON).ask) == ids(everybody)


def test_in_the_last_two_minutes_no_further_wave_goes_out() -> None:
    wave = plan(view(5, people(100), hours=1 / 60, asked=silent(["q"], 60)), NOON)

    assert (wave.ask, wave.look_at) == ((), None)


def test_no_more_are_asked_than_the_sender_can_send_before_the_next_look() -> None:
    wave = plan(view(100, people(2000), hours=1 / 2, pace=1), NOON)

    assert len(wave.ask) == 180
    assert wave.look_at == NOON + timedelta(minutes=3)


def test_what_the_sender_still_has_to_send_is_sent_first() -> None:
    waiting = silent((f"q{n}" for n in range(180)), 0)

    wave = plan(view(100, people(2000), hours=1 / 2, pace=1, asked=waiting), NOON)

    assert wave.ask == ()
    assert wave.look_at is not None


# --- who -------------------------------------------------------------------------------------------


def test_who_said_in_before_is_asked_before_who_stayed_silent() -> None:
    everybody = people(200)
    ready = [one.id for one in everybody[:20]]
    history = [past(n, dict.fromkeys(ready, IN)) for n in (9, 6, 3)]

    assert set(plan(view(10, everybody, past=history), NOON).ask[:9]) < set(ready)


def test_a_late_in_that_had_to_wait_shows_readiness_too() -> None:
    everybody = people(200)
    history = [past(n, {"p7": WAITING}) for n in (9, 6, 3)]

    assert plan(view(1, everybody, past=history), NOON).ask[0] == "p7"


def test_of_two_as_ready_the_one_asked_less_lately_is_asked_first() -> None:
    both = [past(30, {"ann": IN, "ben": IN}, ["ann", "ben"]), past(27, {"ann": IN, "ben": IN}, ["ann", "ben"])]
    since = [past(n, {"ann": IN}, ["ann", *(f"p{k}" for k in range(20))]) for n in (4, 3)]
    twice = [past(n, {"ben": IN}, ["ben"]) for n in (22, 20)]
    candidates = [Candidate("ann", LONG_AGO), Candidate("ben", LONG_AGO), *people(100)]

    order = plan(view(2, candidates, past=[*both, *twice, *since]), NOON).ask

    assert order[:2] == ("ben", "ann")


def test_over_a_season_no_one_is_asked_twice_as_often_as_others_as_ready_are() -> None:
    everybody, chance = people(60), Random(1)
    season: list[Past] = []
    for n in range(40):
        asked = plan(view(3, everybody, past=season), NOON).ask
        come = [who for who in asked if chance.random() < (1 / 3 if int(who[1:]) < 20 else 0.02)]
        season.append(past(80 - n, dict.fromkeys(come, IN), asked))
    times_asked = [sum(who.id in (one.asked or ()) for one in season) for who in everybody[:20]]

    assert max(times_asked) < 2 * mean(times_asked)


def test_every_tenth_place_is_a_newcomers() -> None:
    known = people(400)
    history = [past(n, {f"p{k}": IN for k in range(40)}, ids(known)) for n in (9, 6, 3)]
    newcomers = [Candidate(f"new{n}", NOON) for n in range(50)]

    ask = plan(view(15, [*known, *newcomers], past=history), NOON).ask

    assert [place for place, who in enumerate(ask, 1) if who.startswith("new")] == [*range(10, len(ask) + 1, 10)]


def test_a_silence_before_somebody_joined_is_not_held_against_them() -> None:
    history = [past(n, {}) for n in range(90, 0, -3)]
    old, new = Candidate("old", LONG_AGO), Candidate("new", NOON)

    expected = [plan(view(1, [one], past=history), NOON).expected for one in (old, new)]

    assert expected[0] < expected[1]


def test_who_comes_at_such_an_hour_is_asked_before_who_comes_at_another() -> None:
    history = [
        past(n, {"noon": IN} if hour == 13 else {"night": IN}, ["noon", "night"], hour)
        for n in range(44, 2, -3)
        for hour in (13, 1)
    ]
    candidates = [Candidate("night", LONG_AGO), Candidate("noon", LONG_AGO), *people(30)]

    order = plan(view(10, candidates, past=history), NOON).ask

    assert order.index("noon") < order.index("night")


def test_recent_answers_weigh_more_than_old_ones() -> None:
    then, now = [f"then{k}" for k in range(5)], [f"now{k}" for k in range(5)]
    old = [past(n, dict.fromkeys(then, IN), [*then, *now]) for n in range(99, 60, -3)]
    new = [past(n, dict.fromkeys(now, IN), [*then, *now]) for n in range(40, 1, -3)]
    candidates = [Candidate(who, LONG_AGO) for who in [*then, *now]]

    order = plan(view(9, candidates, past=[*old, *new]), NOON).ask

    assert set(order[:5]) == set(now)


def test_close_to_the_start_who_answers_fast_is_asked_first() -> None:
    history = [
        past(n, {"slow": Reply(Answer.IN, 60.0), "fast": Reply(Answer.IN, 1.0)}, ["slow", "fast"]) for n in (9, 6, 3)
    ]
    candidates = [Candidate("slow", LONG_AGO), Candidate("fast", LONG_AGO), *people(30)]

    assert plan(view(1, candidates, hours=1 / 6, past=history), NOON).ask[0] == "fast"


# --- quiet hours -----------------------------------------------------------------------------------


def test_who_sleeps_is_not_asked_and_the_next_look_is_when_the_first_wakes() -> None:
    wakes = NOON + timedelta(hours=1)

    wave = plan(view(3, people(10, free_at=wakes), hours=5), NOON)

    assert (wave.ask, wave.look_at) == ((), wakes)


def test_the_ready_who_wake_in_time_keep_their_turn() -> None:
    history = [past(n, {f"s{k}": IN for k in range(20)}) for n in (9, 6, 3)]
    sleepers = people(20, "s", NOON + timedelta(hours=1))

    long, short = (plan(view(3, [*people(300), *sleepers], hours=hours, past=history), NOON) for hours in (9, 1))

    assert len(long.ask) < 5
    assert len(short.ask) > 50


# --- MORE, and when to look again ------------------------------------------------------------------


def test_more_asks_now_though_the_plan_would_wait() -> None:
    waiting = view(5, people(500), asked=silent(map(str, range(80)), 1))

    assert plan(waiting, NOON).ask == ()
    assert 1 <= len(plan(waiting, NOON, is_forced=True).ask) < 80


def test_more_asks_one_at_least_even_in_the_last_minute() -> None:
    assert plan(view(1, people(5), hours=1 / 120), NOON, is_forced=True).ask != ()


def test_more_asks_nobody_who_sleeps() -> None:
    assert plan(view(1, people(5, free_at=NOON + timedelta(hours=1))), NOON, is_forced=True).ask == ()


def test_when_nobody_is_left_and_nobody_can_still_answer_it_never_looks_again() -> None:
    refused = [Asked(str(n), NOON - timedelta(minutes=9), OUT) for n in range(5)]

    assert plan(view(5, [], asked=refused), NOON).look_at is None


def test_the_same_view_gives_the_same_wave() -> None:
    one = view(20, people(2000))

    assert plan(one, NOON) == plan(one, NOON)


def test_strangers_are_asked_in_another_order_for_each_action() -> None:
    everybody = people(500)
    later = WaveView(
        5, 0, 0, NOON + timedelta(days=7), NOON + timedelta(days=7, hours=2), tuple(everybody), (), (), 100.0
    )

    assert set(plan(view(5, everybody), NOON).ask) != set(plan(later, later.opened_at).ask)
