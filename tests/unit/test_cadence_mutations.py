"""Whatever happens to a cadence file, reading it gives a cadence or faults, and nothing else."""

from cadence_example import EXAMPLE
from hypothesis import given
from hypothesis import strategies as st

from contacts.cadences.faults import FaultyFile
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence

TRAPS = [
    *("\t", ":", ": ", "- ", "  - ", "[", "]", "{", "}", "{{", "'", '"', "#", ">", "\\", "? "),
    *("&a ", "*a", "<<: *a\n", "!!python/name:os ", "%YAML 1.1\n", "---\n", "...\n"),
    *("null", "~", "yes", "09:00", "-1", "1e9", "steps:\n", "when: ", "key: hello"),
    *("\n\n", "\r", "\x85", "\u2028", "\ufeff", "\0"),
]
PIECES = st.one_of(st.text(max_size=5), st.sampled_from(TRAPS))
CUTS = st.tuples(st.integers(0, len(EXAMPLE)), st.integers(0, 12), PIECES)


def mutated(cuts: list[tuple[int, int, str]]) -> str:
    text = EXAMPLE
    for place, length, piece in cuts:
        text = text[:place] + piece + text[place + length :]
    return text


@given(st.lists(CUTS, min_size=1, max_size=4))
def test_a_changed_file_is_read_or_refused_in_single_lines(
    cuts: list[tuple[int, int, str]],
) -> None:
    faults = []
    try:
        assert isinstance(parse_cadence(mutated(cuts), "onboarding.yaml"), Cadence)
    except FaultyFile as error:
        faults = [*error.faults]
        assert faults
    for fault in faults:
        assert fault.line >= 1
        assert fault.column >= 1
        assert "\n" not in str(fault)
