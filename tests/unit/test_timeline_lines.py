"""How a long entry of a timeline is broken in a terminal, and that it is not in a file."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from flows.commands.timeline import print_entry


@pytest.mark.parametrize("terminal", [True, False])
def test_a_long_entry_stays_under_its_own_words(terminal: bool) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, color_system=None, width=60)
    print_entry(console, Text("  10:00 → SMS 'tips' sent · onboarding · " + "rinse the pot " * 6))
    first, *rest = output.getvalue().splitlines()
    assert first.startswith("  10:00 → SMS")
    assert bool(rest) == terminal
    assert all(line.startswith(" " * 10) and len(line.rstrip()) <= 60 for line in rest)
