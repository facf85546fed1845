"""What SendGrid refuses in a `POST /v3/mail/send`, with its field names and messages."""

import re
from typing import Any

RESERVED_HEADERS = frozenset(
    {
        *("to", "from", "cc", "bcc", "reply-to", "subject", "received", "dkim-signature"),
        *("content-type", "content-transfer-encoding", "x-sg-id", "x-sg-eid"),
    }
)
_ADDRESS = re.compile(
    r"[^@\s<>()\[\],;:\"]{1,64}@[A-Za-z0-9.-]{1,250}\.[A-Za-z0-9-]{2,63}", re.ASCII
)
_LARGEST_ARGS = 10_000

Fault = tuple[str | None, str]  # field and message


def fault_of(mail: Any) -> Fault | None:
    """The first rule that `mail` breaks; None for a message that may go."""
    if not isinstance(mail, dict):
        return None, "Bad Request"
    checks = (_people, _sender, _words, _headers, _categories, _reply_to)
    return next((fault for check in checks if (fault := check(mail)) is not None), None)


def _people(mail: dict[str, Any]) -> Fault | None:
    people = mail.get("personalizations")
    if not isinstance(people, list) or not people:
        return "personalizations", (
            "The personalizations field is required and must have at least one personalization."
        )
    if len(people) > 1 or not isinstance(people[0], dict):
        return "personalizations", "This stand-in takes one personalization a request."
    person = people[0]
    to = person.get("to")
    if not isinstance(to, list) or not to:
        return "personalizations.0.to", (
            "The to array is required for all personalization objects, and must have at least one "
            "email object with a valid email address."
        )
    if len(to) > 1 or person.get("cc") or person.get("bcc"):
        return "personalizations.0.to", "This stand-in takes one recipient a request."
    return _recipient(to[0]) or _custom_args(person)


def _recipient(recipient: Any) -> Fault | None:
    if not _is_address(recipient):
        return "personalizations.0.to.0.email", "Does not contain a valid address."
    name = recipient.get("name", "")
    if not isinstance(name, str) or ";" in name or "," in name:
        return "personalizations.0.to.0.name", (
            "The name of a recipient may not contain a semicolon or a comma."
        )
    return None


def _custom_args(person: dict[str, Any]) -> Fault | None:
    args = person.get("custom_args", {})
    if not isinstance(args, dict) or not all(isinstance(value, str) for value in args.values()):
        return None, "Bad Request"  # SendGrid names no field here
    if sum(len(f"{key}{value}".encode()) for key, value in args.items()) >= _LARGEST_ARGS:
        return "personalizations.0.custom_args", (
            "The custom_args of a personalization must be less than 10,000 bytes."
        )
    return None


def _sender(mail: dict[str, Any]) -> Fault | None:
    sender = mail.get("from")
    if not isinstance(sender, dict) or not sender.get("email"):
        return "from.email", (
            "The from object must be provided for every email send. It is an object that requires "
            "the email parameter, but may also contain a name parameter."
        )
    return None if _is_address(sender) else ("from.email", "Does not contain a valid address.")


def _words(mail: dict[str, Any]) -> Fault | None:
    subject, contents = mail.get("subject"), mail.get("content")
    if not isinstance(subject, str) or not subject.strip():
        return "subject", (
            "The subject is required. You can get around this requirement if you use a template "
            "with a subject defined or if every personalization has a subject defined."
        )
    if not isinstance(contents, list) or not contents:
        return "content", (
            "Unless a valid template_id is provided, the content parameter is required. There must "
            "be at least one defined content block."
        )
    types = [content.get("type") if isinstance(content, dict) else None for content in contents]
    for position, content in enumerate(contents):
        if not types[position] or not content.get("value") or not isinstance(content["value"], str):
            return f"content.{position}.value", (
                "The content value must be a string at least one character in length."
            )
    if "text/plain" in types and types[0] != "text/plain":
        return "content", "If present, text/plain must come first, followed by text/html."
    return None


def _headers(mail: dict[str, Any]) -> Fault | None:
    for headers in (mail.get("headers", {}), mail["personalizations"][0].get("headers", {})):
        if not isinstance(headers, dict):
            return "headers", "The headers parameter must be an object."
        for name, value in headers.items():
            if name.lower() in RESERVED_HEADERS:
                return "headers", f"The header {name!r} is reserved and cannot be set."
            if not isinstance(value, str) or not name.isascii() or set(value) & {"\r", "\n"}:
                return None, "Bad Request"
    return None


def _categories(mail: dict[str, Any]) -> Fault | None:
    categories = mail.get("categories", [])
    if not isinstance(categories, list) or not all(isinstance(one, str) for one in categories):
        return "categories", "The categories parameter must be an array of strings."
    if len(categories) > 10 or len(set(categories)) < len(categories):
        return "categories", "You may have at most 10 categories, each of them once."
    if any(len(category) > 255 for category in categories):
        return "categories", "A category may have at most 255 characters."
    return None


def _reply_to(mail: dict[str, Any]) -> Fault | None:
    reply_to = mail.get("reply_to")
    if reply_to is None or _is_address(reply_to):
        return None
    return "reply_to.email", "Does not contain a valid address."


def _is_address(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("email"), str)
        and _ADDRESS.fullmatch(value["email"]) is not None
    )
