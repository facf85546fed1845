"""A message and a customer become a mail, a text message or a brief."""

from pathlib import Path

import pytest

from contacts.cadences.facts import BusinessFacts, CustomerFacts, Facts, LinkFacts
from contacts.messages.rendered import MessageError
from tests.message_files import bare_mail, facts, mail, templates_with


def test_only_the_html_is_escaped(tmp_path: Path) -> None:
    files = mail("<p>Hi {{ customer.first_name }}</p>", subject="Hi {{ customer.first_name }}")
    rendered = templates_with(tmp_path, files).email("hello", "en", facts())
    assert "<p" in rendered.html
    assert ">Hi Ada &amp; Bob</p>" in rendered.html
    assert rendered.text.startswith("Hi Ada & Bob\n")
    assert rendered.subject == "Hi Ada & Bob"


def test_a_value_with_braces_or_tags_is_printed_as_it_is(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>Hi {{ customer.first_name }}</p>"))
    rendered = templates.email("hello", "en", facts(first_name="{{ 7*7 }}<script>"))
    assert "Hi {{ 7*7 }}&lt;script&gt;" in rendered.html
    assert "Hi {{ 7*7 }}<script>" in rendered.text


def test_a_subject_is_one_line_whatever_is_in_the_value(tmp_path: Path) -> None:
    files = mail("<p>x</p>", subject="Hi {{ customer.first_name }}\n")
    rendered = templates_with(tmp_path, files).email(
        "hello", "en", facts(first_name="Ada\r\nBcc: x@example.com\x00\u2028!")
    )
    assert rendered.subject == "Hi Ada Bcc: x@example.com !"


def test_joiners_of_indian_scripts_stay_in_a_subject(tmp_path: Path) -> None:
    files = mail("<p>x</p>", subject="शक्\u200dति")
    assert templates_with(tmp_path, files).email("hello", "en", facts()).subject == "शक्\u200dति"


def test_an_empty_subject_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>x</p>", subject="{{ customer.company }}"))
    with pytest.raises(MessageError, match="subject is empty") as raised:
        templates.email("hello", "en", facts(company=""))
    assert raised.value.path.endswith("email/hello/subject.txt")


def test_a_marketing_mail_carries_address_and_link_in_both_parts(tmp_path: Path) -> None:
    rendered = templates_with(tmp_path, mail("<p>x</p>")).email("hello", "en", facts("marketing"))
    for part in (rendered.html, rendered.text):
        assert "12 Market Lane, Springfield" in part
        assert "https://business.example/u/sample" in part


def test_a_service_mail_names_the_business_and_has_no_link_to_unsubscribe(tmp_path: Path) -> None:
    rendered = templates_with(tmp_path, mail("<p>x</p>")).email("hello", "en", facts("service"))
    assert "Fern &amp; Field" in rendered.html
    assert "Fern & Field" in rendered.text
    assert "/u/sample" not in rendered.html + rendered.text


def test_a_marketing_mail_without_a_postal_address_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>x</p>"))
    nowhere = Facts(
        customer=CustomerFacts(id=1),
        business=BusinessFacts(name="Fern & Field"),
        links=LinkFacts(*(f"https://business.example/{page}/1" for page in "upv")),
    )
    with pytest.raises(MessageError, match="business_address"):
        templates.email("hello", "en", facts("marketing", nowhere))


def test_a_marketing_mail_that_leaves_out_the_footer_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, bare_mail("<p>Buy!</p>"))
    with pytest.raises(MessageError, match="link to unsubscribe"):
        templates.email("hello", "en", facts("marketing"))


def test_layouts_may_extend_one_another(tmp_path: Path) -> None:
    product = (
        '{% extends "email/_base/layout.html" %}{% block content %}[{% block main %}default'
        "{% endblock %}]{% endblock %}"
    )
    files = {
        "email/_base/product.html": product,
        "email/a/subject.txt": "A",
        "email/a/body.html": '{% extends "email/_base/product.html" %}'
        "{% block main %}mine{% endblock %}",
        "email/b/subject.txt": "B",
        "email/b/body.html": '{% extends "email/_base/product.html" %}',
    }
    templates = templates_with(tmp_path, files)
    assert "[mine]" in templates.email("a", "en", facts()).html
    assert "[default]" in templates.email("b", "en", facts()).html


