"""The end of every simulated life: days in which nothing goes wrong, and then the reckoning."""

from collections.abc import Sequence

from tests.simulation.letters import Letter
from tests.simulation.promises import Broken
from tests.simulation.world import World

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
PAUSES = (2 * _MINUTE, 70 * _MINUTE, 11 * _HOUR, _DAY, 2 * _DAY, 3 * _DAY)
"""Past a lease, past the hour of doubt, past the night, past what is fresh."""


def become_calm(world: World) -> None:
    """One sound process after the other; afterwards nothing may wait for what never comes."""
    for process in list(world.processes):
        world.kill(process)
    # Half of what is still on its way is lost, half of it arrives.
    for number, exchange in enumerate(list(world.provider.on_way)):
        if number % 2:
            world.lose(exchange)
        else:
            world.arrive(exchange, "accept")
    for pause in PAUSES:
        world.open_channels()
        world.wait(pause)
        world.start()
        world.finish()
        world.check()
    world.promises.settled(now=world.clock.now)


def replay(world: World, letters: Sequence[Letter] | None = None) -> None:
    """P6: what was ever told is told again, twice and backwards, and changes nothing."""
    told = [letter for letter in world.provider.letters if letter.told]
    before = world.record.dump()
    for letter in letters or reversed(told):
        world.tell([letter, letter])
    if world.record.dump() != before:
        raise Broken("P6: webhooks that came again have changed the record")
