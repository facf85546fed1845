"""The starter workspace: complete, importable, readable by every one of its customers, harmless."""

import csv
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from contacts.cadences.facts import Facts, as_context
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import Kind
from contacts.messages.templates import Templates, templates_of
from contacts.record.customers.facts import load_facts
from contacts.record.engine import open_record, reading
from contacts.record.imports.sync import sync_folder
from contacts.record.tables import Customer
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadences
from contacts.workspace.message_words import MessageWords
from contacts.workspace.named import shelf_of
from contacts.workspace.starter import NotEmpty, create_workspace

TODAY = date(2027, 3, 2)  # not the day the data was written for
NOW = datetime(2027, 3, 2, 12, tzinfo=UTC)
LANGUAGES = ("en", "de", "hi", "ne", "be", "es")  # no Spanish text: English takes its place
DEAR = {"\u00a0", "\u202f", "\u2018", "\u2019", "\u201c", "\u201d"}
"""Spaces and quotes that turn a whole SMS to UCS-2 and are never needed."""
LINK = "https://touch.ninekettles.example/u/12-sms.abcdefghijklmnopqrstuvwxyz1"

# Set aside for fiction, or, in countries that have no such numbers, plainly a made-up series.
RESERVED_PHONE = re.compile(
    r"\+1\d{3}55501\d\d|\+4917604069\d{3}|\+91999990\d{4}|\+97798000000\d\d|\+37544000\d{4}"
)


# Made, read and taken in once for all these tests: none of them changes anything of it.


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("business") / "starter"
    create_workspace(folder, today=TODAY)
    return folder


@pytest.fixture(scope="module")
def settings(starter: Path) -> Settings:
    return load_settings(starter)


@pytest.fixture(scope="module")
def templates(settings: Settings) -> Templates:
    return templates_of(settings)


@pytest.fixture(scope="module")
def cadences(starter: Path) -> list[LoadedCadence]:
    return load_cadences(starter / "cadences")


@pytest.fixture(scope="module")
def everybody(
    sqlite_template: Path,
    starter: Path,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Facts]:
    """The facts of all customers, as of the day of the starter."""
    path = tmp_path_factory.mktemp("record") / "record.db"
    shutil.copyfile(sqlite_template, path)
    engine = open_record(f"sqlite:///{path}")
    sync_folder(engine, starter / "data", settings=settings, now=NOW)
    with reading(engine) as connection:
        ids = list(connection.scalars(select(Customer.id)))
        facts = list(load_facts(connection, ids, settings=settings, now=NOW).values())
    engine.dispose()
    return facts


def test_c24_c25_every_sms_may_leave_for_the_country_of_its_customer(
    settings: Settings, cadences: list[LoadedCadence], everybody: list[Facts]
) -> None:
    words = MessageWords(settings, shelf_of(settings))
    assert sum(facts.customer.phone.startswith("+91") for facts in everybody) > 9
    for one in cadences:
        assert words.faults_abroad(one.cadence, everybody) == set()


def test_every_row_goes_in_without_fault_or_warning(
    engine: Engine, starter: Path, settings: Settings
) -> None:
    reports = sync_folder(engine, starter / "data", settings=settings, now=NOW)

    assert [report.faults + report.warnings for report in reports] == [[], [], [], []]
    assert [report.created == report.rows for report in reports] == [True, True, True, True]


def test_the_newest_rows_go_in_at_the_first_minute_of_the_day(
    sqlite_engine: Engine, starter: Path, settings: Settings
) -> None:
    earliest = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(hours=14)

    reports = sync_folder(sqlite_engine, starter / "data", settings=settings, now=earliest)

    assert [report.faults + report.warnings for report in reports] == [[], [], [], []]


def test_the_demos_last_thirty_days_have_new_customers_in_each_week(starter: Path) -> None:
    ages = [
        (TODAY - date.fromisoformat(row["joined_on"])).days for row in _rows(starter, "customers")
    ]

    assert min(ages) >= 1
    for newest in (1, 8, 15, 22):
        assert sum(newest <= age < newest + 8 for age in ages) >= 3


def test_some_who_ordered_often_went_quiet_during_the_last_thirty_days(
    everybody: list[Facts],
) -> None:
    silences = sorted(
        one.orders.days_since_last or 0
        for one in everybody
        if one.orders.count >= 3 and one.customer.persona != "home"
    )

    assert sum(60 < days <= 90 for days in silences) >= 3
    assert sum(days > 90 for days in silences) >= 2


def test_contracts_end_on_different_days_within_sixty(everybody: list[Facts]) -> None:
    left = [one.contract.days_left for one in everybody if one.contract.exists]

    assert len({days for days in left if days is not None and 0 < days <= 60}) >= 8


def test_every_text_of_every_step_is_there_and_without_fault(
    cadences: list[LoadedCadence], templates: Templates
) -> None:
    routes = {(kind, step.template) for one in cadences for step, kind in one.cadence.routes()}

    faults = [fault for kind, name in routes for fault in templates.faults(kind, name)]

    assert len(routes) > 20
    assert faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_renders_for_every_customer(
    cadences: list[LoadedCadence], templates: Templates, everybody: list[Facts], language: str
) -> None:
    for one in cadences:
        for step, kind in one.cadence.routes():
            for facts in everybody:
                context = _context(facts, one.cadence.purpose)
                text = _render(templates, kind, step.template, language, context)
                assert "None" not in text
                assert "  " not in text.replace("\n  ", "\n")


