"""How sentences for people are put, in every room."""

from datetime import date
from typing import Any


def so_many(count: int, one: str, several: str = "") -> str:
    """1 cell, 2 cells, 1,000 cells; `several` where the plural is more than an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def day_in_words(day: date) -> str:
    """Fri 23 Oct 2026; of an instant its day by some clock, for it has none of its own."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def called(customer: Any) -> str:
    """The customer's name, else their company's; empty where they have neither.

    `customer` is a row or an object with `first_name`, `last_name` and `company`.
    """
    name = f"{customer.first_name} {customer.last_name}".strip()
    return name or str(customer.company or "")
