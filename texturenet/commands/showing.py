"""Descriptors as pictures: filters and what they answer, layers and how well they remember."""

import io
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..convolutions import Weights
from ..filters import ALL, FilterBank, side_of
from ..growth import Growth
from ..images import to_bytes
from ..scorecard import Card

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
            found = bank.run(bank.entered(picture), bank.blocks)[ALL][0]  # (M,H,W)
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


def growth_figure(growth: Growth, curves: Mapping[str, Sequence[float]]) -> bytes:
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
