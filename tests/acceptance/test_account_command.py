"""`touchline account`: the first admin is made here, and nowhere else."""

import io
import json
from functools import partial
from pathlib import Path

import pytest

from contacts.record.engine import open_record, reading
from contacts.record.sign_in.accounts import secret_of
from contacts.record.sign_in.passwords import is_right
from contacts.settings import Settings
from tests.board import OTHER, PASSWORD
from tests.console import Console, Ended

EMAIL = "olive@example.com"


@pytest.fixture
def run(workspace: Path, console: Console, give_record: object) -> Console:
    """Runs `touchline account` in the workspace."""
    give_record(workspace)  # type: ignore[operator]  # as in conftest
    return partial(console, "-w", str(workspace), "account")


def typed(monkeypatch: pytest.MonkeyPatch, password: str, run: Console, *words: str) -> Ended:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return run(*words, "--password-stdin")


def test_s13_the_first_admin_is_made_by_command_line(
    run: Console, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("list").out == (
        "Nobody has an account: 'touchline account add EMAIL --role admin' makes the first.\n"
    )
    made = typed(monkeypatch, PASSWORD, run, "add", EMAIL.upper(), "--role", "admin")
    said = "olive@example.com may sign in as admin: http://127.0.0.1:8000/sign-in\n"
    assert made == (0, said, "")
    assert "olive@example.com  admin   Olive Owner, password of " in run("list").out
    [listed] = json.loads(run("list", "--json").out)["accounts"]
    assert (listed["email"], listed["role"]) == (EMAIL, "admin")
    assert "password_hash" not in listed
    again = typed(monkeypatch, PASSWORD, run, "add", EMAIL, "--role", "viewer")
    assert again.code == 2
    assert "has an account; 'touchline account password olive@example.com'" in again.err
    typed(monkeypatch, OTHER, run, "password", EMAIL)
    engine = open_record(settings.url)
    with reading(engine) as connection:
        secret = secret_of(connection, EMAIL)
    engine.dispose()
    assert secret is not None
    assert is_right(OTHER, secret[1])
    assert run("remove", EMAIL, "--force").out.endswith("Nobody has an account now.\n")
    assert run("remove", EMAIL).code == 2


def test_s13_a_role_is_changed_and_somebody_stays_admin(
    run: Console, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, PASSWORD, run, "add", EMAIL, "--role", "admin")
    typed(monkeypatch, PASSWORD, run, "add", "vera@example.com", "--role", "viewer")

    def roles() -> dict[str, str]:
        listed = json.loads(run("list", "--json").out)["accounts"]
        return {one["email"]: one["role"] for one in listed}

    for words in (("remove", EMAIL), ("role", EMAIL, "viewer")):
        refused = run(*words)
        assert refused.code == 2
        assert refused.err == (
            f"{EMAIL} is the last admin: make somebody else one first with 'touchline account role "
            "EMAIL admin', or add --force\n"
        )
    assert roles() == {EMAIL: "admin", "vera@example.com": "viewer"}
    said = "vera@example.com is admin now, and was viewer before.\n"
    assert run("role", "Vera@Example.com", "admin") == (0, said, "")
    assert run("role", "vera@example.com", "admin").out == "vera@example.com is admin already.\n"
    assert run("role", EMAIL, "owner") == (0, f"{EMAIL} is owner now, and was admin before.\n", "")
    alone = run("role", "vera@example.com", "owner", "--force")
    assert alone.code == 0
    assert "no owner in touchline.toml has the address vera@example.com" in alone.err
    assert set(roles().values()) == {"owner"}
    assert "bob@example.com has no account" in run("role", "bob@example.com", "admin").err
    assert "'boss' is not one of" in run("role", EMAIL, "boss").err


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (("add", "olive", "--role", "owner"), PASSWORD, "EMAIL: "),
        (("add", EMAIL, "--role", "owner"), "short", "the password has 5 characters; take 12"),
        (("add", EMAIL, "--role", "owner"), "example tea 2026", "guessed first"),
        (("add", EMAIL, "--role", "boss"), PASSWORD, "'boss' is not one of"),
        (("add", EMAIL), PASSWORD, "--role"),
        (("password", "bob@example.com"), PASSWORD, "bob@example.com has no account"),
    ],
)
def test_s13_what_cannot_be_an_account_is_refused(
    run: Console,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    password: str,
    said: str,
) -> None:
    ended = typed(monkeypatch, password, run, *words)
    assert ended.code == 2
    assert said in ended.err


def test_an_owner_whom_the_settings_do_not_name_is_told_of(
    run: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = typed(monkeypatch, PASSWORD, run, "add", "bob@example.com", "--role", "owner")
    assert ended.code == 0
    assert "no owner in touchline.toml has the address bob@example.com" in ended.err


def test_without_a_terminal_the_password_comes_by_standard_input(
    run: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    ended = run("add", EMAIL, "--role", "admin")
    assert ended.code == 2
    assert "add --password-stdin" in ended.err
