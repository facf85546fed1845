"""What every handler works with: settings, record, clock, the pages' templates, the intake."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Engine

from contacts.channels.outbox import WebhookKeys
from contacts.listening.intake import Intake
from contacts.settings import Settings
from contacts.web.kept import Kept
from contacts.web.pages import Pages
from contacts.web.tries import Tries


@dataclass(frozen=True, slots=True)
class Site:
    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    pages: Pages
    keys: WebhookKeys
    intake: Intake
    tries: Tries
    kept: Kept


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
