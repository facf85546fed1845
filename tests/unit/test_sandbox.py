"""What conditions and templates may do, and the ways out that stay shut."""

from datetime import date
from decimal import Decimal

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from contacts.cadences.facts import CustomerFacts, Facts, as_context, vocabulary
from contacts.cadences.sandbox import expression_faults, sandboxed_environment, template_faults

NAMES = vocabulary()

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ lipsum.__globals__ }}",
    "{{ customer.__class__ }}",
    "{{ customer['__class__'] }}",
    "{{ customer|attr('__class__') }}",
    "{{ '{0.__class__}'.format(customer) }}",
    "{{ '%s'|format(customer.first_name) }}",
    "{{ {'a': 'b'}|xmlattr }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ customer.first_name.upper() }}",
    "{% set x = customer.first_name %}{{ x }}",
    "{% with x = 1 %}{{ x }}{% endwith %}",
    "{% macro m() %}{% endmacro %}{{ m() }}",
    "{% call(x) m() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}{{ customer.first_name }}{% endautoescape %}",
    "{{ customer.first_name|safe }}",
    "{{ customer.first_name|map('upper') }}",
    "{% include '../secrets.txt' %}",
    "{% import 'x' as x %}",
    "{% from 'x' import y %}",
    "{% extends 'http://evil.example/x' %}",
    "{% extends 'email/_base/../../../secrets.html' %}",
    "{% extends customer.first_name %}",
]

ENDLESS = [
    "{{ 'a' * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ range(10**9)|list|length }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a'|indent(1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ lipsum(n=100000) }}",
    "{% set a = 'a' %}{% set a = a ~ a %}{% set a = a ~ a %}{{ a }}",
    "{% set ns = namespace(a='a') %}{% for i in range(9) %}{% set ns.a = ns.a*2 %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for a in customer.first_name %}{% for b in customer.first_name %}x{% endfor %}{% endfor %}",
    "{{ ('a'|replace('a', 'aaaa')) }}",
    "{{ customer.first_name|join('aaaa')|join('aaaa') }}",
    "{{ 1|round(1000000000, 'ceil') * 2 }}",
    "{{ [1]|batch(1000000000, 0)|list }}",
    "{{ (10**5)**(10**5) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for a in today recursive %}{{ loop(a) }}{% endfor %}",
    "{{ customer.first_name" + "|upper" * 9 + " }}",
    "{{ " + "customer.first_name ~ " * 50 + "1 }}",
    "{{ customer.first_name|urlencode|lower|urlencode }}",
    "{{ customer.phone|default(customer.first_name|urlencode)|urlencode }}",
]


@pytest.mark.parametrize("source", ESCAPES)
def test_s01_a_way_out_of_the_sandbox_is_refused_before_anything_runs(source: str) -> None:
    messages = " ".join(fault.message for fault in template_faults(source, names=NAMES))
    assert "not allowed" in messages


@pytest.mark.parametrize("source", ENDLESS)
def test_s03_what_takes_all_memory_or_time_is_refused_before_anything_runs(source: str) -> None:
    messages = " ".join(fault.message for fault in template_faults(source, names=NAMES))
    assert "not allowed" in messages


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.first_name|default('there') }} {{ customer.attributes.plan|default('-') }}",
        "{{ customer.attributes['plan name'] }}",
        "{% if orders.count >= 2 and customer.tier in ['gold', 'silver'] %}a{% else %}b{% endif %}",
        "{{ 'many' if orders.count > 10 else 'few' }} {{ orders.count + 1 }} {{ -1 }}",
        "{% extends 'email/_base/layout.html' %}{% block content %}x{% endblock %}",
        "{{ customer.phone|default(customer.email|urlencode|trim)|truncate(9)|upper|lower|trim }}",
        "{{ customer.company|urlencode }}{{ customer.company|urlencode }}",
        "{{ customer.company ~ ', ' ~ customer.country }}{# a note #}{% raw %}{{ x }}{% endraw %}",
        "{% if signal.reason is defined and contract.days_left is not none %}x{% endif %}",
    ],
)
def test_what_a_message_needs_is_allowed(source: str) -> None:
    assert template_faults(source, names=NAMES) == []


