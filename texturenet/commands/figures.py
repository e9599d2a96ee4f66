"""Figures of the commands, as PNG: only this module and `score_sheet` know matplotlib.

Curves over steps or frames: `losses_figure` of a training, `trace_figure` of a painting,
`curves_figure` of a study, `constancy_figure` of a film. Pictures: `filters_figure` of a bank of
filters, `sheet_figure` of a study. Both: `growth_figure` of a VGG that
was made, `reconstruct_figure` of reconstructions.

Figures are made without pyplot, which would change the caller's own figures and backend, and
matplotlib is imported where one is made: it takes its time.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..descriptors.filters import ALL, FilterBank, side_of
from ..descriptors.weights import Weights
from ..evaluation.constancy import FIGURES
from ..io.pictures import to_bytes
from ..io.tables import Row
from ..types import ConvWeights
from ..untrained.base import VggBuilder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 8  # of pictures or filters
DPI = 110


def losses_figure(rows: Sequence[Row], freeze_step: int) -> bytes:
    """The relative errors of a training against its steps.

    Parameters
    ----------
    rows : of its log, with `step` and columns `error/<name>`
    freeze_step : at which the statistics were fixed; a line shows it where it was reached
    """
    figure = blank_figure(7, 4.5)
    axes = figure.subplots()
    steps = [int(row["step"]) for row in rows]
    for column in (key for key in rows[0] if key.startswith("error/")) if rows else ():
        errors = [float(row[column]) for row in rows]
        axes.plot(steps, errors, lw=0.8, label=column.removeprefix("error/"))
    if steps and freeze_step <= steps[-1]:
        axes.axvline(freeze_step, color="grey", ls="--", lw=0.8, label="statistics frozen")
    _log_scale(axes, xlabel="step", ylabel="relative error")
    _legend(axes, fontsize=8, ncols=2)
    return png(figure)


def trace_figure(
    terms: Mapping[str, Sequence[tuple[int, float]]], level_starts: Sequence[int]
) -> bytes:
    """The loss of a painting and its terms against its steps.

    Parameters
    ----------
    terms : {term: [(step, value)]}, `loss` among them
    level_starts : steps at which a level begins; a line shows each
    """
    figure = blank_figure(7, 4.5)
    axes = figure.subplots()
    for term, points in terms.items():
        _plot_positive(axes, points, term, lw=1.6 if term == "loss" else 0.8)
    for step in level_starts:
        axes.axvline(step, color="grey", ls="--", lw=0.8)
    _log_scale(axes, xlabel="step", ylabel="loss and its terms")
    _legend(axes, fontsize=8, ncols=2)
    return png(figure)


def curves_figure(curves: Mapping[str, Mapping[str, Sequence[float]]], ylabel: str) -> bytes:
    """{title: {name: losses}}: one plot a title, side by side, against the steps."""
    figure = blank_figure(max(6, 3.2 * len(curves)), 3.6)
    plots = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (title, lines) in zip(plots, curves.items(), strict=True):
        for name, losses in lines.items():
            _plot_positive(axes, enumerate(losses), name)
        _log_scale(axes, xlabel="step", title=_literal(title))
        _legend(axes, fontsize=7)
    plots[0].set_ylabel(ylabel)
    return png(figure)


def constancy_figure(films: Mapping[str, Sequence[Row]], stills: Sequence[float]) -> bytes:
    """Every figure of a film's frames, one plot each.

    Parameters
    ----------
    films : {title: rows}, with the columns `frame` and FIGURES
    stills : distances of pictures of other seeds, between which a film should stay
    """
    figure = blank_figure(7, 6)
    for axes, name in zip(figure.subplots(len(FIGURES), sharex=True), FIGURES, strict=True):
        for title, rows in films.items():
            shown = rows[1:] if name == "change" else rows  # the first frame has none before it
            axes.plot(
                [row["frame"] for row in shown], [row[name] for row in shown], label=_literal(title)
            )
        if name == "distance":
            axes.axhspan(min(stills), max(stills), color="grey", alpha=0.2, lw=0, label="stills")
        axes.set_ylabel(name)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    axes.set_xlabel("frame")
    _legend(figure.axes[0], fontsize="small")
    return png(figure)


def filters_figure(bank: Weights, picture: Tensor | None) -> bytes:
    """The first filters of every side; beside them their rectified answers to a picture.

    Parameters
    ----------
    bank : of random filters
    picture : (1,3,H,W) in [0,1], or None for the filters alone
    """
    few = {name: (k[:COLUMNS], b[:COLUMNS]) for name, (k, b) in bank.tensors.items()}
    answers = {} if picture is None else _answers(few, bank.convention, picture)
    wide = 2 * COLUMNS if answers else COLUMNS
    figure = blank_figure(wide * 0.8 + 0.6, len(few) * 0.8)
    grid = figure.subplots(len(few), wide, squeeze=False)
    for row, (name, (kernel, _)) in zip(grid, few.items(), strict=True):
        largest = bank.tensors[name][0].abs().max()  # of all filters, also those not shown
        for axes, one in zip(row, kernel.flip(1), strict=False):  # BGR
            axes.imshow(to_bytes(0.5 + 0.5 * one / largest))
        for axes, answer in zip(row[COLUMNS:], answers.get(name, ()), strict=False):
            axes.imshow(answer.numpy(), cmap="gray")
        row[0].set_ylabel(f"{side_of(name)}", rotation=0, labelpad=12)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
    return png(figure)


def _answers(few: Mapping[str, ConvWeights], convention: str, picture: Tensor) -> dict[str, Tensor]:
    """{name: (M,H,W)}, what filters answer to a picture (1,3,H,W)."""
    bank = FilterBank(few, [ALL], convention=convention)
    with torch.no_grad():
        maps = bank.run(bank.normalised_input(picture), bank.blocks)[ALL][0]  # (sum of M,H,W)
    return dict(zip(few, maps.split([len(bias) for _, bias in few.values()]), strict=True))


def sheet_figure(rows: Mapping[str, Mapping[str, Tensor]]) -> bytes:
    """{title: {name: picture (3,H,W)}}: a row a title, every picture below its name."""
    wide = max(map(len, rows.values()))
    figure = blank_figure(1.6 * wide, 1.75 * len(rows))
    grid = figure.subplots(len(rows), wide, squeeze=False)
    for row, (title, pictures) in zip(grid, rows.items(), strict=True):
        for axes, (name, picture) in zip(row, pictures.items(), strict=False):
            show_picture(axes, picture, name, fontsize=8)
        row[0].set_ylabel(_literal(title), fontsize=8)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], frame_on=False)
    return png(figure)


def growth_figure(builder: VggBuilder, curves: Mapping[str, Sequence[float]]) -> bytes:
    """The picture as each layer gives it back, and the loss of each while it was made.

    curves: {layer: losses} of the candidate or epoch that was kept.
    """
    from matplotlib import colormaps

    pictures = {"picture": builder.picture[0], **builder.pictures}
    rows = -(-len(pictures) // COLUMNS)
    figure = blank_figure(1.5 * COLUMNS, 1.7 * rows + 3.6)
    above, below = figure.subfigures(2, 1, height_ratios=[1.7 * rows, 3.6])
    grid = above.subplots(rows, COLUMNS, squeeze=False).flat
    for axes, (name, picture) in zip(grid, pictures.items(), strict=False):
        show_picture(axes, picture, name, fontsize=8)
    for axes in above.axes:
        axes.axis("off")
    axes, hues = below.subplots(), colormaps["viridis"]
    for index, (name, losses) in enumerate(curves.items()):
        axes.plot(losses, lw=1, label=name, color=hues(index / max(len(curves), 1)))
    _log_scale(axes, xlabel="evaluation", ylabel="mean squared error of the features")
    _legend(axes, fontsize=7, ncols=2, loc="upper right")
    return png(figure)


def reconstruct_figure(
    original: Tensor,
    pictures: Mapping[str, Tensor],
    curves: Mapping[str, Sequence[tuple[int, float]]],
) -> bytes:
    """The original, one reconstruction a layer, and below them the loss of each.

    Parameters
    ----------
    original : (3,H,W) in [0,1]
    pictures : {layer: (3,H,W)}
    curves : {layer: [(step, loss)]}
    """
    shown = {"original": original, **pictures}
    figure = blank_figure(2.2 * len(shown), 5.2)
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1])
    row = above.subplots(1, len(shown), squeeze=False)[0]
    for axes, (name, picture) in zip(row, shown.items(), strict=True):
        show_picture(axes, picture, name, fontsize=9)
        axes.axis("off")
    axes = below.subplots()
    for layer, points in curves.items():
        _plot_positive(axes, points, layer)
    _log_scale(axes, xlabel="step", ylabel="mean squared error of the features")
    _legend(axes, fontsize=8)
    return png(figure)


def blank_figure(width: float, height: float) -> "Figure":
    """An empty one; inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def png(figure: "Figure") -> bytes:
    """A figure as the bytes of a PNG."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=DPI)
    return data.getvalue()


def show_picture(axes: "Axes", picture: Tensor, title: str, fontsize: int) -> None:
    """A picture (3,H,W) in [0,1] under its title."""
    axes.imshow(to_bytes(picture))
    axes.set_title(_literal(title), fontsize=fontsize)


def _plot_positive(
    axes: "Axes", points: Iterable[tuple[int, float]], label: str, lw: float = 1
) -> None:
    """(step, value) as a line, without values that have no logarithm."""
    points = [(step, value) for step, value in points if value > 0]
    if points:
        axes.plot(*zip(*points, strict=True), lw=lw, label=_literal(label))


def _log_scale(axes: "Axes", **words: str) -> None:
    axes.set(yscale="log", **words)
    axes.grid(alpha=0.3)


def _legend(axes: "Axes", **style: object) -> None:
    """Where any line has a name."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**style)


def _literal(name: str) -> str:
    """A name of the user's as it is: between dollars matplotlib reads mathematics."""
    return name.replace("$", r"\$")
