"""Made-up customers for whom every message is rendered before it may be sent."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from contacts.cadences.benefits import RecapFacts
from contacts.cadences.dialogue import NOTHING_LATELY, Dialogue, Lately, RecentOrder, of_brief
from contacts.cadences.facts import (
    BusinessFacts,
    CadenceFacts,
    ContractFacts,
    CustomerFacts,
    Facts,
    LinkFacts,
    OrderFacts,
    OwnerFacts,
    SignalFacts,
    TouchFacts,
    as_context,
)
from contacts.cadences.next_step import Beside, Bought, items_in, suggestions

TODAY = date(2026, 5, 4)
_LENT = {
    "on": date(2025, 9, 12), "kind": "extra", "text": "A <second> machine & its filters, on loan",
    "worth": Decimal(120), "currency": "EUR", "hours": None,
}  # fmt: skip
_HELPED = {
    "on": date(2026, 2, 3), "kind": "service", "text": "A morning at the counter",
    "worth": None, "currency": "", "hours": Decimal("3.5"),
}  # fmt: skip
_RECAP = RecapFacts(
    count=2,
    since=date(2025, 6, 1),
    until=TODAY,
    hours=Decimal("3.5"),
    items=(_LENT, _HELPED),
    best=(_LENT, _HELPED),
    kinds=({"kind": "extra", "count": 1}, {"kind": "service", "count": 1}),
    worth=({"currency": "EUR", "amount": Decimal(120)},),
)
_SUGGESTIONS = suggestions(
    [Bought(TODAY - timedelta(days=days), items_in("2 x filters")) for days in (63, 42, 21)],
    [Beside("filters", "cleaning powder", "cleaning <powder> & brush", 12, 9, 2.4)],
    today=TODAY,
)
_BUSINESS = BusinessFacts(
    "Fern & Field", "12 Market Lane, Springfield", "https://business.example", "hello@example.com"
)
_LATELY = Lately(
    Dialogue(
        reply="Could you come <soon> & look at it?",
        reply_on=date(2026, 4, 4),
        message="Your filters, and how long they last",
        message_on=date(2026, 4, 22),
        message_by="email",
        note="Called (left a message): will try again on Monday",
        note_on=date(2026, 4, 22),
    ),
    (
        RecentOrder(date(2026, 4, 20), Decimal("240.00"), "EUR", "2 x filters"),
        RecentOrder(date(2026, 3, 19), Decimal("1100.00"), "EUR"),
    ),
)
_LINKS = LinkFacts(
    unsubscribe="https://business.example/u/sample",
    preferences="https://business.example/p/sample",
    view="https://business.example/v/sample",
)


def full_facts(attributes: Collection[str] = ()) -> Facts:
    """A customer of whom everything is known, the named columns of the CSV too."""
    return Facts(
        customer=CustomerFacts(
            id=1,
            email="ada@example.com",
            phone="+12025550101",
            first_name="Ada & Bob",
            last_name="<Sample>",
            company="O'Neil & Daughters",
            timezone="Europe/Minsk",
            locale="en",
            country="BY",
            tier="gold",
            persona="expert",
            joined_on=date(2025, 11, 3),
            days_since_joined=182,
            days_since_contact=12,
            attributes=dict.fromkeys(attributes, "sample"),
        ),
        owner=OwnerFacts("Olive Owner", "Olive", "olive@example.com", "+12025550102"),
        orders=OrderFacts(
            count=7,
            total=Decimal("1840.50"),
            average=Decimal("262.93"),
            currency="EUR",
            first_on=date(2025, 11, 10),
            last_on=date(2026, 4, 20),
            days_since_last=14,
            last_items="2 x filters",
        ),
        contract=ContractFacts(
            True, "C-1", "service", date(2025, 6, 1), date(2026, 5, 31), 27, Decimal(4800), "EUR"
        ),
        touches=TouchFacts(9, 2, 30, "reached"),
        signal=SignalFacts(
            "order.late",
            "Usually orders about every 31 days (half of the time 24 to 40), but nothing for 70 "
            "days now; if nothing had changed, a gap this long would come about once in 50.",
        ),
        recap=_RECAP,
        business=_BUSINESS,
        links=_LINKS,
        today=TODAY,
        suggestions=_SUGGESTIONS,
    )


def sparse_facts() -> Facts:
    """A customer of whom nothing is known that may be unknown."""
    return Facts(customer=CustomerFacts(id=2), business=_BUSINESS, links=_LINKS, today=TODAY)


def sample_contexts(attributes: Collection[str]) -> list[dict[str, Any]]:
    """Full and sparse, each in a service and in a marketing cadence."""
    return [
        as_context(replace(facts, cadence=CadenceFacts("sample", "a sample", purpose)))
        for facts in (full_facts(attributes), sparse_facts())
        for purpose in ("service", "marketing")
    ]


def brief_contexts(attributes: Collection[str]) -> list[dict[str, Any]]:
    """The same, with words on both sides and orders where all is known."""
    lately = (_LATELY, _LATELY, NOTHING_LATELY, NOTHING_LATELY)
    contexts = zip(sample_contexts(attributes), lately, strict=True)
    return [context | of_brief(known) for context, known in contexts]


def confirm_contexts(attributes: Collection[str] = ()) -> list[dict[str, Any]]:
    """Full and sparse, each asked to confirm a request."""
    cadence = CadenceFacts("sample", "a sample", "consent")
    contexts = [
        as_context(replace(facts, cadence=cadence))
        for facts in (full_facts(attributes), sparse_facts())
    ]
    link = {"confirm": "https://business.example/c/sample"}
    return [{**context, "links": {**context["links"], **link}} for context in contexts]


def digest_contexts() -> list[dict[str, Any]]:
    """An owner's morning with something to do, and one without."""
    task = {
        "title": "Welcome call", "customer": "Ada & Bob", "due": TODAY, "late": True,
        "days_late": 2, "owner": "Olive & Omar", "escalated": True,
    }  # fmt: skip
    plain = {**task, "late": False, "days_late": 0, "owner": "", "escalated": False}
    reply = {
        "customer": "Ada & Bob", "text": "Yes, <Tuesday> & noon", "at": TODAY, "stands_in": True,
    }  # fmt: skip
    stop = {
        "customer": "Ada & Bob", "what": "SMS", "how": "SMS reply", "at": TODAY, "stands_in": True,
    }  # fmt: skip
    facts = as_context(full_facts())
    shared = {name: facts[name] for name in ("owner", "business", "cadence", "links", "today")}
    return [
        {
            **shared,
            "tasks": [task, plain],
            "escalated": [task],
            "replies": [reply],
            "opted_out": [stop],
        },
        {**shared, "tasks": [], "escalated": [], "replies": [], "opted_out": []},
    ]
