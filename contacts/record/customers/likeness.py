"""Who was perhaps meant: customers whose name or address is like what a person typed."""

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Connection, Row, func, select

from contacts.record.tables import Customer
from contacts.wording import called

_MOST = 3
_ALIKE = 0.7
_LOOKED_THROUGH = 500
_WORDS = (Customer.first_name, Customer.last_name, Customer.company)
_EMAIL = func.coalesce(Customer.email, "")
_COLUMNS: tuple[Any, ...] = (Customer.id, *_WORDS, Customer.email)
_SHOWN = select(*_COLUMNS).order_by(Customer.active.desc(), Customer.id)


def named_like(connection: Connection, typed: str) -> list[Row[Any]]:
    """Customers who have every word typed, or that phone; else those with a name much like it."""
    words = typed.split()[:8]
    if not words:
        return []
    everything = _WORDS[0] + " " + _WORDS[1] + " " + _WORDS[2] + " " + _EMAIL
    holding = _SHOWN.where(*(everything.icontains(word, autoescape=True) for word in words))
    found = connection.execute(holding.limit(_MOST)).all()
    if found:
        return list(found)
    by_phone = connection.execute(_SHOWN.where(Customer.phone == typed).limit(_MOST)).all()
    if by_phone:
        return list(by_phone)
    return _closest(_beginning_alike(connection, typed), lambda one: _name_likeness(typed, one))


def addressed_like(connection: Connection, typed: str) -> list[Row[Any]]:
    """Customers whose address begins like it, or is at the same domain, and differs little."""
    typed = typed.lower()
    alike = (
        Customer.email_key.startswith(typed[:2], autoescape=True),
        Customer.email_key.endswith(typed[typed.rindex("@") :], autoescape=True),
    )
    found = {
        row.id: row
        for one in alike
        for row in connection.execute(_SHOWN.where(one).limit(_LOOKED_THROUGH))
    }
    return _closest(found.values(), lambda one: _address_likeness(typed, one.email or ""))


def did_you_mean(customers: Iterable[Row[Any]]) -> str:
    """The end of a message: ids and names to choose from; empty where nobody is like it."""
    shown = [_introduced(one) for one in customers]
    return f"; did you mean {' or '.join(shown)}?" if shown else ""


def _beginning_alike(connection: Connection, typed: str) -> list[Row[Any]]:
    """Customers one of whose names begins with the same letter; capitals as people type them."""
    starts = {typed[0], typed[0].upper(), typed[0].lower()}
    found: dict[int, Row[Any]] = {}
    for column in _WORDS:
        for start in starts:
            query = _SHOWN.where(column.startswith(start, autoescape=True))
            found |= {one.id: one for one in connection.execute(query.limit(_LOOKED_THROUGH))}
    return list(found.values())


def _closest(
    customers: Iterable[Row[Any]], likeness: Callable[[Row[Any]], float]
) -> list[Row[Any]]:
    rated = sorted(((likeness(one), one.id, one) for one in customers), reverse=True)
    return [one for rate, _, one in rated if rate >= _ALIKE][:_MOST]


def _name_likeness(typed: str, customer: Row[Any]) -> float:
    whole = f"{customer.first_name} {customer.last_name}"
    known = (whole, customer.first_name, customer.last_name, customer.company)
    return max(_ratio(typed, word) for word in known)


def _address_likeness(typed: str, address: str) -> float:
    """Of the less alike half: who shares no more than a domain is somebody else."""
    halves = zip(typed.rpartition("@")[::2], address.rpartition("@")[::2], strict=True)
    return min(_ratio(one, other) for one, other in halves)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _introduced(customer: Row[Any]) -> str:
    """Their address, or their id where they have none, with the name beside it."""
    name = called(customer)
    known = customer.email or str(customer.id)
    return f"{known} ({name})" if name else known
