"""The product itself: one `tick` over everything that is due, with all its rules on."""

from contextlib import AbstractContextManager

import uvloop
from sqlalchemy import Engine, event, func, select

from benchmarks.measured import Measured, cpu_seconds, measuring
from benchmarks.other_workers import NO_OTHERS, OtherWorkers, other_workers
from benchmarks.people import NOW
from benchmarks.product_record import let_in
from benchmarks.product_run import Run
from contacts.delivery.planning.enrol import enrol_new
from contacts.delivery.tick import Tick
from contacts.record.engine import open_record, reading
from contacts.record.tables import Attempt
from contacts.workspace.files import load_cadence

CADENCES = {"email": "spring", "sms": "reminder"}


def measure(run: Run, *, port: int, touches: int, workers: int) -> Measured:
    """Let the prepared warm-up through, then measure a tick of `touches`."""
    measured = Measured(touches=touches)
    around = measuring(measured)
    with other_workers(run, port=port, count=workers - 1) as others:
        uvloop.run(work_through(run, port=port, measured=measured, around=around, others=others))
    return measured


async def work_through(
    run: Run,
    *,
    port: int,
    measured: Measured,
    around: AbstractContextManager[object],
    others: OtherWorkers = NO_OTHERS,
) -> None:
    """Let the warm-up through, then everybody else, with `around` around that tick alone.

    They are enrolled before it: that happens once to a customer, and a touch is one of many. Once
    all are planned, the `others` send them as well; what they cost is not counted, but their time.
    """
    settings = run.settings(port)
    loaded = [load_cadence(run.folder / "cadences" / f"{CADENCES[run.channel]}.yaml")]
    engine = open_record(settings.url)
    one_pass = Tick(engine, settings, NOW)
    one_pass.plan(loaded, some_held=False)
    await one_pass.send()
    let_in(engine)
    before = cpu_seconds()
    enrol_new(engine, loaded[0], settings=settings, now=NOW)
    measured.enrol_cpu_seconds = cpu_seconds() - before
    commits: list[None] = []
    event.listen(engine, "commit", lambda _: commits.append(None))
    with around:
        one_pass.plan(loaded, some_held=False)
        others.begin()
        report = await one_pass.send()
        by_others = sum(others.end())
    measured.commits = len(commits)
    _check(engine, report.sent + by_others, measured.touches)
    engine.dispose()


def _check(engine: Engine, sent: int, touches: int) -> None:
    """A number counts only if exactly what was due went out, and is on record."""
    assert sent == touches, sent
    with reading(engine) as connection:
        states = connection.execute(select(Attempt.state, func.count()).group_by(Attempt.state))
        assert {row.state for row in states} == {"accepted"}
