"""Whether a provider still owes the erasure of somebody whom we erased."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from contacts.privacy.requests import unconfirmed
from contacts.record.engine import reading
from contacts.record.upkeep.health import Finding, Verdict
from flows.erasure_words import waiting_words

_SOON = timedelta(hours=6)
"""So long a pass may have had other things to wait for, e.g. a message that was on its way."""


def erasure_finding(engine: Engine, *, now: datetime) -> Finding:
    """What is not confirmed, and why; what is young is only told."""
    with reading(engine) as connection:
        waiting = unconfirmed(connection)
    if not waiting:
        return Finding("erasures", Verdict.OK, "no provider owes one")
    said = "; ".join(f"{waiting_words(one)}, since {one.since:%d %b %Y}" for one in waiting)
    if all(now - one.since < _SOON for one in waiting):
        return Finding("erasures", Verdict.NOTE, said, "every pass asks again")
    return Finding(
        "erasures",
        Verdict.WARN,
        f"{said}; the record keeps addresses for it until then",
        "may the key do it (SendGrid: recipients.erasejob.create), and does a pass run? Once you "
        "did it there yourself: 'touchline privacy erase ID --by-hand'",
    )
