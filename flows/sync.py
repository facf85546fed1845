"""The `sync` flow: takes in what changed in the workspace's data folder."""

from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from contacts.record.clock import present
from contacts.record.imports import ImportReport, sync_folder
from contacts.workspace.files import sound_cadences
from contacts.workspace.watching import watch_if_due
from flows.telling import tell, tell_faults, tell_orders
from flows.wording import Row, brought, counted, masked
from flows.workspace import opened_record, settings_of_run


@flow(flow_run_name="sync", retries=0, persist_result=False)
async def sync() -> None:
    """Import the files of the data folder that changed since they were last taken in."""
    settings = settings_of_run()
    with opened_record(settings) as engine:
        folder = settings.workspace / "data"
        reports = sync_folder(engine, folder, settings=settings, now=present(engine))
        watched = None
        if reports:  # the first orders need not wait for the night, when 'care' looks at them
            cadences, _ = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
            watched = watch_if_due(engine, settings, cadences, now=present(engine))
    await tell_faults(
        [masked(fault) for report in reports for fault in report.faults],
        within=settings.workspace,
        key="sync-faults",
    )
    if watched is not None:
        await tell_orders(watched)
    await tell(
        f"sync · {counted(brought(reports), otherwise='nothing new')}",
        rows=rows(reports),
        key="sync",
        description="What the files of the data folder brought.",
    )


def rows(reports: Sequence[ImportReport]) -> list[Row]:
    """One row a file, for the run's table."""
    return [
        {
            "file": Path(report.file).name,
            "rows": report.rows,
            "new": report.created,
            "changed": report.updated,
            "unchanged": report.unchanged,
            "left out": report.left_out,
            "refused": report.refused,
        }
        for report in reports
    ]
