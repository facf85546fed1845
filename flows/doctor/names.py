"""The DNS records that mail of the sender's domain needs, looked up where a resolver is at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import Settings
from flows.doctor.credentials import is_reserved

_SECONDS = 3.0
_LIVE, _REHEARSING = "set it where your DNS is kept", "set it before going live"


@dataclass(frozen=True, slots=True)
class Record:
    """A record to set; `expects` is what an answer must contain."""

    check: str
    name: str
    kind: str
    value: str
    expects: str


def records_for(settings: Settings) -> list[Record]:
    """What SendGrid's domain authentication asks for; its page has the numbers for ####."""
    domain = settings.sender_email.rpartition("@")[2]
    wanted = [
        Record("DNS SPF", f"em####.{domain}", "CNAME", "u####.wl.sendgrid.net", "sendgrid.net"),
        *(
            Record(
                "DNS DKIM",
                f"{name}._domainkey.{domain}",
                "CNAME",
                f"{name}.domainkey.u####.wl.sendgrid.net",
                "sendgrid.net",
            )
            for name in ("s1", "s2")
        ),
        Record("DNS DMARC", f"_dmarc.{domain}", "TXT", "v=DMARC1; p=none", "v=dmarc1"),
    ]
    if settings.reply_domain:
        value = "10 mx.sendgrid.net"
        wanted.append(Record("DNS reply", settings.reply_domain, "MX", value, "mx.sendgrid.net"))
    return wanted


def dns_findings(settings: Settings) -> Iterator[Finding]:
    """Looked up once e-mail is live and the domain is a real one; else told as text."""
    domain = settings.sender_email.rpartition("@")[2]
    look = settings.email_is_live and not is_reserved(domain) and find_spec("dns") is not None
    for record in records_for(settings):
        yield _looked_up(record) if look and "#" not in record.name else _told(record, settings)


def _told(record: Record, settings: Settings) -> Finding:
    said = f"{record.name} {record.kind} {record.value}"
    remedy = _LIVE if settings.email_is_live else _REHEARSING
    return Finding(record.check, Verdict.NOTE, f"{said} (not looked up)", remedy)


def _looked_up(record: Record) -> Finding:
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer, Resolver

    said = f"{record.name} {record.kind}"
    remedy = f"set {record.name} {record.kind} {record.value}"
    try:
        answers = Resolver().resolve(record.name, record.kind, lifetime=_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return Finding(record.check, Verdict.FAIL, f"{said}: there is none", remedy)
    except (DNSException, OSError):
        return Finding(record.check, Verdict.NOTE, f"{said}: no resolver answered", remedy)
    if any(record.expects in str(answer).lower() for answer in answers):
        return Finding(record.check, Verdict.OK, f"{said} is set")
    return Finding(record.check, Verdict.WARN, f"{said} says something else", remedy)
