"""What `--json` prints is data: a number is a number, and a count by reason is an object."""

import json
from collections import Counter
from datetime import UTC, date, datetime

from contacts.cadences.faults import Fault
from contacts.delivery.pausing.forecast import Expected
from contacts.delivery.reports import PlanCounts, SendCounts
from contacts.record.imports.report import ImportReport
from flows.plain_data import counts_data, plain_data

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_counts_by_reason_are_an_object_the_most_frequent_first() -> None:
    found = plain_data(Expected(now=2, later=Counter(stale=1, window=3), later_at=AT))
    assert found["later"] == {"window": 3, "stale": 1}
    assert list(found["later"]) == ["window", "stale"]
    assert found["later_at"] == "2026-11-20T15:00:00+00:00"
    assert found["first_at"] is None


def test_an_import_with_warnings_is_data() -> None:
    report = ImportReport("x.csv", rows=1)
    report.warn([Fault("x.csv", 1, 1, "unknown column")])
    found = json.loads(json.dumps(plain_data(report)))
    assert found["warned"] == {"unknown column": 1}
    assert found["warnings"] == [
        {"path": "x.csv", "line": 1, "column": 1, "message": "unknown column"}
    ]


def test_what_has_reasons_is_a_number_with_each_of_them_beside_it() -> None:
    assert counts_data("hello", PlanCounts(planned=1, skipped=Counter(consent=2, stale=1))) == {
        "cadence": "hello",
        "enrolled": 0,
        "planned": 1,
        "spread": 0,
        "finished": 0,
        "stopped": 0,
        "skipped": 3,
        "skipped_by_reason": {"consent": 2, "stale": 1},
    }
    sent = counts_data("hello", SendCounts(due=4, deferred=Counter(rate=4)))
    assert (sent["deferred"], sent["deferred_by_reason"], sent["skipped"]) == (4, {"rate": 4}, 0)


def test_lists_sets_and_days_are_data() -> None:
    assert plain_data(({"b", "a"}, date(2026, 1, 2), 1.5)) == [["a", "b"], "2026-01-02", 1.5]
