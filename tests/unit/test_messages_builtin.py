"""The messages that come along are whole, in every language, and the owners' morning mail."""

from datetime import date

import pytest

from contacts.messages.samples import brief_contexts, digest_contexts, full_facts
from contacts.messages.templates import Templates, builtin_templates
from tests.message_files import facts


def templates() -> Templates:
    return Templates([builtin_templates()])


MESSAGES = [(kind, name) for kind in ("email", "sms", "call") for name in templates().names(kind)]


@pytest.mark.parametrize(("kind", "name"), MESSAGES)
def test_every_message_that_comes_along_is_without_faults(kind: str, name: str) -> None:
    assert templates().faults(kind, name) == []


def test_every_mail_to_customers_speaks_five_languages() -> None:
    mails = builtin_templates() / "email"
    for name in {*templates().names("email")} - {"digest"}:
        spoken = {path.name for path in (mails / name).iterdir()}
        for language in ("be", "de", "hi", "ne"):
            assert {f"subject.{language}.txt", f"body.{language}.html"} <= spoken, name


def test_the_brief_of_a_renewal_tells_what_the_customer_got() -> None:
    contexts = brief_contexts(())
    full, sparse = contexts[0], contexts[-1]
    brief = templates().brief("renewal_call", "en", full)
    assert "2 things since June 1, 2025, 3.5 hours, €120.00.\n- Sep 12, 2025: A <sec" in brief.text
    assert "They got from us" not in templates().brief("renewal_call", "en", sparse).text


def test_layouts_are_no_messages() -> None:
    assert "_base" not in templates().names("email")
    assert "digest" in templates().names("email")


def test_the_morning_mail_tells_tasks_and_answers() -> None:
    busy, _ = digest_contexts()
    rendered = templates().digest(busy)
    told = "2 tasks for today, 1 left undone by others and 1 answer to read · 1 opted out"
    assert rendered.subject == told
    assert "No more SMS" in rendered.text
    assert "Welcome call" in rendered.text
    assert "Yes, &lt;Tuesday&gt; &amp; noon" in rendered.html
    assert rendered.html.count("2 business days late") == 2  # to do, and left undone
    assert rendered.html.count("the lead knows") == 1
    assert "with Olive &amp; Omar" in rendered.html


def test_the_morning_mail_needs_only_its_own_facts() -> None:
    quiet = {
        "owner": facts()["owner"],
        "business": facts()["business"],
        "today": date(2026, 5, 4),
        "tasks": [],
        "escalated": [],
        "replies": [],
        "opted_out": [],
    }
    rendered = templates().digest(quiet)
    assert rendered.subject == "Nothing is waiting for you today"
    assert "Monday, May 4, 2026" in rendered.text


def test_the_morning_mail_does_not_call_its_owner_a_customer() -> None:
    rendered = templates().digest(digest_contexts()[0])
    assert "our customer" not in rendered.html + rendered.text


def test_samples_leave_no_fact_unset() -> None:
    whole = full_facts()
    for part in ("customer", "owner", "orders", "contract", "touches", "signal", "business"):
        values = facts(base=whole)[part]
        assert all(value not in ("", None) for value in values.values()), part
