"""`python -m tests.mutants [M1 …]`: whether the tests notice each planted bug; 1 if one is not."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.mutants.planted import PLANTED, DoesNotApply, Mutant
from tests.mutants.trial import Outcome, Verdict, tried, untouched

AT_ONCE = 2


def main() -> int:
    parser = _parser()
    names = parser.parse_args().names
    chosen = [one for one in PLANTED if not names or one.name in names]
    if not chosen:
        parser.error(f"no such mutant; there are {', '.join(one.name for one in PLANTED)}")
    with ThreadPoolExecutor(AT_ONCE) as threads:
        sound = threads.submit(untouched, _selections(chosen))
        verdicts = list(threads.map(_tried, chosen))
        faulty = [outcome for outcome in sound.result() if not outcome.ran or outcome.failed]
    for outcome in faulty:
        _say(f"These fail without any bug, so they prove nothing:\n{outcome.said}")
    for verdict in verdicts:
        _tell(verdict)
    survivors = [one.mutant.name for one in verdicts if not one.is_caught]
    if survivors:
        _say(f"SURVIVED: {', '.join(survivors)}")
    return 1 if survivors or faulty else _say(f"all {len(verdicts)} are caught")


def _selections(mutants: list[Mutant]) -> list[tuple[str, ...]]:
    every = [tuple(given) for one in mutants for given in (one.caught_by, one.still_holds) if given]
    return list(dict.fromkeys(every))


def _tried(mutant: Mutant) -> Verdict:
    try:
        return tried(mutant)
    except DoesNotApply as error:
        return Verdict(mutant, Outcome(ran=False, failed=(), said=str(error)), None)


def _tell(verdict: Verdict) -> None:
    mutant, caught = verdict.mutant, verdict.caught
    state = "caught" if verdict.is_caught else "SURVIVED"
    _say(f"{mutant.name}  {state:8}  {mutant.does}")
    for test in caught.failed:
        _say(f"      failed: {test}")
    if not caught.ran or not caught.failed:
        _say(f"      {caught.said.strip()}")
    if verdict.held is not None:
        for test in verdict.held.failed:
            _say(f"      did not hold: {test}")
        if verdict.held.ran and not verdict.held.failed:
            _say(f"      held even so: {' '.join(mutant.still_holds)}")


def _parser() -> argparse.ArgumentParser:
    said = "Plants bugs in a copy of the tree, one at a time; ends with 1 if the tests miss one."
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=said)
    named = "; ".join(f"{one.name} {one.does}" for one in PLANTED)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{named}. Default: all.")
    return parser


def _say(words: str, code: int = 0) -> int:
    print(words, flush=True)  # noqa: T201  # what the user asked for
    return code


if __name__ == "__main__":
    sys.exit(main())
