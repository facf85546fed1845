"""The nightly sweep: takes in hand whom nobody has in hand, then proves that nobody goes stale.

What it may do about it is the setting `stale_policy`: let a cadence take them in by its own rules,
or open a task for the owner. Swept twice, the second time changes nothing: an enrolment is unique
by its cause, and who has a task is not asked for again. What is left is an exception of the proof.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, select

from contacts.care.check_in import check_ins
from contacts.care.freshness import Freshness, freshness
from contacts.care.needy import Needy, needy
from contacts.care.proof import PLAN
from contacts.record.customers.proofs import keep_proof
from contacts.record.customers.silence import out_of_touch
from contacts.record.engine import reading, writing
from contacts.record.locks import hold_customers
from contacts.record.many import one_of
from contacts.record.tables import Customer
from contacts.record.work.tasks import open_tasks
from contacts.settings import TASK, Settings

CHUNK = 500
"""Tasks of one transaction."""
_ROUNDS = 3


class Planner(Protocol):
    """The planner, for some customers alone."""

    @property
    def held(self) -> Collection[str]:
        """The cadences that a fault keeps from being planned."""

    def catch_up(self) -> bool:
        """Plan what is to be planned by now for whoever is on a cadence; False if nothing is."""

    def take_in(self, cadence: str, customers: Collection[int]) -> bool:
        """Enrol those of them whom the cadence takes in by its own rules, if it may be planned.

        False if it is nobody.
        """


@dataclass(frozen=True, slots=True)
class Swept:
    found: Freshness
    """How it stands after the repairs."""
    repaired: dict[str, int]
    """How many customers were taken in hand, by cadence, `plan` or `task`."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    engine: Engine
    settings: Settings
    now: datetime

    def needy(self, among: Collection[int] | None = None) -> Needy:
        with reading(self.engine) as connection:
            return needy(connection, settings=self.settings, now=self.now, among=among)

    def repair(self, left: Needy, planner: Planner) -> tuple[Counter[str], Needy]:
        """Go through the policy; what each part of it did, and who is left."""
        repaired: Counter[str] = Counter()
        cadences = [name for name in self.settings.stale_policy if name != TASK]

        def look_again(by: str) -> None:
            nonlocal left
            before = left
            left = self.needy(before.everybody)
            repaired[by] += len(before.everybody) - len(left.everybody)

        if planner.catch_up():
            look_again(PLAN)
        for name in cadences:
            if left.everybody and planner.take_in(name, left.everybody):
                look_again(name)
        # Once more for those whom a cadence took in that goes before these.
        if cadences and left.everybody and planner.catch_up():
            look_again(PLAN)
        if TASK in self.settings.stale_policy:
            asked = self._ask_people(left, only_stale=bool(planner.held))
            repaired[TASK] += len(asked)
            left = Needy(*([one for one in part if one not in asked] for part in left))
        return +repaired, left

    def _ask_people(self, left: Needy, *, only_stale: bool) -> set[int]:
        """Open a task for each of them; return for whom.

        While a fault holds up cadences, for who is stale already: to mend it helps the others.
        """
        ids, asked = left.everybody, set[int]()
        for start in range(0, len(ids), CHUNK):
            with writing(self.engine) as connection:
                some = ids[start : start + CHUNK]
                hold_customers(connection, some)  # else another sweep might open theirs too
                still = needy(connection, settings=self.settings, now=self.now, among=some)
                if only_stale:
                    still = still._replace(uncovered=self._stale(connection, still.uncovered))
                tasks = list(check_ins(connection, *still, settings=self.settings, now=self.now))
                open_tasks(connection, tasks, now=self.now)
                asked |= {task.customer_id for task in tasks}
        return asked

    def _stale(self, connection: Connection, customers: Collection[int]) -> list[int]:
        late = select(Customer.id).where(
            one_of(Customer.id, "customers"), out_of_touch(self.settings, self.now)
        )
        return sorted(connection.execute(late, {"customers": customers}).scalars())

    def prove(self, held: Collection[str], limit: int) -> Freshness:
        with reading(self.engine) as connection:
            return freshness(
                connection,
                now=self.now,
                settings=self.settings,
                limit=limit,
                held=lambda: held,
            )


def take_in_hand(
    engine: Engine,
    customers: Collection[int],
    *,
    settings: Settings,
    now: datetime,
    planner: Callable[[], Planner],
) -> dict[str, int]:
    """Repair at once where some of these have nothing ahead any more; what did it, as a sweep says.

    The proof waits for the night, and so does whose next touch is only far off.
    """
    one = _Sweep(engine, settings, now)
    uncovered = one.needy(customers).uncovered
    if not uncovered:
        return {}
    done, _ = one.repair(Needy(uncovered, []), planner())
    return dict(done)


def sweep(
    engine: Engine,
    *,
    settings: Settings,
    now: datetime,
    planner: Callable[[], Planner],
    limit: int = 1,
) -> Swept:
    """Repair what can be repaired, and keep the proof of how it stands then.

    The `planner` is asked for where somebody needs it: it may have to read every message. Up to
    `limit` exceptions are named.
    """
    one = _Sweep(engine, settings, now)
    repaired: Counter[str] = Counter()
    held: Collection[str] = ()
    left = one.needy()
    for _ in range(_ROUNDS):
        if left.everybody:
            at_work = planner()
            held = at_work.held
            done, left = one.repair(left, at_work)
            repaired += done
        found = one.prove(held, limit)
        if found.uncovered_count <= len(left.uncovered):
            break
        left = one.needy()  # catching up ended the cadence of somebody who was in hand before
    with writing(engine) as connection:
        keep_proof(connection, found.kept(now, repaired))
    return Swept(found, dict(repaired))
