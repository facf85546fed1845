"""The webhooks of both providers: verified, parsed, taken into the record, answered.

Each handler reads its body on the event loop and does the rest on a thread, in one transaction.
"""

import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from contacts.channels import sendgrid, twilio
from contacts.channels.inbound import inbound_token
from contacts.channels.incoming import EventKind, IncomingEvent, PayloadError
from contacts.failpoints import failpoint
from contacts.listening.apply import apply_events
from contacts.record.engine import writing
from contacts.web.site import Site, site_of

router = APIRouter(prefix="/webhooks")
_log = structlog.get_logger()
_LARGEST_PART = 31 * 1024 * 1024
_NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
Fields = Sequence[tuple[str, str]]


@router.post("/sendgrid/events")
async def sendgrid_events(request: Request) -> Response:
    body = await request.body()
    return await run_in_threadpool(_sendgrid_events, site_of(request), request.headers, body)


def _sendgrid_events(site: Site, headers: Mapping[str, str], body: bytes) -> Response:
    now = site.clock()
    sendgrid.verify(site.keys.sendgrid, headers, body, now=now)
    _take_in(site, sendgrid.parse(body, now=now))
    return Response(status_code=200)


@router.post("/sendgrid/inbound/{token}")
async def sendgrid_inbound(request: Request, token: str) -> Response:
    """A reply by e-mail. Inbound Parse signs nothing: the secret is in the address."""
    site = site_of(request)
    if not hmac.compare_digest(token.encode(), inbound_token(site.settings.signing_key).encode()):
        raise HTTPException(404)
    async with request.form(max_part_size=_LARGEST_PART) as form:
        return await run_in_threadpool(_sendgrid_inbound, site, form)


def _sendgrid_inbound(site: Site, form: Mapping[str, object]) -> Response:
    _take_in(site, [sendgrid.parse_inbound(form, now=site.clock())])
    return Response(status_code=200)


@router.post("/twilio/status")
async def twilio_status(request: Request) -> Response:
    return await run_in_threadpool(_twilio_status, request, _fields(await request.body()))


def _twilio_status(request: Request, fields: Fields) -> Response:
    site = site_of(request)
    _verify_twilio(site, request, fields)
    event = twilio.parse_status(request.query_params, dict(fields), now=site.clock())
    _take_in(site, [event])
    return Response(status_code=204)


@router.post("/twilio/inbound")
async def twilio_inbound(request: Request) -> Response:
    """A customer's SMS. Twilio itself answers STOP and HELP, so we say nothing back."""
    return await run_in_threadpool(_twilio_inbound, request, _fields(await request.body()))


def _twilio_inbound(request: Request, fields: Fields) -> Response:
    site = site_of(request)
    _verify_twilio(site, request, fields)
    _take_in(site, [twilio.parse_inbound(dict(fields), now=site.clock())])
    return Response(_NO_ANSWER, media_type="text/xml")


def _fields(body: bytes) -> Fields:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise PayloadError("the body is not a form in UTF-8") from None


def _verify_twilio(site: Site, request: Request, fields: Fields) -> None:
    """Against our configured address: a proxy may have changed the Host that we see."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{site.settings.webhook_url}{request.url.path}{query}"
    twilio.verify(site.keys.twilio, url, fields, request.headers.get("X-Twilio-Signature"))


def _take_in(site: Site, events: Sequence[IncomingEvent]) -> None:
    if not events:
        return
    with writing(site.engine) as connection:
        applied = apply_events(connection, events, settings=site.settings, now=site.clock())
        failpoint("webhook.before_commit")
    failpoint("webhook.after_commit")
    unknown = [event.event_id for event in events if event.kind is EventKind.UNKNOWN]
    _log.info(
        "events taken in",
        stored=applied.stored,
        repeated=applied.repeated,
        unmatched=applied.unmatched,
        unknown=unknown[:10],
    )
