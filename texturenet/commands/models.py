"""texturenet models: what can be sampled by name, with size, exemplar, licence and errors."""

from collections.abc import Sequence

from rich.table import Table

from .. import checkpoint
from . import door, options
from .progress import console


def main(arguments: Sequence[str]) -> int:
    return door.run("models", options.Models, models, arguments)


def models(chosen: options.Models) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "parameters", "file", "exemplar", "licence", "steps", "error"):
        table.add_column(
            heading,
            justify="right" if heading in ("parameters", "file", "steps", "error") else "left",
        )
    for name, path in checkpoint.released().items():
        net, card = checkpoint.load(path)
        exemplar, errors = card.get("exemplar", {}), card.get("errors", {})
        table.add_row(
            name, f"{sum(tensor.numel() for tensor in net.weights().values()):,}",
            f"{path.stat().st_size / 1000:.0f} kB", exemplar.get("name", "?"), exemplar.get("licence", "?"),
            str(card.get("step", "?")), f"{sum(errors.values()) / max(len(errors), 1):.4f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        "error: mean over layers of the relative Gram error at the training size", style="dim"
    )
