"""Counts in words and in rows, for the names and tables of runs and for the terminal."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contacts.cadences.faults import Fault
from contacts.delivery.reports import PlanCounts, PlanReport, SendReport
from contacts.record import phrases
from contacts.wording import so_many

if TYPE_CHECKING:  # they would bring the database along
    from contacts.care.freshness import Freshness
    from contacts.record.enrolments.totals import Tally
    from contacts.record.imports import ImportReport
    from contacts.record.sending.channels import ChannelState

Row = Mapping[str, str | int]
_QUOTED = re.compile(r"""(?<!\w)(['"]).{2,}?\1(?!\w)""")


def counted(counts: Iterable[tuple[int, str]], *, otherwise: str) -> str:
    """The counts that are not zero in words, "34 sent, 2 held", or `otherwise` if none is."""
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return said or otherwise


def by_reason(counts: Counter[str]) -> str:
    """Counts by reason in words: "3 consent, 1 stale"."""
    return counted(((count, reason) for reason, count in counts.most_common()), otherwise="0")


def brought(reports: Sequence["ImportReport"]) -> list[tuple[int, str]]:
    """What the files of the data folder brought, to be `counted`."""
    return [
        *((report.created, f"new {_kind(report)}") for report in reports),
        (sum(report.updated for report in reports), "changed"),
        (sum(report.refused for report in reports), "refused"),
        (sum(1 for report in reports if report.faults and not report.rows), "unreadable"),
    ]


def _kind(report: "ImportReport") -> str:
    several = Path(report.file).stem  # customers, orders, …
    return several.removesuffix("s") if report.created == 1 else several


def started(planned: PlanReport) -> tuple[int, str]:
    """How many customers began a cadence and which, or how many cadences; to be `counted`."""
    by_name = {name: of.enrolled for name, of in planned.cadences.items() if of.enrolled}
    where = so_many(len(by_name), "cadence") if len(by_name) > 1 else "".join(by_name)
    return sum(by_name.values()), f"started in {where}"


def planned_words(counts: PlanCounts) -> str:
    """What the planner did for one cadence, in a few words."""
    return counted(
        (
            (counts.enrolled, "enrolled"),
            (counts.planned, "planned"),
            (counts.spread, "spread"),
            (counts.skipped.total(), "skipped"),
            (counts.finished, "finished"),
            (counts.stopped, "stopped"),
        ),
        otherwise="nothing to plan",
    )


def planned_row(cadence: str, counts: PlanCounts) -> Row:
    """What the planner did for one cadence, for a table."""
    return {
        "cadence": cadence,
        "enrolled": counts.enrolled,
        "planned": counts.planned,
        "spread": counts.spread,
        "skipped": by_reason(counts.skipped),
        "finished": counts.finished,
        "stopped": counts.stopped,
    }


def proof_words(found: "Freshness", repaired: Mapping[str, int]) -> str:
    """How a sweep found everybody, and what it did, in a few words."""
    return counted(
        (
            (found.covered, f"of {found.active} in hand"),
            (sum(repaired.values()), "taken in hand"),
            (found.uncovered_count, "with nothing planned"),
            (found.unowned_count, "without an owner"),
        ),
        otherwise="no active customers",
    )


def sent_words(report: SendReport, needs_review: int = 0) -> str:
    """What was sent over all cadences, in a few words."""
    everyone = report.cadences.values()
    return counted(
        (
            (report.sent, "sent"),
            (report.tasks, "task" if report.tasks == 1 else "tasks"),
            (sum(counts.skipped.total() for counts in everyone), "skipped"),
            (sum(counts.deferred.total() for counts in everyone), "deferred"),
            (sum(counts.failed for counts in everyone), "failed"),
            (report.held, "held"),
            (needs_review, "for review"),
        ),
        otherwise="nothing due",
    )


def tally_words(tally: "Tally") -> str:
    """What came of all cadences, in a few words."""
    return counted(
        (
            (tally.sent, "sent"),
            (tally.tasks, "task" if tally.tasks == 1 else "tasks"),
            (tally.skipped, "skipped"),
            (tally.failed, "failed"),
        ),
        otherwise="nothing due",
    )


def sent_rows(report: SendReport) -> list[Row]:
    """One row a cadence, for a table."""
    return [
        {
            "cadence": name,
            "due": counts.due,
            "sent": counts.sent,
            "tasks": counts.tasks,
            "skipped": by_reason(counts.skipped),
            "deferred": by_reason(counts.deferred),
            "failed": counts.failed,
            "held": counts.held,
        }
        for name, counts in sorted(report.cadences.items())
    ]


def channel_words(state: "ChannelState", now: datetime) -> str:
    """Whether a channel may send and, if not, why, since when and until when."""
    name = phrases.channel(state.name)
    if not state.open:
        since = f" since {_minute(state.changed_at)}" if state.changed_at else ""
        why = " ".join((state.reason or "no reason given").split())
        return (
            f"{name}: closed{since}: {why}. What is due waits; when that is put right: "
            f"touchline channel open {state.name}"
        )
    if state.rested_at is not None and state.probe_at is not None:
        return (
            f"{name}: rests since {_minute(state.rested_at)}: {state.unknown_in_a_row} answers in "
            "a row left it open whether a message arrived. What is due waits; one message tries "
            f"again {_when(state.probe_at, now)}, and the rest follows once it is answered"
        )
    if state.held_until is not None and now < state.held_until:
        until = _minute(state.held_until)
        return f"{name}: open; waits until {until}, as the provider asked"
    if state.marketing_held is not None:
        return (
            f"{name}: open for service; marketing waits: {state.marketing_held}. Look at whom you "
            f"write to and why; when that is put right: touchline channel open {state.name}"
        )
    return f"{name}: open"


def _when(at: datetime, now: datetime) -> str:
    return f"at {_minute(at)}" if at > now else "with the next pass"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def without_values(fault: Fault) -> Fault:
    """The fault without the words that it quotes, which may be a customer's."""
    return replace(fault, message=_QUOTED.sub("'…'", fault.message))


def masked(fault: Fault) -> Fault:
    """The fault of a CSV's row as a log may have it, with the command that shows all of it."""
    kept = without_values(fault)
    if kept == fault:
        return fault
    file = Path(fault.path)
    shows = f"see 'touchline import {file.stem} {file.parent.name}/{file.name}'"
    return replace(kept, message=f"{kept.message} ({shows})")


def said_of(fault: Fault, within: Path) -> str:
    """The fault in a line, its path told from the folder `within`."""
    return str(replace(fault, path=_inside(fault.path, within)))


def fault_row(fault: Fault, within: Path) -> Row:
    """The fault for a table."""
    return {
        "file": _inside(fault.path, within),
        "line": fault.line,
        "column": fault.column,
        "reason": fault.message,
    }


def _inside(path: str, folder: Path) -> str:
    whole = Path(path)
    return str(whole.relative_to(folder)) if whole.is_relative_to(folder) else path
