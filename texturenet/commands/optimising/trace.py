"""The steps of a painting -> rows of a CSV, and a plot of the loss."""

import csv
import io
from pathlib import Path

from ...io.files import write_whole
from ...optimise.painting import Step

FACTS = ("number", "part", "level", "step", "height", "width", "seconds", "loss")
PLAIN = ("range", "variation")


class Trace:
    """add every step; write now and then. earlier: the trace of the run that is resumed, of which
    rows before step `number` are carried on."""

    def __init__(self, path: Path, earlier: Path | None = None, number: int = 0):
        self.path = path
        self.rows: list[dict] = rows_before(earlier, number) if earlier else []
        self.before = float(self.rows[-1]["seconds"]) if self.rows else 0.0

    def add(self, step: Step, seconds: float) -> None:
        height, width = step.picture.shape[-2:]
        facts = (
            *(step.number, step.part, step.level, step.step, height, width),
            *(f"{self.before + seconds:.3f}", step.loss),
        )
        row = dict(zip(FACTS, facts, strict=True)) | step.losses
        self.rows.append(row | {"note": "; ".join(step.notes)})

    def write(self) -> None:
        columns = dict.fromkeys(FACTS)
        for row in self.rows:
            columns |= dict.fromkeys(row)
        columns.pop("note", None)
        text = io.StringIO()
        writer = csv.DictWriter(text, [*columns, "note"], lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        write_whole(self.path, text.getvalue())

    def losses(self, part: str) -> list[tuple[int, float]]:
        """(step, loss) of a part, in order; levels one after the other."""
        rows = [row for row in self.rows if row["part"] == part]
        first = int(rows[0]["number"]) if rows else 0
        return [(int(row["number"]) - first, float(row["loss"])) for row in rows]


def rows_before(path: Path, number: int) -> list[dict]:
    """The rows of a trace up to a step; none where it is absent or not such a trace."""
    try:
        with open(path, newline="") as file:
            rows = [dict(row) for row in csv.DictReader(file)]
            return [_read(row) for row in rows if int(row["number"]) < number]
    except (OSError, KeyError, ValueError, TypeError, csv.Error):
        return []


def _read(row: dict) -> dict:
    """Without columns that are not ours. Raises ValueError or KeyError for what is no row."""
    kept = {fact: row[fact] for fact in FACTS}
    # Losses are of a layer, or those that need none.
    terms = {k: v for k, v in row.items() if k and v and ("/" in k or k in PLAIN)}
    for value in (kept["seconds"], kept["loss"], *terms.values()):
        float(value)
    int(kept["level"])
    return kept | terms | {"note": row.get("note", "")}
