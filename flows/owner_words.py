"""What `touchline owner` says: who has what in hand, who is away and who acts for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from contacts.record.book.absences import Leave
from contacts.record.book.owner_book import Book
from contacts.record.book.owners import key_of
from contacts.record.tables import OwnerRow
from contacts.settings import Owner, Settings
from contacts.windows import USUAL, WEEK, Weekly
from contacts.wording import so_many
from flows.doctor.owners import HAND_OVER


def as_text(found: Sequence[Book], away: Sequence[Leave], settings: Settings) -> str:
    """A paragraph for each owner, and what is nobody's, with its remedy."""
    owners = _by_email(settings)
    names = {one.owner_id: one.name for one in found}
    said = [
        "\n".join([f"{one.name} <{one.email}>", *_of_owner(one, owners[one.email], away, names,
                   settings)])
        for one in found
        if one.named
    ]  # fmt: skip
    said += [_of_others(one) for one in found if not one.named]
    return "\n\n".join(said or ["no owners yet: touchline.toml names them under [[owners]]"])


def as_data(
    found: Sequence[Book], away: Sequence[Leave], settings: Settings
) -> dict[str, list[dict[str, Any]]]:
    """The same as plain data; what is nobody's has no e-mail address."""
    owners, emails = _by_email(settings), {one.owner_id: one.email for one in found}
    return {
        "owners": [
            {
                "email": one.email or None,
                "name": one.name,
                "named": one.named,
                "timezone": _zone(owners.get(one.email), settings),
                "lead": emails.get(one.lead_id) if one.lead_id else None,
                "customers": one.customers,
                "tasks": one.tasks,
                "late": one.late,
                "away": [
                    {"from": str(leave.from_on), "until": str(leave.until_on),
                     "stand_in": emails.get(leave.stand_in_id)}
                    for leave in away
                    if leave.owner_id == one.owner_id
                ],
            }
            for one in found
        ]
    }  # fmt: skip


def left(connection: Connection, leave: Leave) -> str:
    """What was written down of an absence."""
    rows = select(OwnerRow.id, OwnerRow.name)
    names: dict[int, str] = dict(connection.execute(rows).all())
    return (
        f"{names[leave.owner_id]} is away from {leave.from_on} until {leave.until_on}; "
        f"{names[leave.stand_in_id]} stands in."
    )


def in_words(weekly: Weekly) -> str:
    """mon-fri 09:00-18:00."""
    days = [WEEK[day] for day in sorted(weekly.days)]
    whole = len(days) > 2 and len(days) == WEEK.index(days[-1]) - WEEK.index(days[0]) + 1
    named = f"{days[0]}-{days[-1]}" if whole else ", ".join(days)
    start, end = ("{:02}:{:02}".format(*divmod(one, 60)) for one in (weekly.start, weekly.end))
    return f"{named} {start}-{end}"


def _of_owner(
    one: Book,
    owner: Owner,
    away: Sequence[Leave],
    names: Mapping[int | None, str],
    settings: Settings,
) -> list[str]:
    lead = f"; lead: {names[one.lead_id]}" if one.lead_id else ""
    leads = "; leads, and has what is nobody's" if key_of(settings.lead or "") == one.email else ""
    lines = [
        f"  {in_words(owner.hours.over(USUAL))}, {_zone(owner, settings)}{lead}{leads}",
        f"  {_in_hand(one)}",
    ]
    for leave in away:
        if leave.owner_id == one.owner_id:
            who = names.get(leave.stand_in_id, "somebody who is gone")
            lines.append(f"  away from {leave.from_on} until {leave.until_on}; {who} stands in")
    return lines


def _of_others(one: Book) -> str:
    if one.owner_id is None:
        remedy = f"; '{HAND_OVER} nobody TO' gives them an owner" if one.customers else ""
        return f"Nobody's: {_in_hand(one)}{remedy}"
    said = f"{one.name} <{one.email}>, no longer in touchline.toml: {_in_hand(one)}"
    return f"{said}; '{HAND_OVER} {one.email} TO' gives them an owner"


def _in_hand(one: Book) -> str:
    late = f", {one.late:,} of them late" if one.late else ""
    return f"{so_many(one.customers, 'customer')}, {so_many(one.tasks, 'open task')}{late}"


def _zone(owner: Owner | None, settings: Settings) -> str | None:
    return (owner.timezone or settings.default_timezone) if owner is not None else None


def _by_email(settings: Settings) -> dict[str, Owner]:
    return {key_of(owner.email): owner for owner in settings.owners}
