"""Whether every customer has an owner who is still there, and every absence a stand-in who is."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine

from contacts.record.book.owner_book import LeftBehind, left_behind, stand_ins_gone
from contacts.record.engine import reading
from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import Settings
from contacts.wording import so_many

HAND_OVER = "touchline owner hand-over"


def owner_findings(engine: Engine, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """What owners left behind; the names of those who are gone are addresses, and not told."""
    with reading(engine) as connection:
        left = left_behind(connection, settings)
        absences = stand_ins_gone(connection, settings, on=now.date())
    if not left and not absences:
        yield Finding("owners", Verdict.OK, "every customer has one who is in the settings")
    if left:
        several = so_many(sum(one.customers for one in left), "active customer")
        said = f"{several} without one{_of_whom(left)}"
        remedy = f"'touchline owner list' names whose they were, '{HAND_OVER}' gives them one"
        yield Finding("owners", Verdict.WARN, said, remedy)
    if absences:
        several = so_many(len(absences), "absence")
        said = f"{several} whose stand-in is no longer in touchline.toml"
        remedy = "'touchline owner back', then 'touchline owner away' with another one"
        yield Finding("owners", Verdict.WARN, said, remedy)


def _of_whom(left: Sequence[LeftBehind]) -> str:
    nobodys = sum(one.customers for one in left if not one.email)
    others = sum(one.customers for one in left if one.email)
    if nobodys and others:
        return f": {nobodys:,} never had one, {others:,} had one who is gone"
    return ": they never had one" if nobodys else ": they had one who is gone"


def left_words(one: LeftBehind) -> str:
    """What is left behind, with its remedy, in a sentence."""
    customers = so_many(one.customers, "active customer")
    if not one.email:
        return f"{customers} without an owner; '{HAND_OVER} nobody TO' gives them one"
    return (
        f"{one.name} <{one.email}> is not in touchline.toml and still has {customers}; "
        f"'{HAND_OVER} {one.email} TO' gives them another owner"
    )
