"""What the watching of orders tells of two logs of real orders that are kept beside the repository.

`python -m benchmarks orders` says more, and of all logs; where they are absent these are skipped.
"""

import csv
import json

import numpy as np
import pytest

from benchmarks.order_sets import ABSENT, FOLDER, NoOrders, scores, there

needs_logs = pytest.mark.skipif(
    not (FOLDER / "truth").is_dir(), reason=ABSENT.format(FOLDER).replace("--data, or with ", "")
)


@needs_logs
@pytest.mark.parametrize("case", ["cdnow", "uci"])
def test_who_stays_silent_is_told_as_well_as_is_promised(case: str) -> None:
    bars = json.loads((FOLDER / "bars.json").read_text(encoding="utf-8"))[case]
    with (FOLDER / "truth" / f"{case}.score.csv").open(encoding="utf-8") as file:
        truth = {row["customer_id"]: row["silent"] == "1" for row in csv.DictReader(file)}
    told = dict(scores(FOLDER, case))
    assert truth.keys() <= told.keys()
    silent = np.array([told[customer] for customer, gone in truth.items() if gone])
    others = np.array([told[customer] for customer, gone in truth.items() if not gone])
    better = (silent[:, None] > others).mean() + (silent[:, None] == others).mean() / 2
    assert better >= bars["auc"]["min"]


def test_where_the_logs_are_absent_it_says_how_to_name_them(tmp_path) -> None:
    with pytest.raises(NoOrders, match=r"has no input/ and truth/; .* --data, or with TOUCHLINE"):
        there(tmp_path)
