"""Which regions customers' rows name, on both databases."""

from sqlalchemy import Engine

from contacts.record.customers.regions_named import NamedRegion, regions_named
from contacts.record.engine import writing
from tests.cast import customer


def test_regions_are_counted_once_a_country_for_active_customers(engine: Engine) -> None:
    rows = [("DE", "Bayern"), ("AT", "Wien"), ("DE", "Bayern"), ("DE", ""), ("AT", None)]
    with writing(engine) as connection:
        for country, region in rows:
            attributes = {} if region is None else {"region": region, "shoes": "brown"}
            customer(connection, country=country, attributes=attributes)
        customer(connection, country="DE", attributes={"region": "Berlin"}, active=False)
        found = regions_named(connection)
    assert found == [NamedRegion("AT", "Wien", 1), NamedRegion("DE", "Bayern", 2)]
