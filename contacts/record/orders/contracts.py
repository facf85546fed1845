"""Contracts as facts: the one that ends next, and the one that started a cadence."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.benefits import A_YEAR, NO_RECAP, RecapFacts, recap_of
from contacts.cadences.facts import NO_CONTRACT, ContractFacts, OfContract
from contacts.record.many import constant, one_of
from contacts.record.tables import Contract, Enrolment

TRIGGER = "contract:"
"""How the trigger of an enrolment begins that a contract started; its number and end follow."""
_By = Mapping[int, Sequence[Any]]


class Contracts:
    """What the contracts of some customers say of each; and what they got, where that is wanted."""

    def __init__(self, rows: _By, started: _By, benefits: _By | None) -> None:
        self._rows = rows
        self._started = started
        self._benefits = benefits

    def next_of(self, customer_id: int, today: date) -> OfContract:
        """Of the running contract that ends next, or of no contract and the last year."""
        running = (
            row for row in self._rows.get(customer_id, ()) if row.starts_on <= today <= row.ends_on
        )
        return self._of(customer_id, next(running, None), today)

    def by_cadence(self, customer_id: int, today: date) -> dict[str, OfContract] | None:
        """Of the contract that started each cadence, by the cadence's name."""
        found = {
            one.cadence: of
            for one in self._started.get(customer_id, ())
            if (of := self.of_trigger(customer_id, one.trigger, today)) is not None
        }
        return found or None

    def of_trigger(self, customer_id: int, trigger: str, today: date) -> OfContract | None:
        """Of the contract that a trigger names, as long as it ends when the trigger says."""
        for row in self._rows.get(customer_id, ()):
            if trigger == trigger_of(row.contract_id, row.ends_on):
                return self._of(customer_id, row, today)
        return None

    def _of(self, customer_id: int, row: Any | None, today: date) -> OfContract:
        recap = NO_RECAP if self._benefits is None else self._recap(customer_id, row, today)
        return OfContract(self._facts(customer_id, row, today), recap)

    def _facts(self, customer_id: int, row: Any | None, today: date) -> ContractFacts:
        if row is None:
            return NO_CONTRACT
        return ContractFacts(
            exists=True,
            id=row.contract_id,
            kind=row.kind,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            days_left=(row.ends_on - today).days,
            value=row.value,
            currency=row.currency,
            renewed=any(_renews(other, row) for other in self._rows[customer_id]),
        )

    def _recap(self, customer_id: int, row: Any | None, today: date) -> RecapFacts:
        benefits = (self._benefits or {}).get(customer_id, ())
        if row is None:
            return recap_of(benefits, since=today - A_YEAR, until=today)
        return recap_of(benefits, since=row.starts_on, until=min(row.ends_on, today))


NOTHING_AGREED = OfContract(NO_CONTRACT, NO_RECAP)


def load_contracts(
    connection: Connection, customer_ids: Collection[int], *, benefits: _By | None
) -> Contracts:
    """The contracts of these customers; with their recaps where `benefits` are given."""
    asked = {"customers": customer_ids}
    rows: dict[int, list[Any]] = {}
    for row in connection.execute(_CONTRACTS, asked):
        rows.setdefault(row.customer_id, []).append(row)
    started: dict[int, list[Any]] = {}
    for begun in connection.execute(_STARTED, asked) if rows else ():
        started.setdefault(begun.customer_id, []).append(begun)
    return Contracts(rows, started, benefits)


def as_they_end(connection: Connection, triggers: Mapping[int, str]) -> set[int]:
    """Of these customers, each with a trigger, whose contract ends when the trigger says."""
    rows = connection.execute(_CONTRACTS, {"customers": triggers}).all()
    return {
        row.customer_id
        for row in rows
        if triggers[row.customer_id] == trigger_of(row.contract_id, row.ends_on)
    }


def trigger_of(contract_id: str, ends_on: date) -> str:
    """The trigger of the enrolments that the end of this contract starts."""
    return f"{TRIGGER}{contract_id}:{ends_on}"


def _renews(other: Any, row: Any) -> bool:
    """Whether another contract goes on where this one ends."""
    later = other.starts_on > row.starts_on and other.ends_on > row.ends_on
    return later and bool(other.kind == row.kind)


_CONTRACTS = (
    select(Contract)
    .where(one_of(Contract.customer_id, "customers"))
    .order_by(Contract.ends_on, Contract.id)
)
_STARTED = (
    select(Enrolment.customer_id, Enrolment.cadence, Enrolment.trigger)
    .where(
        one_of(Enrolment.customer_id, "customers"),
        Enrolment.state == constant("active"),
        Enrolment.trigger.like(f"{TRIGGER}%"),
    )
    .order_by(Enrolment.id)
)
