"""The owners of the settings as rows, so that customers and tasks can point at them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from contacts.cadences.house import country_problem, region_problem
from contacts.cadences.timezones import zone
from contacts.record.tables import OwnerRow
from contacts.settings import SETTINGS_FILE, Owner, Settings
from contacts.settings_file.places import Loc
from contacts.settings_file.refused import refused

_LONGEST_PHONE = 16


class OwnerProblem(NamedTuple):
    """What is well formed in the settings and cannot be."""

    loc: Loc
    problem: str
    label: str


def sync_owners(connection: Connection, settings: Settings) -> dict[str, int]:
    """Store the workspace's owners; return their ids by e-mail address in lower case.

    One who is no longer named keeps the row, since customers and tasks may still point at it.
    """
    for one in owner_problems(settings):
        toml = settings.workspace / SETTINGS_FILE
        raise refused(toml, one.loc, one.problem, label=one.label)
    wanted = {key_of(owner.email): _values(owner) for owner in settings.owners}
    stored = {row.email: row for row in connection.execute(select(OwnerRow))}
    new = [{"email": email, **values} for email, values in wanted.items() if email not in stored]
    if new:
        connection.execute(insert(OwnerRow), new)
    _change(connection, {email: row for email, row in stored.items() if email in wanted}, wanted)
    if any(row.named for email, row in stored.items() if email not in wanted):
        gone = update(OwnerRow).where(OwnerRow.email.not_in(wanted))
        connection.execute(gone.values(named=False, lead_id=None, leads=False))
    rows = connection.execute(select(OwnerRow).where(OwnerRow.email.in_(wanted))).all()
    ids = {row.email: row.id for row in rows}
    leads = {
        email: {"lead_id": ids.get(lead_of(email, settings) or ""), "leads": leads}
        for email, leads in _leading(settings).items()
    }
    _change(connection, {row.email: row for row in rows}, leads)
    return ids


def key_of(email: str) -> str:
    """How the record knows an owner's address."""
    return email.strip().lower()


def lead_of(email: str, settings: Settings) -> str | None:
    """Who hears of what this owner leaves undone; nobody leads themselves."""
    own = next((one.lead for one in settings.owners if key_of(one.email) == email), None)
    lead = key_of(own or settings.lead or "")
    return lead if lead not in ("", email) else None


def owner_problems(settings: Settings) -> Iterator[OwnerProblem]:
    """What cannot be of each owner, and of the workspace's lead, at its place."""
    known = {key_of(owner.email) for owner in settings.owners}
    for number, owner in enumerate(settings.owners):
        looks = {
            "timezone": _zone_problem(owner.timezone),
            "phone": _phone_problem(owner),
            "country": country_problem(owner.country) if owner.country else None,
            "region": _region_problem(owner, settings),
            "lead": _lead_problem(owner.lead, known, but=key_of(owner.email)),
        }
        for name, problem in looks.items():
            if problem is not None:
                yield OwnerProblem(
                    ("owners", number, name), problem, f"owner {owner.email}: {name}"
                )
    if problem := _lead_problem(settings.lead, known):
        yield OwnerProblem(("lead",), problem, "")


def _change(
    connection: Connection, stored: dict[str, Any], wanted: dict[str, dict[str, Any]]
) -> None:
    """Write the values by which the stored rows differ from what is wanted."""
    changed = [
        {"key": email, **wanted[email]}
        for email, row in stored.items()
        if any(getattr(row, name) != value for name, value in wanted[email].items())
    ]
    if changed:
        connection.execute(update(OwnerRow).where(OwnerRow.email == bindparam("key")), changed)


def _values(owner: Owner) -> dict[str, Any]:
    return {
        "name": owner.name[:200],
        "phone": owner.phone,
        "timezone": owner.timezone,
        "hours": owner.hours.model_dump(mode="json", exclude_none=True),
        "country": owner.country,
        "region": owner.region,
        "named": True,
    }


def _leading(settings: Settings) -> dict[str, bool]:
    """Every owner, and whether what is nobody's goes to them."""
    lead = key_of(settings.lead or "")
    return {email: email == lead for email in (key_of(one.email) for one in settings.owners)}


def _zone_problem(name: str | None) -> str | None:
    try:
        if name is not None:
            zone(name)
    except ValueError as error:
        return str(error)
    return None


def _phone_problem(owner: Owner) -> str | None:
    if owner.phone is None or len(owner.phone) <= _LONGEST_PHONE:
        return None
    return f"{owner.phone!r} is longer than {_LONGEST_PHONE} characters; write it like +14155550123"


def _region_problem(owner: Owner, settings: Settings) -> str | None:
    country = owner.country or settings.default_country
    if not owner.region or country_problem(country):
        return None
    return region_problem(country, owner.region)


def _lead_problem(lead: str | None, known: set[str], *, but: str = "") -> str | None:
    if not lead:
        return None
    if key_of(lead) == but:
        return "nobody leads themselves; name another owner, or leave it out"
    if key_of(lead) not in known:
        return f"nobody under [[owners]] has the email {lead!r}"
    return None
