"""`touchline doctor`: what is wrong, with its remedy, also while parts are down."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.delivery.pausing.resume import begin_pass
from contacts.record.engine import open_record
from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import load_settings
from flows.doctor.credentials import credential_findings
from flows.doctor.names import records_for
from flows.doctor.reaching import prefect_finding, provider_findings
from tests.cast import NOW
from tests.console import Console
from tests.free_ports import free_port

KEY = f"SG.{'a' * 22}.{'b' * 43}"
TOKEN = "0123456789abcdef" * 2
SID = f"AC{TOKEN}"


@pytest.fixture
def ready(workspace: Path, give_record: Callable[[Path], None]) -> Path:
    """A workspace with a record, one sound cadence, and ports where nothing answers."""
    (workspace / "cadences").mkdir()
    (workspace / "cadences" / "hello.yaml").write_text(
        "name: hello\ngoal: a word\npurpose: service\nstart: {on: customer.added}\n"
        "steps:\n  - {key: hello, channel: email, template: welcome, day: 0}\n"
    )
    toml = workspace / "touchline.toml"
    ports = f"prefect_port = {free_port()}\nstandin_port = {free_port()}\n"
    toml.write_text(f"{ports}{toml.read_text()}")
    (workspace / ".env").chmod(0o600)
    give_record(workspace)
    return workspace


Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(ready: Path, console: Console) -> Doctor:
    return lambda *words: console("-w", str(ready), "doctor", *words)[:2]


def by_check(out: str) -> dict[str, dict[str, str]]:
    return {one["check"]: one for one in json.loads(out)["findings"]}


def test_a_sound_workspace_fails_nowhere(doctor: Doctor) -> None:
    code, out = doctor()
    assert code == 0, out
    # A path is not broken, for somebody may copy it.
    assert max(len(line) for line in out.splitlines() if "/" not in line) <= 80
    assert "FAIL" not in out
    code, out = doctor("--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    checks = by_check(out)
    assert {"python", "libraries", "record", "clock", "zones", "files", "disk", "sending"} <= {
        *checks
    }
    assert "tzdata" in checks["zone data"]["said"]


def test_s14_no_secret_is_ever_shown(doctor: Doctor, ready: Path) -> None:
    with (ready / ".env").open("a") as env:
        env.write(f"TOUCHLINE_SENDGRID_API_KEY={KEY}\nTOUCHLINE_SENDGRID_URL=http://127.0.0.1:1\n")
        env.write(f"TOUCHLINE_TWILIO_ACCOUNT_SID={SID}\nTOUCHLINE_TWILIO_AUTH_TOKEN={TOKEN}\n")
        env.write("TOUCHLINE_TWILIO_URL=http://127.0.0.1:1\n")
    code, out = doctor("--ask-providers")
    assert code == 1
    assert KEY not in out
    assert TOKEN not in out
    code, out = doctor("--json")
    assert KEY not in out
    assert TOKEN not in out
    failed = {one["check"] for one in json.loads(out)["findings"] if one["verdict"] == "FAIL"}
    assert failed == {"webhooks", "sender", "public_url", "SendGrid", "Twilio"}


def test_a_faulty_file_fails_with_the_command_that_names_it(doctor: Doctor, ready: Path) -> None:
    (ready / "cadences" / "hello.yaml").write_text("name: hello\ngaol: none\n")
    code, out = doctor("--json")
    assert code == 1
    assert "touchline check" in by_check(out)["files"]["remedy"]
    assert by_check(out)["files"]["said"] == "1 cadence, 0 messages, 4 faults"


def test_rows_that_the_next_sync_refuses_are_named_without_their_values(
    doctor: Doctor, ready: Path
) -> None:
    customers = ready / "data" / "customers.csv"
    customers.write_text("email,timezone\nada@example.com,\n")
    assert by_check(doctor("--json")[1])["data"]["said"] == "1 file, 1 row, each sound by itself"
    customers.write_text("email,timezone\nada@example.com,\nada\nbob@example.com,Mars/Base\n")
    code, out = doctor("--json")
    found = by_check(out)["data"]
    assert (code, found["verdict"]) == (0, "warn")
    head, shape, cell = found["said"].splitlines()
    assert head == "data/customers.csv: 2 of 3 rows refused:"
    assert shape.startswith("data/customers.csv:3:1: the row has 1 cell and the header 2; ")
    assert cell.startswith("data/customers.csv:4:17: timezone: '…' is not a time zone")
    assert "touchline import customers data/customers.csv" in found["remedy"]
    with customers.open("a") as file:
        file.write("cleo\nbea\n")
    head, *places = by_check(doctor("--json")[1])["data"]["said"].splitlines()
    assert (head, len(places)) == ("data/customers.csv: 4 of 5 rows refused, the first:", 3)
    shown = [line.lstrip() for line in doctor()[1].splitlines()]
    assert any(line.startswith("data/customers.csv:4:17: ") for line in shown)


def test_a_file_that_the_next_sync_refuses_whole_is_named(doctor: Doctor, ready: Path) -> None:
    (ready / "data" / "orders.csv").write_text("order_id;email\n")
    found = by_check(doctor("--json")[1])["data"]
    assert found["said"].startswith("data/orders.csv is refused whole:\ndata/orders.csv:1:1: ")


def test_a_damaged_record_fails_and_everything_else_is_still_looked_at(
    doctor: Doctor, ready: Path
) -> None:
    (ready / ".touchline" / "touchline.db").write_bytes(b"no database" * 500)
    code, out = doctor("--json")
    checks = by_check(out)
    assert code == 1
    assert "is damaged" in checks["record"]["said"]
    assert {"files", "disk", "Prefect"} <= {*checks}


def test_secrets_that_others_may_read_are_a_warning(doctor: Doctor, ready: Path) -> None:
    (ready / ".env").chmod(0o644)
    code, out = doctor("--json")
    assert (code, by_check(out)["secrets"]["verdict"]) == (0, "warn")


async def test_another_workspaces_standin_on_the_port_fails_with_its_remedy(
    workspace: Path, tmp_path: Path
) -> None:
    settings = load_settings(workspace, standin_port=free_port())
    async with running_standin(tmp_path / "other", port=settings.standin_port):
        [found] = await asyncio.to_thread(lambda: [*provider_findings(settings, ask=False)])
    assert found.verdict is Verdict.FAIL
    assert "set standin_port" in found.remedy
    assert not settings.state.exists()  # it changes nothing
    async with running_standin(standin_folder(settings.state), port=settings.standin_port):
        [found] = await asyncio.to_thread(lambda: [*provider_findings(settings, ask=False)])
    assert found.verdict is Verdict.OK


def test_the_records_to_set_are_told_for_the_sender_s_domain(workspace: Path) -> None:
    settings = load_settings(workspace, reply_domain="reply.example.com")
    wanted = {(one.kind, one.name): one.value for one in records_for(settings)}
    assert wanted["TXT", "_dmarc.example.com"].startswith("v=DMARC1")
    assert "s1._domainkey.example.com" in {name for _, name in wanted}
    assert wanted["MX", "reply.example.com"] == "10 mx.sendgrid.net"


@pytest.mark.parametrize(
    ("given", "check", "verdict"),
    [
        ({}, "SendGrid", "ok"),
        ({"sendgrid_api_key": KEY}, "SendGrid", "ok"),
        ({"sendgrid_api_key": "SG.short"}, "SendGrid", "warn"),
        ({"sendgrid_api_key": KEY}, "webhooks", "FAIL"),
        ({"sendgrid_api_key": KEY, "sendgrid_webhook_key": "bm8="}, "webhooks", "FAIL"),
        ({"sendgrid_api_key": KEY}, "public_url", "FAIL"),
        ({"sendgrid_api_key": KEY, "public_url": "https://touch.example.com"}, "public_url", "ok"),
        ({"twilio_account_sid": SID}, "Twilio", "FAIL"),
        ({"twilio_account_sid": SID, "twilio_auth_token": TOKEN}, "Twilio", "ok"),
        ({"twilio_account_sid": "AC1", "twilio_auth_token": TOKEN}, "Twilio", "warn"),
        ({"twilio_account_sid": SID, "twilio_auth_token": TOKEN}, "sender", "FAIL"),
    ],
)
def test_credentials_are_judged_by_their_form(
    workspace: Path, given: dict[str, str], check: str, verdict: str
) -> None:
    found = credential_findings(load_settings(workspace, **given))
    assert [str(one.verdict) for one in found if one.check == check] == [verdict]


# Providers that answer.


@contextmanager
def serving(status: int, answer: Any) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that gives this answer to every request; its address, what it heard."""
    heard: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {self.headers.get('Authorization')}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_GET  # noqa: N815  # its name in http.server

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(workspace: Path, status: int, answer: Any, **given: str) -> tuple[Finding, list[str]]:
    with serving(status, answer) as (url, heard):
        urls = {"sendgrid_url": url, "twilio_url": url}
        settings = load_settings(workspace, **urls, **given)
        found = next(iter(provider_findings(settings, ask=True)))
    return found, heard


