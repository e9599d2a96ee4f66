"""Every plot of the commands, as PNG: losses, filters, reconstructions, scores, films."""

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from ..descriptors.filters import ALL, FilterBank, side_of
from ..descriptors.weights import Weights
from ..evaluation.constancy import FIGURES
from ..evaluation.scorecard import Card
from ..io.files import write_whole
from ..io.pictures import to_bytes
from ..untrained.base import VggBuilder


def constancy_figure(films: dict[str, list[dict[str, float]]], stills: list[float]) -> bytes:
    """{title: rows of a film} -> a plot of every figure over the frames, as PNG.

    stills: distances of pictures of other seeds, between which a film should stay.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 6), layout="constrained")
    for axes, name in zip(figure.subplots(len(FIGURES), sharex=True), FIGURES, strict=True):
        for title, rows in films.items():
            start = 1 if name == "change" else 0  # the first frame has none before it
            values = [row[name] for row in rows]
            axes.plot([row["frame"] for row in rows][start:], values[start:], label=title)
        if name == "distance":
            axes.axhspan(min(stills), max(stills), color="grey", alpha=0.2, lw=0, label="stills")
        axes.set_ylabel(name)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    axes.set_xlabel("frame")
    figure.axes[0].legend(fontsize="small")
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    return data.getvalue()


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


COLUMNS = 8
DPI = 110


def filters_figure(loaded: Weights, picture: Tensor | None) -> bytes:
    """The first filters of every side; beside them their rectified answers to a picture, as PNG."""
    from matplotlib.figure import Figure

    answers = {}
    if picture is not None:
        few = {name: (k[:COLUMNS], b[:COLUMNS]) for name, (k, b) in loaded.tensors.items()}
        bank = FilterBank(few, [ALL], convention=loaded.convention)
        with torch.no_grad():
            found = bank.run(bank.normalised_input(picture), bank.blocks)[ALL][0]  # (M,H,W)
        counts = [len(bias) for _, bias in few.values()]
        answers = dict(zip(few, found.split(counts), strict=True))
    wide = COLUMNS * (2 if answers else 1)
    drawn = Figure(figsize=(wide * 0.8 + 0.6, len(loaded.tensors) * 0.8), layout="constrained")
    grid = drawn.subplots(len(loaded.tensors), wide, squeeze=False)
    for axes, (name, (kernel, _)) in zip(grid, loaded.tensors.items(), strict=True):
        for place, filter_ in zip(axes, kernel[:COLUMNS].flip(1), strict=False):  # BGR
            place.imshow(to_bytes(0.5 + 0.5 * filter_ / kernel.abs().max()))
        for place, answer in zip(axes[COLUMNS:], answers.get(name, ()), strict=False):
            place.imshow(answer.numpy(), cmap="gray")
        axes[0].set_ylabel(f"{side_of(name)}", rotation=0, labelpad=12)
    for place in grid.flat:
        place.set(xticks=[], yticks=[])
    return png(drawn)


def growth_figure(growth: VggBuilder, curves: Mapping[str, Sequence[float]]) -> bytes:
    """The picture as each layer gives it back, and the loss of each while it was made, as PNG.

    curves: losses by layer, of the candidate or epoch that was kept.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    shown = {"picture": growth.picture[0], **growth.pictures}
    rows = -(-len(shown) // COLUMNS)
    drawn = Figure(figsize=(1.5 * COLUMNS, 1.7 * rows + 3.6), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=[1.7 * rows, 3.6])
    places = above.subplots(rows, COLUMNS, squeeze=False).flat
    for place, (name, picture) in zip(places, shown.items(), strict=False):
        place.imshow(to_bytes(picture))
        place.set_title(name, fontsize=8)
    for place in above.axes:
        place.axis("off")
    axes, hues = below.subplots(), colormaps["viridis"]
    for at, (name, losses) in enumerate(curves.items()):
        axes.plot(losses, lw=1, label=name, color=hues(at / max(len(curves), 1)))
    axes.set(yscale="log", xlabel="evaluation", ylabel="mean squared error of the features")
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(fontsize=7, ncols=2, loc="upper right")
    return png(drawn)


def curves_figure(curves: Mapping[str, Mapping[str, Sequence[float]]], what: str) -> bytes:
    """{title: {name: losses}}: one plot a title, on a logarithmic axis, as PNG."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(max(6, 3.2 * len(curves)), 3.6), layout="constrained")
    grid = drawn.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (title, lines) in zip(grid, curves.items(), strict=True):
        for name, losses in lines.items():
            points = [(step, loss) for step, loss in enumerate(losses) if loss > 0]
            if points:
                axes.plot(*zip(*points, strict=True), lw=1, label=name)
        axes.set(yscale="log", xlabel="step", title=title)
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=7)
    grid[0].set_ylabel(what)
    return png(drawn)


def sheet_figure(rows: Mapping[str, Mapping[str, Tensor]]) -> bytes:
    """{row: {name: picture}}: every picture below its name, as PNG."""
    from matplotlib.figure import Figure

    wide = max(map(len, rows.values()))
    drawn = Figure(figsize=(1.6 * wide, 1.75 * len(rows)), layout="constrained")
    grid = drawn.subplots(len(rows), wide, squeeze=False)
    for axes, (title, pictures) in zip(grid, rows.items(), strict=True):
        for place, (name, picture) in zip(axes, pictures.items(), strict=False):
            place.imshow(to_bytes(picture))
            place.set_title(name, fontsize=8)
        axes[0].set_ylabel(title, fontsize=8)
    for place in grid.flat:
        place.set(xticks=[], yticks=[], frame_on=False)
    return png(drawn)


def score_figure(exemplar: Tensor, pictures: Mapping[str, Tensor], card: Card) -> bytes:
    """The exemplar, the pictures, and below each where it is verbatim exemplar, as PNG."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(2.6 * (len(pictures) + 1), 5.4), layout="constrained")
    grid = drawn.subplots(2, len(pictures) + 1, squeeze=False)
    grid[0, 0].imshow(to_bytes(exemplar))
    grid[0, 0].set_title("exemplar", fontsize=9)
    for at, (name, picture) in enumerate(pictures.items()):
        above, below = grid[:, at + 1]
        above.imshow(to_bytes(picture))
        above.set_title(f"{name}{', the worst' if at == card.worst else ''}", fontsize=9)
        below.imshow(card.copies[at].numpy(), cmap="gray", vmin=0, vmax=1)
        below.set_title(f"copied: {100 * card.each[at]['copied']:.1f} %", fontsize=9)
    for place in grid.flat:
        place.axis("off")
    return png(drawn)


def png(drawn: object) -> bytes:
    """A matplotlib figure as PNG."""
    data = io.BytesIO()
    drawn.savefig(data, format="png", dpi=DPI)
    return data.getvalue()


def trace_figure(path: Path, rows: Sequence[dict], facts: Sequence[str]) -> None:
    """The loss and its terms against the step, on a logarithmic axis; levels divided by lines.
    facts: keys of the rows that are no terms of the loss."""
    # Not pyplot: the caller's own figures and backend are left alone.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    terms = [key for key in dict.fromkeys(k for r in rows for k in r) if key not in facts]
    for term in ["loss", *(term for term in terms if term != "note")]:
        points = [(int(r["number"]), float(r[term])) for r in rows if r.get(term) not in (None, "")]
        points = [(number, value) for number, value in points if value > 0]
        wide = 1.6 if term == "loss" else 0.8
        if points:
            axes.plot(*zip(*points, strict=True), lw=wide, label=term)
    for before, row in pairwise(rows):
        if int(row["level"]) != int(before["level"]):
            axes.axvline(int(row["number"]), color="grey", ls="--", lw=0.8)
    axes.set(yscale="log", xlabel="step", ylabel="loss and its terms")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, ncols=2)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    write_whole(path, data.getvalue())


def reconstruct_figure(
    original: Tensor, made: dict[str, Tensor], curves: dict[str, list[tuple[int, float]]]
) -> bytes:
    """The original, one reconstruction a layer, and below them the loss of each, as PNG."""
    from matplotlib.figure import Figure

    shown = {"original": original, **made}
    drawn = Figure(figsize=(2.2 * len(shown), 5.2), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=[1, 1])
    for axes, (name, picture) in zip(
        above.subplots(1, len(shown), squeeze=False)[0], shown.items(), strict=True
    ):
        axes.imshow(to_bytes(picture))
        axes.set_title(name, fontsize=9)
        axes.axis("off")
    axes = below.subplots()
    for part, points in curves.items():
        points = [(step, loss) for step, loss in points if loss > 0]
        if points:
            axes.plot(*zip(*points, strict=True), lw=1, label=part)
    axes.set(yscale="log", xlabel="step", ylabel="mean squared error of the features")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=8)
    data = io.BytesIO()
    drawn.savefig(data, format="png", dpi=110)
    return data.getvalue()
