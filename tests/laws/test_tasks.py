"""Tasks under any script: never more takers than places, and whoever is out has none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.attending import decide_done
from chalicelib.core.choosing import ActionView, Choice
from chalicelib.core.commands import Done, Drop, In, Out, Take, TasksFree
from chalicelib.core.crew import CrewView
from chalicelib.core.model import Action, Answer, Me, Person, Pledge, Task
from chalicelib.core.outcome import Later, Outcome
from chalicelib.core.pledging import decide_in, decide_out
from chalicelib.core.tasks import TasksView, decide_drop, decide_take, decide_tasks_free
from tests.laws.memory import START, an_action

PEOPLE = ("ann", "bob", "cat", "dan", "eve")
PLACES = {1: 1, 2: 3, 3: 2}

said = st.one_of(
    st.just(In()),
    st.just(Out()),
    st.builds(Take, st.sampled_from([1, 2, 3, 9])),
    st.builds(Drop, st.sampled_from([1, 2, 3])),
    st.builds(lambda number: Done(task=number), st.sampled_from([1, 2, 3])),
)
SCRIPTS = st.lists(st.tuples(st.sampled_from(PEOPLE), said, st.booleans()), max_size=40)


@dataclass
class Crew:
    """An action with three tasks in memory. What an OUT leaves for later may be done at once, or after what follows."""

    action: Action = field(default_factory=lambda: replace(an_action(9), tasks=3))
    pledges: dict[str, Pledge] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=lambda: {n: Task("DIG1", n, "dig", m) for n, m in PLACES.items()})
    waiting: list[TasksFree] = field(default_factory=list)
    n: int = 0

    def say(self, who: str, ask: In | Out | Take | Drop | Done) -> None:
        self.n += 1
        now = START + timedelta(seconds=self.n)
        me = Me(Person(who, "+15550100002", name=who, version=1))
        choices = (Choice(self.action, self.pledges.get(who)),)
        crew = CrewView(me, choices, tasks={"DIG1": tuple(self.tasks.values())})
        if isinstance(ask, In):
            self.keep(decide_in(ask, ActionView(me, choices), now))
        elif isinstance(ask, Out):
            self.keep(decide_out(ask, ActionView(me, choices), now))
        elif isinstance(ask, Take):
            self.keep(decide_take(ask, crew, now))
        elif isinstance(ask, Drop):
            self.keep(decide_drop(ask, crew, now))
        else:
            self.keep(decide_done(ask, crew, now))

    def keep(self, outcome: Outcome) -> None:
        for entity in outcome.saves:
            if isinstance(entity, Action):
                self.action = entity
            elif isinstance(entity, Pledge):
                self.pledges[entity.person] = entity
            elif isinstance(entity, Task):
                self.tasks[entity.number] = entity
        for effect in outcome.effects:
            if isinstance(effect, Later) and isinstance(effect.command, TasksFree):
                self.waiting.append(effect.command)

    def time_passes(self) -> None:
        while self.waiting:
            ask = self.waiting.pop(0)
            tasks = tuple(self.tasks[number] for number in ask.numbers)
            self.keep(decide_tasks_free(ask, TasksView(self.action, tasks, self.pledges), START))

    def is_in(self, who: str) -> bool:
        return who in self.pledges and self.pledges[who].answer is Answer.IN


@given(SCRIPTS)
def test_no_task_has_more_takers_than_places_and_none_twice(script: list[tuple[str, In, bool]]) -> None:
    crew = Crew()

    for who, ask, is_time in script:
        crew.say(who, ask)
        if is_time:
            crew.time_passes()

        for task in crew.tasks.values():
            takers = [one.person for one in task.takers]
            assert len(takers) <= task.many
            assert len(takers) == len(set(takers))


@given(SCRIPTS)
def test_whoever_is_out_has_nothing_left_to_do_and_what_they_did_stays(script: list[tuple[str, In, bool]]) -> None:
    crew = Crew()

    for who, ask, is_time in script:
        crew.say(who, ask)
        if is_time:
            crew.time_passes()
    crew.time_passes()

    for task in crew.tasks.values():
        assert [one.person for one in task.takers if not one.is_done and not crew.is_in(one.person)] == []
    for who, pledge in crew.pledges.items():
        has = {task.number for task in crew.tasks.values() if any(one.person == who for one in task.takers)}
        assert not crew.is_in(who) or has <= set(pledge.tasks) | {
            task.number for task in crew.tasks.values() if any(one.person == who and one.is_done for one in task.takers)
        }
