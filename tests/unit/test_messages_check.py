"""What is wrong with a message is found before it is sent, with its file and line."""

from pathlib import Path

import pytest

from contacts.cadences.faults import Fault
from tests.message_files import LAYOUT, bare_mail, mail, templates_with


def faults(folder: Path, files: dict[str, str], kind: str = "email") -> list[Fault]:
    return templates_with(folder, files).faults(kind, "hello")


def only(found: list[Fault]) -> Fault:
    (fault,) = found
    return fault


def test_a_good_message_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, mail("<p>Hi {{ customer.first_name|default('there') }}</p>")) == []


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("email", "subject.txt and body.html"),
        ("sms", "body.txt"),
        ("call", "title.txt and body.txt"),
        ("visit", "title.txt and body.txt"),
    ],
)
def test_a_missing_message_says_which_files_to_make(tmp_path: Path, kind: str, files: str) -> None:
    fault = only(templates_with(tmp_path, {}).faults(kind, "zzz"))
    assert fault.message.endswith(f"make this folder with {files}")


def test_a_misspelt_message_is_answered_with_the_nearest(tmp_path: Path) -> None:
    fault = only(templates_with(tmp_path, {}).faults("email", "welcom"))
    assert "did you mean 'welcome'" in fault.message


@pytest.mark.parametrize("missing", ["subject.txt", "body.html"])
def test_a_missing_part_is_told(tmp_path: Path, missing: str) -> None:
    files = {path: text for path, text in mail("<p>x</p>").items() if not path.endswith(missing)}
    found = faults(tmp_path, files)
    assert found[0].path.endswith(f"email/hello/{missing}")
    assert found[0].message == "is missing; it is needed: make this file"


def test_half_a_language_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, mail("<p>x</p>") | {"email/hello/subject.hi.txt": "नमस्ते"})
    assert only(found).path.endswith("body.hi.html")
    assert only(found).message == "is missing; without it 'hi' is not used: make this file"


def test_a_file_that_is_never_read_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, mail("<p>x</p>") | {"email/hello/body.hindi.html": "<p>x</p>"})
    assert "never read" in only(found).message


def test_a_message_without_files_for_every_other_language_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, {"sms/hello/body.hi.txt": "नमस्ते"}, "sms")
    assert "has no body.txt" in only(found).message


def test_a_language_without_footer_words_is_told(tmp_path: Path) -> None:
    files = mail("<p>x</p>") | {
        "email/hello/subject.fr.txt": "Bonjour",
        "email/hello/body.fr.html": f"{LAYOUT}{{% block content %}}<p>Bonjour</p>{{% endblock %}}",
    }
    assert "no words for 'fr'" in only(faults(tmp_path, files)).message


def test_every_fault_of_every_file_is_told_with_its_line(tmp_path: Path) -> None:
    files = mail(
        "<p>{{ customer.nmae }}</p>\n<p>{{ customer.email|nofilter }}</p>\n{% include 'x' %}",
        subject="{{ owner.first_name",
    )
    found = [(Path(fault.path).name, fault.line) for fault in faults(tmp_path, files)]
    assert found == [
        ("body.html", 3),
        ("body.html", 4),
        ("body.html", 5),
        ("subject.txt", 1),
    ]


def test_a_fault_in_the_workspaces_layout_is_told_at_its_place(tmp_path: Path) -> None:
    files = mail("<p>x</p>") | {
        "email/_base/layout.html": "<p>\n{{ x }}</p>{% block content %}{% endblock %}"
    }
    fault = only(faults(tmp_path, files))
    assert fault.path.endswith("email/_base/layout.html")
    assert fault.line == 2


def test_c01_a_layout_without_address_and_link_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, bare_mail("<p>Buy!</p>"))
    assert "link to unsubscribe" in only(found).message


def test_a_value_that_may_be_unknown_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, mail("<p>Ends on {{ contract.ends_on|date }}</p>"))
    assert only(found).line == 3
    assert "contract.ends_on is not known" in only(found).message


def test_a_column_of_the_csv_needs_a_default(tmp_path: Path) -> None:
    found = faults(tmp_path, mail("<p>{{ customer.attributes['plan'] }}</p>"))
    assert "plan" in only(found).message
    good = mail("<p>{{ customer.attributes.plan|default('yours') }}</p>")
    assert faults(tmp_path, good) == []


def test_the_word_none_in_a_message_is_told(tmp_path: Path) -> None:
    files = {"sms/hello/body.txt": "{{ orders.days_since_last ~ ' days' }}"}
    assert "prints 'None'" in only(faults(tmp_path, files, "sms")).message
    assert faults(tmp_path, {"sms/hello/body.txt": "None of it {{ owner.name }}"}, "sms") == []


def test_an_sms_that_is_too_long_is_told(tmp_path: Path) -> None:
    found = faults(tmp_path, {"sms/hello/body.txt": "x" * 1601}, "sms")
    assert "1601 characters" in only(found).message


def test_every_language_is_rendered(tmp_path: Path) -> None:
    files = {"sms/hello/body.txt": "Hi", "sms/hello/body.hi.txt": "{{ orders.last_on|date }}"}
    assert only(faults(tmp_path, files, "sms")).path.endswith("body.hi.txt")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\xff\xfe", "not UTF-8"), (b"x" * (256 * 1024 + 1), "too large")],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, expected: str) -> None:
    templates = templates_with(tmp_path, {"sms/hello/body.txt": ""})
    (tmp_path / "sms/hello/body.txt").write_bytes(content)
    assert expected in only(templates.faults("sms", "hello")).message


def test_a_broken_words_file_is_told(tmp_path: Path) -> None:
    files = mail("<p>x</p>") | {"email/_base/words.toml": "[en\n"}
    fault = only(faults(tmp_path, files))
    assert fault.path.endswith("words.toml")
