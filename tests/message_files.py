"""Writes a workspace's messages for a test, and the facts of Ada & Bob to render them with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from contacts.cadences.facts import CadenceFacts, Facts, as_context
from contacts.messages.samples import full_facts
from contacts.messages.templates import Templates, builtin_templates

LAYOUT = '{% extends "email/_base/layout.html" %}\n'


def templates_with(folder: Path, files: dict[str, str], *, default_locale: str = "en") -> Templates:
    """The messages of `files` (path under templates/: content), then the built-in ones."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Templates([folder, builtin_templates()], default_locale=default_locale)


def mail(body: str, *, subject: str = "Hello", name: str = "hello") -> dict[str, str]:
    """A mail with this inside of the layout's content."""
    content = f"{LAYOUT}{{% block content %}}\n{body}\n{{% endblock %}}\n"
    return {f"email/{name}/subject.txt": subject, f"email/{name}/body.html": content}


def bare_mail(html: str, *, subject: str = "Hello", name: str = "hello") -> dict[str, str]:
    """A mail that is the HTML alone, without the layout."""
    return {f"email/{name}/subject.txt": subject, f"email/{name}/body.html": html}


def facts(purpose: str = "service", base: Facts | None = None, **customer: Any) -> dict[str, Any]:
    """All is known of Ada & Bob, but for what `customer` changes."""
    whole = base or full_facts()
    changed = replace(whole.customer, **customer)
    cadence = CadenceFacts("onboarding", "first 30 days", purpose)
    return as_context(replace(whole, customer=changed, cadence=cadence))
