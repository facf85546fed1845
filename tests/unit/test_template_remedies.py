"""What Jinja cannot read is told with what to write instead."""

import pytest

from contacts.cadences.sandbox import expression_faults, template_faults


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("{% if %}a{% endif %}", "say before the %} what it is about, as in "
         "{% if customer.first_name %}"),
        ("{{ }}", "say between the brackets what is to be shown, as in {{ customer.first_name }}"),
        ("{% if a == %}x{% endif %}", "a name or a value is missing before the end"),
        ("{% if a %}", "write {% endif %} where it ends"),
        ("{% for x in a %}{% if x %}{% endif %}", "write {% endfor %} where it ends"),
        ("{{ a", "close it with }}"),
        ("{% if a", "close it with %}"),
        ("{{ a }", "close with }} what {{ opened"),
        ("{% if a %}{% endblock %}", "write {% endif %} before it"),
        ("{# a", "close it with #}"),
        ("{% if a = b %}{% endif %}", "write == to compare"),
        ("{% %}", "write what it does, as in {% if customer.first_name %}"),
        ("{{ a. }}", "write the name of a fact after the dot"),
        ("{{ a | }}", "a name is missing before the end"),
        ("a{% endif %}", "nothing is open that it belongs to"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_read_is_told_with_its_remedy(source: str, remedy: str) -> None:
    [fault] = template_faults(source, names={"a": None, "b": None}, filters=(), bases="")
    assert fault.message.endswith(f"; {remedy}")


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("a ==", "a name or a value is missing before the end"),
        ("(a", "close it with )"),
        ("a = b", "write == to compare"),
    ],
)
def test_a_condition_that_cannot_be_read_is_told_with_its_remedy(source: str, remedy: str) -> None:
    [message] = expression_faults(source, names={"a": None, "b": None})
    assert message.endswith(f"; {remedy}")
