"""A mail's HTML: style sheets become attributes, tags of Jinja stay whole, links are checked."""

from pathlib import Path

import pytest

from contacts.messages.rendered import MessageError
from tests.message_files import bare_mail, facts, mail, templates_with

CSS = {"email/_base/style.css": "p { color: #111 } tr { color: #222 } .button { color: #333 }"}


def html_of(tmp_path: Path, body: str, **customer: str) -> str:
    templates = templates_with(tmp_path, CSS | bare_mail(body))
    return templates.email("hello", "en", facts(**customer)).html


def test_the_style_sheet_is_written_into_the_tags(tmp_path: Path) -> None:
    assert html_of(tmp_path, "<p>a</p><b>c</b>") == '<p style="color:#111">a</p><b>c</b>'


def test_a_tag_keeps_its_own_style_above_the_style_sheets(tmp_path: Path) -> None:
    html = html_of(tmp_path, "<p style='margin: 0; font-family: \"A B\"' id=x>a</p>")
    assert html.startswith('<p id=x style="')
    assert "color:#111" in html
    assert "margin:0" in html
    assert '"A B"' not in html


def test_rows_may_be_chosen_inside_a_table(tmp_path: Path) -> None:
    body = (
        "<table>\n{% if orders.count > 1 and 1 < 2 %}\n<tr><td>many</td></tr>\n{% else %}\n"
        "<tr><td>few</td></tr>\n{% endif %}\n</table>"
    )
    html = html_of(tmp_path, body)
    assert html == '<table>\n<tr style="color:#222"><td>many</td></tr>\n</table>'


def test_expressions_with_brackets_and_quotes_stay_whole(tmp_path: Path) -> None:
    body = """<p title="{{ "a<b>c" }}">{{ 'x" > y' }} {{ "it's" if 1 < 2 else '</p>' }}</p>"""
    assert html_of(tmp_path, body) == (
        '<p title="a&lt;b&gt;c" style="color:#111">x&#34; &gt; y it&#39;s</p>'
    )


def test_s05_a_value_in_an_attribute_is_escaped(tmp_path: Path) -> None:
    body = '<a href="https://x.example/?q={{ customer.first_name }}" class="button">x</a>'
    html = html_of(tmp_path, body, first_name='"><script>')
    assert 'href="https://x.example/?q=&#34;&gt;&lt;script&gt;"' in html
    assert 'class="button" style="color:#333"' in html


def test_a_style_sheet_inside_the_layout_stays_for_media_queries(tmp_path: Path) -> None:
    html = templates_with(tmp_path, mail("<p>x</p>")).email("hello", "en", facts()).html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "<!--[if mso]>" in html
    assert '<html lang="en"' in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "scheme", ["https://x.example/a", "http://x.example", "mailto:a@x.example"]
)
def test_a_link_from_a_value_opens_a_page_or_a_mail(tmp_path: Path, scheme: str) -> None:
    html = html_of(tmp_path, '<a href="{{ customer.company }}">x</a>', company=scheme)
    assert html == f'<a href="{scheme}">x</a>'


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", " JavaScript:x", "//x.example", "x"]
)
def test_s05_any_other_link_from_a_value_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(MessageError, match="a link begins with https://"):
        html_of(tmp_path, '<a href=" {{ customer.company }}">x</a>', company=value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a href="javascript:alert(1)">x</a>', "does not begin with https://"),
        ("<a href=javascript:alert(1)>x</a>", "does not begin with https://"),
        ('<a href="&#106;avascript:alert(1)">x</a>', "does not begin with https://"),
        ('<a HREF="java{{ customer.company }}">x</a>', "does not begin with https://"),
        ('<img src="/logo.png">', "does not begin with https://"),
        ('<a href="{% if owner.name %}https://x.example{% endif %}">x</a>', "around the whole tag"),
        ("<a href={{ customer.company }}>x</a>", "a value in quotes"),
        ('<p {% if owner.name %}class="a"{% endif %}>x</p>', "a value in quotes"),
        ('<p class="{{ customer.tier }}">x</p>', "'class' is fixed text"),
        ('<p style="color: {{ customer.tier }}">x</p>', "'style' is fixed text"),
        ("<style>p { color: {{ customer.tier }} }</style>", "style sheet is fixed text"),
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<textarea>x</textarea>", "<textarea> is not allowed"),
        ('<iframe src="https://x.example"></iframe>', "<iframe> is not allowed"),
        ('<p onclick="x()">x</p>', "'onclick' is not allowed"),
        ('<p title="x>never closed</p>', "has no end"),
        ('<a title=it\'s href="javascript:x">x</a>', "has no end"),
    ],
)
def test_unsafe_or_unstyleable_html_is_refused(tmp_path: Path, body: str, expected: str) -> None:
    with pytest.raises(MessageError) as caught:
        html_of(tmp_path, f"<p>one</p>\n{body}")
    assert expected in caught.value.message
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{% extends 'email/_base/layout.html' %}{% block contnet %}x{% endblock %}", "contnet"),
        ("{% extends 'email/_base/layout.html' %}lost words", "outside a block"),
        ("words{% extends 'email/_base/layout.html' %}", "must be the first thing"),
        ("{% extends 'email/_base/nothing.html' %}", "to extend"),
    ],
)
def test_words_that_would_never_be_shown_are_refused(
    tmp_path: Path, body: str, expected: str
) -> None:
    with pytest.raises(MessageError, match=expected):
        html_of(tmp_path, body)


def test_layouts_that_extend_one_another_in_a_circle_are_refused(tmp_path: Path) -> None:
    files = {
        "email/_base/a.html": '{% extends "email/_base/b.html" %}',
        "email/_base/b.html": '{% extends "email/_base/a.html" %}',
        **bare_mail('{% extends "email/_base/a.html" %}'),
    }
    with pytest.raises(MessageError, match="without an end"):
        templates_with(tmp_path, files).email("hello", "en", facts())


def test_an_error_in_the_layout_is_told_at_its_own_place(tmp_path: Path) -> None:
    files = {
        "email/_base/mine.html": "<p>\n{{ customer.attributes.plan }}\n{% block a %}{% endblock %}",
        **bare_mail('{% extends "email/_base/mine.html" %}{% block a %}x{% endblock %}'),
    }
    with pytest.raises(MessageError) as caught:
        templates_with(tmp_path, files).email("hello", "en", facts())
    assert caught.value.path.endswith("_base/mine.html")
    assert caught.value.line == 2


def test_text_put_together_to_a_new_tag_is_refused(tmp_path: Path) -> None:
    files = {
        "email/_base/mine.html": "{% block a %}{% endblock %}{ customer.email.upper() }}",
        **bare_mail('{% extends "email/_base/mine.html" %}{% block a %}{ {#- -#}{% endblock %}'),
    }
    with pytest.raises(MessageError, match="not allowed"):
        templates_with(tmp_path, files).email("hello", "en", facts())