def test_a_misspelt_name_is_answered_with_the_right_one_and_its_line() -> None:
    (fault,) = template_faults("Hi\n{{ customer.first_nmae }}", names=NAMES)
    assert fault.line == 2
    assert fault.message.startswith(
        "customer.first_nmae is not known; did you mean customer.first_name"
    )


def test_a_name_without_a_near_one_is_answered_with_all_of_its_group() -> None:
    (fault,) = template_faults("{{ owner.zzz }}", names=NAMES)
    assert fault.message == "owner.zzz is not known; owner has email, first_name, name, phone"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ customer }}", "customer is a group"),
        ("{{ customer.attributes }}", "name one column"),
        ("{{ customer.first_name.length }}", "customer.first_name has no parts"),
        ("{{ today.year }}", "today has no parts"),
        ("{{ customer.first_name|uper }}", "did you mean 'upper'?"),
        ("{{ customer.first_name", "unexpected end of template"),
        ("{ customer.first_name }}", "would be sent as it stands; write {{ customer.first_name }}"),
        ("{ customer.first_name }", "would be sent as it stands; write {{ customer.first_name }}"),
        ("{% for part in customer %}x{% endfor %}", "it is not a list"),
        ("{% if customer.first_name is mapping %}x{% endif %}", "'is mapping' is not known"),
        ("{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}", "not allowed"),
        ("{{ " + "1+" * 2000 + "1 }}", "not allowed"),
        ("{% if 1 %}a" + "{% elif 2 %}b" * 101 + "{% endif %}", "elif"),
        ("{{ 1 }}" * 5_001, "too many parts in one file"),
        ("{% if 1 %}" * 60 + "{% endif %}" * 60, "not allowed"),
        ("{{ " + "9" * 5000 + " }}", "too large"),
        ("x" * (256 * 1024 + 1), "too large"),
    ],
)
def test_a_faulty_template_is_answered_in_one_clear_line(source: str, expected: str) -> None:
    fault = template_faults(source, names=NAMES)[0]
    assert expected in fault.message
    assert "\n" not in fault.message


def test_s03_a_loop_runs_over_a_given_list_only_and_never_inside_another() -> None:
    names = {"tasks": None, "owner": frozenset({"name"})}
    good = "{% for task in tasks %}{{ loop.index }} {{ task.title }}{% else %}none{% endfor %}"
    nested = "{% for a in tasks %}{% for b in tasks %}x{% endfor %}{% endfor %}"
    after = "{% for task in tasks %}x{% endfor %}{{ task.title }}"
    assert template_faults(good, names=names) == []
    assert "inside a loop" in template_faults(nested, names=names)[0].message
    assert "task.title is not known" in template_faults(after, names=names)[0].message


@pytest.mark.parametrize(
    "source",
    ["a{color: red}", "@media x{p{margin:0}}", "{ other.thing }}", "{{ today }} { a }"],
)
def test_brackets_that_name_no_fact_are_left_alone(source: str) -> None:
    assert template_faults(source, names=NAMES) == []


def test_a_fact_in_one_bracket_is_told_on_its_line() -> None:
    [fault] = template_faults("a\nb\n{{ today }}\nc { customer.first_name }}", names=NAMES)
    assert fault.line == 4


