"""How customers are covered, for whoever looks: their own first, then everybody's."""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Connection

from contacts.care.freshness import freshness, freshness_of
from contacts.record.customers.proofs import Proof, latest
from contacts.web.board.access import Visitor
from contacts.web.board.book import counted
from contacts.web.site import Site, site_of

FEW = 2_000
"""Customers of whom everything is proven anew for each page; of more it is kept for minutes."""


@dataclass(frozen=True, slots=True)
class Proven:
    everybody: Proof | None
    """Of this moment where they are few, else of the last sweep; None before the first one."""
    yours: Proof | None
    """Of an owner's own customers, and of those whom they stand in for; None for other roles."""

    @property
    def seen(self) -> Proof | None:
        """Of all the customers whom the visitor may see."""
        return self.yours if self.yours is not None else self.everybody

    @property
    def exceptions(self) -> int:
        """Among the customers whom the visitor may see; 0 before anything was proven."""
        return self.seen.exceptions if self.seen is not None else 0


def proven(
    request: Request, connection: Connection, visitor: Visitor, *, anew: bool = False
) -> Proven:
    """Looked up once for a page, whoever of it asks; `anew` counts everybody, however many."""
    found: Proven | None = getattr(request.state, "proven", None)
    if found is None or anew:
        found = _look(site_of(request), connection, visitor, anew=anew)
        request.state.proven = found
    return found


def _look(site: Site, connection: Connection, visitor: Visitor, *, anew: bool) -> Proven:
    now, settings = site.clock(), site.settings
    everybody: Proof | None
    if anew or _many(site, connection, None) <= FEW:
        everybody = freshness(connection, now=now, settings=settings, limit=0).kept(now, {})
    else:
        everybody = latest(connection)
    if visitor.own is None:
        return Proven(everybody, None)
    own = visitor.own

    def count() -> Proof:
        found = freshness_of(connection, own, now=site.clock(), settings=settings)
        return found.kept(now, {})

    if anew or _many(site, connection, own) <= FEW:
        return Proven(everybody, count())
    return Proven(everybody, site.kept.get(("proven", own), count)[0])


def _many(site: Site, connection: Connection, own: Collection[int] | None) -> int:
    """How many they were within the last minutes: enough to know whether they are few."""
    return site.kept.get(("many", own), lambda: counted(connection, own))[0]
