"""The web app: webhooks, the customer's pages, and the owners' board."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from sqlalchemy import Engine

from contacts.channels.outbox import webhook_keys
from contacts.listening.intake import Intake
from contacts.settings import Settings
from contacts.web import assets, described, faults, health, webhooks
from contacts.web.board import (
    benefiting,
    cadences,
    calendar_feed,
    customers,
    forecast,
    messages,
    noticed,
    noting,
    proof,
    recap,
    reviewing,
    signing_in,
    today,
    undoing,
)
from contacts.web.guard import Guard
from contacts.web.kept import Kept
from contacts.web.own_pages import confirm, links, preferences, unsubscribe, view
from contacts.web.own_pages.too_many import too_many
from contacts.web.pace import Pace
from contacts.web.pages import Pages
from contacts.web.site import Site
from contacts.web.tries import Tries
from contacts.web.trying_again import trying_again


def create_app(settings: Settings, engine: Engine, *, clock: Callable[[], datetime]) -> FastAPI:
    """The app on this record; `clock` tells it the time, aware and in UTC."""
    app = FastAPI(
        title="Touchline", docs_url=None, redoc_url=None, openapi_url=None, lifespan=trying_again
    )
    app.state.site = site = Site(
        settings=settings,
        engine=engine,
        clock=clock,
        pages=Pages(settings),
        keys=webhook_keys(settings),
        intake=Intake(engine, settings, clock),
        tries=Tries(clock),
        kept=Kept(clock),
    )
    app.add_middleware(Pace, clock=clock, refusal=too_many(site))
    app.add_middleware(Guard)  # around it, for its headers
    faults.install(app)
    own = (unsubscribe, preferences, view, confirm, links, calendar_feed)
    work = (signing_in, today, noticed, noting, undoing, benefiting, reviewing)
    board = (*work, customers, recap, messages, cadences, forecast, proof)
    for part in (health, webhooks, *own, assets, *board, described):
        app.include_router(part.router)
    return app
