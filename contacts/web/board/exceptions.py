"""Who is an exception of the proof, by name, as far as the visitor may know of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from fastapi import Request
from sqlalchemy import Connection

from contacts.care.named import Uncovered, named
from contacts.care.uncovered import first_uncovered, uncovered_of
from contacts.care.unowned import first_unowned
from contacts.web.board.access import Visitor
from contacts.web.board.proven import proven
from contacts.web.board.remedies import BY_ITSELF
from contacts.web.site import Site, site_of


@dataclass(frozen=True, slots=True)
class Exceptions:
    uncovered: list[Uncovered] = field(default_factory=list)
    """The longest out of touch first."""
    unowned: list[Uncovered] = field(default_factory=list)

    @property
    def by_reason(self) -> list[list[Uncovered]]:
        """The uncovered with the same reason together, the commonest first."""
        return _grouped(self.uncovered)

    @property
    def unowned_by_reason(self) -> list[list[Uncovered]]:
        return _grouped(self.unowned)

    @property
    def may_be_mended(self) -> bool:
        """Whether the sweep may find something for one of them."""
        return any(one.cause in BY_ITSELF for one in self.uncovered)


def exceptions(
    request: Request,
    connection: Connection,
    visitor: Visitor,
    *,
    of: Collection[int] | None = None,
    most: int,
) -> Exceptions:
    """The first of them; with `of` those of these owners' customers alone.

    How many there are is what was proven for this page: where nobody is, nobody is looked for.
    """
    site, found = site_of(request), proven(request, connection, visitor).seen
    if found is None or found.holds:
        return Exceptions()
    now, owners = site.clock(), visitor.own if of is None else of
    ids: list[int] = []
    if found.uncovered and owners is None:
        ids = first_uncovered(connection, now=now, limit=min(found.uncovered, most))
    elif found.uncovered and owners is not None:
        ids = uncovered_of(connection, owners, now=now, limit=most)
    unowned: list[Uncovered] = []
    if found.unowned and owners is None:
        unowned = first_unowned(connection, settings=site.settings, limit=most)
    uncovered = named(connection, ids, now=now, held=_held(site)) if ids else []
    return Exceptions(uncovered, unowned)


def _grouped(people: Iterable[Uncovered]) -> list[list[Uncovered]]:
    found: dict[tuple[str, str], list[Uncovered]] = {}
    for one in people:
        found.setdefault((one.cause, one.reason), []).append(one)
    return sorted(found.values(), key=len, reverse=True)


def _held(site: Site) -> Collection[str]:
    """The cadences that a fault keeps from being planned; it reads every message of theirs."""

    def read() -> Collection[str]:
        from contacts.workspace.plannable import plannable  # it takes long to import

        return frozenset(plannable(site.settings).held)

    return site.kept.get("held", read)[0]
