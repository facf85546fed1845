"""`python -m tests.audit PIP_AUDIT`: looks the locked packages up among known holes.

A source of advisories is believed once it knows a hole that has been public for years. One that
answers without knowing anything (a mirror of packages is such) would make every audit green. Exit
code 1 for a hole, 3 where nothing could be audited; with `--where-reachable` that is said, and 0.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LOCKS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-fast.txt",
    "requirements-audit.txt",
)
SOURCES = (("--vulnerability-service", "pypi"), ("--vulnerability-service", "osv"))
KNOWN_HOLE = "jinja2==2.10"
"""Its way out of the sandbox (CVE-2019-10906) is in every source of advisories."""
NOT_AUDITED = (
    "NOT AUDITED: no advisory source reachable. Whether a locked package has a known hole is open; "
    "run `make audit` where the advisories of PyPI or OSV can be asked."
)
_QUIET = ("--progress-spinner", "off", "--timeout", "15", "--disable-pip")


class Ran(NamedTuple):
    code: int
    output: str


Run = Callable[[Sequence[str]], Ran]


def main(arguments: Sequence[str], *, run: Run, say: Callable[[str], object]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument("pip_audit")
    parser.add_argument("--where-reachable", action="store_true")
    given = parser.parse_args(arguments)
    source = next((one for one in SOURCES if _knows_holes(given.pip_audit, one, run)), None)
    if source is None:
        say(NOT_AUDITED)
        return 0 if given.where_reachable else 3
    return max([_audit(given.pip_audit, source, lock, run, say) for lock in LOCKS])


def _knows_holes(pip_audit: str, source: Sequence[str], run: Run) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "known.txt"
        asked.write_text(f"{KNOWN_HOLE}\n", encoding="utf-8")
        ran = run((pip_audit, *_QUIET, *source, "--no-deps", "-f", "json", "-r", str(asked)))
    try:
        return any(one.get("vulns") for one in json.loads(ran.output)["dependencies"])
    except (ValueError, KeyError, TypeError):  # it could not ask, and said so in words
        return False


def _audit(
    pip_audit: str, source: Sequence[str], lock: str, run: Run, say: Callable[[str], object]
) -> int:
    # --strict: a package that cannot be looked up is no package without holes.
    ran = run((pip_audit, *_QUIET, *source, "--strict", "--require-hashes", "-r", str(ROOT / lock)))
    say(f"{lock}: {ran.output.strip() or 'no known hole'}")
    return min(ran.code, 1)


def _really_run(command: Sequence[str]) -> Ran:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout or done.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run=_really_run, say=lambda line: sys.stdout.write(f"{line}\n")))
