"""C17, C23: consent is proven by rows that nobody changes, and what is only implied ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.imports.report import ImportReport
from contacts.record.tables import Consent
from contacts.record.timeline import timeline
from contacts.settings import Settings
from contacts.web.board.person import look_up
from tests.cast import NOW, ada, agrees, customer
from tests.world import world

HEADER = "email,phone,consent_email,consent_sms,consent_source,consent_at"
MORE = f"{HEADER},consent_kind,consent_wording,consent_expires"
ROW = "ada@example.com,+12025550111,yes,yes,webshop,{at},{kind},{wording},{expires}"
NEWS = "  - {key: offer, channel: email, template: offer, day: 0}\n"
TEXT = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
TWO_YEARS_AGO = NOW.replace(year=2024)
Run = Callable[..., ImportReport]


@pytest.fixture
def run(engine: Engine, settings: Settings, tmp_path: Path) -> Run:
    """Import one row of a file, as it is `now`."""

    def import_row(row: str, *, header: str = MORE, now: datetime = NOW) -> ImportReport:
        path = tmp_path / "customers.csv"
        path.write_text(f"{header}\n{row}\n", encoding="utf-8")
        return import_customers(engine, path, settings=settings, now=now)

    return import_row


def row(**changes: str) -> str:
    values = {"at": "2026-11-01T00:00:00Z", "kind": "", "wording": "", "expires": ""}
    return ROW.format(**values | changes)


def kept(engine: Engine, channel: str = "email") -> list[Any]:
    with reading(engine) as connection:
        query = select(Consent).where(Consent.channel == channel).order_by(Consent.id)
        return list(connection.execute(query))


@pytest.mark.parametrize(
    "change",
    [
        update(Consent).values(granted=True),
        update(Consent).values(source="a better form"),
        update(Consent).values(evidence=""),
        update(Consent).values(redacted_at=NOW, granted=False),
        update(Consent).values(redacted_at=NOW, at=NOW - timedelta(days=9)),
        update(Consent).values(redacted_at=NOW, expires_at=NOW),
        delete(Consent),
    ],
)
def test_c17_the_database_refuses_to_change_a_row_of_consent(engine: Engine, change: Any) -> None:
    with writing(engine) as connection:
        ada(connection)
    before = kept(engine)
    with pytest.raises(IntegrityError, match="append-only"), writing(engine) as connection:
        connection.execute(change)
    assert kept(engine) == before


def test_c17_an_erasure_blanks_texts_and_leaves_its_mark(engine: Engine) -> None:
    with writing(engine) as connection:
        ada(connection)
    with writing(engine) as connection:
        connection.execute(update(Consent).values(source="erased", redacted_at=NOW))
    assert {(one.source, one.granted, one.redacted_at) for one in kept(engine)} == {
        ("erased", True, NOW)
    }
    for unmarked in (None, {"redacted_at": None, "source": "a form"}):
        change = update(Consent).values(unmarked or {"granted": False})
        with pytest.raises(IntegrityError, match="append-only"), writing(engine) as connection:
            connection.execute(change)


def test_c17_a_row_says_who_what_when_how_and_in_which_words(engine: Engine, run: Run) -> None:
    run(row(wording='"Monthly news, v3"'))
    (said,) = kept(engine)
    assert (said.granted, said.kind, said.purpose, said.expires_at) == (True, "express", "", None)
    assert (said.source, said.wording) == ("webshop", "Monthly news, v3")
    assert (said.at, said.recorded_at) == (datetime(2026, 11, 1, tzinfo=UTC), NOW)
    assert said.evidence == "customers.csv:2"


@pytest.mark.parametrize("missing", ["webshop", "2026-11-01T00:00:00Z"])
def test_c17_a_yes_without_its_source_or_date_is_refused(
    engine: Engine, run: Run, missing: str
) -> None:
    report = run(row().replace(missing, ""))
    assert report.refused == 1
    assert kept(engine) == []


@pytest.mark.parametrize(("steps", "purpose"), [(NEWS, "marketing"), (TEXT, "service")])
async def test_c17_nothing_that_needs_consent_leaves_without_a_row_of_it(
    sqlite_engine: Engine, settings: Settings, steps: str, purpose: str
) -> None:
    with writing(sqlite_engine) as connection:
        customer(connection, email="dora@example.com", phone="+12025550144")
    small = world(sqlite_engine, settings, steps, purpose=purpose)
    await small.tick(NOW)
    assert (small.email.got, small.sms.got) == ([], [])
    assert [reason for _, _, reason in small.touches()] == ["consent"]


@pytest.mark.parametrize(
    ("given", "leaves"), [(TWO_YEARS_AGO + timedelta(days=1), True),
                          (TWO_YEARS_AGO - timedelta(days=1), False)],
)  # fmt: skip
async def test_c23_implied_consent_is_over_after_two_years(
    engine: Engine, settings: Settings, run: Run, given: datetime, leaves: bool
) -> None:
    run(row(kind="implied", at=given.isoformat()))
    small = world(engine, settings, NEWS, purpose="marketing")
    await small.tick(NOW)
    told = ("accepted", None) if leaves else ("skipped", "consent_expired")
    assert small.touches() == [("offer", *told)]
    assert len(small.email.got) == leaves


async def test_c23_one_that_expires_before_the_gate_does_not_pass_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        dora = customer(connection, email="dora@example.com")
        agrees(connection, dora, "email", at=NOW, expires_at=NOW + timedelta(hours=1))
    small = world(sqlite_engine, settings, NEWS, purpose="marketing")
    small.plan(NOW)
    await small.send(NOW + timedelta(hours=1))
    assert small.touches() == [("offer", "skipped", "consent_expired")]


def test_c23_the_file_may_say_until_when_and_express_consent_has_no_end(
    engine: Engine, run: Run
) -> None:
    run(row(kind="implied", expires="2027-05-01"))
    run(row(at="2026-11-02T00:00:00Z"))
    first, second = kept(engine)
    assert (first.kind, first.expires_at) == ("implied", datetime(2027, 5, 1, 4, tzinfo=UTC))
    assert (second.kind, second.expires_at) == ("express", None)


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"kind": "maybe"}, "express"), ({"expires": "soon"}, "YYYY-MM-DD"),
     ({"expires": "2026-10-31"}, "before consent_at")],
)  # fmt: skip
def test_a_kind_or_an_end_that_cannot_be_is_refused(
    engine: Engine, run: Run, changes: dict[str, str], word: str
) -> None:
    report = run(row(**changes))
    assert (report.refused, kept(engine)) == (1, [])
    assert word in report.faults[0].message


def test_what_is_implied_never_shortens_what_was_said_outright(engine: Engine, run: Run) -> None:
    run(row())
    run(row(kind="implied", at="2026-11-10T00:00:00Z"))
    assert [one.kind for one in kept(engine)] == ["express"]


def test_a_later_purchase_renews_what_is_implied_and_the_same_file_does_not(
    engine: Engine, run: Run
) -> None:
    for at in ("2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z", "2026-11-10T00:00:00Z"):
        run(row(kind="implied", at=at))
    assert [one.at.day for one in kept(engine)] == [1, 10]


def test_an_end_is_told_on_the_timeline_and_on_the_customers_page(
    engine: Engine, settings: Settings, run: Run
) -> None:
    run(row(kind="implied", at="2024-02-29T04:00:00Z", wording="bought a kettle"))
    with reading(engine) as connection:
        who = connection.execute(select(Consent.customer_id)).scalars().first() or 0
        story = {one.title: one for one in timeline(connection, who, now=NOW)}
        person = look_up(connection, who, settings=settings, now=NOW)
    given = story["Agreed to e-mail"].detail
    assert given == (
        "webshop (customers.csv, line 2); implied; until Fri 27 Feb 2026; to: bought a kettle"
    )
    assert story["Consent to e-mail expired"].at == datetime(2026, 2, 28, 4, tzinfo=UTC)
    assert person is not None
    assert [(one.is_implied, one.is_expired) for one in person.permissions] == [(True, True)] * 2
