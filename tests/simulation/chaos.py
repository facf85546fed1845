"""One life of a world, drawn from a seed: disorder for a while, then calm, then the reckoning."""

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from contacts.record.doubt.held import Word
from tests.simulation.calm import become_calm, replay
from tests.simulation.promises import Broken
from tests.simulation.provider import MOODS, Exchange
from tests.simulation.record import Record
from tests.simulation.town import Office, first_instant
from tests.simulation.world import Process, World

USUAL_MOODS = ("well", "flaky", "flaky", "flaky")
_HOUR, _DAY = 3600.0, 86400.0


class Life:
    """A world and the random numbers that drive it."""

    def __init__(self, seed: int, record: Record, office: Office) -> None:
        self._rng = random.Random(seed)  # noqa: S311  # drives a simulation, guards nothing
        rng = self._rng
        self.world = World(
            record,
            office,
            first=first_instant(rng),
            batch=rng.choice((1, 2, 3, 100)),
            trusting=rng.random() < 0.3,
        )
        # Most machines keep good time; in one world in four they do not.
        self._skews = [0.0] * 3 if rng.random() < 0.75 else [rng.uniform(-600, 600)] * 3
        self._mood = rng.choice(USUAL_MOODS)
        self._happenings: dict[Callable[[], None], float] = {
            self._begin: 14,
            self._step: 20,
            self._go_through: 14,
            self._moments: 6,
            self._hours: 6,
            self._days: 1,
            self._kill: 2,
            self._terminate: 1,
            self._mail: 7,
            self._customer: 4,
            self._owner: 4,
            self._change: 2,
            self._brighten: 3,
        }

    def live(self) -> World:
        """Raises Broken where a promise does not hold."""
        rng, world = self._rng, self.world
        for _ in range(rng.randint(3, 6)):
            world.join(rng)
        self._begin()
        happenings, weights = zip(*self._happenings.items(), strict=True)
        for happening in rng.choices(happenings, weights, k=rng.randint(20, 60)):
            happening()
            world.check()
        become_calm(world)
        told = [letter for letter in world.provider.letters if letter.told]
        replay(world, rng.sample(told, len(told)))
        return world

    def _begin(self) -> None:
        if len(self.world.processes) < 3:
            self.world.start(skew=timedelta(seconds=self._rng.choice(self._skews)))
        self._steps(self._rng.randint(0, 6))

    def _step(self) -> None:
        self._steps(self._rng.randint(1, 8))

    def _go_through(self) -> None:
        """Whatever runs comes to its end, if nothing new happens."""
        self._steps(60)

    def _steps(self, most: int) -> None:
        for _ in range(most):
            ways = self._ways()
            if not ways:
                return
            self._rng.choice(ways)()
            self.world.check()

    def _ways(self) -> list[Callable[[], None]]:
        """Every small thing that can happen next."""
        world, provider = self.world, self.world.provider
        ways: list[Callable[[], None]] = []
        for process in world.busy():
            ways += [partial(self._work, process)] * 2
        for exchange in provider.on_way:
            ways.append(partial(self._arrive, exchange))
        for question in provider.questions:
            silent = self._mood != "well" and self._rng.random() < 0.5
            ways.append(partial(world.show_list, question, silent=silent))
        for exchange in provider.answered:
            ways.append(partial(world.hear, exchange))
        return ways

    def _work(self, process: Process) -> None:
        fatal = self._rng.random() < 0.03
        self.world.work(process, killed_at=self._rng.randint(1, 4) if fatal else None)

    def _arrive(self, exchange: Exchange) -> None:
        rng, world = self._rng, self.world
        if self._mood != "well" and rng.random() < 0.1:
            if exchange in world.waiting():
                world.give_up(exchange)
            else:
                world.lose(exchange)
            return
        fates = MOODS[self._mood]
        fate = rng.choices(list(fates), list(fates.values()))[0]
        wait = rng.choice((0, 30, 600, 7200))
        world.arrive(
            exchange,
            fate,
            wait=wait,
            bounces=rng.random() < 0.1,
            listed_after=rng.choice((0, 60, 240)),
        )

    def _moments(self) -> None:
        self.world.wait(self._rng.choice((1, 20, 31, 61, 300)))

    def _hours(self) -> None:
        self.world.wait(self._rng.uniform(_HOUR / 2, 14 * _HOUR))

    def _days(self) -> None:
        self.world.wait(self._rng.uniform(_DAY, 4 * _DAY))

    def _kill(self) -> None:
        if self.world.processes:
            self.world.kill(self._rng.choice(self.world.processes))

    def _terminate(self) -> None:
        if self.world.processes:
            self.world.terminate(self._rng.choice(self.world.processes))

    def _mail(self) -> None:
        """Some letters arrive: new and old ones, in any order."""
        rng, letters = self._rng, self.world.provider.letters
        if not letters:
            return
        new = [letter for letter in letters if not letter.told]
        chosen = rng.sample(new, rng.randint(0, min(6, len(new))))
        chosen += rng.sample(letters, min(len(letters), rng.choice((0, 0, 1, 2))))
        rng.shuffle(chosen)
        if chosen:
            fatal = rng.random() < 0.1
            self.world.tell(chosen, killed_at=rng.randint(1, 2) if fatal else None)

    def _customer(self) -> None:
        rng, world = self._rng, self.world
        customer = rng.choice(world.customers())
        channel = rng.choice(("email", "sms"))
        if rng.random() < 0.25:
            world.press_link(customer, channel)
            return
        words = ("STOP", "START", "Thanks") if channel == "sms" else ("unsubscribe", "Thanks")
        world.write_in(customer, channel, rng.choice(words))
        if rng.random() < 0.8:
            world.tell(world.provider.letters[-1:])

    def _owner(self) -> None:
        held = self.world.held()
        if held and self._rng.random() < 0.5:
            word = self._rng.choice((Word.ARRIVED, Word.RESEND))
            self.world.review(self._rng.choice(held), word)
            return
        tasks = self.world.open_tasks()
        if tasks:
            self.world.close(self._rng.choice(tasks))

    def _change(self) -> None:
        rng, world = self._rng, self.world
        people = world.customers()
        if rng.random() < 0.5:
            world.edit(rng.choice(list(world.cadences)), rng.randrange(3))
        elif rng.random() < 0.8 and len(people) < 10:
            world.join(rng)
        else:
            world.leaves(rng.choice(people))

    def _brighten(self) -> None:
        """The provider's day turns, and so does somebody's closed channel."""
        self._mood = self._rng.choice((*MOODS, *USUAL_MOODS))
        if self._rng.random() < 0.5:
            self.world.open_channels()


@dataclass(slots=True)
class Lived:
    """What became of a seed."""

    seed: int
    trace: list[str]
    accepted: int
    broken: str | None = None
    """The promise that was broken, or the fault that ended it."""

    @property
    def steps(self) -> int:
        return len(self.trace)


def live(seed: int, record: Record, office: Office) -> Lived:
    """The life of this seed."""
    life = Life(seed, record, office)
    broken = None
    try:
        life.live()
    except Broken as error:
        broken = str(error)
    except Exception as error:  # noqa: BLE001  # a crash of the code under test is a finding too
        broken = "".join(traceback.format_exception(error))
    return Lived(seed, life.world.trace, len(life.world.provider.accepted), broken)
