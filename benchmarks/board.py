"""How soon the owners' board answers with a hundred thousand customers, page by page."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from statistics import median, quantiles

import uvicorn
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, insert

from benchmarks.board_record import make_board_record
from benchmarks.databases import Server
from benchmarks.people import NOW
from benchmarks.report import Verdict
from benchmarks.scale import place
from contacts.record.engine import writing
from contacts.record.sign_in.sessions import begin_session
from contacts.record.tables import Account
from contacts.settings import Settings
from contacts.web.app import create_app

REPEATS = 40
FLOOR = "floor: the stylesheet"
PAGES = {
    FLOOR: "/assets/touchline.css",
    "today": "/",
    "customers": "/customers",
    "customers, page 1,000": "/customers?page=1000",
    "customers, searched for": "/customers?q=example9999",
    "customers, of one owner": "/customers?owner=3",
    "customers, stale": "/customers?state=stale",
    "customers, by a task": "/customers?state=in+hand+by+a+task+alone",
    "customers, silent too long": "/customers?state=silent+too+long",
    "noticed": "/noticed",
    "customer": "/customers/4702",
    "messages": "/messages",
    "held": "/held",
    "cadences": "/cadences",
    "cadence": "/cadences/spring",
    "forecast": "/forecast",
    "forecast, who is meant": f"/forecast?on={NOW.date() + timedelta(days=1)}",
    "proof": "/proof",
}
_ROLES = ("admin", "owner")


@dataclass(frozen=True, slots=True)
class Asked:
    """How long answers took, in milliseconds."""

    role: str
    page: str
    middle: float
    slow: float  # 95 of 100 were sooner
    kilobytes: float


def board(
    console: Console, server: Server | None, *, customers: int, repeats: int = REPEATS
) -> list[Verdict]:
    """Every page as an admin and as an owner; the slowest one is what the bar is about."""
    verdicts = []
    databases = ("sqlite", "postgresql") if server else ("sqlite",)
    for database in databases:
        with console.status(f"{customers:,} customers, {database}"):
            asked = _measured(database, server, customers, repeats)
        console.print(_table(asked, f"{customers:,} customers, {database}, milliseconds"))
        verdicts.append(Verdict(f"board {database}", max(one.slow for one in asked)))
    return verdicts


def _measured(database: str, server: Server | None, customers: int, repeats: int) -> list[Asked]:
    with place(database, server) as (folder, settings, engine):  # type: ignore[arg-type]  # SQLite needs none
        make_board_record(engine, settings, folder, customers)
        tokens = _sessions(engine)
        with _served(settings, engine) as port:
            return [
                _ask(port, role, tokens[role], page, repeats) for page in PAGES for role in _ROLES
            ]


def _sessions(engine: Engine) -> dict[str, str]:
    with writing(engine) as connection:
        found = {}
        for role in _ROLES:
            row = {
                "email": "owner3@tea.example.com" if role == "owner" else "admin@tea.example.com",
                "name": role,
                "role": role,
                "password_hash": "",
                "created_at": NOW,
                "password_at": NOW,
            }
            added = insert(Account).values(row).returning(Account.id)
            found[role] = begin_session(connection, connection.execute(added).scalar_one(), now=NOW)
    return found


@contextmanager
def _served(settings: Settings, engine: Engine) -> Iterator[int]:
    app = create_app(settings, engine, clock=lambda: NOW + timedelta(minutes=1))
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _ask(port: int, role: str, token: str, page: str, repeats: int) -> Asked:
    connection = HTTPConnection("127.0.0.1", port)
    took, size = [], 0
    for number in range(repeats + 1):
        began = time.perf_counter()
        connection.request("GET", PAGES[page], headers={"Cookie": f"touchline={token}"})
        answer = connection.getresponse()
        size = len(answer.read())
        if number:  # the first one finds nothing warm
            took.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            return Asked(role, f"{page} ({answer.status})", 0, 0, 0)
    connection.close()
    return Asked(role, page, median(took), quantiles(took, n=20)[-1], size / 1024)


def _table(asked: list[Asked], title: str) -> Table:
    table = Table(title=title)
    table.add_column("page", min_width=24)
    for heading in ("as", "median", "95 of 100", "KB"):
        table.add_column(heading, justify="right")
    for one in asked:
        table.add_row(
            one.page, one.role, f"{one.middle:.1f}", f"{one.slow:.1f}", f"{one.kilobytes:.0f}"
        )
    return table
