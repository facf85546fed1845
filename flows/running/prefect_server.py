"""`prefect server`, made able to schedule under SQLAlchemy 2.1, and quick to start.

Since 2.1 a bulk insert refuses a value for a hybrid attribute that does not say what becomes of it.
Prefect's scheduler passes one for `state`: every insert of scheduled runs failed, and nothing ever
ran on its schedule. Up to 2.0 SQLAlchemy ignored the value, and so it does again with this.
"""

import sys
from importlib import import_module
from typing import Any

from flows.running.quick_imports import without_collections


def main() -> None:
    with without_collections():
        from prefect.cli import app
        from prefect.server.database.orm_models import FlowRun, TaskRun

        from flows.running.prefect_tables import make_tables_at_first_start

        import_module("prefect.server.api.server")
    make_tables_at_first_start()
    for model in (FlowRun, TaskRun):
        ignore_in_bulk_inserts(model, "state")
    sys.argv.insert(1, "server")
    app()


def ignore_in_bulk_inserts(model: type[Any], attribute: str) -> None:
    """Let bulk inserts pass over `attribute`; SQLAlchemy before 2.1 has nothing to tell."""
    hybrid = vars(next(base for base in model.__mro__ if attribute in vars(base)))[attribute]
    if hasattr(hybrid.inplace, "bulk_dml"):
        hybrid.inplace.bulk_dml(_ignore)


def _ignore(_model: type[Any], _values: dict[str, Any], _value: object) -> None:
    """The state has a table of its own, which Prefect fills next."""


if __name__ == "__main__":
    main()
