"""Tests in forked processes: each is told of once, whatever becomes of it and of its process."""

import subprocess
import sys
from pathlib import Path

from tests.rows import ROOT

HOOKS = "from tests.processes import add_option as pytest_addoption, pytest_runtestloop\n"
TESTS = """\
import warnings, pytest
@pytest.fixture(scope="session")
def whole():
    yield
    assert False, "after all tests"
@pytest.fixture
def broken():
    assert False, "before the test"
@pytest.mark.parametrize("number", range(20))
def test_good(number, tmp_path, whole): (tmp_path / "own").touch(exist_ok=False)
def test_bad(): print("a last word"); assert False, "in the test"
def test_never(broken): pass
def test_skipped(): pytest.skip("not here")
def test_warned(): warnings.warn("look out")
"""
MORE = """\
import os
def test_dies(): os._exit(7)
def test_after_it(): pass
"""
WITHOUT = ("randomly", "asyncio", "anyio", "xdist", "cacheprovider", "schemathesis", "timeout",
           "hypothesispytest")  # fmt: skip


def test_every_test_is_told_of_once_though_a_process_dies(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS, encoding="utf-8")
    (tmp_path / "test_all.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "test_more.py").write_text(MORE, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--processes=2", "-rA", "-c", "/dev/null",
         f"--rootdir={tmp_path}", f"--basetemp={tmp_path / 'base'}", str(tmp_path),
         *(f"-pno:{plugin}" for plugin in WITHOUT)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = ran.stdout + ran.stderr
    assert ran.returncode == 1, said
    assert "2 failed, 22 passed, 1 skipped, 1 warning, 2 errors in" in said, said
    for words in ("its process ended (7)", "in the test", "before the test", "after all tests"):
        assert words in said, said
    assert said.count("UserWarning: look out") == 1
    assert said.count("::test_after_it") == 1
