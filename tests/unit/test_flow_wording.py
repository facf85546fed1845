from pathlib import Path

import pytest

from contacts.cadences.faults import Fault
from contacts.delivery.reports import PlanCounts, PlanReport
from contacts.record.imports import ImportReport
from flows.wording import brought, counted, fault_row, said_of, started, without_values

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


def test_what_files_brought_is_told_by_their_kind() -> None:
    reports = [
        ImportReport(str(HOME / "data" / "customers.csv"), created=1, updated=2),
        ImportReport(str(HOME / "data" / "orders.csv"), created=12, updated=1, refused=1),
        ImportReport(str(HOME / "data" / "contracts.csv"), unchanged=3),
    ]
    said = counted(brought(reports), otherwise="")
    assert said == "1 new customer, 12 new orders, 3 changed, 1 refused"


@pytest.mark.parametrize(
    ("enrolled", "said"),
    [
        ({"onboarding": 1, "nurture": 0}, "1 started in onboarding"),
        ({"onboarding": 1, "nurture": 3}, "4 started in 2 cadences"),
        ({"nurture": 0}, ""),
    ],
)
def test_who_started_is_told_with_the_cadence_or_how_many(
    enrolled: dict[str, int], said: str
) -> None:
    planned = PlanReport({name: PlanCounts(enrolled=count) for name, count in enrolled.items()})
    assert counted([started(planned)], otherwise="") == said
