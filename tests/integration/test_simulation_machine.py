"""The simulated world driven by Hypothesis, which looks for the shortest way to break a promise."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contacts.record.doubt.held import Word
from tests.simulation.calm import become_calm, replay
from tests.simulation.provider import FATES
from tests.simulation.record import Record
from tests.simulation.town import Office, cadences, first_instant, office
from tests.simulation.world import World

BRIEF = settings(
    max_examples=3,
    stateful_step_count=25,
    derandomize=True,  # the same lives every time, and no folder of examples
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
LONG = settings(BRIEF, max_examples=100, stateful_step_count=50)
NUMBERS = st.integers(0, 1000)
"""Any of what there is: the remainder counts."""


class Machine(RuleBasedStateMachine):
    """Rules are what may happen; the promises are the invariants."""

    record: Record
    shared: Office

    def __init__(self) -> None:
        super().__init__()
        rng = random.Random(0)  # noqa: S311  # where customers live
        first = first_instant(rng)
        self.world = World(self.record, self.shared, first=first, batch=2)
        for _ in range(4):
            self.world.join(rng)

    @precondition(lambda self: len(self.world.processes) < 3)
    @rule(skew=st.sampled_from([0, 0, 0, 600, -600]))
    def a_process_begins(self, skew: int) -> None:
        self.world.start(skew=timedelta(seconds=skew))

    @precondition(lambda self: self.world.busy())
    @rule(which=NUMBERS, steps=st.integers(1, 4))
    def a_process_works(self, which: int, steps: int) -> None:
        for _ in range(steps):
            if busy := self.world.busy():
                self.world.work(busy[which % len(busy)])

    @precondition(lambda self: self.world.busy())
    @rule(which=NUMBERS, boundary=st.integers(1, 4))
    def a_process_dies_at_work(self, which: int, boundary: int) -> None:
        busy = self.world.busy()
        self.world.work(busy[which % len(busy)], killed_at=boundary)

    @precondition(lambda self: self.world.processes)
    @rule(which=NUMBERS)
    def a_process_is_killed(self, which: int) -> None:
        self.world.kill(self.world.processes[which % len(self.world.processes)])

    @precondition(lambda self: self.world.provider.on_way)
    @rule(which=NUMBERS, fate=st.sampled_from(list(FATES)), bounces=st.booleans())
    def a_request_arrives(self, which: int, fate: str, bounces: bool) -> None:
        on_way = self.world.provider.on_way
        self.world.arrive(on_way[which % len(on_way)], fate, bounces=bounces)

    @precondition(lambda self: self.world.waiting())
    @rule(which=NUMBERS)
    def a_sender_gives_up(self, which: int) -> None:
        waiting = self.world.waiting()
        self.world.give_up(waiting[which % len(waiting)])

    @precondition(lambda self: self.world.provider.answered)
    @rule(which=NUMBERS)
    def an_answer_comes_back(self, which: int) -> None:
        answered = self.world.provider.answered
        self.world.hear(answered[which % len(answered)])

    @precondition(lambda self: self.world.provider.questions)
    @rule(silent=st.booleans())
    def a_list_is_shown(self, silent: bool) -> None:
        self.world.show_list(self.world.provider.questions[0], silent=silent)

    @precondition(lambda self: self.world.provider.letters)
    @rule(which=st.lists(NUMBERS, min_size=1, max_size=4), dies=st.booleans())
    def letters_come(self, which: list[int], dies: bool) -> None:
        letters = self.world.provider.letters
        some = [letters[number % len(letters)] for number in which]
        self.world.tell(some, killed_at=2 if dies else None)

    @rule(which=NUMBERS, words=st.sampled_from(["STOP", "START", "Thanks"]))
    def a_customer_texts(self, which: int, words: str) -> None:
        people = self.world.customers()
        self.world.write_in(people[which % len(people)], "sms", words)

    @rule(which=NUMBERS, channel=st.sampled_from(["email", "sms"]))
    def a_customer_unsubscribes(self, which: int, channel: str) -> None:
        people = self.world.customers()
        self.world.press_link(people[which % len(people)], channel)

    @precondition(lambda self: self.world.open_tasks())
    @rule(which=NUMBERS)
    def a_task_is_done(self, which: int) -> None:
        tasks = self.world.open_tasks()
        self.world.close(tasks[which % len(tasks)])

    @precondition(lambda self: self.world.held())
    @rule(which=NUMBERS, word=st.sampled_from(Word))
    def a_person_decides(self, which: int, word: Word) -> None:
        held = self.world.held()
        self.world.review(held[which % len(held)], word)

    @rule(name=st.sampled_from(list(cadences())), text=st.integers(0, 2))
    def a_cadence_is_edited(self, name: str, text: int) -> None:
        self.world.edit(name, text)

    @rule(seconds=st.sampled_from([1, 31, 61, 3600, 4 * 3600, 12 * 3600, 3 * 86400]))
    def time_goes_by(self, seconds: int) -> None:
        self.world.wait(seconds)

    @invariant()
    def every_promise_holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        become_calm(self.world)
        replay(self.world)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Machine]]:
    folder = tmp_path_factory.mktemp("machine")

    class Housed(Machine):
        record = Record(folder / "record.db")
        shared = office(folder)

    yield Housed
    Housed.record.close()


def test_no_short_sequence_of_events_breaks_a_promise(machine: type[Machine]) -> None:
    run_state_machine_as_test(machine, settings=BRIEF)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_longer_sequence_of_events_breaks_a_promise(machine: type[Machine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
