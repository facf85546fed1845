"""The webhooks of both providers: verified, parsed, taken into the record, answered.

Each handler reads its body on the event loop and does the rest on a thread.
"""

import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from contacts.channels import sendgrid, twilio
from contacts.channels.inbound import inbound_token
from contacts.channels.incoming import PayloadError
from contacts.web import bodies
from contacts.web.site import Site, site_of

router = APIRouter(prefix="/webhooks")
_LARGEST_PART = 31 * 1024 * 1024
_NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
Fields = Sequence[tuple[str, str]]


class XmlAnswer(Response):
    media_type = "text/xml"


@router.post(
    "/sendgrid/events",
    response_class=Response,
    responses={400: {}, 403: {}},
    openapi_extra=bodies.SENDGRID_EVENTS,
)
async def sendgrid_events(request: Request) -> Response:
    body = await request.body()
    return await run_in_threadpool(_sendgrid_events, site_of(request), request.headers, body)


def _sendgrid_events(site: Site, headers: Mapping[str, str], body: bytes) -> Response:
    now = site.clock()
    sendgrid.verify(site.keys.sendgrid, headers, body, now=now)
    site.intake.take(sendgrid.parse(body, now=now))
    return Response(status_code=200)


@router.post(
    "/sendgrid/inbound/{token}",
    response_class=Response,
    responses={400: {}, 404: {}},
    openapi_extra=bodies.SENDGRID_INBOUND,
)
async def sendgrid_inbound(request: Request, token: str) -> Response:
    """A reply by e-mail. Inbound Parse signs nothing: the secret is in the address."""
    site = site_of(request)
    if not hmac.compare_digest(token.encode(), inbound_token(site.settings.signing_key).encode()):
        raise HTTPException(404)
    async with request.form(max_part_size=_LARGEST_PART) as form:
        return await run_in_threadpool(_sendgrid_inbound, site, form)


def _sendgrid_inbound(site: Site, form: Mapping[str, object]) -> Response:
    site.intake.take([sendgrid.parse_inbound(form, now=site.clock())])
    return Response(status_code=200)


@router.post(
    "/twilio/status",
    status_code=204,
    response_class=Response,
    responses={400: {}, 403: {}},
    openapi_extra=bodies.TWILIO_STATUS,
)
async def twilio_status(request: Request) -> Response:
    return await run_in_threadpool(_twilio_status, request, _fields(await request.body()))


def _twilio_status(request: Request, fields: Fields) -> Response:
    site = site_of(request)
    _verify_twilio(site, request, fields)
    event = twilio.parse_status(request.query_params, dict(fields), now=site.clock())
    site.intake.take([event])
    return Response(status_code=204)


@router.post(
    "/twilio/inbound",
    response_class=XmlAnswer,
    responses={400: {}, 403: {}},
    openapi_extra=bodies.TWILIO_INBOUND,
)
async def twilio_inbound(request: Request) -> Response:
    """A customer's SMS; nothing is said back here.

    STOP, START and HELP are answered by Twilio, or by the next pass of sending (`sms_answers`).
    """
    return await run_in_threadpool(_twilio_inbound, request, _fields(await request.body()))


def _twilio_inbound(request: Request, fields: Fields) -> Response:
    site = site_of(request)
    _verify_twilio(site, request, fields)
    site.intake.take([twilio.parse_inbound(dict(fields), now=site.clock())])
    return XmlAnswer(_NO_ANSWER)


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
