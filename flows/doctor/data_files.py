"""Whether the files of the data folder can be taken in, as far as they tell it by themselves."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from contacts.record.imports.looking import MOST_ROWS, look_at_folder
from contacts.record.imports.report import ImportReport
from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import Settings
from contacts.wording import so_many
from flows.wording import said_of, without_values

_SHOWN = 3


def data_findings(settings: Settings) -> Iterator[Finding]:
    """One for each file with a refused row, else one for them all; rows are told without values."""
    reports = look_at_folder(settings.workspace / "data", settings=settings)
    refused = [_refused(report, settings.workspace) for report in reports if report.faults]
    yield from refused
    if reports and not refused:
        rows = so_many(sum(report.rows for report in reports), "row")
        said = f"{so_many(len(reports), 'file')}, {rows}, each sound by itself{_as_far(*reports)}"
        yield Finding("data", Verdict.OK, said)


def _refused(report: ImportReport, workspace: Path) -> Finding:
    file = Path(report.file)
    name = f"{file.parent.name}/{file.name}"
    head = f"{name} is refused whole:"
    if report.rows:
        rows = so_many(report.rows, "row")
        first = ", the first" if len(report.faults) > _SHOWN else ""
        head = f"{name}: {report.refused:,} of {rows} refused{_as_far(report)}{first}:"
    places = [said_of(without_values(one), workspace) for one in islice(report.faults, _SHOWN)]
    remedy = f"correct the file; 'touchline import {file.stem} {name}' names every fault"
    return Finding("data", Verdict.WARN, "\n".join([head, *places]), remedy)


def _as_far(*reports: ImportReport) -> str:
    cut = any(report.rows == MOST_ROWS for report in reports)
    return f" (of a file, the first {MOST_ROWS:,} were looked at)" if cut else ""
