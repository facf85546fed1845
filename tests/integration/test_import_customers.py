"""Customers from CSV: what goes in, what a second import changes, and what it never changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, func, select

from contacts.record.consent.suppression import consents
from contacts.record.engine import reading, writing
from contacts.record.imports import ImportReport, import_customers
from contacts.record.imports.run import CHUNK
from contacts.record.tables import Consent, Customer, OwnerRow
from contacts.settings import Settings, SettingsError, load_settings
from tests.cast import NOW, agrees, cleo, customer

HEADER = "email,phone,first_name,timezone,owner,consent_email,consent_sms,consent_source,consent_at"
ADA = "ada@example.com,+12025550111,Ada,America/New_York,olive@example.com,yes,no,form,2026-10-01"
Import = Callable[..., ImportReport]


@pytest.fixture
def run(engine: Engine, settings: Settings, tmp_path: Path) -> Import:
    """Import these lines as customers.csv."""

    def run(*lines: str, now: datetime = NOW, **options: Any) -> ImportReport:
        path = tmp_path / "customers.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_customers(engine, path, settings=settings, now=now, **options)

    return run


def test_a_row_becomes_a_customer_with_consent_and_its_proof(run: Import, engine: Engine) -> None:
    report = run(HEADER + ",plan", ADA + ",pro")
    assert (report.rows, report.created, report.refused) == (1, 1, 0)
    ada = _only(engine)
    assert (ada.first_name, ada.phone, ada.timezone) == ("Ada", "+12025550111", "America/New_York")
    assert (ada.country, ada.locale, ada.joined_on) == ("US", "en", date(2026, 11, 20))
    assert ada.attributes == {"plan": "pro"}
    assert not ada.timezone_assumed
    said = {row.channel: row for row in _consents(engine)}
    assert said["email"].granted
    assert not said["sms"].granted
    assert said["email"].source == "form"
    assert said["email"].evidence == "customers.csv:2"
    assert said["email"].at == datetime(2026, 10, 1, 4, tzinfo=UTC)  # midnight in New York
    with reading(engine) as connection:
        owner = connection.execute(select(OwnerRow).where(OwnerRow.id == ada.owner_id)).one()
    assert owner.email == "olive@example.com"


@pytest.mark.parametrize(
    ("given", "put", "place"),
    [
        ("business_name", 'default_timezone = "EST"\nbusiness_name',
         "1:20: default_timezone: 'EST' is not a time zone we can use"),
        ("+12025550100", "+1 (202) 555-0100 ext. 7",
         "8:9: owner olive@example.com: phone: '+1 (202) 555-0100 ext. 7' is longer than 16"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_told_at_its_line(
    sqlite_engine: Engine, workspace: Path, given: str, put: str, place: str
) -> None:
    toml = workspace / "touchline.toml"
    toml.write_text(toml.read_text("utf-8").replace(given, put, 1), encoding="utf-8")
    path = workspace / "customers.csv"
    path.write_text("email\nada@example.com\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        import_customers(sqlite_engine, path, settings=load_settings(workspace), now=NOW)
    assert str(refused.value).startswith(f"{toml}:{place}")


def test_importing_twice_changes_nothing(run: Import, engine: Engine) -> None:
    run(HEADER, ADA)
    before = _only(engine), _consents(engine)
    report = run(HEADER, ADA, now=NOW + timedelta(days=1))
    assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
    assert (_only(engine), _consents(engine)) == before


def test_a_second_import_changes_only_what_changed(run: Import, engine: Engine) -> None:
    run(HEADER, ADA)
    later = NOW + timedelta(days=1)
    report = run("email,first_name", "ADA@Example.com,Ada Maria", now=later)
    assert report.updated == 1
    ada = _only(engine)
    assert (ada.first_name, ada.phone, ada.created_at) == ("Ada Maria", "+12025550111", NOW)
    assert ada.updated_at == later
    assert ada.timezone == "America/New_York"


def test_blank_cells_empty_words_and_leave_what_they_cannot_know(
    run: Import, engine: Engine
) -> None:
    run(HEADER + ",plan", ADA + ",pro")
    run("email,first_name,timezone,owner,phone,plan,joined_on", "ada@example.com,,,,,,")
    ada = _only(engine)
    assert (ada.first_name, ada.owner_id, ada.phone, ada.attributes) == ("", None, None, {})
    assert ada.timezone == "America/New_York"
    assert ada.joined_on == date(2026, 11, 20)


def test_a_limit_of_silence_is_kept_until_a_blank_cell_takes_it_back(
    run: Import, engine: Engine
) -> None:
    run("email,freshness_days", "ada@example.com,21")
    assert _only(engine).freshness_days == 21
    run("email,first_name", "ada@example.com,Ada")
    assert _only(engine).freshness_days == 21
    refused = run("email,freshness_days", "ada@example.com,soon")
    assert refused.refused == 1
    assert _only(engine).freshness_days == 21
    run("email,freshness_days", "ada@example.com,")
    assert _only(engine).freshness_days is None


def test_a_blank_zone_is_assumed_from_the_phone_and_said_so(run: Import, engine: Engine) -> None:
    run("email,phone", "ada@example.com,+14155550123", "bob@example.com,")
    with reading(engine) as connection:
        rows = connection.execute(select(Customer).order_by(Customer.id)).all()
    assert [(row.timezone, row.timezone_assumed) for row in rows] == [
        ("America/Los_Angeles", True),
        ("UTC", True),
    ]


def test_an_assumed_zone_follows_a_new_phone(run: Import, engine: Engine) -> None:
    run("email,phone", "ada@example.com,+14155550123")
    run("email,phone", "ada@example.com,+12025550111")
    assert _only(engine).timezone == "America/New_York"
    run("email,timezone", "ada@example.com,Europe/Minsk")
    run("email,phone", "ada@example.com,+14155550123")
    assert (_only(engine).timezone, _only(engine).timezone_assumed) == ("Europe/Minsk", False)


def test_a_customer_may_have_a_phone_alone_and_give_an_address_later(
    run: Import, engine: Engine
) -> None:
    run("phone,first_name", "+12025550111,Ada")
    again = run("phone,first_name", "+1 202 555 0111,Ada")
    assert again.unchanged == 1
    assert run("email,phone", "ada@example.com,+12025550111").updated == 1
    assert _only(engine).email == "ada@example.com"


def test_a_phone_that_several_customers_share_means_none_of_them(
    run: Import, engine: Engine
) -> None:
    run("email,phone", "ada@example.com,+12025550111", "bob@example.com,+12025550111")
    report = run("phone,first_name", "+12025550111,Somebody")
    assert "several customers" in report.faults[0].message


def test_whom_a_phone_means_depends_on_the_other_rows(run: Import, engine: Engine) -> None:
    """Else a second import of the same file would change the record again."""
    run("email,phone,first_name", "ada@example.com,+12025550111,Ada")
    rows = ("email,phone,first_name", ",+12025550111,Dora", "ada@example.com,+12025550122,Ada")
    assert (run(*rows).created, run(*rows).unchanged) == (1, 2)
    with reading(engine) as connection:
        people = connection.execute(select(Customer.first_name, Customer.phone)).all()
    assert sorted(people) == [("Ada", "+12025550122"), ("Dora", "+12025550111")]


def test_good_rows_go_in_and_bad_ones_are_named(run: Import, engine: Engine) -> None:
    report = run(HEADER, ADA, ADA.replace("ada@", "bob@@"), ADA.replace("ada@", "cleo@"))
    assert (report.created, report.refused) == (2, 1)
    (fault,) = report.faults
    assert (fault.line, fault.column) == (3, 1)
    assert fault.path.endswith("customers.csv")


def test_every_fault_of_a_row_is_told_with_its_place(run: Import) -> None:
    row = 'ada@example.com,12,"Ada, the first",Mars/Olympus,zoe@example.com,maybe,yes,,tomorrow'
    report = run(HEADER, row)
    columns = [fault.column for fault in report.faults]
    assert report.refused == 1
    assert columns == [row.index(cell) + 1 for cell in ("12,", "Mars", "maybe", "tomorrow", ",tom")]


def test_a_fault_below_a_cell_of_several_lines_has_its_own_line(run: Import) -> None:
    report = run("notes,email", '"first', 'second",ada@@example.com', ",bob@example.com")
    (fault,) = report.faults
    assert (fault.line, fault.column) == (3, 9)
    assert report.created == 1


def test_strict_lets_nothing_in_unless_all_is_good(run: Import, engine: Engine) -> None:
    report = run(HEADER, ADA, ADA.replace("ada@", "bob@@"), strict=True)
    assert (report.created, report.refused) == (0, 1)
    assert _count(engine) == 0
    assert run(HEADER, ADA, strict=True).created == 1


def test_a_double_is_a_fault_of_the_later_line(run: Import, engine: Engine) -> None:
    report = run(HEADER, ADA, ADA.replace("ada@", "ADA@"))
    assert report.created == 1
    (fault,) = report.faults
    assert fault.line == 3
    assert "line 2" in fault.message


def test_a_double_is_found_far_apart_too(run: Import, engine: Engine) -> None:
    others = [f"c{number}@example.com" for number in range(CHUNK + 1)]
    report = run("email", "ada@example.com", *others, "Ada@example.com")
    assert report.created == CHUNK + 2
    assert report.faults[0].line == CHUNK + 4
    assert "line 2" in report.faults[0].message


def test_yes_needs_a_source_and_a_date(run: Import, engine: Engine) -> None:
    no_source = ADA.replace(",form,", ",,")
    no_date = ADA.replace("2026-10-01", "")
    report = run(HEADER, no_source, no_date.replace("ada@", "bob@"))
    assert [fault.line for fault in report.faults] == [2, 3]
    assert "consent_source" in report.faults[0].message
    assert "consent_at" in report.faults[1].message
    assert _count(engine) == 0


def test_consent_in_the_future_is_refused(run: Import) -> None:
    report = run(HEADER, ADA.replace("2026-10-01", "2027-10-01"))
    assert "future" in report.faults[0].message


def test_no_withdraws_and_yes_given_later_counts_again(run: Import, engine: Engine) -> None:
    run(HEADER, ADA)
    run(HEADER, ADA.replace("yes,no,form,2026-10-01", "no,no,form,2026-11-01"))
    assert [row.granted for row in _consents(engine, "email")] == [True, False]
    run(HEADER, ADA.replace("2026-10-01", "2026-11-02"))
    assert [row.granted for row in _consents(engine, "email")] == [True, False, True]


def test_consent_that_ran_out_can_be_given_anew_and_not_by_the_same_row(
    run: Import, engine: Engine
) -> None:
    limited = f"{HEADER},consent_expires"
    for _ in range(2):
        run(limited, f"{ADA},2026-11-01")
    assert [row.granted for row in _consents(engine, "email")] == [True]
    run(HEADER, ADA.replace("2026-10-01", "2026-11-02"))
    assert [row.granted for row in _consents(engine, "email")] == [True, True]


def test_an_old_yes_never_wins_against_a_later_no(run: Import, engine: Engine) -> None:
    """A nightly export of another system must not undo what the customer told us."""
    run(HEADER, ADA)
    with writing(engine) as connection:
        agrees(connection, _only(engine).id, "email", at=NOW, granted=False)
    report = run(HEADER, ADA)
    assert [row.granted for row in _consents(engine, "email")] == [True, False]
    assert "withdrew" in report.warnings[0].message


@pytest.mark.parametrize(
    ("said", "word", "holds", "told"),
    [
        ([("service", 5, True), ("marketing", 5, False)], "no,form,2026-11-10", (False, False), ""),
        ([("service", 5, False)], "no,form,2026-11-10", (False, False), ""),
        ([("service", 9, True)], "no,form,2026-11-07", (True, False), "agreed after"),
        ([("", 5, False), ("service", 9, True)], "yes,form,2026-11-10", (True, True), ""),
        ([("marketing", 9, False)], "yes,form,2026-11-07", (True, False), "withdrew after"),
    ],
)
def test_a_word_on_one_purpose_hides_no_word_of_a_file_on_the_other(
    sqlite_engine: Engine,
    settings: Settings,
    tmp_path: Path,
    said: list[tuple[str, int, bool]],
    word: str,
    holds: tuple[bool, bool],
    told: str,
) -> None:
    """The file speaks of everything, they have spoken of a purpose."""
    with writing(sqlite_engine) as connection:
        one = customer(connection, email="ada@example.com", phone="+12025550111", first_name="Ada")
        agrees(connection, one, "sms", at=NOW - timedelta(days=40))
        for purpose, day, granted in said:
            at = NOW.replace(day=day)
            agrees(connection, one, "sms", at=at, granted=granted, purpose=purpose)
    path = tmp_path / "customers.csv"
    path.write_text(f"{HEADER}\nada@example.com,,,,,,{word}\n", encoding="utf-8")
    reports = [import_customers(sqlite_engine, path, settings=settings, now=NOW) for _ in range(2)]
    with reading(sqlite_engine) as connection:
        agreed = consents(connection, [one], now=NOW)[one, "sms"]
    assert (agreed.service is None, agreed.marketing is None) == holds
    warned = [one.message for one in reports[0].warnings]
    assert [told in message for message in warned] == ([True] if told else [])
    assert reports[1].unchanged == 1


def test_a_weaker_yes_of_a_file_takes_no_stronger_ones_place(run: Import, engine: Engine) -> None:
    run("email", "ada@example.com")
    with writing(engine) as connection:
        agrees(connection, _only(engine).id, "sms", at=NOW - timedelta(days=9), purpose="service")
    header = "email,consent_sms,consent_kind,consent_source,consent_at"
    run(header, "ada@example.com,yes,implied,order,2026-11-15")
    kept = [(row.purpose, row.kind) for row in _consents(engine)]
    assert kept == [("service", "express"), ("marketing", "implied")]


def test_a_suppressed_address_stays_suppressed(run: Import, engine: Engine) -> None:
    with writing(engine) as connection:
        cleo(connection)
    before = _consents(engine)
    row = ADA.replace("ada@", "CLEO@").replace("2026-10-01", "2026-11-19")
    report = run(HEADER, row)
    assert report.refused == 0
    assert "stays suppressed" in report.warnings[0].message
    assert [row for row in _consents(engine) if row.channel == "email"] == before


def test_an_unknown_owner_is_a_fault(run: Import) -> None:
    report = run(HEADER, ADA.replace("olive@", "oliver@"))
    assert "touchline.toml" in report.faults[0].message
    assert "oliver" not in report.faults[0].message


def test_rows_of_later_days_wait(run: Import, engine: Engine) -> None:
    lines = ("email,joined_on", "ada@example.com,2026-11-20", "bob@example.com,2026-11-21")
    report = run(*lines, until=date(2026, 11, 20))
    assert (report.created, report.later) == (1, 1)
    assert run(*lines, until=date(2026, 11, 21)).created == 1


def test_a_misspelt_column_is_kept_and_said(run: Import, engine: Engine) -> None:
    report = run("email,first_nmae", "ada@example.com,Ada")
    assert "did you mean 'first_name'" in report.warnings[0].message
    assert _only(engine).attributes == {"first_nmae": "Ada"}


def test_a_state_that_is_none_is_a_warning_only(run: Import) -> None:
    lines = (
        "ada@example.com,FL,US", "bob@example.com,Floridia,US", "cleo@example.com,MH,IN",
        "dora@example.com,DE-BY,DE", "emil@example.com,Bavaria,DE", "gita@example.com,Bagmati,NP",
    )  # fmt: skip
    report = run("email,region,country", *lines)
    assert report.created == len(lines)
    assert [one.message for one in report.warnings] == [
        "region: 'Floridia' is no state of the US; write FL or Florida",
        "region: 'Bavaria' is no region of DE of which public holidays are known; "
        "write BB or Brandenburg",
    ]


def test_a_likely_typo_is_a_warning_only(run: Import, engine: Engine) -> None:
    report = run("email", "ada@gmial.com")
    assert report.created == 1
    assert "gmail.com" in report.warnings[0].message


def test_our_own_exports_come_back_as_they_were(run: Import, engine: Engine) -> None:
    run("email,phone,first_name", "'=cmd@example.com,'+12025550111,'@Ada")
    ada = _only(engine)
    assert (ada.email, ada.phone, ada.first_name) == ("=cmd@example.com", "+12025550111", "@Ada")


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\x00", "\x1b", "\u2066", "\ufeff"])
def test_invisible_characters_are_refused(run: Import, character: str) -> None:
    report = run("email,first_name", f"ada@example.com,A{character}da")
    assert "invisible" in report.faults[0].message
    assert report.faults[0].column == len("ada@example.com,") + 1


def test_the_joiners_of_hindi_and_persian_names_are_welcome(run: Import, engine: Engine) -> None:
    run("email,first_name", "ada@example.com,\u0915\u094d\u200d\u0937")
    assert _only(engine).first_name == "\u0915\u094d\u200d\u0937"


def test_words_longer_than_the_record_holds_are_refused(run: Import) -> None:
    report = run("email,first_name", f"ada@example.com,{'x' * 101}")
    assert "longer than 100" in report.faults[0].message


def test_progress_tells_the_bytes_read(run: Import, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run("email", *[f"c{number}@example.com" for number in range(CHUNK + 10)],
        progress=lambda read, total: told.append((read, total)))  # fmt: skip
    size = (tmp_path / "customers.csv").stat().st_size
    assert len(told) == 2
    assert told[-1] == (size, size)
    assert told[0][0] < size


def test_customers_of_other_imports_stay_apart(run: Import, engine: Engine) -> None:
    with writing(engine) as connection:
        customer(connection, email="bob@example.com", first_name="Bob")
    run("email,first_name", "ada@example.com,Ada")
    assert _count(engine) == 2


def _only(engine: Engine) -> Row[Any]:
    with reading(engine) as connection:
        return connection.execute(select(Customer)).one()


def _consents(engine: Engine, channel: str | None = None) -> list[Row[Any]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Consent).order_by(Consent.id)).all()
    return [row for row in rows if channel in (None, row.channel)]


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(Customer)).scalar_one()
