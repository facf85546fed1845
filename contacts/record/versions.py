"""The cadences as they were when customers started on them."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, func, select

from contacts.cadences.faults import FaultyFile
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.tables import CadenceVersion

_log = logging.getLogger(__name__)


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
    # Another planner may store it between our look and our insert; then its row is ours as well.
    connection.execute(
        insert_into(connection.dialect.name, CadenceVersion).values(row).on_conflict_do_nothing()
    )
    return int(connection.execute(known).scalar_one())


def cadences_of(connection: Connection, version_ids: Iterable[int]) -> dict[int, Cadence]:
    """The cadence behind each version id; one that cannot be read (any more) is left out."""
    rows = connection.execute(_VERSIONS, {"versions": set(version_ids)})
    read = {row.id: _parsed(row.id, row.name, row.source) for row in rows}
    return {version: cadence for version, cadence in read.items() if cadence is not None}


def last_versions(
    connection: Connection, names: Collection[str]
) -> dict[str, tuple[Cadence | None, str]]:
    """Of these cadences the last that anybody started on, and its text, by its name.

    None instead of one that cannot be read (any more).
    """
    rows = connection.execute(_LAST, {"names": names}).all()
    return {row.name: (_parsed(row.id, row.name, row.source), row.source) for row in rows}


@lru_cache(maxsize=512)
def _parsed(version_id: int, name: str, source: str) -> Cadence | None:
    """None where this release refuses the text, and one line in the log says which it is.

    A damaged row, or a rule that became stricter, must hold up nobody but those who are on it.
    """
    try:
        return parse_cadence(source, f"{name}.yaml", usual=None)
    except FaultyFile:
        _log.error("cadence '%s': its stored version %s cannot be read", name, version_id)
        return None


_VERSIONS = select(CadenceVersion.id, CadenceVersion.name, CadenceVersion.source).where(
    one_of(CadenceVersion.id, "versions")
)
_LAST = select(CadenceVersion.id, CadenceVersion.name, CadenceVersion.source).where(
    CadenceVersion.id.in_(
        select(func.max(CadenceVersion.id))
        .where(one_of(CadenceVersion.name, "names"))
        .group_by(CadenceVersion.name)
    )
)
