"""The migrations make exactly the tables of the models, and refuse any other record."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, bindparam, inspect, select, text

from contacts.record.base import Instant
from contacts.record.engine import RecordError, open_record, reading, writing
from contacts.record.migrate import check_schema, config, known_versions, migrate, schema_version
from contacts.record.tables import Base, Consent, Suppression
from tests.cast import NOW, customer

ROOT = Path(__file__).parents[2]
# As programs wrote them that knew no scope and no purpose.
OLD_SUPPRESSION = text(
    "INSERT INTO suppressions (address_hash, channel, reason, source, at) "
    "VALUES (:h, :c, :r, :s, :at)"
).bindparams(bindparam("at", type_=Instant()))
OLD_CONSENT = text(
    "INSERT INTO consents (customer_id, channel, granted, source, evidence, at, recorded_at) "
    "VALUES (:who, 'email', :granted, 'signup form v3', '', :at, :at)"
).bindparams(bindparam("at", type_=Instant()))


@pytest.fixture
def postgresql_engine(new_postgresql_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database for one test alone, since these change the schema."""
    engine = open_record(new_postgresql_database("migrated"))
    yield engine
    engine.dispose()


def test_migrations_equal_the_models(engine: Engine) -> None:
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrations_and_models_make_the_same_sqlite_tables(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    """By their words, since a comparison of metadata misses predicates and WITHOUT ROWID."""
    by_models = open_record(f"sqlite:///{tmp_path / 'models.db'}")
    with writing(by_models) as connection:
        Base.metadata.create_all(connection)
    assert _statements(sqlite_engine) == _statements(by_models)


def test_migrations_and_models_make_the_same_postgresql_indexes_and_storage(
    postgresql_engine: Engine, new_postgresql_database: Callable[[str], str]
) -> None:
    by_models = open_record(new_postgresql_database("template0"))
    with writing(by_models) as connection:
        Base.metadata.create_all(connection)
    assert _indexes(postgresql_engine) == _indexes(by_models)
    assert _storage(postgresql_engine) == _storage(by_models) == {"queue": ["fillfactor=45"]}
    by_models.dispose()


def test_the_version_needed_is_alembics_head() -> None:
    assert known_versions()[-1] == ScriptDirectory.from_config(config()).get_current_head()


def test_a_record_of_old_with_owners_and_customers_is_migrated(
    engine: Engine,
) -> None:
    """Other tables point at those that a migration makes anew."""
    from alembic import command

    with writing(engine) as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0017_links")
        connection.execute(text("INSERT INTO owners (email, name) VALUES ('o@example.com', 'O')"))
        customer(connection)
        connection.execute(text("UPDATE customers SET owner_id = (SELECT id FROM owners)"))
    migrate(engine)
    with reading(engine) as connection:
        theirs = "SELECT o.name FROM customers c JOIN owners o ON o.id = c.owner_id"
        assert connection.execute(text(theirs)).scalars().all() == ["O"]
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    before = _state(engine)
    assert migrate(engine) == (known_versions()[-1], known_versions()[-1])
    assert _state(engine) == before


def test_an_up_to_date_record_is_migrated_without_alembic(sqlite_engine: Engine) -> None:
    """It is asked at every start of the command line, and Alembic takes long to import."""
    script = (
        "import sys; from contacts.record.engine import open_record; "
        "from contacts.record.migrate import migrate; "
        f"migrate(open_record({str(sqlite_engine.url)!r})); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_up_to_date_record_is_not_locked_to_find_that_out(sqlite_engine: Engine) -> None:
    """A command must not wait for an import that is under way."""
    impatient = open_record(str(sqlite_engine.url), busy_seconds=0.05)
    with writing(sqlite_engine):
        migrate(impatient)
    impatient.dispose()


def test_downgrading_removes_every_table(engine: Engine) -> None:
    from alembic import command

    with writing(engine) as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_an_opt_out_of_the_time_before_scopes_stays_one_of_everything(engine: Engine) -> None:
    """They were promised no more e-mail; what they agreed to stays as it was, too."""
    from alembic import command

    stopped = [
        ("mail", "email", "opt_out", "unsubscribe link"),
        ("both", "email", "opt_out", "unsubscribe link"),
        ("both", "sms", "opt_out", "unsubscribe link"),
        ("bounce", "email", "bounced", "sendgrid bounced"),
        ("text", "sms", "opt_out", "SMS reply"),
    ]
    with writing(engine) as connection:
        said_by = customer(connection, email="ada@example.com")
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "0008_stuck_events")
        for minute, row in enumerate(stopped):
            when = {"at": NOW + timedelta(minutes=minute)}
            connection.execute(OLD_SUPPRESSION, dict(zip("hcrs", row, strict=True)) | when)
        words = [{"who": said_by, "granted": granted, "at": NOW} for granted in (True, False)]
        connection.execute(OLD_CONSENT, words)
    migrate(engine)
    with reading(engine) as connection:
        kept = connection.execute(select(Suppression).order_by(Suppression.id)).all()
        said = connection.execute(select(Consent).order_by(Consent.id)).all()
    assert [(row.address_hash, row.channel, row.reason, row.source) for row in kept] == stopped
    assert {(row.scope, row.lifted_at) for row in kept} == {("all", None)}
    assert [(row.granted, row.purpose, row.kind, row.wording) for row in said] == [
        (True, "", "express", ""),
        (False, "", "express", ""),
    ]


def test_an_empty_database_is_refused_until_it_is_migrated(tmp_path: Path) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(RecordError, match=rf"needs {known_versions()[-1]}; run 'touchline migr"):
        check_schema(engine)
    assert migrate(engine) == (None, known_versions()[-1])
    check_schema(engine)


@pytest.mark.parametrize("step", [migrate, check_schema])
def test_a_record_of_a_newer_program_is_refused_by_name(
    engine: Engine, step: Callable[[Engine], object]
) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_the_future'"))
    with pytest.raises(RecordError, match="9999_the_future, which this program does not know"):
        step(engine)


@pytest.mark.parametrize("step", [migrate, check_schema])
def test_the_tables_of_another_program_are_left_alone(
    tmp_path: Path, step: Callable[[Engine], object]
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'other.db'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(RecordError, match="another program \\('invoices'\\)"):
        step(engine)
    assert inspect(engine).get_table_names() == ["invoices"]


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'full.db'}")
    with writing(engine) as connection:  # the pool keeps this connection, and so its limit
        connection.execute(text("PRAGMA max_page_count = 10"))
    with pytest.raises(RecordError, match="full"):
        migrate(engine)
    with reading(engine) as connection:
        assert schema_version(connection) is None


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"x" * 900]
)
def test_a_file_that_is_no_database_gets_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"notes\.db: ") as caught:
        migrate(open_record(f"sqlite:///{path}"))
    assert "\n" not in str(caught.value)


def test_the_wheel_carries_the_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    folder = "contacts/record/migrations"
    assert f"{folder}/env.py" in names
    for version in known_versions():
        assert f"{folder}/versions/{version}.py" in names


def _statements(engine: Engine) -> dict[str, list[str]]:
    """The words of each CREATE statement, sorted: the order of constraints does not matter."""
    query = text(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
        "AND name <> 'alembic_version' AND type <> 'trigger'"  # these the migrations alone make
    )
    with reading(engine) as connection:
        return {name: sorted(re.findall(r"\w+", sql)) for name, sql in connection.execute(query)}


def _indexes(engine: Engine) -> set[str]:
    query = text(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version'"
    )
    with reading(engine) as connection:
        return set(connection.execute(query).scalars())


def _storage(engine: Engine) -> dict[str, list[str]]:
    """What tables say of how they are stored."""
    query = text(
        "SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL"
    )
    with reading(engine) as connection:
        return {row.relname: row.reloptions for row in connection.execute(query)}


def _state(engine: Engine) -> list[str]:
    return sorted(inspect(engine).get_table_names())
