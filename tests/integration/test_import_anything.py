"""Whatever bytes a file has, an import ends in a report or a clear refusal, never in a crash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, text

from contacts.cadences.faults import FaultyFile
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers, import_orders
from contacts.record.tables import Consent, Customer, Order
from contacts.settings import Settings
from tests.cast import NOW, ada

Import = Callable[..., Any]
_GOOD = {
    "email": ["ada@example.com", "ADA@example.com", "bob@example.com", "dora@example.com", ""],
    "phone": ["+12025550111", "+12025550122", "(415) 555-0123", ""],
    "first_name": ["Ada", "'=Ada", '"Ada\n& Bob"', ""],
    "timezone": ["Europe/Minsk", "UTC", ""],
    "country": ["US", "in", ""],
    "owner": ["olive@example.com", ""],
    "joined_on": ["2026-10-01", ""],
    "consent_email": ["yes", "no", ""],
    "consent_sms": ["yes", "no", ""],
    "consent_source": ["form", ""],
    "consent_at": ["2026-10-01", "2026-10-01T10:00+02:00", "2026-11-21", ""],
    "plan": ["pro", ""],
    "order_id": ["A-1", "A-2", "A-3"],
    "ordered_at": ["2026-11-01", "2026-11-01T10:00Z"],
    "amount": ["5", "-1.50"],
    "currency": ["EUR", "usd"],
}
_odd = st.one_of(
    st.sampled_from(["9" * 400, "911", "maybe", "9999-12-31T23:59:59-12:00", "0001-01-01", '"',
                     '""', "a,b", "\0", "\u202e", "\ud7ff", "\N{GRINNING FACE}"]),
    st.text(max_size=20),
)  # fmt: skip
_columns = st.one_of(
    st.lists(st.sampled_from([*_GOOD, ""]), min_size=1, max_size=14),
    st.lists(st.sampled_from(list(_GOOD)[2:12]), max_size=8, unique=True).map(
        lambda names: ["email", "phone", *names]
    ),
    st.just(["order_id", "email", "ordered_at", "amount", "currency"]),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files that look like CSV of ours, and now and then anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))
    columns = draw(_columns)
    cells = st.tuples(*[_cell(column) for column in columns])
    rows = draw(st.lists(cells, max_size=6))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(",".join(row) for row in [columns, *rows]).encode("utf-8", "surrogatepass")


FEW, MANY = 25, 400
"""Files in the suite, and in `make faults`."""


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_any_bytes_end_in_a_report_or_a_refusal(
    engine: Engine, settings: Settings, tmp_path: Path, examples: int
) -> None:
    path = tmp_path / "anything.csv"

    @tries(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
    @given(content=files(), strict=st.booleans())
    def any_file(content: bytes, strict: bool) -> None:
        path.write_bytes(content)
        _begin_anew(engine)
        for import_ in (import_customers, import_orders):
            _take_in(import_, engine, path, settings=settings, strict=strict)

    any_file()


def _take_in(
    import_: Import, engine: Engine, path: Path, *, settings: Settings, strict: bool
) -> None:
    before = _counts(engine)
    try:
        report = import_(engine, path, settings=settings, now=NOW, strict=strict)
    except FaultyFile:
        assert _counts(engine) == before
        return
    stored = report.created + report.updated + report.unchanged
    event(f"stored: {stored > 0}, refused: {report.refused > 0}")
    if not (strict and report.refused):
        assert stored + report.refused == report.rows
    kind = 0 if import_ is import_customers else 1
    assert _counts(engine)[kind] - before[kind] == report.created
    again = import_(engine, path, settings=settings, now=NOW, strict=strict)
    assert (again.created, again.updated) == (0, 0)
    _check_consistent(engine)


def _cell(column: str) -> st.SearchStrategy[str]:
    """Mostly one that is right for the column."""
    good = st.sampled_from(_GOOD.get(column, [""]))
    return st.integers(0, 30).flatmap(lambda dice: _odd if dice == 30 else good)


_LET_GO = {
    "sqlite": "DROP TRIGGER IF EXISTS consents_are_not_deleted",
    "postgresql": "SET LOCAL session_replication_role = replica",
}
"""What lets rows of consent go, which the database keeps otherwise."""


def _begin_anew(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text(_LET_GO[engine.dialect.name]))
        for table in (Order, Consent, Customer):
            connection.execute(delete(table))
        ada(connection)


def _counts(engine: Engine) -> tuple[int, int, int]:
    with reading(engine) as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (Customer, Order, Consent)
        ]
    return counts[0], counts[1], counts[2]


def _check_consistent(engine: Engine) -> None:
    with reading(engine) as connection:
        lost = select(func.count()).where(Customer.email.is_(None), Customer.phone.is_(None))
        assert connection.execute(lost).scalar_one() == 0
        unproven = select(func.count()).where(Consent.granted, Consent.source == "")
        assert connection.execute(unproven).scalar_one() == 0
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
