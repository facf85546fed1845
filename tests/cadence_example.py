"""A sound cadence file for tests to break, and the faults that reading a text finds."""

from contacts.cadences.faults import Fault, FaultyFile
from contacts.cadences.load import parse_cadence

EXAMPLE = """\
name: onboarding
goal: first 30 days                      # shown to people
purpose: service                         # service | marketing: which consent, which footer
start: {on: customer.added, where: "customer.tier != 'trial'"}
stop:  {on: [reply, opt_out], goal: "orders.count >= 2"}
timezone: customer
window: {start: "09:00", end: "18:00", days: [mon, tue, wed, thu, fri], holidays: skip}
on_unknown: hold                         # a person looks
steps:
  - {key: hello,  channel: email, template: welcome, day: 0}
  - {key: first-steps, channel: sms, template: first_steps, day: 1, at: "10:00", otherwise: email}
  - key: welcome-call
    channel: call                        # email | sms | call | visit
    template: welcome_call               # the brief for the person
    day: 3
    due: 2 business days
    wait: true                           # the cadence waits for the outcome
  - {key: tips, channel: email, template: tips, after: 4d, when: "customer.persona != 'expert'"}
"""


def changed(old: str, new: str) -> str:
    """The example with its first `old` replaced by `new`."""
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def faults_of(text: str, path: str = "onboarding.yaml") -> list[Fault]:
    """What reading the text finds; [] if it is sound."""
    try:
        parse_cadence(text, path)
    except FaultyFile as error:
        return error.faults
    return []


def told(text: str, path: str = "onboarding.yaml") -> list[str]:
    """The faults as `line:column: message`."""
    return [str(fault).removeprefix(f"{path}:") for fault in faults_of(text, path)]
