"""A fault in a cadence, or in a message that it names, holds up that cadence and no other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contacts.cadences.faults import Fault
from contacts.settings import Settings
from contacts.workspace.check import examine
from contacts.workspace.named import Named
from contacts.workspace.plannable import plannable
from contacts.workspace.sound_messages import KEPT_IN, SoundMessages
from tests.message_files import mail

CADENCE = """\
name: {name}
goal: to be tested
purpose: service
start: {{on: customer.added}}
steps:
  - {{key: first, channel: sms, template: {template}, day: 0, otherwise: email}}
"""
SOUND = mail("<p>Hi</p>") | {"sms/hello/body.txt": "Hi"}


@pytest.fixture
def business(settings: Settings) -> Settings:
    """Two cadences that share their messages with nobody."""
    for name in ("hello", "other"):
        add(settings, name, name)
        for path, text in SOUND.items():
            write(settings, path.replace("hello", name), text)
    return settings


def add(settings: Settings, name: str, template: str) -> None:
    text = CADENCE.format(name=name, template=template)
    path = settings.workspace / "cadences" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write(settings: Settings, name: str, text: str) -> None:
    path = settings.workspace / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def names(settings: Settings) -> list[str]:
    return [one.name for one in plannable(settings).cadences]


def told(faults: list[Fault], settings: Settings) -> list[str]:
    """Each fault's place, from the workspace."""
    return [
        f"{Path(one.path).relative_to(settings.workspace)}:{one.line}:{one.column}"
        for one in faults
    ]


def test_sound_cadences_are_all_plannable(business: Settings) -> None:
    found = plannable(business)
    assert ([one.name for one in found.cadences], found.held) == (["hello", "other"], {})


def test_a_message_that_is_not_there_holds_up_the_cadence_that_names_it(
    business: Settings,
) -> None:
    add(business, "hello", "helo")
    found = plannable(business)
    assert [one.name for one in found.cadences] == ["other"]
    assert told(found.held["hello"], business) == ["cadences/hello.yaml:6:42"]
    assert [one.message for one in found.faults] == [
        "step 'first': there is no sms and no email 'helo'; did you mean 'hello'?"
    ]


@pytest.mark.parametrize(
    ("mail", "template", "said"),
    [
        ("hullo", "helo", "no sms and no email 'helo'; did you mean 'hello'?"),
        ("hullo", "hello", "no email 'hello'; did you mean 'hullo'?"),
        ("hullo", "zzz", "no sms and no email 'zzz'; make it in templates/sms/zzz/ and "
         "templates/email/zzz/"),
    ],
)  # fmt: skip
def test_the_message_that_was_perhaps_meant_is_named(
    business: Settings, mail: str, template: str, said: str
) -> None:
    folder = business.workspace / "templates" / "email"
    (folder / "hello").rename(folder / mail)
    add(business, "hello", template)
    [fault] = plannable(business).held["hello"]
    assert fault.message == f"step 'first': there is {said}"


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("sms/hello/body.txt", "Hi {{ customer.frist_name }}", "templates/sms/hello/body.txt:1:7"),
        ("sms/hello/body.txt", "{% if today %}", "templates/sms/hello/body.txt:1:1"),
        ("sms/hello/body.txt", "{{ orders.last_on|date }}", "templates/sms/hello/body.txt:1:4"),
        ("email/hello/subject.hi.txt", "Hi", "templates/email/hello/body.hi.html:1:1"),
    ],
)
def test_whatever_check_finds_in_a_message_holds_up_its_cadence(
    business: Settings, file: str, text: str, place: str
) -> None:
    write(business, file, text)
    found = plannable(business)
    assert [one.name for one in found.cadences] == ["other"]
    assert told(found.held["hello"], business) == [place]
    assert set(found.faults) == examine(business).faults


def test_a_message_without_the_default_language_holds_up_its_cadence(business: Settings) -> None:
    body = business.workspace / "templates" / "sms" / "hello" / "body.txt"
    body.rename(body.with_name("body.hi.txt"))
    assert names(business) == ["other"]


def test_a_marketing_mail_without_an_address_holds_up_its_cadence(business: Settings) -> None:
    path = business.workspace / "cadences" / "hello.yaml"
    path.write_text(path.read_text("utf-8").replace("service", "marketing"), encoding="utf-8")
    write(business, "sms/hello/body.txt", "Example Tea: hi. Reply STOP to opt out.")
    nowhere = business.model_copy(update={"business_address": ""})
    assert told(plannable(nowhere).held["hello"], business) == ["cadences/hello.yaml:3:10"]


def test_a_file_that_cannot_be_read_holds_up_its_cadence(business: Settings) -> None:
    (business.workspace / "cadences" / "hello.yaml").write_text("name: hello\n", encoding="utf-8")
    assert names(business) == ["other"]


def test_a_faulty_message_that_nobody_names_holds_up_nobody(business: Settings) -> None:
    write(business, "sms/unused/body.txt", "{{ customer.frist_name }}")
    assert plannable(business).held == {}


