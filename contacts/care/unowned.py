"""Whom nobody owns: however well planned for, they are exceptions, for no person looks after them.

An owner who is no longer in the settings owns nobody.
"""

from sqlalchemy import ColumnElement, Connection, or_, select

from contacts.care.named import Cause, Uncovered
from contacts.record.tables import Customer, OwnerRow
from contacts.settings import Settings
from contacts.wording import called

_NO_OWNERS = "write who looks after customers into touchline.toml, under [[owners]]; then "


def is_unowned(settings: Settings) -> ColumnElement[bool]:
    """Whether none of the settings' owners has the customer."""
    named = [owner.email.strip().lower() for owner in settings.owners]
    owners = select(OwnerRow.id).where(OwnerRow.email.in_(named))
    return or_(Customer.owner_id.is_(None), Customer.owner_id.not_in(owners))


def first_unowned(connection: Connection, *, settings: Settings, limit: int) -> list[Uncovered]:
    """Up to `limit` active customers whom nobody owns, by their ids."""
    rows = connection.execute(
        select(
            Customer.id,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
            Customer.last_contact_at,
            OwnerRow.name.label("owner"),
            OwnerRow.email.label("owner_email"),
        )
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
        .where(Customer.active.is_(True), is_unowned(settings))
        .order_by(Customer.id)
        .limit(limit)
    )
    return [
        Uncovered(
            customer_id=row.id,
            name=called(row),
            owner=row.owner,
            last_contact_at=row.last_contact_at,
            reason=_why(row.owner),
            remedy=_remedy(row.owner_email, settings),
            cause=Cause.NO_OWNER,
        )
        for row in rows
    ]


def _why(owner: str | None) -> str:
    if owner is None:
        return "nobody owns them"
    return f"their owner, {owner}, is no longer among the owners"


def _remedy(before: str | None, settings: Settings) -> str:
    """The command as one can type it, as far as that is known."""
    taker = settings.owners[0].email if len(settings.owners) == 1 else "TO"
    command = f"touchline owner hand-over {before or 'nobody'} {taker}"
    words = f"'{command}', or name an owner in customers.csv and import that"
    return words if settings.owners else _NO_OWNERS + words
