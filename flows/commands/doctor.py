"""`touchline doctor`: looks at everything that Touchline needs, and says what to do about it."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.record.errors import RecordError
from flows.failure import NO
from flows.workspace import customers_abroad, missing_record, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from contacts.cadences.facts import Facts
    from contacts.record.upkeep.health import Finding
    from contacts.settings import Settings

_WIDTH, _INDENT = 80, 18


def command(
    context: typer.Context,
    ask_providers: Annotated[
        bool,
        typer.Option(
            "--ask-providers",
            help="Also make one request to each live provider with our credentials; it changes "
            "nothing there.",
        ),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at everything Touchline needs: ok, note, warn or FAIL with its remedy; exit 1 on FAIL.

    Works while parts are down, changes nothing and sends nothing.
    """
    found: list[Finding] = []
    for one in findings(settings_of(context), now=datetime.now(UTC), ask=ask_providers):
        found.append(one)
        if not json_:
            typer.echo(_as_text(one))  # at once: some checks wait for an answer
    failed = [one for one in found if one.verdict == "FAIL"]
    if json_:
        told = {"ok": not failed, "findings": [asdict(one) for one in found]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        typer.echo(_total(found))
    if failed:
        raise typer.Exit(NO)


def findings(settings: "Settings", *, now: datetime, ask: bool) -> "Iterator[Finding]":
    """Every check, the quick ones first."""
    from flows.doctor.credentials import credential_findings
    from flows.doctor.data_files import data_findings
    from flows.doctor.machine import machine_findings
    from flows.doctor.names import dns_findings
    from flows.doctor.reaching import prefect_finding, provider_findings

    yield from machine_findings(settings)
    yield from _record(settings, now)
    yield from _files(settings, now)
    yield from data_findings(settings)
    yield from credential_findings(settings)
    yield from dns_findings(settings)
    yield from provider_findings(settings, ask=ask)
    yield prefect_finding(settings, now=now)


def _record(settings: "Settings", now: datetime) -> "Iterator[Finding]":
    from contacts.delivery.pausing.halt import REMEDY
    from contacts.delivery.pausing.resume import halted
    from contacts.record.engine import RecordError, open_record
    from contacts.record.upkeep.health import Finding, Verdict, record_findings
    from flows.doctor.erasures import erasure_finding
    from flows.doctor.owners import owner_findings

    if missing_record(settings):
        yield _no_record(settings)
        return
    try:
        engine = open_record(settings.url)
    except RecordError as error:
        yield Finding("record", Verdict.FAIL, str(error), "correct database_url")
        return
    try:
        found = list(record_findings(engine, now=now))
        yield from found
        if any(one.check == "record" and one.verdict is Verdict.FAIL for one in found):
            return
        yield _secret_key(engine, settings)
        yield from _ways_out(engine, settings)
        yield erasure_finding(engine, now=now)
        yield from owner_findings(engine, settings, now=now)
        yield from _gone(engine, settings)
        halt = halted(engine, settings, now=now)
        if halt is None:
            yield Finding("sending", Verdict.OK, "is not paused")
        else:
            yield Finding("sending", Verdict.WARN, f"is paused. {halt.words}", REMEDY)
    finally:
        engine.dispose()


def _no_record(settings: "Settings") -> "Finding":
    """Of a new workspace; one that worked before has lost it."""
    from contacts.delivery.pausing.installation import installation_of
    from contacts.record.upkeep.health import Finding, Verdict

    if installation_of(settings).beats:
        return Finding(
            "record", Verdict.FAIL, "is gone: this workspace has worked before", "put a backup back"
        )
    said = "there is none yet; the first command that needs it makes it"
    return Finding("record", Verdict.NOTE, said, "'touchline import' or 'touchline up'")


def _secret_key(engine: "Engine", settings: "Settings") -> "Finding":
    from contacts.record.consent.secret_key import REMEDY, secret_key_problem
    from contacts.record.engine import reading
    from contacts.record.upkeep.health import Finding, Verdict

    with reading(engine) as connection:
        problem = secret_key_problem(connection, settings)
    if problem is not None:
        return Finding("secret key", Verdict.FAIL, problem.removeprefix("secret_key: "), REMEDY)
    return Finding("secret key", Verdict.OK, "is the one that opt-outs are kept under")


def _ways_out(engine: "Engine", settings: "Settings") -> "Iterator[Finding]":
    from contacts.record.engine import reading
    from contacts.record.sending.live import BEGIN_ANEW, missing_credentials, rehearsed
    from contacts.record.upkeep.health import Finding, Verdict

    with reading(engine) as connection:
        for one in missing_credentials(connection, settings):
            yield Finding("channel", Verdict.FAIL, one.said, one.remedy)
        for said in rehearsed(connection, settings):
            yield Finding("channel", Verdict.WARN, said, BEGIN_ANEW)


def _gone(engine: "Engine", settings: "Settings") -> "Iterator[Finding]":
    from contacts.record.engine import reading
    from contacts.record.upkeep.health import Finding, Verdict
    from contacts.workspace.gone import REMEDY, gone_cadences

    with reading(engine) as connection:
        for one in gone_cadences(connection, settings):
            yield Finding("cadences", Verdict.WARN, one.words, REMEDY)


def _files(settings: "Settings", now: datetime) -> "Iterator[Finding]":
    from contacts.record.upkeep.health import Finding, Verdict
    from contacts.wording import so_many
    from contacts.workspace.check import examine

    abroad: Sequence[Facts] = ()
    with suppress(RecordError):  # told as a finding about the record
        abroad = customers_abroad(settings, now)
    checked = examine(settings, abroad)
    cadences = so_many(len(checked.cadences), "cadence")
    said = f"{cadences}, {so_many(len(checked.messages), 'message')}"
    if checked.faults:
        faults = f"{said}, {so_many(len(checked.faults), 'fault')}"
        yield Finding("files", Verdict.FAIL, faults, "'touchline check' names each")
    else:
        yield Finding("files", Verdict.OK, f"{said}, no faults")


def _as_text(finding: "Finding") -> str:
    first, *others = finding.said.splitlines()
    lines = _wrapped(f"{finding.verdict:<6}{finding.check:<{_INDENT - 6}}{first}", _INDENT)
    for one in others:
        lines += _wrapped(f"{' ' * _INDENT}{one}", _INDENT + 2)
    if finding.remedy:
        lines += _wrapped(f"{' ' * _INDENT}-> {finding.remedy}", _INDENT + 3)
    return "\n".join(lines)


def _wrapped(line: str, indent: int) -> list[str]:
    return textwrap.wrap(
        line,
        _WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _total(found: "list[Finding]") -> str:
    counts = {
        name: sum(one.verdict == name for one in found) for name in ("ok", "note", "warn", "FAIL")
    }
    return "\n" + ", ".join(f"{count} {name}" for name, count in counts.items() if count)
