"""`pytest --processes N`: collects once, then runs the tests in N processes forked from there.

A fork has every module and every collected test already. Processes that each collect anew, as those
of pytest-xdist do, spend six seconds of CPU each before their first test.
"""

import os
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any
from uuid import uuid4
from warnings import WarningMessage

import pytest

from tests.sharing import unit_of

Unit = list[int]
"""Tests that one process runs in a row, by their places in `session.items`."""


def add_option(parser: pytest.Parser) -> None:
    said = "run the tests in so many processes, forked once everything is collected"
    parser.addoption("--processes", type=int, default=0, help=said)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    number = session.config.getoption("processes")
    if not number or session.testsfailed or session.config.option.collectonly:
        return None  # pytest's own loop
    session.config._tmp_path_factory.getbasetemp()  # one for all, which the parent removes
    _Parent(session).run(number)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    return True


@dataclass(eq=False)
class _Child:
    pid: int
    connection: Connection
    begun: deque[int] = field(default_factory=deque)
    """What it was given and has not told of."""


class _Parent:
    """Gives out units as processes have time, and passes on what these tell."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._units = deque(_units(session.items))
        self._children: list[_Child] = []
        self._run = uuid4().hex
        self._started = 0

    def run(self, number: int) -> None:
        try:
            for _ in range(min(number, len(self._units))):
                self._start()
            while self._children:
                told = wait([child.connection for child in self._children])
                for child in [one for one in self._children if one.connection in told]:
                    self._listen(child)
        finally:
            for child in self._children:
                child.connection.close()  # at which it ends
                os.waitpid(child.pid, 0)

    def _start(self) -> None:
        ours, theirs = Pipe()
        name = f"process-{self._started}"
        self._started += 1
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            for other in [*(child.connection for child in self._children), ours]:
                other.close()
            _work(self._session, theirs, name, self._run)
        theirs.close()
        self._children.append(_Child(pid, ours))

    def _listen(self, child: _Child) -> None:
        what, said = _heard(child.connection)
        hook = self._session.config.hook
        if what == "ended":
            self._ended(child)
        elif what == "ask":
            unit = self._units.popleft() if self._units and not self._session.shouldfail else []
            child.begun.extend(unit)
            child.connection.send(unit)
        elif what == "warning":
            hook.pytest_warning_recorded.call_historic(kwargs=said)
        elif what == "ran":
            child.begun.popleft()
        else:
            report = hook.pytest_report_from_serializable(config=self._session.config, data=said)
            hook.pytest_runtest_logreport(report=report)

    def _ended(self, child: _Child) -> None:
        """It is done, or it died: then what it was at has failed, and another goes on."""
        self._children.remove(child)
        child.connection.close()
        _, status = os.waitpid(child.pid, 0)
        if not child.begun:
            return
        item = self._session.items[child.begun.popleft()]
        died = f"its process ended ({os.waitstatus_to_exitcode(status)})"
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", died, "call")
        item.ihook.pytest_runtest_logreport(report=report)
        self._units.appendleft([*child.begun])
        self._start()


def _heard(connection: Connection) -> tuple[str, Any]:
    try:
        what, said = connection.recv()
    except (EOFError, ConnectionResetError):
        return "ended", None
    return what, said


def _units(items: Sequence[pytest.Item]) -> Iterator[Unit]:
    units: dict[str, Unit] = {}
    for number, item in enumerate(items):
        units.setdefault(unit_of(item), []).append(number)
    yield from units.values()


class _Teller:
    """Tells the parent what came of each test, and what went wrong before and after it."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self._config = config
        self._connection = connection
        config.pluginmanager.register(self)
        self._is_new = False

    _is_new = True
    """To it pytest repeats the warnings of earlier, which the parent has heard."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send(("report", data))

    def pytest_warning_recorded(
        self, warning_message: WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        if not self._is_new:
            told = warning_message
            plain = WarningMessage(str(told.message), told.category, told.filename, told.lineno)
            said = {"when": when, "nodeid": nodeid, "location": location}
            self._connection.send(("warning", {"warning_message": plain, **said}))


def _work(session: pytest.Session, connection: Connection, name: str, run: str) -> None:
    """The whole life of a forked process."""
    code = 1
    try:
        _become_a_process(session.config, name, run)
        _Teller(session.config, connection)
        items = _given(session.items, connection)
        item = next(items, None)
        while item is not None and not session.shouldfail:
            following = next(items, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            connection.send(("ran", None))
            item = following
        code = 0
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        session._setupstate.teardown_exact(None)  # nobody is interested any more
    except BaseException:  # noqa: BLE001  # the child must never go on as its parent
        _capture(session.config).stop_global_capturing()
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _become_a_process(config: pytest.Config, name: str, run: str) -> None:
    config.workerinput = {"workerid": name, "testrunuid": run}
    config.pluginmanager.unregister(name="terminalreporter")
    _capture(config).stop_global_capturing()  # into a file that all forks would write to
    _capture(config).start_global_capturing()
    factory = config._tmp_path_factory
    factory._basetemp = factory.getbasetemp() / name
    factory._basetemp.mkdir(mode=0o700)


def _capture(config: pytest.Config) -> Any:
    return config.pluginmanager.getplugin("capturemanager")


def _given(items: Sequence[pytest.Item], connection: Connection) -> Iterator[pytest.Item]:
    """What the parent gives, unit by unit, until it has no more."""
    while True:
        connection.send(("ask", None))
        unit = connection.recv()
        if not unit:
            return
        yield from (items[number] for number in unit)
