"""A workspace and a record with many customers, each of whom is due one message at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from contacts.record.book.owners import sync_owners
from contacts.record.engine import writing
from contacts.record.migrate import migrate
from contacts.record.tables import Consent, Customer
from contacts.settings import Settings
from tests.noon import noon_zone

PAGE = 2000
_SETTINGS = """\
business_name = "Example Tea"
sender_email = "hello@example.com"
web_port = {web}
standin_port = {standin}
batch_size = {batch}
lease_seconds = 45
connect_timeout = 1.0
request_timeout = {timeout}

[[owners]]
email = "olive@example.com"
name = "Olive Owner"
"""
_CADENCE = """\
name: {name}
goal: to be soaked
purpose: service
start: {{on: customer.added, where: "customer.tier == '{name}'"}}
window:
  start: "08:00"
  end: "21:00"
  days: [mon, tue, wed, thu, fri, sat, sun]
  holidays: ignore
steps:
  - {step}
"""
_STEPS = {
    "letters": "{key: hello, channel: email, template: soak, day: 0, any_time: true}",
    "texts": "{key: hello, channel: sms, template: soak, day: 0}",
}
_MESSAGES = {
    "email/soak/subject.txt": "Hello {{ customer.first_name }}",
    "email/soak/body.html": "<p>All well, {{ customer.first_name }}?</p>",
    "email/soak/body.txt": "All well, {{ customer.first_name }}?",
    "sms/soak/body.txt": "Hello {{ customer.first_name }}, all well?",
}


def write_workspace(folder: Path, **values: Any) -> None:
    """`values` are the ports, the size of a batch and the time-out of a request."""
    files = {f"templates/{name}": words for name, words in _MESSAGES.items()}
    files |= {
        f"cadences/{name}.yaml": _CADENCE.format(name=name, step=step)
        for name, step in _STEPS.items()
    }
    files["touchline.toml"] = _SETTINGS.format(**values)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def move_in(engine: Engine, settings: Settings, *, customers: int, texts_every: int) -> None:
    """An empty record gets its customers; one in `texts_every` has the cadence of texts."""
    migrate(engine)
    now = datetime.now(UTC)
    with writing(engine) as connection:
        owner_id = sync_owners(connection, settings)["olive@example.com"]
    everybody = _people(customers, texts_every, now, owner_id)
    for page in _pages(everybody):
        agreed = [_consent(one, now) for one in page]
        with writing(engine) as connection:
            connection.execute(insert(Customer), page)
            connection.execute(insert(Consent), agreed)


def _people(
    customers: int, texts_every: int, now: datetime, owner_id: int
) -> Iterator[dict[str, Any]]:
    # Where it is near one o'clock now: no SMS may leave at night.
    zone = noon_zone(now)
    for number in range(1, customers + 1):
        yield {
            "id": number,
            "email": f"customer{number}@example.com",
            "phone": f"+1202555{number % 10000:04d}",
            "first_name": f"Ada{number}",
            "tier": "texts" if number % texts_every == 0 else "letters",
            "timezone": zone,
            "locale": "en",
            "country": "US",
            "attributes": {"region": "DC"},  # or the hours where their area code is count too
            "owner_id": owner_id,
            "joined_on": now.date(),
            "created_at": now,
            "updated_at": now,
        }


def _consent(person: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "customer_id": person["id"],
        "channel": "sms",
        "granted": True,
        "source": "signup form",
        "at": now - timedelta(hours=1),
        "recorded_at": now,
    }


def _pages(people: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    for one in people:
        page.append(one)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page
