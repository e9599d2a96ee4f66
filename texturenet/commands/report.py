"""The proof of a film's constancy: a figure of every frame as a CSV and a plot."""

import csv
import io
from pathlib import Path

from torch import Tensor

from ..constancy import FIGURES, Constancy
from ..descriptor import Descriptor
from ..errors import Refused, reason
from ..exemplars import Picture, load_picture
from ..files import write_whole
from ..networks import network
from ..sampler import Texture
from . import describing, options
from .progress import say
from .sample import size_of

STILLS = range(2**32, 2**32 + 5)  # seeds that no film is likely to be made of


class Report:
    """add every frame, then write. Raises Refused where there is no exemplar or descriptor."""

    def __init__(self, film: Path, texture: Texture, chosen: options.Film):
        stem = film.stem if film.suffix else film.name
        self.csv, self.plot = (film.with_name(f"{stem}{end}") for end in (".csv", "_report.png"))
        self.title = f"{texture.card['name']}, {chosen.kind}"
        if chosen.kind == "interpolate":
            self.title += f", redresse={chosen.redresse}"
        self.constancy = Constancy(
            exemplar_of(texture, chosen.exemplar), descriptor_of(texture, chosen.weights)
        )
        self.stills = [self._still(texture, size_of(chosen.size), seed) for seed in STILLS]
        self.rows: list[dict[str, float]] = []

    def _still(self, texture: Texture, size: tuple[int, int], seed: int) -> float:
        return self.constancy.distance(texture.render(*size, seed))

    def add(self, frame: Tensor) -> None:
        self.rows.append({"frame": len(self.rows), **self.constancy(frame)})

    def write(self) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, ["frame", *FIGURES], lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: value if key == "frame" else f"{value:.6f}" for key, value in row.items()}
            for row in self.rows
        )
        write_whole(self.csv, text.getvalue())
        write_whole(self.plot, drawn({self.title: self.rows}, self.stills))
        distances = [row["distance"] for row in self.rows]
        ends = (distances[0] + distances[-1]) / 2
        say(
            f"distance to the exemplar: ends {ends:.4f}, worst frame {max(distances):.4f} "
            f"({100 * (max(distances) / ends - 1):+.0f} %); stills of {len(STILLS)} other seeds "
            f"{min(self.stills):.4f} to {max(self.stills):.4f}"
        )
        say(f"every frame: {self.plot}, {self.csv}")


def exemplar_of(texture: Texture, given: str | None) -> Tensor:
    """The picture that the net was trained on, as it was trained on (1,3,h,w)."""
    return picture_of(texture, given).pixels.to(texture.device)


def picture_of(texture: Texture, given: str | None, **told: object) -> Picture:
    """The same with its name and notes; told: crop and side, where they are not to be the net's."""
    card = texture.card
    known = card.get("exemplar", {})
    if given is None and not known:
        raise Refused(f"{card['name']!r} does not say what it was trained on: say exemplar=FILE.")
    how = card.get("recipe", {}).get("picture", {})
    how = {"crop": how.get("crop"), "side": how.get("side", 256)}
    how |= {key: value for key, value in told.items() if value is not None}
    try:
        found = load_picture(given or known["name"], **how)
    except Refused as refusal:
        if given is not None:
            raise
        raise Refused(f"{refusal} Say exemplar=FILE, the picture trained on.") from refusal
    if given is None and known.get("sha256", found.sha256) != found.sha256:
        raise Refused(
            f"{card['name']!r} was trained on another {known['name']!r} than the one at hand: say "
            "exemplar=FILE, the picture trained on."
        )
    return found


def descriptor_of(texture: Texture, given: str | None = None) -> Descriptor:
    """The descriptor that the net was trained against; given: where it lies. Raises Refused."""
    how, net = texture.card.get("descriptor", {}), texture.card["name"]
    weights = given or how.get("weights", "vgg16")
    try:
        bank = how.get("filters") and options.Filters(**how["filters"])
        loaded = describing.load(options.Network(weights, False, None if given else bank))
    except (Refused, TypeError) as error:
        raise Refused(
            f"{net!r} was trained against {str(weights)[:80]!r}, which is not at hand "
            f"({reason(error)}): say weights=FILE."
        ) from error
    if loaded.sha256 != (wanted := how.get("sha256", loaded.sha256)):
        raise Refused(
            f"{net!r} was trained against a descriptor of SHA-256 {str(wanted)[:12]}..., which "
            f"{str(weights)[:80]!r} has not: say weights=FILE."
        )
    layers = how.get("layers", describing.SHALLOW)
    return network(loaded, layers, how.get("pooling", "avg")).to(texture.device)


def drawn(films: dict[str, list[dict[str, float]]], stills: list[float]) -> bytes:
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
