"""Simulated lives of the whole delivery: whatever happens in whatever order, the promises hold."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.chaos import live
from tests.simulation.record import Record
from tests.simulation.town import Office, office

SEEDS = 8


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Record]:
    file = tmp_path_factory.mktemp("simulation") / "record.db"
    shutil.copyfile(sqlite_template, file)
    record = Record(file)
    yield record
    record.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder: Path = tmp_path_factory.mktemp("office")
    return office(folder)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_promise_holds_in_the_life_of_a_seed(
    seed: int, record: Record, shared: Office
) -> None:
    _hold(seed, record, shared)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEEDS, 300))
def test_every_promise_holds_in_many_more_lives(seed: int, record: Record, shared: Office) -> None:
    _hold(seed, record, shared)


def test_a_seed_lives_the_same_life_again(record: Record, shared: Office) -> None:
    assert live(7, record, shared).trace == live(7, record, shared).trace


def _hold(seed: int, record: Record, shared: Office) -> None:
    lived = live(seed, record, shared)
    assert not lived.broken, "\n".join(
        [*lived.trace[-60:], lived.broken, f"again: python -m tests.simulation --seed {seed}"]
    )
