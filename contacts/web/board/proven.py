"""How customers are covered, for whoever looks: their own first, then everybody's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Connection

from contacts.care.freshness import Freshness, count_unowned_too, freshness, freshness_of
from contacts.care.proof import verdict
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
    unowned_too: int = 0
    """Of `seen` who has nothing planned and no owner either."""

    @property
    def seen(self) -> Proof | None:
        """Of all the customers whom the visitor may see."""
        return self.yours if self.yours is not None else self.everybody

    @property
    def exceptions(self) -> int:
        """How many customers, each once; 0 before anything was proven."""
        return self.seen.exceptions - self.unowned_too if self.seen is not None else 0

    @property
    def verdict(self) -> str:
        """The title of what was proven."""
        seen = self.seen
        return verdict(seen.active, self.exceptions) if seen is not None else "Not proven yet"


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
        found = freshness(connection, now=now, settings=settings, limit=0)
        everybody, twice = found.kept(now, {}), found.unowned_too
    else:
        everybody = latest(connection)
        twice = _unowned_too(site, connection, everybody) if visitor.own is None else 0
    if visitor.own is None:
        return Proven(everybody, None, twice)
    own = visitor.own

    def count() -> tuple[Freshness, datetime]:
        at = site.clock()
        return freshness_of(connection, own, now=at, settings=settings), at

    if anew or _many(site, connection, own) <= FEW:
        theirs, at = count()
    else:
        theirs, at = site.kept.get(("proven", own), count)[0]
    return Proven(everybody, theirs.kept(at, {}), theirs.unowned_too)


def _unowned_too(site: Site, connection: Connection, proof: Proof | None) -> int:
    """Of the last sweep's exceptions; a proof on record counts who is both in both."""
    if proof is None or not (proof.uncovered and proof.unowned):
        return 0

    def count() -> int:
        return count_unowned_too(connection, now=site.clock(), settings=site.settings)

    return min(site.kept.get("unowned too", count)[0], proof.uncovered, proof.unowned)


def _many(site: Site, connection: Connection, own: Collection[int] | None) -> int:
    """How many they were within the last minutes: enough to know whether they are few."""
    return site.kept.get(("many", own), lambda: counted(connection, own))[0]
