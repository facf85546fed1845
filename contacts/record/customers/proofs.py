"""The proofs that nobody goes stale, one a sweep, for the page and its plot over time.

They hold numbers alone. Callers own the transaction.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key


class FreshnessProof(Base):
    __tablename__ = "freshness_proofs"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    active: Mapped[int]
    by_touch: Mapped[int]
    by_task: Mapped[int]
    waived: Mapped[int]
    overdue: Mapped[int]
    uncovered: Mapped[int]
    stale: Mapped[int]
    unowned: Mapped[int]
    repaired: Mapped[dict[str, Any]] = mapped_column(JSON)
    """How many customers the sweep took in hand, by what: a cadence, `plan` or `task`."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a sweep left, and what it repaired."""

    at: datetime
    active: int
    by_touch: int
    by_task: int
    waived: int
    overdue: int
    """Out of touch for longer than they may be, in hand or not; for information."""
    uncovered: int
    stale: int
    """Of the uncovered those who are out of touch for too long."""
    unowned: int
    repaired: dict[str, int] = field(default_factory=dict)

    @property
    def covered(self) -> int:
        return self.by_touch + self.by_task + self.waived

    @property
    def exceptions(self) -> int:
        """Whom nobody has in hand, and whom nobody owns; who is both counts twice."""
        return self.uncovered + self.unowned

    @property
    def holds(self) -> bool:
        return self.exceptions == 0


def keep_proof(connection: Connection, proof: Proof) -> None:
    """Put a proof on record."""
    connection.execute(insert(FreshnessProof).values(asdict(proof)))


def latest(connection: Connection) -> Proof | None:
    """The proof of the last sweep; None before the first."""
    row = connection.execute(_PROOFS.order_by(*_NEWEST).limit(1)).one_or_none()
    return None if row is None else Proof(*row)


def history(connection: Connection, since: datetime) -> list[Proof]:
    """Every proof since an instant, oldest first."""
    rows = connection.execute(
        _PROOFS.where(FreshnessProof.at >= since).order_by(FreshnessProof.at, FreshnessProof.id)
    )
    return [Proof(*row) for row in rows]


_PROOFS = select(*(getattr(FreshnessProof, one.name) for one in fields(Proof)))
_NEWEST = (FreshnessProof.at.desc(), FreshnessProof.id.desc())
