"""Rows of a loss log -> the loss curve as a picture."""

import io
from pathlib import Path

from ..files import write_whole


def plot_losses(path: Path, rows: list[dict], freeze_step: int) -> None:
    """Relative errors against the step, on a logarithmic axis; a line where statistics froze."""
    # Not pyplot: the caller's own figures and backend are left alone.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    steps = [int(row["step"]) for row in rows]
    for column in (key for key in rows[0] if key.startswith("error/")) if rows else ():
        axes.plot(
            steps, [float(row[column]) for row in rows], lw=0.8, label=column.removeprefix("error/")
        )
    if steps and freeze_step <= steps[-1]:
        axes.axvline(freeze_step, color="grey", ls="--", lw=0.8, label="statistics frozen")
    axes.set(yscale="log", xlabel="step", ylabel="relative error")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, ncols=2)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    write_whole(path, data.getvalue())