@pytest.mark.parametrize(
    "source",
    ["customer.tier != 'trial'", "orders.count >= 2", "contract.exists and not signal.kind"],
)
def test_a_condition_of_known_names_has_no_faults(source: str) -> None:
    assert expression_faults(source, names=NAMES) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("  ", "empty"),
        ("orders.cuont > 2", "did you mean orders.count"),
        ("orders.count >", "expected"),
        ("orders.count }} {{ 1", "unexpected"),
        ("customer.first_name.upper() == 'ADA'", "not allowed"),
        ("2 ** 99 > 1", "not allowed"),
        ("customer.tier == gold", "; a text stands in quotes: 'gold'"),
    ],
)
def test_a_faulty_condition_is_answered_in_one_clear_line(source: str, expected: str) -> None:
    (message, *_) = expression_faults(source, names=NAMES)
    assert expected in message


def test_s02_a_dot_reads_a_key_and_never_a_method() -> None:
    environment = sandboxed_environment(autoescape=False)
    context = {"customer": {"attributes": {"items": "shoes", "keys": "two"}}}
    template = environment.from_string(
        "{{ customer.attributes.items }} {{ customer.attributes.keys }}"
    )
    assert template.render(context) == "shoes two"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ customer.attributes.values }}").render(context)


def test_s02_an_object_handed_in_by_mistake_shows_nothing() -> None:
    environment = sandboxed_environment(autoescape=False)
    with pytest.raises(UndefinedError):
        environment.from_string("{{ customer.email }}").render(customer=CustomerFacts(id=1))


def test_s04_a_value_is_never_read_as_a_template() -> None:
    facts = Facts(customer=CustomerFacts(id=1, first_name="{{ 7*7 }}"))
    template = sandboxed_environment(autoescape=False).from_string("{{ customer.first_name }}")
    assert template.render(as_context(facts)) == "{{ 7*7 }}"


def test_markup_in_a_value_is_escaped_where_asked() -> None:
    context = {"customer": {"first_name": "Ada & Bob"}}
    for autoescape, expected in ((True, "Ada &amp; Bob"), (False, "Ada & Bob")):
        template = sandboxed_environment(autoescape=autoescape).from_string(
            "{{ customer.first_name }}"
        )
        assert template.render(context) == expected


def test_an_empty_value_is_refused_rather_than_printed_as_none() -> None:
    template = sandboxed_environment(autoescape=False).from_string("{{ orders.first_on }}")
    with pytest.raises(UndefinedError, match="empty value"):
        template.render(orders={"first_on": None})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("''|default('there')", "there"),
        ("none|default('never')", "never"),
        ("0|default('never')", "0"),
        ("x.missing|default('-')", "-"),
        ("x.price|round(1)", "2.4"),
        ("x.price|round", "2"),
        ("'one two three'|truncate(10)", "one two…"),
        ("'short'|truncate(10)", "short"),
    ],
)
def test_our_own_filters(expression: str, expected: str) -> None:
    template = sandboxed_environment(autoescape=False).from_string("{{ " + expression + " }}")
    assert template.render(x={"price": Decimal("2.45")}) == expected


def test_dates_stay_dates_in_conditions() -> None:
    environment = sandboxed_environment(autoescape=False)
    condition = environment.compile_expression(
        "today > customer.joined_on", undefined_to_none=False
    )
    assert condition(today=date(2026, 5, 2), customer={"joined_on": date(2026, 5, 1)}) is True


def test_what_is_markup_is_escaped_again_and_again_alike() -> None:
    """Escapes are remembered; a text that is markup already equals its words, and is left alone."""
    page = sandboxed_environment(autoescape=True)
    page.globals["safe"] = Markup("<b>")
    printed = page.from_string("{{ customer.company }} {{ safe }} {{ customer.company }}")
    assert printed.render(customer={"company": "<b>"}) == "&lt;b&gt; <b> &lt;b&gt;"


def test_the_installed_jinja_prints_by_our_own_functions() -> None:
    """Otherwise mails cost twice as much to write, and nobody would notice."""
    for autoescape, ours in ((True, "environment.escaped("), (False, "environment.printed(")):
        environment = sandboxed_environment(autoescape=autoescape)
        assert ours in environment.compile("{{ customer.company }}", raw=True)
