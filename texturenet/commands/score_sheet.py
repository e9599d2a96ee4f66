"""The sheet of a score: pictures beside their exemplar, and of a material all of its maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ..evaluation.maps import as_pictures, cross_correlations
from ..evaluation.scorecard import Card
from ..materials.kinds import Maps
from ..types import Size
from .figures import blank_figure, png, show_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure


@dataclass(frozen=True)
class Compared:
    """exemplar, drawn: the maps of a material and those of a net. figures: of these."""

    exemplar: Maps
    drawn: Maps
    figures: Mapping[str, float]


def score_figure(
    exemplar: Tensor, pictures: Mapping[str, Tensor], card: Card, maps: Compared | None = None
) -> bytes:
    """The exemplar, the pictures, and below each where it is verbatim exemplar, and its glints; of
    a material its maps, those drawn, and the correlations of any two of both.

    Parameters
    ----------
    exemplar : (3,h,w) in [0,1]
    pictures : {name: (3,H,W)}, in the order of the card
    card : what they were scored
    """
    wide = max(len(pictures) + 1, len(maps.exemplar) + 1 if maps else 0)
    figure = blank_figure(2.6 * wide, 5.4 * (2 if maps else 1))
    parts = figure.subfigures(2 if maps else 1, 1, squeeze=False)[:, 0]
    _pictures(parts[0], exemplar, pictures, card)
    if maps:
        _maps(parts[1], maps)
    return png(figure)


def _pictures(
    figure: "SubFigure", exemplar: Tensor, pictures: Mapping[str, Tensor], card: Card
) -> None:
    grid = figure.subplots(2, len(pictures) + 1, squeeze=False)
    show_picture(grid[0, 0], exemplar, "exemplar", fontsize=9)
    for index, (name, picture) in enumerate(pictures.items()):
        above, below = grid[:, index + 1]
        worst = ", the worst" if index == card.worst else ""
        show_picture(above, picture, f"{name}{worst}", fontsize=9)
        _show_maps(below, card, index, picture.shape[-2:])
    for axes in grid.flat:
        axes.axis("off")


def _maps(figure: "SubFigure", maps: Compared) -> None:
    """Both rows of maps, and at their right the correlations."""
    grid = figure.subplots(2, len(maps.exemplar) + 1, squeeze=False)
    both = ("exemplar", maps.exemplar), ("drawn", maps.drawn)
    for row, (name, some) in zip(grid, both, strict=True):
        for axes, kind, picture in zip(row, some, as_pictures(some), strict=False):
            show_picture(axes, picture, f"{kind}, {name}", fontsize=9)
    for axes in grid.flat:
        axes.axis("off")
    _correlations(grid[0, -1], maps)
    said = [f"{name} {value:.3f}" for name, value in maps.figures.items()]
    grid[1, -1].text(0, 1, "\n".join(said), fontsize=8, va="top")


def _correlations(axes: "Axes", maps: Compared) -> None:
    """Of two maps in an octave of detail, the exemplar's across and the drawn ones' upwards."""
    theirs, ours = cross_correlations(maps.exemplar), cross_correlations(maps.drawn)
    shared = [pair for pair in theirs if pair in ours]
    axes.axis("on")
    axes.plot([-1, 1], [-1, 1], lw=0.8, color="tab:gray")
    axes.scatter([theirs[pair] for pair in shared], [ours[pair] for pair in shared], s=8)
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel="exemplar", ylabel="drawn", aspect="equal")
    axes.set_title("correlations of two maps", fontsize=9)


def _show_maps(axes: "Axes", card: Card, index: int, size: Size) -> None:
    """Copies in white, and each glint as a dot."""
    height, width = size
    copies = card.copies[index].numpy()
    axes.imshow(copies, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0))
    rows, columns = card.glints[index].nonzero(as_tuple=True)
    axes.scatter(columns + 1.5, rows + 1.5, s=4, c="tab:orange", linewidths=0)
    each = card.each[index]
    title = f"copied: {100 * each['copied']:.1f} %, glints: {each['glints']:.0f} ppm"
    axes.set_title(title, fontsize=9)
