"""Conditions: what holds, what never crashes, and what is refused when the file is read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.cadences.conditions import LENGTH_LIMIT, ConditionError, compile_condition
from contacts.cadences.facts import ContractFacts, CustomerFacts, Facts, OrderFacts, as_context
from contacts.cadences.outcomes import Outcome
from contacts.cadences.signals import SignalKind

ADA = Facts(
    customer=CustomerFacts(
        id=1, first_name="Ada", tier="key", attributes={"seats": "12", "items": "kettle"}
    ),
    orders=OrderFacts(count=2, total=Decimal("99.50"), days_since_last=70),
    contract=ContractFacts(exists=True, ends_on=date(2026, 12, 31), days_left=41),
    today=date(2026, 11, 20),
)
NEVER_ORDERED = replace(ADA, orders=OrderFacts())


def holds(source: str, facts: Facts = ADA) -> bool:
    return compile_condition(source).holds(as_context(facts))


def refusal(source: str) -> str:
    with pytest.raises(ConditionError) as raised:
        compile_condition(source)
    return str(raised.value)


@pytest.mark.parametrize(
    "source",
    [
        "customer.tier == 'key'",
        "customer.tier != 'trial' and orders.count >= 2",
        "customer.tier in ['key', 'vip']",
        "customer.tier not in ['trial']",
        "not customer.persona",
        "orders.total > 99.4",
        "1 < orders.count < 3",
        "contract.exists and contract.days_left <= 60",
        "contract.ends_on > today",
        "customer.attributes.seats|int > 5",
        "customer.attributes.items == 'kettle'",
        "customer.attributes['seats'] == '12'",
        "customer.first_name|lower == 'ada'",
        "true",
    ],
)
def test_a_true_condition_holds(source: str) -> None:
    assert holds(source)
    assert not holds(f"not ({source})")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("touches.outcome == 'no_anwser'", "'no_anwser' is no outcome; did you mean 'no_answer'?"),
        ("'Reached' != touches.outcome", "'Reached' is no outcome; did you mean 'reached'?"),
        ("touches.outcome in ['reached', 'xyz']", "'xyz' is no outcome; there are reached, left"),
        ("not (orders.count > 1 and touches.outcome == 'quote')", "mean 'wants_quote'?"),
        ("signal.kind == 'order.lat'", "'order.lat' is no kind of signal; did you mean 'order.l"),
        ("signal.kind in ('order.late', 'gone')", "is no kind of signal; there are order.late, "),
    ],
)
def test_a_value_that_a_fact_never_has_is_refused(source: str, told: str) -> None:
    assert told in refusal(source)


def test_an_outcome_may_be_any_of_the_list_or_none_at_all() -> None:
    for outcome in ("", *Outcome):
        assert not holds(f"touches.outcome == '{outcome}'") or not outcome
    assert holds("touches.outcome not in ['reached', 'no_answer']")


def test_a_signal_may_be_of_any_kind_there_is_or_none_at_all() -> None:
    for kind in ("", *SignalKind):
        assert holds(f"signal.kind == '{kind}'") is not bool(kind)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=="])
def test_an_unknown_value_compares_with_nothing(operator: str) -> None:
    assert not holds(f"orders.days_since_last {operator} 60", NEVER_ORDERED)
    assert not holds(f"60 {operator} orders.days_since_last", NEVER_ORDERED)


def test_an_unknown_value_differs_from_every_known_one() -> None:
    assert holds("orders.days_since_last != 60", NEVER_ORDERED)
    assert holds("orders.last_on is none", NEVER_ORDERED)
    assert holds("orders.last_on == none", NEVER_ORDERED)
    assert holds("customer.attributes.plan == none")
    assert holds("customer.attributes.plan != 'gold'")


def test_an_unknown_value_leaves_the_other_half_of_an_or_alone() -> None:
    assert holds("orders.days_since_last > 60 or customer.tier == 'key'", NEVER_ORDERED)


@pytest.mark.parametrize(
    "source",
    [
        "customer.attributes.plan == 'gold'",
        "customer.attributes.plan",
        "customer.attributes.plan|int > 5",
        "customer.attributes.plan in ['gold']",
        "'gold' in customer.attributes.plan",
    ],
)
def test_a_column_that_the_customers_file_lacks_is_unknown(source: str) -> None:
    assert not holds(source)


def test_a_condition_that_cannot_be_computed_does_not_hold() -> None:
    assert not holds("orders.days_since_last - 3 > 60", NEVER_ORDERED)


def test_a_condition_does_not_hold_of_an_empty_context() -> None:
    assert not compile_condition("customer.tier == 'key'").holds({})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("custmer.tier == 'key'", "custmer.tier is not known; did you mean customer.tier"),
        ("customer.teir == 'key'", "customer.teir is not known; did you mean customer.tier?"),
        ("cadence.name == 'x'", "cadence.name is not known"),
        ("business.name == 'x'", "business.name is not known"),
        ("links.unsubscribe", "links.unsubscribe is not known"),
        ("customer.tier = 'key'", "to compare, write =="),
        ("customer.tier == 'key", "a quote opened here is not closed"),
        ("customer.tier ==", "ends too early"),
        ("(customer.tier", "ends too early"),
        ("customer.tier == 'a' && true", "write 'and'"),
        ("customer.tier == 'a' || true", "write 'or'"),
        ("!customer.tier", "write 'not'"),
        ("{{ customer.tier }}", "without {{ }}"),
        ("  ", "empty"),
        ("customer", "customer is a group"),
        ("customer.tier.upper()", "not allowed"),
        ("lipsum()", "not allowed"),
        ("customer.__class__", "not allowed"),
        ("'a' * 1000", "not allowed"),
        ("customer.tier|attr('x')", "not allowed"),
        ("(" * 400 + "1" + ")" * 400, "brackets inside one another"),
        ("x" * (LENGTH_LIMIT + 1), "longer than"),
    ],
)
def test_a_wrong_condition_is_refused_with_what_would_be_right(source: str, message: str) -> None:
    assert message in refusal(source)
    assert "\n" not in refusal(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("orders.count >= '2'", "orders.count is a number and '2' is text"),
        ("'2' <= orders.count", "'2' is text and orders.count is a number"),
        ("contract.ends_on < '2026-12-31'", "contract.ends_on is a date"),
        ("contract.ends_on - today > 30", "a length of time"),
        ("true and (1 < orders.count < 'x')", "they can never be compared"),
        (
            "customer.joined_on > '2026-01-01'",
            "compare days, as in customer.days_since_j",
        ),
        ("customer.attributes.seats > 5", "write customer.attributes.seats|int"),
    ],
)
def test_a_comparison_that_could_never_hold_is_refused(source: str, message: str) -> None:
    assert message in refusal(source)


def test_every_unknown_name_is_told_with_its_place() -> None:
    with pytest.raises(ConditionError) as raised:
        compile_condition("customer.tier == 'a' or orders.cuont > 1 or ordres.total > 3")
    assert [fault.offset for fault in raised.value.faults] == [24, 44]


@given(st.text("customer.tierods=<>!'\"()[]{}|%-+~, 0129andornotifelse\n", max_size=60))
def test_any_text_is_a_condition_or_refused(source: str) -> None:
    try:
        condition = compile_condition(source)
    except ConditionError:
        return
    assert condition.holds(as_context(ADA)) in (True, False)
    assert condition.holds(as_context(NEVER_ORDERED)) in (True, False)
