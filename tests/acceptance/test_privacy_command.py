"""`touchline privacy`: a customer gets all we hold of them, or is erased from this machine."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select, update

from contacts.channels.rehearsal import standin_folder
from contacts.record.engine import open_record, reading, writing
from contacts.record.tables import ErasureRequest
from contacts.settings import Settings
from tests.console import Console
from tests.free_ports import free_port
from tests.whole_record import Cast, everything

ADA = "ada@example.com"


@pytest.fixture
def record(
    workspace: Path, settings: Settings, give_record: Callable[[Path], None]
) -> Iterator[Engine]:
    """The workspace's record, and a port on which no stand-in answers."""
    env = workspace / ".env"
    env.write_text(f"{env.read_text()}TOUCHLINE_STANDIN_PORT={free_port()}\n", encoding="utf-8")
    settings.make_state()
    give_record(workspace)
    engine = open_record(settings.url)
    yield engine
    engine.dispose()


@pytest.fixture
def cast(record: Engine) -> Cast:
    with writing(record) as connection:
        return everything(connection)


@pytest.fixture
def run(workspace: Path, console: Console) -> Console:
    """Runs `touchline privacy` in the workspace."""
    return partial(console, "-w", str(workspace), "privacy")


def journal(settings: Settings) -> Path:
    """The stand-in's, with one message to Ada and an owner's mail that names her."""
    folder = standin_folder(settings.state)
    folder.mkdir(parents=True)
    entry = {"at": "2026-11-20T10:00:00+00:00", "provider": "sendgrid", "attempt_id": "",
             "to_name": "", "sender": "us", "subject": "Hello", "status": "delivered",
             "body_hash": ""}  # fmt: skip
    lines = [
        entry | {"id": "1", "to": ADA, "request": {"text": "Dear Ada"}},
        entry | {"id": "2", "to": "olive@example.com", "request": {"text": f"Call {ADA}"}},
    ]
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def naming(folder: Path, *words: str) -> list[str]:
    """The files below a folder that hold one of these words."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    )


def test_an_export_is_a_folder_that_is_never_written_over(
    run: Console, cast: Cast, workspace: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "for-ada"
    code, said, _ = run("export", ADA, "--to", str(folder))
    assert code == 0
    files = len(list(folder.iterdir()))
    assert f" rows about customer 1, in {files} files:\n  {folder}\n" in said
    assert "messages.csv" in {path.name for path in folder.iterdir()}
    code, _, said = run("export", str(cast.ada), "--to", str(folder))
    assert (code, "is there already" in said) == (2, True)
    assert run("export", ADA)[0] == 0
    assert [path.name[:11] for path in (workspace / "exports").iterdir()] == ["customer-1-"]


def test_an_export_as_json_writes_no_file(run: Console, cast: Cast, workspace: Path) -> None:
    code, said, _ = run("export", ADA, "--json")
    assert code == 0
    assert json.loads(said)["tables"]["customers"][0]["email"] == ADA
    assert not (workspace / "exports").exists()


def test_an_erasure_is_asked_for_twice_and_shows_what_goes(run: Console, cast: Cast) -> None:
    code, said, refused = run("erase", ADA)
    assert code == 2
    assert said.splitlines() == [
        "Ada Archer, ada@example.com, customer 1",
        "  to be removed: 2 messages with their words, 1 order, 1 contract, 1 benefit",
        "  to be emptied: 1 customer, 2 proofs of consent, 2 events and replies, 2 tasks",
        "",
    ]
    assert refused == "an erasure cannot be undone; add --yes if it is meant\n"
    assert run("export", ADA, "--json")[0] == 0


def test_c20_an_erased_customer_is_in_no_file_but_the_business_own(
    run: Console,
    cast: Cast,
    workspace: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(workspace)
    (workspace / "data" / "customers.csv").write_text(f"email\nbob@example.com\n{ADA}\n")
    logs = settings.state / "logs"
    logs.mkdir()
    (logs / "web.log").write_text(f"refused {ADA} (+12025550111)\n")
    (workspace / "messages.html").write_text("<p>Hello Ada Archer</p>")
    log = journal(settings)

    code, said, _ = run("erase", ADA, "--yes")
    assert code == 0
    assert "Customer 1 is erased." in said
    assert "confirmed 3 requests" in said
    assert said.endswith("leaves it out.\n  data/customers.csv:3\n")
    assert naming(workspace, "Archer", "2025550111") == []
    named = naming(workspace, ADA)  # nada@example.com has it as well, in Bob's note
    assert [name for name in named if "touchline.db" not in name] == ["data/customers.csv"]
    assert (logs / "web.log").read_text() == f"refused {'*' * len(ADA)} ({'*' * 12})\n"
    assert [json.loads(line)["id"] for line in log.read_text().splitlines()] == ["2"]
    assert "[erased]" in log.read_text()


def test_what_cannot_be_cleaned_is_told_and_holds_up_nothing_else(
    run: Console, cast: Cast, workspace: Path, settings: Settings
) -> None:
    log = journal(settings)
    log.write_text(f"no JSON, but {ADA}\n", encoding="utf-8")
    code, said, _ = run("erase", ADA, "--yes")
    assert code == 1
    assert f"{log.parent}: a journal there has a line that cannot be read" in " ".join(said.split())
    assert "confirmed 3 requests" in said
    assert ".touchline/standin/log.jsonl:1" in said


def test_who_was_erased_is_found_by_id_alone_and_erased_no_more(
    run: Console, cast: Cast, console: Console, workspace: Path
) -> None:
    assert run("erase", ADA, "--yes")[0] == 0
    assert "no customer has the address" in run("erase", ADA, "--yes").err
    code, said, _ = run("erase", "1")
    assert (code, said[:24]) == (0, "Customer 1 was erased on")
    told = console("-w", str(workspace), "timeline", "1").out
    assert "Erased: no name, address or word of theirs is left" in told
    assert "Archer" not in told


def test_a_provider_that_does_not_answer_is_named_until_somebody_sees_to_it(
    run: Console, cast: Cast, console: Console, workspace: Path, record: Engine
) -> None:
    port = free_port()
    env = workspace / ".env"
    live = f"TOUCHLINE_SENDGRID_API_KEY=SG.none\nTOUCHLINE_SENDGRID_URL=http://127.0.0.1:{port}\n"
    env.write_text(f"{env.read_text()}{live}", encoding="utf-8")
    code, said, _ = run("erase", ADA, "--yes", "--json")
    told = json.loads(said)
    assert (code, told["confirmed"], told["waiting"]) == (0, 2, {"sendgrid": 1})
    assert ADA not in said
    assert targets(record) == [ADA]
    doctor, stale = (partial(console, "-w", str(workspace), name) for name in ("doctor", "stale"))
    assert "note  erasures    SendGrid: 1 request, asked 1 time" in doctor().out
    assert "1 request to erase" not in stale().err
    with writing(record) as connection:
        long_ago = datetime.now(UTC) - timedelta(days=2)
        connection.execute(update(ErasureRequest).values(created_at=long_ago))
    assert "warn  erasures    SendGrid: 1 request, asked 1 time" in doctor().out
    assert "1 request to erase somebody at a provider not confirmed" in stale().err
    code, said, _ = run("erase", "1", "--by-hand")
    assert (code, "Not confirmed" in said) == (0, False)
    assert targets(record) == []


def targets(record: Engine) -> list[Any]:
    with reading(record) as connection:
        known = select(ErasureRequest.target).where(ErasureRequest.target.is_not(None))
        return list(connection.execute(known).scalars())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dry-run",), "Would remove: 2 texts of messages older than 1 day."),
        ((), "Removed: 2 texts of messages older than 1 day."),
    ],
)
def test_pruning_removes_what_is_older_than_the_settings_keep_it(
    run: Console, cast: Cast, workspace: Path, words: tuple[str, ...], said: str
) -> None:
    toml = workspace / "touchline.toml"
    days = "body_retention_days = 1\nreply_retention_days = 3650\npayload_retention_days = 3650\n"
    toml.write_text(days + toml.read_text(), encoding="utf-8")
    assert run("prune", *words) == (0, f"{said}\n", "")
    left = json.loads(run("prune", "--dry-run", "--json").out)
    assert left == {"dry_run": True, "bodies": 2 if words else 0, "replies": 0, "payloads": 0}


@pytest.mark.parametrize("words", [(), ("forget",), ("erase",), ("export", "nobody@example.com")])
def test_wrong_use_exits_2(run: Console, cast: Cast, words: tuple[str, ...]) -> None:
    code, _, said = run(*words)
    assert (code, bool(said)) == (2, True)


def test_who_leaves_the_question_is_told_that_nothing_was_changed(
    run: Console, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, or the end of input, where an erasure asks whether it is meant."""

    def leave(_question: str) -> bool:
        raise typer.Abort

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(typer, "confirm", leave)
    ended = run("erase", "ada@example.com")
    assert (ended.code, ended.err) == (130, "\nStopped: nothing was changed.\n")
