"""What the tests of the web app share."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal


@pytest.fixture(scope="session", autouse=True)
def one_loop_for_the_web_app() -> Iterator[None]:
    """A test client starts a thread and a loop for every request, unless there is one."""
    from fastapi.testclient import TestClient

    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield
