"""The ways out as the settings say: to the providers, or to the stand-in where no key is set."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from contacts.channels.outgoing import OutgoingEmail, OutgoingSms, Sender
from contacts.channels.rehearsal import (
    ACCOUNT_SID,
    API_KEY,
    AUTH_TOKEN,
    signing_keys,
    standin_folder,
)
from contacts.channels.sendgrid import SendGrid
from contacts.channels.twilio import Twilio
from contacts.channels.wire import Limits, Poster, open_wire
from contacts.settings import Settings, SettingsError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Outbox:
    email: Sender[OutgoingEmail]
    sms: Sender[OutgoingSms]
    live: frozenset[str]  # the channels that reach people; the others go to the stand-in


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
    _hush_the_sdks()
    limits = Limits(settings.connections, settings.connect_timeout, settings.request_timeout)
    async with open_wire(limits) as wire:
        live = {"email": settings.email_is_live, "sms": settings.sms_is_live}
        yield Outbox(
            email=_email(settings, wire),
            sms=_sms(settings, wire),
            live=frozenset(name for name, is_live in live.items() if is_live),
        )


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
    key = settings.sendgrid_api_key
    if not settings.email_is_live or key is None:
        return SendGrid(wire, api_key=API_KEY, base_url=settings.standin_url)
    base_url = _safe(settings.sendgrid_url, "sendgrid_url")
    return SendGrid(wire, api_key=key.get_secret_value().strip(), base_url=base_url)


def _sms(settings: Settings, wire: Poster) -> Twilio:
    token = settings.twilio_auth_token
    status_url = f"{settings.webhook_url}/webhooks/twilio/status"
    if not settings.sms_is_live or token is None:
        return Twilio(
            wire,
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            base_url=settings.standin_url,
            sender=settings.sms_sender,
            status_url=status_url,
        )
    return Twilio(
        wire,
        account_sid=settings.twilio_account_sid.strip(),
        auth_token=token.get_secret_value().strip(),
        base_url=_safe(settings.twilio_url, "twilio_url"),
        sender=settings.sms_sender,
        status_url=status_url,
    )


def _safe(url: str, setting: str) -> str:
    """`url`, unless the key would cross a network in the clear."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise SettingsError(f"setting '{setting}': must be an https:// address, not {url!r}")


def _hush_the_sdks() -> None:
    # At DEBUG the SendGrid SDK's client logs the key and the whole message.
    for name in ("python_http_client", "sendgrid", "twilio", "aiohttp.client"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
