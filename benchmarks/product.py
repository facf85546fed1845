"""The product itself: one `tick` over everything that is due, with all its rules on."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from sqlalchemy import Engine, event, func, select

from benchmarks.measured import Measured, cpu_seconds, measuring
from benchmarks.people import NOW
from benchmarks.product_record import let_in
from contacts.cadences.loaded import LoadedCadence
from contacts.delivery.planning.enrol import enrol_new
from contacts.delivery.reports import SendReport
from contacts.delivery.tick import Tick
from contacts.record.engine import open_record, reading
from contacts.record.tables import Attempt
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadence

CADENCES = {"email": "spring", "sms": "reminder"}


@dataclass(frozen=True, slots=True)
class Run:
    """Where and with what the product is measured."""

    folder: Path
    channel: str = "email"
    database: str | None = None  # a URL; none: SQLite in the folder
    batch_size: int = 100

    def settings(self, port: int) -> Settings:
        given = {} if self.database is None else {"database_url": self.database}
        settings = load_settings(self.folder, standin_port=port, **given)
        # A copy is not validated: batches are measured that no business may set.
        return settings.model_copy(update={"batch_size": self.batch_size})


def measure(run: Run, *, port: int, touches: int) -> Measured:
    """Let the prepared warm-up through, then measure a tick of `touches`."""
    measured = Measured(touches=touches)
    uvloop.run(work_through(run, port=port, measured=measured, around=measuring(measured)))
    return measured


async def work_through(
    run: Run, *, port: int, measured: Measured, around: AbstractContextManager[object]
) -> None:
    """Let the warm-up through, then everybody else, with `around` around that tick alone.

    They are enrolled before it: that happens once to a customer, and a touch is one of many.
    """
    settings = run.settings(port)
    loaded = [load_cadence(run.folder / "cadences" / f"{CADENCES[run.channel]}.yaml")]
    engine = open_record(settings.url)
    one_pass = Tick(engine, settings, NOW)
    await _work(one_pass, loaded)
    let_in(engine)
    before = cpu_seconds()
    enrol_new(engine, loaded[0], settings=settings, now=NOW)
    measured.enrol_cpu_seconds = cpu_seconds() - before
    commits: list[None] = []
    event.listen(engine, "commit", lambda _: commits.append(None))
    with around:
        report = await _work(one_pass, loaded)
    measured.commits = len(commits)
    _check(engine, report, measured.touches)
    engine.dispose()


async def _work(one_pass: Tick, cadences: list[LoadedCadence]) -> SendReport:
    one_pass.plan(cadences, some_held=False)
    return await one_pass.send()


def _check(engine: Engine, report: SendReport, touches: int) -> None:
    """A number counts only if exactly what was due went out, and is on record."""
    assert report.sent == touches, report
    with reading(engine) as connection:
        states = connection.execute(select(Attempt.state, func.count()).group_by(Attempt.state))
        assert {row.state for row in states} == {"accepted"}