def test_one_faulty_message_holds_up_all_that_name_it_and_is_told_once(business: Settings) -> None:
    add(business, "other", "hello")
    write(business, "sms/hello/body.txt", "{{ customer.frist_name }}")
    found = plannable(business)
    assert found.held.keys() == {"hello", "other"}
    assert len(found.faults) == 1


def test_once_it_is_mended_a_cadence_goes_on_and_once_it_breaks_it_is_held_up(
    business: Settings,
) -> None:
    for text, expected in (("Hi", 2), ("{{ x }}", 1), ("Hi", 2), ("{{ y }}", 1)):
        write(business, "sms/hello/body.txt", text)
        assert len(names(business)) == expected


def test_a_fault_in_a_shared_layout_holds_up_a_message_that_was_sound(business: Settings) -> None:
    assert len(names(business)) == 2
    write(business, "email/_base/layout.html", "{{ nobody }}{% block content %}{% endblock %}")
    assert names(business) == []


def sms(settings: Settings, name: str = "hello") -> Named:
    return Named("sms", name, settings.workspace / "templates" / "sms" / name)


def looked_at(
    settings: Settings, found: list[Fault], change: Callable[[], object] = lambda: None
) -> list[str]:
    """What a second pass looks at, where the first had `found` and then something changes."""
    seen: list[str] = []

    def look(one: Named) -> list[Fault]:
        seen.append(one.name)
        return found

    for _ in range(2):
        seen.clear()
        messages = SoundMessages(settings, look)
        messages.faults(sms(settings))
        messages.faults(sms(settings))
        messages.keep()
        change()
        change = lambda: None  # noqa: E731  # the change comes once
    return seen


def test_a_sound_message_is_not_looked_at_again(business: Settings) -> None:
    assert looked_at(business, []) == []


def test_a_faulty_message_is_looked_at_by_every_pass_once(business: Settings) -> None:
    assert looked_at(business, [Fault("x", 1, 1, "wrong")]) == ["hello"]


@pytest.mark.parametrize(
    "file", ["sms/hello/body.txt", "sms/hello/body.hi.txt", "email/_base/words.toml"]
)
def test_a_message_is_looked_at_again_once_a_file_changed(business: Settings, file: str) -> None:
    assert looked_at(business, [], lambda: write(business, file, "another")) == ["hello"]


def test_a_message_is_looked_at_again_in_another_default_language(business: Settings) -> None:
    SoundMessages(business, lambda *_: []).keep()
    assert looked_at(business, []) == []
    other = business.model_copy(update={"default_locale": "hi"})
    seen: list[str] = []
    SoundMessages(other, lambda one: seen.append(one.name) or []).faults(sms(business))
    assert seen == ["hello"]


def looks_again(settings: Settings, code: Path) -> bool:
    """Whether this program looks at a message, which it finds to be sound."""
    seen: list[str] = []

    def look(one: Named) -> list[Fault]:
        seen.append(one.name)
        return []

    messages = SoundMessages(settings, look, code=code)
    messages.faults(sms(settings))
    messages.keep()
    return bool(seen)


@pytest.mark.parametrize("file", ["messages/check.py", "messages/new.py", "cadences/sandbox.py"])
def test_a_message_is_looked_at_again_by_another_program(
    business: Settings, tmp_path: Path, file: str
) -> None:
    code = tmp_path / "code"
    for name in ("messages/check.py", "cadences/sandbox.py", "cadences/allowed.py"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text("", encoding="utf-8")
    assert [looks_again(business, code) for _ in range(2)] == [True, False]
    (code / file).write_text("stricter", encoding="utf-8")
    assert [looks_again(business, code) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("package", ["Jinja2", "babel"])
def test_a_message_is_looked_at_again_with_another_version_of_what_reads_it(
    business: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    assert [looks_again(business, tmp_path) for _ in range(2)] == [True, False]
    info = tmp_path / "site" / f"{package}-999.dist-info"
    info.mkdir(parents=True)
    words = f"Metadata-Version: 2.1\nName: {package}\nVersion: 999\n"
    (info / "METADATA").write_text(words, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert looks_again(business, tmp_path)


def test_what_no_cadence_names_any_more_is_forgotten(business: Settings) -> None:
    kept = business.state / KEPT_IN
    plannable(business)
    assert json.loads(kept.read_text("ascii")).keys() >= {"sms/hello", "sms/other"}
    (business.workspace / "cadences" / "other.yaml").unlink()
    write(business, "sms/hello/body.txt", "Another")
    plannable(business)
    assert "sms/other" not in json.loads(kept.read_text("ascii"))


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"sms/hello": 1}', "\u00ff"])
def test_what_was_kept_and_cannot_be_read_costs_a_look(business: Settings, kept: str) -> None:
    change = lambda: (business.state / KEPT_IN).write_text(kept, encoding="utf-8")  # noqa: E731
    assert looked_at(business, [], change) == ["hello"]


def test_a_folder_that_cannot_be_written_costs_a_look_and_nothing_else(business: Settings) -> None:
    business.state.write_text("in the way", encoding="utf-8")
    assert looked_at(business, []) == ["hello"]
