"""Whether this process can do its work: the database answers, at the version we need."""

from fastapi import APIRouter, Request

from contacts.record.engine import reading
from contacts.record.migrate import check_schema, schema_version
from contacts.web.site import site_of

router = APIRouter()


@router.get("/health")
def health(request: Request) -> dict[str, str | None]:
    """200 with the schema's version; 503 by the record's own error otherwise."""
    engine = site_of(request).engine
    check_schema(engine)
    with reading(engine) as connection:
        return {"status": "ok", "schema": schema_version(connection)}
