"""texturenet models: what can be sampled by name, with size, exemplar, licence and error."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from ..generator import release
from ..generator.frozen import FrozenPyramid
from ..types import Card
from . import app
from .kinship import families
from .streams import status_of_printing
from .terminal import console

COLUMNS = {
    "model": "left",
    "exemplar": "left",
    "draws": "left",
    "licence": "left",
    "weights": "right",
    "file": "right",
    "steps": "right",
    "error": "right",
    "merit": "right",
}


def main(arguments: Sequence[str]) -> int:
    return app.run("models", lambda request: models(), arguments)


def models() -> int:
    table = Table(box=None, pad_edge=False)
    for heading, side in COLUMNS.items():
        table.add_column(heading, justify=side, overflow="fold", no_wrap=heading == "model")
    files = release.listed()
    nets = {name: release.load(path) for name, path in files.items()}
    for name, path in files.items():
        table.add_row(name, *_facts(path, *nets[name]))
    console.print(table)
    for names in families(nets):
        console.print(f"a family, which morphs into each other: {', '.join(names)}")
    console.print(
        "error: mean over layers of the relative error at the size trained on; merit: of what it "
        "was not trained on (texturenet score)",
        style="dim",
    )
    return status_of_printing()


def _facts(path: Path, net: FrozenPyramid, card: Card) -> list[str]:
    errors, layout = (
        card.get("errors", {}).values(),
        release.layout_of(card, net.architecture.outputs),
    )
    exemplar, licence = _sources(card)
    return [
        exemplar,
        f"{len(layout.kinds) + len(layout.constants)} maps" if layout else "colour",
        licence,
        f"{sum(tensor.numel() for tensor in net.weights().values()) / 1000:.0f}k",
        f"{release.file_of(path).stat().st_size / 1000:.0f} kB",
        str(card.get("step", "")),
        f"{sum(errors) / len(errors):.4f}" if errors else "",
        f"{merit:.3f}" if (merit := card.get("score", {}).get("merit")) else "",
    ]


def _sources(card: Card) -> tuple[str, str]:
    """Exemplars and licences: of a net between others those of its parents."""
    if "parents" in card:
        pairs = [_sources(parent) for parent in card["parents"]]
        names, licences = (dict.fromkeys(side) for side in zip(*pairs, strict=True))
        return " and ".join(names), " and ".join(licences)
    exemplar = card.get("exemplar", {})
    return exemplar.get("name", ""), exemplar.get("licence", "unknown")
