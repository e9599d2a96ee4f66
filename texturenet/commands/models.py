"""texturenet models: what can be sampled by name, with size, exemplar, licence and error."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from ..generator import release
from . import app
from .streams import status_of_printing
from .terminal import console

COLUMNS = {
    "model": "left",
    "exemplar": "left",
    "draws": "left",
    "licence": "left",
    "parameters": "right",
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
        table.add_column(heading, justify=side, overflow="fold")
    for name, path in release.released().items():
        table.add_row(name, *_facts(path))
    console.print(table)
    console.print(
        "error: mean over layers of the relative error at the size trained on; merit: of what it "
        "was not trained on (texturenet score)",
        style="dim",
    )
    return status_of_printing()


def _facts(path: Path) -> list[str]:
    net, card = release.load(path)
    errors, layout = card["errors"].values(), release.layout_of(card, net.architecture.outputs)
    return [
        card["exemplar"]["name"],
        f"{len(layout.kinds) + len(layout.constants)} maps" if layout else "colour",
        card["exemplar"].get("licence", "unknown"),
        f"{sum(tensor.numel() for tensor in net.weights().values()):,}",
        f"{path.stat().st_size / 1000:.0f} kB",
        str(card["step"]),
        f"{sum(errors) / len(errors):.4f}",
        f"{merit:.3f}" if (merit := card.get("score", {}).get("merit")) else "",
    ]
