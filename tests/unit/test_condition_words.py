"""Conditions of cadences as the board says them, to people who write none."""

from pathlib import Path

import pytest

from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Start, Stop
from contacts.web.board.cadence_words import start_words, stop_words
from contacts.web.board.condition_words import condition_words
from tests.rows import ROOT

STARTER = sorted((ROOT / "templates" / "starter" / "cadences").glob("*.yaml"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("customer.tier == 'key'", "their tier is key"),
        ("customer.persona != 'expert'", "their persona is not expert"),
        ("customer.persona == 'cafe' or customer.persona == 'beginner' or customer.persona == 'x'",
         "their persona is cafe, beginner or x"),
        ("customer.tier in ['key', 'plus'] and orders.count >= 2",
         "their tier is key or plus and they have at least 2 orders"),
        ("customer.tier not in ['key', 'plus']", "their tier is neither key nor plus"),
        ("customer.tier not in ['key']", "their tier is not key"),
        ("customer.days_since_joined <= 14", "they joined at most 14 days ago"),
        ("orders.count == 1", "they have exactly 1 order"),
        ("recap.count > 0", "they got at least 1 thing from us"),
        ("recap.hours > 1.5", "they got more than 1.5 hours from us"),
        ("orders.total > 10000", "their orders come to more than 10,000 in all"),
        ("contract.exists and contract.days_left > 0 and contract.days_left <= 45",
         "there is a contract, the contract still runs and the contract has at most 45 days left"),
        ("contract.renewed or contract.days_left > 90",
         "the contract is renewed or the contract has more than 90 days left"),
        ("not contract.exists", "there is no contract"),
        ("customer.attributes.plan == 'gold' or not customer.persona",
         "their plan is gold or their persona is not known"),
        ("customer.tier == 'a' and (orders.count > 3 or contract.exists)",
         "their tier is a and (they have more than 3 orders or there is a contract)"),
        ("customer.phone == none", "their phone number is not known"),
        ("touches.outcome == 'no_answer'",
         "what came of the last call, visit or letter is no answer"),
        ("signal.kind == 'order.late'", "what was noticed is late with an order"),
    ],
)  # fmt: skip
def test_a_condition_is_told_in_words(written: str, said: str) -> None:
    assert condition_words(written) == said


@pytest.mark.parametrize(
    "written",
    [
        "orders.last_on < today", "customer.company|length > 3", "1 < orders.count < 5",
        "not (customer.tier == 'a' and orders.count > 1)", "orders.count == touches.count",
        "customer.days_since_joined % 2 == 0", "orders.count", "customer.tier > 'b'", "(",
        "'a' in customer.company", "customer.tier == true", "orders.count != 3",
    ],
)  # fmt: skip
def test_what_words_would_not_say_exactly_stays_as_it_is_written(written: str) -> None:
    assert condition_words(written) == ""


@pytest.mark.parametrize("path", STARTER, ids=lambda path: path.stem)
def test_every_condition_of_the_starter_has_its_words(path: Path) -> None:
    cadence = parse_cadence(path.read_text("utf-8"), str(path))
    written = [cadence.start.where, cadence.stop.goal, *(step.when for step in cadence.steps)]
    for one in filter(None, written):
        assert condition_words(one), one


def test_what_takes_customers_in_and_what_ends_it_is_told_plainly() -> None:
    late = Start(on="signal", kinds=["order.late", "order.smaller", "order.irregular"])
    assert start_words(late) == "customers whose orders are late, get smaller or come unevenly"
    over = Start(on="contract.ended", after="7d")
    assert start_words(over) == "customers whose contract or project ended 7 days ago"
    assert stop_words(Stop(on=["reply", "opt_out", "order"])) == (
        "they reply, they opt out or they order"
    )
    assert stop_words(Stop(on=[])) == ""
