"""Whether this process can do its work: the database answers, at the version we need.

And whether sending goes on, for a monitoring that looks nowhere else.
"""

from fastapi import APIRouter, Request

from contacts.delivery.pausing.resume import halted
from contacts.record.engine import reading
from contacts.record.migrate import check_schema, schema_version
from contacts.web.site import site_of

router = APIRouter()


@router.get("/health")
def health(request: Request) -> dict[str, str | None]:
    """200 with the schema's version; 503 by the record's own error otherwise.

    `sending` is `on`, or `paused` with the reason in `paused`; webhooks are taken in all the same.
    """
    site = site_of(request)
    check_schema(site.engine)
    with reading(site.engine) as connection:
        version = schema_version(connection)
    halt = halted(site.engine, site.settings, now=site.clock())
    return {
        "status": "ok",
        "schema": version,
        "sending": "paused" if halt else "on",
        "paused": halt.short if halt else None,
    }