@pytest.mark.parametrize(
    ("status", "answer", "verdict"),
    [
        (200, {"scopes": ["mail.send"]}, "ok"),
        (200, {"scopes": ["stats.read"]}, "FAIL"),
        (401, {}, "FAIL"),
        (200, [], "FAIL"),
    ],
)
def test_sendgrid_is_asked_what_the_key_may_do(
    workspace: Path, status: int, answer: Any, verdict: str
) -> None:
    found, heard = asked(workspace, status, answer, sendgrid_api_key=KEY)
    assert (found.check, str(found.verdict)) == ("SendGrid", verdict)
    assert heard == [f"/v3/scopes Bearer {KEY}"]
    assert KEY not in f"{found}"


@pytest.mark.parametrize(("status", "verdict"), [("active", "ok"), ("suspended", "FAIL")])
def test_twilio_is_asked_for_the_account(workspace: Path, status: str, verdict: str) -> None:
    given = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN}
    found, heard = asked(workspace, 200, {"status": status}, **given)
    pair = b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert (found.check, str(found.verdict)) == ("Twilio", verdict)
    assert heard == [f"/2010-04-01/Accounts/{SID}.json Basic {pair}"]


def test_runs_that_say_running_for_hours_are_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [{"start_time": "2026-11-20T10:00:00Z"}, {"start_time": "2026-11-20T14:59:00Z"}]
    for given, verdict in ((runs, "warn"), (runs[1:], "ok")):
        with serving(200, given) as (url, _):
            monkeypatch.setenv("PREFECT_API_URL", f"{url}/api")
            found = prefect_finding(load_settings(workspace), now=NOW)
        assert str(found.verdict) == verdict


def test_a_workspace_without_a_record_yet_is_no_failure(workspace: Path, console: Console) -> None:
    found = by_check(console("-w", str(workspace), "doctor", "--json").out)
    assert found["record"]["verdict"] == "note"
    assert found["record"]["said"].startswith("there is none yet")


def test_a_record_that_is_gone_is_one(ready: Path, doctor: Doctor) -> None:
    settings = load_settings(ready)
    engine = open_record(settings.url)
    begin_pass(engine, settings, now=NOW)
    engine.dispose()
    (settings.state / "touchline.db").unlink()
    code, out = doctor("--json")
    assert (code, by_check(out)["record"]["verdict"]) == (1, "FAIL")
    assert "is gone" in by_check(out)["record"]["said"]
