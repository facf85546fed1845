"""Whether the providers are there and take our credentials, and whether Prefect has dead runs."""

import json
import os
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import Settings
from contacts.wording import so_many
from flows.running.whose_standin import Whose, whose_standin

_SECONDS = 5.0
_LONG = timedelta(hours=1)


def provider_findings(settings: Settings, *, ask: bool) -> Iterator[Finding]:
    """Reach them; with `ask` also one request each that changes nothing, with our credentials."""
    if settings.email_is_live:
        yield _asked_sendgrid(settings) if ask else _reached("SendGrid", settings.sendgrid_url)
    if settings.sms_is_live:
        yield _asked_twilio(settings) if ask else _reached("Twilio", settings.twilio_url)
    if not (settings.email_is_live and settings.sms_is_live):
        yield _stand_in(settings)


def prefect_finding(settings: Settings, *, now: datetime) -> Finding:
    """Asked over HTTP: importing Prefect would take longer than everything else together."""
    api = os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{settings.prefect_port}/api"
    wanted = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}, "limit": 200}
    try:
        runs = _answer(f"{api}/flow_runs/filter", _prefect_headers(), json.dumps(wanted).encode())
    except urllib.error.HTTPError as error:
        remedy = "set PREFECT_API_AUTH_STRING as on the server" if error.code == 401 else ""
        return Finding("Prefect", Verdict.WARN, f"{api} answers {error.code}", remedy)
    except (OSError, ValueError):
        said = f"no server at {api}: no flow runs now"
        return Finding("Prefect", Verdict.NOTE, said, "start 'touchline up', unless 'tick' is used")
    old = [run for run in runs if _began(run, now) > _LONG]
    if not old:
        return Finding("Prefect", Verdict.OK, f"answers; {so_many(len(runs), 'run')} under way")
    return Finding(
        "Prefect",
        Verdict.WARN,
        f"{so_many(len(old), 'run says', 'runs say')} Running for over an hour; the process may be "
        "gone",
        "restart 'touchline up', which closes them; no message waits for that",
    )


def _began(run: Mapping[str, Any], now: datetime) -> timedelta:
    began = run.get("start_time")
    return now - datetime.fromisoformat(began) if isinstance(began, str) else timedelta()


def _prefect_headers() -> dict[str, str]:
    secret = os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get(
        "PREFECT_SERVER_API_AUTH_STRING"
    )
    kind = {"Content-Type": "application/json"}
    return kind | ({"Authorization": f"Basic {_basic(secret)}"} if secret else {})


def _basic(pair: str) -> str:
    return b64encode(pair.encode()).decode("ascii")


def _reached(name: str, url: str) -> Finding:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_SECONDS).close()
    except OSError as error:
        why = (error.strerror or "no answer").lower()
        return Finding(name, Verdict.FAIL, f"{url} cannot be reached: {why}", "look at the network")
    return Finding(name, Verdict.OK, f"{url} can be reached; --ask-providers tries the key")


def _stand_in(settings: Settings) -> Finding:
    whose = whose_standin(settings)
    if whose is Whose.NOBODYS:
        said = f"does not run at {settings.standin_url}"
        return Finding("stand-in", Verdict.NOTE, said, "'touchline up' starts it")
    if whose is Whose.ANOTHERS:
        said = f"another workspace's, or another program, has {settings.standin_url}"
        return Finding("stand-in", Verdict.FAIL, said, "set standin_port to another port")
    return Finding("stand-in", Verdict.OK, f"answers at {settings.standin_url}")


def _asked_sendgrid(settings: Settings) -> Finding:
    key = settings.sendgrid_api_key
    secret = key.get_secret_value().strip() if key else ""
    url = f"{settings.sendgrid_url.rstrip('/')}/v3/scopes"
    headers = {"Authorization": f"Bearer {secret}"}
    remedy = "make a key with the permission 'Mail Send' and set TOUCHLINE_SENDGRID_API_KEY"
    found = _asked("SendGrid", url, headers, remedy)
    if isinstance(found, Finding):
        return found
    if "mail.send" not in found.get("scopes", ()):
        return Finding("SendGrid", Verdict.FAIL, "the key may not send mail", remedy)
    return Finding("SendGrid", Verdict.OK, "takes the key, which may send mail")


def _asked_twilio(settings: Settings) -> Finding:
    token = settings.twilio_auth_token
    sid, secret = settings.twilio_account_sid.strip(), token.get_secret_value() if token else ""
    url = f"{settings.twilio_url.rstrip('/')}/2010-04-01/Accounts/{sid}.json"
    headers = {"Authorization": f"Basic {_basic(f'{sid}:{secret.strip()}')}"}
    remedy = "copy both from Twilio's console into TOUCHLINE_TWILIO_…"
    found = _asked("Twilio", url, headers, remedy)
    if isinstance(found, Finding):
        return found
    status = found.get("status")
    if status != "active":
        return Finding("Twilio", Verdict.FAIL, f"the account is {status}", "see Twilio's console")
    return Finding("Twilio", Verdict.OK, "takes the token; the account is active")


def _asked(
    name: str, url: str, headers: Mapping[str, str], remedy: str
) -> dict[str, Any] | Finding:
    try:
        answer = _answer(url, headers)
    except urllib.error.HTTPError as error:
        said = f"answers {error.code} to a request with our credentials"
        return Finding(name, Verdict.FAIL, said, remedy if error.code in (401, 403) else "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or "no answer that can be read"
        return Finding(name, Verdict.FAIL, f"cannot be asked: {reason}", "look at the network")
    return answer if isinstance(answer, dict) else {}


def _answer(url: str, headers: Mapping[str, str], body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, body, dict(headers))  # noqa: S310  # https or loopback
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310  # as above
        return json.load(answer)
