"""The losses of a growth -> rows of a CSV, carried on where a run is resumed."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ...io.files import write_whole
from ...untrained.base import BuildStep, VggBuilder

FACTS = ("layer", "number", "step", "loss")


@dataclass
class Log:
    """The loss of every evaluation -> trace.csv. earlier: the file that the run is resumed from."""

    folder: Path
    growth: VggBuilder
    earlier: Path | None

    def __post_init__(self):
        self.rows: list[dict] = []
        if self.earlier:
            done = self.growth.tensors
            rows = _rows(self.earlier.with_name("trace.csv"))
            self.rows = [row for row in rows if row["layer"] in done]

    def add(self, step: BuildStep) -> None:
        self.rows.append({fact: getattr(step, fact) for fact in FACTS})

    def write(self) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, FACTS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_whole(self.folder / "trace.csv", text.getvalue())

    def kept(self) -> dict[str, list[float]]:
        """The losses of what each layer is made of, in order."""
        chosen = {result.layer: result.number for result in self.growth.results if result.kept}
        found: dict[str, list[float]] = {}
        for row in self.rows:
            if chosen.get(row["layer"]) == int(row["number"]):
                found.setdefault(row["layer"], []).append(float(row["loss"]))
        return found


def _rows(path: Path) -> list[dict]:
    """Those of an earlier trace; none where it is absent or not such a trace."""
    try:
        with open(path, newline="") as file:
            found = [dict(row) for row in csv.DictReader(file)]
            for row in found:
                int(row["number"]), int(row["step"]), float(row["loss"]), row["layer"]
            return found
    except (OSError, KeyError, ValueError, TypeError, csv.Error):
        return []
