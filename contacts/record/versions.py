"""The cadences as they were when customers started on them."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, insert, select

from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence
from contacts.record.many import one_of
from contacts.record.tables import CadenceVersion


def version_of(
    connection: Connection, *, name: str, sha256: str, source: str, now: datetime
) -> int:
    """The id of this text of the cadence, stored at its first use."""
    known = select(CadenceVersion.id).where(
        CadenceVersion.name == name, CadenceVersion.sha256 == sha256
    )
    found = connection.execute(known).scalar_one_or_none()
    if found is not None:
        return int(found)
    row = {"name": name, "sha256": sha256, "source": source, "created_at": now}
    stored = connection.execute(insert(CadenceVersion).values(row).returning(CadenceVersion.id))
    return int(stored.scalar_one())


def cadences_of(connection: Connection, version_ids: Iterable[int]) -> dict[int, Cadence]:
    """The cadence behind each version id."""
    rows = connection.execute(_VERSIONS, {"versions": set(version_ids)})
    return {row.id: _parsed(row.source, row.name) for row in rows}


@lru_cache(maxsize=512)
def _parsed(source: str, name: str) -> Cadence:
    return parse_cadence(source, f"{name}.yaml")


_VERSIONS = select(CadenceVersion.id, CadenceVersion.name, CadenceVersion.source).where(
    one_of(CadenceVersion.id, "versions")
)
