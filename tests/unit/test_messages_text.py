"""The plain text of a mail: written by hand, or made from its HTML."""

from pathlib import Path

from tests.message_files import bare_mail, facts, mail, templates_with


def text_of(tmp_path: Path, body: str, **customer: str) -> str:
    templates = templates_with(tmp_path, bare_mail(body))
    return templates.email("hello", "en", facts(**customer)).text


def test_paragraphs_lists_and_headings_stand_apart(tmp_path: Path) -> None:
    body = "<h1>Head</h1><p>One<br>two</p><ul><li>a</li><li>b</li></ul><p>End</p>"
    assert text_of(tmp_path, body) == "Head\n\nOne\ntwo\n\n  * a\n  * b\n\nEnd\n"


def test_links_show_where_they_lead(tmp_path: Path) -> None:
    body = (
        '<p><a href="https://x.example/{{ customer.id }}">Begin</a> or '
        '<a href="mailto:{{ owner.email }}">{{ owner.email }}</a></p>'
    )
    assert text_of(tmp_path, body) == "Begin <https://x.example/1> or olive@example.com\n"


def test_a_link_from_a_value_is_checked_in_the_text_too(tmp_path: Path) -> None:
    body = '<p><a href="{{ business.website }}">site</a></p>'
    assert text_of(tmp_path, body) == "site <https://business.example>\n"


def test_what_is_chosen_in_the_html_is_chosen_in_the_text(tmp_path: Path) -> None:
    body = (
        "<p>A</p>\n{% if customer.tier == 'gold' %}\n<p>gold {{ customer.tier }}</p>\n"
        "{% elif customer.tier %}\n<p>other</p>\n{% else %}\n<p>none</p>\n{% endif %}\n<p>Z</p>"
        "<ul>{% if customer.tier %}<li>{{ customer.tier }}</li>{% endif %}<li>b</li></ul>"
    )
    assert text_of(tmp_path, body) == "A\n\ngold gold\n\nZ\n\n  * gold\n  * b\n"
    assert text_of(tmp_path, body, tier="new") == "A\n\nother\n\nZ\n\n  * new\n  * b\n"
    assert text_of(tmp_path, body, tier="") == "A\n\nnone\n\nZ\n\n  * b\n"


def test_a_table_reads_as_labels_and_values(tmp_path: Path) -> None:
    body = (
        "<table><tr><th>Plan</th><td>{{ customer.tier }}</td></tr>\n"
        "{% if orders.count %}\n<tr><th>Orders</th><td>{{ orders.count }}</td></tr>\n{% endif %}\n"
        "<tr><td>a</td><td>b</td>{% if customer.tier %}<td>c</td>{% endif %}</tr></table>"
    )
    assert text_of(tmp_path, body) == "Plan: gold\nOrders: 7\na · b · c\n"
    assert text_of(tmp_path, body, tier="") == "Plan: \nOrders: 7\na · b\n"


def test_braces_in_the_words_are_never_read_as_a_tag(tmp_path: Path) -> None:
    body = "<p>&#123;&#123; customer.email &#125;&#125; {% raw %}{{ x }}{% endraw %} { }</p>"
    assert text_of(tmp_path, body) == "{{ customer.email }} {{ x }} { }\n"


def test_what_only_pleases_the_eye_is_left_out(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>Hi</p>"))
    text = templates.email("hello", "en", facts()).text
    assert text.startswith("Hi\n\n--\nFern & Field\n12 Market Lane, Springfield\n")


def test_a_text_written_by_hand_gets_the_footer(tmp_path: Path) -> None:
    files = mail("<p>Hi</p>") | {"email/hello/body.txt": "Hi by hand\n"}
    text = templates_with(tmp_path, files).email("hello", "en", facts("marketing")).text
    assert text.startswith("Hi by hand\n\n-- \nFern & Field\n12 Market Lane")
    assert text.endswith("Unsubscribe: https://business.example/u/sample\n")
