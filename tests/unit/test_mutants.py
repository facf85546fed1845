"""The planted bugs can still be planted: each place that they change is there, once."""

import shutil
from pathlib import Path

import pytest

from tests.mutants.planted import PLANTED, DoesNotApply, Mutant, Patch
from tests.mutants.trial import ROOT


@pytest.mark.parametrize("mutant", PLANTED, ids=lambda one: str(one.name))
def test_every_planted_bug_still_applies(mutant: Mutant, tmp_path: Path) -> None:
    for path in {patch.path for patch in mutant.patches}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    for patch in mutant.patches:
        patch.apply(tmp_path)
        compile((tmp_path / patch.path).read_bytes(), patch.path, "exec")
    files = [one for one in [*mutant.caught_by, *mutant.still_holds] if one.startswith("tests/")]
    assert all((ROOT / file).is_file() for file in files)


def test_a_bug_whose_place_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("a = 1\na = 1\n", encoding="utf-8")
    for text in ("a = 1", "b = 1"):
        with pytest.raises(DoesNotApply, match=r"there\.py"):
            Patch("there.py", text, "a = 2").apply(tmp_path)
