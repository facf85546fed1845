"""The rivals' words: the product's own templates in plain Jinja2, compiled once."""

import hmac
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, Template

TEMPLATES = Path(__file__).parent / "workspace" / "templates"
BUSINESS = {
    "name": "Example Tea & Co",
    "address": "1 Example Street, Springfield, EX 00000",
    "website": "https://tea.example.com",
    "email": "hello@tea.example.com",
}
OWNER = {
    "name": "Olive Owner",
    "first_name": "Olive",
    "email": "olive@tea.example.com",
    "phone": "+12025550100",
}
CADENCE = {"name": "spring", "goal": "see the next need", "purpose": "marketing"}
_KEY = b"a-key-for-benchmarks-only"


class Words(NamedTuple):
    subject: str
    text: str
    html: str


class Message:
    """The three parts of the mail."""

    def __init__(self) -> None:
        loader = FileSystemLoader(TEMPLATES)
        page = Environment(loader=loader, autoescape=True)
        plain = _plain()
        for environment in (page, plain):
            environment.filters["date"] = _date
        footer = (TEMPLATES / "email/_base/footer.txt").read_text(encoding="utf-8")
        words = (TEMPLATES / "email/spring/body.txt").read_text(encoding="utf-8")
        self._subject: Template = plain.get_template("email/spring/subject.txt")
        self._text: Template = plain.from_string(f"{words}\n\n{footer}")
        self._html: Template = page.get_template("email/spring/body.html")

    def render(self, context: dict[str, Any]) -> Words:
        return Words(
            subject=self._subject.render(context).strip(),
            text=self._text.render(context),
            html=self._html.render(context),
        )


class Text:
    """The SMS."""

    def __init__(self) -> None:
        self._body: Template = _plain().get_template("sms/reminder/body.txt")

    def render(self, context: dict[str, Any]) -> str:
        return self._body.render(context).strip()


def context_of(customer: dict[str, Any], today: date) -> dict[str, Any]:
    """What the templates name; `customer` has the columns of the record's table."""
    return {
        "customer": customer | {"days_since_joined": (today - customer["joined_on"]).days},
        "owner": OWNER,
        "business": BUSINESS,
        "cadence": CADENCE,
        "links": {"unsubscribe": unsubscribe_link(customer["id"])},
        "today": today,
    }


def unsubscribe_link(customer_id: int) -> str:
    said = f"{customer_id}-email"
    token = hmac.digest(_KEY, said.encode(), "sha256").hex()[:27]
    return f"http://127.0.0.1:8000/u/{said}.{token}"


def _plain() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=False)  # noqa: S701  # for text parts alone


def _date(value: date) -> str:
    return f"{value:%b} {value.day}, {value.year}"
