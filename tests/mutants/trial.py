"""Runs tests against a copy of the tree, with or without a planted bug."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.planted import Mutant, Patch

ROOT = Path(__file__).parents[2]
PARTS = ("contacts", "flows", "templates", "tests", "pyproject.toml")
SECONDS = 300
"""For the tests of one mutant; a bug that only makes them hang is caught as well."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?::(\S+)", re.MULTILINE)
_TESTS_FAILED = 1  # pytest's exit code; 2 to 5 say that it did not run them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the tests; `ran` is false where they could not be run at all."""

    ran: bool
    failed: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Verdict:
    mutant: Mutant
    caught: Outcome
    held: Outcome | None

    @property
    def is_caught(self) -> bool:
        """Whether a test fails for the bug, and what must hold in spite of it does."""
        if self.held is not None and (not self.held.ran or self.held.failed):
            return False
        return self.caught.ran and bool(self.caught.failed)


def tried(mutant: Mutant) -> Verdict:
    """Plant the bug in a copy of the tree and run the tests that must notice."""
    with copied(mutant.patches) as copy:
        caught = run(copy, mutant.caught_by)
        held = run(copy, mutant.still_holds) if mutant.still_holds else None
    return Verdict(mutant, caught, held)


def untouched(selections: Iterable[Sequence[str]]) -> list[Outcome]:
    """The same tests without any bug: unless they pass, a failure proves nothing."""
    with copied(()) as copy:
        return [run(copy, selection) for selection in selections]


@contextmanager
def copied(patches: Sequence[Patch]) -> Iterator[Path]:
    """A copy of the tree with these patches; DoesNotApply where one does not fit."""
    with TemporaryDirectory(prefix="touchline-mutant-") as folder:
        copy = Path(folder)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, copy / part, ignore=ignored)
            else:
                shutil.copy(source, copy / part)
        for patch in patches:
            patch.apply(copy)
        yield copy


def run(copy: Path, selection: Sequence[str]) -> Outcome:
    """Run these tests in the copy; `python -m` has its modules come before the installed ones."""
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider",
               "--tb=line", *selection]  # fmt: skip
    try:
        done = subprocess.run(
            command, cwd=copy, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(ran=True, failed=(f"no end within {SECONDS} s",), said="")
    failed = tuple(dict.fromkeys(_FAILED.findall(done.stdout)))
    ran = done.returncode == 0 if not failed else done.returncode == _TESTS_FAILED
    return Outcome(ran, failed, done.stdout[-3000:] + done.stderr[-3000:])
