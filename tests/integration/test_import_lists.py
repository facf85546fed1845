"""C08: the lists of addresses that SendGrid no longer writes to are taken over from its exports."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from contacts.cadences.reach import Scope
from contacts.listening.lists import ListOf, import_list
from contacts.record.consent.suppression import lift, suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.imports import ImportReport
from contacts.record.tables import Consent, Suppression
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import enrolled, planned, state_of

Take = Callable[..., ImportReport]
ADA, STRANGER = "ada@example.com", "nobody@example.net"


@pytest.fixture
def take(sqlite_engine: Engine, settings: Settings, tmp_path: Path) -> Take:
    """Import these lines as a list."""

    def run(of: ListOf, *lines: str) -> ImportReport:
        path = tmp_path / f"{of}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_list(sqlite_engine, path, of=of, settings=settings, now=NOW)

    return run


def left_alone(engine: Engine) -> dict[str, tuple[str, str, datetime]]:
    """By address: reason, scope and when."""
    known = {address_hash(SIGNING_KEY, one): one for one in (ADA, STRANGER)}
    with reading(engine) as connection:
        rows = connection.execute(select(Suppression).where(Suppression.lifted_at.is_(None)))
        return {known[row.address_hash]: (row.reason, row.scope, row.at) for row in rows}


def stop(engine: Engine, source: str, scope: Scope) -> None:
    with writing(engine) as connection:
        suppress(
            connection,
            address_hash=address_hash(SIGNING_KEY, ADA),
            channel="email",
            reason="opt_out",
            source=source,
            at=NOW - timedelta(days=2),
            scope=scope,
        )


def lift_at(engine: Engine, at: datetime) -> None:
    hashed = address_hash(SIGNING_KEY, ADA)
    with writing(engine) as connection:
        lift(connection, address_hash=hashed, channel="email", reason="opt_out", at=at)


def words(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(Consent)).scalar_one()


def test_c08_sendgrids_unsubscribes_stop_all_mail_once(sqlite_engine: Engine, take: Take) -> None:
    with writing(sqlite_engine) as connection:
        one = ada(connection)
        touch = planned(connection, one, enrolled(connection, one))
    lines = ("email,created", "Ada@example.com,1700000000", f"{STRANGER},2023-11-14 22:13:20")
    assert take(ListOf.UNSUBSCRIBES, *lines).created == 2
    at = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    everything = {ADA: ("opt_out", "all", at), STRANGER: ("opt_out", "all", at)}
    assert left_alone(sqlite_engine) == everything
    assert state_of(sqlite_engine, touch) == "skipped"
    before = words(sqlite_engine)
    assert take(ListOf.UNSUBSCRIBES, *lines).unchanged == 2
    assert words(sqlite_engine) == before


def test_c05_c08_a_bounce_over_our_own_authentication_says_nothing(
    sqlite_engine: Engine, take: Take
) -> None:
    report = take(
        ListOf.BOUNCES,
        "status,reason,email,created",
        f"5.1.1,550 5.1.1 no such user,{ADA},1700000000",
        f"5.7.515,550 5.7.515 access denied,{STRANGER},1700000000",
    )
    assert (report.created, report.unchanged, len(report.warnings)) == (1, 1, 1)
    assert {one: word[0] for one, word in left_alone(sqlite_engine).items()} == {ADA: "bounced"}


def test_c08_a_spam_report_counts_and_a_row_without_its_date_is_refused(
    sqlite_engine: Engine, take: Take
) -> None:
    report = take(
        ListOf.SPAM_REPORTS, "ip,email,created", f"192.0.2.1,{ADA},1700000000", f",{STRANGER},soon"
    )
    assert (report.created, report.refused) == (1, 1)
    assert {one: word[0] for one, word in left_alone(sqlite_engine).items()} == {ADA: "complained"}


@pytest.mark.parametrize("of", [ListOf.BOUNCES, ListOf.SPAM_REPORTS])
@pytest.mark.parametrize("is_lifted", [False, True])
def test_what_nobody_can_take_back_counts_beside_their_own_stop(
    sqlite_engine: Engine, take: Take, of: ListOf, is_lifted: bool
) -> None:
    stop(sqlite_engine, "unsubscribe link", Scope.ALL)
    if is_lifted:
        lift_at(sqlite_engine, NOW)
    lines = ("email,created", f"{ADA},1700000000")
    assert take(of, *lines).created == 1
    reason = "bounced" if of is ListOf.BOUNCES else "complained"
    assert [word[:2] for word in left_alone(sqlite_engine).values()] == [(reason, "all")]
    assert take(of, *lines).unchanged == 1


@pytest.mark.parametrize(
    ("source", "scope", "new"),
    [
        ("sendgrid unsubscribe", Scope.MARKETING, 1),
        ("preference page", Scope.ALL, 1),  # which they could lift there, and SendGrid would not
        ("by e-mail", Scope.ALL, 0),
    ],
)
def test_an_unsubscribe_of_a_list_is_news_where_it_says_more(
    sqlite_engine: Engine, take: Take, source: str, scope: Scope, new: int
) -> None:
    stop(sqlite_engine, source, scope)
    lines = ("email,created", f"{ADA},1700000000")
    assert take(ListOf.UNSUBSCRIBES, *lines).created == new
    with reading(sqlite_engine) as connection:
        kept = connection.execute(select(Suppression)).one()
    assert (kept.source, kept.scope) == ("SendGrid's unsubscribes" if new else source, "all")
    assert take(ListOf.UNSUBSCRIBES, *lines).unchanged == 1


def test_what_they_lifted_later_stays_lifted(sqlite_engine: Engine, take: Take) -> None:
    lines = ("email,created", f"{ADA},1700000000")
    take(ListOf.UNSUBSCRIBES, *lines)
    lift_at(sqlite_engine, NOW - timedelta(days=1))
    assert take(ListOf.UNSUBSCRIBES, *lines).unchanged == 1
    assert left_alone(sqlite_engine) == {}
