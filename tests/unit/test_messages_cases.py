"""Templates as account owners get them wrong, from the collection of bad inputs."""

from pathlib import Path
from typing import Any

import pytest

from tests.cases import cases, input_of, mentions, needs_cases
from tests.message_files import bare_mail, facts, templates_with

CASES = cases("template")


def source_of(case: dict[str, Any]) -> str:
    """The collection's context has the link under another name."""
    return input_of(case).replace("unsubscribe_url", "links.unsubscribe")


def of_outcome(outcome: str) -> list[Any]:
    return [
        pytest.param(case, id=case["id"]) for case in CASES if case["expect"]["outcome"] == outcome
    ]


@needs_cases
@pytest.mark.parametrize("case", of_outcome("reject"))
@pytest.mark.parametrize("kind", ["email", "sms"])
def test_a_bad_template_is_refused_in_clear_words(
    tmp_path: Path, case: dict[str, Any], kind: str
) -> None:
    source = source_of(case)
    files = bare_mail(source) if kind == "email" else {"sms/hello/body.txt": source}
    found = templates_with(tmp_path, files).faults(kind, "hello")
    assert any(mentions(f"line {fault.line}: {fault.message}", case) for fault in found), found


@needs_cases
@pytest.mark.parametrize("case", of_outcome("accept"))
def test_a_good_template_is_accepted(tmp_path: Path, case: dict[str, Any]) -> None:
    changes = case.get("context_extra", {}).get("customer", {})
    templates = templates_with(tmp_path, _files(case))
    context = facts(**changes)
    if case["channel"] == "sms":
        rendered = templates.sms("hello", "be", context)
        assert rendered.encoding == case["expect"]["encoding"]
        assert rendered.segments == 1
        assert templates.faults("sms", "hello") == []
    else:
        mail = templates.email("hello", "en", context)
        part = mail.html if case["channel"] == "email_html" else mail.text
        assert part.startswith(case["expect"]["rendered"])


def _files(case: dict[str, Any]) -> dict[str, str]:
    source = source_of(case)
    if case["channel"] == "sms":
        return {"sms/hello/body.txt": source}
    files = bare_mail(source)
    return files | ({"email/hello/body.txt": source} if case["channel"] == "email_text" else {})
