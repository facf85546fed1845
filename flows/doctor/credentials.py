"""Whether the providers' credentials are there and look like what they should be; never shown."""

import re
from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import urlsplit

from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import Settings

_SENDGRID_KEY = re.compile(r"SG\.[\w-]{22}\.[\w-]{43}", re.ASCII)
_TWILIO_SID = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
_TWILIO_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}", re.ASCII)
_TEST_NUMBERS = "+1500555"
_RESERVED = (".example", ".test", ".invalid", ".localhost")
_DOCUMENTATION = ("example.com", "example.net", "example.org")


def credential_findings(settings: Settings) -> Iterator[Finding]:
    yield from _sendgrid(settings)
    yield from _twilio(settings)
    if settings.email_is_live or settings.sms_is_live:
        yield _public_url(settings)


def is_reserved(domain: str) -> bool:
    """Whether a domain is one of those that are for examples only."""
    whole = domain.lower()
    return f".{whole}".endswith(_RESERVED) or any(
        whole == name or whole.endswith(f".{name}") for name in _DOCUMENTATION
    )


def _sendgrid(settings: Settings) -> Iterator[Finding]:
    key = settings.sendgrid_api_key
    if key is None or not settings.email_is_live:
        yield Finding("SendGrid", Verdict.OK, "no key: e-mail goes to the stand-in")
        return
    if _SENDGRID_KEY.fullmatch(key.get_secret_value().strip()):
        yield Finding("SendGrid", Verdict.OK, "key set, e-mail is live")
    else:
        yield Finding(
            "SendGrid",
            Verdict.WARN,
            "the key does not look like SendGrid's (SG.… of 69 characters)",
            "copy it again into TOUCHLINE_SENDGRID_API_KEY; --ask-providers tries it",
        )
    yield _webhook_key(settings)
    if is_reserved(settings.sender_email.rpartition("@")[2]):
        said = f"e-mail is live, and its sender is {settings.sender_email}, an example"
        yield Finding("sender", Verdict.FAIL, said, "set sender_email to an address of yours")


def _webhook_key(settings: Settings) -> Finding:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    remedy = "set TOUCHLINE_SENDGRID_WEBHOOK_KEY as docs/webhooks.md says"
    if not settings.sendgrid_webhook_key:
        said = "no webhook key: every event of SendGrid is refused"
        return Finding("webhooks", Verdict.FAIL, said, remedy)
    try:
        load_der_public_key(b64decode(settings.sendgrid_webhook_key, validate=True))
    except ValueError:
        return Finding("webhooks", Verdict.FAIL, "the webhook key is no public key", remedy)
    return Finding("webhooks", Verdict.OK, "SendGrid's webhook key set")


def _twilio(settings: Settings) -> Iterator[Finding]:
    token = settings.twilio_auth_token
    has_token = token is not None and bool(token.get_secret_value())
    if not settings.twilio_account_sid and not has_token:
        yield Finding("Twilio", Verdict.OK, "no token: SMS goes to the stand-in")
        return
    if token is None or not has_token or not settings.twilio_account_sid:
        missing = "TWILIO_AUTH_TOKEN" if settings.twilio_account_sid else "TWILIO_ACCOUNT_SID"
        yield Finding(
            "Twilio", Verdict.FAIL, "one half of its credentials", f"set TOUCHLINE_{missing}"
        )
        return
    sid_fits = _TWILIO_SID.fullmatch(settings.twilio_account_sid.strip())
    if sid_fits and _TWILIO_TOKEN.fullmatch(token.get_secret_value().strip()):
        yield Finding("Twilio", Verdict.OK, "account and token set, SMS is live")
    else:
        what = "token" if sid_fits else "account SID (AC…)"
        said = f"the {what} does not look like Twilio's"
        yield Finding("Twilio", Verdict.WARN, said, "copy it again; --ask-providers tries it")
    sender = settings.sms_sender
    if not _SENDER.fullmatch(sender) or sender.startswith(_TEST_NUMBERS):
        yield Finding(
            "sender",
            Verdict.FAIL,
            "sms_sender is no number of yours and no Messaging Service",
            "set sms_sender to +… or MG…",
        )


def _public_url(settings: Settings) -> Finding:
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if parts.scheme == "https" and "." in host and not host.replace(".", "").isdigit():
        return Finding("public_url", Verdict.OK, settings.public_url)
    return Finding(
        "public_url",
        Verdict.FAIL,
        f"{settings.public_url}: providers and customers cannot come here",
        "publish the web app under https (docs/webhooks.md) and set public_url",
    )
