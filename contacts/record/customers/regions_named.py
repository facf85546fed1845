"""The regions that customers' rows name, and of how many customers."""

from dataclasses import dataclass
from itertools import starmap

from sqlalchemy import Connection, func, select

from contacts.record.tables import Customer


@dataclass(frozen=True, slots=True)
class NamedRegion:
    country: str
    region: str
    """As it is written."""
    customers: int
    """Active ones."""


def regions_named(connection: Connection) -> list[NamedRegion]:
    """Each once a country, by country and name."""
    written = Customer.attributes["region"].as_string().label("region")
    named = select(Customer.country, written).where(Customer.active, written.is_not(None))
    of = named.subquery().c
    query = (
        select(of.country, of.region, func.count())
        .where(of.region != "")
        .group_by(of.country, of.region)
        .order_by(of.country, of.region)
    )
    return list(starmap(NamedRegion, connection.execute(query)))
