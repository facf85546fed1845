"""A workspace, a record and the stand-in's durable log, for workers that are killed on the way.

What the providers accepted is read from the log alone: it was on the disk before they answered.
"""

import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sqlalchemy import URL, Engine, select, text, update

from contacts.channels.inbound import inbound_token
from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin.__main__ import INBOUND_VARIABLE
from contacts.delivery.planning.enrol import enrol_new
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Queued, Task, Touch
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadence
from tests.cast import NOW, SIGNING_KEY, ada, olive
from tests.free_ports import free_port
from tests.workers import Forks, Worker
from tests.world import MESSAGES, loaded

STEPS = {
    "email": "  - {key: hello, channel: email, template: hello, day: 0}\n",
    "sms": "  - {key: hello, channel: sms, template: ping, day: 0}\n",
}
_DATABASE = "TOUCHLINE_DATABASE_URL"
LATER = timedelta(minutes=62)
"""Past the time after which a list that is silent proves absence, and a person must look."""
RETRIED = timedelta(minutes=5)
"""Past the wait after which a touch that was not sent is tried again."""


@dataclass(slots=True)
class Stage:
    """Ada is due one message; whoever works on it is a process of its own."""

    engine: Engine
    settings: Settings
    forks: Forks
    now: datetime = NOW

    def start(
        self,
        *parts: str,
        failpoint: str | None = None,
        changes: dict[str, Any] | None = None,
        database: URL | None = None,
        files: int | None = None,
    ) -> Worker:
        """A worker on one pass: "plan", "send" or both.

        `database` is another way to the record; `files` is how many files it may open.
        """
        what = {
            "workspace": str(self.settings.workspace),
            "now": self.now.isoformat(),
            "parts": parts or ("plan", "send"),
            "changes": changes or {},
            "files": files,
        }
        where = {} if database is None else {_DATABASE: database.render_as_string(False)}
        return self.forks.start("tick", failpoint=failpoint, environ=where, what=what)

    def tick(self, *parts: str, after: timedelta = timedelta()) -> None:
        """A pass that nothing interrupts."""
        self.wait(after)
        self.settle()
        assert self.start(*parts).ended() == 0

    def wait(self, span: timedelta) -> None:
        """Time passes, for the providers too; their clock stands still otherwise."""
        self.now += span
        self.ask("/_standin/clock", at=self.now.isoformat())

    def killed_at(self, failpoint: str, *parts: str) -> None:
        """A pass that ends at the point named."""
        assert self.start(*parts, failpoint=failpoint).ended() == -signal.SIGKILL
        self.settle()

    def get_ready_for(self, failpoint: str) -> None:
        """A first touch is planned as Ada is enrolled; any other one on a page of the planner."""
        if failpoint.startswith("plan."):
            [path] = (self.settings.workspace / "cadences").glob("*.yaml")
            enrol_new(self.engine, load_cadence(path), settings=self.settings, now=self.now)

    def settle(self) -> None:
        """Wait until the database has noticed which clients are gone."""
        if self.engine.dialect.name == "postgresql":
            busy = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            until(lambda: self._one(busy) == 0)

    def let_leases_pass(self) -> None:
        """Time goes by, on the database's clock: what was leased until some time no longer is."""
        past = NOW - timedelta(days=400)
        with writing(self.engine) as connection:
            leased = Queued.lease_until.is_not(None)
            connection.execute(update(Queued).where(leased).values(lease_until=past))
            connection.execute(update(Attempt).values(lease_until=past))

    def accepted(self) -> list[str]:
        """The attempts whose message the providers took, as their log has them."""
        log = standin_folder(self.settings.state) / "log.jsonl"
        lines = log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["attempt_id"] for line in lines]

    def requests(self) -> int:
        """How many requests reached the providers, whatever became of them."""
        return int(self.ask("/health")["requests"])

    def fault(self, kind: str, **options: Any) -> None:
        """The providers' next request goes wrong in this way."""
        self.ask("/_standin/faults", kind=kind, count=1, **options)

    def ask(self, path: str, **question: Any) -> Any:
        """The stand-in's answer."""
        body = json.dumps(question).encode() if question else None
        asked = Request(f"{self.settings.standin_url}{path}", body)  # noqa: S310  # http, and ours
        with urlopen(asked, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def touches(self) -> list[tuple[str, str | None]]:
        """(state, reason) of every touch, oldest first."""
        return self._rows(select(Touch.state, Touch.reason).order_by(Touch.id))

    def attempts(self) -> list[str]:
        """The state of every attempt, oldest first."""
        return [row[0] for row in self._rows(select(Attempt.state).order_by(Attempt.id))]

    def fences(self) -> list[int]:
        """The fence under which each attempt was gated, or its touch still waits."""
        gated = self._rows(select(Attempt.fence))
        return [row[0] for row in gated or self._rows(select(Queued.fence))]

    def tasks(self) -> Counter[str]:
        """How many tasks of each kind are open."""
        return Counter(row[0] for row in self._rows(select(Task.kind).where(Task.state == "open")))

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def _one(self, query: Any) -> Any:
        return self._rows(query)[0][0]


@contextmanager
def staged(
    forks: Forks,
    engine: Engine,
    workspace: Path,
    *,
    channel: str = "email",
    on_unknown: str = "hold",
) -> Iterator[Stage]:
    """Ada, a cadence of one step, and the providers as a process."""
    settings = _settings(workspace, engine)
    _write_words(settings, channel, on_unknown)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    folder, port = standin_folder(settings.state), settings.standin_port
    arguments = ["--folder", str(folder), "--port", str(port), "--delay", "999",
                 "--webhooks", settings.local_url]  # fmt: skip
    environ = {INBOUND_VARIABLE: inbound_token(SIGNING_KEY)}
    providers = forks.start("standin", environ=environ, what={"arguments": arguments})
    _wait_until_up(providers, settings.standin_url)
    try:
        stage = Stage(engine, settings, forks)
        stage.wait(timedelta())
        yield stage
    finally:
        providers.kill()


@contextmanager
def web_app(stage: Stage, *, failpoint: str | None = None) -> Iterator[Worker]:
    """The web app, to which the providers tell what became of a message."""
    what = {"workspace": str(stage.settings.workspace), "now": stage.now.isoformat()}
    worker = stage.forks.start("web", failpoint=failpoint, what=what)
    _wait_until_up(worker, stage.settings.local_url)
    try:
        yield worker
    finally:
        if failpoint is None:
            worker.kill()


def _wait_until_up(worker: Worker, url: str) -> None:
    """Fail with its exit code if it ended instead; what it said is among the test's output."""
    until(lambda: worker.is_gone or answers(url))
    assert not worker.is_gone, f"it ended with {worker.ended()} before it took connections"


def hear_everything(stage: Stage) -> None:
    """Let the providers tell the web app everything; wait until it took it."""
    assert stage.ask("/_standin/flush", seconds=30) == {"pending": 0}


def found_to_be_accepted(stage: Stage, told_by: str) -> None:
    """A worker died with its message accepted: the provider tells so, and it stays at one."""
    assert (stage.attempts(), len(stage.accepted())) == (["sending"], 1)
    stage.let_leases_pass()
    if told_by == "webhook":
        with web_app(stage):
            hear_everything(stage)
    stage.tick()
    made = "delivered" if told_by == "webhook" else "accepted"
    assert (stage.touches(), stage.attempts()) == ([(made, None)], ["accepted"])
    stage.tick(after=LATER)
    assert len(stage.accepted()) == stage.requests() == 1
    assert stage.tasks() == {}


def absent_until_settled(stage: Stage, on_unknown: str) -> None:
    """A worker died before its request: a person is asked, or the provider's list proves it."""
    stage.let_leases_pass()
    stage.tick()
    assert (stage.touches(), stage.attempts()) == ([("unknown", "in_doubt")], ["unknown"])
    assert stage.requests() == 0
    stage.tick(after=LATER)
    stage.tick(after=LATER)
    if on_unknown == "resend":
        assert (stage.touches(), stage.attempts()[1:]) == ([("accepted", None)], ["accepted"])
        assert len(stage.accepted()) == stage.requests() == 1
        return
    assert stage.touches() == [("needs_review", "in_doubt")]
    assert stage.tasks() == {"review": 1}
    assert stage.requests() == 0


def begin_to_tell(stage: Stage) -> None:
    """Let the providers begin, whether or not anybody listens."""
    with suppress(HTTPError):  # 504: it could not tell everything within that time
        stage.ask("/_standin/flush", seconds=0.1)


def until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for another process."""
    ending = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ending, "it did not come to pass"
        time.sleep(0.01)


def answers(url: str) -> bool:
    """Whether a server takes connections there."""
    host, port = url.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _settings(workspace: Path, engine: Engine) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    environ = {
        "SECRET_KEY": SIGNING_KEY,
        "DATABASE_URL": url,
        "STANDIN_PORT": free_port(),
        "WEB_PORT": free_port(),
        "SENDGRID_ACTIVITY": "true",
    }
    lines = [f"TOUCHLINE_{name}='{value}'" for name, value in environ.items()]
    (workspace / ".env").write_text("\n".join(lines), encoding="utf-8")
    return load_settings(workspace)


def _write_words(settings: Settings, channel: str, on_unknown: str) -> None:
    for name, words in MESSAGES.items():
        path = settings.workspace / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    folder = settings.workspace / "cadences"
    folder.mkdir()
    source = loaded(STEPS[channel], on_unknown=on_unknown).source
    (folder / "sample.yaml").write_text(source, encoding="utf-8")
