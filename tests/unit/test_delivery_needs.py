"""A batch loads the facts that its conditions and words name, and never too few."""

from pathlib import Path

import pytest

from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence
from contacts.delivery.needs import needed_by, needed_to_plan, needed_to_send
from contacts.record.customers.facts import EVERYTHING
from tests.message_files import mail, templates_with

CADENCE = """\
name: sample
goal: a sample
purpose: service
start: {on: customer.added}
stop: {on: [reply]}
steps:
  - {key: hello, channel: email, template: hello, day: 0}
"""


@pytest.mark.parametrize(
    ("condition", "needed"),
    [
        (None, set()),
        ("customer.tier != 'trial'", set()),
        ("orders.count > 1 and not contract.exists", {"orders", "contract"}),
        ("touches['replies'] == 0", {"touches"}),
    ],
)
def test_a_condition_needs_what_it_names(condition: str | None, needed: set[str]) -> None:
    assert needed_by(condition) == needed


def test_a_cadence_that_an_order_stops_needs_the_orders() -> None:
    assert needed_to_plan(cadence()) == set()
    assert needed_to_plan(cadence(stop="{on: [order]}")) == {"orders"}
    assert needed_to_plan(cadence(stop="{goal: 'touches.count > 3'}")) == {"touches"}


def test_a_step_needs_what_its_words_name_in_any_language_and_channel(tmp_path: Path) -> None:
    files = mail("<p>Hello</p>") | {
        "email/hello/subject.hi.txt": "{{ orders.count }}",
        "sms/hello/body.txt": "{{ contract.ends_on }}",
        "sms/hello/body.de.txt": "{% for one in recap.items %}{{ one.text }}{% endfor %}"
        "{% if suggestions %}more{% endif %}",
    }
    templates = templates_with(tmp_path, files)
    alone = cadence()
    assert needed_to_send(alone, alone.steps[0], templates) == {"orders"}
    when = "'touches.count == 0 and not signal.kind'"
    either = cadence(step=f"channel: email, otherwise: sms, when: {when}")
    assert needed_to_send(either, either.steps[0], templates) == EVERYTHING


def test_a_step_needs_what_the_layout_names(tmp_path: Path) -> None:
    files = mail("<p>Hello</p>") | {"email/_base/letter.html": "{{ contract.kind }}"}
    sample = cadence()
    needed = needed_to_send(sample, sample.steps[0], templates_with(tmp_path, files))
    assert needed == {"contract"}


def test_a_message_with_an_unreadable_file_gets_everything(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, mail("<p>Hello</p>"))
    (tmp_path / "email/hello/body.hi.txt").write_bytes(b"\xff")
    sample = cadence()
    assert needed_to_send(sample, sample.steps[0], templates) == EVERYTHING


def cadence(*, stop: str = "{on: [reply]}", step: str = "channel: email") -> Cadence:
    text = CADENCE.replace("{on: [reply]}", stop).replace("channel: email", step)
    return parse_cadence(text, "sample.yaml")
