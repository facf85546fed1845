"""A fault of a template is told in its column, where the line leaves no doubt about it."""

import os
from pathlib import Path

import pytest

from contacts.cadences.faults import Fault
from contacts.messages.rendered import MessageError
from tests.message_files import LAYOUT, facts, mail, templates_with

MARK = "»"
"""Stands in the source where the fault is told, and is taken out before it is read."""


def marked(source: str) -> tuple[str, set[tuple[int, int]]]:
    """The source without its marks, and the line and column of each."""
    places = {
        (number, at + 1 - line[:at].count(MARK))
        for number, line in enumerate(source.split("\n"), start=1)
        for at, letter in enumerate(line)
        if letter == MARK
    }
    return source.replace(MARK, ""), places


def places(found: list[Fault]) -> set[tuple[int, int]]:
    return {(fault.line, fault.column) for fault in found}


@pytest.mark.parametrize(
    "source",
    [
        "Hi\n  {{ »customer.frist_name }}",
        "{{ »nobody }}",
        "{{ »customer }} of {{ customer.company }}",
        '{{ »customer["frist_name"] }}',
        "{{ »customer.attributes }}",
        "{{ »customer._secret }}",
        "{{ customer.first_name|»uper }}",
        "{{ customer.first_name }} {{ owner.name|»safe }}",
        "{% if orders.count »is prime %}x{% endif %}",
        "{% »include 'x' %} we include it",
        "{% for one in »customer %}x{% endfor %}",
        "customer.frist_name: {{ »customer.frist_name }}",
        "{{ »customer.frist_name }}, {{ »customer.frist_name }}",
        "{{ orders.count »* 2 }}",
        "{{ customer.first_name »}",
        "{{ owner.name }} and {{ customer.first_name »} and {{ owner.name }}",
        "Hello »{ customer.first_name }}",
        "{{ customer.first_name »? }}",
        "{{ customer.first_name »owner.name }}",
        "Hello\n»{{ customer.first_name",
        "{% if orders.count %}x{% »endfi %}",
        "{{ »orders.last_on|date }}",
    ],
)
def test_a_fault_is_told_where_its_word_stands(tmp_path: Path, source: str) -> None:
    text, expected = marked(source)
    templates = templates_with(tmp_path, {"sms/hello/body.txt": text})
    assert places(templates.faults("sms", "hello")) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.first_name.upper() }}",
        "{{ orders.last_on|default('')|date }} {{ orders.last_on|date }}",
        "{% if orders.count %}\nx {% if orders.count %}",
    ],
)
def test_where_it_may_be_one_of_several_the_line_alone_is_told(tmp_path: Path, source: str) -> None:
    templates = templates_with(tmp_path, {"sms/hello/body.txt": source})
    (fault,) = templates.faults("sms", "hello")
    assert fault.column == 1


def test_a_message_says_its_place_in_columns_and_not_in_characters(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hello/body.txt": "Hi\n{{ owner.name ? }}"})
    (fault,) = templates.faults("sms", "hello")
    assert fault.message == "unexpected char '?'"


@pytest.mark.parametrize(
    "body",
    ["<p>Hi</p> »<script>x</script>", '<a href="»ftp://x.example">x</a>', '<p »onclick="x">x</p>'],
)
def test_a_fault_of_a_mails_tags_has_its_column(tmp_path: Path, body: str) -> None:
    text, expected = marked(body)
    found = templates_with(tmp_path, mail(text)).faults("email", "hello")
    assert places(found) == {(line + 2, column) for line, column in expected}


def test_a_block_that_the_layout_lacks_has_its_column(tmp_path: Path) -> None:
    body = f"{LAYOUT}{{% block contant %}}x{{% endblock %}}"
    files = mail("") | {"email/hello/body.html": body}
    (fault,) = templates_with(tmp_path, files).faults("email", "hello")
    assert (fault.line, fault.column) == (2, 10)


def test_what_fails_for_one_customer_alone_has_its_column(tmp_path: Path) -> None:
    source = "Hi\n{{ customer.first_name }} {{ customer.attributes.plan }}"
    templates = templates_with(tmp_path, {"sms/hello/body.txt": source})
    with pytest.raises(MessageError) as caught:
        templates.sms("hello", "en", facts())
    fault = caught.value.as_fault()
    assert (fault.line, fault.column) == (2, 30)


def test_what_fails_for_one_customer_has_its_column_though_its_file_is_gone(
    tmp_path: Path,
) -> None:
    templates = templates_with(tmp_path, {"sms/hello/body.txt": "{{ customer.attributes.plan }}"})
    known = facts()
    known["customer"]["attributes"] = {"plan": "gold"}
    assert templates.sms("hello", "en", known).text == "gold"
    (tmp_path / "sms/hello/body.txt").unlink()
    with pytest.raises(MessageError) as caught:
        templates.sms("hello", "en", facts())
    assert caught.value.as_fault().column == 4


def test_a_tag_that_is_refused_when_a_mail_is_due_has_its_column(tmp_path: Path) -> None:
    text, expected = marked("<p>Hi</p> »<script>x</script>")
    templates = templates_with(tmp_path, mail(text))
    with pytest.raises(MessageError) as caught:
        templates.email("hello", "en", facts())
    ((line, column),) = expected
    fault = caught.value.as_fault()
    assert (fault.line, fault.column) == (line + 2, column)


def test_what_is_no_ordinary_file_is_not_opened(tmp_path: Path) -> None:
    templates = templates_with(tmp_path / "templates", {"sms/hello/subject.txt": "x"})
    body = tmp_path / "templates/sms/hello/body.txt"
    os.mkfifo(body)
    (fault,) = templates.faults("sms", "hello")
    assert fault == Fault(str(body), 1, 1, "is no ordinary file; write the words into one")


def test_a_pipe_outside_of_the_templates_is_refused_at_once(tmp_path: Path) -> None:
    templates = templates_with(tmp_path / "templates", {"sms/hello/subject.txt": "x"})
    body = tmp_path / "templates/sms/hello/body.txt"
    os.mkfifo(tmp_path / "pipe")
    body.symlink_to(tmp_path / "pipe")
    (fault,) = templates.faults("sms", "hello")
    assert fault.message == "leads out of the templates folder; not allowed"
