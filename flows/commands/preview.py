"""`touchline preview`: what one step of a cadence says to one real customer; nothing is sent."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacts.cadences.dialogue import Lately, of_brief
from contacts.cadences.facts import CadenceFacts, Facts, LinkFacts, as_context
from contacts.cadences.faults import Fault, FaultyFile
from contacts.cadences.model import Cadence, Kind, Step
from contacts.settings import Settings
from flows.failure import REFUSED, Failure
from flows.prospects import (
    Prospects,
    prospects_data,
    prospects_lines,
    prospects_of,
    unfit_there,
)
from flows.workspace import record_of, settings_of

if TYPE_CHECKING:  # what renders messages takes a second to import
    from contacts.cadences.loaded import LoadedCadence
    from contacts.messages.rendered import RenderedBrief, RenderedEmail, RenderedSms

    Rendered = RenderedEmail | RenderedSms | RenderedBrief

MOCK_LINKS = {"unsubscribe": "/u/preview", "preferences": "/p/preview", "view": "/v/preview"}
"""A preview is shown around, so it must not carry the customer's own links."""


@dataclass(frozen=True, slots=True)
class Preview:
    cadence: str
    step: str
    channel: Kind
    facts: Facts
    message: "Rendered"
    prospects: Prospects


def command(  # noqa: PLR0913  # the command line's options
    context: typer.Context,
    cadence: Annotated[
        str, typer.Argument(metavar="CADENCE", help="Its name.", show_default=False)
    ],
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The step's key.", show_default=False)
    ],
    customer: Annotated[
        str,
        typer.Option(metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False),
    ],
    channel: Annotated[
        Kind | None,
        typer.Option(
            metavar="KIND", help="The step's other channel: email, sms, …", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write it to this file: .html or .txt.", show_default=False
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a step says to a customer, by mail, SMS or as a person's brief; sends nothing."""
    settings = settings_of(context)
    found = _cadence(settings, cadence)
    one = _step(found.cadence, step)
    wanted = _wanted(one, channel)
    facts, lately, prospects, kind = _facts(settings, customer, found.cadence, one, wanted)
    message = _render(settings, found, (one.template, kind), facts, lately)
    if prospects.held_back is None:
        held_back = unfit_there(settings, one.template, facts, message)
        prospects = replace(prospects, held_back=held_back)
    preview = Preview(found.name, one.key, kind, facts, message, prospects)
    if output is not None:
        _write(preview, output)
    elif json_:
        typer.echo(json.dumps(_as_json(preview), indent=2, ensure_ascii=False))
    else:
        typer.echo(_as_text(preview))


def _cadence(settings: Settings, name: str) -> "LoadedCadence":
    from contacts.workspace.files import sound_cadences

    read, faults = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
    cadences = {one.name: one for one in read}
    if own := [one for one in faults if Path(one.path).stem == name]:
        raise FaultyFile(own)
    if name not in cadences:
        raise Failure(_unknown("cadence", name, list(cadences)), REFUSED)
    return cadences[name]


def _step(cadence: Cadence, key: str) -> Step:
    steps = {step.key: step for step in cadence.steps}
    if key not in steps:
        raise Failure(f"{cadence.name}: {_unknown('step', key, list(steps))}", REFUSED)
    return steps[key]


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known) or 'none'}"
    return f"there is no {what} '{name}'; {hint}"


def _wanted(step: Step, wanted: Kind | None) -> Kind | None:
    routes = [step.channel, *([Kind(step.otherwise)] if step.otherwise else [])]
    if wanted is not None and wanted not in routes:
        raise Failure(f"step '{step.key}' goes by {' or '.join(routes)}, not by {wanted}", REFUSED)
    return wanted


