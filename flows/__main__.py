"""`python -m flows --workspace DIR`: serve the workspace's flows until SIGTERM.

`touchline up` runs it with `--alone`; on further machines ops run it without, beside a Prefect
server named by PREFECT_API_URL.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from contacts.settings import load_settings
from flows.failure import explain
from flows.running.server import prefect_environment


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flows", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--alone", action="store_true", help="no other runner uses this server")
    arguments = parser.parse_args()
    try:
        settings = load_settings(arguments.workspace)
        for name, value in prefect_environment(settings).items():
            os.environ.setdefault(name, value)
        from flows.running.runner import serve

        asyncio.run(serve(settings, alone=arguments.alone))
    except Exception as error:
        failure = explain(error)
        if failure is None:
            raise
        print(failure.message, file=sys.stderr)  # noqa: T201
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
