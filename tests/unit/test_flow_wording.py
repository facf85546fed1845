from pathlib import Path

import pytest

from contacts.cadences.faults import Fault
from flows.wording import fault_row, said_of, without_values

HOME = Path("/srv/business")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("timezone: 'Ada Archer' is no zone", "timezone: '…' is no zone"),
        ('invalid literal for int(): "Ada"', "invalid literal for int(): '…'"),
        ("not in its country's plan", "not in its country's plan"),
        ("invalid characters after the @-sign: '_'", "invalid characters after the @-sign: '_'"),
    ],
)
def test_what_a_fault_quotes_is_left_out(message: str, kept: str) -> None:
    assert without_values(Fault("customers.csv", 2, 1, message)).message == kept


def test_a_fault_is_told_from_the_workspace() -> None:
    fault = Fault(str(HOME / "data" / "customers.csv"), 2, 7, "no email")
    assert said_of(fault, HOME) == "data/customers.csv:2:7: no email"
    assert fault_row(fault, HOME) == {
        "file": "data/customers.csv", "line": 2, "column": 7, "reason": "no email",
    }  # fmt: skip


def test_a_file_that_lies_elsewhere_keeps_its_path() -> None:
    fault = Fault("/usr/lib/templates/email/hello/body.html", 2, 1, "no end")
    assert said_of(fault, HOME).startswith("/usr/lib/templates/email/hello/body.html:2:1: ")
