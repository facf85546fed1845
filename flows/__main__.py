"""`python -m flows --workspace DIR`: serve the workspace's flows until SIGTERM.

`touchline up` runs it with `--alone`. With `--pool NAME` it registers the flows on a Prefect work
pool and ends; workers on any number of machines then run them. PREFECT_API_URL names the server.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from contacts.settings import load_settings
from contacts.workspace.plannable import plannable
from flows.failure import explain
from flows.held import held_lines
from flows.running.quick_imports import without_collections
from flows.running.server import prefect_environment


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flows", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--alone", action="store_true", help="no other runner uses this server")
    parser.add_argument("--pool", help="register the flows on this work pool instead, and end")
    parser.add_argument("--workers", type=int, default=0, help="so many of the pool send at once")
    arguments = parser.parse_args()
    try:
        settings = load_settings(arguments.workspace)
        for name, value in prefect_environment(settings).items():
            os.environ.setdefault(name, value)
        with without_collections():
            from flows.running.runner import register, serve

        if arguments.pool:
            names = asyncio.run(register(settings, arguments.pool, workers=arguments.workers))
            print("\n".join(names))  # noqa: T201
            for line in held_lines(plannable(settings)):
                print(line, file=sys.stderr)  # noqa: T201
        else:
            asyncio.run(serve(settings, alone=arguments.alone, workers=arguments.workers))
    except Exception as error:
        failure = explain(error)
        if failure is None:
            raise
        print(failure.message, file=sys.stderr)  # noqa: T201
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
