"""import, timeline, stale, log and migrate as an account owner uses them."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from contacts.record.engine import open_record, writing
from contacts.record.migrate import known_versions
from contacts.record.tables import Customer
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from tests.console import Console

STARTER = Path(__file__).parents[2] / "templates" / "starter"
LATEST = known_versions()[-1]
CUSTOMERS = """\
email,first_name,last_name,timezone,owner,joined_on
ada@example.com,Ada,Archer,America/New_York,olive@example.com,2026-11-20
bob@example.com,Bob,Baker,Europe/Minsk,olive@example.com,2025-11-20
"""


@pytest.fixture
def run(workspace: Path, monkeypatch: pytest.MonkeyPatch, console: Console) -> Console:
    """Runs `touchline` in the workspace, on a wide terminal."""
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("COLUMNS", "200")
    return console


@pytest.fixture
def customers(workspace: Path, give_record: Callable[[Path], None]) -> Path:
    give_record(workspace)
    path = workspace / "data" / "customers.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    return path


def test_stale_names_the_cadences_that_a_fault_holds_up(
    run: Console, customers: Path, workspace: Path
) -> None:
    cadence = workspace / "cadences" / "winback.yaml"
    cadence.parent.mkdir()
    sound = (STARTER / "cadences" / "winback.yaml").read_text("utf-8")
    cadence.write_text(sound.replace("goal:", "gaol:"), encoding="utf-8")
    assert run("import", "customers", "data/customers.csv").code == 0
    held = run("stale")
    as_json = json.loads(run("stale", "--json").out)
    cadence.write_text(sound, encoding="utf-8")
    mended = run("stale")
    assert "No cadence has taken them in; 'winback' might, but cannot be planned" in held.out
    assert "Remedy: mend what 'touchline check' names, then run 'touchline tick'" in held.out
    assert {one["remedy"] for one in as_json["uncovered"]} == {
        "mend what 'touchline check' names, then run 'touchline tick'"
    }
    assert "Remedy: run 'touchline tick'; if that does not help" in mended.out


def test_a_first_day_with_the_record(run: Console, customers: Path, settings: Settings) -> None:
    imported = run("import", "customers", "data/customers.csv")
    assert imported.code == 0
    assert "2 rows: 2 new, 0 changed, 0 unchanged, 0 refused" in imported.out

    stale = run("stale")
    assert stale.code == 1
    assert (
        "0 of 2 active customers are in hand. 2 have nothing planned; nobody is stale yet."
        in stale.out
    )
    assert "No cadence has taken them in" in stale.out
    assert "Ada Archer" in stale.out

    engine = open_record(settings.url)
    now = datetime.now(UTC)
    with writing(engine) as connection:
        open_tasks(connection, [NewTask(1, "call", "Call Ada", due_at=now)], now=now)
    engine.dispose()
    assert "(task 1)" in run("timeline", "1").out

    logged = run("log", "ada@example.com", "call", "Spoke about tea", "--waive-until", "2999-01-01")
    assert logged.code == 0
    assert "Call recorded for Ada Archer. Task 1 is done: Call Ada." in logged.out
    told = run("timeline", "ADA@example.com").out
    assert "Spoke about tea" in told
    assert "left alone until 2999-01-01: before that day no marketing leaves" in logged.out
    assert "Called; to be left alone until Tue 1 Jan 2999" in told
    assert "We leave them alone until Tue 1 Jan 2999" in told

    run("log", "1", "note", "Back early", "--end-waiver")
    told = run("timeline", "1").out
    assert "Note; no longer to be left alone" in told
    assert "We leave them alone" not in told
    run("log", "1", "note", "Away again", "--waive-until", "2999-01-01")
    run("log", "2", "note", "Moves house", "--waive-until", "2999-01-01")
    proof = run("stale")
    assert proof.code == 0
    assert proof.out == "2 of 2 active customers are in hand: 2 waived. Nobody is stale.\n"


def test_a_call_is_logged_with_what_came_of_it(run: Console, customers: Path) -> None:
    run("import", "customers", "data/customers.csv")
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    tried = run("log", "1", "call", "--result", "no_answer", "--on", day).out
    assert tried == (
        "Call (no answer) recorded for Ada Archer. "
        f"Task 1 stays open until {day}: Call Ada Archer again.\n"
    )
    assert "Olive Owner: Call Ada Archer again (no answer) (task 1)" in run("timeline", "1").out
    tried = run("log", "1", "call", "--result", "no_answer").out
    assert "Task 1 stays open until" in tried
    said = json.loads(run("log", "1", "call", "Fine", "--result", "reached", "--json").out)
    assert (said["result"], said["closed"]["id"]) == ("reached", 1)
    given_up = run("log", "1", "call", "--result", "no_answer", "--give-up").out
    assert "Call (no answer) recorded for Ada Archer. Task 2 is done: Check in" in given_up


def test_faults_go_to_stderr_with_their_place_and_the_good_rows_in(
    run: Console, customers: Path
) -> None:
    customers.write_text(CUSTOMERS + "cleo@@example.com,Cleo,,,,\n", encoding="utf-8")
    answer = run("import", "customers", "data/customers.csv")
    assert answer.code == 1
    assert answer.err.startswith("data/customers.csv:4:1: email: ")
    assert "3 rows: 2 new, 0 changed, 0 unchanged, 1 refused" in answer.out
    assert run("import", "customers", "data/customers.csv", "--strict").out.endswith(
        "nothing was imported (--strict)\n"
    )


def test_faults_and_warnings_come_in_the_order_of_the_file_each_warning_once(
    run: Console, customers: Path
) -> None:
    header = "email,first_name,consent_email,consent_source,consent_at"
    customers.write_text(f"{header}\nada@example.com,Ada,no,form,2026-01-02\n", encoding="utf-8")
    run("import", "customers", "data/customers.csv")
    old = "ada@example.com,Ada,yes,form,2025-01-01"
    customers.write_text(f"{header}\n{old}\nbad@@,B,,,\n{old}\nc@,C,,,\n", encoding="utf-8")
    answer = run("import", "customers", "data/customers.csv")
    places = [line.split(": ")[0] for line in answer.err.splitlines()]
    assert places == [f"data/customers.csv:{place}" for place in ("2:21", "3:1", "4:1", "5:1")]
    assert "warning: consent_email" in answer.err


def test_a_warning_that_repeats_is_told_once_with_its_count(run: Console, customers: Path) -> None:
    header = "email,consent_email,consent_source,consent_at\n"
    people = [f"{name}@example.com" for name in ("ada", "bob", "cleo")]
    for consent in ("no,form,2026-01-02", "yes,form,2025-01-01"):
        rows = "".join(f"{one},{consent}\n" for one in people)
        customers.write_text(header + rows, encoding="utf-8")
        answer = run("import", "customers", "data/customers.csv")
    [line] = answer.err.splitlines()
    assert line.startswith("data/customers.csv:2:17: warning: consent_email: ")
    assert line.endswith(" (3 times, here first)")
    as_json = json.loads(run("import", "customers", "data/customers.csv", "--json").out)
    assert list(as_json["warned"].values()) == [3]


def test_a_bad_file_is_one_line_and_exit_1(run: Console, customers: Path) -> None:
    customers.write_text("", encoding="utf-8")
    answer = run("import", "customers", "data/customers.csv")
    assert answer.code == 1
    assert answer.err == "data/customers.csv:1:1: the file is empty\n"


def test_every_reading_command_speaks_json(run: Console, customers: Path) -> None:
    report = json.loads(run("import", "customers", "data/customers.csv", "--json").out)
    assert (report["created"], report["faults"]) == (2, [])
    found = json.loads(run("stale", "--json").out)
    assert (found["active"], found["uncovered_count"]) == (2, 2)
    assert found["uncovered"][0]["customer_id"] == 1
    logged = json.loads(run("log", "1", "benefit", "Saved two hours a week", "--json").out)
    assert (logged["kind"], logged["closed"]) == ("benefit", None)
    recap = json.loads(run("recap", "1", "--json").out)
    assert (recap["count"], recap["items"][0]["kind"]) == (1, "extra")
    story = json.loads(run("timeline", "1", "--json").out)
    assert story["customer"]["email"] == "ada@example.com"
    told = {one["kind"]: one for one in story["timeline"]}["benefit"]
    assert (told["title"], told["detail"]) == ("Benefit: extra", "Saved two hours a week")
    assert json.loads(run("migrate", "--json").out)["from"] == LATEST


def test_a_recap_is_told_and_written_as_a_page(run: Console, customers: Path) -> None:
    run("import", "customers", "data/customers.csv")
    nothing = run("recap", "1", "--out", "page.html")
    assert (nothing.code, nothing.out) == (1, "")
    assert "has no benefit on record from" in nothing.err
    said = run(
        "log", "1", "benefit", "A <mill> on loan", "--worth", "120,00", "--currency", "EUR"
    ).out
    assert "They read it in their recap, which is in English." in said
    run("log", "1", "benefit", "A lesson", "--kind", "service", "--hours", "1.5")
    assert "00:00" not in run("timeline", "1").out
    told = run("recap", "ada@example.com").out.splitlines()
    assert told[0].startswith("Ada Archer: 2 benefits from ")
    assert told[0].endswith(", 1.5 h, 120.00 EUR")
    assert told[1].endswith("extra     A <mill> on loan (120.00 EUR)")
    assert run("recap", "1", "--out", "page.html", "--locale", "de").out == "page.html: written.\n"
    page = Path("page.html").read_text(encoding="utf-8")
    assert "A &lt;mill&gt; on loan" in page
    assert "120,00\xa0€" in page


def test_wrong_use_is_one_line_and_exit_2(run: Console, customers: Path) -> None:
    run("import", "customers", "data/customers.csv")
    for words, said in (
        (("timeline", "99"), "no customer has the id 99"),
        (("timeline", "adda@example.com"), "did you mean ada@example.com (Ada Archer)?"),
        (("timeline", "Bobb"), "did you mean bob@example.com (Bob Baker)?"),
        (("log", "archer", "call", "x"), "did you mean ada@example.com (Ada Archer)?"),
        (("log", "1", "call", "  "), "say what happened"),
        (("log", "1", "call", "x", "--at", "soon"), "2026-11-20T09:00"),
        (("log", "1", "call", "x", "--at", "2999-01-01"), "future"),
        (("log", "1", "note", "x", "--waive-until", "2020-01-01"), "name a day ahead"),
        (("log", "1", "call", "x", "--task", "7"), "no open task 7"),
        (("log", "1", "call", "x", "--worth", "5"), "goes with a benefit, not with a call"),
        (("log", "1", "benefit", "x", "--worth", "5"), "--worth 120 --currency EUR"),
        (("log", "1", "benefit", "x", "--worth", "5", "--currency", "EURO"), "ISO 4217"),
        (("log", "1", "benefit", "x", "--hours", "two"), "--hours two: not a number of hours"),
        (("log", "1", "benefit", "x" * 501), "1 to 500 characters"),
        (("log", "1", "benefit", "x", "--task", "1"), "is no contact and settles no task"),
        (("recap", "1", "--out", "page.pdf"), "page.pdf: name a file that ends in .html"),
        (("recap", "1", "--out", "page.html", "--locale", "xx"), "--locale xx: no language"),
        (("log", "1", "letter", "x", "--on", "2026-11-01"), "--at says when it was"),
        (("log", "1", "note", "x", "--on", "2999-11-01"), "only a call or a visit is tried"),
        (("log", "1", "call", "--result", "asked_to_call_back"), "say on which day"),
        (("log", "1", "call", "--result", "no_answer", "--on", "soon"), "--on soon: write it as"),
        (("log", "1", "note", "x", "--result", "reached"), "not of a note"),
    ):
        answer = run(*words)
        assert answer.code == 2, words
        assert said in answer.err
        assert len(answer.err.splitlines()) == 1
    assert run("log", "1", "kiss", "x").code == 2
    assert run("import", "customers", "nowhere.csv").code == 2


def test_a_past_call_is_told_on_the_customers_clock(run: Console, customers: Path) -> None:
    run("import", "customers", "data/customers.csv")
    day = (datetime.now(UTC) - timedelta(days=2)).date()
    run("log", "bob@example.com", "call", "Spoke", "--at", f"{day}T09:30")
    assert "  09:30 ☎ Called · Spoke" in run("timeline", "bob@example.com").out


def test_words_of_others_cannot_take_over_the_terminal(run: Console, customers: Path) -> None:
    run("import", "customers", "data/customers.csv")
    run("log", "1", "note", "harmless \x1b]0;taken\x07 [bold]words[/bold]")
    told = run("timeline", "1").out
    assert "\x1b" not in told
    assert "[bold]words[/bold]" in told


def test_migrate_says_from_where_to_where(run: Console) -> None:
    assert run("migrate").out == f"migrated from an empty record to {LATEST}\n"
    assert run("migrate").out == f"nothing to do: the record is at {LATEST}\n"


@pytest.mark.parametrize("command", [("stale",), ("timeline", "1"), ("migrate",)])
def test_a_damaged_record_is_one_line_and_exit_3(
    run: Console, settings: Settings, command: tuple[str, ...]
) -> None:
    settings.state.mkdir()
    (settings.state / "touchline.db").write_bytes(b"not a database at all " * 100)
    answer = run(*command)
    assert answer.code == 3
    assert len(answer.err.splitlines()) == 1
    assert "damaged" in answer.err


def test_a_record_of_a_newer_program_is_one_line_and_exit_3(
    run: Console, settings: Settings
) -> None:
    run("migrate")
    engine = open_record(settings.url)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_the_future'")
    engine.dispose()
    answer = run("stale")
    assert answer.code == 3
    assert "9999_the_future" in answer.err


@pytest.mark.postgresql
def test_a_database_server_is_migrated_only_when_asked(
    run: Console, workspace: Path, new_postgresql_database: Callable[[str], str]
) -> None:
    with (workspace / ".env").open("a") as file:
        file.write(f"TOUCHLINE_DATABASE_URL={new_postgresql_database('template0')}\n")
    refused = run("stale")
    assert refused.code == 3
    assert "run 'touchline migrate'" in refused.err
    assert run("migrate").out == f"migrated from an empty record to {LATEST}\n"
    assert "the record holds no customer" in run("stale").err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_proof_about_nobody_is_no_proof(
    run: Console, settings: Settings, options: tuple[str, ...]
) -> None:
    gone = run("stale", *options)
    assert not (settings.state / "touchline.db").exists()  # asking makes no record
    run("migrate")
    empty = run("stale", *options)
    for answer, why in ((gone, "there is no record here"), (empty, "holds no customer")):
        assert answer.code == 1
        assert why in answer.err
        assert "touchline import customers" in answer.err
        assert len(answer.err.splitlines()) == 1
        assert answer.out == "" if not options else not json.loads(answer.out)["holds"]


def test_a_business_whose_customers_have_all_left_passes_and_says_so(
    run: Console, settings: Settings, customers: Path
) -> None:
    run("import", "customers", "data/customers.csv")
    engine = open_record(settings.url)
    with writing(engine) as connection:
        connection.execute(update(Customer).values(active=False))
    engine.dispose()
    answer = run("stale")
    assert answer.code == 0
    assert answer.out.startswith("All 2 customers have left: nobody is active")
    assert json.loads(run("stale", "--json").out)["holds"]


def test_a_large_import_runs_without_a_terminal(run: Console, customers: Path) -> None:
    rows = [f"c{number}@example.com,{'x' * 1_000}" for number in range(1_100)]
    customers.write_text("\n".join(["email,notes", *rows]), encoding="utf-8")
    assert customers.stat().st_size > 1_000_000
    answer = run("import", "customers", "data/customers.csv")
    assert "1,100 rows: 1,100 new" in answer.out
    assert answer.err == ""


def test_the_console_script_says_a_known_error_without_a_traceback(workspace: Path) -> None:
    script = Path(sys.executable).with_name("touchline")
    command = [str(script), "-w", str(workspace), "timeline", "99"]
    answer = subprocess.run(command, text=True, capture_output=True, check=False)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("no customer has the id 99")
    assert len(answer.stderr.splitlines()) == 1
