"""Which test process runs which files, and in which order."""

from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "forks": (
        "test_faults_killed", "test_faults_frozen", "test_faults_cut", "test_faults_files",
        "test_faults_opt_out", "test_faults_shared", "test_answering",
    ),
    "prefect": ("test_flows", "test_demo", "test_doctor_command", "test_prefect_tables"),
}  # fmt: skip
"""Files for one process, which makes what they need once: the parent of workers, or Prefect."""

LONGEST = (
    "test_flows", "test_faults_killed", "test_up", "test_pages", "test_faults_record",
    "test_tick_command", "test_faults_in_doubt", "test_sending_rates_shared", "test_board_routes",
    "test_demo", "test_faults_frozen", "test_faults_cut", "test_answering", "test_web_pages",
    "test_board_sign_in", "test_digest", "test_delivery", "test_simulation", "test_starter",
    "test_reading_commands", "test_hostile_words",
)  # fmt: skip
"""Files that start whole programs or have much to do, and beside each two that mostly wait."""

_PLACE = {name: number for number, name in enumerate(LONGEST)}
_GROUP = {file: group for group, files in TOGETHER.items() for file in files}


class Sharing(LoadFileScheduling):
    """Gives each file to a process that has time, and those that belong together to one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _GROUP.get(PurePath(file).stem, file)


def longest_first(item: pytest.Item) -> int:
    """A place in the order in which all processes end at about the same time."""
    after = len(LONGEST) + (item.path.parent.name == "unit")  # many, and each of them short
    return _PLACE.get(item.path.stem, after)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    return Sharing(config, log) if config.getoption("dist") == "loadfile" else None
