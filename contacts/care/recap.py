"""What a customer got from us, as facts and as a page to print in their language."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.facts import Facts, as_context
from contacts.messages.rendered import RenderedDocument
from contacts.messages.templates import Templates
from contacts.record.customers.facts import load_facts
from contacts.record.errors import UnknownCustomer
from contacts.settings import Settings

DOCUMENT = "value_recap"
_PARTS = frozenset({"recap", "contract", "orders", "touches"})
"""What a workspace's own page may name as well."""


@dataclass(frozen=True, slots=True)
class Recap:
    facts: Facts

    def page(self, templates: Templates, locale: str = "") -> RenderedDocument:
        """The page to print; MessageError where its template has a fault."""
        return templates.document(
            DOCUMENT, locale or self.facts.customer.locale, as_context(self.facts)
        )


def recap_for(
    connection: Connection, customer_id: int, *, settings: Settings, now: datetime
) -> Recap:
    """The recap of the customer's contract, or of the last year; UnknownCustomer without a zone."""
    found = load_facts(connection, [customer_id], settings=settings, now=now, parts=_PARTS)
    if customer_id not in found:
        raise UnknownCustomer(f"this machine does not know the time zone of customer {customer_id}")
    facts = found[customer_id]
    return Recap(replace(facts, cadence=replace(facts.cadence, name=DOCUMENT)))
