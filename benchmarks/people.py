"""The made-up customers of the benchmarks: the same for every contender."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

NOW = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""A Tuesday, between 11:00 and 16:30 for everybody here, and no public holiday for any of them."""

_NAMES = ("Ada", "Bob", "Chidi", "Dilnoza", "Émile", "Fatima", "Grace", "Hao", "Inés", "Jude")
_PLACES = (
    ("Europe/London", "GB", "Leeds"),
    ("Europe/Berlin", "DE", "Jena"),
    ("Asia/Kolkata", "IN", "Pune"),
    ("Africa/Lagos", "NG", "Ibadan"),
)
_TIERS = ("gold", "silver", "basic")
_PERSONAS = ("cafe", "office", "restaurant")
_TEAS = ("Assam", "Sencha & Lime", "Earl Grey", "Rooibos", "Darjeeling")


def people(count: int, *, first: int = 1) -> Iterator[dict[str, Any]]:
    """`count` customers, in the columns of the record's table."""
    for number in range(first, first + count):
        yield _person(number)


def joined_on(number: int) -> date:
    return (NOW - timedelta(days=30 + number % 700)).date()


def _person(number: int) -> dict[str, Any]:
    zone, country, city = _PLACES[number % len(_PLACES)]
    return {
        "id": number,
        "email": f"customer{number}@mail{number % 50}.example.com",
        "phone": f"+1202555{number % 10000:04d}",
        "first_name": _NAMES[number % len(_NAMES)],
        "last_name": f"Example{number}",
        "company": f"Leaf & Bean No. {number}",
        "timezone": zone,
        "locale": "en",
        "country": country,
        "tier": _TIERS[number % len(_TIERS)],
        "persona": _PERSONAS[number % len(_PERSONAS)],
        "joined_on": joined_on(number),
        "attributes": {
            "seats": str(10 + number % 90),
            "city": city,
            "machine": f"Model {number % 7}",
            "favourite": _TEAS[number % len(_TEAS)],
            "benefits": "9",
            "unused": str(1 + number % 8),
        },
    }
