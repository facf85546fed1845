"""Who lives in a simulated world: zones, customers, cadences and their messages."""

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from contacts.cadences.load import parse_cadence
from contacts.cadences.loaded import LoadedCadence
from contacts.messages.templates import Templates, templates_of
from contacts.settings import Settings, load_settings

OWNER = "olive@example.com"
ZONES = (
    ("America/New_York", "US"),
    ("Europe/London", "GB"),
    ("Asia/Kolkata", "IN"),  # half an hour off
    ("Australia/Lord_Howe", "AU"),  # summer time of half an hour
    ("Pacific/Auckland", "NZ"),
    ("Pacific/Honolulu", "US"),
    ("America/Sao_Paulo", "BR"),
    ("Africa/Cairo", "EG"),  # the clocks change at midnight
)
TURNS = (  # days on which clocks somewhere change, and one on which none do
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 4, 24),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 10, 30),
    date(2026, 11, 1),
    date(2026, 7, 1),
)
_HEAD = """\
name: {name}
goal: to be simulated
purpose: {purpose}
start: {{on: {start}}}
{rest}
steps:
"""
_BUSY = 'window: {start: "09:00", end: "17:00", days: [mon, tue, wed, thu, fri], holidays: ignore}'
_WIDE = """\
window:
  start: "08:00"
  end: "21:00"
  days: [mon, tue, wed, thu, fri, sat, sun]
  holidays: ignore"""
_NIGHT = """\
window:
  start: "00:00"
  end: "03:00"
  days: [mon, tue, wed, thu, fri, sat, sun]
  holidays: ignore"""
_FILES: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    # purpose, start, what follows, steps; several texts a name, for files are edited
    "onboarding": (
        ("service", "customer.added", f"stop: {{on: [reply, opt_out]}}\n{_BUSY}", """\
  - {key: hello, channel: email, template: hello, day: 0, any_time: true}
  - {key: ping, channel: sms, template: ping, day: 1, otherwise: email}
  - {key: talk, channel: call, template: talk, day: 1}
  - {key: more, channel: email, template: hello, after: 1d}
"""),
        ("service", "customer.added", f"stop: {{on: [opt_out]}}\n{_WIDE}", """\
  - {key: hello, channel: email, template: hello, day: 0}
  - {key: ping, channel: sms, template: ping, day: 0}
  - {key: daily, channel: email, template: hello, day: 1, at: "20:30", priority: 8}
  - {key: third, channel: email, template: hello, day: 2}
  - {key: visit, channel: visit, template: talk, day: 2, wait: true}
  - {key: more, channel: sms, template: ping, after: 1d}
"""),
        ("service", "customer.added", f"timezone: Europe/Berlin\n{_NIGHT}", """\
  - {key: hello, channel: email, template: hello, day: 0}
  - {key: third, channel: email, template: hello, day: 1}
  - {key: more, channel: email, template: hello, day: 2, at: "02:30"}
  - {key: again, channel: email, template: hello, after: 1d, any_time: true}
"""),
    ),
    "news": (
        ("marketing", "customer.added", f"priority: 3\nstop: {{on: [opt_out]}}\n{_BUSY}", """\
  - {key: offer, channel: email, template: offer, day: 0}
  - {key: again, channel: sms, template: ping, day: 1}
  - {key: last, channel: email, template: offer, after: 2d}
"""),
        ("marketing", "customer.added", f"stop: {{on: [opt_out, reply]}}\n{_WIDE}", """\
  - {key: offer, channel: sms, template: ping, day: 0, otherwise: email}
  - {key: last, channel: email, template: offer, day: 1}
"""),
    ),
    "nurture": (
        ("service", "customer.idle", f"repeat: 5d\n{_BUSY}", """\
  - {key: care, channel: email, template: hello, day: 0, otherwise: sms}
  - {key: call, channel: call, template: talk, after: 2d, wait: true}
"""),
        ("service", "customer.idle", f"stop: {{on: [reply]}}\nrepeat: 3d\n{_WIDE}", """\
  - {key: care, channel: sms, template: ping, day: 0, otherwise: email}
"""),
    ),
}  # fmt: skip
_MESSAGES = {
    "email/hello/subject.txt": "Hello {{ customer.first_name }}",
    "email/hello/body.html": "<p>All well?</p>",
    "email/hello/body.txt": "All well?",
    "email/offer/subject.txt": "An offer",
    "email/offer/body.html": "{% extends 'email/_base/layout.html' %}"
    "{% block content %}<p>An offer.</p>{% endblock %}",
    "email/offer/body.txt": "An offer. {{ links.unsubscribe }}",
    "email/ping/subject.txt": "All well?",
    "email/ping/body.html": "<p>All well?</p>",
    "email/ping/body.txt": "All well?",
    "sms/ping/body.txt": "Hello {{ customer.first_name }}, all well?",
    "sms/hello/body.txt": "All well?",
    "sms/offer/body.txt": "An offer.",
    "briefs/talk/title.txt": "See {{ customer.first_name }}",
    "briefs/talk/body.txt": "Ask how they do.",
}
_SETTINGS = """\
business_name = "Example Tea"
business_address = "1 Example Street, Springfield, EX 00000"
sender_email = "hello@example.com"

[caps]
week = 4

[caps.sms]
week = 2

[[owners]]
email = "olive@example.com"
name = "Olive Owner"
"""


@dataclass(frozen=True, slots=True)
class Office:
    """What every world of a test process shares: settings and compiled messages."""

    settings: Settings
    templates: Templates


def office(folder: Path) -> Office:
    """Write a workspace into `folder`."""
    for name, words in _MESSAGES.items():
        path = folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    (folder / "touchline.toml").write_text(_SETTINGS, encoding="utf-8")
    (folder / ".env").write_text("TOUCHLINE_SECRET_KEY=a-key-for-tests-only\n", encoding="utf-8")
    settings = load_settings(folder)
    return Office(settings, templates_of(settings))


@cache
def cadences(*, resend: bool = False) -> dict[str, list[LoadedCadence]]:
    """Every text of every cadence; those that `resend` leave fewer doubts to people."""
    return {
        name: [_loaded(name, *parts, resend=resend) for parts in texts]
        for name, texts in _FILES.items()
    }


def newcomer(number: int, rng: random.Random, now: datetime) -> dict[str, object]:
    """A customer's row; some have no phone."""
    zone, country = rng.choice(ZONES)
    return {
        "id": number,
        "email": f"customer{number}@example.com",
        "phone": f"+1202555{number:04d}" if rng.random() < 0.8 else None,
        "first_name": f"Ada{number}",
        "timezone": zone,
        "locale": "en",
        "country": country,
        "joined_on": now.date(),
        "created_at": now,
        "updated_at": now,
    }


def first_instant(rng: random.Random) -> datetime:
    """A moment in the days around a turn of the clocks."""
    turn = rng.choice(TURNS)
    midnight = datetime(turn.year, turn.month, turn.day, tzinfo=UTC)
    return midnight + timedelta(hours=rng.uniform(-60, 24))


def _loaded(name: str, *parts: str, resend: bool) -> LoadedCadence:
    purpose, start, rest, steps = parts
    rest += "\non_unknown: resend" if resend else ""
    source = _HEAD.format(name=name, purpose=purpose, start=start, rest=rest) + steps
    digest = hashlib.sha256(source.encode()).hexdigest()
    return LoadedCadence(parse_cadence(source, name), source, digest, Path(f"{name}.yaml"))
