"""Starts what `touchline up` runs, watches it, and stops all of it again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table

from contacts.channels.inbound import inbound_token
from contacts.channels.rehearsal import standin_folder
from contacts.settings import Settings
from flows.demo.folder import take_over
from flows.running.children import (
    GIVING_WAY,
    HOST,
    Child,
    adopt_orphans,
    start,
    stop,
    wait_until_up,
)
from flows.running.first_pass import start_first_pass, wait_for_first_pass
from flows.running.log_tail import LogTail
from flows.running.only_one import only_one
from flows.running.ports import need_ports
from flows.running.server import prefect_environment, start_server, wait_for_server
from flows.running.stopping import Stopping
from flows.running.workers import POOL, Worker

INBOUND_VARIABLE = "TOUCHLINE_STANDIN_INBOUND"
_CHILD_SECONDS = 60.0
_ENOUGH_FOR_SQLITE = 2
_RUNNER = "flow runner"
_GRACE, _GRACE_OF_RUNS = 10.0, 40.0
"""Seconds. What is on the wire is answered and recorded first; only what runs flows has any."""


@dataclass
class _Running:
    """Children in the order they were started; they are stopped in the reverse one."""

    settings: Settings
    console: Console
    stopping: Stopping
    size: int
    children: list[Child] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    first: Child | None = None
    """What plans at once, and ends by itself."""


def supervise(
    settings: Settings, cadences: Sequence[str], stopping: Stopping, *, workers: int = 0
) -> None:
    """Run until told to stop; raise Failure if a child dies, and never leave one behind.

    With `workers` that many Prefect workers send; without, the flow runner does.
    """
    running = _Running(settings, Console(), stopping, workers)
    adopt_orphans()
    with only_one(settings):
        try:
            _stop_if_told(running)
            need_ports(_ports(settings))
            take_over(settings)
            _start_all(running)
            running.console.print(_welcome(running, cadences))
            _watch(running)
        except _Told:
            pass
        finally:
            _stop_all(running)


class _Told(Exception):
    """Somebody asked us to stop while we were still starting."""


def _ports(settings: Settings) -> dict[str, int]:
    """Every port that something will listen on, by its setting."""
    ports = {"prefect_port": settings.prefect_port, "web_port": settings.web_port}
    return ports if _all_live(settings) else ports | {"standin_port": settings.standin_port}


def _start_all(running: _Running) -> None:
    settings = running.settings
    words = "Starting Prefect (the first time takes half a minute) …"
    if not running.console.is_terminal:  # a log shows no spinner
        running.console.print(words)
    with running.console.status(words):
        server = start_server(settings)
        running.children.append(server)
        running.first = start_first_pass(settings)
        if not _all_live(settings):
            running.children.append(_start_standin(settings))
        for line in wait_for_first_pass(running.first, on_wait=lambda: _stop_if_told(running)):
            say(running.console, line)
        running.children.append(_start_web(settings))
        for child, url in (
            (child, url)
            for child in running.children
            if (url := _address(child, settings)) is not None
        ):
            wait_until_up(
                child, url, seconds=_CHILD_SECONDS, on_wait=lambda: _stop_if_told(running)
            )
        wait_for_server(server, settings, on_wait=lambda: _stop_if_told(running))
    _stop_if_told(running)
    running.children.append(_start_runner(settings, running.size))
    for number in range(1, running.size + 1):
        running.workers.append(Worker(settings, number))


def _stop_if_told(running: _Running) -> None:
    if running.stopping.told:
        raise _Told


def _all_live(settings: Settings) -> bool:
    return settings.email_is_live and settings.sms_is_live


def _start_standin(settings: Settings) -> Child:
    return start(
        "stand-in",
        [
            "contacts.channels.standin",
            *("--port", str(settings.standin_port)),
            *("--folder", str(standin_folder(settings.state))),
            *("--webhooks", settings.local_url),
        ],
        log=settings.state / "logs" / "standin.log",
        extra={INBOUND_VARIABLE: inbound_token(settings.signing_key)},
    )


def _start_web(settings: Settings) -> Child:
    return start(
        "web app",
        ["contacts.web", "--workspace", str(settings.workspace)],
        log=settings.state / "logs" / "web.log",
        extra={},
    )


def _start_runner(settings: Settings, workers: int) -> Child:
    return start(
        _RUNNER,
        [
            *("flows", "--workspace", str(settings.workspace)),
            *("--alone", "--workers", str(workers)),
        ],
        log=settings.state / "logs" / "flows.log",
        extra=prefect_environment(settings),
        niceness=GIVING_WAY,
    )


def _address(child: Child, settings: Settings) -> str | None:
    ports = {"stand-in": settings.standin_port, "web app": settings.web_port}
    return f"http://{HOST}:{ports[child.name]}/health" if child.name in ports else None


def _welcome(running: _Running, cadences: Sequence[str]) -> Group:
    settings = running.settings
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Flow runs", f"http://{HOST}:{settings.prefect_port}")
    if running.workers:
        grid.add_row("Workers", _crew(running))
    grid.add_row("Board", f"http://{HOST}:{settings.web_port}")
    if not _all_live(settings):
        grid.add_row("Stand-in", settings.standin_url)
    grid.add_row("E-mail", _route(live=settings.email_is_live, provider="SendGrid"))
    grid.add_row("SMS", _route(live=settings.sms_is_live, provider="Twilio"))
    grid.add_row("Cadences", ", ".join(cadences) or "none yet: add a file to cadences/")
    grid.add_row("Logs", str(settings.state / "logs"))
    return Group(
        Panel(
            grid,
            title=f"[bold]{settings.business_name}: Touchline is running[/]",
            expand=False,
            padding=(1, 2),
        ),
        "What is due leaves within two minutes; by night, and on a day off, it waits",
        "for the customer's next morning. Every run shows here as it ends.",
        "An edited cadence counts from its next run, for those who start after it: who is",
        "under way keeps what they began with. A new file counts from the next start.",
        "Ctrl-C stops everything and loses nothing.\n",
    )


def _crew(running: _Running) -> str:
    names = ", ".join(worker.name for worker in running.workers)
    said = f"{names} (work pool '{POOL}')"
    if running.size > _ENOUGH_FOR_SQLITE and running.settings.url.startswith("sqlite"):
        said += (
            f"\n[yellow]SQLite has one writer at a time: more than {_ENOUGH_FOR_SQLITE} gain "
            "nothing before database_url names PostgreSQL[/]"
        )
    return said


def _route(*, live: bool, provider: str) -> str:
    if live:
        return f"[bold yellow]live through {provider}: customers receive it[/]"
    return f"[green]stand-in for {provider}: nothing leaves this machine[/]"


def _watch(running: _Running) -> None:
    """Show what every run did as it ends, until told to stop; raise Failure if a child dies."""
    runs = LogTail(running.settings.state / "logs" / "flows.log")
    while not running.stopping.told:
        for line in runs.finished_runs():
            say(running.console, line)
        for worker in running.workers:
            for line in worker.news():
                say(running.console, line)
        for child in running.children:
            if not child.is_alive:
                raise child.died()
        time.sleep(0.5)


def say(console: Console, line: str) -> None:
    """As it is: rich would break it at 80 columns in a file, and take [a, b] for a style."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _stop_all(running: _Running) -> None:
    if running.children:
        running.console.print("Stopping: what is on its way is finished first …")
    runners = [child for child in running.children if child.name == _RUNNER]
    stop(*(worker.child for worker in running.workers), *runners, grace=_GRACE_OF_RUNS)
    if running.first is not None:
        stop(running.first, grace=_GRACE)
    for child in reversed(running.children):
        stop(child, grace=_GRACE)
    if running.stopping.told:
        running.console.print("Stopped. 'touchline up' goes on where it ended.")
