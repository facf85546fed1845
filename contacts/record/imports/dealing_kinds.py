"""What orders, contracts and benefits are made of: their columns, and what two of them must be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.cadences.benefits import BenefitKind
from contacts.record.customers import addresses
from contacts.record.imports import cells
from contacts.record.imports.rows import Row
from contacts.record.orders.benefits import LONGEST, Benefit
from contacts.record.tables import Contract, Order

_LONGEST_LIST = 10_000
Parse = Callable[[str], Any]
Values = dict[str, Any]


def _nothing_more(row: Row, values: Values) -> None:
    """Columns that are right each by itself are right together."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between orders, contracts and benefits."""

    table: type[Order] | type[Contract] | type[Benefit]
    key: str  # the business's own number
    day: str
    """The column whose day `until` looks at."""
    needed: Mapping[str, Parse]
    optional: Mapping[str, Parse]
    blank: Mapping[str, Any]
    """What is stored for an optional cell without a word in it."""
    check: Callable[[Row, Values], None] = _nothing_more
    stored_as: Mapping[str, str] = field(default_factory=dict)
    """The record's names of columns that are called otherwise in the file."""

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.needed) | frozenset(self.optional)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.needed)


def _contract_ends_after_its_start(row: Row, values: Values) -> None:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and ends < starts:
        row.fault("ends_on", "ends_on: lies before starts_on")


def _worth_has_its_currency(row: Row, values: Values) -> None:
    for column in ("worth", "hours"):
        amount = values.get(column)
        if amount is not None and amount < 0:
            row.fault(column, f"{column}: less than nothing; leave it blank if it is not known")
    if values.get("worth") is None:
        if "worth" in values:
            values["currency"] = None
        else:  # the file says nothing of it, so both stay as they are on record
            values.pop("currency", None)
    elif values.get("currency") is None and not row.faults:
        row.fault("worth", "worth: needs its currency; write its three letters, e.g. EUR")


def _benefit_kind(text: str) -> str:
    kind = text.lower()
    if kind not in [*BenefitKind]:
        raise ValueError(f"write one of {', '.join(BenefitKind)}, or leave it blank for an extra")
    return kind


ORDERS = Kind(
    table=Order,
    key="order_id",
    day="ordered_at",
    needed={
        "order_id": cells.line_of_text(cells.length_of(Order.order_id)),
        "email": addresses.normalise_email,
        "ordered_at": cells.moment,
        "amount": cells.money,
        "currency": cells.currency,
    },
    optional={"items": cells.lines_of_text(_LONGEST_LIST)},
    blank={"items": ""},
)
CONTRACTS = Kind(
    table=Contract,
    key="contract_id",
    day="starts_on",
    needed={
        "contract_id": cells.line_of_text(cells.length_of(Contract.contract_id)),
        "email": addresses.normalise_email,
        "starts_on": cells.day,
        "ends_on": cells.day,
        "value": cells.money,
        "currency": cells.currency,
    },
    optional={"kind": cells.line_of_text(cells.length_of(Contract.kind))},
    blank={"kind": ""},
    check=_contract_ends_after_its_start,
)
BENEFITS = Kind(
    table=Benefit,
    key="benefit_id",
    day="given_on",
    needed={
        "benefit_id": cells.line_of_text(cells.length_of(Benefit.benefit_id)),
        "email": addresses.normalise_email,
        "on": cells.day,
        "text": cells.line_of_text(LONGEST),
    },
    optional={
        "kind": _benefit_kind,
        "worth": cells.money,
        "currency": cells.currency,
        "hours": cells.hours,
    },
    blank={"kind": BenefitKind.EXTRA.value, "worth": None, "currency": None, "hours": None},
    check=_worth_has_its_currency,
    stored_as={"on": "given_on"},
)
