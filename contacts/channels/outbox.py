"""The ways out as the settings say: to the providers, or to the stand-in where no key is set."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from contacts.channels.asking import MessageList
from contacts.channels.erasing import Eraser
from contacts.channels.outgoing import OutgoingEmail, OutgoingSms, Sender
from contacts.channels.provider_urls import url_problem
from contacts.channels.rehearsal import (
    ACCOUNT_SID,
    API_KEY,
    AUTH_TOKEN,
    signing_keys,
    standin_folder,
)
from contacts.channels.sendgrid import SendGrid, SendGridActivity, SendGridErasure
from contacts.channels.twilio import Twilio, TwilioErasure, TwilioMessages
from contacts.channels.wire import Asker, Limits, Poster, Wire, open_wire
from contacts.settings import SETTINGS_FILE, Settings
from contacts.settings_file.refused import refused


@dataclass(frozen=True, slots=True)
class Outbox:
    email: Sender[OutgoingEmail]
    sms: Sender[OutgoingSms]
    live: frozenset[str]  # the channels that reach people; the others go to the stand-in
    lists: Mapping[str, MessageList] = field(default_factory=dict)
    """By channel: the provider's own word on what it accepted, where it gives one."""
    erasers: Mapping[str, Eraser] = field(default_factory=dict)
    """By provider: what erases a customer there."""


class WebhookKeys(NamedTuple):
    """What proves that a webhook is from the provider, or from the stand-in in its place."""

    sendgrid: str  # public key, DER in base64
    twilio: str  # auth token

    def __repr__(self) -> str:
        return "WebhookKeys(…)"  # one of them is a secret


@asynccontextmanager
async def open_outbox(settings: Settings) -> AsyncIterator[Outbox]:
    """Senders over one pooled session, for the running event loop.

    Raises SettingsError where a live provider's address is not https.
    """
    refuse_clear_text(settings)
    _hush_the_sdks()
    limits = Limits(settings.connections, settings.connect_timeout, settings.request_timeout)
    async with open_wire(limits) as wire:
        live = {"email": settings.email_is_live, "sms": settings.sms_is_live}
        yield Outbox(
            email=_email(settings, wire),
            sms=_sms(settings, wire),
            live=frozenset(name for name, is_live in live.items() if is_live),
            lists=_lists(settings, wire),
            erasers=_erasers(settings, wire),
        )


def refuse_clear_text(settings: Settings) -> None:
    """Raise SettingsError where a live provider's address is not https.

    Its key would cross a network in the clear.
    """
    live = {"sendgrid_url": settings.email_is_live, "twilio_url": settings.sms_is_live}
    for name, is_live in live.items():
        if is_live and (problem := url_problem(getattr(settings, name))):
            raise refused(settings.workspace / SETTINGS_FILE, (name,), problem)


def webhook_keys(settings: Settings) -> WebhookKeys:
    """The configured keys of live channels, the stand-in's of the others."""
    standin = signing_keys(standin_folder(settings.state))
    token = settings.twilio_auth_token
    return WebhookKeys(
        sendgrid=settings.sendgrid_webhook_key if settings.email_is_live else standin.public_key(),
        twilio=token.get_secret_value()
        if settings.sms_is_live and token is not None
        else standin.twilio_token,
    )


def _email(settings: Settings, wire: Poster) -> SendGrid:
    account = _sendgrid_account(settings)
    return SendGrid(wire, api_key=account.secret, base_url=account.url)


def _sms(settings: Settings, wire: Poster) -> Twilio:
    account = _twilio_account(settings)
    return Twilio(
        wire,
        account_sid=account.name,
        auth_token=account.secret,
        base_url=account.url,
        sender=settings.sms_sender,
        status_url=f"{settings.webhook_url}/webhooks/twilio/status",
    )


def _lists(settings: Settings, wire: Asker) -> dict[str, MessageList]:
    sms = _twilio_account(settings)
    lists: dict[str, MessageList] = {
        "sms": TwilioMessages(
            wire,
            account_sid=sms.name,
            auth_token=sms.secret,
            base_url=sms.url,
            sender=settings.sms_sender,
        )
    }
    if settings.sendgrid_activity:
        email = _sendgrid_account(settings)
        lists["email"] = SendGridActivity(wire, api_key=email.secret, base_url=email.url)
    return lists


def _erasers(settings: Settings, wire: Wire) -> dict[str, Eraser]:
    email, sms = _sendgrid_account(settings), _twilio_account(settings)
    return {
        "sendgrid": SendGridErasure(wire, api_key=email.secret, base_url=email.url),
        "twilio": TwilioErasure(
            wire, account_sid=sms.name, auth_token=sms.secret, base_url=sms.url
        ),
    }


class _Account(NamedTuple):
    """Where a channel's provider is, and who we are there."""

    url: str
    secret: str
    name: str = ""

    def __repr__(self) -> str:
        return "_Account(…)"  # it holds a secret


def _sendgrid_account(settings: Settings) -> _Account:
    key = settings.sendgrid_api_key
    if not settings.email_is_live or key is None:
        return _Account(settings.standin_url, API_KEY)
    return _Account(settings.sendgrid_url, key.get_secret_value().strip())


def _twilio_account(settings: Settings) -> _Account:
    token = settings.twilio_auth_token
    if not settings.sms_is_live or token is None:
        return _Account(settings.standin_url, AUTH_TOKEN, ACCOUNT_SID)
    return _Account(
        settings.twilio_url,
        token.get_secret_value().strip(),
        settings.twilio_account_sid.strip(),
    )


def _hush_the_sdks() -> None:
    # At DEBUG the SendGrid SDK's client logs the key and the whole message.
    for name in ("python_http_client", "sendgrid", "twilio", "aiohttp.client"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
