"""The owners of the settings as rows, so that customers and tasks can point at them."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from contacts.record.tables import OwnerRow
from contacts.settings import Owner, SettingsError

_LONGEST_PHONE = 16


def sync_owners(connection: Connection, owners: Sequence[Owner]) -> dict[str, int]:
    """Store these owners; return their ids by e-mail address in lower case.

    One who is no longer named keeps the row, since customers and tasks may still point at it.
    """
    wanted = {owner.email.strip().lower(): _values(owner) for owner in owners}
    stored = {row.email: row for row in connection.execute(select(OwnerRow))}
    new = [{"email": email, **values} for email, values in wanted.items() if email not in stored]
    if new:
        connection.execute(insert(OwnerRow), new)
    changed = [
        {"key": email, **values}
        for email, values in wanted.items()
        if email in stored and any(getattr(stored[email], key) != values[key] for key in values)
    ]
    if changed:
        connection.execute(update(OwnerRow).where(OwnerRow.email == bindparam("key")), changed)
    rows = connection.execute(select(OwnerRow.email, OwnerRow.id))
    return {row.email: row.id for row in rows if row.email in wanted}


def _values(owner: Owner) -> dict[str, str | None]:
    if owner.phone and len(owner.phone) > _LONGEST_PHONE:
        raise SettingsError(
            f"owner {owner.name}: the phone number is longer than {_LONGEST_PHONE} characters; "
            "write it like +14155550123"
        )
    return {"name": owner.name[:200], "phone": owner.phone, "timezone": owner.timezone}
