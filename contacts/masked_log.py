"""Keeps addresses of people, and links that stand for them, out of what is logged.

Our own lines name ids and never addresses. But they quote: an error its value, a mail its id, a
request its path. So whatever goes into a log goes through here at last.
"""

import logging
import re
import traceback
from collections.abc import MutableMapping
from typing import Any

_MAIL = re.compile(
    r"(?<![\w.+%'-])(?<!//)[\w.+%'-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)
# As E.164 has it, and as people write it; without the plus it may be any number.
_PHONE = re.compile(r"(?:(?<!\w)\+|%2[Bb])[1-9](?:[ ().-]{0,2}\d){6,14}(?!\d)")
_LINK = re.compile(r"(/(?:[a-z]|inbound)/)[\w.~-]{12,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def masked(text: str) -> str:
    """The text without whatever looks like an e-mail address, a number or a customer's link."""
    text = _LINK.sub(r"\1<link>", text)
    return _PHONE.sub("<phone>", _MAIL.sub("<e-mail>", text))


def mask_loggers(*names: str) -> None:
    """From now on mask what these loggers of the standard library are given to write."""
    for name in names:
        logger = logging.getLogger(name)
        if _put_out not in logger.filters:
            logger.addFilter(_put_out)


def mask_structlog() -> None:
    """From now on mask all that structlog writes."""
    import structlog  # a flow run does without it

    processors = structlog.get_config()["processors"]
    if _masking not in processors:
        structlog.configure(processors=[*processors[:-1], _masking, processors[-1]])


def _put_out(record: logging.LogRecord) -> bool:
    """A filter that lets everything through, as it may be read."""
    record.msg, record.args = masked(record.getMessage()), ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = masked("".join(traceback.format_exception(*record.exc_info)).rstrip())
    return True


def _masking(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The last processor before the line is written: no value of it begins a line of its own."""
    return {name: _readable(value) for name, value in line.items()}


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub(_named, masked(value))
    if isinstance(value, list | tuple):
        return [_readable(one) for one in value]
    return value


def _named(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode("ascii")
