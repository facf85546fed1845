"""What conditions and templates may know about a customer: plain data under documented names.

The two classes that are made anew for every customer are not frozen: that would cost three times as
much to make. Nobody changes them all the same.

`Facts` is filled from the record by the callers; `as_context` turns it into nested plain dicts of
str, int, Decimal, date, bool and None. Nothing else ever reaches a template: an object with methods
would hand them to whoever writes the template.
"""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from contacts.cadences.benefits import NO_RECAP, RecapFacts
from contacts.cadences.wishes import Wishes


@dataclass(slots=True)
class CustomerFacts:
    id: int
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    timezone: str = "UTC"
    locale: str = "en"
    country: str = ""
    tier: str = ""
    persona: str = ""
    joined_on: date | None = None
    days_since_joined: int = 0
    days_since_contact: int | None = None  # None: never in touch
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    name: str = ""
    first_name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    count: int = 0
    total: Decimal = Decimal(0)
    average: Decimal = Decimal(0)
    currency: str = ""
    first_on: date | None = None
    last_on: date | None = None
    days_since_last: int | None = None  # None: no order yet
    last_items: str = ""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """The contract that ends next, or an empty one."""

    exists: bool = False
    id: str = ""
    kind: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    days_left: int | None = None
    value: Decimal = Decimal(0)
    currency: str = ""
    renewed: bool = False  # a later contract of the same kind ends later


@dataclass(frozen=True, slots=True)
class OfContract:
    """A contract, and what the customer got in its time."""

    contract: ContractFacts
    recap: RecapFacts


@dataclass(frozen=True, slots=True)
class TouchFacts:
    count: int = 0  # touches really made, over all cadences
    replies: int = 0
    days_since_reply: int | None = None
    outcome: str = ""  # of the last call, visit or letter of this cadence; an Outcome, or nothing


@dataclass(frozen=True, slots=True)
class SignalFacts:
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BusinessFacts:
    name: str = ""
    address: str = ""
    website: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CadenceFacts:
    name: str = ""
    goal: str = ""
    purpose: str = "service"  # service or marketing


@dataclass(frozen=True, slots=True)
class LinkFacts:
    unsubscribe: str = ""
    preferences: str = ""
    view: str = ""  # the message itself, in a browser


NO_ORDERS, NO_CONTRACT, NO_TOUCHES = OrderFacts(), ContractFacts(), TouchFacts()
NO_SIGNAL = SignalFacts()


@dataclass(slots=True)
class Facts:
    customer: CustomerFacts
    owner: OwnerFacts = OwnerFacts()
    orders: OrderFacts = NO_ORDERS
    contract: ContractFacts = NO_CONTRACT
    touches: TouchFacts = NO_TOUCHES
    signal: SignalFacts = NO_SIGNAL
    recap: RecapFacts = NO_RECAP
    cadence: CadenceFacts = CadenceFacts()
    business: BusinessFacts = BusinessFacts()
    links: LinkFacts = LinkFacts()
    today: date | None = None  # on the customer's calendar
    wishes: Wishes | None = None  # for the rules alone; None where they have none
    outcomes: Mapping[str, str] | None = None  # by cadence: what `touches.outcome` comes from
    signals: Mapping[str, SignalFacts] | None = None  # by cadence: the one that started it
    contracts: Mapping[str, OfContract] | None = None  # by cadence: the one that started it
    suggestions: tuple[dict[str, Any], ...] = ()
    """What they may need next: item, kind, reason, due_on, every_days and beside of each."""


CONDITION_NAMES = (
    "customer", "owner", "orders", "contract", "touches", "signal", "recap", "today",
    "suggestions",
)  # fmt: skip
"""What a condition may use; a template may use every name of Facts."""


_NOT_TOLD = frozenset({"wishes", "outcomes", "signals", "contracts"})


def as_context(facts: Facts, cadence: str = "") -> dict[str, Any]:
    """The facts as the nested dicts that conditions and templates see, in a cadence of this name.

    Written out rather than `dataclasses.asdict`, whose deep copies cost ten times as much.
    """
    context: dict[str, Any] = {"today": facts.today, "suggestions": facts.suggestions}
    for group in _GROUPS:
        part = getattr(facts, group.name)
        unknown = part is group.unknown
        context[group.name] = group.of_unknown if unknown else group.as_dict(part)
    if facts.outcomes is not None:
        outcome = facts.outcomes.get(cadence or facts.cadence.name, "")
        context["touches"] = {**context["touches"], "outcome": outcome}
    if facts.signals is not None and (started := facts.signals.get(cadence or facts.cadence.name)):
        context["signal"] = {"kind": started.kind, "reason": started.reason}
    if facts.contracts is not None and (of := facts.contracts.get(cadence or facts.cadence.name)):
        context["contract"] = _BY_NAME["contract"].as_dict(of.contract)
        context["recap"] = _BY_NAME["recap"].as_dict(of.recap)
    return context


def vocabulary() -> dict[str, frozenset[str] | None]:
    """Every name a template may use, with its keys; None for one without keys (`today`).

    `customer.attributes` is open: its keys are the further columns of the customers' CSV.
    """
    samples = Facts(customer=CustomerFacts(id=0), today=date.min)
    return {
        part.name: (
            frozenset(known.name for known in fields(value))
            if hasattr(value := getattr(samples, part.name), "__dataclass_fields__")
            else None
        )
        for part in fields(Facts)
        if part.name not in _NOT_TOLD
    }


class _Group:
    """A part of the facts, and how it is read as a dict."""

    def __init__(self, name: str, unknown: Any, keys: Collection[str]) -> None:
        self.name = name
        self.unknown = unknown  # the part as it is where nothing is known of it
        self._keys = tuple(sorted(keys))
        self._read = attrgetter(*self._keys)
        self.of_unknown = {} if unknown is MISSING else self.as_dict(unknown)

    def as_dict(self, part: Any) -> dict[str, Any]:
        values = self._read(part)
        return dict(zip(self._keys, values if len(self._keys) > 1 else (values,), strict=True))


_DEFAULTS = {part.name: part.default for part in fields(Facts)}
_GROUPS = [
    _Group(name, _DEFAULTS[name], keys) for name, keys in vocabulary().items() if keys is not None
]
_BY_NAME = {group.name: group for group in _GROUPS}
