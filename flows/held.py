"""Which cadences a fault holds up, in the lines that every command says it in."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flows.failure import in_lines

if TYPE_CHECKING:  # the help of a command needs no cadence
    from contacts.cadences.faults import Fault
    from contacts.workspace.plannable import Plannable


def held_lines(found: "Plannable", faults: "Sequence[Fault] | None" = None) -> Iterator[str]:
    """Each fault on a line, and what it means for the cadences.

    The faults are those of the cadences held up; `faults` where others are to be told with them.
    """
    told = found.faults if faults is None else faults
    if told:
        yield in_lines(told)
    if not found.held:
        return
    yield f"Not planned until that is mended: {', '.join(sorted(found.held))}."
    idle = [one.name for one in found.cadences if one.cadence.start.on == "customer.idle"]
    if idle:
        yield (
            f"Nobody new starts on {', '.join(idle)} until every cadence can be planned: "
            "they may be meant for another."
        )