def test_the_workspace_wins_over_what_comes_along(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>Ours</p>", name="welcome", subject="Ours"))
    assert templates.email("welcome", "en", facts()).subject == "Ours"


def test_one_file_of_the_layout_can_be_replaced_alone(tmp_path: Path) -> None:
    files = mail("<p>x</p>") | {"email/_base/style.css": "p { color: #123456 }"}
    rendered = templates_with(tmp_path, files).email("hello", "en", facts())
    assert '<p style="color:#123456">x</p>' in rendered.html
    assert "Fern &amp; Field" in rendered.html


def test_the_version_changes_with_any_file_it_is_made_from(tmp_path: Path) -> None:
    first = templates_with(tmp_path, mail("<p>x</p>")).email("hello", "en", facts()).template
    same = templates_with(tmp_path, {}).email("hello", "en", facts()).template
    files = {"email/_base/style.css": "p { color: red }"}
    other = templates_with(tmp_path, files).email("hello", "en", facts()).template
    assert first == same
    assert first.startswith("hello/en@")
    assert len(first) == len("hello/en@") + 8
    assert other != first


def test_an_sms_is_trimmed_and_counted(tmp_path: Path) -> None:
    body = "  Hi {{ customer.first_name }},\n  {{ orders.total|money(orders.currency) }}  \n\n"
    rendered = templates_with(tmp_path, {"sms/hi/body.txt": body}).sms("hi", "en", facts())
    assert rendered.text == "Hi Ada & Bob,\n€1,840.50"
    assert (rendered.encoding, rendered.segments) == ("GSM-7", 1)


def test_no_break_spaces_never_double_the_price_of_an_sms(tmp_path: Path) -> None:
    body = "{{ orders.total|money('EUR') }}\u202fa\u00a0b\ufeff"
    templates = templates_with(tmp_path, {"sms/hi/body.txt": body}, default_locale="fr")
    rendered = templates.sms("hi", "fr-FR", facts())
    assert rendered.text == "1 840,50 € a b"
    assert rendered.encoding == "GSM-7"


def test_an_sms_longer_than_the_provider_takes_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hi/body.txt": "{{ customer.company }}"})
    assert templates.sms("hi", "en", facts(company="x" * 1600)).segments == 11
    with pytest.raises(MessageError, match="1601 characters; the limit is 1600"):
        templates.sms("hi", "en", facts(company="x" * 1601))


def test_an_empty_sms_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hi/body.txt": "{{ customer.company }}"})
    with pytest.raises(MessageError, match="empty"):
        templates.sms("hi", "en", facts(company=" "))


def test_a_brief_has_a_title_of_one_line_and_plain_words(tmp_path: Path) -> None:
    files = {
        "briefs/call/title.txt": "Call\n{{ customer.first_name }}\n",
        "briefs/call/body.txt": "{% if customer.phone %}\nOn {{ customer.phone }}\n{% endif %}\n",
    }
    rendered = templates_with(tmp_path, files).brief("call", "en", facts())
    assert rendered.title == "Call Ada & Bob"
    assert rendered.text == "On +12025550101\n"


def test_a_statement_alone_on_its_line_leaves_no_empty_line(tmp_path: Path) -> None:
    body = (
        "a\n{% if owner.name %}\n  {# why #}\nb\n{% endif %}\nc {% if owner.name %}d{% endif %}\ne"
    )
    templates = templates_with(tmp_path, {"sms/hi/body.txt": body})
    assert templates.sms("hi", "en", facts()).text == "a\nb\nc d\ne"


def test_a_missing_column_is_told_with_file_line_and_remedy(tmp_path: Path) -> None:
    files = mail("<p>\nPlan: {{ customer.attributes.plan }}</p>")
    with pytest.raises(MessageError) as caught:
        templates_with(tmp_path, files).email("hello", "en", facts())
    assert caught.value.path.endswith("email/hello/body.html")
    assert caught.value.line == 4
    assert "customer.attributes.plan is not known for every customer" in caught.value.message
    assert "{{ customer.attributes.plan|default('…') }}" in caught.value.message


def test_an_empty_value_is_told_and_never_printed(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hi/body.txt": "Ends {{ contract.ends_on|date }}"})
    nothing = Facts(customer=CustomerFacts(id=1))
    with pytest.raises(MessageError, match=r"contract\.ends_on is not known for every customer"):
        templates.sms("hi", "en", facts(base=nothing))


def test_a_value_of_the_wrong_kind_is_told_in_one_line(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hi/body.txt": "{{ customer.email|date }}"})
    with pytest.raises(MessageError, match=r"'ada@example\.com' is not a date"):
        templates.sms("hi", "en", facts())


def test_a_message_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(MessageError, match="did you mean 'welcome'"):
        templates_with(tmp_path, {}).email("welcom", "en", facts())


@pytest.mark.parametrize("name", ["../secret", "a/b", "_base", "", "Hello", "x" * 65])
def test_s23_a_name_never_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(MessageError, match="there is no message"):
        templates_with(tmp_path, {}).email(name, "en", facts())


def test_s23_a_link_to_a_file_elsewhere_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    folder = tmp_path / "templates"
    templates = templates_with(folder, {"sms/hi/note.txt": ""})
    (folder / "sms/hi/body.txt").symlink_to(secret)
    with pytest.raises(MessageError, match="leads out of the templates folder"):
        templates.sms("hi", "en", facts())


def test_a_changed_file_counts_from_the_next_templates_on(tmp_path: Path) -> None:
    before = templates_with(tmp_path, {"sms/hi/body.txt": "old"})
    assert before.sms("hi", "en", facts()).text == "old"
    after = templates_with(tmp_path, {"sms/hi/body.txt": "new"})
    assert before.sms("hi", "en", facts()).text == "old"
    assert after.sms("hi", "en", facts()).text == "new"


def test_a_template_that_cannot_be_compiled_is_told(tmp_path: Path) -> None:
    body = "{% block a %}x{% endblock %}\n{% block a %}y{% endblock %}"
    templates = templates_with(tmp_path, {"sms/hi/body.txt": body})
    with pytest.raises(MessageError, match="block 'a' defined twice") as caught:
        templates.sms("hi", "en", facts())
    assert caught.value.line == 2


@pytest.mark.parametrize("html", ["", " ", "<!-- note -->", "</p>", "{% if 0 %}x{% endif %}"])
def test_an_empty_mail_is_refused(tmp_path: Path, html: str) -> None:
    with pytest.raises(MessageError, match="the mail is empty"):
        templates_with(tmp_path, bare_mail(html)).email("hello", "en", facts())


def test_a_note_before_the_page_does_no_harm(tmp_path: Path) -> None:
    html = "<!-- note --><!DOCTYPE html><html><body><p>Hi</p></body></html>"
    assert templates_with(tmp_path, bare_mail(html)).email("hello", "en", facts()).text == "Hi\n"
