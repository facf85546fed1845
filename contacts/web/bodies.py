"""What providers and mail programs post to us, in the words of OpenAPI.

The parsers take more than is told here: providers add fields, and a repeated request is better
stored than refused.
"""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z-]{1,36}$"}


def _takes(schema: Schema, *media: str, headers: tuple[str, ...] = ()) -> Schema:
    """For `openapi_extra` of a route."""
    taken: Schema = {
        "requestBody": {"required": True, "content": {form: {"schema": schema} for form in media}}
    }
    if headers:
        taken["parameters"] = [
            {"name": name, "in": "header", "required": True, "schema": _TEXT} for name in headers
        ]
    return taken


def _form(*texts: str, required: tuple[str, ...] = (), **others: Schema) -> Schema:
    fields = dict.fromkeys(texts, _TEXT) | others
    return {"type": "object", "properties": fields, "required": list(required)}


_EVENT = _form(
    "email", "sg_event_id", "sg_message_id", "status", "reason", "response", "type", "url",
    required=("event", "email", "timestamp", "sg_event_id"),
    event={"type": "string", "examples": ["delivered", "bounce", "spamreport", "click"]},
    timestamp={"type": "integer", "description": "seconds since 1970"},
    attempt_id=_ID,
)  # fmt: skip
SENDGRID_EVENTS = _takes(
    {"type": "array", "items": _EVENT},
    "application/json",
    headers=(
        "X-Twilio-Email-Event-Webhook-Signature",
        "X-Twilio-Email-Event-Webhook-Timestamp",
    ),
)
"""A signed batch of SendGrid's event webhook."""

_TAKEN_APART = _form(
    "to", "cc", "subject", "text", "html", "headers", "envelope", "charsets",
    required=("from",),
    **{"from": {"type": "string", "pattern": "[^ @]@[^ @]"}},
)  # fmt: skip
_WHOLE = _form(required=("email",), email={"type": "string", "pattern": "^From: .+@.+"})
SENDGRID_INBOUND = _takes(
    {"anyOf": [_TAKEN_APART, _WHOLE]}, "multipart/form-data", "application/x-www-form-urlencoded"
)
"""A mail of SendGrid's Inbound Parse, taken apart or (as `email`) whole."""

_SID: Schema = {"type": "string", "pattern": "^(SM|MM)[0-9a-fA-F]{32}$"}
_FORM = "application/x-www-form-urlencoded"
_SIGNED = ("X-Twilio-Signature",)
_STATUS = _form(
    "From", "To", "ErrorCode", "ErrorMessage", "AccountSid",
    required=("MessageSid", "MessageStatus"),
    MessageSid=_SID,
    MessageStatus={"type": "string", "examples": ["sent", "delivered", "undelivered", "failed"]},
)  # fmt: skip
TWILIO_STATUS = _takes(_STATUS, _FORM, headers=_SIGNED)
"""A status callback; its query says whose it is."""
TWILIO_STATUS["parameters"].append({"name": "attempt", "in": "query", "schema": _ID})

TWILIO_INBOUND = _takes(
    _form(
        "To", "Body", "OptOutType", "AccountSid",
        required=("MessageSid", "From", "Body"),
        MessageSid=_SID,
        From={"type": "string", "minLength": 1},
    ),
    _FORM,
    headers=_SIGNED,
)  # fmt: skip
"""A customer's SMS."""

UNSUBSCRIBE: Schema = {
    "requestBody": {
        "content": {
            form: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "List-Unsubscribe": {"type": "string", "examples": ["One-Click"]},
                        "scope": {"type": "string", "examples": ["everything"]},
                    },
                }
            }
            for form in (_FORM, "multipart/form-data")
        }
    }
}
"""RFC 8058's one click, or the page's own buttons."""

_TEXTS: Schema = {"type": "array", "items": _TEXT}
_CHOSEN = _form(
    "email", "was_email", "sms", "was_sms", "pause", "was_pause", "language", "was_language",
    "time", "was_time", "agree",
    offered=_TEXTS,
    topic=_TEXTS,
    was_topic=_TEXTS,
)  # fmt: skip
PREFERENCES: Schema = {"requestBody": {"content": {_FORM: {"schema": _CHOSEN}}}}
"""The page's form: each choice, and what it was when the page was shown."""

CUSTOMERS: Schema = {
    "parameters": [
        {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 100}},
        {"name": "owner", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        {"name": "state", "in": "query", "schema": _TEXT},
        {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    ]
}
"""What the list of customers may be asked for; a value that makes no sense asks for nothing."""
