"""What a recap tells of benefits: those of its time, currency by currency, the best first."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from contacts.cadences.benefits import MOST_ITEMS, recap_of
from contacts.cadences.conditions import compile_condition
from contacts.cadences.facts import CustomerFacts, Facts, as_context
from contacts.cadences.sandbox import template_faults
from contacts.messages.samples import full_facts
from contacts.messages.templates import Templates, builtin_templates
from contacts.messages.vocabulary import names_for

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


def test_only_what_was_given_in_its_time_counts() -> None:
    rows = [given(day) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")]
    found = recap_of(rows, since=SINCE, until=UNTIL)
    assert [one["on"] for one in found.items] == [SINCE, UNTIL]
    assert found.count == 2


def test_amounts_of_different_currencies_are_never_added_up() -> None:
    rows = [
        given(worth="10.50", currency="EUR"),
        given(worth="900", currency="INR"),
        given(worth="4.50", currency="EUR", hours="1.25"),
        given(hours="2"),
    ]
    found = recap_of(rows, since=SINCE, until=UNTIL)
    assert found.worth == (
        {"currency": "EUR", "amount": Decimal("15.00")},
        {"currency": "INR", "amount": Decimal(900)},
    )
    assert found.hours == Decimal("3.25")


def test_the_best_are_worth_most_in_the_usual_currency_then_in_hours_then_the_latest() -> None:
    rows = [
        given(text="many rupees", worth="90000", currency="INR"),
        given(text="some euros", worth="20", currency="EUR"),
        given(text="more euros", worth="30", currency="EUR"),
        given("2026-02-01", text="early"),
        given("2026-03-01", text="hours", hours="1"),
        given("2026-04-01", text="late"),
    ]
    best = [one["text"] for one in recap_of(rows, since=SINCE, until=UNTIL).best]
    assert best == ["more euros", "some euros", "hours"]
    rest = [one["text"] for one in recap_of(rows[3:], since=SINCE, until=UNTIL).best]
    assert rest == ["hours", "late", "early"]


def test_kinds_are_counted_and_the_items_told_are_the_latest() -> None:
    rows = [given(text=str(number), kind="saving") for number in range(MOST_ITEMS + 2)]
    found = recap_of([*rows, given(kind="extra")], since=SINCE, until=UNTIL)
    assert found.kinds == (
        {"kind": "saving", "count": MOST_ITEMS + 2},
        {"kind": "extra", "count": 1},
    )
    assert found.count == MOST_ITEMS + 3
    assert [one["text"] for one in found.items[:1]] == ["3"]


def test_a_condition_may_ask_for_it() -> None:
    asks = compile_condition("recap.count > 1 and recap.hours >= 3")
    assert asks.holds(as_context(full_facts()))
    assert not asks.holds(as_context(Facts(customer=CustomerFacts(id=1))))


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("{% for one in recap.items %}{{ one.text }}{% endfor %}", ""),
        ("{% for one in recap.count %}{% endfor %}", "recap.count is not allowed: it is not a"),
        ("{% for one in recap.gifts %}{% endfor %}", "recap.gifts is not allowed"),
        ("{% for one in tasks.items %}{% endfor %}", "tasks.items is not allowed"),
        ("{% for one in recap.items|first %}{% endfor %}", "write {% for one in list %}"),
    ],
)
def test_a_loop_goes_through_its_lists_and_nothing_else(source: str, word: str) -> None:
    faults = template_faults(source, names=names_for("welcome", {}))
    assert [word in fault.message for fault in faults] == ([True] if word else [])


@pytest.mark.parametrize("locale", ["en", "de", "be", "hi", "ne"])
def test_the_page_is_whole_by_itself_in_every_language(locale: str) -> None:
    templates = Templates([builtin_templates()])
    assert templates.faults("document", "value_recap") == []
    page = templates.document("value_recap", locale, as_context(full_facts()))
    assert f'lang="{locale}"' in page.html
    assert "A &lt;second&gt; machine &amp; its filters" in page.html
    assert "size: A4" in page.html
    assert not {"src=", "href=", "url(", "@import", "<script"} & set(page.html.split())
    assert "O'Neil & Daughters" in page.title


def test_pages_of_the_workspace_are_checked_like_messages(tmp_path: Any) -> None:
    folder = tmp_path / "documents" / "value_recap"
    folder.mkdir(parents=True)
    (folder / "title.txt").write_text("Yours")
    (folder / "body.html").write_text('{% extends "email/_base/layout.html" %}')
    templates = Templates([tmp_path, builtin_templates()])
    (fault,) = templates.faults("document", "value_recap")
    assert "only a file of documents/_base/ can be extended" in fault.message


def given(day: str = "2026-05-04", **changes: Any) -> Any:
    numbers = {key: Decimal(changes.pop(key)) for key in ("worth", "hours") if key in changes}
    row = {"kind": "extra", "text": "x", "worth": None, "currency": None, "hours": None}
    return SimpleNamespace(given_on=date.fromisoformat(day), **row | changes | numbers)
