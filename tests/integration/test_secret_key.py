"""P3: no record is worked on with a secret key under which its opt-outs would not be found."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, func, select

from contacts.cadences.reach import Scope
from contacts.record.consent.optout import BY_LINK, BY_PAGE, BY_SMS, Said, opt_in, opt_out
from contacts.record.consent.secret_key import (
    CarriedOver,
    keep_under_this_key,
    refuse_other_key,
    secret_key_problem,
)
from contacts.record.consent.suppression import suppress, suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.tables import SecretKeyMark
from contacts.settings import Settings, SettingsError
from contacts.settings_file.private import kept
from tests.cast import NOW, SIGNING_KEY, ada, agrees, bob, customer

OTHER = "another-key-for-tests"
LATER = NOW + timedelta(hours=1)
ADA, BOB, ERASED = "ada@example.com", "bob@example.com", "erased@example.net"
ADAS_PHONE, BOBS_PHONE = "+12025550111", "+12025550122"


def with_key(settings: Settings, key: str | None) -> Settings:
    given = SecretStr(key) if key is not None else None
    copy = settings.model_copy(update={"secret_key": given})
    copy.__dict__.pop("signing_key", None)  # the other one's, if it was asked for
    return copy


def problem(engine: Engine, settings: Settings) -> str | None:
    with reading(engine) as connection:
        return secret_key_problem(connection, settings)


def closed(engine: Engine, key: str) -> dict[tuple[str, str], str]:
    """The scope by (address, channel), as whoever has this key finds it."""
    known = {address_hash(key, one): one for one in (ADA, BOB, ERASED, ADAS_PHONE, BOBS_PHONE)}
    with reading(engine) as connection:
        found = suppressed(connection, set(known))
    return {(known[hashed], channel): scope for (hashed, channel), scope in found.items()}


def says(connection: Connection, settings: Settings, said: Said) -> None:
    opt_out(connection, said, settings=settings, now=said.at)


def test_a_record_is_kept_under_the_key_that_it_was_first_used_with(
    engine: Engine, settings: Settings
) -> None:
    assert problem(engine, settings) is None, "it has no mark yet"
    refuse_other_key(engine, settings, now=NOW)
    refuse_other_key(engine, settings, now=LATER)
    with reading(engine) as connection:
        [(mark, at)] = connection.execute(select(SecretKeyMark.mark, SecretKeyMark.at)).all()
    assert at == NOW
    assert SIGNING_KEY not in mark
    assert problem(engine, settings) is None


def test_another_key_is_refused_and_the_record_is_as_it_was(
    engine: Engine, settings: Settings
) -> None:
    refuse_other_key(engine, settings, now=NOW)
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"is not the one .* from a backup .*A lost secret"):
            refuse_other_key(engine, with_key(settings, OTHER), now=LATER)
    refuse_other_key(engine, settings, now=LATER)


def test_where_there_is_no_key_none_is_made_for_a_record_that_has_one(
    engine: Engine, settings: Settings
) -> None:
    """`.touchline/` is gone, as in a container without a volume."""
    refuse_other_key(engine, settings, now=NOW)
    without = with_key(settings, None)
    with pytest.raises(SettingsError, match="there is none"):
        refuse_other_key(engine, without, now=LATER)
    assert not (settings.state / "secret.key").exists()


def test_a_new_record_has_its_key_made(sqlite_engine: Engine, settings: Settings) -> None:
    without = with_key(settings, None)
    refuse_other_key(sqlite_engine, without, now=NOW)
    made = (settings.state / "secret.key").read_text("ascii")
    refuse_other_key(sqlite_engine, with_key(settings, made), now=LATER)


def test_a_lost_keys_opt_outs_of_customers_hold_under_the_new_one(
    engine: Engine, settings: Settings
) -> None:
    refuse_other_key(engine, settings, now=NOW)
    with writing(engine) as connection:
        first, second = ada(connection, created_at=NOW), bob(connection, created_at=NOW)
        stop = Said("email", first, ADA, BY_LINK, "test:1", LATER)
        says(connection, settings, stop)
        says(connection, settings, replace(stop, channel="sms", address=ADAS_PHONE, source=BY_SMS))
        less = Said("email", second, BOB, BY_PAGE, "test:2", LATER, Scope.MARKETING)
        says(connection, settings, less)
        gone = address_hash(SIGNING_KEY, ERASED)
        suppress(
            connection, address_hash=gone, channel="email", reason="erased", source="-", at=NOW
        )
    before = closed(engine, SIGNING_KEY)
    new = with_key(settings, OTHER)
    assert closed(engine, OTHER) == {}
    with writing(engine) as connection:
        assert keep_under_this_key(connection, new, now=LATER) == CarriedOver(3, 1)
        assert keep_under_this_key(connection, new, now=LATER) is None
    assert closed(engine, OTHER) == {
        (ADA, "email"): "all",
        (ADAS_PHONE, "sms"): "all",
        (BOB, "email"): "marketing",
    }
    assert before == closed(engine, OTHER) | {(ERASED, "email"): "all"}
    refuse_other_key(engine, new, now=LATER)
    with pytest.raises(SettingsError):
        refuse_other_key(engine, settings, now=LATER)


def test_a_stop_that_was_taken_back_and_a_no_from_the_start_close_no_address(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        first = ada(connection, created_at=NOW)
        stop = Said("sms", first, ADAS_PHONE, BY_SMS, "test:1", LATER)
        says(connection, settings, stop)
        start = replace(stop, evidence="test:2", at=LATER + timedelta(hours=1))
        assert opt_in(connection, start, signing_key=SIGNING_KEY, now=start.at)
        quiet = customer(connection, email=BOB, phone=BOBS_PHONE, created_at=LATER)
        agrees(connection, quiet, "email", at=NOW, granted=False)
        carried = keep_under_this_key(connection, with_key(settings, OTHER), now=start.at)
    assert carried == CarriedOver(0, 0)
    assert closed(engine, OTHER) == {}


def test_of_two_machines_that_begin_at_once_one_key_counts(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one's mark is written between our look and our own."""
    looked = []

    def marked_meanwhile(connection: Connection) -> None:
        if not looked:
            looked.append(1)
            refuse_other_key(engine, with_key(settings, OTHER), now=NOW)

    from contacts.record.consent import secret_key

    real = secret_key.writing
    monkeypatch.setattr(secret_key, "writing", lambda of: (marked_meanwhile(of), real(of))[1])
    with pytest.raises(SettingsError, match="is not the one"):
        refuse_other_key(engine, settings, now=LATER)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(SecretKeyMark)).scalar() == 1


@pytest.mark.parametrize("left", [b"", b"\n"])
def test_an_empty_key_left_by_a_full_disk_is_no_key(settings: Settings, left: bytes) -> None:
    settings.make_state()
    (settings.state / "secret.key").write_bytes(left)
    made = with_key(settings, None)
    assert made.known_key is None
    assert len(made.signing_key) > 20
    assert with_key(settings, None).signing_key == made.signing_key
    assert [one.name for one in settings.state.iterdir()] == ["secret.key"]


def test_of_two_processes_that_make_a_key_the_first_ones_counts(tmp_path: Path) -> None:
    path = tmp_path / "key"

    def make() -> bytes:
        assert kept(path, lambda: b"the first one's") == b"the first one's"
        return b"ours"

    assert kept(path, make) == b"the first one's"
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
