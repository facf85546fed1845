"""What a test process tells the one that started it."""

import pytest
from _pytest.runner import runtestprotocol


class OutcomesAlone:
    """Tells the parent process of a test's outcome, and of what went wrong before and after it.

    Three reports of every test, packed and unpacked, would cost as much as many a test.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True