def _facts(
    settings: Settings, key: str, cadence: Cadence, step: Step, wanted: Kind | None
) -> tuple[Facts, Lately, Prospects, Kind]:
    """The last is the channel that the step would take to this customer, if none is wanted."""
    from contacts.record.consent.guards import load_guards
    from contacts.record.customers.facts import load_facts
    from contacts.record.customers.lately import lately as of_late
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading

    engine = record_of(settings)
    try:
        with reading(engine) as connection:
            customer = find_customer(connection, key)
            now = datetime.now(UTC)
            found = load_facts(connection, [customer.id], settings=settings, now=now)
            if customer.id not in found:
                unknown = f"{key}: this machine does not know the zone {customer.timezone}"
                raise Failure(unknown, REFUSED)
            who, signing_key = found[customer.id].customer, settings.signing_key
            guards = load_guards(connection, [who], signing_key=signing_key, now=now)
            reach = guards.reach(who, cadence.purpose)
            route = reach.route(step)
            kind = wanted or (route if isinstance(route, Kind) else step.channel)
            what = cadence, step, kind
            one = found[customer.id]
            prospects = prospects_of(connection, one, reach, what, settings=settings, now=now)
            lately = of_late(connection, [who], now=now)[customer.id]
    finally:
        engine.dispose()
    address = settings.public_url.rstrip("/")
    facts = replace(
        found[customer.id],
        cadence=CadenceFacts(cadence.name, cadence.goal, cadence.purpose),
        links=LinkFacts(**{name: address + path for name, path in MOCK_LINKS.items()}),
    )
    return facts, lately, prospects, kind


def _render(
    settings: Settings,
    loaded: "LoadedCadence",
    message: tuple[str, Kind],
    facts: Facts,
    lately: Lately,
) -> "Rendered":
    from contacts.messages.rendered import MessageError
    from contacts.messages.templates import templates_of

    templates, context = templates_of(settings), as_context(facts)
    (name, channel), locale = message, facts.customer.locale
    try:
        if channel is Kind.EMAIL:
            return templates.email(name, locale, context)
        if channel is Kind.SMS:
            return templates.sms(name, locale, context)
        return templates.brief(name, settings.default_locale, context | of_brief(lately))
    except MessageError as error:
        raise FaultyFile(_faults(settings, loaded, message) or [error.as_fault()]) from None


def _faults(settings: Settings, loaded: "LoadedCadence", message: tuple[str, Kind]) -> list[Fault]:
    """What `touchline check` finds in the message or, where there is none, in what names it."""
    from contacts.messages.templates import templates_of
    from contacts.workspace.named import naming_faults, shelf_of

    name, channel = message
    templates = templates_of(settings)
    if name in templates.names(channel):
        return templates.faults(channel, name)
    return naming_faults(loaded, shelf_of(settings), settings)


def _write(preview: Preview, output: Path) -> None:
    html = getattr(preview.message, "html", None)
    if output.suffix == ".html" and html is not None:
        words = html
    elif output.suffix == ".txt":
        words = preview.message.text
    else:
        endings = ".html or .txt" if html is not None else ".txt"
        raise Failure(f"{output}: name a file that ends in {endings}", REFUSED)
    output.write_text(words, encoding="utf-8")
    typer.echo(f"{output}: written.")


def _as_json(preview: Preview) -> dict[str, Any]:
    return {
        "cadence": preview.cadence,
        "step": preview.step,
        "channel": str(preview.channel),
        "customer": preview.facts.customer.id,
        **prospects_data(preview.prospects),
        **asdict(preview.message),
    }


def _as_text(preview: Preview) -> str:
    lines = [
        ("To", _recipient(preview)),
        *prospects_lines(preview.prospects, preview.facts.customer.timezone),
        *_head(preview.message),
        ("Template", preview.message.template),
    ]
    head = "\n".join(f"{label + ':':<10}{value}" for label, value in lines)
    return f"{head}\n\n{preview.message.text.rstrip()}"


def _recipient(preview: Preview) -> str:
    customer = preview.facts.customer
    if preview.channel.is_human:
        return preview.facts.owner.name or "nobody: this customer has no owner"
    address = customer.email if preview.channel is Kind.EMAIL else customer.phone
    name = f"{customer.first_name} {customer.last_name}".strip()
    return f"{name} <{address or 'no address: this step would be skipped'}>".strip()


def _head(message: "Rendered") -> list[tuple[str, str]]:
    from contacts.messages.rendered import RenderedBrief, RenderedEmail
    from contacts.messages.segments import sms_segments

    if isinstance(message, RenderedEmail):
        return [("Subject", message.subject)]
    if isinstance(message, RenderedBrief):
        return [("Task", message.title)]
    units = sms_segments(message.text).units
    price = (
        "the price of one message" if message.segments == 1 else f"{message.segments} x the price"
    )
    plural = "segment" if message.segments == 1 else "segments"
    return [("Size", f"{message.segments} {plural}, {units} units of {message.encoding}: {price}")]
