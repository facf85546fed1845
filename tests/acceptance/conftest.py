"""What the tests of whole programs share."""

from pathlib import Path

import pytest

from tests.prefect_database import migrated_once


@pytest.fixture(scope="session")
def migrated_prefect(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prefect's own database, empty and migrated, to be copied."""
    return migrated_once(tmp_path_factory)
