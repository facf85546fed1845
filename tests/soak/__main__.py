"""`python -m tests.soak`: many touches, workers that are killed, a provider that misbehaves.

Three workers send on one PostgreSQL record while they are killed with SIGKILL and replaced, one
request in ten goes wrong, and the queue is put in order every second instead of every night. At the
end the provider's own journal says whether any touch was sent twice or lost; the exit code is 1 if
one was.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn
from sqlalchemy import Engine, func, select

from contacts.delivery.planning.plan import plan
from contacts.delivery.settle import settle
from contacts.record.engine import open_record, reading
from contacts.record.tables import Touch
from contacts.record.upkeep.queue_order import put_in_order
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadences
from tests.free_ports import free_port
from tests.soak.house import Provider, Workers, postgresql, standin, web_app
from tests.soak.town import move_in, write_workspace
from tests.soak.verdict import Verdict, verdict

LOOK_EVERY = 1.0  # seconds
UNSETTLED = ("planned", "sending")
DEADLINE = timedelta(minutes=61)
"""After it a touch in doubt goes to a person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    kills: int
    orderings: int
    """How often the queue was put in order, with every worker waiting for it."""
    seconds: float


def main(arguments: list[str] | None = None) -> int:
    wish = _parser().parse_args(arguments)
    # Whoever ends us ends our processes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    with tempfile.TemporaryDirectory(prefix="touchline-soak-") as folder:
        outcome = _soak(Path(folder), wish, console)
    _tell(outcome, console)
    return 0 if outcome.verdict.holds else 1


def _soak(folder: Path, wish: argparse.Namespace, console: Console) -> Outcome:
    write_workspace(
        folder, web=free_port(), standin=free_port(), batch=wish.batch, timeout=wish.timeout
    )
    with postgresql() as url, console.status("planning") as status:
        settings = load_settings(folder, database_url=url)
        engine = open_record(settings.url)
        move_in(engine, settings, customers=wish.touches, texts_every=wish.texts_every)
        cadences = load_cadences(folder / "cadences")
        plan(engine, cadences, settings=settings, now=datetime.now(UTC))
        status.stop()
        try:
            return _send(engine, settings, wish, console)
        finally:
            engine.dispose()


def _send(
    engine: Engine, settings: Settings, wish: argparse.Namespace, console: Console
) -> Outcome:
    rng = random.Random(wish.seed)  # noqa: S311  # chooses whom to kill
    workers = Workers(settings, rng, wish.kill_every)
    began = time.monotonic()
    orderings = 0
    with standin(settings) as provider, web_app(settings):
        workers.start(wish.workers)
        try:
            with _bar(console, wish.touches) as show:
                while (waiting := _waiting(engine)) or provider.untold():
                    show(wish.touches - waiting, workers.kills)
                    if waiting:
                        workers.tend(wish.touches - waiting)
                        orderings += put_in_order(engine) is None
                    time.sleep(LOOK_EVERY)
                show(wish.touches, workers.kills)
            seconds = time.monotonic() - began
        finally:
            workers.stop()
        _wait_until_told(provider)
        # An hour later: what is still in doubt by then goes to a person.
        asyncio.run(settle(engine, settings, now=datetime.now(UTC) + DEADLINE))
        found = verdict(engine, provider.journal)
        return Outcome(found, workers.kills, orderings, seconds)


def _waiting(engine: Engine) -> int:
    with reading(engine) as connection:
        unsettled = select(func.count()).where(Touch.state.in_(UNSETTLED))
        return int(connection.execute(unsettled).scalar_one())


def _wait_until_told(provider: Provider) -> None:
    provider.ask("DELETE", "faults")
    while provider.untold():
        time.sleep(LOOK_EVERY)


@contextmanager
def _bar(console: Console, touches: int) -> Iterator["Show"]:
    bar = Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        yield Show(bar, bar.add_task("touches", total=touches))


@dataclass(slots=True)
class Show:
    bar: Progress
    task: TaskID

    def __call__(self, done: int, kills: int) -> None:
        words = f"touches, {kills} workers killed"
        self.bar.update(self.task, completed=done, description=words)


def _tell(outcome: Outcome, console: Console) -> None:
    found = outcome.verdict
    states = ", ".join(f"{state} {count}" for state, count in sorted(found.states.items()))
    review = found.states["needs_review"]
    for line in (
        f"{found.touches} touches in {outcome.seconds:.0f} s "
        f"({found.touches / outcome.seconds:.0f} a second), {outcome.kills} workers killed, "
        f"the queue put in order {outcome.orderings} times",
        f"the provider's journal has {found.accepted} messages; the record says: {states}",
        f"in review: {review}, of which {found.review_arrived} had arrived "
        f"and {review - found.review_arrived} never left",
        f"sent twice: {len(found.twice)}; lost: {len(found.lost)}; called sent, and was not: "
        f"{len(found.invented)}; called unsent, and was sent: {len(found.denied)}; "
        f"messages of unknown attempts: {found.strangers}",
        "every touch was sent once, or is named" if found.holds else "THE PROMISE IS BROKEN",
    ):
        console.print(line, markup=False, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--touches", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--texts-every", type=int, default=5, help="one in so many is an SMS")
    parser.add_argument("--kill-every", type=int, default=250, help="touches, on average")
    parser.add_argument("--batch", type=int, default=25, help="touches gated together")
    parser.add_argument("--timeout", type=float, default=1.0, help="of a request, in seconds")
    parser.add_argument("--seed", type=int, default=0, help="of whom to kill, and when")
    return parser


if __name__ == "__main__":
    sys.exit(main())
