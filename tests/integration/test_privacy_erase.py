"""An erased customer is in no row of the record; the ledger adds up, and they stay left alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, select, update

from contacts.privacy.erase import Erased, erase, what_goes
from contacts.privacy.leftovers import compact, sqlite_files
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.errors import ErasedCustomer
from contacts.record.imports import import_customers, import_orders
from contacts.record.phrases import NoteKind
from contacts.record.tables import (
    Attempt,
    Consent,
    Customer,
    Enrolment,
    Event,
    Message,
    Order,
    Queued,
    StuckEvent,
    Suppression,
    Task,
    Touch,
)
from contacts.record.touches.attempts import unsettled
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, customer
from tests.sent import enrolled, sent
from tests.whole_record import Cast, counts, everything, whole

NAMING = ("ada@example.com", "2025550111", "Archer", "ARCHER", "Ada", "archer", "<1@", "seats")


def filled(engine: Engine) -> Cast:
    with writing(engine) as connection:
        return everything(connection)


def gone(engine: Engine, customer_id: int) -> Erased:
    return erase(engine, customer_id, signing_key=SIGNING_KEY, now=NOW)


def rows(engine: Engine, query: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(query))


def test_c20_no_row_names_an_erased_customer(engine: Engine) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    left = whole(engine).replace("nada@example.com", "")
    requests = whole(engine, "erasure_requests")  # they keep the address until it is confirmed
    assert [word for word in NAMING if word in left.replace(requests, "")] == []
    assert "bob@example.com" in left


def test_what_was_quoted_of_others_is_struck_out_of_their_words_alone(engine: Engine) -> None:
    cast = filled(engine)
    assert gone(engine, cast.ada).mentions == 4
    (note,) = rows(engine, select(Event.detail).where(Event.customer_id == cast.bob))
    assert note.detail == "A friend of [erased] ([erased]), not of nada@example.com"
    proof = select(Consent.source, Consent.evidence).where(Consent.evidence != "")
    assert [tuple(row) for row in rows(engine, proof)] == [("form", "sent on by [erased]")]
    (bob,) = rows(engine, select(Customer.attributes).where(Customer.id == cast.bob))
    assert bob.attributes == {"knows": "[erased]"}


def test_c20_the_ledger_keeps_its_rows(engine: Engine) -> None:
    cast = filled(engine)
    before = counts(engine)
    with reading(engine) as connection:
        told = what_goes(connection, cast.ada)
    assert gone(engine, cast.ada).counts == told
    after = counts(engine)
    gained = {name for name in after if after[name] > before[name]}
    lost = {name for name in after if after[name] < before[name]}
    assert gained == {"erasures", "erasure_requests", "suppressions"}
    theirs = {"benefits", "links", "messages", "orders", "contracts", "queue"}
    assert lost == theirs | {"order_changes", "order_rhythms", "signals"}


def test_what_is_planned_or_waits_for_a_person_ends_with_its_reason(engine: Engine) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    ended = select(Touch.state, Touch.reason).where(Touch.id.in_([cast.planned, cast.waiting]))
    assert {tuple(row) for row in rows(engine, ended)} == {("skipped", "erased")}
    assert rows(engine, select(Queued)) == []
    assert {row.state for row in rows(engine, select(Task))} == {"done"}
    enrolments = rows(engine, select(Enrolment.state, Enrolment.reason))
    assert {tuple(row) for row in enrolments} == {("stopped", "erased")}
    made = select(Touch.state).where(Touch.id.in_([cast.mail.touch_id, cast.sms.touch_id]))
    assert {row.state for row in rows(engine, made)} == {"accepted"}


@pytest.mark.parametrize(("channel", "keeps"), [("email", ""), ("sms", "+12025550111")])
def test_a_message_on_its_way_keeps_what_it_is_looked_up_by_and_no_more(
    engine: Engine, channel: str, keeps: str
) -> None:
    with writing(engine) as connection:
        her = customer(connection, email="ada@example.com", phone="+12025550111")
        address = "ada@example.com" if channel == "email" else "+12025550111"
        on_its_way = sent(connection, her, channel=channel, state="sending", address=address)
        words = {"state": "unknown"}
        connection.execute(update(Touch).where(Touch.id == on_its_way.touch_id).values(words))
    assert gone(engine, her).on_the_way == 1
    assert len(rows(engine, select(Attempt).where(unsettled()))) == 1
    (kept,) = rows(engine, select(Message))
    assert kept.address == keeps
    assert bool(kept.text) == bool(keeps), "Twilio's list is searched for its words"


def test_a_message_that_waited_for_a_persons_word_is_given_up(engine: Engine) -> None:
    with writing(engine) as connection:
        her = customer(connection, email="ada@example.com")
        held = sent(connection, her, state="unknown")
        review = {"state": "needs_review", "reason": "in_doubt"}
        connection.execute(update(Touch).where(Touch.id == held.touch_id).values(review))
    assert gone(engine, her).on_the_way == 0
    assert [tuple(row) for row in rows(engine, select(Touch.state, Touch.reason))] == [
        ("failed", "erased")
    ]
    assert rows(engine, select(Message)) == []


def test_c21_the_addresses_stay_suppressed_under_their_hashes(engine: Engine) -> None:
    cast = filled(engine)
    earlier = NOW - timedelta(days=9)
    mail, phone = (
        address_hash(SIGNING_KEY, one) for one in ("ada@example.com", "+12025550111")
    )  # fmt: skip
    with writing(engine) as connection:
        suppress(connection, address_hash=mail, channel="email", reason="complained",
                 source="spam complaint", at=earlier)  # fmt: skip
    gone(engine, cast.ada)
    found = {row.address_hash: row for row in rows(engine, select(Suppression))}
    assert (found[mail].reason, found[mail].at, found[mail].erased_at) == (
        "complained", earlier, NOW,
    )  # fmt: skip
    assert (found[phone].reason, found[phone].channel) == ("erased", "sms")


def test_c21_a_suppression_that_was_lifted_holds_again(engine: Engine) -> None:
    cast = filled(engine)
    phone = address_hash(SIGNING_KEY, "+12025550111")
    with writing(engine) as connection:
        row = {"address_hash": phone, "channel": "sms", "reason": "opt_out", "source": "SMS reply",
               "at": NOW, "lifted_at": NOW}  # fmt: skip
        connection.execute(insert(Suppression).values(row))
    gone(engine, cast.ada)
    (found,) = rows(engine, select(Suppression).where(Suppression.address_hash == phone))
    assert (found.reason, found.lifted_at) == ("erased", None)


def test_a_phone_that_somebody_else_has_as_well_stays_theirs(engine: Engine) -> None:
    with writing(engine) as connection:
        her = customer(connection, email="ada@example.com", phone="+12025550111")
        customer(connection, email="bob@example.com", phone="+12025550111")
    done = gone(engine, her)
    assert [one.is_shared for one in done.addresses] == [False, True]
    assert {row.channel for row in rows(engine, select(Suppression))} == {"email"}
    assert [row.phone for row in rows(engine, select(Customer.phone).order_by(Customer.id))] == [
        None, "+12025550111",
    ]  # fmt: skip


def test_a_second_erasure_changes_nothing(engine: Engine) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    before = whole(engine)
    again = erase(engine, cast.ada, signing_key=SIGNING_KEY, now=NOW + timedelta(days=1))
    assert (again.is_new, again.at) == (False, NOW)
    assert whole(engine) == before


def test_c21_an_import_leaves_the_erased_out_and_says_where_they_stand(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    people, orders = tmp_path / "customers.csv", tmp_path / "orders.csv"
    people.write_text(
        "email,phone,first_name,consent_email,consent_source,consent_at\n"
        "eve@example.com,,Eve,,,\n"
        "ADA@example.com,,Ada,yes,form,2026-11-19\n"
        ",+12025550111,Ada,,,\n"
    )
    orders.write_text(
        "order_id,email,ordered_at,amount,currency\nO-9,ada@example.com,2026-11-19,5,USD\n"
    )
    came = import_customers(engine, people, settings=settings, now=NOW, strict=True)
    assert (came.created, came.left_out, came.refused) == (1, 2, 0)
    assert [(one.line, one.column) for one in came.warnings] == [(3, 1), (4, 2)]
    assert "erased on request" in came.warnings[0].message
    bought = import_orders(engine, orders, settings=settings, now=NOW)
    assert (bought.left_out, bought.refused) == (1, 0)
    assert rows(engine, select(Order)) == []
    assert "ada" not in whole(engine, "customers", "consents").casefold()


def test_c20_the_files_of_sqlite_hold_nothing_of_the_erased(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        her = customer(connection, email="ada@example.com", first_name="Adamantia")
        enrolment = enrolled(connection, her)
        for number in range(40):  # over many pages, and some of it deleted before without a trace
            words = {"text": f"Adamantia {number} " * 200}
            sent(connection, her, step=f"s{number}", enrolment_id=enrolment, words=words,
                 at=NOW - timedelta(days=number))  # fmt: skip
    with writing(sqlite_engine) as connection:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("DELETE FROM messages WHERE attempt_id LIKE '%1'")
        connection.exec_driver_sql("UPDATE erasure_requests SET target = NULL")
    gone(sqlite_engine, her)
    with writing(sqlite_engine) as connection:
        connection.exec_driver_sql("UPDATE erasure_requests SET target = NULL")  # as if confirmed
    assert compact(sqlite_engine) is None
    content = b"".join(path.read_bytes() for path in sqlite_files(sqlite_engine))
    assert len(content) > 4096
    assert b"damantia" not in content
    assert b"ada@example.com" not in content


def test_c20_postgresql_is_vacuumed_with_its_samples(postgresql_engine: Engine) -> None:
    cast = filled(postgresql_engine)
    with postgresql_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE customers")
    gone(postgresql_engine, cast.ada)
    assert compact(postgresql_engine) is None
    with reading(postgresql_engine) as connection:
        samples = connection.exec_driver_sql(
            "SELECT histogram_bounds::text || most_common_vals::text FROM pg_stats"
        )
        assert "ada@example.com" not in " ".join(str(row[0]) for row in samples)


def test_nothing_more_is_noted_about_the_erased(engine: Engine) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    before = whole(engine)
    with (
        pytest.raises(ErasedCustomer, match=r"erased on 2026-11-20"),
        writing(engine) as connection,
    ):
        record_note(connection, Note(cast.ada, NoteKind.NOTE, "Ada is back", at=NOW), now=NOW)
    assert whole(engine) == before


def test_the_page_of_the_erased_has_what_happened_and_nothing_of_theirs(
    engine: Engine, settings: Settings
) -> None:
    cast = filled(engine)
    gone(engine, cast.ada)
    with TestClient(create_app(settings, engine, clock=lambda: NOW)) as client:
        page = client.get(f"/customers/{cast.ada}", headers={"Host": "127.0.0.1"}).text
    assert "Erased on" in page
    assert "data were erased" in page, "what was skipped is told with its reason"
    assert [word for word in NAMING if word in page] == []


def test_c20_an_event_that_nobody_could_apply_goes_though_it_writes_the_address_as_a_url(
    engine: Engine,
) -> None:
    cast = filled(engine)
    common = {"provider": "sendgrid", "received_at": NOW, "why": "KeyError"}
    pages = {"hers": "https://example.com/?e=Ada%40example.com", "other": "nada%40example.com"}
    with writing(engine) as connection:
        stuck = [common | {"event_id": name, "said": {"url": url}} for name, url in pages.items()]
        connection.execute(insert(StuckEvent), stuck)
    gone(engine, cast.ada)
    assert [row.event_id for row in rows(engine, select(StuckEvent.event_id))] == ["other"]