def test_no_text_message_takes_more_than_two_segments(
    templates: Templates, everybody: list[Facts]
) -> None:
    for name in templates.names("sms"):
        for facts in everybody:
            sms = templates.sms(name, facts.customer.locale, _context(facts, "marketing"))
            assert sms.segments <= 2, sms.text
            assert not DEAR & set(sms.text), sms.text


def test_a_marketing_sms_carries_the_link_in_every_language(
    cadences: list[LoadedCadence], templates: Templates, everybody: list[Facts]
) -> None:
    names = {
        step.template
        for one in cadences
        if one.cadence.purpose == "marketing"
        for step, kind in one.cadence.routes()
        if kind is Kind.SMS
    }

    assert names
    for name in names:
        for language in LANGUAGES:
            context = _context(everybody[0], "marketing")
            assert LINK in templates.sms(name, language, context).text


def test_nobody_is_told_to_answer_stop_where_answers_do_not_arrive(
    templates: Templates, everybody: list[Facts]
) -> None:
    for facts in everybody:
        for name in templates.names("sms"):
            text = templates.sms(name, facts.customer.locale, _context(facts, "service")).text
            assert "STOP" not in text or facts.customer.country not in ("IN", "NP", "BY")


@pytest.mark.parametrize("language", ["hi", "ne", "be", "de"])
def test_the_welcome_speaks_the_customers_language(templates: Templates, language: str) -> None:
    for kind, name in [("email", "welcome"), ("sms", "welcome"), ("sms", "first_steps")]:
        assert language in templates.languages(kind, name)


def test_every_address_and_number_is_set_aside_or_plainly_made_up(
    everybody: list[Facts], settings: Settings
) -> None:
    emails = [one.customer.email for one in everybody if one.customer.email]
    emails += [owner.email for owner in settings.owners]
    phones = [one.customer.phone for one in everybody if one.customer.phone]
    phones += [owner.phone or "" for owner in settings.owners]

    assert [email for email in emails if not email.endswith(".example")] == []
    assert [phone for phone in phones if not RESERVED_PHONE.fullmatch(phone)] == []
    assert len({email.split("@")[1] for email in emails[:-3]}) == len(emails) - 3


def test_every_date_moves_by_the_same_number_of_days(tmp_path: Path) -> None:
    create_workspace(tmp_path / "one", today=TODAY)
    create_workspace(tmp_path / "other", today=TODAY + timedelta(days=400))

    for name in ("customers", "orders", "contracts"):
        pairs = zip(_rows(tmp_path / "one", name), _rows(tmp_path / "other", name), strict=True)
        for before, after in pairs:
            for column, cell in before.items():
                if column.endswith(("_on", "_at")):
                    assert _later(cell, 400) == after[column]
                else:
                    assert cell == after[column]


def test_a_folder_with_something_in_it_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(NotEmpty, match="is not empty"):
        create_workspace(tmp_path, today=TODAY)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")

    with pytest.raises(NotEmpty, match="is a file"):
        create_workspace(tmp_path / "taken", today=TODAY)


def test_the_schema_is_where_every_cadence_file_says_it_is(starter: Path) -> None:
    for path in (starter / "cadences").glob("*.yaml"):
        line = path.read_text(encoding="utf-8").splitlines()[0]
        assert (path.parent / line.partition("$schema=")[2]).is_file()


def test_the_example_of_the_environment_file_can_be_used_as_it_is(tmp_path: Path) -> None:
    create_workspace(tmp_path / "starter", today=TODAY)
    (tmp_path / "starter" / ".env.example").rename(tmp_path / "starter" / ".env")

    settings = load_settings(tmp_path / "starter")

    assert not settings.email_is_live
    assert not settings.sms_is_live
    assert settings.url.startswith("sqlite:///")
    assert len(settings.signing_key) > 20


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _later(cell: str, days: int) -> str:
    if not cell:
        return cell
    moved = datetime.fromisoformat(cell) + timedelta(days=days)
    return moved.date().isoformat() + cell[10:]


def _context(facts: Facts, purpose: str) -> dict[str, object]:
    context = as_context(facts)
    cadence = {"name": "any", "goal": "any", "purpose": purpose}
    links = dict.fromkeys(("unsubscribe", "preferences", "view"), LINK)
    return {**context, "cadence": cadence, "links": links}


def _render(
    templates: Templates, kind: Kind, name: str, language: str, context: dict[str, object]
) -> str:
    if kind is Kind.EMAIL:
        mail = templates.email(name, language, context)
        return f"{mail.subject}\n{mail.text}"
    if kind is Kind.SMS:
        return templates.sms(name, language, context).text
    brief = templates.brief(name, language, context)
    return f"{brief.title}\n{brief.text}"
