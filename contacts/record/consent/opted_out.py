"""Who asked us to stop of late, for the people whose customers they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, or_, select, text, true
from sqlalchemy.orm import aliased

from contacts.record import phrases
from contacts.record.tables import Consent, Customer
from contacts.wording import called


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The last word of a customer on a channel: they want less of it than before."""

    customer_id: int
    customer: str
    company: str
    owner_id: int | None
    channel: str
    purpose: str
    """Empty for all that we write on the channel."""
    how: str
    """By what they said it: "SMS reply", "unsubscribe link"."""
    at: datetime
    timezone: str
    """The customer's."""

    @property
    def what(self) -> str:
        """What they want no more of: SMS, marketing by e-mail."""
        return phrases.agreed_to(self.channel, self.purpose)


def opted_out(
    connection: Connection, owners: Collection[int] | None, *, since: datetime, limit: int
) -> list[OptedOut]:
    """Whose stop we have heard of after `since`, the latest first; customers of these, or all.

    Each channel of a customer once, with their last word on it. Not the "no" with which somebody
    came to us, nor what they have taken back since.
    """
    rows = connection.execute(
        select(
            Consent.customer_id,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
            Customer.timezone,
            Customer.owner_id,
            Consent.channel,
            Consent.purpose,
            Consent.source,
            Consent.at,
        )
        .join(Customer, Customer.id == Consent.customer_id)
        .where(
            text("NOT consents.granted"),  # as the index says it
            Consent.recorded_at > since,
            Consent.recorded_at > Customer.created_at,
            Consent.redacted_at.is_(None),
            ~exists().where(
                _LATER.customer_id == Consent.customer_id,
                _LATER.channel == Consent.channel,
                or_(_LATER.granted.is_(False), _LATER.at >= Consent.at),
                _LATER.id > Consent.id,
            ),
            true() if owners is None else Customer.owner_id.in_(owners),
        )
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(limit)
    )
    return [
        OptedOut(
            row.customer_id, called(row) or f"Customer {row.customer_id}", row.company,
            row.owner_id, row.channel, row.purpose, row.source, row.at, row.timezone,
        )
        for row in rows
    ]  # fmt: skip


_LATER = aliased(Consent)
