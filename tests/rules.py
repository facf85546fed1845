"""`python -m tests.rules`: writes into docs/rules.md which tests prove which rule."""

import sys

from tests.rows import ROOT, proofs
from tests.rule_list import NOT_YET, RULES

DOCUMENT = ROOT / "docs" / "rules.md"
BEGIN, END = "<!-- rules -->\n", "<!-- /rules -->\n"


def table() -> str:
    """A row for every test of a rule, in the order of the rules."""
    lines = ["| | rule | test |", "|---|---|---|"]
    for row, rule in RULES.items():
        tests = sorted(proofs()[row])
        if not tests:
            lines.append(f"| {row} | {rule} | {NOT_YET.get(row, 'to come')} |")
        for file, name in tests:
            link = f"[`{name}`](../{file})"
            lines.append(f"| {row} | {rule} | {link} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
