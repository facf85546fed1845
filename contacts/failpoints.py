"""Named points at which a test may kill this process, as a power cut would; else they do nothing.

`FAILPOINT=gate.before_commit` kills the process that comes to that point first; with `:SIGSTOP`
behind the name it is frozen there instead. docs/proof.md says which fault is played where.
"""

import os
import signal
from typing import Literal

VARIABLE = "FAILPOINT"
Point = Literal[
    "enrol.before_commit",
    "enrol.after_commit",
    "plan.before_commit",
    "plan.after_commit",
    "claim.after_commit",
    "gate.before_commit",
    "gate.after_commit",
    "call.answered",
    "record.before_commit",
    "record.after_commit",
    "reconcile.before_record",
    "webhook.before_commit",
    "webhook.after_commit",
]


def failpoint(point: Point) -> None:
    """End or freeze this process if the environment names this point; once, and never else."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, how = wanted.partition(":")
    if name == point:
        del os.environ[VARIABLE]  # whoever wakes up goes on
        # To this very thread: one sent to the process may let it run on for a moment.
        signal.raise_signal(signal.Signals[how or "SIGKILL"])
