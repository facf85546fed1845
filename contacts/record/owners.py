"""The owners of the settings as rows, so that customers and tasks can point at them."""

from sqlalchemy import Connection, bindparam, insert, select, update

from contacts.record.tables import OwnerRow
from contacts.settings import SETTINGS_FILE, Owner, Settings
from contacts.settings_file.refused import refused

_LONGEST_PHONE = 16


def sync_owners(connection: Connection, settings: Settings) -> dict[str, int]:
    """Store the workspace's owners; return their ids by e-mail address in lower case.

    One who is no longer named keeps the row, since customers and tasks may still point at it.
    """
    for number, owner in enumerate(settings.owners):
        if problem := phone_problem(owner):
            toml, loc = settings.workspace / SETTINGS_FILE, ("owners", number, "phone")
            raise refused(toml, loc, problem, label=f"owner {owner.email}: phone")
    wanted = {owner.email.strip().lower(): _values(owner) for owner in settings.owners}
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


def phone_problem(owner: Owner) -> str | None:
    """Why the record cannot keep this owner's phone number; None where it can."""
    if owner.phone is None or len(owner.phone) <= _LONGEST_PHONE:
        return None
    return f"{owner.phone!r} is longer than {_LONGEST_PHONE} characters; write it like +14155550123"


def _values(owner: Owner) -> dict[str, str | None]:
    return {"name": owner.name[:200], "phone": owner.phone, "timezone": owner.timezone}
