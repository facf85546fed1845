"""Cost against size as a picture: flat lines are the claim."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measured import Measured
from benchmarks.scale import Sized

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"sqlite": "#1f6f8b", "postgresql": "#c8553d"}
_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def draw(path: Path, *, sized: Sequence[Sized], runs: Sequence[Measured]) -> None:
    """`sized` by customers, and `runs` of touches by how many were due; either may be empty."""
    # Half a second to import, and only whoever asks for a picture needs it.
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    panels: list[Callable[[Axes], None]] = []
    if sized:
        panels.append(partial(_customers, sized=sized))
    if runs:
        panels.append(partial(_touches, runs=runs))
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(5.2 * len(panels), 3.8), squeeze=False, layout="constrained"
    )
    for axis, panel in zip(axes[0], panels, strict=True):
        panel(axis)
        axis.set_xscale("log")
        axis.set_ylim(0, 1.1 * axis.dataLim.ymax)
        axis.grid(visible=True, color="#dddddd", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.xaxis.set_major_formatter(lambda number, _: f"{number:,.0f}")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _customers(axis: "Axes", *, sized: Sequence[Sized]) -> None:
    for database, colour in _COLOURS.items():
        ours = [one for one in sized if one.database == database]
        axis.plot(
            [one.customers for one in ours],
            [one.claim for one in ours],
            marker="o",
            color=colour,
            label=_TITLES[database],
        )
    axis.set_title("Finding and claiming 1,000 due", loc="left", fontsize=11)
    axis.set_xlabel("customers")
    axis.set_ylabel("milliseconds")
    axis.legend(frameon=False)


def _touches(axis: "Axes", *, runs: Sequence[Measured]) -> None:
    axis.plot(
        [run.touches for run in runs],
        [run.cpu_ms_per_touch for run in runs],
        marker="o",
        color=_COLOURS["sqlite"],
    )
    axis.set_title("An e-mail, from plan to record", loc="left", fontsize=11)
    axis.set_xlabel("due at once")
    axis.set_ylabel("milliseconds of CPU")
