"""Whether a film stays as good as it begins: figures of every frame, as a CSV and a plot."""

from pathlib import Path

from torch import Tensor

from ..evaluation.constancy import FIGURES, Constancy
from ..io.files import write_whole
from ..io.tables import Table
from ..sampling.texture import Texture
from .card import descriptor_of, exemplar_of
from .checks import size_of
from .figures import constancy_figure
from .options import sampling
from .terminal import say

STILLS = range(2**32, 2**32 + 5)  # seeds that no film is likely to be made of


def files_of(film: Path) -> tuple[Path, Path]:
    """The CSV and the plot of a film's report."""
    stem = film.stem if film.suffix else film.name
    return film.with_name(f"{stem}.csv"), film.with_name(f"{stem}_report.png")


class Report:
    """Add every frame, then write.

    Parameters
    ----------
    film : file of the film; <film>.csv and <film>_report.png go beside it
    texture : of which the film is made
    chosen : the options of the film, which name its exemplar and descriptor where its net does not

    Raises
    ------
    Refused : where there is no exemplar or descriptor
    """

    def __init__(self, film: Path, texture: Texture, chosen: sampling.Film):
        self.csv, self.plot = files_of(film)
        self.title = f"{texture.card['name']}, {chosen.kind}"
        if chosen.kind == "interpolate":
            self.title += f", redresse={chosen.redresse}"
        self.constancy = Constancy(
            exemplar_of(texture, chosen.exemplar), descriptor_of(texture, chosen.descriptor)
        )
        self.stills = [self._still(texture, size_of(chosen.size), seed) for seed in STILLS]
        self.rows: list[dict[str, float]] = []

    def _still(self, texture: Texture, size: tuple[int, int], seed: int) -> float:
        return self.constancy.distance(texture.render(*size, seed))

    def add(self, frame: Tensor) -> None:
        """frame: (3,H,W) in [0,1]."""
        self.rows.append({"frame": len(self.rows), **self.constancy(frame)})

    def write(self) -> None:
        """Both files, and a summary for the user. Raises Refused where they cannot be written."""
        table = Table(self.csv, ["frame", *FIGURES])
        for row in self.rows:
            table.append(row | {name: f"{row[name]:.6f}" for name in FIGURES})
        table.write()
        write_whole(self.plot, constancy_figure({self.title: self.rows}, self.stills))
        distances = [row["distance"] for row in self.rows]
        ends = (distances[0] + distances[-1]) / 2
        say(
            f"distance to the exemplar: ends {ends:.4f}, worst frame {max(distances):.4f} "
            f"({100 * (max(distances) / ends - 1):+.0f} %); stills of {len(STILLS)} other seeds "
            f"{min(self.stills):.4f} to {max(self.stills):.4f}"
        )
        say(f"every frame: {self.plot}, {self.csv}")
