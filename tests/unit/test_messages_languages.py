"""Each customer gets a message in one language from beginning to end."""

from pathlib import Path

import pytest

from contacts.messages.rendered import MessageError
from tests.message_files import facts, mail, templates_with


def in_language(language: str, body: str, subject: str) -> dict[str, str]:
    return {
        path.replace(".txt", f".{language}.txt").replace(".html", f".{language}.html"): content
        for path, content in mail(body, subject=subject).items()
    }


BOTH = mail("<p>Hello</p>", subject="Hello") | in_language("hi", "<p>नमस्ते</p>", "नमस्ते")


@pytest.mark.parametrize(
    ("locale", "subject", "version"),
    [
        ("hi-IN", "नमस्ते", "hello/hi@"),
        ("hi", "नमस्ते", "hello/hi@"),
        ("hi_IN", "नमस्ते", "hello/hi@"),
        ("HI-in", "नमस्ते", "hello/hi@"),
        ("en-GB", "Hello", "hello/en@"),
        ("fr", "Hello", "hello/en@"),
        ("", "Hello", "hello/en@"),
    ],
)
def test_the_nearest_language_is_taken(
    tmp_path: Path, locale: str, subject: str, version: str
) -> None:
    rendered = templates_with(tmp_path, BOTH).email("hello", locale, facts())
    assert rendered.subject == subject
    assert rendered.template.startswith(version)


def test_the_country_counts_before_the_language(tmp_path: Path) -> None:
    files = BOTH | in_language("hi-IN", "<p>x</p>", "नमस्ते भारत")
    templates = templates_with(tmp_path, files)
    assert templates.email("hello", "hi-IN", facts()).subject == "नमस्ते भारत"
    assert templates.email("hello", "hi", facts()).subject == "नमस्ते"


@pytest.mark.parametrize("missing", ["subject.hi.txt", "body.hi.html"])
def test_half_a_language_is_not_mixed_with_another(tmp_path: Path, missing: str) -> None:
    files = {path: content for path, content in BOTH.items() if not path.endswith(missing)}
    rendered = templates_with(tmp_path, files).email("hello", "hi-IN", facts())
    assert rendered.subject == "Hello"
    assert ">Hello</p>" in rendered.html


def test_the_footer_and_the_page_speak_the_language_of_the_message(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, BOTH)
    hindi = templates.email("hello", "hi-IN", facts("marketing"))
    english = templates.email("hello", "fr-BE", facts("marketing"))
    assert '<html lang="hi-IN"' in hindi.html
    assert "ऐसे संदेश बंद करें" in hindi.html
    assert "ऐसे संदेश बंद करें" in hindi.text
    assert '<html lang="en"' in english.html
    assert "Unsubscribe" in english.html


@pytest.mark.parametrize(
    ("locale", "expected"), [("en-GB", "4 May 2026"), ("en-US", "May 4, 2026"), ("fr", "May 4")]
)
def test_dates_are_written_in_the_language_of_the_message(
    tmp_path: Path, locale: str, expected: str
) -> None:
    templates = templates_with(tmp_path, mail("<p>On {{ today|date('long') }}</p>"))
    assert f"On {expected}" in templates.email("hello", locale, facts()).html


def test_the_files_without_a_language_are_in_the_default_one(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>x</p>"), default_locale="be")
    rendered = templates.email("hello", "en", facts("marketing"))
    assert rendered.template.startswith("hello/be@")
    assert "Адпісацца" in rendered.html


def test_a_workspace_adds_a_language_to_the_footer_line_by_line(tmp_path: Path) -> None:
    words = '[fr]\nunsubscribe = "Se désabonner"\n[en]\nunsubscribe = "Leave"\n'
    files = BOTH | in_language("fr", "<p>Bonjour</p>", "Bonjour")
    templates = templates_with(tmp_path, files | {"email/_base/words.toml": words})
    assert "Se désabonner" in templates.email("hello", "fr", facts("marketing")).html
    english = templates.email("hello", "en", facts("marketing")).html
    assert "Leave" in english
    assert "because you agreed" in english


def test_an_sms_without_any_language_for_the_customer_is_an_error(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, {"sms/hello/body.hi.txt": "नमस्ते"})
    assert templates.sms("hello", "hi-IN", facts()).encoding == "UCS-2"
    with pytest.raises(MessageError, match="no language of this message"):
        templates.sms("hello", "en", facts())


def test_the_languages_of_a_message_can_be_listed(tmp_path: Path) -> None:
    assert templates_with(tmp_path, BOTH).languages("email", "hello") == ["en", "hi"]
