"""A cadence that the policy of the sweep names and that is not there is told, at its place."""

from pathlib import Path

import pytest

from contacts.settings import load_settings
from contacts.workspace.setting_faults import setting_faults


def told(workspace: Path, policy: str) -> list[str]:
    """The faults of a workspace whose one cadence is `nurture`."""
    (workspace / "cadences").mkdir()
    (workspace / "cadences" / "nurture.yaml").touch()
    toml = workspace / "touchline.toml"
    toml.write_text(f"{policy}\n{toml.read_text('utf-8')}", encoding="utf-8")
    return [str(one).removeprefix(f"{toml}:") for one in setting_faults(load_settings(workspace))]


@pytest.mark.parametrize(
    ("policy", "faults"),
    [
        ('stale_policy = ["nurture", "task"]', []),
        ('stale_policy = ["nurtre", "tasks"]', [
            "1:17: stale_policy: there is no cadence 'nurtre'; did you mean 'nurture'?",
            "1:27: stale_policy: there is no cadence 'tasks'; did you mean 'task'?",
        ]),
        ('stale_policy = [\n  "nurture",\n  "fans"]', [
            "3:3: stale_policy: there is no cadence 'fans'; its file would be cadences/fans.yaml",
        ]),
    ],
)  # fmt: skip
def test_a_name_that_no_cadence_has_is_told_at_its_place(
    workspace: Path, policy: str, faults: list[str]
) -> None:
    assert told(workspace, policy) == faults


def test_the_usual_policy_may_name_cadences_that_a_workspace_does_without(workspace: Path) -> None:
    assert "winback" in load_settings(workspace).stale_policy
    assert told(workspace, "") == []
