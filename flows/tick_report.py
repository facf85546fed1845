"""What one `touchline tick` did: in words, and as JSON."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.plain_data import counts_data, plain_data

if TYPE_CHECKING:  # what sends takes a second to import
    from contacts.cadences.faults import Fault
    from contacts.care.sweep import Swept
    from contacts.delivery.pausing.halt import Halt
    from contacts.delivery.reports import PlanReport, SendReport


@dataclass(frozen=True, slots=True)
class TickReport:
    planned: "PlanReport"
    sent: "SendReport"
    followed: "PlanReport | None"
    """What was planned after what was sent; None where it was told to stop before."""
    needs_review: int
    faults: list["Fault"]
    """Of what holds up planning, and of messages that could not be written."""
    held_up: list[str]
    """The cadences that were not planned for a fault of theirs."""
    halt: "Halt | None" = None
    """Why nothing was sent."""
    swept: "Swept | None" = None
    """What the sweep of the day did, if this pass made it."""


def as_text(report: TickReport) -> str:
    from contacts.delivery.reports import PlanCounts
    from flows.wording import planned_words, sent_words

    plans = [f"plan · {name}: {planned_words(of)}" for name, of in report.planned.cadences.items()]
    said = sent_words(report.sent, report.needs_review)
    if report.halt is not None:
        said = f"paused: {report.halt.short}"
    followed = report.followed.cadences if report.followed is not None else {}
    then = [
        f"plan · {name}: {planned_words(of)}" for name, of in followed.items() if of != PlanCounts()
    ]
    return "\n".join([*plans, *_care(report.swept), f"send · {said}", *then])


def _care(swept: "Swept | None") -> list[str]:
    from flows.wording import proof_words

    return [] if swept is None else [f"care · {proof_words(swept.found, swept.repaired)}"]


def as_json(report: TickReport, *, could_not_send: str | None = None) -> str:
    followed = report.followed.cadences if report.followed is not None else {}
    said: dict[str, Any] = {
        "planned": [counts_data(*one) for one in report.planned.cadences.items()],
        "sent": [counts_data(*one) for one in sorted(report.sent.cadences.items())],
        "planned_then": [counts_data(*one) for one in followed.items()],
        "needs_review": report.needs_review,
        "swept": _swept_data(report.swept),
        "faults": plain_data(report.faults),
        "held_up": report.held_up,
        "paused": report.halt.why if report.halt else None,
        "could_not_send": could_not_send,
    }
    return json.dumps(said, indent=2)


def _swept_data(swept: "Swept | None") -> dict[str, Any] | None:
    if swept is None:
        return None
    found = swept.found
    return {
        "active": found.active,
        "covered": found.covered,
        "uncovered": found.uncovered_count,
        "unowned": found.unowned_count,
        "repaired": swept.repaired,
    }
